"""A rendering: one edition as subject, HTML and text, with its slots still open.

Takes   the three texts.
Gives   a value and its hash, which an approval covers.
Fails   never.
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A file that travels with the message."""

    name: str  # the file's name; of an inline one also what stands after ”cid:” in the HTML
    kind: str  # ”image/jpeg”, ”text/calendar”
    raw: bytes
    is_inline: bool  # shown by the HTML (RFC 2387); else attached


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a mailing says to the readers of one edition. Markers of `slots` stand where a recipient's values go."""

    edition: str
    subject: str
    html: str
    text: str
    parts: tuple[Part, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 over all parts, each with its length before it."""
        digest = hashlib.sha256()
        for part in (self.edition, self.subject, self.html, self.text):
            raw = part.encode()
            digest.update(len(raw).to_bytes(8, "big") + raw)
        return digest.hexdigest()
