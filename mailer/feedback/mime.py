"""A mail taken apart, whatever state it is in: its fields, its texts, and what it carries.

Takes   bytes.
Gives   a Mail: decoded fields and parts in their order, those of an enclosed mail marked as such.
Fails   never: what is torn, too deep or too much is read as far as it goes.

The standard library's parser with its old policy: the new one takes ten times as long for each mail. Before it sees the
bytes they are cut where a hostile mail would cost minutes or hundreds of megabytes.
"""

import binascii
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from typing import Final

# What decides lies in the beginning; what is cut away is pictures, or the original, which we know.
MOST_BYTES = 1_000_000
MOST_NESTED = (
    60  # mentions of a multipart or an enclosed mail: each may be a level, each level costs the parser two calls
)
MOST_LINES_OF_DASHES = 3_000  # each may begin a part
MOST_LINES = 60_000  # 76 characters a line make 13,000 of the bytes above
MOST_PARTS = 200
MOST_TEXT = 200_000  # characters of one part
MOST_FIELD = 4_000  # characters of one field
MOST_CONTENT = 2_000  # bytes of a Content-Type and its kin
# What the standard library raises on torn mails, seen by mutating real ones.
TORN: Final = (
    ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MessageError, binascii.Error,
)  # fmt: skip

_NESTED = re.compile(rb"(?i)(?:multipart|message)/[a-z]")
_LINE = re.compile(rb"\r\n|\r|\n")
_DASHES = re.compile(rb"(?:[\r\n]|^)--")
_CONTENT = re.compile(rb"(?i)(?:^|[\r\n])content-[a-z-]{1,40}[ \t]{0,9}:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*")
_CHARSETS = re.compile(r"(?i)(iso-?8859|windows|cp|utf|us-?ascii|koi8|gb|big5|euc|shift|sjis|latin|mac)[a-z0-9_:.-]*")
_LATIN = re.compile(r"(?i)(iso-?8859-?1|latin-?1|(us-?)?ascii|)")
# Records, not mails: their fields are what they say.
RECORDS = frozenset(
    "message/delivery-status message/global-delivery-status message/feedback-report "
    "message/disposition-notification message/global-disposition-notification".split()
)
_ENCLOSED = frozenset("message/rfc822 message/global text/rfc822-headers message/global-headers".split())


@dataclass(frozen=True, slots=True)
class Fields:
    """A header section or a record: names in lower case, values decoded, on one line."""

    pairs: tuple[tuple[str, str], ...] = ()

    def first(self, name: str) -> str:
        """The first value of the field, or ””."""
        return next((value for n, value in self.pairs if n == name), "")

    def all(self, *names: str) -> list[str]:
        """The values of these fields, in the order of the names."""
        return [value for name in names for n, value in self.pairs if n == name]

    def has(self, name: str) -> bool:
        return any(n == name for n, _ in self.pairs)


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf. `text`: of a text or a record, decoded. `enclosed`: it belongs to a mail that this mail carries."""

    type: str
    fields: Fields
    text: str = ""
    filename: str = ""
    enclosed: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """`originals`: the header sections of the mails it carries. `message`: as the library has it."""

    fields: Fields
    type: str
    report_type: str
    parts: tuple[Part, ...]
    originals: tuple[Fields, ...]
    message: Message

    def texts(self, kind: str = "text/plain") -> list[str]:
        """The texts of its own, not those of a mail it carries or of a file."""
        return [p.text for p in self.parts if p.type == kind and not p.enclosed and not p.filename]

    def carries(self, *types: str) -> bool:
        return self.type in types or any(p.type in types and not p.enclosed for p in self.parts)


def take_apart(raw: bytes) -> Mail:
    """The mail in the bytes."""
    message = _parsed(_cut(raw))
    parts: list[Part] = []
    originals: list[Fields] = []
    _walk(message, parts, originals, enclosed=False)
    return Mail(
        fields_of(message),
        _type(message),
        _param(message, "report-type").lower(),
        tuple(parts),
        tuple(originals),
        message,
    )


def records(text: str) -> list[Fields]:
    """The blocks of `Name: value` in a text. RFC 3464 section 2.1; folded lines are joined."""
    found: list[Fields] = []
    pairs: list[tuple[str, str]] = []
    for line in [*text.splitlines(), ""]:
        if line[:1] in (" ", "\t") and line.strip() and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}"[:MOST_FIELD])
        elif match := re.match(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]{0,9}:[ \t]{0,99}(.*)", line):
            pairs.append((match[1].lower(), match[2].strip()[:MOST_FIELD]))
        elif pairs and not line.strip():
            found.append(Fields(tuple(pairs)))
            pairs = []
    return found


def fields_of(message: Message) -> Fields:
    """The header section, decoded."""
    return Fields(tuple((name.lower(), _decoded(str(value))) for name, value in list(message.raw_items())[:2_000]))


def decode(raw: bytes, charset: str) -> str:
    """The text. UTF-8 if it can be, else as it says, and when it says nothing or Latin-1: what Windows means by that.

    ISO-8859-1 in a mail is cp1252 in fact; guessing among more reads Swedish as Hungarian.
    """
    charset = charset.lower().replace("unicode-1-1-utf-7", "utf-7")
    if charset != "utf-7" and b"\x1b" not in raw:  # all UTF-7 and ISO-2022 is UTF-8 as well
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
    try:
        text = raw.decode(_known(charset), "replace")
    except (ValueError, LookupError):
        text = raw.decode("cp1252", "replace")
    if text.count("\ufffd") * 2 > sum(not c.isascii() for c in text):  # it says UTF-8 and is not
        text = raw.decode("cp1252", "replace")
    return text.encode("utf-8", "replace").decode("utf-8")


def _known(charset: str) -> str:
    """The charset when it is one of text. Python also knows ”zip”, and ”punycode”, which takes minutes."""
    return charset if not _LATIN.fullmatch(charset) and _CHARSETS.fullmatch(charset) else "cp1252"


def _cut(raw: bytes) -> bytes:
    raw = raw[:MOST_BYTES]
    for pattern, most in ((_LINE, MOST_LINES), (_NESTED, MOST_NESTED), (_DASHES, MOST_LINES_OF_DASHES)):
        for number, found in enumerate(pattern.finditer(raw)):
            if number == most:
                raw = raw[: found.start()]
                break
    # The library's reading of parameters takes the square of their number, while it parses too.
    return _CONTENT.sub(lambda found: found[0][:MOST_CONTENT], raw)


def _parsed(raw: bytes) -> Message:
    try:
        return message_from_bytes(raw)
    except TORN:
        return message_from_bytes(b"\n" + raw)  # all of it a text without fields


def _type(message: Message) -> str:
    """The type, also where the semicolon after it was forgotten."""
    return (message.get_content_type().split() or ["text/plain"])[0]


def _walk(message: Message, parts: list[Part], originals: list[Fields], enclosed: bool) -> None:
    if len(parts) >= MOST_PARTS:
        return
    kind = _type(message)
    inner = message.get_payload()
    if kind in RECORDS or kind in _ENCLOSED:
        _enclosed(kind, message, parts, originals, enclosed)
    elif isinstance(inner, list):
        for one in inner:
            if isinstance(one, Message):
                _walk(one, parts, originals, enclosed)
    else:
        is_text = kind.startswith("text/") or kind.startswith("multipart/")  # the latter has lost its boundary
        text = _text(message)[:MOST_TEXT] if is_text else ""
        name = "" if kind.startswith("multipart/") else _filename(message)
        parts.append(
            Part("text/plain" if kind.startswith("multipart/") else kind, fields_of(message), text, name, enclosed)
        )


def _enclosed(kind: str, message: Message, parts: list[Part], originals: list[Fields], enclosed: bool) -> None:
    """A record, or a mail within the mail: as a message, or as text (its header section, or coded in base64)."""
    inner = message.get_payload()
    whole = [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []
    if kind in RECORDS:
        parts.append(Part(kind, fields_of(message), _record_text(message, whole)[:MOST_TEXT], "", enclosed))
        return
    if whole and not whole[0].keys():
        whole = [_parsed(_uncoded(message, whole[0]))]
    if not whole:
        whole = [_parsed(_text(message).encode("utf-8", "replace"))]
    for one in whole:
        originals.append(fields_of(one))
        parts.append(Part(kind, fields_of(one), "", "", enclosed))
        _walk(one, parts, originals, enclosed=True)


def _record_text(message: Message, blocks: list[Message]) -> str:
    """The blocks of a record as text again."""
    if not blocks:
        return _text(message)
    coded = len(blocks) == 1 or not any(block.keys() for block in blocks)
    if coded and not blocks[0].keys():
        return decode(_uncoded(message, blocks[0]), "")
    pieces = []
    for block in blocks:
        said = [f"{name}: {_decoded(str(value))}" for name, value in block.raw_items()]
        loose = block.get_payload()
        pieces.append("\n".join([*said, loose] if isinstance(loose, str) and loose.strip() else said))
    return "\n\n".join(pieces)


def _uncoded(message: Message, inner: Message) -> bytes:
    """What is in an enclosed mail or record that was sent in base64 or quoted-printable, against RFC 2046."""
    loose = inner.get_payload()
    outer = Message()
    outer["Content-Transfer-Encoding"] = str(message.get("Content-Transfer-Encoding", "7bit"))
    outer.set_payload(loose if isinstance(loose, str) else "")
    return _payload(outer)


def _text(message: Message) -> str:
    return decode(_payload(message), _param(message, "charset"))


def _payload(message: Message) -> bytes:
    try:
        found = message.get_payload(decode=True)
    except TORN:
        found = None
    if isinstance(found, bytes):
        return found
    loose = message.get_payload()
    return loose.encode("utf-8", "surrogateescape") if isinstance(loose, str) else b""


def _param(message: Message, name: str) -> str:
    try:
        found = message.get_param(name)
    except TORN:
        return ""
    return str(found[2] if isinstance(found, tuple) else found or "").strip().strip("\"'")


def _filename(message: Message) -> str:
    try:
        found = message.get_filename()
    except TORN:
        return "?"
    return _decoded(str(found))[:200] if found else ""


def _decoded(value: str) -> str:
    """One line, its encoded words read. RFC 2047."""
    value = value[:MOST_FIELD]
    raw = value.encode("utf-8", "surrogateescape")
    value = " ".join(decode(raw, "").split())
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except TORN:
        return value
    read = "".join(p if isinstance(p, str) else decode(p, c or "") for p, c in pieces)
    return " ".join(read.split())
