"""The secret key that signs: its file, and what of it is published.

Takes   the file (PEM), or that a new one is wanted.
Gives   a SigningKey: the selector, and the key; what a DNS record says about it.
Fails   AdminError for a file that cannot be read, is open to others, holds no key of the two kinds, or is too weak;
        AdminError when a new one would write over an old one.

RSA of at least 2,048 bits (RFC 8301 section 3.2), which everybody reads, and Ed25519 (RFC 8463), which some do: the
second stands beside the first, under a selector of its own.
"""

import os
import stat
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from mailer.errors import AdminError, Problem

FEWEST_BITS = 2048
MAKE = "Gör en ny: mailer dns --make-keys"
_PADDING, _HASH = PKCS1v15(), Prehashed(SHA256())
Private = rsa.RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, and the selector its public half is published under."""

    selector: str
    key: Private

    @property
    def kind(self) -> str:
        """As in the k= of the record: rsa or ed25519."""
        return "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ed25519"

    @property
    def algorithm(self) -> str:
        """As in the a= of the signature."""
        return f"{self.kind}-sha256"

    @property
    def public(self) -> str:
        """The p= of the record, in base64. RFC 6376 section 3.6.1; RFC 8463 section 4: the 32 bytes alone."""
        half = self.key.public_key()
        if isinstance(half, rsa.RSAPublicKey):
            return b64encode(half.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
        return b64encode(half.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, digest: bytes) -> bytes:
        """The signature of a SHA-256 digest (RFC 8463 section 3: Ed25519 signs the digest as its message)."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(digest, _PADDING, _HASH)
        return self.key.sign(digest)


def read_key(path: Path, selector: str, kind: str) -> SigningKey:
    """The key in the file. `kind`: which of the two the settings say it is."""
    try:
        raw, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
    except OSError as why:
        raise AdminError(
            Problem(str(path), f"signeringsnyckeln går inte att läsa ({why.strerror}).", f"Se [dkim] key_file. {MAKE}")
        ) from why
    if mode & 0o077:
        what = f"signeringsnyckeln kan läsas av andra (rättigheter {mode:03o})."
        raise AdminError(Problem(str(path), what, f"Kör: chmod 600 {path}"))
    try:
        key = load_pem_private_key(raw, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as why:
        raise AdminError(Problem(str(path), "filen är ingen signeringsnyckel i PEM-format.", MAKE)) from why
    if kind == "ed25519":
        if not isinstance(key, Ed25519PrivateKey):
            raise AdminError(Problem(str(path), "nyckeln är ingen Ed25519-nyckel.", MAKE))
    elif not isinstance(key, rsa.RSAPrivateKey) or key.key_size < FEWEST_BITS:
        raise AdminError(Problem(str(path), f"nyckeln är ingen RSA-nyckel på minst {FEWEST_BITS} bitar.", MAKE))
    return SigningKey(selector, key)


def make_key(path: Path, selector: str, kind: str) -> SigningKey:
    """A new key in a new file that only its owner may read. Never over an old one: mail on its way is signed by it."""
    key: Private = rsa.generate_private_key(65537, FEWEST_BITS) if kind == "rsa" else Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        into = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(into, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as why:
        remedy = "Välj ett annat namn: mailer dns --make-keys --selector NAMN"
        raise AdminError(Problem(str(path), "filen finns redan; en nyckel skrivs aldrig över.", remedy)) from why
    except OSError as why:
        raise AdminError(
            Problem(
                str(path), f"nyckeln går inte att skriva ({why.strerror}).", "Kontrollera rättigheterna och disken."
            )
        ) from why
    return SigningKey(selector, key)
