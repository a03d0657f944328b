"""preview: the mailing as files, as its readers get it.

Takes   the opened house, which mailing, and where to write.
Gives   the paths; per edition an HTML and a text file.
Fails   EditorError when there is no such mailing.
"""

import html
from dataclasses import dataclass
from pathlib import Path

from mailer.house import House
from mailer.outbox.store import mailings
from mailer.slots import Slot, split
from mailer.verbs import which

# Who the preview is written to: nobody in the register.
SAMPLE = {
    "first_name": "Kim",
    "last_name": "Exempelsson",
    "why": "du står på en av våra listor",
    "origin": "registret",
    "leave_code": "exempelkod",
}


@dataclass(frozen=True, slots=True)
class Previewed:
    """The files."""

    title: str
    subject: str
    files: tuple[Path, ...]
    period: str


def preview(house: House, word: str = "", out: Path | None = None) -> Previewed:
    """Write what is stored; the slots are filled for an invented reader."""
    row = house.db.read(lambda c: which.mailing(house, c, word))
    folder = out or house.var / "preview" / row.name.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    renderings = house.db.read(lambda c: mailings.read_renderings(c, row.id))
    for rendering in renderings:
        for ending, text, is_html in (("html", rendering.html, True), ("txt", rendering.text, False)):
            path = folder / f"{rendering.edition}.{ending}"
            path.write_text(fill(text, is_html), encoding="utf-8")
            files.append(path)
    return Previewed(row.title, fill(renderings[0].subject, False), tuple(files), row.period or row.name)


def fill(text: str, is_html: bool) -> str:
    """The text with its slots filled for the sample reader."""

    def value(slot: Slot) -> str:
        found = SAMPLE.get(slot.name) or slot.fallback
        return html.escape(found) if is_html else found

    return "".join(value(p) if isinstance(p, Slot) else p for p in split(text))


def lines(done: Previewed) -> list[str]:
    return [
        f"{done.title}: ”{done.subject}”",
        *(f"  {path}" for path in done.files),
        f"Ser det bra ut? mailer test {done.period} --to DIN@ADRESS, sedan mailer approve {done.period} --as NAMN",
    ]
