"""The audience rule: which lists, which segment. A value that an approval can hash and freeze.

Takes   lists and a segment as their files define them.
Gives   a Rule, to and from JSON.
Fails   BrokenPromise when `from_json` meets what `to_json` never wrote.
"""

from dataclasses import dataclass
from typing import Any

from mailer.register.rules.expression import Expression


@dataclass(frozen=True, slots=True)
class Source:
    """One list of the rule, with the words its readers see: frozen with the approval."""

    key: str
    name: str
    why: str  # ”du är medlem i …”
    origin: str  # from which register


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact about a person: on one of the lists, or in one of the segments. Neither: nobody."""

    name: str  # in words: ”styrelsen”, ”Boende i Brottby”
    lists: tuple[str, ...] = ()
    segments: tuple[Expression, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "lists": list(self.lists), "segments": [s.to_json() for s in self.segments]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Condition":
        segments = tuple(Expression.from_json(s) for s in value["segments"])
        return cls(value["name"], tuple(value["lists"]), segments)


@dataclass(frozen=True, slots=True)
class Editions:
    """`needs`: the name of each edition, and the conditions (by number) that it needs. None: one rendering for all."""

    conditions: tuple[Condition, ...] = ()
    needs: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "conditions": [c.to_json() for c in self.conditions],
            "needs": [[name, list(numbers)] for name, numbers in self.needs],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Editions":
        return cls(
            tuple(Condition.from_json(c) for c in value.get("conditions", ())),
            tuple((name, tuple(numbers)) for name, numbers in value.get("needs", ())),
        )


NO_EDITIONS = Editions()


@dataclass(frozen=True, slots=True)
class Rule:
    """Lists × segment. No list, or a segment with anything empty in it, selects nobody.

    The segment is kept as it was written: its ages and ”90 dagar” are reckoned on the day the rule is asked.
    """

    sources: tuple[Source, ...]  # a person on several gets the mailing through the first
    segment: Expression | None = None  # None: all on the lists
    segment_name: str = ""
    one_per_address: bool = False
    editions: Editions = NO_EDITIONS
    event_kind: str = ""  # what the mailing is about: not for those who have said no to that kind of event

    def to_json(self) -> dict[str, Any]:
        return {
            "lists": [{"key": s.key, "name": s.name, "why": s.why, "origin": s.origin} for s in self.sources],
            "segment": self.segment.to_json() if self.segment else None,
            "segment_name": self.segment_name,
            "one_per_address": self.one_per_address,
            **({"editions": self.editions.to_json()} if self.editions.needs else {}),
            **({"event_kind": self.event_kind} if self.event_kind else {}),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Rule":
        segment = value.get("segment")
        return cls(
            tuple(Source(**s) for s in value.get("lists", ())),
            Expression.from_json(segment) if segment else None,
            value.get("segment_name", ""),
            bool(value.get("one_per_address", False)),
            Editions.from_json(value.get("editions", {})),
            value.get("event_kind", ""),
        )

    def source(self, key: str | None) -> Source:
        """The list through which a recipient was reached; an unnamed one says nothing."""
        return next((s for s in self.sources if s.key == key), Source("", "", "", ""))
