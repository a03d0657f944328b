"""Encoded words: how a header field says what ASCII cannot. RFC 2047.

Takes   a text, and how far along its line it begins.
Gives   one or more words, folded: none over 75 characters, no line over 76, no character cut in two. And the other way:
        what a program would show of a text that looks like such words.
Fails   BrokenPromise on half a character.

The shorter of Q and B is taken for the whole text. Q leaves only what section 5 (3) allows in a phrase, so that the
same words serve a name and a subject.
"""

import re
from binascii import a2b_base64, a2b_qp, b2a_base64, b2a_qp
from collections.abc import Iterator

from mailer.errors import BrokenPromise

LINE = 76  # section 2: of a line that holds an encoded word
_CHROME = len("=?utf-8?q??=")
_ROOM = LINE - 1 - _CHROME  # on a line that begins with the space of a fold
_WORD = re.compile(r"=\?([^?]*)\?([bBqQ])\?([^?]*)\?=")  # section 2, with more allowed than it allows
_ODD = re.compile(rb"[^-!*+/0-9A-Za-z ]+")
_AS_Q = re.compile(rb"[-!*+/0-9A-Za-z_=]*+")
_CONTINUED = (b"=8", b"=9", b"=A", b"=B")  # an octet that continues a character of UTF-8: 0x80 to 0xBF
_AGAIN = 4  # so many words within words are looked through


def encoded(text: str, begins_at: int) -> str:
    """The text as encoded words. `begins_at`: how many characters the line holds already; fewer than 52."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise BrokenPromise("ett halvt tecken i ett mejlhuvud") from None
    quoted = b2a_qp(raw, header=True)
    if not _AS_Q.fullmatch(quoted):  # it leaves signs that a phrase may not hold, or has line ends of its own
        quoted = _ODD.sub(_escaped, raw).replace(b" ", b"_")
    first = min(LINE - begins_at - _CHROME, _ROOM)
    if (len(raw) + 2) // 3 * 4 < len(quoted):
        return _folded("b", [b2a_base64(piece, newline=False) for piece in _octets(raw, first)])
    return _folded("q", _quoted(quoted, first))


def layers(text: str) -> Iterator[str]:
    """The text; then, while words stand in it that a lenient program would decode, what it would show."""
    yield text
    for _ in range(_AGAIN):
        if "=?" not in text or (read := _WORD.sub(_shown, text)) == text:
            return
        yield (text := read)


def _escaped(odd: re.Match[bytes]) -> bytes:
    return b"=" + odd[0].hex("=").upper().encode("ascii")


def _quoted(quoted: bytes, room: int) -> list[bytes]:
    """Q cut in pieces: neither within =XX nor before an octet that continues a character."""
    pieces, start = [], 0
    while len(quoted) - start > room:
        end = start + room
        if quoted[end - 1 : end] == b"=":
            end -= 1
        elif quoted[end - 2 : end - 1] == b"=":
            end -= 2
        while quoted.startswith(_CONTINUED, end):
            end -= 3
        pieces.append(quoted[start:end])
        start, room = end, _ROOM
    return [*pieces, quoted[start:]]


def _octets(raw: bytes, room: int) -> list[bytes]:
    """UTF-8 cut in pieces whose base64 has room, each of whole characters."""
    pieces, start = [], 0
    while len(raw) - start > (fits := room // 4 * 3):
        end = start + fits
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end])
        start, room = end, _ROOM
    return [*pieces, raw[start:]]


def _folded(way: str, pieces: list[bytes]) -> str:
    return "\r\n ".join([f"=?utf-8?{way}?{piece.decode('ascii')}?=" for piece in pieces])


def _shown(word: re.Match[str]) -> str:
    """What one word says; itself when it says nothing."""
    charset, way, written = word[1].partition("*")[0], word[2], word[3].encode("utf-8", "replace")
    try:
        raw = a2b_qp(written, header=True) if way in "qQ" else a2b_base64(written + b"===")
        return raw.decode(charset or "ascii", "replace")
    except LookupError:
        return raw.decode("latin-1")
    except ValueError:
        return word[0]
