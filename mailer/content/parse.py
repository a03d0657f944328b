"""What the editors' folder says: blocks and events. Surveys are of no issue; `questionnaires` reads them.

Takes   the files, the association's zone, a day near which dates without a year lie.
Gives   blocks and events in the order of their paths, the standing columns that say nothing, who answers for which
        file, and all Problems at once.
Fails   never: a file with a mistake is left out and named, the rest goes on.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from mailer.content import frontmatter
from mailer.content.blocks import KEYS as BLOCK_KEYS
from mailer.content.blocks import Block, parse_block
from mailer.content.calendar import read_calendar_file
from mailer.content.columns import Closed, Silence, silence
from mailer.content.events import KEYS as EVENT_KEYS
from mailer.content.events import Event, is_event, parse_event
from mailer.content.lookalikes import AUTHORS
from mailer.content.names import is_calendar
from mailer.content.questionnaires.place import is_of_survey
from mailer.content.source import Source, where
from mailer.content.text import decode
from mailer.errors import EditorError, Problem

# Also those of an author that no file should have: who wrote ”av: Bo” is Bo, and hears of it.
_OWNER_KEYS = {**EVENT_KEYS, **BLOCK_KEYS, **dict.fromkeys(AUTHORS, "ansvarig")}
LONGEST_OWNER = 120  # characters
LOOKED_AT = 2_000  # characters of a file whose head cannot be read
# ”ansvrig: Kim”, also between other keys on one line.
_PASSING = re.compile(r"\ban?s?va?r?i?g\w*\W{0,3}[:：]\W{0,3}([^\n:]+?)(?=\s+[\wåäö]+\s*[:：]|\s*$)", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Content:
    """All that can be read."""

    blocks: tuple[Block, ...]
    events: tuple[Event, ...]
    problems: tuple[Problem, ...]
    closed: tuple[Closed, ...] = ()  # standing columns with nothing to tell
    untouched: tuple[Closed, ...] = ()  # those that nobody has written in
    owners: Mapping[str, str] = field(default_factory=dict)  # path -> ”ansvarig”, of files with mistakes too


def parse(files: Iterable[Source], near: date, zone: ZoneInfo, problems: Iterable[Problem] = ()) -> Content:
    """The content of the files. `problems`: those the folder had already."""
    files = sorted(files, key=lambda f: f.path)
    read: list[Block | Event | Silence] = []
    found = list(problems)
    for file in (f for f in files if not is_of_survey(f.path)):
        try:
            if is_calendar(file.path):
                events, wrong_ones = read_calendar_file(file, near, zone)
                read += events
                found += wrong_ones
                continue
            read.append(_read(file, near, zone))
        except EditorError as wrong:
            found += wrong.problems
    return Content(
        tuple(r for r in read if isinstance(r, Block)),
        tuple(r for r in read if isinstance(r, Event)),
        tuple(found),
        closed=tuple(r.file for r in read if isinstance(r, Silence) and r.is_closed),
        untouched=tuple(r.file for r in read if isinstance(r, Silence) and not r.is_closed),
        owners={file.path: owner for file in files if (owner := _owner(file))},
    )


def _read(file: Source, near: date, zone: ZoneInfo) -> Block | Event | Silence:
    text = decode(file.raw, where(file.path))
    if not is_event(file.path) and (silent := silence(file.path, text)):
        return silent
    if not text.strip():
        raise EditorError(empty(file.path))
    if is_event(file.path):
        return parse_event(file.path, text, file.hash, near, zone)
    return parse_block(file.path, text, file.hash, near)


def empty(path: str) -> Problem:
    """For a file that holds nothing and is no standing column."""
    return Problem(where(path), "filen är tom.", "Skriv något i den, eller ta bort den.")


def _owner(file: Source) -> str:
    """Who answers for the file, as far as it can be read."""
    try:
        text = decode(file.raw, where(file.path))
    except EditorError:
        text = file.raw.decode("utf-8", errors="replace")
    document, _ = frontmatter.split(text, "", _OWNER_KEYS)
    named = document.fields.get("ansvarig")
    found = named.value if named else _named_in_passing(text)
    return found[:LONGEST_OWNER] if "\ufffd" not in found else ""


def _named_in_passing(text: str) -> str:
    """The name in a head that is too broken to be read: who made the mistake is the one who should hear of it."""
    found = _PASSING.search(text[:LOOKED_AT])
    return found[1].strip(' *_”"') if found else ""
