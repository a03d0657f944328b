"""What the editors' folder says: blocks and events.

Takes   the files, the association's zone, a day near which dates without a year lie.
Gives   blocks and events in the order of their paths, and all Problems at once.
Fails   never: a file with a mistake is left out and named, the rest goes on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from mailer.content.blocks import Block, parse_block
from mailer.content.events import Event, is_event, parse_event
from mailer.content.source import Source, where
from mailer.content.text import decode
from mailer.errors import EditorError, Problem


@dataclass(frozen=True, slots=True)
class Content:
    """All that can be read."""

    blocks: tuple[Block, ...]
    events: tuple[Event, ...]
    problems: tuple[Problem, ...]


def parse(files: Iterable[Source], near: date, zone: ZoneInfo, problems: Iterable[Problem] = ()) -> Content:
    """The content of the files. `problems`: those the folder had already."""
    blocks: list[Block] = []
    events: list[Event] = []
    found = list(problems)
    for file in sorted(files, key=lambda f: f.path):
        try:
            text = decode(file.raw, where(file.path))
            if not text.strip():
                raise EditorError(Problem(where(file.path), "filen är tom.", "Skriv något i den, eller ta bort den."))
            if is_event(file.path):
                events.append(parse_event(file.path, text, file.hash, near, zone))
            else:
                blocks.append(parse_block(file.path, text, file.hash, near))
        except EditorError as wrong:
            found += wrong.problems
    return Content(tuple(blocks), tuple(events), tuple(found))
