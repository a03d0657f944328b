"""The breaker: a mailing whose failures are not its recipients' is paused, and a person is asked.

Takes   the settlements of one group commit.
Gives   the mailings that were paused, and why, in words.
Fails   never.

Three rules. Three failures in a row that are ours (a login, a policy, 5yz that say nothing about a recipient), or a
message too large: at once. Of the last hundred outcomes, more than a fifth and at least ten that are ours, or in doubt:
each of these may be one message twice. Of the first two hundred, too many hard refusals (wave.py).

”Not now” never counts, however often it is said, nor a line that breaks before the final dot: waiting costs nothing,
and when the fault is over the mailing goes on by itself, without a person.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Float, Select, Update, select, update

from mailer.db.prepared import asked, prepared
from mailer.outbox.outcome import Outcome, Settlement
from mailer.outbox.states import mailing_step
from mailer.outbox.store import wave
from mailer.outbox.tables import mailings

OUR_FAULTS_TO_PAUSE = 3  # in a row: 5yz that say nothing about a recipient
WINDOW = 100  # outcomes
MOST_FAILED = 0.20  # of the window
FEWEST_FAILED = 10
# A relay that dies takes all its lines with it: one mishap, however many they were. They do not count as so many, or
# every restart of a relay would need a person; a network that breaks line after line comes back commit after commit.
LINES_AT_ONCE = 4
NEWS_S = 1.0
_CALM = "mailer.breaker"  # of a connection: mailing -> when its row was read, and nothing had failed
_SMALL = 0.5  # less than half a failure is none: nothing more need be written


@dataclass(slots=True)
class _Tally:
    """What one commit says of a mailing."""

    outcomes: int = 0
    failed: int = 0
    lost_lines: int = 0
    before: int = 0  # our faults before the first outcome that was none
    run: int = 0  # our faults in a row, at the end
    longest: int = 0
    broken: bool = False  # the row of our faults
    too_large: bool = False
    last: Outcome | None = None  # the last that failed

    def add(self, settlement: Settlement) -> None:
        outcome = settlement.outcome
        if outcome.event == "accept":  # as nearly all are
            self.outcomes += 1
            self.broken, self.run = True, 0
            return
        self._follow(outcome)
        if outcome.event == "return":
            return
        if outcome.event == "doubt":
            self.last = outcome
            if self.lost_lines == LINES_AT_ONCE:
                return
            self.lost_lines += 1
            self.failed += 1
        elif outcome.fault == "ours":
            self.last = outcome
            self.failed += 1
        self.outcomes += 1

    def _follow(self, outcome: Outcome) -> None:
        if outcome.fault == "recipient":
            self.broken, self.run = True, 0
        elif outcome.fault == "ours":
            self.run += 1
            self.before += not self.broken
            self.longest = max(self.longest, self.run)
            self.too_large = self.too_large or bool(outcome.size_limit)
            self.last = outcome


def note(connection: Connection, settlements: Sequence[Settlement]) -> tuple[tuple[int, str], ...]:
    """Count them, and pause what must be. Gives (mailing, why) of those paused."""
    tallies: dict[int, _Tally] = {}
    for settlement in settlements:
        mailing = settlement.offered.mailing
        tally = tallies.get(mailing)
        if tally is None:
            tally = tallies[mailing] = _Tally()
        tally.add(settlement)
    stops = ((mailing, _count(connection, mailing, tally)) for mailing, tally in sorted(tallies.items()))
    stopped = [(mailing, why) for mailing, why in stops if why]
    paused = tuple((mailing, why) for mailing, why in stopped if _pause(connection, mailing, why))
    return paused + _count_refusals(connection, settlements)


def _count(connection: Connection, mailing: int, tally: _Tally) -> str:
    """Why the mailing must be paused; else ””. As nearly always nothing has failed for a while, and nothing is written;
    nor read, but once a second: what another worker has met with is that old at most.

    On PostgreSQL the row is only locked to be written: workers would wait for one another at each commit.
    """
    if tally.last is None:
        calm: dict[int, float] = connection.info.setdefault(_CALM, {})
        if time.monotonic() - calm.get(mailing, -NEWS_S) < NEWS_S:
            return ""
        our_faults, recent, failed = _reading.rows(connection, mailing=mailing)[0]
        if recent >= WINDOW and not failed and not (our_faults and tally.broken):
            if not our_faults:
                calm[mailing] = time.monotonic()
            return ""
    connection.info.pop(_CALM, None)
    our_faults, recent, failed = _locking.rows(connection, mailing=mailing)[0]
    longest = max(tally.longest, our_faults + tally.before)
    our_faults = tally.run if tally.broken else our_faults + tally.run
    fading = min(1.0, WINDOW / max(1, recent + tally.outcomes))
    recent, failed = min(WINDOW, recent + tally.outcomes), (failed + tally.failed) * fading
    failed = failed if failed >= _SMALL else 0
    _writing.change(connection, mailing=mailing, faults=our_faults, seen=recent, lost=failed)
    if tally.last is None:
        return ""
    if tally.too_large or longest >= OUR_FAULTS_TO_PAUSE:
        return (f"e-postservern svarar {tally.last.code} " if tally.last.code else "") + tally.last.text[:150]
    if failed >= FEWEST_FAILED and failed > MOST_FAILED * recent:
        return _share_in_words(round(failed), round(recent), tally.last)
    return ""


def _pause(connection: Connection, mailing: int, why: str) -> bool:
    """It may be that a person has stopped it already; and notices never are."""
    before, after = mailing_step("pause")
    m = mailings.c
    stopped = update(mailings).where(m.id == mailing, m.kind != "notice", m.state.in_(before))
    done = connection.execute(stopped.values(state=after, why=why, our_faults=0, recent=0, recent_failed=0))
    return bool(done.rowcount)


def _count_refusals(connection: Connection, settlements: Sequence[Settlement]) -> tuple[tuple[int, str], ...]:
    """Too many of the first two hundred refused for good pause the mailing."""
    refused = sorted({s.offered.mailing for s in settlements if s.outcome.event == "refuse"})
    return tuple((mailing, why) for mailing in refused if (why := wave.stop_if_many(connection, mailing)))


def _select(lock: bool) -> Select[Any]:
    m = mailings.c
    read = select(m.our_faults, m.recent, m.recent_failed).where(m.id == asked("mailing"))
    return read.with_for_update() if lock else read


@prepared
def _reading(is_sqlite: bool) -> Select[Any]:
    return _select(lock=False)


@prepared
def _locking(is_sqlite: bool) -> Select[Any]:
    return _select(lock=not is_sqlite)


@prepared
def _writing(is_sqlite: bool) -> Update:
    row = update(mailings).where(mailings.c.id == asked("mailing"))
    return row.values(our_faults=asked("faults"), recent=asked("seen", Float()), recent_failed=asked("lost", Float()))


def _share_in_words(failed: int, recent: int, last: Outcome) -> str:
    said = f" svarade e-postservern {last.code} {last.text}" if last.code else " bröts förbindelsen"
    said = f": {last.text}" if last.fault == "ours" and not last.code else said  # the message could not be made
    return f"{failed} av de {recent} senaste försöken misslyckades, och det är inte mottagarnas fel; senast{said}"[:200]
