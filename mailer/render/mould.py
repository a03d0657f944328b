"""A mould: a rendering encoded once and cut at its slots, so that a recipient costs a few byte joins.

Takes   a Rendering; then, per recipient, the values of its slots.
Gives   the body of the message: text and HTML with its pictures, and attachments; CRLF, no line over 76 bytes.
Fails   BrokenPromise on a slot without a value, or a picture without its file.

What is signed is what is sent: a line never begins with a dot (it is written =2E), so that no relay stuffs or
unstuffs anything, nor with ”From ” (RFC 4155 readers). RFC 2045 section 6.7.
"""

import html
from dataclasses import dataclass
from functools import lru_cache

from mailer.errors import BrokenPromise
from mailer.render.parts import base64, content_id, content_type, fields
from mailer.render.rendering import Part, Rendering, check_parts, with_sources
from mailer.slots import Slot, split

LONGEST_LINE = 76  # RFC 2045 section 6.7 rule 5, the soft break's ”=” included
SOFT_BREAK = b"=\r\n"
_SHARED = ("why", "origin")  # slots that hold the same for a whole list
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

    def fill(self, values: dict[str, str], before: bytes = b"") -> bytes:
        """The body for one recipient, after `before`. An empty value takes the slot's fallback.

        What is the same for all is copied, never encoded again.
        """
        return b"".join((before, *(p if isinstance(p, bytes) else _value(p, values) for p in self.pieces)))


@dataclass(frozen=True, slots=True)
class _Entity:
    """A part of a message, and the lines of its header section beside Content-Type."""

    content_type: str
    pieces: list[bytes | Gap]
    fields: str = ""


def cut(rendering: Rendering) -> Mould:
    """The mould of a rendering."""
    check_parts(rendering)
    tag = rendering.hash[:32]
    pictures = [_file(part, tag) for part in rendering.parts if part.is_inline]
    attachments = [_file(part, tag) for part in rendering.parts if not part.is_inline]
    page = _text("html", _page(rendering), True)
    if pictures:
        page = _multipart("related", f"=_r{tag}", [page, *pictures], '; type="text/html"')
    whole = _multipart("alternative", f"=_{tag}", [_text("plain", rendering.text, False), page])
    if attachments:
        whole = _multipart("mixed", f"=_m{tag}", [whole, *attachments])
    joined = _join(whole.pieces)
    return Mould(joined, whole.content_type, sum(len(p) for p in joined if isinstance(p, bytes)))


def html_size(rendering: Rendering) -> int:
    """Bytes of the HTML as it is sent, without what fills its gaps and without its pictures."""
    return sum(len(p) for p in _join(_encoded(_page(rendering), True)) if isinstance(p, bytes))


def _page(rendering: Rendering) -> str:
    """The HTML, with the pictures under the ids they have in the message."""
    return with_sources(rendering.html, lambda name: f"cid:{content_id(name, rendering.hash)}")


def _text(kind: str, text: str, is_html: bool) -> _Entity:
    fields = "Content-Transfer-Encoding: quoted-printable\r\n"
    return _Entity(f"text/{kind}; charset=utf-8", _encoded(text, is_html), fields)


def _file(part: Part, tag: str) -> _Entity:
    return _Entity(content_type(part), [base64(part.raw)], fields(part, tag))


def _multipart(kind: str, boundary: str, entities: list[_Entity], more: str = "") -> _Entity:
    """RFC 2046 section 5.1. Neither encoding writes ”=_”, so no line of a part is a boundary; none begins another."""
    pieces: list[bytes | Gap] = []
    for entity in entities:
        folded = entity.content_type
        if folded.startswith("multipart/"):
            folded = folded.replace("; ", ";\r\n ")
        pieces.append(f"--{boundary}\r\nContent-Type: {folded}\r\n{entity.fields}\r\n".encode("ascii"))
        pieces += [*entity.pieces, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return _Entity(f'multipart/{kind}; boundary="{boundary}"{more}', pieces)


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
    return _said_again(value, gap.is_html) if gap.slot.name in _SHARED else _filled(value, gap.is_html)


def _filled(value: str, is_html: bool) -> bytes:
    return quoted_printable(html.escape(value) if is_html else value)


_said_again = lru_cache(maxsize=1024)(_filled)


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
