"""preview: the mailing as files, as its readers get it.

Takes   the opened house, which mailing, and where to write.
Gives   the paths; per edition an HTML and a text file; what the footer says to the readers of each list.
Fails   EditorError when there is no such mailing.
"""

import html
from dataclasses import dataclass
from pathlib import Path

from mailer.audience.rule import Rule, Source
from mailer.house import House
from mailer.outbox.store import mailings
from mailer.slots import Slot, split
from mailer.verbs import which

# Who the preview is written to: nobody in the register.
SAMPLE = {
    "first_name": "Kim",
    "last_name": "Exempelsson",
    "leave_code": "exempelkod",
}


@dataclass(frozen=True, slots=True)
class Previewed:
    """The files."""

    title: str
    subject: str
    files: tuple[Path, ...]
    period: str
    sources: tuple[Source, ...]  # the lists, with what their readers see in the footer


def preview(house: House, word: str = "", out: Path | None = None) -> Previewed:
    """Write what is stored; the slots are filled for an invented reader on the first list."""
    row = house.db.read(lambda c: which.mailing(house, c, word))
    folder = out or house.var / "preview" / row.name.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    rule = Rule.from_json(row.rule)
    first = rule.sources[0] if rule.sources else rule.source(None)
    files = []
    renderings = house.db.read(lambda c: mailings.read_renderings(c, row.id))
    for rendering in renderings:
        for ending, text, is_html in (("html", rendering.html, True), ("txt", rendering.text, False)):
            path = folder / f"{rendering.edition}.{ending}"
            path.write_text(fill(text, is_html, first), encoding="utf-8")
            files.append(path)
    subject = fill(renderings[0].subject, False, first)
    return Previewed(row.title, subject, tuple(files), row.period or row.name, rule.sources)


def fill(text: str, is_html: bool, source: Source) -> str:
    """The text with its slots filled for the sample reader, as one who is on this list."""
    values = {**SAMPLE, "why": source.why, "origin": source.origin}

    def value(slot: Slot) -> str:
        found = values.get(slot.name) or slot.fallback
        return html.escape(found) if is_html else found

    return "".join(value(p) if isinstance(p, Slot) else p for p in split(text))


def lines(done: Previewed) -> list[str]:
    return [
        f"{done.title}: ”{done.subject}”",
        *(f"  {path}" for path in done.files),
        *_footers(done.sources),
        f"Ser det bra ut? mailer test {done.period} --to DIN@ADRESS, sedan mailer approve {done.period} --as NAMN",
    ]


def _footers(sources: tuple[Source, ...]) -> list[str]:
    """The file shows the first list's footer; of several, each is said."""
    if len(sources) < 2:
        return []
    return [f"Sidfoten för {s.name}: Du får det för att {s.why}. Din adress kommer från {s.origin}." for s in sources]
