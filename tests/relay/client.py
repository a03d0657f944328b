"""The relay, for tests: started, asked, stopped.

Takes   a script (a list of rules, see script.py) and what the relay shall offer.
Gives   a Relay with its ports and its log.
Fails   RuntimeError when the relay does not start; TimeoutError when what was waited for did not come.
"""

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CERTIFICATES = Path(__file__).parent / "certificates"
Line = dict[str, Any]


class Relay:
    """A relay process. It can be killed, and started again on the same port with the same log."""

    def __init__(self, folder: Path, script: Sequence[Line], arguments: Sequence[str], record: bool) -> None:
        self.folder = folder
        self.log_path = folder / "relay.jsonl"
        self.record_path = folder / "recorded" if record else None
        self.host = "127.0.0.1"
        self.port = self.control = 0
        self._script, self._arguments = list(script), list(arguments)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; on the port it had before, if any."""
        script = self.folder / "script.json"
        script.write_text(json.dumps(self._script), "utf-8")
        command = [sys.executable, "-m", "tests.relay.server", "--port", str(self.port)]
        command += ["--script", str(script), "--log", str(self.log_path), *self._arguments]
        command += ["--record", str(self.record_path)] if self.record_path else []
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        said = self.process.stdout.readline()
        if not said:
            raise RuntimeError(f"the relay did not start: exit {self.process.wait()}")
        ports = json.loads(said)
        self.port, self.control = ports["port"], ports["control"]

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(lambda process: process.terminate())

    def kill(self) -> None:
        """SIGKILL, and wait."""
        self._end(lambda process: process.kill())

    def _end(self, end: Callable[[subprocess.Popen[str]], None]) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        end(process)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()

    def log(self, kind: str | None = None) -> list[Line]:
        """The whole lines of the log, those of one kind if asked."""
        return [line for line in read_log(self.log_path) if kind in (None, line["kind"])]

    def acknowledged(self) -> list[Line]:
        """One line for each message the relay took responsibility for."""
        return self.log("accepted")

    def recorded(self, line: Line) -> bytes:
        """The octets of an acknowledged message as they came, dots still stuffed."""
        assert self.record_path
        return (self.record_path / str(line["recorded"])).read_bytes()

    def stat(self) -> dict[str, int]:
        """How many entries of each kind, and `connections`."""
        return {key: int(value) for key, value in self._ask("XSTAT").items()}

    def set_script(self, script: Sequence[Line] = ()) -> None:
        """From now on these rules; their counts and seconds begin anew. Empty: no faults."""
        self._script = list(script)
        answer = self._ask(f"XSCRIPT {json.dumps(self._script)}")
        if "error" in answer:
            raise ValueError(answer["error"])

    def set_password(self, password: str) -> None:
        """From now on nobody new comes in with another one."""
        self._ask(f"XPASSWORD {password}")

    def wait_for(self, n: int, timeout: float = 30, kind: str = "accepted") -> list[Line]:
        """The entries of a kind, when there are at least n. Raises TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while len(lines := self.log(kind)) < n:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(lines)} of {n} {kind} after {timeout} s")
            time.sleep(0.01)
        return lines

    def _ask(self, line: str) -> Line:
        with socket.create_connection((self.host, self.control), timeout=10) as control:
            control.sendall(line.encode() + b"\r\n")
            answer = control.makefile("rb").readline()
        result: Line = json.loads(answer)
        return result


def read_log(path: Path) -> list[Line]:
    """The entries of a relay's log. A last line without its end was not acknowledged to anyone: left out."""
    if not path.exists():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


@contextlib.contextmanager
def running_relay(
    script: Sequence[Line] = (),
    *,
    folder: Path | None = None,
    pipelining: bool = True,
    size: int | None = None,
    user: str | None = None,
    password: str = "",
    mechanisms: Sequence[str] = (),
    tls: tuple[Path, Path] | str | None = None,
    implicit_tls: bool = False,
    auth_in_clear: bool = False,
    record: bool = False,
    max_seconds: float = 300,
) -> Iterator[Relay]:
    """A relay, for as long as the block lasts.

    `tls` is a certificate and its key, or the name of a pair in certificates/: good, expired, wrong-name.
    """
    arguments = ["--max-seconds", str(max_seconds)]
    arguments += ["--pipelining"] if pipelining else []
    arguments += ["--size", str(size)] if size is not None else []
    arguments += ["--user", user, "--password", password] if user is not None else []
    arguments += ["--mechanisms", *mechanisms] if mechanisms else []
    arguments += ["--auth-in-clear"] if auth_in_clear else []
    if tls:
        cert, key = (CERTIFICATES / f"{tls}.pem", CERTIFICATES / "key.pem") if isinstance(tls, str) else tls
        arguments += ["--tls", str(cert), str(key)]
    arguments += ["--implicit-tls"] if implicit_tls else []
    with tempfile.TemporaryDirectory() as scratch:
        relay = Relay(folder or Path(scratch), script, arguments, record)
        try:
            relay.start()
            yield relay
        finally:
            relay.stop()
