"""Who a mailing is for, and who not and why: one query, for counting, planning and the last look alike.

Takes   a Rule and the moment it is asked, or any base of (contact_id, list).
Gives   a Select of (contact_id, list, reason); reason is None for those it goes to.
Fails   never.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)

from mailer.audience.editions import choice, facts
from mailer.audience.predicate import holds
from mailer.audience.rule import NO_EDITIONS, Editions, Rule
from mailer.register.tables import ALL_LISTS, choices, contacts, leaves, list_entries, rests, suppressions

# Each reason a person may be excluded for, in the words of the report. The first that holds is the one that counts.
REASONS = {
    "resigned": "har lämnat föreningen",
    "not_on_list": "står inte längre på listan",
    "left": "har tackat nej",
    "rests": "har paus",
    "unwanted_kind": "har tackat nej till den sortens evenemang",
    "bad_address": "har en adress som inte fungerar",
    "no_address": "saknar e-post",
    "suppressed": "har en spärrad adress",
    "wants_letter": "vill ha brev på papper",
    "shared_address": "delar adress med någon som får mejlet",
    "no_edition": "hör inte till läsarna av något inslag",
    "answered": "har svarat på enkäten",
    "declined": "har tackat nej till enkäten",
    "stopped": "ska inte få fler frågor om enkäten",
}

# Those of the reasons that a letter by post goes around. Whoever has said no, for ever or for a while, has said it to
# paper too: therefore it is asked first.
BY_LETTER = ("bad_address", "no_address", "suppressed", "wants_letter")


@dataclass(frozen=True, slots=True)
class HeadCount:
    """How many an audience has, and how many of them are excluded for which reason."""

    selected: int
    excluded: dict[str, int]

    @property
    def recipients(self) -> int:
        return self.selected - sum(self.excluded.values())


def base_of(rule: Rule, today: date) -> Select[tuple[int, str]]:
    """(contact_id, list) for everybody on the rule's lists and in its segment; each once, through the first list.

    `today`: in the association's time zone; ages and the last so many days are reckoned from it.
    """
    if not rule.sources:
        return select(contacts.c.id.label("contact_id"), literal("").label("list")).where(literal(False))
    entries = (
        select(list_entries.c.contact_id, list_entries.c.list)
        .join(contacts, contacts.c.id == list_entries.c.contact_id)
        .where(
            list_entries.c.list.in_([s.key for s in rule.sources]),
            contacts.c.resigned_at.is_(None),
            holds(rule.segment, today) if rule.segment else true(),
        )
    )
    if len(rule.sources) == 1:
        return entries  # nobody is on it twice, and a million need not be sorted to know it
    order = case({s.key: n for n, s in enumerate(rule.sources)}, value=list_entries.c.list)
    turn = func.row_number().over(partition_by=list_entries.c.contact_id, order_by=order)
    ranked = entries.add_columns(turn.label("turn")).subquery()
    return select(ranked.c.contact_id, ranked.c.list).where(ranked.c.turn == 1)


def recipients(
    base: Select[tuple[int, str]],
    now: datetime,
    one_per_address: bool = False,
    editions: Editions = NO_EDITIONS,
    event_kind: str = "",
) -> Select[tuple[int, str, str | None, str | None]]:
    """(contact_id, list, reason, edition) for all of the base. `edition` is NULL where there is but one rendering.

    Who has no edition is told so, not that her address is shared or lacking: nothing of this is for her. Of several at
    one address each edition goes to one. `now`: in the association's time zone. `event_kind`: the mailing is about
    that kind of event.
    """
    people = base.subquery()
    judged = (
        select(
            people.c.contact_id,
            people.c.list,
            contacts.c.address_key,
            reason_now(people.c.contact_id, people.c.list, now, event_kind or None).label("reason"),
            *(facts(editions, now.date()) if editions.needs else ()),
        )
        .join(contacts, contacts.c.id == people.c.contact_id)
        .subquery()
    )
    j = judged.c
    named = select(j.contact_id, j.list, j.address_key, j.reason, choice(editions, judged).label("edition")).subquery()
    n = named.c
    may_reach = or_(n.reason.is_(None), n.reason.in_(BY_LETTER))
    nothing = and_(n.edition.is_(None), may_reach) if editions.needs else false()
    reason = case((nothing, literal("no_edition")), else_=n.reason).label("reason")
    told = select(n.contact_id, n.list, reason, n.edition, n.address_key).subquery()
    if not one_per_address:
        return select(told.c.contact_id, told.c.list, told.c.reason, told.c.edition)
    alike = (told.c.address_key, told.c.reason, told.c.edition)
    turn = func.row_number().over(partition_by=alike, order_by=told.c.contact_id)
    counted = select(told, turn.label("turn")).subquery()
    shared = and_(counted.c.reason.is_(None), counted.c.turn > 1)
    return select(
        counted.c.contact_id,
        counted.c.list,
        case((shared, literal("shared_address")), else_=counted.c.reason).label("reason"),
        counted.c.edition,
    )


def reason_now(
    contact_id: ColumnElement[int],
    list_key: ColumnElement[str],
    now: datetime | ColumnElement[datetime],
    event_kind: ColumnElement[str | None] | str | None = None,
) -> ColumnElement[str | None]:
    """Why this contact may not be written to through this list now; NULL when it may. Needs `contacts` joined."""
    on_list = (
        select(literal(1)).where(list_entries.c.contact_id == contact_id, list_entries.c.list == list_key).exists()
    )
    left = (
        select(literal(1))
        .where(
            leaves.c.contact_id == contact_id,
            leaves.c.undone_at.is_(None),
            or_(leaves.c.list == list_key, leaves.c.list == ALL_LISTS),
        )
        .exists()
    )
    resting = (
        select(literal(1))
        .where(
            rests.c.contact_id == contact_id,
            rests.c.undone_at.is_(None),
            rests.c.until > now,
            or_(rests.c.list == list_key, rests.c.list == ALL_LISTS),
        )
        .exists()
    )
    return case(
        (contacts.c.resigned_at.is_not(None), literal("resigned")),
        (~on_list, literal("not_on_list")),
        (left, literal("left")),
        (resting, literal("rests")),
        *(() if event_kind is None else ((_chose(contact_id, "kind", event_kind), literal("unwanted_kind")),)),
        (and_(contacts.c.address.is_(None), contacts.c.address_problem.is_not(None)), literal("bad_address")),
        (contacts.c.address.is_(None), literal("no_address")),
        (is_suppressed(contacts.c.address_key), literal("suppressed")),
        (_chose(contact_id, "channel", list_key), literal("wants_letter")),
        else_=null(),
    )


def _chose(
    contact_id: ColumnElement[int], what: str, which: ColumnElement[str] | ColumnElement[str | None] | str
) -> ColumnElement[bool]:
    """Whether the contact has chosen anything else than what everybody gets."""
    of = and_(choices.c.contact_id == contact_id, choices.c.what == what, choices.c.which == which)
    return select(literal(1)).where(of).exists()


def is_suppressed(address_key: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether nobody may write to this address."""
    return select(literal(1)).where(suppressions.c.address_key == address_key).exists()


def count(connection: Connection, chosen: Select[Any]) -> HeadCount:
    """How many, by reason. `chosen`: what `recipients` gives."""
    rows = chosen.subquery()
    found = connection.execute(select(rows.c.reason, func.count()).group_by(rows.c.reason)).all()
    return HeadCount(sum(n for _, n in found), {reason: n for reason, n in found if reason is not None})
