"""Which column of a file is which field, and what to write in the list's file when nothing says it.

Takes   a Sheet's header and first records, and the List.
Gives   the field of each column that is read; a List whose [columns] a person has added to for one import.
Fails   EditorError: nothing says whom a row is about, two columns claim one field, or a rule of the list has none.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from mailer.errors import EditorError, Problem
from mailer.register.checks import nearest
from mailer.register.definition import List
from mailer.register.fields import ALIASES, FIELDS, SWEDISH, normal_header, why_refused
from mailer.register.missing import missing_columns, remedy
from mailer.register.records import Record, Sheet, printable
from mailer.words import listing

SHOWN = 40  # headers in a refusal
# Words in a header that nearly always mean one field. Only for the proposal that a person reads before pasting it.
_TELLING = (
    ("medlemsn", "number"), ("medl.n", "number"), ("medlnr", "number"), ("member n", "number"),
    ("förnamn", "first_name"), ("first", "first_name"), ("tilltal", "first_name"),
    ("efternamn", "last_name"), ("last", "last_name"), ("surname", "last_name"),
    ("mail", "address"), ("mejl", "address"), ("e-post", "address"), ("epost", "address"),
    ("mobil", "phone"), ("telefon", "phone"), ("tel", "phone"), ("phone", "phone"),
    ("c/o", "care_of"), ("gata", "street"), ("gatu", "street"), ("street", "street"),
    ("postn", "postcode"), ("zip", "postcode"), ("postcode", "postcode"),
    ("postort", "city"), ("ort", "city"), ("stad", "city"), ("city", "city"),
    ("språk", "language"), ("language", "language"),
    ("inträd", "joined_on"), ("medlem sedan", "joined_on"), ("joined", "joined_on"),
    ("hemförening", "home_branch"), ("förening", "home_branch"), ("branch", "home_branch"),
    ("status", "status"), ("född", "born_year"), ("födelse", "born_year"), ("birth", "born_year"),
    ("adress", "street"), ("namn", "first_name"), ("name", "first_name"), ("nr", "number"), ("id", "source_id"),
)  # fmt: skip


def with_map(chosen: List, pairs: Sequence[str]) -> List:
    """The List as ”Kolumn=fält” pairs change it, for one import. A mapped field is read from that column alone."""
    columns = dict(chosen.columns)
    problems = []
    for pair in pairs:
        header, equals, field = (part.strip() for part in pair.rpartition("="))
        if not equals or not header:
            problems.append(Problem("--map", f"”{printable(pair)}” är inget par.", 'Skriv --map "Kolumn=fält".'))
        elif field not in FIELDS:
            what = f"kolumnen ”{printable(header)}” kan inte bli ”{printable(field)}”."
            problems.append(Problem("--map", what, nearest(field, FIELDS)))
        elif why := why_refused(header):
            problems.append(Problem("--map", f"kolumnen ”{printable(header)}” får inte läsas in: {why}."))
        else:
            columns = {h: f for h, f in columns.items() if f != field and normal_header(h) != normal_header(header)}
            columns[header] = field
    if problems:
        raise EditorError(*problems)
    return replace(chosen, columns=MappingProxyType(columns))


def columns_of_sheet(where: str, sheet: Sheet, chosen: List, by_address: bool = False) -> dict[int, str]:
    """Which column is which field: the list's own words first, then Zetkin's for the fields the list reads.

    `by_address`: an address alone says whom a row is about.
    """
    own = {normal_header(h): field for h, field in chosen.columns.items()}
    wanted = set(own.values())
    found: dict[int, str] = {}
    for names in (own, {h: f for h, f in ALIASES.items() if f in wanted}):
        earlier = set(found.values())
        for n, title in enumerate(sheet.header):
            field = names.get(normal_header(title))
            if field is None or n in found or field in earlier or why_refused(title):
                continue
            if field in found.values():
                what = f"två kolumner skulle bli {SWEDISH[field]}: ”{printable(title)}” och en till."
                remedy_ = "Ta bort den ena ur filen eller ur listans [columns]."
                raise EditorError(Problem(where, what, remedy_, sheet.line))
            found[n] = field
    fields = set(found.values())
    named = by_address or fields & {"first_name", "last_name"}
    if not fields & {"number", "source_id"} and not ("address" in fields and named):
        raise EditorError(_nobody(where, sheet, found, chosen))
    if lacking := [name for name in chosen.counting if name not in fields]:
        raise EditorError(*(_uncounted(where, sheet, name, chosen) for name in lacking))
    return found


def not_read(header: Sequence[str], columns: Mapping[int, str]) -> tuple[str, ...]:
    """The headers that no field is read from."""
    return tuple(printable(h) for n, h in enumerate(header) if n not in columns and h.strip())


def refuse_unknown(where: str, sheet: Sheet, mapped: Sequence[str]) -> None:
    """EditorError when --map names a column that the file does not have: a slip there would read nothing."""
    known = {normal_header(h) for h in sheet.header}
    names = [pair.rpartition("=")[0].strip() for pair in mapped]
    gone = [name for name in names if normal_header(name) not in known]
    shown = [printable(h) for h in sheet.header if h.strip()]
    if gone:
        what = "filen har ingen kolumn ”{}”."
        raise EditorError(*(Problem(where, what.format(printable(n)), nearest(n, shown), sheet.line) for n in gone))


def _nobody(where: str, sheet: Sheet, found: Mapping[int, str], chosen: List) -> Problem:
    """Nothing says whom a row is about: what the file has, and what to paste."""
    what = "ingen kolumn säger vem raderna gäller: det behövs nummer, eller namn och e-post."
    expected = listing([f"”{h}”" for h in chosen.columns]) or "inga kolumner alls"
    reads = f"Listan {chosen.name} läser {expected}."
    if below := _header_below(sheet, chosen):
        return Problem(where, what, f"{reads} Rubrikerna ser ut att stå på rad {below}: ta bort raderna ovanför.", 1)
    if any("@" in h or sum(c.isdigit() for c in h) > 3 for h in sheet.header):  # then they are somebody's
        return Problem(where, what, f"{reads} Filens första rad ser inte ut som rubriker: skriv dit dem.", sheet.line)
    unread = not_read(sheet.header, found)
    near = [m for m in missing_columns(unread, set(found.values()), chosen) if _guess(m.near, chosen) == m.field]
    hint = f" {remedy(near[0], chosen)}" if near else ""
    shown = listing([f"”{printable(h)}”" for h in sheet.header if h.strip()][:SHOWN])
    return Problem(where, what, f"{reads}{hint} Filen har {shown}.\n{_proposal(sheet.header, chosen)}", sheet.line)


def _uncounted(where: str, sheet: Sheet, field: str, chosen: List) -> Problem:
    """The list counts by a column that the file does not have."""
    values = listing([f"”{v}”" for v in chosen.counting[field]], "eller")
    headers = listing([f"”{h}”" for h, name in chosen.columns.items() if name == field], "eller")
    what = f"listan räknar bara dem med {SWEDISH[field]} {values}, men filen har ingen kolumn {headers}."
    remedy_ = f"Exportera registret med den, eller ta bort regeln ur lists/{chosen.key}.toml."
    return Problem(where, what, remedy_, sheet.line)


def _header_below(sheet: Sheet, chosen: List) -> int:
    """The line of a row further down that has the headers; 0 when none has. A file may begin with a title."""
    names = {normal_header(h) for h in chosen.columns} | ALIASES.keys()
    first: list[Record] = []
    for record in sheet.records:
        first.append(record)
        if len(first) == 10:
            break
    return next((r.line for r in first if sum(normal_header(cell) in names for cell in r.cells) > 1), 0)


def _proposal(header: Sequence[str], chosen: List) -> str:
    """[columns] as it may be pasted, with the best guess for each header of the file."""
    guessed: dict[str, str] = {}
    lines, left = [], []
    for title in (printable(h) for h in header if h.strip()):
        field = "" if why_refused(title) else _guess(title, chosen)
        if field and field not in guessed:
            guessed[field] = title
            lines.append(f"    {json.dumps(title, ensure_ascii=False)} = {json.dumps(field)}")
        else:
            left.append(f"”{title}”")
    if not lines:
        return f"Skriv under [columns] i lists/{chosen.key}.toml vad kolumnerna är."
    rest = f"\n    # läses inte in: {listing(left)}" if left else ""
    head = f"    Ett förslag; rätta det och sätt det i stället för [columns] i lists/{chosen.key}.toml:"
    once = f'    Bara den här gången: --map "{next(iter(guessed.values()))}={next(iter(guessed))}", och så vidare.'
    return "\n".join([head, "    [columns]", *lines]) + rest + f"\n{once}"


def _guess(title: str, chosen: List) -> str:
    """The field that a header probably means: one it is spelt like, or one that a word in it tells of."""
    normal = normal_header(title).replace("_", " ")
    names = {**ALIASES, **{normal_header(h): f for h, f in chosen.columns.items()}}
    if near := difflib.get_close_matches(normal, names, 1, 0.85):
        return names[near[0]]
    return next((field for word, field in _TELLING if word in normal), "")
