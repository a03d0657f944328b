"""What a message was, told while its octets go by: digests, sizes and the header section, never the whole.

Takes   the octets after 354, in pieces of any size.
Gives   the octets after the final dot when it has come; then what is known of the message.
Fails   never: what breaks RFC 5321 is told, not refused.
"""

import hashlib
import re
from collections.abc import Callable

END = b"\r\n.\r\n"
LONGEST_HEAD = 256 * 1024  # octets of the header section that are kept
LONGEST_WAIT = 64 * 1024  # octets of a line that are held back to see its end
_FIELD = re.compile(rb"^([!-9;-~]+):([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.MULTILINE)


class Received:
    """One message, going by."""

    def __init__(self, keep: Callable[[bytes], object] | None = None) -> None:
        self._keep = keep
        # As if a CRLF came first: so the first line may begin with a dot, or be the end.
        self._held = b"\r\n"
        self._begun = False
        self._whole = hashlib.sha256()
        self._after_head = hashlib.sha256()
        self._head = b""
        self._in_head = True
        self._open_line = 0
        self.taken = 0  # octets taken from the wire, the final dot not counted
        self.size = 0  # octets of the message, dots unstuffed
        self.bare_cr_lf = False
        self.longest_line = 0  # octets, without its CRLF

    def feed(self, octets: bytes) -> bytes | None:
        """None while the message lasts; at its end, whatever came after the final dot."""
        window = self._held + octets
        self.taken += len(octets)
        end = window.find(END)
        if end >= 0:
            self._take(window[: end + 2])
            rest = window[end + len(END) :]
            self.taken -= len(rest) + 3
            return rest
        # Cut before a CRLF, so that CRLF and dot are always seen together.
        cut = window.rfind(b"\r\n")
        if cut <= 0 and len(window) > LONGEST_WAIT:
            cut = len(window) - 4
        if cut > 0:
            self._take(window[:cut])
            self._held = window[cut:]
        else:
            self._held = window
        return None

    def known(self) -> dict[str, object]:
        """What goes into the log."""
        fields = [(n.decode("ascii"), v) for n, v in _FIELD.findall(self._head)]
        return {
            "message_id": _value(fields, "message-id"),
            "list": _value(fields, "list-id"),
            "header_names": [name for name, _ in fields],
            "sha256": self._whole.hexdigest(),
            "body_sha256": self._after_head.hexdigest(),
            "size": self.size,
            "longest_line": self.longest_line,
            "bare_cr_lf": self.bare_cr_lf,
        }

    def _take(self, wire: bytes) -> None:
        content = wire.replace(b"\r\n.", b"\r\n")  # RFC 5321 section 4.5.2
        if not self._begun:
            self._begun, wire, content = True, wire[2:], content[2:]
        if self._keep:
            self._keep(wire)
        self.size += len(content)
        self._whole.update(content)
        lines = content.split(b"\r\n")
        self.bare_cr_lf |= any(b"\r" in line or b"\n" in line for line in lines)
        self._measure(lines)
        if self._in_head:
            self._read_head(content)
        else:
            self._after_head.update(content)

    def _measure(self, lines: list[bytes]) -> None:
        self.longest_line = max(self.longest_line, self._open_line + len(lines[0]), *map(len, lines))
        self._open_line = len(lines[-1]) + (self._open_line if len(lines) == 1 else 0)

    def _read_head(self, content: bytes) -> None:
        self._head += content
        head, blank, body = self._head.partition(b"\r\n\r\n")
        if blank:
            self._in_head, self._head = False, head
            self._after_head.update(body)
        elif len(self._head) > LONGEST_HEAD:
            self._in_head, self._head = False, self._head[:LONGEST_HEAD]


def _value(fields: list[tuple[str, bytes]], name: str) -> str | None:
    """The unfolded value of the first field called `name`."""
    for field, value in fields:
        if field.lower() == name:
            return value.replace(b"\r\n", b"").strip().decode("utf-8", "replace")
    return None
