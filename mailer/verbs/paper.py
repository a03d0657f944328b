"""print: the issue on paper, and whom to post it to.

Takes   the opened house, which mailing, and where to write.
Gives   a Printed: one page per edition that somebody needs, and the postal list.
Fails   EditorError when there is no such mailing.

The list shows names and addresses: that somebody looked is written down first.
"""

import csv
import html
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mailer import words
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings, unreached
from mailer.register import store as register
from mailer.render.paper import paper
from mailer.render.rendering import Rendering
from mailer.render.templates import open_templates
from mailer.slots import Slot, split
from mailer.verbs import which
from mailer.verbs.preview import make_private, write_private

COLUMNS = {
    "first_name": "Förnamn",
    "last_name": "Efternamn",
    "care_of": "C/O-adress",
    "street": "Gatuadress",
    "postcode": "Postnummer",
    "city": "Ort",
    "edition": "Version",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # a spreadsheet runs a cell that begins so


@dataclass(frozen=True, slots=True)
class Printed:
    """What was written. `without_address`: those who can neither be mailed nor posted to."""

    title: str
    word: str
    is_approved: bool
    pages: tuple[Path, ...]
    postal_list: Path
    to_post: int
    without_address: int


def print_out(house: House, word: str = "", out: Path | None = None) -> Printed:
    """Write the pages and the list. An edition that nobody needs on paper is written as well: it is put up on walls."""
    row = house.db.read(lambda c: which.mailing(house, c, word))
    now = house.clock.now()
    house.db.write(lambda c: register.record_access(c, house.os_user, f"print: {row.title}", None, now))
    people = house.db.read(lambda c: unreached.unreached(c, row, house.here()))
    folder = out or house.var / "print" / row.name.replace("/", "-")
    make_private(folder)
    for old in folder.glob("*.html") if out is None else ():  # of versions that are no more
        old.unlink()
    templates = open_templates(house.home)
    pages = []
    for rendering in house.db.read(lambda c: mailings.read_renderings(c, row.id)):
        page = folder / f"{rendering.edition.replace('/', '-')}.html"
        write_private(page, paper(_filled(rendering), row.title, templates, house.settings))
        pages.append(page)
    postal = [p for p in people if p.street and p.postcode and p.city]
    listed = folder / "post.csv"
    write_private(listed, rows_as_csv(postal), "utf-8-sig")
    is_approved = row.planned_at is not None or row.state == Mailing.APPROVED
    return Printed(
        row.title, row.period or row.name, is_approved, tuple(pages), listed, len(postal), len(people) - len(postal)
    )


def lines(done: Printed) -> list[str]:
    """What the one who prints it reads."""
    out = [f"{done.title} på papper:", *(f"  {page}" for page in done.pages)]
    if not done.is_approved:
        out.append("Ingen har godkänt det än: skriv ut det för att läsa, men posta det inte.")
    out.append("Öppna sidan i webbläsaren och skriv ut den: A4, 100 %, utan sidhuvud och sidfot.")
    out.append(f"Posta den till {words.count(done.to_post, 'person', 'personer')}: {done.postal_list}")
    if done.without_address:
        who = words.count(done.without_address, "person", "personer")
        out.append(f"{who} har varken e-post eller postadress. Ring dem: mailer report {done.word} --call")
    return out


def rows_as_csv(rows: list[Any]) -> str:
    """The rows as a Swedish spreadsheet opens them: semicolons, and no cell that is run as a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(COLUMNS.values())
    writer.writerows([cell(getattr(row, key)) for key in COLUMNS] for row in rows)
    return file.getvalue()


def cell(value: Any) -> str:
    text = str(value or "")
    return f"'{text}" if text.startswith(FORMULA) else text


def _filled(rendering: Rendering) -> Rendering:
    """For nobody in particular: each slot has its fallback."""
    pieces = split(rendering.html)
    return replace(rendering, html="".join(html.escape(p.fallback) if isinstance(p, Slot) else p for p in pieces))
