"""What kind of event a file is about: ”slag: torg”.

Takes   the reader of the head's fields; the kinds that the settings name.
Gives   the kind, folded to lower case; what is wrong with one that nobody has named.
Fails   never: what is wrong becomes a Problem.
"""

import difflib
from collections.abc import Sequence

from mailer.content.fields import Fields
from mailer.errors import Problem
from mailer.words import listing

# As written -> the name we use.
KEYS = {"slag": "slag", "sort": "slag", "kind": "slag"}
LONGEST = 64  # characters, the width of mailings.event_kind


def parse_kind(fields: Fields) -> str:
    """The kind, as its key is written; ”” without one. Which kinds there are is for the settings to say."""
    kind = " ".join(fields.bare("slag").casefold().split())
    if len(kind) > LONGEST:
        fields.wrong("slag", f"”slag” är {len(kind)} tecken lång.", "Skriv sortens korta namn, till exempel torg.")
    return kind


def unknown(where: str, kind: str, known: Sequence[str], line: int = 0) -> tuple[Problem, ...]:
    """The Problem with a kind that is not among the known."""
    if not kind or kind in known:
        return ()
    near = difflib.get_close_matches(kind, known, 1)
    said = f"Menade du ”{near[0]}”? De som finns är {listing(known)}." if near else ""
    some = f"Skriv {listing(known, 'eller')}, eller ta bort raden." if known else "Ta bort raden."
    what = f"slaget ”{kind}” finns inte bland föreningens sorter av evenemang."
    return (Problem(where, what, said or f"{some} Sorterna står under [[kinds]] i inställningarna.", line),)
