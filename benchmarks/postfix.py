"""Postfix's own smtp-source and smtp-sink: what a sender in C, with one prepared message and no memory, does here.

Takes   a relay, connections, messages, the size of one.
Gives   seconds of the clock for smtp-source; a running smtp-sink.
Fails   NoPostfix when there is neither a Debian to fetch the package from nor the programs.

Postfix is neither installed nor started: the package is fetched and unpacked in the benchmarks' own folder.
"""

import os
import shutil
import subprocess
import sys
import time
from functools import cache as once
from pathlib import Path

from benchmarks.places import cache

FIELDS = 122  # bytes that smtp-source puts around its -l: the header section, and the line ends
SENDER, RECIPIENT = "source@vallentuna.example", "medlem@vallentuna.example"


class NoPostfix(Exception):
    """The yardstick cannot be had on this machine."""


def smtp_source(host: str, port: int, connections: int, messages: int, size: int) -> float:
    """Seconds that it took for so many messages, over so many connections that stay open. `size`: bytes of one."""
    words = ["-4", "-d", "-N", "-s", connections, "-m", messages, "-l", max(size - FIELDS, 1)]
    command = [_program("smtp-source"), *map(str, words), "-f", SENDER, "-t", RECIPIENT, f"{host}:{port}"]
    began = time.perf_counter()
    subprocess.run(command, check=True, env=_environment(), stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def smtp_sink(port: int) -> "subprocess.Popen[bytes]":
    """One that listens on 127.0.0.1 soon."""
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [_program("smtp-sink"), *who, "-4", f"127.0.0.1:{port}", "1024"]
    return subprocess.Popen(command, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@once
def _unpacked() -> Path:
    """The folder of the unpacked package; with its libraries where this machine has them not."""
    folder = cache() / "postfix"
    if not folder.exists():
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise NoPostfix("smtp-source comes from Debian's package postfix, and here is no apt-get.")
        new = folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        _unpack("postfix", new)
        for name in _lacking(new):
            _unpack(name, new)
        new.rename(folder)
    return folder


def _unpack(package: str, folder: Path) -> None:
    archives = folder / "archives" / package
    archives.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["apt-get", "download", "-q", package], cwd=archives, capture_output=True, text=True)
    if done.returncode:
        raise NoPostfix(f"apt-get download {package}: {done.stderr.strip()} (apt-get update?)")
    for archive in archives.glob("*.deb"):
        subprocess.run(["dpkg", "-x", archive, folder], check=True)


def _lacking(folder: Path) -> list[str]:
    """The packages that hold the libraries which are not here."""
    command, where = ["ldd", str(_found(folder, "smtp-source"))], _libraries(folder)
    if "not found" not in subprocess.run(command, capture_output=True, text=True, env=where).stdout:
        return []
    depends = subprocess.run(["apt-cache", "depends", "postfix"], capture_output=True, text=True).stdout
    names = [row.split(":", 1)[1].strip() for row in depends.splitlines() if "Depends: lib" in row]
    return [name for name in names if not name.startswith("<")]


def _program(name: str) -> str:
    return str(_found(_unpacked(), name))


def _found(folder: Path, name: str) -> Path:
    return next(path for path in folder.rglob(name) if path.is_file() and os.access(path, os.X_OK))


def _environment() -> dict[str, str]:
    return _libraries(_unpacked())


def _libraries(folder: Path) -> dict[str, str]:
    """The environment in which the programs find what was unpacked beside them."""
    folders = sorted({str(path.parent) for path in folder.rglob("*.so*")})
    return os.environ | {"LD_LIBRARY_PATH": ":".join(folders)}


if __name__ == "__main__":
    sys.exit(print(_unpacked()))
