"""Planning: at the send moment, in one transaction, the audience becomes deliveries.

Takes   an approved mailing.
Gives   how many were selected and excluded, or why the mailing waits for a person.
Fails   EditorError when the mailing is not approved as it stands.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, insert, literal, select, update

from mailer.audience import store as audience
from mailer.audience.editions import count_editions
from mailer.audience.rule import Rule
from mailer.errors import EditorError, Problem
from mailer.numbers import anew
from mailer.outbox.states import Delivery
from mailer.outbox.store import mailings as mailing_store
from mailer.outbox.store import wave
from mailer.outbox.tables import deliveries, mailings, picks, renderings
from mailer.register.tables import contacts

# An audience that has moved this much since it was approved is not the one that was approved.
MOVED_SHARE, MOVED_PEOPLE = 0.20, 5
SURVEY = "survey"  # the kind of a mailing that goes to those it picks by name, each in her language


@dataclass(frozen=True, slots=True)
class Plan:
    """What planning did. `held` says why nothing was planned."""

    head_count: audience.HeadCount
    approved: int
    held: str = ""


def chosen(row: Row[Any], now: datetime) -> Select[tuple[int, str, str | None, str | None]]:
    """(contact_id, list, reason, edition) for the mailing's audience at this moment.

    `now`: in the association's time zone; ages and the last so many days are reckoned from its day.
    """
    rule = Rule.from_json(row.rule)
    if row.kind == SURVEY:
        return _in_her_language(audience.recipients(_picked(row.id), now))
    base = _of_corrected(row.corrects) if row.corrects else audience.base_of(rule, now.date())
    return audience.recipients(base, now, rule.one_per_address, rule.editions, rule.event_kind)


def head_count(connection: Connection, row: Row[Any], now: datetime) -> audience.HeadCount:
    return audience.count(connection, chosen(row, now))


def edition_counts(connection: Connection, row: Row[Any], now: datetime) -> dict[str, int]:
    """How many get each edition, of a mailing that has more than one; else {}."""
    return count_editions(connection, chosen(row, now))


def plan(connection: Connection, mailing: int, now: datetime, first_wave: bool = False) -> Plan:
    """Make the deliveries, or hold the mailing when its audience has moved. Planning twice plans nothing.

    `now`: in the association's time zone. `first_wave`: only the first two hundred go until their bounces are read.
    """
    row = mailing_store.lock(connection, mailing)  # else it could be made anew between this look and the last
    approval = mailing_store.valid_approval(connection, row)
    if approval is None:
        raise EditorError(
            Problem(
                row.title,
                "är inte godkänt som det ser ut nu.",
                f"Godkänn det: mailer approve {row.period or row.name} --as NAMN",
            )
        )
    counted = head_count(connection, row, now)
    # A survey's words are approved once, with its plan; whom a step goes to on its day is the plan's to say.
    if row.kind != SURVEY and (why := _moved(approval, counted, edition_counts(connection, row, now))):
        mailing_store.step(connection, mailing, "hold", why)
        return Plan(counted, approval.head_count, why)
    mailing_store.step(connection, mailing, "plan")
    rows = chosen(row, now).subquery()
    reason = rows.c.reason
    rendering = _rendering(connection, mailing, rows.c.edition)
    state = case((reason.is_(None), literal(Delivery.PLANNED.value)), else_=literal(Delivery.EXCLUDED.value))
    columns = ["mailing_id", "contact_id", "list", "rendering_id", "state", "reason", "settled_at"]
    new = select(
        literal(mailing), rows.c.contact_id, rows.c.list, rendering, state, reason,
        case((reason.is_(None), None), else_=literal(now, deliveries.c.settled_at.type)),
    ).order_by(rows.c.contact_id)  # fmt: skip
    for name, first in anew(connection, deliveries).items():
        columns.append(name)
        new = new.add_columns(func.row_number().over(order_by=rows.c.contact_id) + literal(first - 1))
    connection.execute(insert(deliveries).from_select(columns, new))
    planned = connection.execute(select(func.count()).where(deliveries.c.mailing_id == mailing)).scalar_one()
    connection.execute(update(mailings).where(mailings.c.id == mailing).values(planned_at=now, selected=planned))
    if first_wave:
        wave.begin(connection, mailing)
    return Plan(counted, approval.head_count)


def _rendering(connection: Connection, mailing: int, edition: ColumnElement[str | None]) -> ColumnElement[int]:
    """The rendering of the edition; who gets none is written down under the one that needs least."""
    c = renderings.c
    found = connection.execute(select(c.edition, c.id).where(c.mailing_id == mailing).order_by(c.id)).all()
    return case({name: number for name, number in found}, value=edition, else_=literal(found[-1].id))


def _moved(approval: Row[Any], counted: audience.HeadCount, editions: dict[str, int]) -> str:
    """How the audience, or that of an edition, differs from the approved one; ”” when it does not."""
    before, now = approval.head_count, counted.recipients
    if has_moved(before, now):
        return f"antalet mottagare har gått från {before} till {now} sedan godkännandet"
    for name, people in sorted(editions.items()):
        if has_moved(approval.editions.get(name, 0), people):
            was = approval.editions.get(name, 0)
            return f"antalet mottagare av versionen {name} har gått från {was} till {people} sedan godkännandet"
    return ""


def has_moved(approved: int, now: int) -> bool:
    """Whether the head-count differs so much that a person is asked."""
    difference = abs(now - approved)
    return difference > MOVED_PEOPLE and difference > MOVED_SHARE * approved


def recipients_of_issue_before(connection: Connection, row: Row[Any]) -> int | None:
    """How many the issue before this one, of the same series, was planned for; None when there is none."""
    m, d = mailings.c, deliveries.c
    if row.kind != "issue":
        return None
    earlier = (
        select(m.id)
        .where(m.kind == "issue", m.series == row.series, m.period < row.period, m.planned_at.is_not(None))
        .order_by(m.period.desc())
        .limit(1)
    )
    mailing = connection.execute(earlier).scalar_one_or_none()
    if mailing is None:
        return None
    planned = select(func.count()).where(d.mailing_id == mailing, d.state != Delivery.EXCLUDED)
    return connection.execute(planned).scalar_one()


def _picked(mailing: int) -> Select[tuple[int, str]]:
    """Exactly those whom the step's mailing names."""
    c = picks.c
    return select(c.contact_id, c.list).where(c.mailing_id == mailing)


def _in_her_language(
    chosen: Select[tuple[int, str, str | None, str | None]],
) -> Select[tuple[int, str, str | None, str | None]]:
    """The same, each with the edition named as the language she reads: as `languages.language_of` tells it."""
    rows = chosen.subquery()
    reads = case((func.lower(contacts.c.language).like("en%"), literal("en")), else_=literal("sv"))
    return select(rows.c.contact_id, rows.c.list, rows.c.reason, reads.label("edition")).join(
        contacts, contacts.c.id == rows.c.contact_id
    )


def _of_corrected(mailing: int) -> Select[tuple[int, str]]:
    """Exactly those who were accepted or are in doubt in the mailing that is corrected."""
    c = deliveries.c
    return select(c.contact_id.label("contact_id"), c.list.label("list")).where(
        c.mailing_id == mailing,
        c.state.in_([Delivery.ACCEPTED, Delivery.IN_DOUBT]),
        c.contact_id.is_not(None),
    )
