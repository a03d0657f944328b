"""The name of a picture beside a block, as a head or a text writes it.

Takes   the name, and the path of the file that names it.
Gives   the picture's path relative to content/, or what is wrong with the name. Whether the file is there and is a
        picture is not known here: `folder.read_picture` opens it.
Fails   never.
"""

import re
from urllib.parse import unquote

from mailer.content import names

SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".heif", ".tif", ".tiff", ".bmp", ".svg", ".avif")
LONGEST_PATH = 400  # characters, as of any file in the folder

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]+:|//|www\.", re.I)
_CREDIT = re.compile(r"(?:foto|fotograf|photo|bild|illustration|teckning)\s*(?:av|by)?\s*:\s*", re.I)


def wrong_name(written: str) -> tuple[str, str] | None:
    """What is wrong with the name, and the remedy."""
    if not written:
        return "bilden har inget namn.", "Skriv bildens namn, till exempel bild.jpg."
    shown = names.printable(written if len(written) <= 60 else written[:59] + "…")
    if _ELSEWHERE.match(written):
        return (
            f"bilden ”{shown}” ligger hos andra, och därifrån hämtas inget.",
            "Lägg bilden bredvid filen, och skriv dess namn, till exempel bild.jpg.",
        )
    if written.startswith("/") or "\\" in written or ".." in written.split("/"):
        return (
            f"bilden ”{shown}” ligger i en annan mapp.",
            "Lägg bilden bredvid filen, och skriv bara dess namn, till exempel bild.jpg.",
        )
    if not names.is_sound(written) or len(written) > LONGEST_PATH or not written.strip("./ "):
        return f"”{shown}” är inget namn på en bild.", "Skriv bildens namn, till exempel bild.jpg."
    return None


def bare_name(written: str) -> str:
    """The name alone, where somebody has written it as in the text: ”![torget](torget.jpg)” or ”<torget.jpg>”."""
    found = re.fullmatch(r"!\[[^\]]*\]\((.*)\)|!\[\[(.*)\]\]|<(.*)>", written)
    return next((part.strip() for part in found.groups() if part), "") if found else written


def path_beside(path: str, written: str) -> str:
    """The picture's path relative to content/, NFC, for the block at `path`. The name has nothing wrong with it."""
    folder = path.rpartition("/")[0].strip("/")
    parts = [part for part in written.split("/") if part not in ("", ".")]
    return names.normal("/".join([*folder.split("/"), *parts] if folder else parts))


def written_in_text(address: str) -> str:
    """The name in an address of Markdown's: Nextcloud writes ”min%20bild.jpg”."""
    return names.normal(unquote(address.strip()))


def described(alt: str) -> str:
    """The alt text; ”” when a program has put the file's name there: that tells nobody what the picture shows."""
    alt = " ".join(alt.split())
    return "" if alt.casefold().endswith(SUFFIXES) and " " not in alt else alt


def is_credit(written: str) -> bool:
    """Whether it begins with ”Foto:” or the like, and so says who took the picture and nothing else."""
    return _CREDIT.match(written) is not None


def credit(written: str) -> str:
    """Who took it, without ”Foto:” before the name."""
    return _CREDIT.sub("", " ".join(written.split()), count=1).rstrip(".")
