"""The editions of an issue: what each of its readers gets of it.

Takes   an Issue, a gate for what not everybody may have, and how many readers meet which conditions.
Gives   Editions: each with its blocks, occurrences and posts, the conditions it needs, and how many get it.
Fails   never.

A gate is a set of conditions, by number, that must all be met. Readers with the same parts share an edition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mailer.issue.assemble import Issue, subject_and_preheader

EVERYONE = "alla"  # the only edition, or the one that leaves nothing out
OTHERS = "övriga"  # the edition of those who meet no condition, where others do
MOST = 12
LONGEST_NAME = 60  # characters; `renderings.edition` holds 64

Gate = frozenset[int]
OPEN: Gate = frozenset()


@dataclass(frozen=True, slots=True)
class Edition:
    """An issue as some of its readers get it."""

    name: str
    issue: Issue  # with the parts of this edition only
    needs: tuple[int, ...]
    people: int


def editions_of(
    issue: Issue,
    gates: Mapping[str, Gate],
    conditions: tuple[str, ...],
    signatures: Mapping[tuple[bool, ...], int],
) -> tuple[Edition, ...]:
    """The editions that somebody gets, and the open one if it has content: the largest first.

    `gates`: path -> gate, of blocks, events and posts that have one. `conditions`: their names. `signatures`: which
    conditions a reader meets -> how many do.
    """
    people: dict[Gate, int] = {OPEN: 0}
    for signature, count in sorted(signatures.items()):
        met = frozenset(n for n, is_met in enumerate(signature) if is_met)
        reached = [gates.get(path, OPEN) for path in _paths(issue)]
        needs = frozenset[int]().union(*(gate for gate in reached if gate <= met))
        people[needs] = people.get(needs, 0) + count
    found = [e for needs, count in people.items() if has_content((e := _edition(issue, gates, needs, count)).issue)]
    if not found:  # nobody is there to get it yet: what those would get who may have all of it
        found = [_edition(issue, gates, frozenset[int]().union(*gates.values()), 0)]
    found.sort(key=lambda e: (-len(e.needs), e.needs))
    return tuple(replace(e, name=name) for e, name in zip(found, _names(found, conditions), strict=True))


def _edition(issue: Issue, gates: Mapping[str, Gate], needs: Gate, people: int) -> Edition:
    return Edition("", _part(issue, gates, needs), tuple(sorted(needs)), people)


def has_content(issue: Issue) -> bool:
    return bool(issue.blocks or issue.occurrences or issue.posts)


def _paths(issue: Issue) -> list[str]:
    return [
        *(b.path for b in issue.blocks),
        *(o.event.path for o in issue.occurrences),
        *(p.path for p in issue.posts),
    ]


def _part(issue: Issue, gates: Mapping[str, Gate], needs: Gate) -> Issue:
    """The issue with what those who meet `needs` may have. Its subject too is made from that alone."""
    blocks = tuple(b for b in issue.blocks if gates.get(b.path, OPEN) <= needs)
    occurrences = tuple(o for o in issue.occurrences if gates.get(o.event.path, OPEN) <= needs)
    posts = tuple(p for p in issue.posts if gates.get(p.path, OPEN) <= needs)
    subject, preheader = subject_and_preheader(issue, blocks, occurrences)
    return replace(issue, blocks=blocks, occurrences=occurrences, posts=posts, subject=subject, preheader=preheader)


def _names(found: list[Edition], conditions: tuple[str, ...]) -> list[str]:
    """Names for people: ”medlemmar + styrelsen”, ”övriga”. They name files too: no two may be alike on any disk."""
    if len(found) == 1:
        return [EVERYONE]
    names: list[str] = []
    for edition in found:
        whole = " + ".join(conditions[n] for n in edition.needs).replace("/", "-") or OTHERS
        name, again = _short(whole, LONGEST_NAME), 1
        while name.casefold() in {known.casefold() for known in names}:
            again += 1
            name = f"{_short(whole, LONGEST_NAME - 5)} ({again})"
        names.append(name)
    return names


def _short(name: str, longest: int) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"
