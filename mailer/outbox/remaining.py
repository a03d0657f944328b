"""How much is left of a mailing and when it will be done, in Swedish.

Takes   how many are left, when the last may go or when the next may, the present moment; all in one time zone. What
        stands in the way of all of it, in words.
Gives   ”Kvar: 1 240, klart omkring kl. 10.40 (i dag).”
Fails   never.
"""

from datetime import datetime, timedelta

from mailer import words
from mailer.outbox.pace import Full, Span

NEAR = timedelta(seconds=90)
SOON = timedelta(minutes=10)  # nearer than this it is said in minutes
ROUND_S = 300  # nobody wants to know the second of an estimate

_PER: dict[Span, str] = {"second": "i sekunden", "minute": "i minuten", "hour": "i timmen", "day": "per dygn"}


def in_words(left: int, done_at: datetime | None, now: datetime, stopped_by: str = "") -> str:
    """What is left and when it will be done; ”” when nothing is. `done_at` None: nobody can tell."""
    if left <= 0:
        return ""
    if stopped_by:
        return f"Kvar: {words.number(left)}. {stopped_by}"
    if done_at is None:
        return f"Kvar: {words.number(left)}."
    return f"Kvar: {words.number(left)}, klart {about(done_at, now)}."


def about(at: datetime, now: datetime) -> str:
    """”omkring kl. 10.40 (i dag)”, a little late rather than early."""
    if at - now < NEAR:
        return "inom någon minut"
    if at - now < SOON:
        return f"om ungefär {-(-int((at - now).total_seconds()) // 60)} minuter"
    rounded = _rounded_up(at)
    if (rounded.date() - now.date()).days > 6:
        return f"omkring {words.day(rounded.date(), year=rounded.year != now.year)}"
    return f"omkring kl. {words.clock(rounded)} ({day(rounded, now)})"


def day(at: datetime, now: datetime) -> str:
    """”i dag”, ”i morgon”, ”tisdag 14 maj”."""
    days = (at.date() - now.date()).days
    return {0: "i dag", 1: "i morgon"}.get(days, words.day(at.date()))


def next_in_words(reached: Full | None, now: datetime) -> str:
    """”Högst 150 mejl i timmen: nästa går omkring kl. 10.31.”; ”” when nothing stands in the way."""
    if reached is None:
        return ""
    at = reached.at.astimezone(now.tzinfo)
    if not reached.limit:
        why = "E-postservern har bett oss att gå långsammare"
    else:
        why = f"Högst {words.number(reached.limit)} mejl {_PER[reached.span]}"
    if at.date() == now.date():
        return f"{why}: nästa går omkring kl. {words.clock(at)}."
    return f"{why}: resten går {day(at, now)}, från omkring kl. {words.clock(at)}."


def _rounded_up(at: datetime) -> datetime:
    beyond = int(at.timestamp()) % ROUND_S
    return at + timedelta(seconds=ROUND_S - beyond) if beyond else at
