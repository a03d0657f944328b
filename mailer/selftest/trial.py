"""The self-test: a mailing whose sender is killed, again and again, at the worst moments; then the books are compared.

Takes   a folder of its own, how many members, how many kills, a seed; the command that sends.
Gives   a Verdict, after it has told what happens as it happens.
Fails   LaterError when the sender does nothing for a minute; MailerError (70) when it ends as it should not.

The sink decides when: it sees each step of each message, and the sender is dead before the next one.
"""

import asyncio
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailer import codes, maillog
from mailer.errors import LaterError, MailerError, Problem
from mailer.house import House
from mailer.outbox.store import figures, mailings
from mailer.selftest.home import CONNECTIONS, a_home, address_of, environment
from mailer.selftest.sink import MOMENTS, Journal, Sink, listening
from mailer.selftest.verdict import Entry, Stop, Verdict, judge

PATIENCE_S = 60.0  # for what should take a second
ENDS = {"killed": (-signal.SIGKILL,), "asked": (0, 75), "done": (0,)}  # exit codes of the sender
SENDER = (sys.executable, "-m", "mailer.cli")
Tell = Callable[[int, Stop], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """How it is to be done."""

    members: int = 500
    kills: int = 5
    seed: int = 0
    sender: tuple[str, ...] = SENDER


@dataclass(slots=True)
class Blow:
    """What strikes the sender: after so many messages in all, at this moment of the next one."""

    how: str
    after: int
    moment: str
    struck: bool = False


@dataclass(slots=True)
class Run:
    """The trial on its way. Told by the sink of each moment."""

    trial: Trial
    home: Path
    house: House
    name: str
    sink: Sink
    blow: Blow | None = None
    process: asyncio.subprocess.Process | None = None
    first_s: float = 0.0  # when the round's first message was taken

    def told(self, moment: str) -> None:
        """At once: nothing is read or written between this moment and the blow."""
        blow, process = self.blow, self.process
        if moment == "taken" and not self.first_s:
            self.first_s = time.monotonic()
        if process is None or blow is None or blow.struck or moment != blow.moment:
            return
        if len(self.sink.journal.taken) >= blow.after:
            blow.struck = True
            process.send_signal(signal.SIGTERM if blow.how == "asked" else signal.SIGKILL)

    async def round(self, blow: Blow | None) -> Stop:
        """One sender, until it is struck, or until it has nothing left to send."""
        self.blow, self.first_s, began = blow, 0.0, time.monotonic()
        command = [*self.trial.sender, "--home", str(self.home), "send", self.name]
        process = self.process = await asyncio.create_subprocess_exec(
            *command, env=environment(), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        try:
            _, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
            # What the kernel had taken from it still arrives.
            await asyncio.wait_for(self.sink.none_open.wait(), PATIENCE_S)
        except TimeoutError:
            raise LaterError(
                Problem("självtestet", "sändaren stod still i en minut.", "Kör en gång till, när datorn har tid.")
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            self.process = None
        how = blow.how if blow and blow.struck else "done"
        if process.returncode not in ENDS[how] or (blow is not None and not blow.struck):
            said = errors.decode("utf-8", "replace").strip()[-500:]
            what = f"sändaren slutade av sig själv ({process.returncode}). {said}".strip()
            raise MailerError(Problem("självtestet", what, "Det är ett fel i programmet. Rapportera det."))
        first = self.first_s - began if self.first_s else 0.0
        return Stop(how, len(self.sink.journal.taken), self.ledger(), first)

    def ledger(self) -> tuple[Entry, ...]:
        """What it says of everybody now."""
        row = self.house.db.read(lambda c: mailings.find(c, self.name))
        assert row is not None
        domain, keys = self.house.settings.sender.from_.domain, self.house.keys
        people = self.house.db.read(lambda c: figures.people(c, row.id))
        return tuple(
            Entry(p.address, p.state, codes.message_id(keys, row.id, str(p.contact_id), domain), p.doubts)
            for p in people
        )

    def closes(self) -> bool:
        """Whether the balance adds up and the mailing is over."""
        row = self.house.db.read(lambda c: mailings.find(c, self.name))
        assert row is not None
        return self.house.db.read(lambda c: figures.balance(c, row.id)).closes


def hold(folder: Path | None, trial: Trial, tell: Tell = lambda _n, _stop: None) -> Verdict:
    """The whole trial, in a new folder inside `folder` (None: where temporary files lie) that is gone afterwards."""
    maillog.quiet = True
    with tempfile.TemporaryDirectory(prefix="mailer-prov-", dir=folder) as scratch:
        return asyncio.run(_hold(Path(scratch), trial, tell))


async def _hold(folder: Path, trial: Trial, tell: Tell) -> Verdict:
    journal = Journal(folder / "mottaget.jsonl")
    run: Run | None = None

    def told(moment: str) -> None:
        if run is not None:
            run.told(moment)

    sink = Sink(journal, told)
    try:
        async with listening(sink) as port:
            with a_home(folder / "hem", port, trial.members) as (house, name):
                run = Run(trial, folder / "hem", house, name, sink)
                return await _rounds(run, tell)
    finally:
        journal.close()


async def _rounds(run: Run, tell: Tell) -> Verdict:
    stops: list[Stop] = []
    for n, blow in enumerate([*blows(run.trial), None], 1):
        stops.append(await run.round(blow))
        tell(n, stops[-1])
    expected = [address_of(n) for n in range(1, run.trial.members + 1)]
    return judge(expected, run.sink.journal.taken, stops, CONNECTIONS, run.closes())


def blows(trial: Trial) -> Sequence[Blow]:
    """So many kills, spread over the whole mailing, and a request to stop in the middle of them."""
    rng = random.Random(trial.seed)  # noqa: S311 - drawn so that it can be drawn again
    strikes = trial.kills + 1
    asked = trial.kills // 2
    gap = trial.members // (strikes + 1)
    return [
        Blow("asked" if n == asked else "killed", n * gap + rng.randint(1, max(1, gap)), rng.choice(MOMENTS))
        for n in range(strikes)
    ]
