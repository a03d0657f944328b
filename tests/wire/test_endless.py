"""A relay that never stops talking costs the house neither its memory nor its time (M12)."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.kills import LETTER, mailer, planned_home
from tests.relay.client import Relay
from tests.waiting import until

MORE_MB, LONGEST_S = 50, 60.0
BLOCK = 64 * 1024
TALK = {
    "one line without an end": b"x" * 1000,
    "lines without an end": b"250-" + b"x" * 996 + b"\r\n",
    "short lines without an end": b"250-x\r\n",
    "not ASCII, without an end": "250-räksmörgås €\r\n".encode(),
    "a wrong class, without an end": b"150-go\r\n",
    "replies without an end": b"250 ok\r\n",
    "nothing but line ends": b"\r\n",
}
STAGES = ("connect", "ehlo", "mail", "body")


class Talker:
    """Behaves until a stage, and then talks for as long as anybody listens."""

    def __init__(self, stage: str, talk: bytes) -> None:
        self.stage, self.talk = stage, talk * (BLOCK // len(talk) + 1)
        self.said = 0  # bytes, of the talk
        self.began = self.ended = 0.0  # of the first connection that was talked to
        self.over = threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self.stage != "connect":
                self._behave(connection)
            self.began = self.began or time.monotonic()
            try:
                while not self.over.is_set():
                    connection.sendall(self.talk)
                    self.said += len(self.talk)
            finally:
                self.ended = self.ended or time.monotonic()

    def _behave(self, connection: socket.socket) -> None:
        connection.sendall(b"220 talker.example ESMTP\r\n")
        stream = connection.makefile("rb")
        for verb in iter(lambda: stream.readline()[:4].upper(), b""):
            if (verb == b"EHLO" and self.stage == "ehlo") or (verb == b"MAIL" and self.stage == "mail"):
                return
            connection.sendall(b"354 go\r\n" if verb == b"DATA" else b"250 ok\r\n")
            if verb == b"DATA":
                return


@contextlib.contextmanager
def a_talker(stage: str, talk: bytes) -> Iterator[Talker]:
    talker = Talker(stage, talk)
    try:
        yield talker
    finally:
        talker.over.set()
        talker.server.close()


def mb(pid: int, what: str) -> float:
    """VmRSS: what it has in memory now; VmHWM: the most it has had."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next((int(row.split()[1]) for row in status.splitlines() if row.startswith(what + ":")), 0) / 1024


USUAL = [("connect", "lines without an end"), ("body", "one line without an end")]  # in each run; the others in a soak
ALL = [(stage, talk) for stage in STAGES for talk in TALK]


@pytest.mark.parametrize(
    ("stage", "talk"), [pytest.param(*one, marks=() if one in USUAL else pytest.mark.soak) for one in ALL]
)
def test_listens_no_longer_than_it_must(tmp_path: Path, stage: str, talk: str) -> None:
    """With the settings' own timeouts: the line is closed long before them."""
    with a_talker(stage, TALK[talk]) as talker:
        relay = Relay(tmp_path, [], [], record=False)
        relay.port = talker.port
        home = planned_home(tmp_path / "home", relay, 1, connections=1)
        with mailer(home, "send", LETTER) as process:
            until(lambda: talker.began > 0, patience_s=60)
            before, most = mb(process.pid, "VmRSS"), 0.0
            began = time.monotonic()
            while not talker.ended and time.monotonic() - began < LONGEST_S:
                most = max(most, mb(process.pid, "VmHWM"))
                time.sleep(0.01)
            most = max(most, mb(process.pid, "VmHWM")) if process.poll() is None else most
            process.kill()
        assert talker.ended, "it still listens"
        assert talker.ended - talker.began < LONGEST_S
        assert most - before < MORE_MB, (before, most, talker.said)
        print(f"\n{stage}, {talk}: {talker.said} bytes in {talker.ended - talker.began:.2f} s, {most - before:.1f} MB")
