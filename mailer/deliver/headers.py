"""A small strict writer of header sections.

Takes   fields in order: names, and values of plain text, addresses with a name, or pieces with places left open.
Gives   a Form, made once; and of it, for each message, the section as bytes: folded, ending in an empty line.
Fails   BrokenPromise when a value could make a header of its own.

Values are checked twice: no control character goes in, not even as an encoded word would be shown, and each section
that was written must hold exactly the fields that were set. Encoded words (RFC 2047) only where a person reads: never
in List-Unsubscribe and its kin.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mailer.deliver.encoded_words import LINE, encoded, layers
from mailer.errors import BrokenPromise

LONGEST_LINE = 998  # RFC 5322 section 2.1.1: must; 78 is only preferred
LONGEST_PHRASE = 50  # characters that are not folded
# Control characters, the two separators of lines and paragraphs, and halves of characters: Cc, Zl, Zp, Cs of Unicode.
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ATOMS = re.compile(f"{_ATOM}(?: {_ATOM})*")
# As `address` gives it: no quotes, no brackets, no spaces.
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Open:
    """A place in a field that each message fills."""

    key: str


@dataclass(frozen=True, slots=True)
class Field:
    """One header field, its value already encoded."""

    name: str
    value: str | tuple[str | Open, ...]

    @property
    def pieces(self) -> tuple[str | Open, ...]:
        return (self.value,) if isinstance(self.value, str) else self.value


@dataclass(frozen=True, slots=True)
class Form:
    """A header section with places left open. May be filled by several threads at once."""

    template: str  # for the % operator
    whole: re.Pattern[bytes]

    @classmethod
    def of(cls, fields: Sequence[Field]) -> "Form":
        written = "".join(f"{f.name}: {''.join(map(_piece, f.pieces))}\r\n" for f in fields)
        return cls(written + "\r\n", _pattern(tuple(f.name for f in fields)))

    def filled(self, values: Mapping[str, str]) -> bytes:
        """The section with its empty line; read once more before it is given out."""
        try:
            raw = (self.template % values).encode("ascii")
        except UnicodeEncodeError:
            raise BrokenPromise("ett fält i mejlhuvudet är inte ascii") from None
        if not self.whole.fullmatch(raw):
            raise BrokenPromise("mejlhuvudet har en trasig rad eller ett fält som ingen har satt")
        return raw


def text(name: str, value: str) -> Field:
    """An unstructured field: a subject."""
    return Field(name, words(name, value))


def words(name: str, value: str) -> str:
    """The value of such a field: as it is when it is short ASCII, else as encoded words."""
    clean(value)
    plain = value.isascii() and "=?" not in value and len(name) + len(value) < LINE and value == value.strip()
    return value if plain or not value else encoded(value, len(name) + 2)


def mailbox(name: str, phrase: str, address: str) -> Field:
    """A field with one address."""
    return Field(name, named(name, phrase, address))


def named(name: str, phrase: str, address: str) -> str:
    """The value of such a field: `Namn <adress>`; the phrase may be empty."""
    if not _ADDRESS.fullmatch(address):
        raise BrokenPromise(f"fältet {name} har en adress som ingen adress är")
    written = _phrase(name, phrase)
    return _bracketed(name, written, address) if written else address


def structured(name: str, *pieces: str | Open) -> Field:
    """A field whose value is ours and ASCII: ids, dates, URLs. Never an encoded word."""
    for piece in pieces:
        if isinstance(piece, str) and not clean(piece).isascii():
            raise BrokenPromise(f"fältet {name} måste vara ascii")
    return Field(name, pieces)


def list_id(name: str, label: str, identifier: str) -> Field:
    """RFC 2919: a phrase and a dotted id."""
    if not re.fullmatch(r"[a-z0-9.-]+", identifier):
        raise BrokenPromise(f"{name}: ”{identifier}” är inget list-id")
    return Field(name, _bracketed(name, _phrase(name, label), identifier))


def clean(value: str) -> str:
    """The value, if it holds nothing that ends a line or is invisible on purpose, however often it is decoded."""
    for said in layers(value):
        if found := _BREAKING.search(said):
            raise BrokenPromise(f"styrtecknet U+{ord(found[0]):04X} i ett mejlhuvud")
    return value


def section(fields: Sequence[Field]) -> bytes:
    """The header section of fields without open places, with its empty line."""
    return Form.of(fields).filled({})


def _piece(piece: str | Open) -> str:
    return f"%({piece.key})s" if isinstance(piece, Open) else piece.replace("%", "%%")


@lru_cache(maxsize=64)
def _pattern(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """A section of exactly these fields, in order; no line too long, empty or with anything but printable ASCII in it.

    It never goes back over what it has read: one pass, however the section is broken."""
    fold = rf"(?:\r\n[ \t](?=[ \t]*+[!-~])[ -~\t]{{1,{LONGEST_LINE - 1}}}+)*+\r\n"
    fields = (rf"{re.escape(name)}: [ -~\t]{{0,{LONGEST_LINE - len(name) - 2}}}+{fold}" for name in names)
    return re.compile(("".join(fields) + r"\r\n").encode("ascii"))


def _bracketed(name: str, phrase: str, inside: str) -> str:
    """`phrase <inside>`, on a line of its own where it has no room: RFC 2047 section 2 counts all of a line."""
    if not phrase:
        return f"<{inside}>"
    before = len(phrase) - phrase.rfind("\n") - 1 if "\n" in phrase else len(name) + 2 + len(phrase)
    return f"{phrase} <{inside}>" if before + len(inside) + 3 <= LINE else f"{phrase}\r\n <{inside}>"


def _phrase(name: str, value: str) -> str:
    """A display name: atoms, a quoted string or encoded words. RFC 5322 section 3.2.5; spaces between words are one."""
    value = " ".join(filter(None, value.split(" ")))
    if len(value) <= LONGEST_PHRASE and "=?" not in value and (not value or _ATOMS.fullmatch(value)):
        return value
    clean(value)
    if not value.isascii() or "=?" in value or len(value) > LONGEST_PHRASE:
        return encoded(value, len(name) + 2)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
