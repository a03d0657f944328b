"""preview: the mailing as its readers get it, on one page: light, dark, narrow and as text, each edition.

Takes   the opened house, which mailing, where to write, and a contact when it is to be read as that person.
Gives   the paths: a page with all of it, and per edition the files behind; pictures and attachments beside them.
Fails   EditorError when there is no such mailing, or the contact does not get it.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from sqlalchemy import Connection, Row, select

from mailer import words
from mailer.audience.rule import Rule, Source
from mailer.audience.store import REASONS
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.store import archive, mailings, planning
from mailer.register import store as register
from mailer.register.tables import contacts
from mailer.render.archive import with_addresses
from mailer.render.archived import ArchivePage
from mailer.render.rendering import Rendering, check_parts, with_sources
from mailer.render.templates import Templates, open_templates
from mailer.slots import Slot, split
from mailer.verbs import which

# Who the preview is written to: nobody in the register.
SAMPLE = {
    "first_name": "Kim",
    "last_name": "Exempelsson",
    "leave_code": "exempelkod",
    "leave_page": "https://utskick.example/sluta/exempelkod",
}
ARCHIVED = "arkivet.html"  # the file that shows the page of the archive
# No page can turn its reader's screen dark: in one copy the rules of dark mode always hold, in the other never.
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom the slots are filled for."""

    values: Mapping[str, str]
    source: Source
    edition: str = ""  # ””: all of them
    name: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One edition on the page: its words, and the names of its files."""

    name: str
    people: str
    subject: str
    light: str
    dark: str
    text: str
    words: str  # the text part itself
    attached: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Previewed:
    """The files. `page` shows all the others."""

    title: str
    subject: str
    page: Path
    files: tuple[Path, ...]
    period: str
    sources: tuple[Source, ...]  # the lists, with what their readers see in the footer
    reader: str = ""


def preview(house: House, word: str = "", out: Path | None = None, contact: str = "") -> Previewed:
    """Write what is stored; the slots are filled for an invented reader on the first list, or for the contact."""
    row = house.db.read(lambda c: which.mailing(house, c, word))
    rule = Rule.from_json(row.rule)
    reader = _contact(house, row, rule, contact) if contact else _nobody(rule)
    folder = out or house.var / "preview" / row.name.replace("/", "-")
    make_private(folder)
    renderings = house.db.read(lambda c: mailings.read_renderings(c, row.id))
    counts = house.db.read(lambda c: planning.edition_counts(c, row, house.here()))
    chosen = [r for r in renderings if reader.edition in ("", r.edition)]
    shown = [_write(folder, rendering, reader, counts) for rendering in chosen]
    page, templates = folder / "index.html", open_templates(house.home)
    archive_page = None if contact else house.db.read(lambda c: archive.read_page(c, row.id))
    archived = _write_archived(house, folder, archive_page, templates)
    values = {"title": row.title, "editions": shown, "reader": reader.name}
    values |= {"has_archive": archive_page is not None, "archived": archived}
    write_private(page, templates.fill("preview.html.j2", **values))
    files = [folder / name for s in shown for name in (s.light.replace("-ljus", ""), s.text, *s.attached)]
    files += [folder / archived] if archived else []
    return Previewed(
        row.title,
        shown[0].subject,
        page,
        tuple(dict.fromkeys(files)),
        row.period or row.name,
        rule.sources,
        reader.name,
    )


def make_private(folder: Path) -> None:
    """The folder, and those above it that are missing, for its owner alone."""
    if not folder.parent.exists():
        make_private(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)


def write_private(path: Path, text: str, encoding: str = "utf-8") -> None:
    """The text in a file that its owner alone can read: it may hold somebody's name."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding=encoding)


def _nobody(rule: Rule) -> Reader:
    source = rule.sources[0] if rule.sources else rule.source(None)
    return Reader({**SAMPLE, "why": source.why, "origin": source.origin}, source)


def _contact(house: House, row: Row[tuple[object, ...]], rule: Rule, who: str) -> Reader:
    """The contact as the mailing would reach her now. That somebody looked is recorded first."""

    def record(c: Connection) -> int:
        found = register.find_contact(c, who)
        register.record_access(c, house.os_user, f"preview: {row.title}", found, house.clock.now())
        return found

    number = house.db.write(record)  # before she is looked at, and whatever comes of it

    def look(c: Connection) -> Reader:
        people = planning.chosen(row, house.here()).subquery()
        hers = c.execute(select(people).where(people.c.contact_id == number)).one_or_none()
        if hers is None or hers.reason is not None:
            why = REASONS[hers.reason] if hers is not None else "hör inte till listorna"
            remedy = "Läs det som någon annan, eller utan --for."
            raise EditorError(Problem(who, f"skulle inte få {row.title}: {why}.", remedy))
        person = c.execute(select(contacts).where(contacts.c.id == number)).one()
        source = rule.source(hers.list)
        values = SAMPLE | {"first_name": person.first_name, "last_name": person.last_name}
        name = f"{person.first_name} {person.last_name}".strip()
        return Reader(values | {"why": source.why, "origin": source.origin}, source, hers.edition or "", name)

    return house.db.read(look)


def _write(folder: Path, rendering: Rendering, reader: Reader, counts: Mapping[str, int]) -> Shown:
    """The files of one edition."""
    check_parts(rendering)  # their names come out of the database, and name files here
    for part in rendering.parts:
        (folder / part.name).touch(mode=0o600)
        (folder / part.name).write_bytes(part.raw)
    name = rendering.edition.replace("/", "-")
    page = fill(with_sources(rendering.html, lambda part: part), True, reader)
    text = fill(rendering.text, False, reader)
    files = {
        f"{name}.html": page,
        f"{name}-ljus.html": _DARK.sub("@media not all", page),
        f"{name}-mork.html": _DARK.sub("@media all", page).replace(
            "<head>", "<head><style>:root{color-scheme:dark}</style>", 1
        ),
        f"{name}.txt": text,
    }
    for file, content in files.items():
        write_private(folder / file, content)
    return Shown(
        rendering.edition,
        words.count(counts[rendering.edition], "person", "personer") if rendering.edition in counts else "",
        fill(rendering.subject, False, reader),
        f"{name}-ljus.html",
        f"{name}-mork.html",
        f"{name}.txt",
        text,
        tuple(part.name for part in rendering.parts if not part.is_inline),
    )


def _write_archived(house: House, folder: Path, page: ArchivePage | None, templates: Templates) -> str:
    """The name of the file that shows how it will stand in the archive; ”” when nothing of it will."""
    if page is None or not page.html:
        return ""
    for part in page.parts:
        (folder / part.name).write_bytes(part.raw)
    calendar = f"{house.settings.web.address}/kalender/"
    article = with_addresses(page.html, lambda name: name, lambda name: f"{calendar}{name}.ics")
    values = {"page": page, "back": "", "robots": False, "association": house.settings.association.name}
    values |= {"article": Markup(article), "style": Markup(templates.fill("pages/style.css.j2"))}  # noqa: S704 - cleaned
    write_private(folder / ARCHIVED, templates.fill_in("sv", "pages/archive_proof.html.j2", **values))
    return ARCHIVED


def fill(text: str, is_html: bool, reader: Reader) -> str:
    """The text with its slots filled for the reader."""

    def value(slot: Slot) -> str:
        found = reader.values.get(slot.name) or slot.fallback
        return html.escape(found) if is_html else found

    return "".join(value(p) if isinstance(p, Slot) else p for p in split(text))


def lines(done: Previewed) -> list[str]:
    return [
        f"{done.title}: ”{done.subject}”",
        f"Allt på en sida: {done.page}",
        *(f"  {path}" for path in done.files),
        *([f"Läst som {done.reader}."] if done.reader else _footers(done.sources)),
        f"Ser det bra ut? mailer test {done.period} --to DIN@ADRESS, sedan mailer approve {done.period} --as NAMN",
    ]


def _footers(sources: Sequence[Source]) -> list[str]:
    """The file shows the first list's footer; of several, each is said."""
    if len(sources) < 2:
        return []
    return [f"Sidfoten för {s.name}: Du får det för att {s.why}. Din adress kommer från {s.origin}." for s in sources]
