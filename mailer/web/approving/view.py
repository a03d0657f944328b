"""What the page shows of a mailing: its state in words, its editions, what the preflight found, what may be answered.

Takes   the opened house, a Visitor, the mailing's row and one read transaction.
Gives   a View: only words and counts, no names of members.
Fails   with what the database raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from mailer import words
from mailer.errors import Problem
from mailer.house import House
from mailer.issue.assemble import AFTER_DEADLINE
from mailer.issue.finding import Finding
from mailer.outbox.states import Mailing
from mailer.outbox.store import archive, mailings, planning
from mailer.register import store as register
from mailer.render.preview import sample
from mailer.render.rendering import Rendering
from mailer.verbs.approve import age_line
from mailer.verbs.month import head_count_lines
from mailer.web.approving import history
from mailer.web.approving.visitor import Visitor

WAITS = (Mailing.PROPOSED, Mailing.HELD)
ASKED = (*WAITS, Mailing.RETURNED)
UNSENT = (*ASKED, Mailing.APPROVED)
MAY_WAIT = (*WAITS, Mailing.APPROVED)  # a yes that came to nothing before the time ran out may be said again


@dataclass(frozen=True, slots=True)
class EditionView:
    """One edition, as it is listed."""

    number: int  # from 1: its address
    name: str
    people: str  # ”340 personer”; ”” when it is sent, or is the only one
    subject: str
    blocks: tuple[str, ...]
    files: tuple[str, ...]  # names of what is attached


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    title: str
    state: Mailing
    person: str
    history: tuple[str, ...]  # what has happened, newest first
    send_at: str
    head_count: tuple[str, ...]
    imports: tuple[str, ...]
    editions: tuple[EditionView, ...]
    stops: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    left_out: tuple[tuple[str, str], ...]  # place and why
    archive: bool | None = None  # whether it has a page in the archive; None: it has nothing to do there

    @property
    def waits(self) -> bool:
        """Whether it may be answered."""
        return self.state in WAITS

    @property
    def is_asked(self) -> bool:
        """Whether what speaks for and against it matters still."""
        return self.state in ASKED


def view(house: House, connection: Connection, row: Row[Any], visitor: Visitor) -> View:
    """The mailing as it is stored now."""
    findings = [Finding.from_json(value) for value in row.contents.get("findings", ())]
    lists = [source["key"] for source in row.rule["lists"]]
    imports = register.last_whole_import(connection, lists) if row.state in ASKED else {}
    return View(
        title=row.title,
        state=Mailing(row.state),
        person=visitor.person.name,
        history=tuple(history.lines(house, connection, row)),
        send_at=words.moment(row.send_after, house.zone) if row.send_after and row.state in ASKED else "",
        head_count=tuple(line.strip() for line in _head_count(house, connection, row)),
        imports=tuple(age_line(key, at, house.clock.now()) for key, at in sorted(imports.items())),
        editions=tuple(_editions(house, connection, row)),
        stops=tuple(f.problem for f in findings if f.stops),
        warnings=tuple(f.problem for f in findings if not f.stops),
        left_out=tuple((path, why) for path, why in row.contents.get("left_out", ()) if why != AFTER_DEADLINE),
        archive=bool(page.html) if (page := archive.read_page(connection, row.id)) is not None else None,
    )


def as_read(house: House, connection: Connection, mailing: int) -> list[Rendering]:
    """The renderings as an invented reader would get them."""
    return [sample(r, house.settings.association.name) for r in mailings.read_renderings(connection, mailing)]


def _head_count(house: House, connection: Connection, row: Row[Any]) -> list[str]:
    """Before it is planned; then the figures of the deliveries speak."""
    return head_count_lines(planning.head_count(connection, row, house.here())) if row.state in UNSENT else []


def _editions(house: House, connection: Connection, row: Row[Any]) -> list[EditionView]:
    people = planning.edition_counts(connection, row, house.here()) if row.state in UNSENT else {}
    found = as_read(house, connection, row.id)
    blocks: list[Mapping[str, Any]] = row.contents.get("blocks", [])
    return [
        EditionView(
            number=number,
            name=r.edition if len(found) > 1 else "",
            people=words.count(people.get(r.edition, 0), "person", "personer") if people else "",
            subject=r.subject,
            blocks=tuple(b["title"] for b in blocks if r.edition in b["editions"]),
            files=tuple(part.name for part in r.parts if not part.is_inline),
        )
        for number, r in enumerate(found, 1)
    ]
