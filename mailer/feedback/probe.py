"""The question to an address that mail has come back from: ”Når vi dig?”.

Takes   a state and what has happened; when the address was asked last.
Gives   the next state; whether to ask now; whether enough questions have come back soft.
Fails   BrokenPromise on an event that the state does not know.

Nothing else assigns a probe's state. docs/states.md is drawn from this table.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from mailer.errors import BrokenPromise

SILENCE = timedelta(days=7)  # a question that has not come back in a week has arrived
# From the bounce to the question. A provider that has lost its list of members for an hour, or a day, says 5.1.1 of
# all of them; asked at once, each would answer in the same words and be suppressed. After a weekend it is mended.
ASK_AFTER = timedelta(days=3)
BETWEEN = timedelta(days=30)  # one question per address
SOFT_ENDS = 3  # questions in a row that came back soft: a mailbox that has been full for three months


class Probe(StrEnum):
    """One question. Each sentence says the instant it becomes true."""

    WANTED = "wanted"  # the points of the address have reached the limit; put three days later, if nothing has arrived
    ASKED = "asked"  # the notice is in the outbox
    REACHED = "reached"  # it has not come back in seven days, or she wrote
    UNSURE = "unsure"  # it came back soft: asked again in a month; at the third in a row the address is suppressed
    FAILED = "failed"  # it came back hard, or was refused: the address is suppressed
    DROPPED = "dropped"  # it never went out, came back by our own fault, or a person took it or its answer back


P = Probe
PROBE: dict[Probe, dict[str, Probe]] = {
    P.WANTED: {"ask": P.ASKED, "reach": P.REACHED, "drop": P.DROPPED},
    P.ASKED: {"reach": P.REACHED, "come_back_soft": P.UNSURE, "come_back_hard": P.FAILED, "drop": P.DROPPED},
    P.REACHED: {"come_back_soft": P.UNSURE, "come_back_hard": P.FAILED},  # later than a week
    P.UNSURE: {"reach": P.REACHED, "drop": P.DROPPED},
    P.FAILED: {"drop": P.DROPPED},
    P.DROPPED: {},
}


def next_probe(state: Probe, event: str) -> Probe:
    """The state after the event."""
    try:
        return PROBE[state][event]
    except KeyError:
        raise BrokenPromise(f"en fråga som är {state} kan inte ta emot {event}") from None


def probe_step(event: str) -> tuple[list[str], str]:
    """For SQL: the states that know the event, and the one state it leads to."""
    before = [str(state) for state, events in PROBE.items() if event in events]
    after = {str(events[event]) for events in PROBE.values() if event in events}
    if len(after) != 1:
        raise BrokenPromise(f"händelsen {event} leder till {len(after)} tillstånd")
    return before, after.pop()


def may_ask(last: datetime | None, now: datetime) -> bool:
    """Whether an address that was asked last at `last` may be asked again."""
    return last is None or now - last >= BETWEEN


def is_given_up(states: Sequence[str]) -> bool:
    """Whether the last questions, newest first, all came back soft. Those that never went out say nothing."""
    asked = [state for state in states if state not in (Probe.DROPPED, Probe.WANTED)]
    return len(asked) >= SOFT_ENDS and all(state == Probe.UNSURE for state in asked[:SOFT_ENDS])
