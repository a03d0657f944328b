"""The standing columns of a month: which wait for a text, and the files their owners find to write it in.

Takes   the opened house, a series and a period.
Gives   the month's folder with a file for each column that has none; a notice to each owner, said once.
Fails   AdminError when the folder cannot be read or written to.
"""

from dataclasses import dataclass
from typing import Any

from mailer.content import frontmatter
from mailer.content.blocks import KEYS, UNTOUCHED, month_of
from mailer.content.columns import column_of
from mailer.content.names import is_markdown
from mailer.content.new_file import make_file, make_folder
from mailer.content.source import Source, where
from mailer.content.text import decode
from mailer.content.titles import LONGEST_TITLE
from mailer.errors import EditorError
from mailer.house import House
from mailer.issue import deadline
from mailer.issue import store as issues
from mailer.issue.assemble import assemble
from mailer.settings import Column, Person, Series
from mailer.verbs.say import say
from mailer.verbs.seen import Seen, by_person, look, owner_of
from mailer.words import month as month_words

FIRST_NUMBER = 51  # of the files: they lie together, below those that editors number from 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """A column that nobody has written in."""

    column: Column
    path: str  # of its file, or of the one it would have
    exists: bool


def waiting(house: House, series: Series, period: str, seen: Seen) -> list[Waiting]:
    """The columns without a text for the period, in the order of the settings. A file with a mistake in it is one."""
    untouched = {f.column: f.path for f in seen.content.untouched if f.month == period}
    answered = _answered(house, series, period, seen)
    return [
        Waiting(c, untouched.get(c.key, f"{period}/{n}-{c.key}.md"), c.key in untouched)
        for n, c in enumerate(house.settings.columns, FIRST_NUMBER)
        if c.key not in answered
    ]


def offer(house: House, series: Series, period: str) -> int:
    """Make the folder and the files that are missing, and tell their owners. How many were told."""
    seen = look(house)
    make_folder(house.content, period)
    offered = waiting(house, series, period, seen)
    for place in offered:
        if not place.exists:
            make_file(house.content, period, place.path.rpartition("/")[2], text_of(place.column))
    told = 0
    for person, is_hers, places in by_person((owner_of(house, p.column), p) for p in offered):
        told += say(
            house,
            f"spalt/{period}/{'egen' if is_hers else 'annans'}",
            [person],
            "column",
            columns=[(p.column.name, where(p.path)) for p in places],
            is_hers=is_hers,
            **words_of(house, series, period),
        )
    return told


def text_of(column: Column) -> str:
    """What its owner finds in the file."""
    head = {
        "rubrik": _line(column.name),
        "spalt": column.key,
        "ansvarig": _line(column.owner),
        "ordning": str(column.order),
    }
    lines = [f"{key}: {value}" for key, value in head.items() if value]
    return "\n".join(["---", *lines, "---", "", UNTOUCHED, ""])


def words_of(house: House, series: Series, period: str) -> dict[str, Any]:
    """What every notice about columns says: of which issue, until when, and whom one may ask."""
    last = deadline.last_day(series, period)
    return {
        "title": f"{series.name} {month_words(period)}",
        "deadline": deadline.in_words(last),
        "ahead": deadline.ahead(last, house.here().date()),
        "editor": _shown(house.settings.with_role("editor")[:1]),
    }


def _answered(house: House, series: Series, period: str, seen: Seen) -> set[str]:
    """The columns that have a text or are closed, and those whose file cannot be read: its author hears of it."""
    content = seen.content
    used = house.db.read(lambda c: issues.used_blocks(c, series.key))
    issue = assemble(series, period, content.blocks, (), house.here().date(), house.zone, used)
    quiet = {f.path for f in (*content.untouched, *content.closed)}
    sources = [s for s in seen.folder.files if month_of(s.path) == period and s.path not in quiet]
    unread = {p for p in seen.stamps if month_of(p) == period and is_markdown(p)} - {s.path for s in seen.folder.files}
    return (
        {column_of(b.path, b.column) for b in issue.blocks}
        | {f.column for f in content.closed if f.month == period}
        | {_column(source) for source in sources}
        | {column_of(path) for path in unread}
    )


def _column(source: Source) -> str:
    """The column that a file fills, whatever else is wrong in it."""
    try:
        document, _ = frontmatter.split(decode(source.raw, ""), "", KEYS)
    except EditorError:
        return column_of(source.path)
    said = document.fields.get("spalt")
    return column_of(source.path, said.value if said else "")


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TITLE]


def _shown(editors: tuple[Person, ...]) -> str:
    return f"{editors[0].name}, {editors[0].address}" if editors else ""
