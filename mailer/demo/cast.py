"""The invented members of the half-year: who they are, and what each does when she is asked.

Takes   how many, a seed, a Behaviour.
Gives   a Cast: the member file, and for each ask what she does and on which day.
Fails   never: the same seed plays the same half-year.

Every draw is of her own Random, made of the seed, her number and what she is asked, so the order in which mails arrive
and callers get their people changes nothing.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from mailer.demo import behaviour as model
from mailer.demo import register
from mailer.demo.behaviour import BOUNCES, EMAIL, PHONE, POSTAL, Behaviour, Chances
from mailer.demo.register import Person

# Numbers nobody has: all five series that Post- och telestyrelsen keeps for fiction.
FICTION = (("070-174 06 {:02d}", 5), ("08-465 004 {:02d}", 0), ("031-390 06 {:02d}", 0), ("040-628 04 {:02d}", 0),
           ("0980-319 2{:02d}", 0))  # fmt: skip
LAST = 99
FILLS_IN = 0.5  # of those who answer a letter with the form: on paper. The others take the code in it to the web


@dataclass(frozen=True, slots=True)
class Player:
    """One member."""

    person: Person
    has: int  # bits of behaviour.py

    @property
    def number(self) -> str:
        return self.person.number


@dataclass(slots=True)
class Cast:
    """All of them, and what they are about to do."""

    players: dict[str, Player]  # by member number
    chances: Chances
    seed: int
    by_address: dict[str, list[str]] = field(default_factory=dict)  # address -> the members who read it
    answers_on: dict[str, date] = field(default_factory=dict)  # who has made up her mind, and for which day
    on_paper: set[str] = field(default_factory=set)  # of them, who fills in the form that came by post
    silent: set[str] = field(default_factory=set)  # who has not made up her mind
    mails: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    spoken: set[str] = field(default_factory=set)

    def draw(self, number: str, *what: object) -> Random:
        """Her own dice for this."""
        return Random("/".join(map(str, (self.seed, number, *what))))  # noqa: S311 - the same every time, nothing secret

    def bounces(self, address: str) -> bool:
        """Whether the address has ceased; two who share it share that too."""
        return any(self.players[number].has & BOUNCES for number in self.by_address.get(address, ()))

    def lives_there(self, number: str) -> bool:
        """Whether a letter to the address in the register reaches her."""
        return bool(self.players[number].has & POSTAL)

    def mailed(self, number: str, today: date) -> None:
        """A mail that asks has come to her: she makes up her mind, or not."""
        turn, rng = self.mails[number], self.draw(number, "mejl", self.mails[number])
        self.mails[number] += 1
        self._decides(number, model.mail_answer(self.chances, turn, rng), today)

    def lettered(self, number: str, posted: date, with_form: bool) -> None:
        """A letter is on its way to her, and with it the form or not."""
        turn, rng = self.letters[number], self.draw(number, "brev", self.letters[number])
        self.letters[number] += 1
        answers = self._decides(number, model.letter_answer(self.chances, turn, rng), posted)
        if answers and with_form and rng.random() < FILLS_IN:
            self.on_paper.add(number)

    def called(self, number: str) -> tuple[bool, bool]:
        """(is she spoken with, does she answer there and then)."""
        rng = self.draw(number, "samtal", self.calls[number])
        self.calls[number] += 1
        spoken, answers = model.call_answer(self.chances, rng)
        if number in self.spoken or number not in self.silent:
            answers = False
        if spoken:
            self.spoken.add(number)
        return spoken, answers

    def met(self, number: str, occasion: str) -> bool:
        """Whether she is met on the square, and answers."""
        return number in self.silent and model.occasion_answer(self.chances, self.draw(number, occasion))[1]

    def done(self, number: str) -> None:
        """She has answered, or never will."""
        self.silent.discard(number)
        self.answers_on.pop(number, None)
        self.on_paper.discard(number)

    def _decides(self, number: str, days: int | None, today: date) -> bool:
        if number not in self.silent or days is None:
            return False
        self.silent.discard(number)
        self.answers_on[number] = today + timedelta(days)
        return True


def cast(size: int, behaviour: Behaviour, seed: int = register.SEED) -> Cast:
    """So many members with the shares of the model; the couples of the register live at one address."""
    rng = Random(seed)  # noqa: S311
    willing = behaviour.willingness(rng)
    people = register.members(seed)[:size]
    players = {p.number: _player(p, n, behaviour.person(rng)) for n, p in enumerate(people)}
    made = Cast(players, behaviour.chances(willing), seed, silent=set(players))
    for number, player in players.items():
        if player.person.address:
            made.by_address.setdefault(player.person.address, []).append(number)
    return made


def _player(person: Person, n: int, has: int) -> Player:
    """The row of the register, with what she has by the model."""
    sound = person.address if person.address.endswith(register.DOMAINS) and " " not in person.address else ""
    address = (sound or f"medlem.{n + 1}@{register.DOMAINS[0]}") if has & EMAIL else ""
    phone = _phone(n) if has & PHONE else ""
    # Of those whom no letter reaches every other has no address in the register, and the others have moved.
    home = {} if has & POSTAL or n % 2 else {"care_of": "", "street": "", "postcode": "", "city": ""}
    return Player(replace(person, address=address, phone=phone, **home), has)


def _phone(n: int) -> str:
    """The n:th number nobody has."""
    for written, first in FICTION:
        if n <= LAST - first:
            return written.format(first + n)
        n -= LAST - first + 1
    return _phone(n)
