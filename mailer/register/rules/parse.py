"""A group's conditions in grupper.toml as a rule. Conditions side by side must all hold.

Takes   the group's table, its place, and what resolves the name of another group.
Gives   the Node, or None; and all Problems at once.
Fails   never: what is wrong becomes a Problem. Nothing empty is let through, as it could mean everybody.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from mailer.errors import Problem
from mailer.register.rules.expression import And, Has, Listed, Node, Not, Or
from mailer.register.rules.facts import FACTS, HAVING, folded
from mailer.register.rules.place import Place, nearest_name, shown
from mailer.register.rules.values import of_fact

DEEPEST = 10  # rules inside one another
_WORDS: Mapping[str, tuple[str, ...]] = {
    "has": ("har", "has"),
    "lacks": ("saknar", "lacks"),
    "lists": ("listor", "lists", "lista", "list"),
    "group": ("grupp", "group"),
    "not": ("inte", "not", "utom"),
    "and": ("och", "and", "alla av"),
    "or": ("eller", "or", "någon av"),
}
_KEYS = {folded(name): word for word, names in _WORDS.items() for name in names}
_KEYS |= {folded(name): fact.key for fact in FACTS.values() for name in fact.names}
_HAVING = {folded(name): key for key, names in HAVING.items() for name in names}
# What a wrong key is told that it may have been: every spelling counts, one is shown.
_SHOWN = {folded(name): names[0] for names in (*(f.names for f in FACTS.values()), *_WORDS.values()) for name in names}
_SHOWN_HAVING = {folded(name): names[0] for names in HAVING.values() for name in names}

Found: TypeAlias = tuple[Node | None, list[Problem]]


@dataclass(frozen=True, slots=True)
class Known:
    """What a rule may name. `group`: the rule of another group, or the Problem with naming it. `lists`: None when it
    is not known here which there are."""

    group: Callable[[str, Place], Found]
    lists: Collection[str] | None = None


def conditions(table: Mapping[str, Any], place: Place, known: Known, level: int = 1) -> Found:
    """All conditions of the table as one rule."""
    if level > DEEPEST:
        return None, [place.problem("står för djupt inne i andra regler.", f"Högst {DEEPEST} regler i varandra.")]
    if not table:
        return None, [place.problem("är tom; då finns det ingen att välja.", "Skriv ett villkor, eller ta bort den.")]
    parts: list[Node] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for key, written in table.items():
        word, inside = _KEYS.get(folded(key), ""), place.inside(key)
        if not word:
            problems.append(place.problem(f"”{shown(key)}” är okänt.", nearest_name(key, _SHOWN), key))
            continue
        if word in seen:
            problems.append(
                place.problem(f"”{key}” står två gånger.", "Ta bort den ena, eller skriv in den i den.", key)
            )
        seen.add(word)
        more, wrong = _one(word, written, inside, known, level)
        parts += more
        problems += wrong
    if problems or not parts:
        return None, problems
    return parts[0] if len(parts) == 1 else And(tuple(parts)), []


def _one(word: str, written: Any, place: Place, known: Known, level: int) -> tuple[list[Node], list[Problem]]:
    if word in FACTS:
        return of_fact(FACTS[word], written, place)
    if word in ("and", "or"):
        return _several(word, written, place, known, level)
    if word == "not":
        if not isinstance(written, dict):
            return [], [place.problem("ska stå inom klamrar.", 'Skriv till exempel inte = { ort = ["Kårsta"] }.')]
        node, problems = conditions(written, place, known, level + 1)
        return [Not(node)] if node else [], problems
    return _names(word, written, place, known)


def _several(word: str, written: Any, place: Place, known: Known, level: int) -> tuple[list[Node], list[Problem]]:
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        example = f'{_WORDS[word][0]} = [{{ ort = ["Kårsta"] }}, {{ listor = ["styrelsen"] }}]'
        return [], [place.problem("ska vara regler inom klamrar, i en lista.", f"Skriv till exempel {example}.")]
    if not written:
        return [], [place.problem("är tom; då finns det ingen att välja.", "Skriv ett villkor, eller ta bort den.")]
    found = [conditions(one, place, known, level + 1) for one in written]
    parts = tuple(node for node, _ in found if node)
    problems = [problem for _, wrong in found for problem in wrong]
    return [And(parts) if word == "and" else Or(parts)], problems


def _names(word: str, written: Any, place: Place, known: Known) -> tuple[list[Node], list[Problem]]:
    """`har`, `saknar`, `listor`, `grupp`: names, one or several."""
    names = written if isinstance(written, list) else [written]
    if not all(isinstance(name, str) and name.strip() for name in names):
        return [], [place.problem("ska vara namn inom citattecken.", f'Skriv till exempel ["{_EXAMPLES[word]}"].')]
    if not names:
        return [], [place.problem("är tom; då finns det ingen att välja.", "Skriv ett namn, eller ta bort raden.")]
    if word == "lists":
        return [Listed(tuple(dict.fromkeys(names)))], _unknown_lists(names, place, known)
    if word == "group":
        found = [known.group(name, place) for name in names]
        parts = tuple(node for node, _ in found if node)
        return [parts[0] if len(parts) == 1 else Or(parts)], [p for _, wrong in found for p in wrong]
    keys = tuple(dict.fromkeys(_HAVING.get(folded(name), "") for name in names))
    problems = [
        place.problem(f"ingen kan ha ”{shown(name)}”.", nearest_name(name, _SHOWN_HAVING), name)
        for name in names
        if folded(name) not in _HAVING
    ]
    return [Has(keys)] if word == "has" else [Not(Has((key,))) for key in keys], problems


_EXAMPLES = {"has": "telefon", "lacks": "e-post", "lists": "styrelsen", "group": "brottby"}


def _unknown_lists(names: list[str], place: Place, known: Known) -> list[Problem]:
    if known.lists is None:
        return []
    shown_names = {folded(name): name for name in known.lists}
    return [
        place.problem(f"listan ”{shown(name)}” finns inte.", nearest_name(name, shown_names), name)
        for name in names
        if name not in known.lists
    ]
