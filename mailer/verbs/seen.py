"""The editors' folder as the clock sees it at one tick: what is in it, what has come to rest, who answers for what.

Takes   the opened house.
Gives   a Seen.
Fails   AdminError when the folder is missing or cannot be read.

Files carry the stamps of the machine's own clock: they are never compared with a simulated one.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mailer.content.blocks import month_of
from mailer.content.columns import column_of
from mailer.content.folder import Folder, read_folder
from mailer.content.parse import Content, parse
from mailer.content.questionnaires.parse import read_questionnaire
from mailer.content.questionnaires.place import key_of
from mailer.content.source import ROOT
from mailer.content.stamps import Stamp, read_stamps
from mailer.errors import Problem
from mailer.house import House
from mailer.issue import moments
from mailer.settings import Column, Person
from mailer.verbs import changes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the folder."""

    folder: Folder
    content: Content
    stamps: Mapping[str, Stamp]  # path -> stamp, of all files
    this: str  # the present period
    after: str  # the next one
    at: float  # when, seconds since 1970, by the clock that stamps files
    rest_s: float  # so long a file is left in peace after a change

    @property
    def copy(self) -> dict[str, Stamp]:
        """What editors have put there: not what the house has, and nobody has written in."""
        ours = {file.path for file in self.content.untouched}
        return {path: s for path, s in self.stamps.items() if s.is_copy and path not in ours}

    def has_rested(self, path: str) -> bool:
        """Whether nobody has changed the file for a while. What is no file has."""
        stamp = self.stamps.get(path)
        return stamp is None or not stamp.is_fresh(self.at, self.rest_s)

    def is_of_now(self, path: str) -> bool:
        """Whether it concerns an issue to come: it lies in no month's folder, or in this month's or the next's."""
        return month_of(path) in (None, self.this, self.after)


def look(house: House, stamps: Mapping[str, Stamp] | None = None) -> Seen:
    """The folder now. `stamps`: when they have been read already."""
    stamps = read_stamps(house.content) if stamps is None else stamps
    this = moments.period_of(house.clock.now(), house.zone)
    folder = read_folder(house.content)
    problems = (*folder.problems, *_of_surveys(folder))
    content = parse(folder.files, moments.first_day(this).replace(day=15), house.zone, problems)
    rest = changes.REST_SIMULATED_S if house.clock.is_simulated else changes.REST_S
    return Seen(folder, content, stamps, this, moments.next_period(this), time.time(), rest)


def _of_surveys(folder: Folder) -> tuple[Problem, ...]:
    """What is wrong with surveys' questions: they are of no issue, but whoever writes them waits for an answer too."""
    files = (file for file in folder.files if key_of(file.path) is not None)
    return tuple(problem for file in files for problem in read_questionnaire(file.path, file.raw).errors)


@dataclass(frozen=True, slots=True)
class Author:
    """Who is told of a file. `is_known` False: nobody answers for it, and the editors are told instead."""

    people: tuple[Person, ...]
    is_known: bool


def author_of(house: House, seen: Seen, path: str) -> Author:
    """Whoever ”ansvarig” names; of a standing column else its owner; else the editors."""
    if named := changes.named(house, [seen.content.owners.get(path, "")]):
        return Author(tuple(named), is_known=True)
    column = next((c for c in house.settings.columns if month_of(path) and c.key == column_of(path)), None)
    return owner_of(house, column) if column else Author(house.settings.with_role("editor"), is_known=False)


def owner_of(house: House, column: Column) -> Author:
    """Whoever owns the column; else the editors."""
    if named := changes.named(house, [column.owner]):
        return Author(tuple(named), is_known=True)
    return Author(house.settings.with_role("editor"), is_known=False)


def by_person(told: Iterable[tuple[Author, T]]) -> Sequence[tuple[Person, bool, list[T]]]:
    """(person, whether it is hers, what): each person once for what is hers, once for what is nobody's."""
    found: dict[tuple[str, bool], tuple[Person, bool, list[T]]] = {}
    for author, what in told:
        for person in author.people:
            key = (person.address.casefold(), author.is_known)
            found.setdefault(key, (person, author.is_known, []))[2].append(what)
    return tuple(found.values())


def path_of(where: str) -> str:
    """The path that a Problem names."""
    return where.removeprefix(f"{ROOT}/")
