"""A file the editors wrote, as bytes: what the folder hands to those who read it.

Takes   nothing.
Gives   a value with its path, bytes and hash; the words that name it to an editor.
Fails   never.
"""

from dataclasses import dataclass

ROOT = "content"  # what editors call the folder, wherever the home lies


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `path` is relative to content/, with slashes, NFC; `hash` is SHA-256 of the bytes, in hex."""

    path: str
    raw: bytes
    hash: str


def where(path: str) -> str:
    """The file as a Problem names it: ”content/2024-05/02-eu-valet.md”."""
    return f"{ROOT}/{path}"
