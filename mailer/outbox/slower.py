"""When somebody asks us to slow down: how long they are left alone, who tries the way, how we come back to full speed.

Takes   what is known against a receiving domain or a relay, and the next reply; the time now.
Gives   what is known then; None: nothing any more.
Fails   never.

Three replies in a row hold a domain back, ten a relay. Then one message tries the way, and nobody else: if it is told
the same, the wait doubles; if it is taken, others follow, a few a second, twice as many each time all were taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from mailer.outbox.outcome import Outcome

Said = Literal["slower", "yes", ""]

DOMAIN_IN_A_ROW = 3
RELAY_IN_A_ROW = 10  # of domains that are not held back already, so of four at least: it is the relay that speaks
DOMAIN_WAITS = tuple(timedelta(minutes=m) for m in (1, 2, 4, 8, 16, 32, 60))  # the last one repeats
RELAY_WAITS = tuple(timedelta(minutes=m) for m in (1, 2, 4, 8, 15))  # it stops everybody: asked more often
PROBE_ANSWERS_IN = timedelta(
    minutes=10
)  # a final dot may take as long (RFC 5321 section 4.5.3.2.6); then another tries
RAMP_BEGINS = 5  # messages a second
RAMP_ENDS = 320  # above it no ramp is needed
FORGOTTEN_AFTER = timedelta(days=1)

_GREYLISTED = ("greylist", "graylist", "grey-list", "gray-list", "grey list", "gray list")
_TOO_FAST = ("too many", "too much", "too fast", "rate limit", "ratelimit", "throttl", "slow down")
_BUSY = ("4.3.2", "4.4.5", "4.5.3")  # RFC 3463: not accepting now, congestion, too many recipients


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known against a domain or a relay. Watched, then held back (`until`), then on the ramp (`ramp`)."""

    throttled: int = 0  # in a row, while it is only watched
    step: int = 0  # how many times it has been held back, one longer than the other; 0: not yet
    until: datetime | None = None  # nothing goes before this
    probe: int | None = None  # the delivery that tries the way; `until` is then when another may
    ramp: int = 0  # messages a second; 0: no ramp
    passed: int = 0  # taken at this ramp

    @property
    def stands(self) -> bool:
        """Whether it is in anybody's way."""
        return self.step > 0


def says(outcome: Outcome, attempts: int) -> Said:
    """What a reply says about our pace. `attempts`: how many times this delivery was tried before."""
    if outcome.event == "accept" or outcome.fault == "recipient":
        return "yes"
    return "slower" if outcome.event == "defer" and _is_slower(outcome, attempts) else ""


def is_of_the_domain(outcome: Outcome) -> bool:
    """Whether the reply came when the relay knew for whom the message was."""
    return outcome.stage in ("rcpt", "data", "dot")


def heard(
    hold: Hold, delivery: int, said: Said, now: datetime, in_a_row: int, waits: Sequence[timedelta]
) -> Hold | None:
    """What is known after one more reply."""
    if hold.until is not None:
        return _while_held(hold, delivery, said, now, waits)
    if said == "slower":
        throttled = hold.throttled + 1
        return _held(hold, now, waits) if hold.ramp or throttled >= in_a_row else replace(hold, throttled=throttled)
    if said != "yes":
        return hold
    if not hold.ramp:
        return None
    if hold.passed + 1 < hold.ramp:
        return replace(hold, passed=hold.passed + 1)
    return None if hold.ramp >= RAMP_ENDS else replace(hold, ramp=hold.ramp * 2, passed=0)


def probed(hold: Hold, delivery: int, now: datetime) -> Hold:
    """The wait is over: this delivery tries the way."""
    return replace(hold, probe=delivery, until=now + PROBE_ANSWERS_IN)


def given_back(hold: Hold, delivery: int, now: datetime) -> Hold:
    """The delivery never went out: another may try the way."""
    return replace(hold, probe=None, until=now) if hold.probe == delivery else hold


def length(step: int, waits: Sequence[timedelta]) -> timedelta:
    """How long it is left alone the n-th time."""
    return waits[min(step, len(waits)) - 1]


def held_for(hold: Hold, waits: Sequence[timedelta]) -> timedelta:
    """How long it has been left alone in all, at least: its waits, one after the other."""
    longest = len(waits)
    return sum(waits[: hold.step], timedelta()) + max(0, hold.step - longest) * waits[-1]


def _while_held(hold: Hold, delivery: int, said: Said, now: datetime, waits: Sequence[timedelta]) -> Hold:
    if delivery != hold.probe:
        return hold  # it was under way when the hold began, and tells nothing new
    if said == "slower":
        return _held(hold, now, waits)
    if said == "yes":
        return Hold(step=min(hold.step, len(waits)), ramp=RAMP_BEGINS)  # held back anew it waits as long; counted anew
    return given_back(hold, delivery, now)


def _held(hold: Hold, now: datetime, waits: Sequence[timedelta]) -> Hold:
    return Hold(step=hold.step + 1, until=now + length(hold.step + 1, waits))


def _is_slower(outcome: Outcome, attempts: int) -> bool:
    """A busy server, or one that counts what we send. Never greylisting, nor what is wrong with one mailbox.

    A greylist says 450 or 451 to each delivery's first attempt, and takes it after some minutes: held back for it, a
    domain would only begin its waiting later. So what can be read both ways counts from the second attempt on.
    """
    if outcome.stage not in ("mail", "rcpt", "data", "dot") or not 400 <= outcome.code < 500:
        return False
    text = outcome.text.lower()
    if outcome.status.startswith("4.2.") or any(word in text for word in _GREYLISTED):
        return False
    by_status = outcome.status in _BUSY or (outcome.status.startswith("4.7.") and outcome.status != "4.7.1")
    return outcome.code == 421 or by_status or any(word in text for word in _TOO_FAST) or attempts > 0
