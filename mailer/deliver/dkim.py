"""The signature of a message: that it is ours, and that nothing was added or changed on the way.

Takes   the key file, the domain and the selector under which its public half is published; then a header section and
        a body as they will be sent.
Gives   a DKIM-Signature field, to stand before them.
Fails   AdminError for a key that cannot be read, is open to others, or is too weak.

RFC 6376: rsa-sha256, relaxed/relaxed, no `l=` (a body cannot grow). Fields that a reader or her program acts on are
named once more than they stand, so that a second one breaks the signature. RFC 8058 section 4: List-Unsubscribe and
its -Post are covered. RFC 8301: at least 2,048 bits.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mailer.errors import AdminError, Problem
from mailer.settings import Settings

LIVES = timedelta(days=7)  # what is replayed to strangers later is no longer signed
FEWEST_BITS = 2048
SIGNED = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help",
    "List-Owner",
)  # fmt: skip
LINE = 72  # characters of base64 in a folded line
_SPACES = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key, and where its public half is published: SELECTOR._domainkey.DOMAIN."""

    domain: str
    selector: str
    key: RSAPrivateKey

    def field(self, section: bytes, body: bytes, now: datetime) -> bytes:
        """The DKIM-Signature of a message, with its CRLF. `section`: all fields and the empty line after them."""
        fields = _fields(section)
        names = [name for name in SIGNED for _ in range(sum(n == name.lower().encode() for n, _ in fields) + 1)]
        begins = int(now.timestamp())
        tags = (
            f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={self.domain}; s={self.selector};\r\n"
            f" t={begins}; x={begins + int(LIVES.total_seconds())};\r\n"
            f" h={_folded(':'.join(names), ':')};\r\n"
            f" bh={b64encode(sha256(_relaxed_body(body)).digest()).decode()};\r\n b="
        )
        unsigned = f"DKIM-Signature: {tags}".encode("ascii")
        signed = self.key.sign(_hashed(fields, names) + _relaxed_field(unsigned), PKCS1v15(), SHA256())
        word = b64encode(signed).decode()
        pieces = [word[n : n + LINE] for n in range(0, len(word), LINE)]
        return unsigned + "\r\n ".join(pieces).encode("ascii") + b"\r\n"


def signer_of(settings: Settings, home: Path) -> Signer | None:
    """The home's signer; None when the relay signs, or nobody."""
    at = settings.dkim
    return open_signer(home / at.key_file, settings.sender.from_.domain, at.selector) if at.selector else None


def open_signer(path: Path, domain: str, selector: str) -> Signer:
    """The signer whose private key lies in the file (PEM)."""
    try:
        raw, mode = path.read_bytes(), path.stat().st_mode & 0o777
    except OSError as why:
        raise AdminError(
            Problem(str(path), f"signeringsnyckeln går inte att läsa ({why.strerror}).", "Se [dkim] key_file.")
        ) from why
    if mode & 0o077:
        what = f"signeringsnyckeln kan läsas av andra (rättigheter {mode:03o})."
        raise AdminError(Problem(str(path), what, f"Kör: chmod 600 {path}"))
    make = f"Gör en ny: openssl genrsa -out {path} {FEWEST_BITS}"
    try:
        key = load_pem_private_key(raw, password=None)
    except (ValueError, TypeError) as why:
        raise AdminError(Problem(str(path), "filen är ingen signeringsnyckel i PEM-format.", make)) from why
    if not isinstance(key, RSAPrivateKey) or key.key_size < FEWEST_BITS:
        raise AdminError(Problem(str(path), f"nyckeln är ingen RSA-nyckel på minst {FEWEST_BITS} bitar.", make))
    return Signer(domain, selector, key)


def _fields(section: bytes) -> list[tuple[bytes, bytes]]:
    """(name in lower case, the whole field) in order; a fold belongs to its field."""
    whole = re.split(rb"\r\n(?![ \t])", section.rstrip(b"\r\n"))
    return [(field.partition(b":")[0].strip().lower(), field) for field in whole]


def _hashed(fields: list[tuple[bytes, bytes]], names: list[str]) -> bytes:
    """The fields named, from the bottom up for each name; what is named and does not stand is nothing."""
    left: dict[bytes, list[bytes]] = {}
    for name, field in fields:
        left.setdefault(name, []).append(field)
    found = [left[n].pop() if left.get(n := name.lower().encode()) else b"" for name in names]
    return b"".join(_relaxed_field(field) + b"\r\n" for field in found if field)


def _relaxed_field(field: bytes) -> bytes:
    """RFC 6376 section 3.4.2."""
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376 section 3.4.4. The spaces are looked for first: in most of what we send there is nothing to change."""
    if b"  " in body or b"\t" in body or b" \r\n" in body:
        body = b"\r\n".join(_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
    body = body.rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _folded(text: str, at: str) -> str:
    """The names in lines of at most LINE characters."""
    lines, line = [], ""
    for word in text.split(at):
        if line and len(line) + len(word) + 1 > LINE:
            lines.append(line + at)
            line = word
        else:
            line = f"{line}{at}{word}" if line else word
    return "\r\n ".join([*lines, line])
