"""Sealing a ballot to a survey's public key: whoever seals cannot open.

Takes   bytes; the survey's public key and name.
Gives   bytes that tell nothing but their length; with the private key, the bytes again.
Fails   Unopened when they were sealed to another key or for another survey, or have been changed.

HPKE in base mode (RFC 9180 section 6.1): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, one single-use
context a ballot, so that two ballots alike look nothing alike.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

PrivateKey = X25519PrivateKey  # the one door to the library is here
OVERHEAD = 48  # bytes: the encapsulated key (32) and the tag (16)
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class Unopened(ValueError):
    """Not sealed to this key for this survey, or changed since."""


class Unreadable(ValueError):
    """No private key of ours in it, or the passphrase is another."""


def make() -> PrivateKey:
    """A new private key, in memory only."""
    return X25519PrivateKey.generate()


def public_of(private: PrivateKey) -> bytes:
    """Its public half, 32 bytes."""
    return private.public_key().public_bytes_raw()


def seal(public: bytes, survey: str, plain: bytes) -> bytes:
    """`plain` sealed: OVERHEAD bytes longer. `survey`: its name."""
    return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), info=_info(survey, public))


def unseal(private: PrivateKey, survey: str, sealed: bytes) -> bytes:
    """What was sealed. Unopened when it does not open."""
    try:
        return _SUITE.decrypt(sealed, private, info=_info(survey, public_of(private)))
    except (InvalidTag, ValueError) as why:
        raise Unopened("does not open") from why


def to_text(private: PrivateKey, passphrase: str = "") -> str:
    """The private key as lines of text (PKCS #8 in PEM, RFC 7468), locked by the passphrase if there is one."""
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


def is_locked(text: str) -> bool:
    """Whether a passphrase is needed."""
    return "BEGIN ENCRYPTED PRIVATE KEY" in text


def from_text(text: str, passphrase: str = "") -> PrivateKey:
    """The private key in the text, whatever stands around it. Unreadable when there is none that opens."""
    try:
        key = load_pem_private_key(text.encode(), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError) as why:  # TypeError: a passphrase is missing, or is not wanted
        raise Unreadable("no key") from why
    if not isinstance(key, X25519PrivateKey):
        raise Unreadable("another sort of key")
    return key


def _info(survey: str, public: bytes) -> bytes:
    return b"v-aktuellt ballot 1\0" + survey.encode() + b"\0" + public
