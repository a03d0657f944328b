"""What has been used of each limit, as rows.

Takes   whose limits, how many more, the time now.
Gives   what has been used; counts it, and takes it back.
Fails   never.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.outbox.pace import ROW_S, ROWS, Limits, Span, Used, row_of
from mailer.outbox.pace_tables import pace_used

KEPT_S = 2 * 24 * 3600  # nothing older is counted by any limit
SECONDS_KEPT_S = 300
_CLEARED = "mailer.pace.cleared"
COMES_BACK: tuple[Span, ...] = ("hour", "day")


def read(connection: Connection, subjects: Mapping[str, Limits], at: int) -> dict[str, Used]:
    """What each subject has used, in the rows that its limits count. `at`: seconds since 1970."""
    u = pace_used.c
    wanted = [
        and_(u.subject == subject, u.span == row_s, u.begins >= first)
        for subject, limits in subjects.items()
        for row_s, first in _first_rows(limits, at).items()
    ]
    found: dict[str, dict[int, list[tuple[int, int]]]] = {subject: {} for subject in subjects}
    if wanted:
        rows = select(u.subject, u.span, u.begins, u.used).where(or_(*wanted), u.used > 0).order_by(u.begins)
        for subject, row_s, begins, used in connection.execute(rows):
            found[subject].setdefault(row_s, []).append((begins, used))
    return {subject: used for subject, used in found.items()}


def count(connection: Connection, taken: Mapping[str, tuple[Limits, int]], at: int) -> None:
    """Note that so many more have been permitted to each subject."""
    rows = [
        {"subject": subject, "span": ROW_S[span], "begins": row_of(span, at), "used": n}
        for subject, (limits, n) in sorted(taken.items())
        for span in _spans(limits)
        if n
    ]
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(pace_used)
    more = new.on_conflict_do_update(
        index_elements=[pace_used.c.subject, pace_used.c.span, pace_used.c.begins],
        set_={"used": pace_used.c.used + new.excluded.used},
    )
    connection.execute(more, rows)
    _clear(connection, at)


def give_back(connection: Connection, returned: Mapping[str, tuple[Limits, int]], at: int) -> None:
    """Take back what was permitted and never went out.

    From the oldest row that is still counted: it is no newer than the one it was taken from, so no window can come to
    hold more than the limit. What was taken of a second or a minute is over before anybody could use it.
    """
    u = pace_used.c
    used = read(connection, {subject: limits for subject, (limits, _) in returned.items()}, at)
    for subject, (limits, n) in returned.items():
        for span in COMES_BACK:
            left = n if span in limits.each else 0
            for begins, has in used[subject].get(ROW_S[span], ()):
                if begins > row_of(span, at) or not left:
                    break
                back = min(left, has)
                left -= back
                row = and_(u.subject == subject, u.span == ROW_S[span], u.begins == begins)
                connection.execute(update(pace_used).where(row).values(used=u.used - back))


def _first_rows(limits: Limits, at: int) -> dict[int, int]:
    """Seconds of a row -> where the longest window that counts such rows begins."""
    firsts: dict[int, int] = {}
    for span in limits.each:
        first = row_of(span, at) - ROW_S[span] * (ROWS[span] - 1)
        firsts[ROW_S[span]] = min(first, firsts.get(ROW_S[span], first))
    return firsts


def _spans(limits: Limits) -> Iterable[Span]:
    """One span for each kind of row: seconds and minutes are counted in the same."""
    return {ROW_S[span]: span for span in limits.each}.values()


def _clear(connection: Connection, at: int) -> None:
    """What nobody counts any more: once a minute."""
    if connection.info.get(_CLEARED) == at // 60:
        return
    connection.info[_CLEARED] = at // 60
    u = pace_used.c
    seconds_gone = and_(u.span == 1, u.begins < at - SECONDS_KEPT_S)
    connection.execute(delete(pace_used).where(or_(seconds_gone, u.begins < at - KEPT_S)))


def seconds(now: datetime) -> int:
    """Whole seconds since 1970, UTC."""
    return int(now.timestamp())
