"""The audience rule: which lists, which segment. A value that an approval can hash and freeze.

Takes   lists and a segment as their files define them.
Gives   a Rule, to and from JSON.
Fails   KeyError-free: `from_json` trusts what `to_json` wrote.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """One list of the rule, with the words its readers see: frozen with the approval."""

    key: str
    name: str
    why: str  # ”du är medlem i …”
    origin: str  # from which register


@dataclass(frozen=True, slots=True)
class Rule:
    """Lists × segment. No list, or a segment without values, selects nobody."""

    sources: tuple[Source, ...]  # a person on several gets the mailing through the first
    segment: tuple[str, tuple[str, ...]] | None = None  # column, values
    segment_name: str = ""
    one_per_address: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "lists": [{"key": s.key, "name": s.name, "why": s.why, "origin": s.origin} for s in self.sources],
            "segment": {"column": self.segment[0], "in": list(self.segment[1])} if self.segment else None,
            "segment_name": self.segment_name,
            "one_per_address": self.one_per_address,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Rule":
        segment = value.get("segment")
        return cls(
            tuple(Source(**s) for s in value.get("lists", ())),
            (segment["column"], tuple(segment["in"])) if segment else None,
            value.get("segment_name", ""),
            bool(value.get("one_per_address", False)),
        )

    def source(self, key: str | None) -> Source:
        """The list through which a recipient was reached; an unnamed one says nothing."""
        return next((s for s in self.sources if s.key == key), Source("", "", "", ""))
