"""Mailings, their renderings and their approval, in the database.

Takes   a Proposal; a name and a hash.
Gives   the mailing's number and value.
Fails   EditorError when a mailing is not in a state that allows the step.
"""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from mailer.audience.rule import Rule
from mailer.errors import EditorError, Problem
from mailer.numbers import anew
from mailer.outbox.states import Mailing, mailing_step
from mailer.outbox.store.archive import page_hash, write_page
from mailer.outbox.store.parts import delete_parts, read_parts, write_parts
from mailer.outbox.tables import approvals, mailings, renderings
from mailer.render.archived import ArchivePage
from mailer.render.rendering import Rendering, check_parts

# How people call the states, after ”utskicket”.
STATE_WORDS = {
    "proposed": "väntar på godkännande",
    "approved": "är godkänt",
    "held": "väntar på besked",
    "sending": "skickas",
    "paused": "är pausat",
    "finished": "är färdigt",
    "withdrawn": "är stoppat",
    "returned": "är skickat tillbaka till redaktören",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mailing as somebody wants it, before the approval."""

    name: str
    kind: str  # issue, letter, correction
    title: str
    rule: Rule
    renderings: tuple[Rendering, ...]
    sources: dict[str, str] = field(default_factory=dict)  # file -> hash
    contents: dict[str, Any] = field(default_factory=dict)  # what approvers are shown
    series: str | None = None
    period: str | None = None
    corrects: int | None = None
    send_after: datetime | None = None
    expires_at: datetime | None = None
    archive: ArchivePage | None = None  # None: the archive will not name it

    @property
    def hash(self) -> str:
        """What an approval is a yes to: all renderings, the audience rule, and what the archive will show."""
        archived = self.archive.hash if self.archive is not None else ""
        return approval_hash(self.renderings, self.rule, self.corrects, archived)


def approval_hash(all_renderings: Sequence[Rendering], rule: Rule, corrects: int | None, archived: str = "") -> str:
    """SHA-256 over the renderings in order of edition, the rule, what it corrects, and the page in the archive.

    `archived`: the page's hash. Mailings without one have the hash they had before there was an archive.
    """
    parts = [r.hash for r in sorted(all_renderings, key=lambda r: r.edition)]
    signed = [parts, rule.to_json(), corrects, *([archived] if archived else [])]
    whole = json.dumps(signed, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def propose(connection: Connection, proposal: Proposal, now: datetime) -> int:
    """Write the mailing, or make one that has not been sent anew: an approval of other words is void."""
    _check_subjects(proposal)
    values = {
        "kind": proposal.kind,
        "title": proposal.title,
        "series": proposal.series,
        "period": proposal.period,
        "rule": proposal.rule.to_json(),
        "event_kind": proposal.rule.event_kind or None,
        "corrects": proposal.corrects,
        "sources": proposal.sources,
        "contents": proposal.contents,
        "send_after": proposal.send_after,
        "expires_at": proposal.expires_at,
        "why": None,
    }
    row = find(connection, proposal.name)
    if row is None:
        values |= anew(connection, mailings)
        new = insert(mailings).values(name=proposal.name, state=Mailing.PROPOSED, created_at=now, **values)
        number = int(connection.execute(new.returning(mailings.c.id)).scalar_one())
    else:
        number = row.id
        if row.planned_at is not None:
            raise EditorError(
                Problem(
                    row.title,
                    "är redan skickat, helt eller delvis.",
                    f"Skicka en rättelse: mailer correct {row.period or row.name} FIL",
                )
            )
        step(connection, number, "propose")
        connection.execute(update(mailings).where(mailings.c.id == number).values(**values))
        connection.execute(update(approvals).where(approvals.c.mailing_id == number).values(void=True))
        delete_parts(connection, number)
        connection.execute(delete(renderings).where(renderings.c.mailing_id == number))
    write_renderings(connection, number, proposal.renderings)
    write_page(connection, number, proposal.archive)
    return number


def _check_subjects(proposal: Proposal) -> None:
    """A subject that cannot be written in a header section is refused here, and not to each recipient."""
    for rendering in proposal.renderings:
        if any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in rendering.subject):
            what = "ämnesraden innehåller ett styrtecken, som en tabb eller en radbrytning."
            raise EditorError(Problem(proposal.title, what, "Skriv om den för hand, på en rad."))


def write_renderings(connection: Connection, mailing: int, all_renderings: Sequence[Rendering]) -> None:
    """Freeze them, with the files they carry. BrokenPromise when one shows a picture it does not carry."""
    for r in all_renderings:
        check_parts(r)
        values = {"edition": r.edition, "subject": r.subject, "html": r.html, "text": r.text, "hash": r.hash}
        new = insert(renderings).values(mailing_id=mailing, **values).returning(renderings.c.id)
        write_parts(connection, connection.execute(new).scalar_one(), r.parts)


def read_renderings(connection: Connection, mailing: int) -> tuple[Rendering, ...]:
    """The renderings of a mailing, as frozen."""
    return _read(connection, renderings.c.mailing_id == mailing)


def read_rendering(connection: Connection, rendering: int) -> Rendering:
    (found,) = _read(connection, renderings.c.id == rendering)
    return found


def _read(connection: Connection, which: ColumnElement[bool]) -> tuple[Rendering, ...]:
    c = renderings.c
    rows = connection.execute(select(c.id, c.edition, c.subject, c.html, c.text).where(which).order_by(c.edition)).all()
    parts = read_parts(connection, [row.id for row in rows])
    return tuple(Rendering(r.edition, r.subject, r.html, r.text, parts.get(r.id, ())) for r in rows)


def find(connection: Connection, name: str) -> Row[Any] | None:
    """The mailing of that name."""
    return connection.execute(select(mailings).where(mailings.c.name == name)).one_or_none()


def read(connection: Connection, mailing: int) -> Row[Any]:
    return connection.execute(select(mailings).where(mailings.c.id == mailing)).one()


def lock(connection: Connection, mailing: int) -> Row[Any]:
    """The mailing as it is now, and as it stays until this transaction ends. SQLite has one writer and needs none."""
    return connection.execute(select(mailings).where(mailings.c.id == mailing).with_for_update()).one()


def hash_of(connection: Connection, row: Row[Any]) -> str:
    """The hash an approval of this mailing must carry, made from what is stored."""
    archived = page_hash(connection, row.id)
    return approval_hash(read_renderings(connection, row.id), Rule.from_json(row.rule), row.corrects, archived)


def approve(
    connection: Connection,
    row: Row[Any],
    name: str,
    os_user: str,
    now: datetime,
    head_count: int,
    reason: str | None,
    despite: str | None = None,
    editions: dict[str, int] | None = None,
) -> None:
    """A named person's yes to what is stored now. Lock the row first."""
    connection.execute(update(approvals).where(approvals.c.mailing_id == row.id).values(void=True))
    connection.execute(
        insert(approvals).values(
            mailing_id=row.id,
            hash=hash_of(connection, row),
            name=name,
            os_user=os_user,
            at=now,
            head_count=head_count,
            reason=reason,
            despite=despite,
            editions=editions or {},
        )
    )
    step(connection, row.id, "approve", "")


def valid_approval(connection: Connection, row: Row[Any]) -> Row[Any] | None:
    """The approval of exactly these renderings and this rule."""
    c = approvals.c
    found = connection.execute(
        select(approvals).where(c.mailing_id == row.id, c.void.is_(False)).order_by(c.id.desc())
    ).first()
    return found if found is not None and found.hash == hash_of(connection, row) else None


def step(connection: Connection, mailing: int, event: str, why: str | None = None) -> None:
    """Let an event happen to a mailing. EditorError, in words, when its state does not know the event.

    `why` None leaves the old reason, ”” takes it away."""
    before, after = mailing_step(event)
    c = mailings.c
    values: dict[str, Any] = {"state": after}
    if why is not None:
        values["why"] = why
    if connection.execute(update(mailings).where(c.id == mailing, c.state.in_(before)).values(**values)).rowcount:
        return
    raise refusal(read(connection, mailing), before)


def may(row: Row[Any], event: str) -> None:
    """EditorError, in words, unless the mailing's state knows the event."""
    before, _ = mailing_step(event)
    if row.state not in before:
        raise refusal(row, before)


def refusal(row: Row[Any], before: Sequence[str]) -> EditorError:
    allowed = " eller ".join(f"som {STATE_WORDS[s]}" for s in before)
    return EditorError(
        Problem(row.title, f"utskicket {STATE_WORDS[row.state]}.", f"Det här går bara med ett utskick {allowed}.")
    )


def approved_and_due(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Approved mailings whose send moment has come and whose time has not run out."""
    c = mailings.c
    due = select(mailings).where(c.state == Mailing.APPROVED, c.send_after <= now).order_by(c.id)
    return [row for row in connection.execute(due) if row.expires_at is None or row.expires_at > now]
