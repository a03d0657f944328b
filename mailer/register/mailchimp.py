"""What Mailchimp exports: those who subscribe, those who have said no, and the addresses that do not work.

Takes   the files: the ZIP, or the three CSV files out of it; and the List they are for.
Gives   an Export: the people who subscribe, less those who stand in a stricter file, and those to stop; a Plan of it.
Fails   EditorError: a file is none of the three, two are of one kind, or the ZIP may not be opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from mailer.errors import EditorError, Problem
from mailer.register.archive import open_zip, read_member
from mailer.register.definition import List
from mailer.register.fields import normal_header
from mailer.register.records import printable
from mailer.register.rows import People, Progress, Row, read_rows
from mailer.register.sheet import read_sheet
from mailer.register.workbook import ZIP
from mailer.words import listing

KINDS = ("cleaned", "unsubscribed", "subscribed")  # the strictest first
SWEDISH_KINDS = {
    "cleaned": "adresser som studsar (cleaned)",
    "unsubscribed": "de som har tackat nej (unsubscribed)",
    "subscribed": "prenumeranterna (subscribed)",
}
LARGEST_MEMBER = 128 * 1024 * 1024  # bytes of one CSV file in the ZIP

# All that is read. Ratings, IP numbers, positions, time zones, tags and notes are not: nobody needs them for a letter.
_COLUMNS = {
    "Email Address": "address",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Phone Number": "phone",
}
_TRAITS = frozenset(("member_rating", "optin_time", "confirm_time", "leid", "euid"))  # any of them: it is Mailchimp's
_KIND_HEADERS = {"cleaned": ("clean_time",), "unsubscribed": ("unsub_time", "unsub_reason")}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the three files, recognised. `where` is its name, `by` what told which it is."""

    where: str
    kind: str
    raw: bytes
    by: str


@dataclass(frozen=True, slots=True)
class Export:
    """The three files, read. A person stands in one of them alone: the strictest."""

    parts: tuple[Part, ...]
    subscribed: People
    unsubscribed: tuple[Row, ...]
    cleaned: tuple[Row, ...]
    stricter: int  # who stood among the subscribers too, but in a stricter file
    problems: tuple[Problem, ...]  # of the two stricter files; those of the subscribers are theirs

    @property
    def lacking(self) -> tuple[str, ...]:
        """The kinds that no file was given for."""
        return tuple(kind for kind in KINDS if kind not in {part.kind for part in self.parts})


def read_parts(files: Sequence[tuple[str, bytes]]) -> tuple[Part, ...]:
    """The files recognised, by headers and name; those in a ZIP by their own names, which are never used as paths."""
    parts = [_part(name, raw) for where, content in files for name, raw in _unpacked(where, content)]
    problems = []
    for kind in KINDS:
        same = [part.where for part in parts if part.kind == kind]
        if len(same) > 1:
            what = f"{listing(same)} är alla {SWEDISH_KINDS[kind]}."
            problems.append(Problem(same[0], what, "Läs in en målgrupp (audience) i taget."))
    if not parts:
        where = files[0][0] if files else "Mailchimp"
        problems.append(Problem(where, "zip-arkivet har ingen CSV-fil.", "Exportera målgruppen ur Mailchimp igen."))
    if problems:
        raise EditorError(*problems)
    return tuple(sorted(parts, key=lambda part: KINDS.index(part.kind)))


def read_export(parts: Sequence[Part], chosen: List, progress: Progress | None = None) -> Export:
    """The people of the parts, each once, in the strictest of the files that name them."""
    as_theirs = replace(
        chosen,
        columns=MappingProxyType({**_COLUMNS, **_own(chosen)}),
        member_status=(),
        home_branch=(),
    )
    read = {part.kind: read_rows(part.where, part.raw, as_theirs, (), progress, True) for part in parts}
    cleaned = _with_address(read.get("cleaned"))
    unsubscribed = _with_address(read.get("unsubscribed"))
    strict = {row.address.normal for row in (*cleaned, *unsubscribed) if row.address}
    all_ = read.get("subscribed", People((), ()))
    kept = tuple(row for row in all_.rows if not (row.address and row.address.normal in strict))
    problems = tuple(p for kind in ("cleaned", "unsubscribed") if kind in read for p in read[kind].problems)
    subscribed = replace(all_, rows=kept)
    return Export(tuple(parts), subscribed, unsubscribed, cleaned, len(all_.rows) - len(kept), problems)


def _own(chosen: List) -> dict[str, str]:
    """The list's own headers for what Mailchimp may hold: an audience may have been set up in Swedish."""
    return {header: name for header, name in chosen.columns.items() if name in _COLUMNS.values()}


def _with_address(people: People | None) -> tuple[Row, ...]:
    """Those with an address, each address once."""
    found: dict[str, Row] = {}
    for row in people.rows if people else ():
        if row.address:
            found.setdefault(row.address.normal, row)
    return tuple(found.values())


def _unpacked(where: str, raw: bytes) -> list[tuple[str, bytes]]:
    """The file, or the CSV files of the ZIP that it is. Folders, hidden files and everything else are passed over."""
    if not raw.startswith((ZIP, b"PK\5\6")):
        return [(where, raw)]
    with open_zip(where, raw) as bundle:
        names = [one.filename for one in bundle.infolist() if not one.is_dir()]
        chosen = [name for name in dict.fromkeys(names) if _last(name).lower().endswith(".csv")]
        return [
            (printable(_last(name)), read_member(f"{where}: {printable(_last(name))}", bundle, name, LARGEST_MEMBER))
            for name in chosen
            if not _last(name).startswith(".") and not name.startswith("__MACOSX")
        ]


def _last(name: str) -> str:
    """What stands after the last slash of either kind."""
    return name.replace("\\", "/").rpartition("/")[2]


def _part(where: str, raw: bytes) -> Part:
    """Which of the three a file is. Its headers decide; its name decides where they do not, and may not contradict."""
    headers = {normal_header(header).replace(" ", "_") for header in read_sheet(where, raw).header}
    named = next((kind for kind in ("unsubscribed", "cleaned", "subscribed") if kind in where.casefold()), "")
    by_header = next((kind for kind, marks in _KIND_HEADERS.items() if headers & set(marks)), "")
    if not named and not by_header and not headers & _TRAITS:
        what = "filen ser inte ut som någon av Mailchimps tre (subscribed, unsubscribed, cleaned)."
        raise EditorError(Problem(where, what, "Läs in andra filer med --add. Byt inte namn på Mailchimps filer."))
    if named and by_header and named != by_header:
        what = f"filen heter som {SWEDISH_KINDS[named]} men har kolumner som {SWEDISH_KINDS[by_header]}."
        raise EditorError(Problem(where, what, "Ge filen det namn som Mailchimp gav den, eller exportera igen."))
    kind = by_header or named or "subscribed"
    return Part(where, kind, raw, "rubrikerna" if by_header or not named else "namnet")
