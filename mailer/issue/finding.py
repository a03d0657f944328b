"""A finding of the preflight: something about an issue that stops it, or that its approver should know.

Takes   a Problem, and whether it stops.
Gives   a value, to and from JSON.
Fails   never.
"""

from dataclasses import dataclass
from typing import Any

from mailer.errors import Problem


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`stops`: the issue is not approved with it, unless somebody says why in words."""

    stops: bool
    problem: Problem

    def to_json(self) -> dict[str, Any]:
        p = self.problem
        return {"stops": self.stops, "where": p.where, "line": p.line, "what": p.what, "remedy": p.remedy}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Finding":
        return cls(value["stops"], Problem(value["where"], value["what"], value["remedy"], value["line"]))


def stop(where: str, what: str, remedy: str, line: int = 0) -> Finding:
    return Finding(True, Problem(where, what, remedy, line))


def warning(where: str, what: str, remedy: str, line: int = 0) -> Finding:
    return Finding(False, Problem(where, what, remedy, line))
