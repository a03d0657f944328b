"""What a person may do to a mailing or a delivery: pause, resume, withdraw, judge what is in doubt.

Takes   a mailing or a delivery.
Gives   how many deliveries it touched.
Fails   EditorError, in words, when the state does not allow it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select, update

from mailer.db import Database
from mailer.errors import EditorError, Problem
from mailer.outbox.states import Delivery, Mailing, delivery_step, mailing_step
from mailer.outbox.store import wave
from mailer.outbox.store.claiming import MOST_DOUBTS
from mailer.outbox.store.mailings import read, step
from mailer.outbox.tables import attempts, deliveries, mailings, picks, renderings

ONCE_MORE = timedelta(hours=48)  # what a person sends once more gets as long as what is sent the first time


def pause(connection: Connection, db: Database, mailing: int, why: str) -> None:
    """Nothing of it is offered once this has committed."""
    db.last_look(connection, wish=True)
    step(connection, mailing, "pause", why)


def resume(connection: Connection, mailing: int, now: datetime) -> None:
    """The time it lay still does not count against what is tried again. What waits for its first wave need not wait."""
    row = read(connection, mailing)
    if row.state == Mailing.SENDING and row.wave_upto is not None:
        wave.let_go(connection, mailing)
        return
    step(connection, mailing, "resume", "")
    if wave.is_stopped(connection, mailing):
        wave.let_go(connection, mailing)
    connection.execute(update(mailings).where(mailings.c.id == mailing).values(our_faults=0, resumed_at=now))
    d = deliveries.c
    waits = update(deliveries).where(d.mailing_id == mailing, d.state == Delivery.DEFERRED)
    connection.execute(waits.values(first_attempt_at=None))


def withdraw(connection: Connection, db: Database, mailing: int, why: str, now: datetime) -> int:
    """Stop a mailing for good. What a relay may already have keeps its state."""
    db.last_look(connection, wish=True)
    step(connection, mailing, "withdraw", why)
    return _withdraw(connection, deliveries.c.mailing_id == mailing, "withdrawn", now)


def judge(connection: Connection, db: Database, delivery: int, arrived: bool, now: datetime) -> None:
    """A person's word on a delivery in doubt: it arrived, or it is sent once more, late as it may be."""
    db.last_look(connection, wish=True)  # a runner that is just ending the mailing sees it owed, or it is opened again
    before, after = delivery_step("judge_accepted" if arrived else "judge_again")
    d = deliveries.c
    values: dict[str, Any] = {"state": after, "settled_at": now if arrived else None, "doubts": 0}
    values |= {} if arrived else {"first_attempt_at": None}
    found = connection.execute(
        update(deliveries).where(d.id == delivery, d.state.in_(before)).values(**values).returning(d.mailing_id)
    ).scalar_one_or_none()
    if found is None:
        raise EditorError(Problem(f"leverans {delivery}", "är inte oklar.", "Se vilka som är det: mailer owed"))
    if not arrived:
        _open_for_once_more(connection, found, now)


def _open_for_once_more(connection: Connection, mailing: int, now: datetime) -> None:
    """Of a mailing whose time is over only what she has judged goes again: the others in doubt wait for her word."""
    row = read(connection, mailing)
    if row.state == Mailing.WITHDRAWN:
        remedy = "Inget mer skickas av det. Kom mejlet fram: mailer judge NUMMER --arrived"
        raise EditorError(Problem(row.title, "utskicket är stoppat.", remedy))
    if row.expires_at is not None:
        if row.expires_at <= now:
            d = deliveries.c
            others = update(deliveries).where(d.mailing_id == mailing, d.state == Delivery.IN_DOUBT)
            connection.execute(others.where(d.doubts < MOST_DOUBTS).values(doubts=MOST_DOUBTS))
        until = max(row.expires_at, now + ONCE_MORE)
        connection.execute(update(mailings).where(mailings.c.id == mailing).values(expires_at=until))
    if row.state in mailing_step("reopen")[0]:
        step(connection, mailing, "reopen")


def contact_and_list_of(connection: Connection, delivery: int) -> tuple[int, str] | None:
    """Whose delivery it is and through which list; None for a notice, a stranger's number, or one forgotten."""
    d = deliveries.c
    row = connection.execute(select(d.contact_id, d.list).where(d.id == delivery)).one_or_none()
    return (row.contact_id, row.list) if row is not None and row.contact_id is not None else None


def about(connection: Connection, contact: int) -> list[dict[str, Any]]:
    """Everything the outbox knows about a contact, for the contact to read."""
    d, m = deliveries.c, mailings.c
    rows = connection.execute(
        select(m.title, d.list, d.state, d.reason, d.attempts, d.settled_at, d.reply_code, d.reply_text)
        .join(mailings, m.id == d.mailing_id)
        .where(d.contact_id == contact)
        .order_by(d.id)
    )
    return [dict(row._mapping) for row in rows]


def forget(connection: Connection, contact: int, now: datetime) -> int:
    """Cut every tie to a contact. What was owed is withdrawn; figures stay, so that balances still close."""
    _withdraw(connection, deliveries.c.contact_id == contact, "forgotten", now)
    d = deliveries.c
    offered = connection.execute(
        select(func.count()).where(d.contact_id == contact, d.state == Delivery.OFFERED)
    ).scalar_one()
    if offered:
        raise EditorError(
            Problem("utskicket", "ett mejl till personen är på väg just nu.", "Vänta en minut och kör igen.")
        )
    connection.execute(delete(picks).where(picks.c.contact_id == contact))
    hers = select(d.id).where(d.contact_id == contact)
    connection.execute(update(attempts).where(attempts.c.delivery_id.in_(hers)).values(text=""))  # may name her address
    found = connection.execute(
        update(deliveries).where(d.contact_id == contact).values(contact_id=None, reply_text=None)
    )
    return found.rowcount


def forget_address(connection: Connection, address: str, now: datetime) -> None:
    """Cut every tie of the notices to an address, and what they said. Those under way are held in memory already."""
    d = deliveries.c
    to_it = func.lower(d.address) == address.lower()
    _withdraw(connection, to_it, "forgotten", now)
    found = list(connection.execute(select(d.id, d.rendering_id).where(to_it)))
    if found:
        of_it = attempts.c.delivery_id.in_([row.id for row in found])
        connection.execute(update(attempts).where(of_it).values(text=""))
        said = renderings.c.id.in_([row.rendering_id for row in found])
        connection.execute(update(renderings).where(said).values(html="", text=""))
        connection.execute(update(deliveries).where(to_it).values(address=None, reply_text=None))


def withdraw_all(connection: Connection, db: Database, contact: int, now: datetime) -> None:
    """Nothing more is offered to a contact who is to be forgotten, when what is on its way has come."""
    db.last_look(connection, wish=True)
    _withdraw(connection, deliveries.c.contact_id == contact, "forgotten", now)


def withdraw_survey(
    connection: Connection, db: Database, survey: int, contact: int, now: datetime, why: str = "answered"
) -> int:
    """Nothing more of a survey is offered to a contact: she has answered, or may not be asked. How many were open.

    What a relay has before it keeps its state; comes it back, it is not tried again: `picks` says so to the last look.
    `now`: for an answer the day alone, so that no moment ties a ballot to her.
    """
    db.last_look(connection, wish=True)
    of_survey = select(mailings.c.id).where(mailings.c.survey_id == survey)
    p, d = picks.c, deliveries.c
    hers = update(picks).where(p.contact_id == contact, p.mailing_id.in_(of_survey), p.over.is_(None))
    connection.execute(hers.values(over=why))
    return _withdraw(connection, and_(d.contact_id == contact, d.mailing_id.in_(of_survey)), why, now)


def _withdraw(connection: Connection, which: Any, reason: str, now: datetime) -> int:
    before, after = delivery_step("withdraw")
    d = deliveries.c
    found = connection.execute(
        update(deliveries)
        .where(which, d.state.in_(before))
        .values(state=after, reason=reason, settled_at=now, runner_id=None)
    )
    return found.rowcount
