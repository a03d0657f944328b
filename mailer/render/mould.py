"""A mould: a rendering encoded once and cut at its slots, so that a recipient costs what fills them and no more.

Takes   a Rendering; then, per recipient, the values of its slots.
Gives   the body of the message: text and HTML with its pictures, and attachments; CRLF, no line over 76 bytes.
Fails   BrokenPromise on a slot without a value, or a picture without its file.

What is signed is what is sent: a line never begins with a dot (it is written =2E), so that no relay stuffs or
unstuffs anything, nor with ”From ” (RFC 4155 readers). RFC 2045 section 6.7.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailer.errors import BrokenPromise
from mailer.render.parts import base64, content_id, content_type, fields
from mailer.render.rendering import Part, Rendering, check_parts, with_sources
from mailer.slots import Slot, split

LONGEST_LINE = 76  # RFC 2045 section 6.7 rule 5, the soft break's ”=” included
SOFT_BREAK = b"=\r\n"
_CHANGED = (b".", b"From ")  # what relays and mailboxes change at the beginning of a line
# What cannot stand for itself; and white space at the end of a line, which is lost on the way.
_ODD = re.compile(rb"[^\t\n -<>-~]+|[\t ](?![^\n])")
# What can, in the text and in the HTML, on a line of its own.
_PLAIN = re.compile(r"(?!\.|From )[!#-%(-;?-~ ]{0,74}[!#-%(-;?-~]").fullmatch


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

    # Each slot with its places in the text and in the HTML, counted from one, since a piece comes before: a value is
    # encoded once however often it stands.
    _places: tuple[tuple[Slot, tuple[int, ...], tuple[int, ...]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        gaps = [(n, piece) for n, piece in enumerate(self.pieces) if isinstance(piece, Gap)]
        places = tuple(
            (
                slot,
                tuple(n + 1 for n, gap in gaps if gap.slot == slot and not gap.is_html),
                tuple(n + 1 for n, gap in gaps if gap.slot == slot and gap.is_html),
            )
            for slot in dict.fromkeys(gap.slot for _, gap in gaps)
        )
        object.__setattr__(self, "_places", places)

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The body for one recipient. An empty value takes the slot's fallback."""
        return b"".join(self.pieces_for(values))

    def pieces_for(self, values: Mapping[str, str], before: bytes = b"") -> Sequence[bytes]:
        """`before`, and the body for one recipient in pieces. What is the same for all is neither encoded nor copied
        again.
        """
        whole: list[Any] = [before, *self.pieces]
        for slot, in_text, in_html in self._places:
            text, page = _value(slot, values)
            for n in in_text:
                whole[n] = text
            for n in in_html:
                whole[n] = page
        return whole

    def given(self, values: Mapping[str, str]) -> "Mould":
        """The mould with these slots filled for good: what is the same for all who get it through one list."""
        pieces = tuple(
            _value(p.slot, values)[p.is_html] if isinstance(p, Gap) and p.slot.name in values else p
            for p in self.pieces
        )
        return _mould(pieces, self.content_type)


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
    return _mould(_apart(whole.pieces), whole.content_type)


def html_size(rendering: Rendering) -> int:
    """Bytes of the HTML as it is sent, without what fills its gaps and without its pictures."""
    return sum(len(p) for p in _apart(_encoded(_page(rendering), True)) if isinstance(p, bytes))


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
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise BrokenPromise("ett halvt tecken i ett mejl") from None
    whole = _ODD.sub(_escaped, raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return b"\r\n".join([_broken(line) for line in whole.split(b"\n")])


def _encoded(text: str, is_html: bool) -> list[bytes | Gap]:
    return [Gap(p, is_html) if isinstance(p, Slot) else quoted_printable(p) for p in split(text)]


def _apart(pieces: Iterable[bytes | Gap]) -> Iterator[bytes | Gap]:
    """A soft break around each gap: a value has a line of its own."""
    for piece in pieces:
        yield from (SOFT_BREAK, piece, SOFT_BREAK) if isinstance(piece, Gap) else (piece,)


def _mould(pieces: Iterable[bytes | Gap], content_type: str) -> Mould:
    """Of neighbouring bytes one piece is made."""
    merged: list[bytes | Gap] = []
    for piece in pieces:
        if isinstance(piece, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += piece
        else:
            merged.append(piece)
    return Mould(tuple(merged), content_type, sum(len(p) for p in merged if isinstance(p, bytes)))


def _value(slot: Slot, values: Mapping[str, str]) -> tuple[bytes, bytes]:
    """What stands in the slot, encoded for the text and for the HTML."""
    try:
        value = values[slot.name] or slot.fallback
    except KeyError:
        raise BrokenPromise(f"luckan {slot.name} har inget värde") from None
    if _PLAIN(value):
        raw = value.encode("ascii")
        return raw, raw
    escaped = html.escape(value)
    raw = quoted_printable(value)
    return raw, raw if escaped == value else quoted_printable(escaped)


def _escaped(odd: re.Match[bytes]) -> bytes:
    return b"=" + odd[0].hex("=").upper().encode("ascii")


def _broken(line: bytes) -> bytes:
    """One encoded line, broken softly where it is too long: never within =XX. No piece begins as relays change it."""
    if len(line) < LONGEST_LINE and not line.startswith(_CHANGED):
        return line
    pieces: list[bytes] = []
    start = 0
    while True:
        head = b""
        if line.startswith(_CHANGED, start):
            head, start = b"=%02X" % line[start], start + 1
        end = start + LONGEST_LINE - 1 - len(head)
        if end >= len(line):
            return SOFT_BREAK.join([*pieces, head + line[start:]])
        if line[end - 1 : end] == b"=":
            end -= 1
        elif line[end - 2 : end - 1] == b"=":
            end -= 2
        pieces.append(head + line[start:end])
        start = end
