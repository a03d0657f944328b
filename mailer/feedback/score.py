"""How much mail that comes back weighs against an address, and when that is enough to ask.

Takes   how hard a bounce is; the points that stand.
Gives   a weight; the score; whether it is time for a question (feedback/probe.py).
Fails   never.

Written for an association that mails once a month. A list server that mails daily can wait for five bounces on five
days (Mailman's threshold); here that would take five months, and each month's success in between takes the points
away again (feedback/store_sweep.py). So one hard bounce is enough, not to suppress, but to ask: the question costs one
mail, and only its answer decides. A soft bounce (full, away, anything we do not understand) weighs a quarter: four
months in a row without one success. What is our own fault weighs nothing.
"""

from collections.abc import Iterable

from mailer.feedback.meaning import Hardness

ASK_AT = 4
WEIGHTS = {Hardness.hard: 4, Hardness.soft: 1, Hardness.ours: 0}


def weight(hardness: Hardness | None) -> int:
    """Points for one bounce; a day has those of its worst, once."""
    return WEIGHTS[hardness or Hardness.soft]


def worst(standing: int, new: int) -> int:
    """The points of a day that had `standing` and gets `new`: never the sum."""
    return max(standing, new)


def score(weights: Iterable[int]) -> int:
    """The score of an address, from its days' points that stand."""
    return sum(weights)


def is_enough(standing: int) -> bool:
    """Whether the address is asked."""
    return standing >= ASK_AT
