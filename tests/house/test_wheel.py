"""A wheel, built and installed elsewhere, can make a home and run it."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.relay.client import running_relay

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def mailer(tmp_path_factory) -> Path:
    """The command of an installation that has the wheel, and of this one only the libraries."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    kept_out = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", "node_modules")
    shutil.copytree(ROOT, source, ignore=kept_out)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(folder / "elsewhere", with_pip=True)
    python = folder / "elsewhere" / "bin" / "python"
    libraries = sysconfig.get_path("purelib")
    lib = next((folder / "elsewhere" / "lib").glob("python*")) / "site-packages"
    (lib / "libraries.pth").write_text(f"{libraries}\n", "utf-8")  # its own .pth files are not read: the wheel it is
    wheel = next((folder / "dist").glob("*.whl"))
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", wheel], check=True, capture_output=True)
    where = subprocess.run(
        [python, "-c", "import mailer; print(mailer.__file__)"], check=True, cwd=folder, capture_output=True, text=True
    )
    assert str(folder) in where.stdout
    return folder / "elsewhere" / "bin" / "mailer"


def run(mailer: Path, *arguments: str, **more) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAILER_")}
    return subprocess.run(
        [mailer, *arguments], capture_output=True, text=True, env=environment, cwd=mailer.parent, **more
    )


def test_makes_a_home_and_runs_it_from_a_wheel(mailer, tmp_path):
    home = tmp_path / "hem"
    with running_relay() as relay:
        made = run(
            mailer, "init", str(home), "--no-input", "--name", "Hyresgästerna i Ekbacken", "--place", "Ekbacken",
            "--responsible", "Hyresgästerna i Ekbacken", "--contact", "styrelsen@ekbacken.example", "--processor", "inga",
            "--from-address", "brev@ekbacken.example", "--relay", f"127.0.0.1:{relay.port}",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        assert "Hyresgästerna i Ekbacken" in (home / "settings.toml").read_text("utf-8")
        (home / "medlemmar.csv").write_text(
            "Medlemsnummer;Förnamn;Efternamn;E-post\n0001;Åsa;Öberg;asa@exempel.example\n", "utf-8"
        )
        shown = run(mailer, "--home", str(home), "import", "--whole", "medlemmar", str(home / "medlemmar.csv"))
        assert shown.returncode == 0, shown.stderr
        code = shown.stdout.split("--accept ")[1].split()[0]
        done = run(
            mailer, "--home", str(home), "import", "--whole", "medlemmar", str(home / "medlemmar.csv"), "--accept", code
        )
        assert "Importen är sparad" in done.stdout, done.stderr
        with (home / "settings.toml").open("a", encoding="utf-8") as settings:
            settings.write('\n[[people]]\nname = "Eva"\naddress = "eva@ekbacken.example"\nroles = ["approver"]\n')
        (home / "brev.md").write_text("# Städdag\n\nHej {{ förnamn }}! Vi ses på gården på lördag.\n", "utf-8")
        written = run(mailer, "--home", str(home), "write", str(home / "brev.md"), "--to", "medlemmar")
        assert written.returncode == 0, written.stderr
        name = written.stdout.split(" preview ")[1].split()[0]
        assert run(mailer, "--home", str(home), "approve", name, "--as", "Eva").returncode == 0
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAILER_")}
        with subprocess.Popen(
            [mailer, "--home", str(home), "run"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as service:
            try:
                assert b"hemmet" in service.stdout.readline()  # it has the lock now
                sent = run(mailer, "--home", str(home), "send", name)
                assert "En annan process skickar redan" in sent.stdout or sent.returncode == 0, sent.stderr
                relay.wait_for(1, timeout=30)
            finally:
                service.send_signal(signal.SIGTERM)
                assert service.wait(30) == 0
        assert [line["rcpt"] for line in relay.acknowledged()] == [["asa@exempel.example"]]
