"""A rendering as one reader would get it, for those who approve it.

Takes   a Rendering with open slots.
Gives   the same with sample values, and room for a note above it.
Fails   BrokenPromise when the HTML has no body.
"""

import html
import re

from mailer.errors import BrokenPromise
from mailer.render.rendering import Rendering
from mailer.slots import MARKER

_BODY = re.compile(r"<body\b[^>]*>")


def sample(rendering: Rendering, association: str) -> Rendering:
    """The rendering with a made-up reader's values in its slots."""
    values = {
        "first_name": "Kim",
        "last_name": "Exempelsson",
        "why": f"du är medlem i {association}",
        "origin": "medlemsregistret",
        "leave_code": "exempelkod",
        "leave_page": "https://utskick.example/sluta/exempelkod",
        "survey_page": "https://utskick.example/enkat/exempelkod",
        "survey_code": "ACEF-HJKM-NPRT",
    }

    def value(found: re.Match[str]) -> str:
        return values.get(found[1]) or found[2] or found[1]

    return Rendering(
        rendering.edition,
        MARKER.sub(value, rendering.subject),
        MARKER.sub(lambda found: html.escape(value(found)), rendering.html),
        MARKER.sub(value, rendering.text),
        rendering.parts,
    )


def insert_note(document: str, note: str) -> str:
    """The document with `note` (HTML) first in its body."""
    found = _BODY.search(document)
    if not found:
        raise BrokenPromise("renderingen har ingen <body>")
    return document[: found.end()] + note + document[found.end() :]
