"""segment: which groups there are, how many each has, and how it comes to be so many.

Takes   the opened house, a group's key, the lists it is taken from.
Gives   an Explained; its Swedish lines.
Fails   EditorError on a group or a list that does not exist.

Names are shown only when asked for, and that somebody looked is written down first.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import select

from mailer import words
from mailer.audience import explain as audience_explain
from mailer.audience import store as audience
from mailer.audience.explain import Step
from mailer.audience.rule import Rule
from mailer.audience.store import HeadCount
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store as register
from mailer.register.checks import nearest
from mailer.register.lists import read_lists, read_segments
from mailer.register.rules.expression import Listed, walk
from mailer.register.rules.words import describe
from mailer.register.tables import contacts
from mailer.verbs import month, prepare

_NONE = "Det finns inga grupper. De skrivs i lists/grupper.toml."


@dataclass(frozen=True, slots=True)
class Explained:
    """A group: who it has, how many remain after each condition, and who of them gets a message today."""

    key: str
    rule: Rule
    steps: tuple[Step, ...]
    strangers: tuple[tuple[str, str, str], ...]  # fact, value, the nearest there is
    head_count: HeadCount
    people: tuple[str, ...] = ()


def explain(house: House, key: str, lists: Collection[str] = (), names: bool = False) -> Explained:
    """One group, of those on the lists; without lists, of those on all lists that a series goes to."""
    rule = _rule(house, key, lists)
    today = house.here().date()
    chosen = audience.recipients(audience.base_of(rule, today), house.here(), rule.one_per_address)
    people = _people(house, rule, key) if names else ()
    return house.db.read(
        lambda c: Explained(
            key,
            rule,
            tuple(audience_explain.steps(c, rule, today)),
            tuple(audience_explain.strangers(c, rule.segment)) if rule.segment else (),
            audience.count(c, chosen),
            people,
        )
    )


def all_lines(house: House, lists: Collection[str] = ()) -> list[str]:
    """One line per group: its key, how many it has, its name."""
    segments = read_segments(house.lists)
    if not segments:
        return [_NONE]
    of = _rule(house, "", lists)
    today = house.here().date()
    out = []
    for key, segment in segments.items():
        rule = replace(of, segment=segment.expression, segment_name=segment.name)
        chosen = audience.recipients(audience.base_of(rule, today), house.here())
        counted = house.db.read(lambda c, q=chosen: audience.count(c, q))  # type: ignore[misc]
        out.append(f"{key:<20} {words.number(counted.selected):>9}  {segment.name}")
    return [*out, "", f"Av dem som står på {_lists(of)}. Hur det blir så många: mailer segment NAMN --explain"]


def lines(shown: Explained, steps: bool) -> list[str]:
    """The group as a person reads it; with `steps`, every condition with how many remain."""
    out = [shown.rule.segment_name]
    if shown.rule.segment:
        out.append(f"  {describe(shown.rule.segment.root)}")
    if steps:
        out += ["", *_step_lines(shown.steps)]
    out += ["", *month.head_count_lines(shown.head_count)]
    for fact, value, near in shown.strangers:
        hint = f" Menade du ”{near}”?" if near else ""
        out.append(f"Ingen i registret har {fact} ”{value}”.{hint}")
    if shown.people:
        out += ["", *(f"  {person}" for person in shown.people)]
    return out


def _rule(house: House, key: str, lists: Collection[str]) -> Rule:
    """The group's rule over the lists. EditorError when it names a list that does not exist."""
    known = read_lists(house.lists)
    of_series = dict.fromkeys(name for series in house.settings.series for name in series.lists)
    rule = prepare.rule_of(house, tuple(lists or of_series or known), key)
    named = walk(rule.segment.root) if rule.segment else ()
    unknown = dict.fromkeys(n for node in named if isinstance(node, Listed) for n in node.lists if n not in known)
    if unknown:
        raise EditorError(
            *(
                Problem("lists/grupper.toml", f"[{key}] listan ”{name}” finns inte.", nearest(name, known))
                for name in unknown
            )
        )
    return rule


def _step_lines(steps: Collection[Step]) -> list[str]:
    rows = [("  " if n else "", step) for n, step in enumerate(steps)]
    width = min(60, max(len(indent) + len(step.text) for indent, step in rows) + 2)
    out = []
    for indent, step in rows:
        out.append(f"  {indent + step.text:<{width}} {words.number(step.remaining):>9}")
        out += [f"      varav {text}: {words.number(n)}" for text, n in step.details]
    return out


def _lists(rule: Rule) -> str:
    return words.listing([source.name for source in rule.sources], "eller")


def _people(house: House, rule: Rule, key: str) -> tuple[str, ...]:
    """Everybody in the group by name; the look is recorded before it is taken."""
    now = house.clock.now()
    house.db.write(lambda c: register.record_access(c, house.os_user, f"segment: {key}", None, now))
    base = audience.base_of(rule, house.here().date()).subquery()
    c = contacts.c
    query = (
        select(c.first_name, c.last_name, c.number)
        .join(base, base.c.contact_id == c.id)
        .order_by(c.last_name, c.first_name, c.id)
    )
    rows = house.db.read(lambda connection: connection.execute(query).all())
    return tuple(
        f"{row.first_name} {row.last_name}".strip() + (f" ({row.number})" if row.number else "") for row in rows
    )
