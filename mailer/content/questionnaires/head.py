"""The head of a survey's file: its name, its days, whom it is for and who reads the answers.

Takes   the document's head.
Gives   a Head; what is wrong is noted.
Fails   never: what cannot be read has its default, and is named.
"""

import re
from dataclasses import dataclass
from datetime import date

from mailer.content.fields import Fields
from mailer.content.frontmatter import Document
from mailer.content.questionnaires.found import Found, short
from mailer.content.questionnaires.model import Words
from mailer.content.questionnaires.wording import slug

# As written -> the name we use. Swedish, with English beside it.
KEYS = {
    "rubrik": "rubrik", "titel": "rubrik", "title": "rubrik",
    "öppnar": "öppnar", "opens": "öppnar",
    "stänger": "stänger", "closes": "stänger",
    "avstämningsdag": "avstämningsdag", "freeze": "avstämningsdag", "freeze date": "avstämningsdag",
    "mål": "mål", "goal": "mål",
    "lista": "lista", "list": "lista",
    "hemförening": "hemförening", "home branch": "hemförening",
    "läser svaren": "läser svaren", "readers": "läser svaren", "who reads": "läser svaren",
    "minuter": "minuter", "minutes": "minuter",
    "fråga i mejlet": "fråga i mejlet", "question in the mail": "fråga i mejlet",
    "korstabeller": "korstabeller", "korstabell": "korstabeller", "cross-tables": "korstabeller",
    "ansvarig": "ansvarig", "owner": "ansvarig",
    "följs upp om": "följs upp om", "followed up if": "följs upp om",
    "följs upp av": "följs upp av", "followed up by": "följs upp av",
}  # fmt: skip
REQUIRED = ("rubrik", "öppnar", "stänger", "avstämningsdag", "läser svaren", "minuter")
_SHAPES = {
    "rubrik": "Medlemsenkät 2024 | Member survey 2024", "öppnar": "2024-02-13", "stänger": "2024-06-30",
    "avstämningsdag": "2024-02-01", "läser svaren": "Anna Ek och Bo Dal", "minuter": "4",
}  # fmt: skip
DEFAULT_LIST, DEFAULT_GOAL = "medlemmar", 50
LONGEST_TITLE, LONGEST_READERS, LONGEST_NAME = 120, 200, 60  # characters
MOST_MINUTES = 60
MOST_CROSSTABS = 10
_YEAR = re.compile(r"\d{4}")
_BY = re.compile(r"\s+(?:[x×*]|mot|by)\s+", re.I)


@dataclass(frozen=True, slots=True)
class Head:
    """The head's values. `in_mail`, `crosstabs`: as written; whether there are such questions is asked later."""

    title: Words
    opens: date
    closes: date
    freeze: date
    goal: int
    list_key: str
    home_branch: str
    readers: Words
    minutes: int
    in_mail: str
    crosstabs: tuple[tuple[str, str], ...]
    lines: dict[str, int]  # of each value that is there


def read_head(document: Document, found: Found) -> Head:
    """The head, read."""
    fields = Fields(document, found.where, date(2000, 1, 1), found.errors)
    lines = {key: field.line for key, field in document.fields.items()}
    for key in REQUIRED:
        if not fields.text(key) and document.fields and not _is_meant(key, found):
            found.wrong(lines.get(key, 0), f"”{key}” saknas i huvudet.", f"Skriv till exempel {key}: {_SHAPES[key]}")
    opens, closes, freeze = (_day(fields, key, found) for key in ("öppnar", "stänger", "avstämningsdag"))
    if opens and closes and closes < opens:
        found.wrong(lines["stänger"], "enkäten stänger innan den öppnar.", f"Den öppnar {opens}. Rätta en av dagarna.")
    if opens and freeze and freeze > opens:
        remedy = f"Medlemmarna den dagen är de som ska svara. Välj en dag senast {opens}."
        found.wrong(lines["avstämningsdag"], "avstämningsdagen ligger efter att enkäten har öppnat.", remedy)
    nowhere = date(2000, 1, 1)
    return Head(
        found.words(lines.get("rubrik", 0), fields.text("rubrik"), "”rubrik”", LONGEST_TITLE),
        opens or nowhere,
        closes or nowhere,
        freeze or nowhere,
        _within(fields, "mål", DEFAULT_GOAL, 1, 100, found),
        fields.bare("lista").casefold() or DEFAULT_LIST,
        fields.line("hemförening", LONGEST_NAME),
        found.words(lines.get("läser svaren", 0), fields.text("läser svaren"), "”läser svaren”", LONGEST_READERS),
        _within(fields, "minuter", 1, 1, MOST_MINUTES, found),
        slug(fields.bare("fråga i mejlet")),
        _crosstabs(fields, found),
        lines,
    )


def _is_meant(key: str, found: Found) -> bool:
    """Whether it is there after all, misspelt, and has been named as such."""
    return any(f"”{key}”" in problem.remedy for problem in found.errors)


def _day(fields: Fields, key: str, found: Found) -> date | None:
    """The day, with its year: an approved survey is read again when another year has come."""
    before = len(found.errors)
    day = fields.day(key)
    if day and len(found.errors) == before and not _YEAR.search(fields.text(key)):
        found.wrong(fields.line_of(key), f"”{key}” saknar år.", "Skriv dagen som 2024-02-13.")
        return None
    return day


def _within(fields: Fields, key: str, default: int, least: int, most: int, found: Found) -> int:
    """A whole number within bounds; a ”%” or ”minuter” after it is no harm."""
    value = re.sub(r"\s*(?:%|procent|minuter|min|minutes)\.?$", "", fields.bare(key), flags=re.I)
    if not value:
        return default
    if value.isascii() and value.isdigit() and len(value) <= 4 and least <= int(value) <= most:
        return int(value)
    example = f"Skriv till exempel {key}: {default if default > 1 else 4}"
    found.wrong(fields.line_of(key), f"”{key}” ska vara ett heltal mellan {least} och {most}.", example)
    return default


def _crosstabs(fields: Fields, found: Found) -> tuple[tuple[str, str], ...]:
    """”viktigast × nöjd, viktigast × område” as pairs."""
    pairs = []
    for part in re.split(r"[,;]", fields.bare("korstabeller")):
        if not part.strip():
            continue
        sides = [slug(side) for side in _BY.split(part.strip())]
        if len(sides) != 2 or not all(sides):
            what = f"korstabellen ”{short(part)}” ska vara två frågor."
            found.wrong(fields.line_of("korstabeller"), what, "Skriv till exempel korstabeller: viktigast × nöjd")
            continue
        pairs.append((sides[0], sides[1]))
    if len(pairs) > MOST_CROSSTABS:
        remedy = f"Ju fler tabeller, desto lättare att räkna ut vem som svarade vad. Ha högst {MOST_CROSSTABS}."
        found.wrong(fields.line_of("korstabeller"), f"här står {len(pairs)} korstabeller.", remedy)
    return tuple(dict.fromkeys(pairs))
