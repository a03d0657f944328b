"""What the invented members answer, whichever the form: on the web, by telephone, on paper.

Takes   a member's Random; the fields of the page before her, as Visit.fields has them.
Gives   what she types into them.
Fails   never. It knows the example survey's keys; a question it does not know gets its first answers by chance.
"""

from collections.abc import Callable, Mapping
from random import Random

# Of a hundred.
ACTIVE = {"ja": 14, "kanske": 22, "inte-just-nu": 64}
WRITES = 0.3  # of those who are asked for their own words
MOST = 3  # choices of a question that takes several
OTHER = "annat"
WORDS = (
    "En elev färre i varje klass.", "Fler turer på kvällen till Kårsta.", "En simhall.", "Hyresrätter vid stationen.",
    "Lägre avgift i kulturskolan.", "Cykelväg hela vägen till Brottby.", "Håll biblioteket öppet på söndagar.",
)  # fmt: skip

Fields = Mapping[str, list[str]]


def opinions(rng: Random) -> Callable[[Fields], dict[str, str]]:
    """What she fills in on each page that is shown to her."""

    def fill(fields: Fields) -> dict[str, str]:
        asked: dict[str, dict[str, list[str]]] = {}
        for name, values in fields.items():
            kind, _, rest = name.partition(".")
            if kind == "q" and rest.partition(".")[2] != OTHER:
                asked.setdefault(rest.partition(".")[0], {})[name] = [value for value in values if value]
        typed: dict[str, str] = {}
        for key, boxes in asked.items():
            typed |= _answer(rng, key, boxes)
        return typed

    return fill


def _answer(rng: Random, key: str, boxes: Mapping[str, list[str]]) -> dict[str, str]:
    """One question: a box each for its choices, or one field."""
    name, values = next(iter(boxes.items()))
    if name.count(".") > 1:
        chosen = rng.sample(sorted(boxes), min(len(boxes), rng.randint(1, MOST)))
        return {box: boxes[box][0] for box in chosen}
    if key == "aktiv":
        return {name: rng.choices(list(ACTIVE), list(ACTIVE.values()))[0]}
    if values:
        return {name: rng.choice(sorted(set(values) - {OTHER}))}
    if key == "timmar":
        return {name: str(rng.randint(1, 6))}
    if key == "fran":
        return {name: "2024-09-01"}
    return {name: rng.choice(WORDS)} if rng.random() < WRITES else {}
