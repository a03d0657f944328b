"""A small strict writer of header sections.

Takes   names and values: plain text, or addresses with a name.
Gives   the header section as bytes, folded, ending in an empty line.
Fails   BrokenPromise when a value could make a header of its own.

Values are checked twice: no control character goes in, and the written section is read back and must hold exactly the
fields that were set. Encoded words (RFC 2047) only where a person reads: never in List-Unsubscribe and its kin.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header

from mailer.address import Address
from mailer.errors import BrokenPromise

LONGEST_LINE = 998  # RFC 5322 section 2.1.1: must; 78 is only preferred
_FIELD = re.compile(rb"[!-9;-~]+:")
# Control characters, the two separators of lines and paragraphs, and halves of characters: Cc, Zl, Zp, Cs of Unicode.
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field, its value already encoded."""

    name: str
    value: str


def text(name: str, value: str) -> Field:
    """An unstructured field: a subject."""
    return Field(name, _words(name, clean(value)))


def mailbox(name: str, phrase: str, address: Address) -> Field:
    """`Namn <adress>`; the phrase may be empty."""
    phrase = clean(phrase).strip()
    if not phrase:
        return Field(name, address.ascii)
    return Field(name, f"{_phrase(name, phrase)} <{address.ascii}>")


def structured(name: str, value: str) -> Field:
    """A field whose value is ours and ASCII: ids, dates, URLs. Never an encoded word."""
    if not value.isascii():
        raise BrokenPromise(f"fältet {name} måste vara ascii")
    return Field(name, clean(value))


def list_id(name: str, label: str, identifier: str) -> Field:
    """RFC 2919: a phrase and a dotted id."""
    if not re.fullmatch(r"[a-z0-9.-]+", identifier):
        raise BrokenPromise(f"{name}: ”{identifier}” är inget list-id")
    return Field(name, f"{_phrase(name, clean(label))} <{identifier}>")


def clean(value: str) -> str:
    """The value, if it holds nothing that ends a line or is invisible on purpose."""
    if found := _BREAKING.search(value):
        raise BrokenPromise(f"styrtecknet U+{ord(found[0]):04X} i ett mejlhuvud")
    return value


def section(fields: Sequence[Field]) -> bytes:
    """The header section with its empty line."""
    raw = b"".join(f"{f.name}: {f.value}\r\n".encode("ascii") for f in fields) + b"\r\n"
    _check(raw, fields)
    return raw


def _check(raw: bytes, fields: Sequence[Field]) -> None:
    """Read back what was written: the same fields, in order, and no line that is neither a field nor a fold."""
    names = []
    for line in raw[:-4].split(b"\r\n"):
        if len(line) > LONGEST_LINE or b"\r" in line or b"\n" in line or not line.strip():
            raise BrokenPromise("en rad i brevhuvudet är för lång, tom eller bruten")
        if line[:1] in (b" ", b"\t"):
            continue
        if not (found := _FIELD.match(line)):
            raise BrokenPromise("en rad i brevhuvudet är inget fält")
        names.append(found[0][:-1].decode())
    if names != [f.name for f in fields]:
        raise BrokenPromise("brevhuvudet har fått ett fält som ingen har satt")


def _words(name: str, value: str) -> str:
    """The value as it is when it is short ASCII, else as encoded words, folded."""
    plain = value.isascii() and "=?" not in value and len(name) + len(value) < 76
    return value if plain else Header(value, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")


def _phrase(name: str, value: str) -> str:
    """A display name: atoms, a quoted string, or encoded words. RFC 5322 section 3.2.5."""
    if not value.isascii() or "=?" in value or len(value) > 50:
        return Header(value, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")
    if _ATOMS.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
