"""The home's secret keys: one file per purpose under var/keys, readable by the owner alone.

Takes   the folder of the keys.
Gives   a keyed hash (HMAC-SHA-256) for a purpose, made on first use.
Fails   AdminError when a key file is missing where its works exist, is short, or is open to others.
"""

import hashlib
import os
import secrets
from pathlib import Path

from mailer.errors import AdminError, Problem

KEY_BYTES = 32
BLOCK_BYTES = 64  # of SHA-256
PURPOSES = ("address", "message-id", "return-address", "leave", "answer", "survey")
# What these sign lives for days: without their key they are made anew, and links in old notices open nothing.
REMADE = ("answer",)
# Entered with a later release: an older home has works, but none made with these until it has a survey.
LATER = ("survey",)
# RFC 2104 section 2: what the key is mixed with.
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class Keys:
    """The opened folder of keys. A key is made the first time a new home is opened, never later."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begun: dict[str, tuple[hashlib._Hash, hashlib._Hash]] = {}

    def make_missing(self) -> None:
        """Write the keys that do not exist yet. For new homes: `check` guards the others."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(self._folder, 0o700)
        for purpose in PURPOSES:
            path = self._folder / purpose
            if not path.exists():
                _write_once(path, secrets.token_bytes(KEY_BYTES))

    def missing(self, later: bool = True) -> list[str]:
        """The purposes that have no key file and are missed. `later` False: those of LATER are not."""
        excused = REMADE if later else (*REMADE, *LATER)
        return [p for p in PURPOSES if p not in excused and not (self._folder / p).exists()]

    def mac(self, purpose: str, *parts: str | int, size: int = 16) -> bytes:
        """`size` bytes of HMAC-SHA-256 over the parts, each with its length before it."""
        begun = self._begun.get(purpose) or self._begin(purpose)
        inner, outer = begun[0].copy(), begun[1].copy()
        for part in parts:
            raw = str(part).encode()
            inner.update(len(raw).to_bytes(4, "big") + raw)
        outer.update(inner.digest())
        return outer.digest()[:size]

    def _begin(self, purpose: str) -> "tuple[hashlib._Hash, hashlib._Hash]":
        """The two hashes of an HMAC as the key leaves them (RFC 2104 section 4): what they read next is copied from
        here, so that a MAC costs half. Two threads that begin at once begin alike."""
        key = self._read(self._folder / purpose).ljust(BLOCK_BYTES, b"\0")
        begun = hashlib.sha256(key.translate(_INNER)), hashlib.sha256(key.translate(_OUTER))
        self._begun[purpose] = begun
        return begun

    def _read(self, path: Path) -> bytes:
        try:
            key = path.read_bytes()
            mode = path.stat().st_mode & 0o777
        except OSError as why:
            raise AdminError(
                Problem(
                    str(path),
                    "nyckeln går inte att läsa.",
                    f"Lägg tillbaka den från säkerhetskopian ({why.strerror}).",
                )
            ) from why
        if mode & 0o077:
            raise AdminError(
                Problem(
                    str(path),
                    f"nyckeln kan läsas av andra (rättigheter {mode:03o}).",
                    f"Kör: chmod 600 {path}",
                )
            )
        if len(key) != KEY_BYTES:
            raise AdminError(
                Problem(
                    str(path),
                    f"nyckeln är {len(key)} byte, inte {KEY_BYTES}.",
                    "Lägg tillbaka den från säkerhetskopian.",
                )
            )
        return key


def _write_once(path: Path, key: bytes) -> None:
    """Write durably, all or nothing; a process that came first wins."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(fd, key)
        os.fsync(fd)
    finally:
        os.close(fd)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
