"""A home that is sent from by a process of its own, which is killed again and again.

Takes   a home that is planned, a running relay, a signal, how many times, a seed.
Gives   an Ordeal: what each round took and added; then the verdict of the checker, a process of its own too.
Fails   AssertionError when a round ends in another way than by its signal or with exit 0; TimeoutError when it hangs.

The relay's log decides when to kill: it is on the disk before the sender has its 250.
"""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from mailer.house import open_house
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from tests.homes import ROOT, add_people, address_of, make_home, plan_letter
from tests.relay.client import Line, Relay

LETTER = "brev/1"
MEMBER = address_of(0).partition("0")[0]  # how a member's address begins; a notice to somebody else is not counted
PATIENCE_S = 60.0  # for anything that should take a second
LONGEST_START_S = 3.0  # within which a process has begun to send, and more


@dataclass(slots=True)
class Ordeal:
    """What was done to a sender and what it cost."""

    kills: int = 0
    restart_s: list[float] = field(default_factory=list)  # start of a process -> its first acknowledged message
    duplicates: list[int] = field(default_factory=list)  # that each round added
    end_s: list[float] = field(default_factory=list)  # signal -> end of the process

    def __str__(self) -> str:
        first, last = sorted(self.restart_s), max(self.end_s, default=0)
        return (
            f"{self.kills} kills, {sum(self.duplicates)} duplicates {self.duplicates}, to the first message "
            f"{first[len(first) // 2]:.2f} s (at worst {first[-1]:.2f} s), from the signal to the end {last:.2f} s"
        )


@dataclass(slots=True)
class Tail:
    """The relay's log, read as it grows."""

    path: Path
    acknowledged: list[Line] = field(default_factory=list)
    open_connections: int = 0
    _at: int = 0

    def read(self) -> "Tail":
        with self.path.open("rb") as log:
            log.seek(self._at)
            whole = log.read().rpartition(b"\n")[0]
        self._at += len(whole) + 1 if whole else 0
        for text in whole.splitlines():
            line = json.loads(text)
            ours = line["kind"] == "accepted" and line["rcpt"][0].startswith(MEMBER)
            self.acknowledged += [line] if ours else []
            self.open_connections += {"connect": 1, "disconnect": -1}.get(line["kind"], 0)
        return self

    def duplicates_since(self, n: int) -> int:
        """How many of those after the first n had come before, by whatever way."""
        seen = {line["rcpt"][0] for line in self.acknowledged[:n]}
        count = 0
        for line in self.acknowledged[n:]:
            count += line["rcpt"][0] in seen
            seen.add(line["rcpt"][0])
        return count


def planned_home(folder: Path, relay: Relay, members: int, database_url: str = "", connections: int = 4) -> Path:
    """A home of so many members with a letter to all of them, planned and not begun."""
    make_home(folder, relay.port, database_url, connections=connections)
    with open_house(folder) as house:
        now = house.clock.now()
        house.db.write(lambda c: add_people(c, house.keys, range(1, members + 1), now))
        house.db.write(lambda c: plan_letter(c, now))
    return folder


def mailer(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A `mailer` of its own."""
    command = [sys.executable, "-m", "mailer.cli", "--home", str(home), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said(home: Path, *arguments: str) -> str:
    """What `mailer` says, when it ends well."""
    process = mailer(home, *arguments)
    out, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, (arguments, process.returncode, errors)
    return out


def endure(
    home: Path,
    relay: Relay,
    members: int,
    kills: int,
    seed: int,
    how: int = signal.SIGKILL,
    anywhere: bool = False,
) -> Ordeal:
    """Send, with `kills` signals on the way, spread over the whole mailing; then to the end.

    Each comes after at least one message of its round; with `anywhere`, at any moment from the start of the process.
    """
    rng, ordeal, tail = random.Random(seed), Ordeal(), Tail(relay.log_path)
    with open_house(home) as house:  # to look, never to write
        while not house.db.read(_is_over):
            begun, start = len(tail.read().acknowledged), time.monotonic()
            left = kills - ordeal.kills
            gap = (members - len({line["rcpt"][0] for line in tail.acknowledged})) // (left + 1)
            after, until = rng.randint(1, max(1, 2 * gap - 1)), start + rng.uniform(0, LONGEST_START_S)

            def enough(left: int = left, at: int = begun + after, until: float = until) -> bool:
                return left > 0 and (time.monotonic() > until if anywhere else len(tail.read().acknowledged) >= at)

            _round(home, ordeal, enough, how, rng)
            # What the kernel had taken still arrives: the round is over when the relay has seen every line close.
            _wait(lambda: tail.read().open_connections == 0)
            if len(tail.acknowledged) > begun:
                ordeal.restart_s.append(tail.acknowledged[begun]["at_ns"] / 1e9 - start)
            ordeal.duplicates.append(tail.duplicates_since(begun))
    return ordeal


def _round(home: Path, ordeal: Ordeal, enough: Callable[[], bool], how: int, rng: random.Random) -> None:
    """One process, which ends by itself or by a signal when it is enough."""
    with mailer(home, "send", LETTER) as process:
        try:
            _wait(lambda: process.poll() is not None or enough())
            if process.poll() is None:
                time.sleep(rng.uniform(0, 0.01))  # not always at the same step of the sender
                ordeal.kills += 1
                signalled = time.monotonic()
                process.send_signal(how)
                process.wait(PATIENCE_S)
                ordeal.end_s.append(time.monotonic() - signalled)
            assert process.returncode in (0, 75, -how), (process.returncode, process.stderr and process.stderr.read())
        finally:
            process.kill()


def _is_over(c: Connection) -> bool:
    """Whether nothing is owed, nor waits to be sent once more."""
    row = mailings.find(c, LETTER)
    assert row is not None
    return bool(row.state == Mailing.FINISHED)


def verdict(
    home: Path, relay: Relay, expected: list[str], connections: int, kills: int, others: bool = False
) -> dict[str, Any]:
    """What the checker finds: the relay's log against who should have the letter and what the ledger claims.

    `others`: the house has written to others as well, of its own accord; that is no concern of the checker's.
    """
    folder = relay.folder
    log = relay.log_path
    if others:
        log = folder / "of-the-letter.jsonl"
        lines = [one for one in relay.log() if one["kind"] != "accepted" or one["rcpt"][0].startswith(MEMBER)]
        log.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (folder / "ledger.json").write_text(said(home, "report", LETTER, "--json", "--names"), "utf-8")
    (folder / "expected.txt").write_text("\n".join(expected), "utf-8")
    command = [sys.executable, "-m", "tests.relay.checker", "--relay-log", str(log)]
    command += ["--ledger", str(folder / "ledger.json"), "--expected", str(folder / "expected.txt")]
    command += ["--connections", str(connections), "--kills", str(kills)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.stdout, done.stderr
    figures = json.loads((folder / "ledger.json").read_text("utf-8"))["balance"]
    came = {line["rcpt"][0] for line in relay.acknowledged()}
    found: dict[str, Any] = {**json.loads(done.stdout), "figures": figures, "never": sorted({*expected} - came)}
    return found


def addresses(members: int) -> list[str]:
    return [address_of(n) for n in range(1, members + 1)]


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("nothing happened for a minute")
        time.sleep(0.002)
