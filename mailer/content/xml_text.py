"""The characters of an XML file that came over the web, however it says they are encoded.

Takes   the bytes, and the Content-Type they came with.
Gives   the same file as UTF-8, without a declaration of another encoding.
Fails   never: what cannot be read in the encoding it claims is read in the likeliest of ours.

Only encodings that homepages use: Python knows others that unpack, or that take a minute to read a megabyte.
"""

import codecs
import re

_KNOWN = re.compile(r"utf-?8|us-ascii|ascii|utf-?16(-?[lb]e)?|iso-?8859-?\d{1,2}|latin-?1|windows-125\d|cp125\d", re.I)
_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
]
_HEADER = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.I)
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")
_DECLARED = re.compile(rb"""\s*<\?xml\b[^>]{0,150}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")


def as_utf8(raw: bytes, content_type: str = "") -> bytes:
    """The file in UTF-8. The mark at its beginning tells, else the header (RFC 7303 section 3.2), else the file."""
    for encoding in [*_claimed(raw, content_type), "utf-8"]:
        try:
            return _undeclared(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _undeclared(raw.decode("cp1252", "replace"))


def _claimed(raw: bytes, content_type: str) -> list[str]:
    """What may be its encoding, the likeliest first."""
    if marked := [encoding for mark, encoding in _MARKS if raw.startswith(mark)]:
        return marked[:1]
    header, declared = _HEADER.search(content_type), _DECLARED.match(raw)
    claims = [header[1]] if header else []
    claims += [declared[1].decode("ascii", "replace")] if declared else []
    # What claims to be Latin-1 is what Windows wrote (the Encoding Standard reads it so too).
    names = ["cp1252" if re.fullmatch(r"iso-?8859-?1|latin-?1|(us-)?ascii", c, re.I) else c for c in claims]
    return [name for name in names if _KNOWN.fullmatch(name) and _exists(name)]


def _exists(name: str) -> bool:
    try:
        return bool(codecs.lookup(name))
    except LookupError:
        return False


def _undeclared(text: str) -> bytes:
    text = text.removeprefix("\ufeff")
    declaration = _DECLARATION.match(text)
    return text[declaration.end() if declaration else 0 :].encode("utf-8", "replace")
