"""A mould: a rendering encoded once and cut at its slots, so that a recipient costs a few byte joins.

Takes   a Rendering; then, per recipient, the values of its slots.
Gives   the body of the message: multipart/alternative, quoted-printable, CRLF, no line over 76 bytes.
Fails   BrokenPromise on a slot without a value.

What is signed is what is sent: a line never begins with a dot (it is written =2E), so that no relay stuffs or
unstuffs anything, nor with ”From ” (RFC 4155 readers). RFC 2045 section 6.7.
"""

import html
from dataclasses import dataclass

from mailer.errors import BrokenPromise
from mailer.render.rendering import Rendering
from mailer.slots import Slot, split

LONGEST_LINE = 76  # RFC 2045 section 6.7 rule 5, the soft break's ”=” included
SOFT_BREAK = b"=\r\n"
_PLAIN = frozenset(range(33, 127)) - {ord("=")}


@dataclass(frozen=True, slots=True)
class Gap:
    """A slot in the encoded body; in HTML its value is escaped."""

    slot: Slot
    is_html: bool


@dataclass(frozen=True, slots=True)
class Mould:
    """A body with gaps. `content_type` goes into the header section."""

    pieces: tuple[bytes | Gap, ...]
    content_type: str
    size: int  # bytes, without what fills the gaps

    def fill(self, values: dict[str, str]) -> bytes:
        """The body for one recipient. An empty value takes the slot's fallback."""
        return b"".join(p if isinstance(p, bytes) else _value(p, values) for p in self.pieces)


def cut(rendering: Rendering) -> Mould:
    """The mould of a rendering."""
    boundary = f"=_{rendering.hash[:32]}"
    pieces: list[bytes | Gap] = []
    for kind, text, is_html in (("plain", rendering.text, False), ("html", rendering.html, True)):
        pieces.append(
            f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
        )
        pieces += _encoded(text, is_html)
        pieces.append(b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    joined = _join(pieces)
    size = sum(len(p) for p in joined if isinstance(p, bytes))
    return Mould(joined, f'multipart/alternative; boundary="{boundary}"', size)


def quoted_printable(text: str) -> bytes:
    """UTF-8 as quoted-printable. Line ends become CRLF; the last line gets none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"\r\n".join(_line(line.encode()) for line in lines)


def _encoded(text: str, is_html: bool) -> list[bytes | Gap]:
    return [Gap(p, is_html) if isinstance(p, Slot) else quoted_printable(p) for p in split(text)]


def _join(pieces: list[bytes | Gap]) -> tuple[bytes | Gap, ...]:
    """Neighbouring bytes in one piece, and a soft break around each gap: a value has a line of its own."""
    joined: list[bytes | Gap] = []
    for piece in pieces:
        if isinstance(piece, Gap):
            joined += [SOFT_BREAK, piece, SOFT_BREAK]
        else:
            joined.append(piece)
    merged: list[bytes | Gap] = []
    for piece in joined:
        if isinstance(piece, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)


def _value(gap: Gap, values: dict[str, str]) -> bytes:
    try:
        value = values[gap.slot.name] or gap.slot.fallback
    except KeyError:
        raise BrokenPromise(f"luckan {gap.slot.name} har inget värde") from None
    return quoted_printable(html.escape(value) if gap.is_html else value)


def _line(raw: bytes) -> bytes:
    """One line of text, encoded and broken softly."""
    units = [bytes((b,)) if b in _PLAIN or b in b" \t" else b"=%02X" % b for b in raw]
    if units and units[-1] in (b" ", b"\t"):
        units[-1] = b"=%02X" % raw[-1]  # white space at the end of a line is lost on the way
    out: list[bytes] = []
    parts: list[bytes] = []
    length = 0
    for n, unit in enumerate(units):
        if length + len(unit) > LONGEST_LINE - 1:
            parts.append(b"".join(out))
            out, length = [], 0
        if length == 0:
            unit = _at_line_start(unit, units[n : n + 5])
        out.append(unit)
        length += len(unit)
    parts.append(b"".join(out))
    return SOFT_BREAK.join(parts)


def _at_line_start(unit: bytes, following: list[bytes]) -> bytes:
    if unit == b"." or b"".join(following).startswith(b"From "):
        return b"=%02X" % unit[0]
    return unit
