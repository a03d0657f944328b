"""The slots: gaps in a rendering that a recipient's value fills. A closed list.

Takes   a slot's name and, where the editor gave one, a fallback.
Gives   the marker that stands for it in a rendering, and a way to find the markers again.
Fails   never; `content` refuses other names before they get here.

A marker is private-use characters around the name, so that nothing an editor can type, and nothing Markdown, MJML or
Jinja does, can make, break or evaluate one: the folder refuses private-use characters.
"""

import re
from dataclasses import dataclass

OPEN, BAR, CLOSE = "\ue000", "\ue001", "\ue002"
MARKER = re.compile(f"{OPEN}([a-z_]+)(?:{BAR}([^{OPEN}{CLOSE}]*))?{CLOSE}")


@dataclass(frozen=True, slots=True)
class Slot:
    """One gap. `fallback` stands where the recipient has no value."""

    name: str
    fallback: str = ""

    @property
    def marker(self) -> str:
        return f"{OPEN}{self.name}{BAR}{self.fallback}{CLOSE}"


# What editors may write, in Swedish, and what it is in a recipient. ``{{ förnamn }}`` or ``{{ förnamn | vän }}``.
EDITORS_FIELDS = {"förnamn": Slot("first_name", "vän"), "efternamn": Slot("last_name", "")}
# What the templates use as well: why this recipient gets the mailing, and how to stop it.
TEMPLATE_SLOTS = {
    "why": Slot("why"),  # ”du är medlem i …”, of the recipient's list
    "origin": Slot("origin"),  # from which register
    "leave_code": Slot("leave_code"),  # the code in ”Sluta få V Aktuellt”
    "leave_page": Slot("leave_page"),  # the address of the page with that button; a mailto: while the home has none
    "survey_page": Slot("survey_page"),  # where she answers: the address with her token
    "survey_code": Slot("survey_code"),  # the code she types when she answers on another device
}


def split(text: str) -> list[str | Slot]:
    """The text cut at its markers: literal pieces and slots, in order."""
    pieces: list[str | Slot] = []
    end = 0
    for found in MARKER.finditer(text):
        if found.start() > end:
            pieces.append(text[end : found.start()])
        pieces.append(Slot(found[1], found[2] or ""))
        end = found.end()
    if end < len(text):
        pieces.append(text[end:])
    return pieces
