"""The pages of the archive, in the database: frozen with their mailing, public when it is sent.

Takes   a Connection; an ArchivePage when it is written; who takes a page down, when and why.
Gives   the pages again, and the list of what is published.
Fails   BrokenPromise when a picture is not what was stored.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from mailer.outbox.shelf import Published, Withdrawal
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store.parts import forget_files, read_files, write_files
from mailer.outbox.tables import archive_pages, archive_parts, archive_withdrawals, deliveries, mailings
from mailer.render.archived import ArchivePage
from mailer.render.rendering import Part

# Of a mailing that was stopped: somebody has it, or may have.
WENT_OUT = (Delivery.ACCEPTED, Delivery.BOUNCED, Delivery.IN_DOUBT)


def write_page(connection: Connection, mailing: int, page: ArchivePage | None) -> None:
    """The mailing's page is this one, or none."""
    a = archive_parts.c
    hashes = sorted(set(connection.execute(select(a.file_hash).where(a.mailing_id == mailing)).scalars()))
    connection.execute(delete(archive_parts).where(a.mailing_id == mailing))
    connection.execute(delete(archive_pages).where(archive_pages.c.mailing_id == mailing))
    if page is not None:
        values = {"uid": page.uid, "title": page.title, "subject": page.subject, "summary": page.summary}
        values |= {"html": page.html, "hash": page.hash}
        connection.execute(insert(archive_pages).values(mailing_id=mailing, **values))
        _write_parts(connection, mailing, page.parts)
    if hashes:
        forget_files(connection, hashes)


def read_page(connection: Connection, mailing: int) -> ArchivePage | None:
    """The page as frozen; None when the mailing has nothing to do with the archive."""
    c, a = archive_pages.c, archive_parts.c
    row = connection.execute(select(archive_pages).where(c.mailing_id == mailing)).one_or_none()
    if row is None:
        return None
    rows = connection.execute(select(archive_parts).where(a.mailing_id == mailing).order_by(a.position)).all()
    raws = read_files(connection, {r.file_hash for r in rows})
    parts = tuple(Part(r.name, r.kind, raws[r.file_hash], is_inline=True) for r in rows)
    return ArchivePage(row.uid, row.title, row.subject, row.summary, row.html, parts)


def read_article(connection: Connection, mailing: int) -> str:
    """The page's HTML alone: its pictures are asked for one by one."""
    c = archive_pages.c
    return connection.execute(select(c.html).where(c.mailing_id == mailing)).scalar_one_or_none() or ""


def read_picture(connection: Connection, mailing: int, name: str) -> Part | None:
    """One picture of the page."""
    a = archive_parts.c
    row = connection.execute(select(archive_parts).where(a.mailing_id == mailing, a.name == name)).one_or_none()
    if row is None:
        return None
    return Part(row.name, row.kind, read_files(connection, {row.file_hash})[row.file_hash], is_inline=True)


def page_hash(connection: Connection, mailing: int) -> str:
    """Of what is stored; ”” when there is no page."""
    page = read_page(connection, mailing)
    return page.hash if page is not None else ""


def published(connection: Connection) -> tuple[Published, ...]:
    """All issues that have gone out, and the corrections of them that are for everybody: the newest first.

    One that was stopped before anything had gone out was never published. Those of before there was an archive are not
    in it: nobody has approved a page of them.
    """
    rows = connection.execute(_published()).all()
    issues = {row.id for row in rows if row.kind == "issue"}
    shown = [row for row in rows if row.kind == "issue" or (row.corrects in issues and row.has_page)]
    taken = _withdrawn(connection)
    return tuple(_value(row, taken.get(row.id) or taken.get(row.corrects)) for row in shown)


def withdraw(connection: Connection, mailing: int, said: Withdrawal, os_user: str) -> None:
    """The page is taken down. What was approved and sent is as it was."""
    values = {"mailing_id": mailing, "at": said.at, "name": said.name, "os_user": os_user, "reason": said.reason}
    connection.execute(insert(archive_withdrawals).values(values))


def restore(connection: Connection, mailing: int, name: str, now: datetime) -> None:
    """The page is there again. That it was away, and why, stays written."""
    c = archive_withdrawals.c
    standing = update(archive_withdrawals).where(c.mailing_id == mailing, c.restored_at.is_(None))
    connection.execute(standing.values(restored_at=now, restored_by=name))


def _withdrawn(connection: Connection) -> dict[int, Withdrawal]:
    c = archive_withdrawals.c
    rows = connection.execute(select(archive_withdrawals).where(c.restored_at.is_(None))).all()
    return {row.mailing_id: Withdrawal(row.at, row.name, row.reason) for row in rows}


def _published() -> Select[Any]:
    m, c, d = mailings.c, archive_pages.c, deliveries.c
    has_gone = select(d.id).where(d.mailing_id == m.id, d.state.in_(WENT_OUT)).exists()
    return (
        select(
            m.id, m.kind, m.series, m.period, m.corrects, m.planned_at,
            c.uid, c.title, c.subject, c.summary, c.hash, (c.html != "").label("has_page"),
        )
        .join(archive_pages, c.mailing_id == m.id)
        .where(m.kind.in_(("issue", "correction")), m.planned_at.is_not(None))
        .where(or_(m.state != Mailing.WITHDRAWN, has_gone))
        .order_by(m.planned_at.desc(), m.id.desc())
    )  # fmt: skip


def _value(row: Row[Any], withdrawal: Withdrawal | None) -> Published:
    return Published(
        row.id, row.kind, row.series or "", row.period or "", row.corrects, row.planned_at,
        row.uid, row.title, row.subject, row.summary, row.hash, bool(row.has_page), withdrawal,
    )  # fmt: skip


def _write_parts(connection: Connection, mailing: int, parts: Sequence[Part]) -> None:
    hashes = [hashlib.sha256(part.raw).hexdigest() for part in parts]
    write_files(connection, {key: part.raw for key, part in zip(hashes, parts, strict=True)})
    rows = [
        {"mailing_id": mailing, "position": n, "name": part.name, "kind": part.kind, "file_hash": key}
        for n, (key, part) in enumerate(zip(hashes, parts, strict=True))
    ]
    if rows:
        connection.execute(insert(archive_parts), rows)
