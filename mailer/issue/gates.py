"""Who may have which part of an issue: what editors wrote about readers, made into conditions and gates.

Takes   the parts of an issue with their Readers; the circles, lists and segments there are; whom the issue goes to.
Gives   Gates: the conditions, a gate for each part that has one, who is left out because its readers cannot be known,
        and Findings.
Fails   never. A circle or a group that does not exist leaves the part out: nobody gets what is not for all.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mailer.audience.rule import Condition
from mailer.content.readers import DEFAULT_CIRCLE, EVERYBODY, Readers
from mailer.content.source import where
from mailer.errors import Problem
from mailer.issue.editions import Gate
from mailer.issue.finding import Finding, stop, warning
from mailer.register.definition import List
from mailer.register.segment import Segment
from mailer.words import listing


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader of a part can be called."""

    circles: Mapping[str, tuple[str, ...]]  # name -> lists
    lists: Mapping[str, List]
    segments: Mapping[str, Segment]
    of_series: tuple[str, ...]  # the lists the issue goes to

    def goes_to_all(self, lists: Iterable[str]) -> bool:
        """Whether everybody the issue goes to is on one of the lists."""
        return set(self.of_series) <= set(lists)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A block, an event or a post. `is_opinion`: what is not chosen for some by a fact about them."""

    path: str
    readers: Readers
    is_opinion: bool = True


@dataclass(slots=True)
class Gates:
    """What the parts ask for."""

    conditions: list[Condition] = field(default_factory=list)
    of: dict[str, Gate] = field(default_factory=dict)  # path -> gate; only of those that have one
    left_out: dict[str, str] = field(default_factory=dict)  # path -> why
    findings: list[Finding] = field(default_factory=list)
    circles: dict[str, str] = field(default_factory=dict)  # path -> its circle, of those who not all the readers are in
    marks: dict[str, str] = field(default_factory=dict)  # path -> ”Endast för styrelsen”, what its readers see

    def number(self, condition: Condition) -> int:
        if condition not in self.conditions:
            self.conditions.append(condition)
        return self.conditions.index(condition)


def circles_of(named: Mapping[str, tuple[str, ...]], lists: Mapping[str, List]) -> dict[str, tuple[str, ...]]:
    """The circles of the settings; where they name none, the members' lists and the list of the same name."""
    default = {DEFAULT_CIRCLE: tuple(key for key, found in lists.items() if found.members)}
    if "styrelsen" in lists:
        default["styrelsen"] = ("styrelsen",)
    return default | {name.casefold(): tuple(keys) for name, keys in named.items()}


def gates_of(parts: Iterable[Addressed], known: Known) -> Gates:
    """The gates of all parts, in their order."""
    gates = Gates()
    for part in parts:
        _add(gates, part, known)
    return gates


def _add(gates: Gates, part: Addressed, known: Known) -> None:
    readers, place = part.readers, where(part.path)
    lists = _lists_of_circle(readers.circle, known)
    if lists is None:
        names = listing([EVERYBODY, *known.circles], "eller")
        problem = Problem(place, f"kretsen ”{readers.circle}” finns inte.", f"Skriv {names}.", readers.line)
        _leave_out(gates, part, problem)
        return
    chosen, wrong = _condition(readers, known)
    if wrong:
        _leave_out(gates, part, Problem(place, *wrong, readers.line))
        return
    numbers = []
    if readers.circle != EVERYBODY and not known.goes_to_all(lists):
        numbers.append(gates.number(Condition(readers.circle, lists)))
        gates.circles[part.path] = readers.circle
    if readers.circle not in (EVERYBODY, DEFAULT_CIRCLE):  # on what is for members it would stand everywhere
        gates.marks[part.path] = f"Endast för {readers.circle}"
    elif chosen:
        gates.marks[part.path] = f"Till: {chosen.name}"
    if chosen and not (chosen.lists and known.goes_to_all(chosen.lists)):
        numbers.append(gates.number(chosen))
    if numbers:
        gates.of[part.path] = frozenset(numbers)
    gates.findings += _findings(part, place, chosen, lists)


def _leave_out(gates: Gates, part: Addressed, problem: Problem) -> None:
    gates.left_out[part.path] = problem.what.removesuffix(".")
    gates.findings.append(Finding(False, problem))


def _lists_of_circle(circle: str, known: Known) -> tuple[str, ...] | None:
    if circle == EVERYBODY:
        return tuple(known.lists)
    return known.circles.get(circle)


def _condition(readers: Readers, known: Known) -> tuple[Condition | None, tuple[str, str] | None]:
    """Any of the lists and groups that are named; or what is wrong with a name, and the remedy."""
    lists, segments = [], []
    by_name = {name.casefold(): key for key, name in _names(known)}
    for name in readers.names:
        key = by_name.get(" ".join(name.split()).casefold())
        if key is None:
            near = difflib.get_close_matches(name.casefold(), by_name, 1)
            shown = dict(_names(known))
            hint = f"Menade du ”{shown[by_name[near[0]]]}”?" if near else f"De som finns: {listing(_shown(known))}."
            return None, (f"det finns ingen lista eller grupp som heter ”{name}”.", hint)
        if key in known.lists:
            lists.append(key)
        else:
            segments.append(known.segments[key].expression)
    if not readers.names:
        return None, None
    return Condition(listing(list(readers.names), "eller"), tuple(lists), tuple(segments)), None


def _names(known: Known) -> list[tuple[str, str]]:
    """(key, name) of all lists and groups; each may be written as its key or its name. Lists go first."""
    both = [(k, s.name) for k, s in known.segments.items()] + [(k, found.name) for k, found in known.lists.items()]
    return [(key, key) for key, _ in both] + both


def _shown(known: Known) -> list[str]:
    return [found.name for found in known.lists.values()] + [found.name for found in known.segments.values()]


def _findings(
    part: Addressed, place: str, chosen: Condition | None, circle_lists: tuple[str, ...]
) -> Iterable[Finding]:
    readers = part.readers
    is_said = readers.circle not in (DEFAULT_CIRCLE, EVERYBODY)  # the members' list holds those of the other lists too
    if is_said and chosen and chosen.lists and not set(chosen.lists) & set(circle_lists):
        what = f"inslaget får bara läsas av {readers.circle}, men läsarna är {chosen.name}."
        yield stop(place, what, "Ändra ”läsare” eller ”får läsas av”, så att de går ihop.", readers.line)
    if chosen and chosen.segments and part.is_opinion and not readers.is_practical:
        what = f"inslaget går bara till {chosen.name}. Åsikter skickas till hela listor, inte till utvalda."
        remedy = "Är det en praktisk upplysning: skriv praktiskt: ja. Annars: ta bort ”läsare” (förordning 2024/900)."
        yield warning(place, what, remedy, readers.line)
