"""A page of the archive, as it is stored with its mailing.

Takes   its words and its pictures.
Gives   an ArchivePage, and the hash that an approval is a yes to.
Fails   never.

Apart from `render.archive`, which makes it: who only sends reads no HTML.
"""

import hashlib
from dataclasses import dataclass

from mailer.render.rendering import Part


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """One page. Without HTML nothing of the mailing is for everybody: it is named in the archive, and has no page."""

    uid: str  # urn:uuid:…; the same for the mailing for ever, whatever its address is called
    title: str  # ”V Aktuellt maj 2024”
    subject: str  # what its public part calls itself
    summary: str  # one or two lines, plain text
    html: str
    parts: tuple[Part, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 over the words and the pictures, each with its length before it."""
        digest = hashlib.sha256()
        words = [self.uid, self.title, self.subject, self.summary, self.html]
        for part in self.parts:
            words += [part.name, part.kind, hashlib.sha256(part.raw).hexdigest()]
        for word in words:
            raw = word.encode()
            digest.update(len(raw).to_bytes(8, "big") + raw)
        return digest.hexdigest()
