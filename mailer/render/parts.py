"""A part on the wire: a picture or an attachment, in base64, with its header section.

Takes   a Part, and the tag of the rendering it belongs to.
Gives   its header fields and its bytes: ASCII, CRLF, no line over 76 bytes.
Fails   never; `rendering.check_parts` has looked at the names.
"""

import binascii
from urllib.parse import quote

from mailer.render.rendering import Part

LINE = 57  # bytes: 76 characters of base64. RFC 2045 section 6.8
CHUNK = 50  # characters of a file's name on one line
# A calendar that is published asks for no answer. RFC 5546 section 3.2.1
_PARAMETERS = {"text/calendar": "; charset=utf-8; method=PUBLISH", "text/plain": "; charset=utf-8"}


def content_id(name: str, tag: str) -> str:
    """What the HTML calls a picture after ”cid:”, and its Content-ID in brackets. RFC 2392 section 2."""
    return f"{name}@{tag[:16]}"


def content_type(part: Part) -> str:
    """The value of its Content-Type."""
    return part.kind + _PARAMETERS.get(part.kind, "")


def fields(part: Part, tag: str) -> str:
    """The other fields of its header section, each ending its line. RFC 2183."""
    own = f"Content-ID: <{content_id(part.name, tag)}>\r\n" if part.is_inline else ""
    place = "inline" if part.is_inline else "attachment"
    named = "".join(f";\r\n {parameter}" for parameter in _file_name(part.name))
    return f"Content-Transfer-Encoding: base64\r\n{own}Content-Disposition: {place}{named}\r\n"


def base64(raw: bytes) -> bytes:
    """The bytes in base64, without a line end last. Such a line begins neither with a dot nor with ”From ”."""
    lines = (binascii.b2a_base64(raw[n : n + LINE], newline=False) for n in range(0, len(raw), LINE))
    return b"\r\n".join(lines)


def _file_name(name: str) -> list[str]:
    """The parameter, or several where it is long: RFC 2231 sections 3 and 4."""
    if name.isascii() and len(name) <= CHUNK:
        return [f'filename="{name}"']
    chunks = ["utf-8''"]
    for unit in (quote(character, safe="") for character in name):
        if len(chunks[-1]) + len(unit) > CHUNK:
            chunks.append("")
        chunks[-1] += unit
    if len(chunks) == 1:
        return [f"filename*={chunks[0]}"]
    return [f"filename*{n}*={chunk}" for n, chunk in enumerate(chunks)]
