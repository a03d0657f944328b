"""The issues that exist, and the blocks each has used.

Takes   a Connection inside a write transaction.
Gives   whether an issue was new; which period used which block.
Fails   with what the database raises; the unique constraint decides who was first.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.issue.assemble import Issue
from mailer.issue.tables import issues
from mailer.issue.tables import used_blocks as used_blocks_table


def open_issue(conn: Connection, series: str, period: str, now: datetime) -> bool:
    """Make the issue of (series, period) exist. True for exactly one caller, however many try at once."""
    row = {"series": series, "period": period, "assembled_at": now}
    new = _dialect(conn).insert(issues).values(row).on_conflict_do_nothing().returning(issues.c.id)
    return conn.execute(new).scalar_one_or_none() is not None


def skip(conn: Connection, series: str, period: str, who: str, why: str, now: datetime) -> None:
    """A month without an issue, by somebody's decision."""
    open_issue(conn, series, period, now)
    values = {"skipped_at": now, "skipped_by": who, "skipped_why": why}
    conn.execute(update(issues).where(issues.c.series == series, issues.c.period == period).values(values))
    free_used(conn, series, period)


def unskip(conn: Connection, series: str, period: str) -> None:
    """The month has an issue after all."""
    values = {"skipped_at": None, "skipped_by": None, "skipped_why": None}
    conn.execute(update(issues).where(issues.c.series == series, issues.c.period == period).values(values))


def skipped(conn: Connection, series: str, period: str) -> Row[Any] | None:
    """Who has decided that the month has no issue, why and when; None when nobody has."""
    c = issues.c
    this = select(issues).where(c.series == series, c.period == period, c.skipped_at.is_not(None))
    return conn.execute(this).one_or_none()


def all_skipped(conn: Connection) -> Sequence[Row[Any]]:
    """The months somebody has decided shall have no issue, newest first."""
    return conn.execute(select(issues).where(issues.c.skipped_at.is_not(None)).order_by(issues.c.period.desc())).all()


def remember_used(conn: Connection, issue: Issue) -> None:
    """The blocks that are printed once, and the posts, are now this period’s; those it no longer has are free."""
    table = used_blocks_table
    conn.execute(delete(table).where(table.c.series == issue.series, table.c.period == issue.period))
    rows = [
        {"series": issue.series, "path": b.path, "period": issue.period, "hash": b.hash, "title": b.title}
        for b in issue.blocks
        if b.is_once
    ] + [
        {"series": issue.series, "path": p.path, "period": issue.period, "hash": "", "title": p.title}
        for p in issue.posts
    ]
    if rows:  # a block that another period has taken meanwhile stays there
        conn.execute(_dialect(conn).insert(table).values(rows).on_conflict_do_nothing())


def free_used(conn: Connection, series: str, period: str) -> None:
    """The period's issue came to nothing: its blocks and posts may stand in the next."""
    table = used_blocks_table
    conn.execute(delete(table).where(table.c.series == series, table.c.period == period))


def used_blocks(conn: Connection, series: str) -> dict[str, str]:
    """Path -> period, of the blocks that issues of the series have used."""
    table = used_blocks_table
    rows = conn.execute(select(table.c.path, table.c.period).where(table.c.series == series))
    return {path: period for path, period in rows}


def _dialect(conn: Connection) -> Any:
    """Both engines know ON CONFLICT, each with an insert of its own."""
    return postgresql if conn.dialect.name == "postgresql" else sqlite
