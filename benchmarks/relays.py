"""The relays that a benchmark sends to: our own sink in C, Postfix's smtp-sink, or somebody else's HOST:PORT.

Takes   what `--relay` says, and how long the relay waits before each reply.
Gives   a Relay: where it listens, and how many messages it took, from when to when, of whom.
Fails   CalledProcessError when the C does not compile, OSError when nobody listens.
"""

import hashlib
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks import postfix
from benchmarks.places import ROOT, cache

SOURCE = ROOT / "benchmarks" / "fastsink.c"
POSTFIX = "smtp-sink"  # this word for a relay, and ours run against Postfix's own sink


@dataclass(frozen=True, slots=True)
class Taken:
    """What a relay took since it was last made to forget. `rate`: messages a second, from the first to the last."""

    messages: int
    rate: float
    bytes: int  # of one message, the mean
    connections: int


@dataclass(frozen=True, slots=True)
class Relay:
    """One that listens. `tells`: it answers XSTAT, as the sink of ours does."""

    host: str
    port: int
    tells: bool

    def forget(self) -> None:
        """Counts from nothing."""
        if self.tells:
            self._ask("XRESET")

    def taken(self) -> Taken | None:
        """None when it does not tell."""
        if not self.tells:
            return None
        count, first, last, whole, connections = (int(word) for word in self._ask("XSTAT").split()[1:6])
        rate = (count - 1) / ((last - first) / 1e9) if last > first else 0.0
        return Taken(count, rate, round(whole / max(count, 1)), connections)

    def recipients(self) -> Counter[str] | None:
        """How often it took a message for each address."""
        if not self.tells:
            return None
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as file:
            self._ask(f"XDUMP {file.name}")
            return Counter(row.split(" ", 2)[2].rstrip("\n") for row in file)

    def _ask(self, word: str) -> str:
        with socket.create_connection((self.host, self.port), timeout=60) as line, line.makefile("rb") as replies:
            replies.readline()
            line.sendall(word.encode() + b"\r\n")
            return replies.readline().decode()


@contextmanager
def opened(word: str, delay_ms: int = 0) -> Iterator[Relay]:
    """The relay of `--relay`: ”” is our own sink, ”smtp-sink” Postfix's, else HOST:PORT of one that runs."""
    if not word:
        with _fastsink(delay_ms) as relay:
            yield relay
    elif word == POSTFIX:
        with _smtp_sink() as relay:
            yield relay
    else:
        host, _, port = word.rpartition(":")
        yield Relay(host, int(port), _tells(host, int(port)))


def built() -> Path:
    """Our sink, compiled once for each version of its source."""
    name = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    program = cache() / f"fastsink-{name}"
    if not program.exists():
        made = program.with_suffix(".new")
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", made, SOURCE], check=True)
        made.replace(program)
    return program


@contextmanager
def _fastsink(delay_ms: int) -> Iterator[Relay]:
    with subprocess.Popen([built(), "0", str(delay_ms)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield Relay("127.0.0.1", int(process.stdout.readline()), tells=True)
        finally:
            process.terminate()


@contextmanager
def _smtp_sink() -> Iterator[Relay]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = postfix.smtp_sink(port)
    try:
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield Relay("127.0.0.1", port, tells=False)
    finally:
        process.terminate()
        process.wait(30)


def _tells(host: str, port: int) -> bool:
    return Relay(host, port, tells=True)._ask("XSTAT").startswith("250")
