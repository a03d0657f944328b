"""What the service is deployed with: units that systemd takes, a compose file that names what there is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from mailer.cli import editing, keeping, machine, machines, people, sending, surveying  # noqa: F401 - they enter their commands
from mailer.cli.main import root
from mailer.settings import Settings, Web
from mailer.web.public.health import Health

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
# What keeps a mistake in the service from being a mistake on the machine.
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictSUIDSGID": "yes",
    "LimitCORE": "0",
    "UMask": "0077",
    "User": "mailer",
}


def keys(unit: Path) -> dict[str, str]:
    lines = unit.read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"(#.*|\[\w+\]|\w+=.*|)", line) for line in lines), unit
    pairs = [line.partition("=")[::2] for line in lines if line and line[0] not in "#["]
    assert len({key for key, _ in pairs}) == len(pairs), unit  # none by mistake a second time
    return dict(pairs)


def test_has_units_for_the_service_its_workers_and_its_backup():
    assert [unit.name for unit in SERVICES] == ["mailer-backup.service", "mailer-worker@.service", "mailer.service"]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_gives_the_service_no_more_rights_than_it_needs(unit):
    found = keys(unit)
    assert {key: found.get(key) for key in HARDENED} == HARDENED
    assert found["MemoryMax"]
    assert found["ReadWritePaths"].startswith("/srv/mailer")


def test_writes_backups_to_the_disk_that_is_in_and_to_no_empty_folder():
    where = keys(DEPLOY / "mailer-backup.service")["ExecStart"].split()[-1]
    found = keys(DEPLOY / "mailer-backup.service")
    assert where in found["ReadWritePaths"].split()
    # The first waits for a disk in fstab; for one that was mounted by hand and is gone it knows nothing to wait for.
    assert (found["RequiresMountsFor"], found["AssertPathIsMountPoint"]) == (where, where)
    service = keys(DEPLOY / "mailer.service")
    assert f"-{where}" in service["ReadWritePaths"].split()  # as [backup] folder; it need not be there


@pytest.mark.parametrize("name", ["mailer.service", "mailer-worker@.service"])
def test_lets_what_is_on_its_way_end_and_starts_again_after_a_fall(name):
    found = keys(DEPLOY / name)
    assert int(found["TimeoutStopSec"]) >= 15
    assert (found["Restart"], found["KillSignal"]) == ("on-failure", "SIGTERM")
    assert int(found["RestartSec"]) > 0


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_starts_a_command_that_there_is(unit):
    program, verb, *rest = keys(unit)["ExecStart"].split()
    assert Path(program).name == "mailer"
    command = root.commands[verb]
    known = {name for option in command.params for name in option.opts}
    assert {word for word in rest if word.startswith("-")} <= known


def test_has_units_that_systemd_takes(tmp_path):
    for unit in (*SERVICES, DEPLOY / "mailer-backup.timer"):
        text = unit.read_text("utf-8").replace("/opt/mailer/bin/mailer", shutil.which("true"))
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text, "utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )
    ours = [line for line in ran.stderr.splitlines() if "mailer" in line]
    assert (ran.returncode, ours) == (0, []), ran.stderr


def settings() -> set[str]:
    """The environment variables that mean something to the settings."""
    found = {"MAILER_LOG", "MAILER_HOME"}
    for name, field in Settings.model_fields.items():
        model = field.annotation
        found |= {f"MAILER_{name}__{key}".upper() for key in getattr(model, "model_fields", ())}
    return found


def test_composes_with_settings_that_there_are():
    for name, service in COMPOSE["services"].items():
        ours = {key for key in service["environment"] if key.startswith("MAILER_")}
        assert ours <= settings(), name
        assert bool(ours) == (name != "databas")
    named = re.findall(r"MAILER_\w+", (DEPLOY / "Dockerfile").read_text("utf-8"))
    assert set(named) <= settings()


def test_composes_with_commands_and_a_port_and_a_route_that_there_are():
    for name in ("mailer", "worker"):
        assert COMPOSE["services"][name]["command"][0] in root.commands
    service = COMPOSE["services"]["mailer"]
    assert service["ports"] == [f"127.0.0.1:{Web().port}:{Web().port}"]  # the web server's neighbour, and nobody else
    address = service["networks"]["ut"]["ipv4_address"]
    Web(host=service["environment"]["MAILER_WEB__HOST"])  # an address of our own network: accepted
    assert service["environment"]["MAILER_WEB__HOST"] == address
    asked = re.search(rf"http://{re.escape(address)}:{Web().port}(/\w+)", service["healthcheck"]["test"][-1])
    assert asked is not None
    assert asked[1] in {page.path for page in Health(None, None).routes()}


def test_runs_no_container_as_root_and_takes_images_by_plain_names():
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER mailer"]
    assert "'.[postgres]'" in " ".join(lines)
    images = [line.split()[1] for line in lines if line.startswith("FROM ")]
    images += [service["image"] for service in COMPOSE["services"].values()]
    assert all(re.fullmatch(r"[a-z0-9-]+(:[a-z0-9.-]+)?", image) for image in images), images
    for name in ("mailer", "worker"):
        service = COMPOSE["services"][name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["restart"] == "unless-stopped"  # "on-failure" does not start again with the computer
        assert int(service["stop_grace_period"].rstrip("s")) >= 15


def test_keeps_secrets_out_of_what_is_deployed():
    for path in DEPLOY.iterdir():
        for line in path.read_text("utf-8").splitlines():
            given = re.search(r"(?i)(password|lösenord)\w*\s*[=:]\s*(\S+)", line)
            assert given is None or given[2].startswith(("${POSTGRES_PASSWORD:?", "$(openssl", "…", '"')), (path, line)
