"""What a letter is made of: an envelope's window, an address, the words, each member's code.

Takes   what the settings, the register and the approved plan say.
Gives   values. All lengths are millimetres, from the upper left corner.
Fails   never.
"""

from dataclasses import dataclass
from typing import Literal

from mailer.languages import Language

Paper = Literal["A4", "A5"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on paper."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Window:
    """An envelope with a window, and the sheet as it lies in it: how far the sheet can slide is the difference."""

    key: str  # e65-h2
    name: str  # to read: ”E65, fönster till höger”
    envelope_width: float
    envelope_height: float
    sheet_width: float  # folded
    sheet_height: float
    window: Box  # of the envelope's front
    paper: Paper = "A4"  # upright, folded, its first part in the window; A5 lies unfolded

    @property
    def slide(self) -> tuple[float, float]:
        """How far the sheet can move in the envelope, across and down."""
        return self.envelope_width - self.sheet_width, self.envelope_height - self.sheet_height


@dataclass(frozen=True, slots=True)
class Postal:
    """Where an envelope goes: whoever lives there, and the address (SS 61 34 01: no blank line, no country)."""

    names: tuple[str, ...]
    care_of: str
    street: str
    postcode: str  # ”186 30”
    city: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is one member's own in an envelope."""

    first_name: str
    language: Language
    code: str  # 12 letters, as surveys/codes.py makes them; printed ABCD-EFGH-JKMN
    link: str  # what the QR code says: https://…/s/CODE
    page: str  # what she types: utskick.vallentuna.example/svara


@dataclass(frozen=True, slots=True)
class Envelope:
    """One envelope: an address, and a sheet for each member who lives there."""

    number: int  # in its run, from 1; on the sheet, never in the window
    postal: Postal
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True, slots=True)
class LetterWords:
    """What the letter says in one language, as it was approved."""

    subject: str
    text: str  # Markdown; {{ förnamn }}
    signed_by: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes. `return_address` is on the envelope's outside: it names no party and no survey."""

    association: str
    return_address: str  # ”Box 12, 186 21 Vallentuna”
    responsible: str
    contact: str
    telephone: str = ""
    privacy_page: str = ""
