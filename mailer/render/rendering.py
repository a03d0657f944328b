"""A rendering: one edition as subject, HTML and text, with its slots still open, and the files that travel with it.

Takes   the three texts and the parts.
Gives   a value and its hash, which an approval covers.
Fails   BrokenPromise when the HTML shows a part that is not there, or a part is shown by nobody.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from mailer.errors import BrokenPromise

# How HTML shows a part. RFC 2392, less the ”@…” that the mould puts in when it knows where.
_SHOWN = re.compile(r'\bsrc="cid:([^"]*)"')
_INLINE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,42}[a-z0-9])?")  # a Content-ID with it fits on a line
# Of a file: no way out of a folder, nothing invisible, no end that a program cuts off.
_ATTACHED_NAME = re.compile(r"[^\W_](?:[\w .,()+-]{0,98}[\w)])?")
_KIND = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,40}")


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
        """SHA-256 over the texts and all that is said of each part, each with its length before it."""
        digest = hashlib.sha256()
        words = [self.edition, self.subject, self.html, self.text]
        for part in self.parts:
            place = "inline" if part.is_inline else "attachment"
            words += [part.name, part.kind, place, hashlib.sha256(part.raw).hexdigest()]
        for word in words:
            raw = word.encode()
            digest.update(len(raw).to_bytes(8, "big") + raw)
        return digest.hexdigest()


def check_parts(rendering: Rendering) -> None:
    """Whether each picture in the HTML has its part and each inline part its picture, under names that are safe."""
    for part in rendering.parts:
        safe = _INLINE_NAME if part.is_inline else _ATTACHED_NAME
        if not safe.fullmatch(part.name) or not _KIND.fullmatch(part.kind):
            raise BrokenPromise(f"versionen {rendering.edition} har en fil som inte kan heta så: {part.name!r}")
    names = [part.name for part in rendering.parts]
    if len(set(names)) < len(names):
        raise BrokenPromise(f"versionen {rendering.edition} har två filer med samma namn")
    has = {part.name for part in rendering.parts if part.is_inline}
    if odd := has ^ set(_SHOWN.findall(rendering.html)):
        raise BrokenPromise(f"versionen {rendering.edition} visar en bild som inte följer med, eller tvärtom: {odd}")


def with_sources(html: str, source: Callable[[str], str]) -> str:
    """The HTML with what `source` says of each part's name where it is shown: ”cid:…” or a file."""
    return _SHOWN.sub(lambda found: f'src="{source(found[1])}"', html)
