"""How invented members behave when they are asked: who can be reached, who answers what, and after how many days.

Takes   rates, and a Random that the caller has seeded.
Gives   for one person and one ask, whether she answers and after how many days.
Fails   ValueError for a scale that is no positive number.

Pure, and lean: a benchmark plays a thousand branches with it. A person is one int of four bits; a branch has its
`Chances` reckoned once; an ask costs one drawn number, and an answer two.

What the rates mean. Each is of those who are still silent: one who has made up her mind to answer (whose day lies
ahead) is asked no more, so the caller draws nothing for her, and what she does is already drawn. A branch's
willingness multiplies the odds of every yes; it does not make anybody easier to find, so the shares who are spoken
with or met stay as they are. `scale` multiplies all of them, meetings too: a branch where everything is half as good.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp
from random import Random

# What a person has: bits of one int.
EMAIL, PHONE, POSTAL, BOUNCES = 1, 2, 4, 8

# Of a hundred who answer, so many do it on the day they were asked, the day after, and so on: half within two days,
# nearly all within ten. Ours: nobody has published the days of a
# members' survey.
MAIL_DAYS = (31, 20, 13, 9, 7, 5, 4, 3, 3, 2, 1, 1, 1)
POST_TAKES = 3  # days more for a letter: two in the post, one on the hall table


@dataclass(frozen=True, slots=True)
class Chances:
    """What one branch says yes to, after its willingness: shares from 0 to 1."""

    mail: tuple[float, ...]  # by turn: the first mail, the second …; the last one repeats
    letter: tuple[float, ...]
    spoken: float  # one call
    spoken_yes: float
    meets: float  # one occasion
    meets_yes: float


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The rates; all shares from 0 to 1. What a branch has, it has; what it answers is scaled and willing."""

    email: float = 0.85
    phone: float = 0.90
    postal: float = 0.97
    bounces: float = 0.05  # of those who have e-mail
    mail: tuple[float, ...] = (0.25, 0.09, 0.08, 0.06)
    letter: tuple[float, ...] = (0.12, 0.10)  # the second has the form with it
    calls: int = 4
    spoken: float = 0.45  # with so many calls, all told
    spoken_yes: float = 0.30
    meets: float = 0.08  # one occasion
    meets_yes: float = 0.60
    sigma: float = 0.3  # of the logarithm of a branch's willingness
    scale: float = 1.0  # of all rates below `bounces`

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ValueError("scale")

    def person(self, rng: Random) -> int:
        """What one member has: bits of EMAIL, PHONE, POSTAL, BOUNCES. Four drawn numbers, always."""
        email, phone, postal, bounces = rng.random(), rng.random(), rng.random(), rng.random()
        bits = PHONE * (phone < self.phone) | POSTAL * (postal < self.postal)
        if email < self.email:
            bits |= EMAIL | BOUNCES * (bounces < self.bounces)
        return bits

    def people(self, rng: Random, size: int) -> list[int]:
        """A branch."""
        return [self.person(rng) for _ in range(size)]

    def willingness(self, rng: Random) -> float:
        """What multiplies the odds of one branch: log-normal, median 1."""
        return exp(rng.gauss(0.0, self.sigma))

    def chances(self, willingness: float = 1.0) -> Chances:
        """What a branch so willing says yes to."""
        return Chances(
            mail=tuple(self._yes(rate, willingness) for rate in self.mail),
            letter=tuple(self._yes(rate, willingness) for rate in self.letter),
            spoken=1 - (1 - self._scaled(self.spoken)) ** (1 / self.calls),
            spoken_yes=self._yes(self.spoken_yes, willingness),
            meets=self._scaled(self.meets),
            meets_yes=self._yes(self.meets_yes, willingness),
        )

    def _scaled(self, rate: float) -> float:
        return min(0.99, rate * self.scale)

    def _yes(self, rate: float, willingness: float) -> float:
        share = self._scaled(rate)
        return share * willingness / (1 - share + share * willingness)


def mail_answer(chances: Chances, turn: int, rng: Random) -> int | None:
    """Days until she answers the mail that is her `turn`:th (from 0), or None. Not for one whose address bounces."""
    return _days(rng) if rng.random() < _turn(chances.mail, turn) else None


def letter_answer(chances: Chances, turn: int, rng: Random) -> int | None:
    """Days from the posting until she answers the letter that is her `turn`:th (from 0), or None."""
    return POST_TAKES + _days(rng) if rng.random() < _turn(chances.letter, turn) else None


def call_answer(chances: Chances, rng: Random) -> tuple[bool, bool]:
    """One call: is she spoken with, does she answer there and then. Who has been spoken with is not called again."""
    spoken = rng.random() < chances.spoken
    return spoken, spoken and rng.random() < chances.spoken_yes


def occasion_answer(chances: Chances, rng: Random) -> tuple[bool, bool]:
    """One occasion in person: is she met, does she answer there and then."""
    met = rng.random() < chances.meets
    return met, met and rng.random() < chances.meets_yes


def answered_within(days: int, posted: bool = False) -> float:
    """Of those who answer a mail (a letter): the share who have, when so many days have gone. 0 days: the same day."""
    days -= POST_TAKES if posted else 0
    return 0.0 if days < 0 else _CUMULATIVE[min(days, len(_CUMULATIVE) - 1)] / _CUMULATIVE[-1]


_CUMULATIVE = tuple(accumulate(MAIL_DAYS))


def _turn(rates: Sequence[float], turn: int) -> float:
    return rates[min(turn, len(rates) - 1)]


def _days(rng: Random) -> int:
    """The day that a drawn number falls on. Not `choices`, which sums the weights each time."""
    return bisect_right(_CUMULATIVE, rng.random() * _CUMULATIVE[-1])
