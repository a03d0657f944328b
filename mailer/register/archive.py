"""The door to a zip file that somebody sent: what is in it, and whether it may be opened.

Takes   the bytes of the file.
Gives   the opened zip, when what it would unpack to is reasonable; the bytes of one member.
Fails   EditorError: cut short, damaged, locked, or far larger inside than a register can be.
"""

# Nothing is ever written to a disk, and a member's name is never used as a path.

import io
import zipfile
import zlib

from mailer.errors import EditorError, Problem

LARGEST_PACKED = 64 * 1024 * 1024  # bytes; 100,000 members are about 7 MB
LARGEST_UNPACKED = 400 * 1024 * 1024  # bytes of all members; 100,000 members are about 60 MB of XML
LARGEST_RATIO = 200  # a sheet with the same row a million times packs about 100 times
SMALL = 20 * 1024 * 1024  # bytes unpacked; below it no ratio does harm
MOST_MEMBERS = 5_000

_AGAIN = "Exportera eller spara filen igen."
_AS_CSV = "Spara bladet som ”CSV UTF-8” och läs in det i stället."


def open_zip(where: str, raw: bytes) -> zipfile.ZipFile:
    """The zip, its directory looked through before anything is unpacked."""
    if len(raw) > LARGEST_PACKED:
        raise EditorError(Problem(where, "filen är orimligt stor.", _AS_CSV))
    try:
        bundle = zipfile.ZipFile(io.BytesIO(raw))
        members = bundle.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as why:
        raise EditorError(Problem(where, "filen är avklippt eller skadad: dess slut saknas.", _AGAIN)) from why
    unpacked = sum(one.file_size for one in members)
    is_bomb = unpacked > SMALL and unpacked > LARGEST_RATIO * len(raw)
    if is_bomb or unpacked > LARGEST_UNPACKED or len(members) > MOST_MEMBERS:
        size = f"{unpacked // 1_000_000} MB i {len(members)} delar"
        raise EditorError(Problem(where, f"filen är orimligt stor inuti ({size}) och öppnas inte.", _AS_CSV))
    return bundle


def read_member(where: str, bundle: zipfile.ZipFile, name: str, most: int = LARGEST_UNPACKED) -> bytes:
    """The bytes of one member; EditorError when it is locked, damaged, or more than `most` bytes."""
    if bundle.getinfo(name).flag_bits & 1:
        raise EditorError(Problem(where, "filen är låst med lösenord.", "Spara den utan lösenord."))
    try:
        with bundle.open(name) as member:
            content = member.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as why:
        raise EditorError(Problem(where, "filen är skadad och går inte att packa upp.", _AGAIN)) from why
    if len(content) > most:
        raise EditorError(Problem(where, "filen är orimligt stor inuti och öppnas inte.", _AS_CSV))
    return content
