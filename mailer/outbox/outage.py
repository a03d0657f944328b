"""An outage: a relay that takes nothing, since when and why; in Swedish.

Takes   the open outages, which relays there are, the present moment.
Gives   whether anything can go out; ”E-postservern har inte tagit emot något sedan kl. 14.05 (inloggningen: 535 nej).”
Fails   never.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer import words
from mailer.outbox.outcome import Outcome

NEWS_AFTER = timedelta(minutes=15)  # a shorter one is nobody's concern: it is tried again, and nothing is lost
# A relay is tried every five minutes while something waits (deliver/reach.py, WAITS_S). What nobody has tried for an
# hour, because nothing waited or the service stood still, is no outage that goes on.
STALE = timedelta(hours=1)
# Where a relay said no, for the person who mends it.
STAGES = {
    "connect": "förbindelsen",
    "ehlo": "hälsningen",
    "starttls": "krypteringen",
    "auth": "inloggningen",
    "mail": "avsändaren",
    "rcpt": "mottagaren",
    "data": "mejlet",
    "dot": "mejlet",
}
_IN_A_TRANSACTION = ("mail", "rcpt", "data", "dot")


@dataclass(frozen=True, slots=True)
class Outage:
    """Of one relay. Open until it works again."""

    number: int
    relay: str
    since: datetime
    heard_at: datetime  # when it was last tried in vain
    stage: str
    code: int
    text: str
    over_at: datetime | None = None

    @property
    def lasted(self) -> timedelta:
        """As far as is known from the tries in vain."""
        return self.heard_at - self.since

    @property
    def answers(self) -> bool:
        """Whether it is there, and says ”not now”: then no other relay is asked in its place (deliver/lines.py)."""
        return self.stage in _IN_A_TRANSACTION

    @property
    def why(self) -> str:
        return said(self.stage, self.code, self.text)


def why(outcome: Outcome) -> str:
    """”inloggningen: 535 nej”."""
    return said(outcome.stage, outcome.code, outcome.text)


def said(stage: str, code: int, text: str) -> str:
    """The same, of its parts."""
    return " ".join(f"{STAGES.get(stage, stage)}: {code or ''} {text}".split())


def nothing_goes(open_: Mapping[str, Outage], relays: Sequence[str]) -> tuple[Outage, ...]:
    """The outages that stand in the way, of the relays in the order they are asked; none when one carries it."""
    found: list[Outage] = []
    for relay in relays:
        if relay not in open_:
            return ()
        found.append(open_[relay])
        if found[-1].answers:
            break
    return tuple(found)


def nothing_goes_since(outages: Sequence[Outage]) -> datetime:
    """The moment from which no relay worked."""
    return max(outage.since for outage in outages)


def in_words(outages: Sequence[Outage], now: datetime) -> str:
    """A sentence for each, with its name where there are several; ”” for none. `now` in the reader's time zone."""
    names = {o.relay: f" {o.relay}" if len(outages) > 1 else "" for o in outages}
    return " ".join(
        f"E-postservern{names[o.relay]} har inte tagit emot något sedan {moment(o.since, now)} ({o.why})."
        for o in outages
    )


def moment(at: datetime, now: datetime) -> str:
    """”kl. 14.05”, of another day than today ”tisdag 14 maj kl. 14.05”."""
    local = at.astimezone(now.tzinfo)
    is_today = local.date() == now.date()
    return f"kl. {words.clock(local)}" if is_today else f"{words.day(local.date())} kl. {words.clock(local)}"
