"""What a telephone can show: long words in headings and in the cells of tables get places where they may be broken.

Takes   a heading; HTML as `content.markdown` makes it.
Gives   the same with soft hyphens and break opportunities in long words; the rest untouched.
Fails   never.

In running text every mail program breaks a word that does not fit. In a heading it does so anywhere, without a hyphen;
a table grows instead, and the whole mail with it: at 320 pixels one reads it sideways. Hyphens that only show when they
are needed cost nothing where there is room.
"""

import re

from mailer.slots import CLOSE, OPEN

NARROWEST = 272  # CSS pixels: a telephone of 320 less the padding of the text
LETTER = 8.5  # CSS pixels, of the 16 px that cells have on a telephone
PADDING = 10  # of a cell
LONGEST_IN_HEADING = 18  # letters of 27 px that a telephone has room for

SOFT_HYPHEN = "\u00ad"
MAY_BREAK = "<wbr />"
_TABLE = re.compile(r"<table\b.*?</table>", re.S)
_PICTURE = re.compile(r'(<img [^<>]*\bwidth="(\d+)") height="\d+"([^<>]*\bstyle="[^"]*)max-width:100%')
_ROW = re.compile(r"<tr>.*?</tr>", re.S)
_CELL = re.compile(r"<t[hd]\b")
# A tag, a slot's marker and a character reference are passed over whole.
_PIECE = re.compile(rf"<[^>]*>|{OPEN}[^{CLOSE}]*{CLOSE}|&#?\w+;|[^\s<&{OPEN}]+")
_WHOLE = f"<{OPEN}&"  # what such a piece begins with
# Swedish divides before the last consonant ahead of a vowel: ”ren-gö-rings-da-gar” is not perfect, but readable.
_SYLLABLE = re.compile(r"(?<=[a-zåäöéü]{3})(?=[bcdfghjklmnpqrstvwxz][aeiouyåäöé][a-zåäöéü])", re.I)
_JOINT = re.compile(r"(?<=[@./_-])(?=[^@./_-])")


def narrow(html: str) -> str:
    """The HTML with words in its tables that may be broken, and pictures that give way.

    A picture that the reader's program does not show would keep its width and height: a mail one reads sideways, with
    a hole in it.
    """
    html = _TABLE.sub(lambda table: _table(table[0]), html)
    return _PICTURE.sub(r"\1\3width:100%;max-width:\2px", html)


def soften_heading(text: str) -> str:
    """The plain text with soft hyphens in the words that no telephone has room for."""
    return re.sub(rf"\w{{{LONGEST_IN_HEADING + 1},}}", lambda word: _SYLLABLE.sub(SOFT_HYPHEN, word[0]), text)


def _table(table: str) -> str:
    columns = max((len(_CELL.findall(row)) for row in _ROW.findall(table)), default=1)
    longest = max(4, int((NARROWEST / max(columns, 1) - PADDING) / LETTER))
    return _PIECE.sub(lambda piece: _word(piece[0], longest), table)


def _word(piece: str, longest: int) -> str:
    if piece[0] in _WHOLE or len(piece) <= longest:
        return piece
    if "@" in piece or "/" in piece or piece.count(".") > 1:  # an address: a hyphen would be read as part of it
        return MAY_BREAK.join(_cut(part, longest) for part in _JOINT.split(piece))
    return _SYLLABLE.sub(SOFT_HYPHEN, piece)


def _cut(part: str, longest: int) -> str:
    return MAY_BREAK.join(part[n : n + longest] for n in range(0, len(part), longest))
