"""What a picture's first bytes say, before anything decodes it.

Takes   a file's bytes. Its name says nothing: content decides.
Gives   a Head: the format, the size, and how much memory decoding may take.
Fails   EditorError when it is no picture we show, or larger than we decode.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from mailer.errors import EditorError, Problem

MOST_PIXELS = 50_000_000  # a telephone's largest photo
LONGEST_SIDE = 20_000  # pixels
MOST_MEMORY = 160_000_000  # bytes for decoding; with the rest of what is done to it under 300 MB
# A progressive JPEG may go over its whole area once per scan; photos have ten.
MOST_SCANS = 100

AS_JPEG = "Öppna bilden och spara den som JPEG eller PNG."
_FROM_IPHONE = "iPhone: välj Exportera som JPEG, eller Inställningar → Kamera → Format → Mest kompatibelt."
_SMALLER = "Förminska den till 2 000 punkter på bredden och spara den som JPEG."
_AGAIN = "Öppna den i ett bildprogram. Går det inte: kopiera den på nytt dit den kom ifrån. Annars spara som JPEG."
_FILM = "Lägg filmen på hemsidan, länka dit och ta en stillbild ur den."
_BY_ITSELF = "Spara bilden för sig, som JPEG eller PNG."

# What the file is called in ”bilden är …”, and the remedy; by how the file begins.
_OTHERS: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "bilden är i formatet TIFF, som e-postprogram inte visar.", AS_JPEG),
    ((b"%PDF",), "filen är en PDF, inte en bild.", _BY_ITSELF),
    ((b"BM",), "bilden är i formatet BMP, som är för stort för ett mejl.", AS_JPEG),
    ((b"8BPS",), "bilden är i Photoshops format, som e-postprogram inte visar.", AS_JPEG),
    ((b"\xff\x0a", b"\0\0\0\x0cJXL ", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
     "bilden är i formatet JPEG XL eller JPEG 2000, som e-postprogram inte visar.", AS_JPEG),
    ((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf"), "filen är ett dokument, inte en bild.", _BY_ITSELF),
    ((b"\x1aE\xdf\xa3", b"\0\0\x01\xba"), "filen är en film, inte en bild.", _FILM),
)  # fmt: skip
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a picture without decoding it."""

    format: str  # as Pillow calls it
    width: int  # pixels
    height: int
    memory: int  # bytes decoding may take


def read_head(raw: bytes, where: str, line: int = 0) -> Head:
    """The Head, when the picture is one we decode."""
    what, remedy = "", ""
    try:
        head = _head(raw)
    except (struct.error, IndexError, ValueError):
        what, remedy = "bilden är skadad eller inte hel.", _AGAIN
    else:
        if head is None:
            what, remedy = _foreign(raw)
        elif too_large := _too_large(head, raw):
            what, remedy = too_large, _SMALLER
        else:
            return head
    raise EditorError(Problem(where, what, remedy, line))


def damaged(where: str, line: int) -> EditorError:
    """The error for a picture that begins well and cannot be decoded."""
    return EditorError(Problem(where, "bilden är skadad eller inte hel.", _AGAIN, line))


def _head(raw: bytes) -> Head | None:
    readers: dict[bytes, Callable[[bytes], Head]] = {
        b"\xff\xd8\xff": _jpeg, b"\x89PNG\r\n\x1a\n": _png, b"GIF87a": _gif, b"GIF89a": _gif,
    }  # fmt: skip
    for beginning, read in readers.items():
        if raw.startswith(beginning):
            return read(raw)
    return _webp(raw) if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP" else None


def _too_large(head: Head, raw: bytes) -> str:
    size = f"{head.width} × {head.height} punkter"
    if head.width < 1 or head.height < 1:
        return f"bilden är {size}: där finns inget att se."
    if max(head.width, head.height) > LONGEST_SIDE or head.width * head.height > MOST_PIXELS:
        return f"bilden är {size}, och högst {MOST_PIXELS // 1_000_000} miljoner punkter går."
    if head.memory > MOST_MEMORY or (head.format == "JPEG" and raw.count(b"\xff\xda") > MOST_SCANS):
        return f"bilden är {size} och sparad så att den tar för mycket minne att läsa."
    return ""


def _foreign(raw: bytes) -> tuple[str, str]:
    """Why the file is no picture of ours, and the remedy."""
    if not raw.strip(b"\0"):
        return "bildfilen är tom.", "Kopiera bilden på nytt; synken kanske inte är klar."
    for beginnings, what, remedy in _OTHERS:
        if raw.startswith(beginnings):
            return what, remedy
    if raw[4:8] == b"ftyp":
        if raw[8:12] in _HEIC:
            return "bilden är i formatet HEIC, som många e-postprogram inte visar.", _FROM_IPHONE
        if raw[8:12] in _AVIF:
            return "bilden är i formatet AVIF, som många e-postprogram inte visar.", AS_JPEG
        return "filen är en film, inte en bild.", _FILM
    start = raw[:1024].lower().replace(b"\0", b"")
    if b"<svg" in start or raw.startswith(b"\x1f\x8b"):
        return "bilden är i formatet SVG, som e-postprogram inte visar.", "Exportera den som PNG, 1 100 punkter bred."
    if b"<html" in start or b"<!doctype" in start:
        remedy = "Öppna bilden i webbläsaren, högerklicka på den och välj Spara bild som."
        return "filen är en webbsida, inte en bild: fel sak laddades ner.", remedy
    return "filen är ingen bild vi kan läsa.", AS_JPEG


def _png(raw: bytes) -> Head:
    if raw[12:16] != b"IHDR":
        raise ValueError
    width, height = struct.unpack_from(">II", raw, 16)
    return Head("PNG", width, height, width * height * 4)


def _gif(raw: bytes) -> Head:
    """The larger of the screen and the first frame on it."""
    width, height, flags = struct.unpack_from("<HHB", raw, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while raw[at] == 0x21:  # an extension: a label, then sub-blocks up to an empty one
        at += 2
        while raw[at]:
            at += 1 + raw[at]
        at += 1
    if raw[at] != 0x2C:
        raise ValueError
    left, top, wide, high = struct.unpack_from("<HHHH", raw, at + 1)
    width, height = max(width, left + wide), max(height, top + high)
    return Head("GIF", width, height, width * height * 2)


def _webp(raw: bytes) -> Head:
    """RFC 9649. The decoder keeps two canvases of four bytes a pixel and gives a third; then there is ours."""
    chunk = raw[12:16]
    if chunk == b"VP8X":
        width = 1 + int.from_bytes(raw[24:27], "little")
        height = 1 + int.from_bytes(raw[27:30], "little")
    elif chunk == b"VP8L" and raw[20] == 0x2F:
        bits = int.from_bytes(raw[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif chunk == b"VP8 " and raw[23:26] == b"\x9d\x01\x2a":
        width, height = (n & 0x3FFF for n in struct.unpack_from("<HH", raw, 26))
    else:
        raise ValueError
    return Head("WEBP", width, height, width * height * 16)


def _jpeg(raw: bytes) -> Head:
    """The frame header, ITU-T T.81 section B.2.2: all coefficients of a progressive picture are kept in memory."""
    at = 2
    while True:
        at = raw.index(b"\xff", at)
        while raw[at] == 0xFF:
            at += 1
        marker, at = raw[at], at + 1
        if marker == 0 or marker == 1 or 0xD0 <= marker <= 0xD8:
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            break
        if marker in (0xD9, 0xDA):
            raise ValueError
        at += max(2, struct.unpack_from(">H", raw, at)[0])
    height, width, components = struct.unpack_from(">HHB", raw, at + 3)
    factors = [divmod(raw[at + 9 + 3 * n], 16) for n in range(components)]
    most = max(h for h, _ in factors) * max(v for _, v in factors)
    if not height or not most:
        raise ValueError
    return Head("JPEG", width, height, width * height * 2 * sum(h * v for h, v in factors) // most)
