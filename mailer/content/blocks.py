"""A block: the smallest thing an editor touches.

Takes   a file's text, its path and hash, and a day near which dates without a year lie.
Gives   a Block.
Fails   EditorError with everything that is wrong in the file, each with its line.
"""

import re
from dataclasses import dataclass
from datetime import date

from mailer.content import frontmatter, markdown
from mailer.content.dates import month_bounds
from mailer.content.fields import Fields
from mailer.content.readers import MEMBERS, Readers
from mailer.content.source import where
from mailer.content.titles import LONGEST_TITLE, title_and_body
from mailer.errors import EditorError, Problem
from mailer.words import month as month_name

# Without ”ordning” a block lies in the middle: one editor can put something first (1), another last (99).
MIDDLE = 50
LONGEST_PREHEADER = 200
MONTH_FOLDER = re.compile(r"(199[0-9]|20[0-9]{2})-(0[1-9]|1[0-2])")

# As written -> the name we use. Swedish, with English beside it.
KEYS = {
    "rubrik": "rubrik", "title": "rubrik",
    "ordning": "ordning", "order": "ordning",
    "visas från": "visas från", "visas från och med": "visas från", "from": "visas från",
    "visas till och med": "visas till och med", "visas till": "visas till och med", "until": "visas till och med",
    "ansvarig": "ansvarig", "owner": "ansvarig",
    "ingress": "ingress", "preheader": "ingress",
    "ämnesrad": "ämnesrad", "subject": "ämnesrad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """An image beside the block, as its head or its text names it."""

    path: str  # of the file, relative to content/, NFC
    alt: str  # what it shows, for those who do not see it
    credit: str = ""  # who took it
    line: int = 0


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to do."""

    text: str
    address: str  # https, http, mailto or tel


@dataclass(frozen=True, slots=True)
class Block:
    """One Markdown file with front matter."""

    path: str  # relative to content/, NFC
    title: str  # plain text
    body: str  # Markdown without the title; its first line is line `line_of_body` of the file
    hash: str  # SHA-256 of the file's bytes, hex
    order: int = MIDDLE
    month: str | None = None  # ”2024-05” when the file lies in a folder of that name
    shown_from: date | None = None
    shown_until: date | None = None  # the last day
    owner: str = ""
    preheader: str = ""
    subject: str = ""  # of the whole issue; at most one block says it
    line_of_body: int = 1
    readers: Readers = MEMBERS
    recurs: int = 0  # every so many months; 0: it does not
    column: str = ""  # the standing column it fills, by its key
    picture: Picture | None = None
    button: Button | None = None

    @property
    def is_once(self) -> bool:
        """Whether it goes into the next issue and no other: it has neither a month nor a window."""
        return self.month is None and self.shown_from is None and self.shown_until is None


def month_of(path: str) -> str | None:
    """The period of the outermost folder that is named by a month, or None."""
    return next((part for part in path.split("/")[:-1] if MONTH_FOLDER.fullmatch(part)), None)


def parse_block(path: str, text: str, file_hash: str, near: date, named: str = "") -> Block:
    """The Block in `text`. ”1 maj” is the 1 May nearest to `near`, or to the month of the folder.

    `named`: what Problems call the file, when it lies outside content/.
    """
    named = named or where(path)
    problems: list[Problem] = []
    month = month_of(path)
    document, wrong = frontmatter.split(text, named, KEYS)
    fields = Fields(document, named, month_bounds(month)[0].replace(day=15) if month else near, problems)
    problems += wrong
    title, body = title_and_body(fields, "inslaget")
    if not body.strip() and title and not wrong:
        problems.append(Problem(named, "inslaget har ingen text.", "Skriv texten under huvudet."))
    problems += markdown.problems(body, named, document.line_of_body)
    block = Block(
        path,
        title,
        body,
        file_hash,
        order=fields.number("ordning", MIDDLE),
        month=month,
        shown_from=fields.day("visas från"),
        shown_until=fields.day("visas till och med"),
        owner=fields.line("ansvarig", LONGEST_TITLE),
        preheader=fields.line("ingress", LONGEST_PREHEADER),
        subject=fields.line("ämnesrad", LONGEST_TITLE),
        line_of_body=document.line_of_body,
    )
    _check_window(block, fields)
    if problems:
        raise EditorError(*sorted(problems, key=lambda p: (p.line, p.what)))
    return block


def _check_window(block: Block, fields: Fields) -> None:
    first, last = block.shown_from, block.shown_until
    if first and last and last < first:
        fields.wrong(
            "visas till och med",
            f"inslaget slutar visas {last}, innan det börjar {first}.",
            "Rätta ett av datumen.",
        )
    elif block.month:
        begins, ends = month_bounds(block.month)
        if (first and first > ends) or (last and last < begins):
            what = f"mappen säger {month_name(block.month)}, men datumen en annan månad."
            remedy = "Flytta filen till rätt månads mapp, eller ta bort datumen."
            fields.wrong("visas från" if first and first > ends else "visas till och med", what, remedy)
