"""From the bytes of a file to text that the rest may trust.

Takes   bytes, and the file's name for Problems.
Gives   NFC text with LF line ends and without a BOM, control or private-use characters.
Fails   EditorError naming the line, when the bytes are no text that we can be sure of.
"""

import codecs
import re
import unicodedata

from mailer.errors import EditorError, Problem

# What Windows writes beside ASCII in Swedish texts. A byte that reads as anything else is a sign of another encoding.
_SWEDISH_CP1252 = frozenset("åäöÅÄÖéÉèÈêüÜáàâçñøæØÆ”“„’‘‚–—…•·€§°½¼²³®©«»´ ¶×")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")  # the last five: pasted from word processors
# Control characters could split headers, private-use ones are our own markers (`slots`), and those that turn the
# direction of writing can show a reader something else than what is there. ZWJ and soft hyphen are fine.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"
                        "\u200e\u200f\u202a-\u202e\u2060-\u206f\ufff9-\uffff\ufeff]")  # fmt: skip
# A second byte order mark, and spaces without a width: they say nothing, break addresses, and nobody finds them.
_NOTHING = re.compile("[\u200b\u2060\ufeff]")
_SAVE_AS = "Öppna filen, välj Spara som och kodningen UTF-8."


def decode(raw: bytes, where: str) -> str:
    """The text: UTF-8, UTF-16 with a BOM, or Windows Swedish when nothing speaks against it."""
    text = _NOTHING.sub("", _LINE_ENDS.sub("\n", _characters(raw, where)))
    if bad := _FORBIDDEN.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        what = f"här finns ett osynligt eller okänt tecken (U+{ord(bad[0]):04X})."
        raise EditorError(Problem(where, what, "Ta bort det: radera raden och skriv den på nytt.", line))
    return unicodedata.normalize("NFC", text)


def replace_forbidden(text: str) -> str:
    """The text with a mark in the place of each such character: for words that come from elsewhere."""
    return _FORBIDDEN.sub("\ufffd", text)


def has_forbidden(text: str) -> bool:
    """Whether there is a character that no text of an editor may have."""
    return _FORBIDDEN.search(text) is not None


def _characters(raw: bytes, where: str) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError as why:
            raise EditorError(Problem(where, "filen är skadad: den börjar som UTF-16.", _SAVE_AS)) from why
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        return _windows(raw, where, raw.count(b"\n", 0, why.start) + 1)


def _windows(raw: bytes, where: str, line: int) -> str:
    """Old Windows editors write cp1252. Guessing among more than that goes wrong too often."""
    text = raw.decode("cp1252", errors="replace")
    if all(ord(c) < 128 or c in _SWEDISH_CP1252 for c in text):
        return text
    raise EditorError(
        Problem(where, "filen är inte sparad som UTF-8, så å, ä och ö går inte att läsa.", _SAVE_AS, line)
    )
