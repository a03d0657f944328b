"""A block: the smallest thing an editor touches.

Takes   a file's text, its path and hash, and a day near which dates without a year lie.
Gives   a Block.
Fails   EditorError with everything that is wrong in the file, each with its line.
"""

import re
from dataclasses import dataclass
from datetime import date

from mailer.content import frontmatter, kinds, markdown, pictures, readers
from mailer.content.dates import month_bounds
from mailer.content.fields import Fields
from mailer.content.readers import MEMBERS, Readers, parse_readers
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
    "återkommer": "återkommer", "recurs": "återkommer",
    "spalt": "spalt", "column": "spalt", "stående inslag": "spalt",
    "bild": "bild", "image": "bild", "picture": "bild",
    "alt": "alt", "bildtext": "alt", "alt-text": "alt", "alttext": "alt",
    "foto": "foto", "photo": "foto", "credit": "foto",
    "knapp": "knapp", "button": "knapp",
    "länk": "länk", "link": "länk",
    **kinds.KEYS,
    **readers.KEYS,
}  # fmt: skip

# Every so many months, as an editor says it.
RECURS = {
    "varje månad": 1, "månadsvis": 1, "ja": 1, "every month": 1, "monthly": 1, "yes": 1,
    "varannan månad": 2,
    "varje kvartal": 3, "kvartalsvis": 3, "var tredje månad": 3, "quarterly": 3,
    "varje halvår": 6, "halvårsvis": 6, "var sjätte månad": 6,
    "varje år": 12, "årligen": 12, "yearly": 12,
    "nej": 0, "no": 0,
}  # fmt: skip

# What a file that waits for its owner says in the place of a text. As long as nothing else stands there nobody has
# written in it; beside a text it is left out.
UNTOUCHED = "(Skriv här. Inget att berätta? Skriv: inget)"
LONGEST_ALT = 500
LONGEST_COLUMN = 40
LONGEST_BUTTON = 40  # characters; on a telephone a button has one line


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
    kind: str = ""  # of event, by its key: a letter about it is not for those who have said no to that kind
    line_of_kind: int = 0

    @property
    def is_once(self) -> bool:
        """Whether it goes into the next issue and no other: it has no month and no window, and does not recur."""
        return not (self.month or self.shown_from or self.shown_until or self.recurs)

    @property
    def anchor(self) -> str:
        """What a link to it within the issue is called: ”#eu-valet” for 2024-05/03-eu-valet.md."""
        return re.sub(r"^[0-9]+[-_ ]*|\.\w+$", "", self.path.rpartition("/")[2]).replace(" ", "-").casefold()

    @property
    def folder(self) -> str:
        """The folder it lies in, relative to content/; pictures are named from there."""
        return self.path.rpartition("/")[0]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The picture of the head and those of the text, each with its line of the file."""
        head = (self.picture,) if self.picture else ()
        found = markdown.figures_of(self.body)
        return head + tuple(
            Picture(pictures.path_beside(self.path, f.name), f.alt, f.credit, self.line_of_body + line)
            for line, f in found
        )


def month_of(path: str) -> str | None:
    """The period of the outermost folder that is named by a month, or None."""
    return next((part for part in path.split("/")[:-1] if MONTH_FOLDER.fullmatch(part)), None)


def without_hint(body: str) -> tuple[str, bool]:
    """The body with an empty line where the hint for its writer stood, and whether it did."""
    lines = body.split("\n")
    kept = ["" if _letters(line) == _letters(UNTOUCHED) else line for line in lines]
    return "\n".join(kept), kept != lines


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
    body, _ = without_hint(body)
    if not body.strip() and title and not wrong:
        remedy = "Skriv texten under huvudet, eller ordet inget." if month else "Skriv texten under huvudet."
        problems.append(Problem(named, "inslaget har ingen text.", remedy))
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
        readers=parse_readers(fields),
        recurs=_recurs(fields),
        column=_column(fields),
        picture=_picture(fields, path),
        button=_button(fields),
        kind=kinds.parse_kind(fields),
        line_of_kind=fields.line_of("slag"),
    )
    _check_window(block, fields)
    if problems:
        raise EditorError(*sorted(problems, key=lambda p: (p.line, p.what)))
    return block


def _recurs(fields: Fields) -> int:
    value = fields.bare("återkommer").casefold()
    if value and value not in RECURS:
        known = "varje månad, varannan månad, varje kvartal, varje halvår eller varje år"
        fields.wrong("återkommer", f"”återkommer” ska vara {known}.", "Skriv till exempel återkommer: varje månad.")
    return RECURS.get(value, 0)


def _column(fields: Fields) -> str:
    key = fields.bare("spalt").casefold()
    if len(key) > LONGEST_COLUMN:
        fields.wrong("spalt", f"”spalt” är {len(key)} tecken lång.", "Skriv spaltens korta namn, till exempel ks.")
    return key


def _picture(fields: Fields, path: str) -> Picture | None:
    """The picture of the head. One without alt is kept: the whole issue waits for the words, not the block."""
    written = pictures.bare_name(fields.bare("bild"))
    alt, credit = fields.line("alt", LONGEST_ALT), fields.line("foto", LONGEST_TITLE)
    if not written:
        if lonely := "alt" if alt else "foto" if credit else "":
            remedy = f"Skriv bild: och filens namn, eller ta bort raden med {lonely}."
            fields.wrong(lonely, f"”{lonely}” står där, men ingen bild.", remedy)
        return None
    if wrong := pictures.wrong_name(written):
        fields.wrong("bild", *wrong)
        return None
    named = pictures.path_beside(path, written)
    return Picture(named, pictures.described(alt), pictures.credit(credit), fields.line_of("bild"))


def _button(fields: Fields) -> Button | None:
    text, address = fields.line("knapp", LONGEST_BUTTON), markdown.bare_address(fields.bare("länk"))
    if not text and not address:
        return None
    if not text:
        fields.wrong("länk", "”länk” står där, men ingen knapp.", "Skriv vad knappen ska säga: knapp: Anmäl dig")
    elif not address:
        fields.wrong("knapp", "”knapp” står där, men ingen länk.", "Skriv vart den leder: länk: https://…")
    elif wrong := markdown.wrong_link(address):
        fields.wrong("länk", *wrong)
    return Button(text, address)


def _letters(line: str) -> str:
    """What is left however a program has quoted, indented or escaped the line."""
    return "".join(c for c in line.casefold() if c.isalpha())


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
