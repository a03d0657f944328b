"""Pictures for the tests, made here: photos, drawings, and files that are made to hurt.

Takes   a size.
Gives   the bytes of a file.
Fails   never.
"""

import io
import random
import struct
import zlib
from typing import Any

import PIL.Image
from PIL import ImageDraw

RED, GREEN, WHITE = (196, 22, 28), (30, 90, 30), (255, 255, 255)


def saved(pixels: PIL.Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    pixels.save(out, kind, **options)
    return out.getvalue()


def read(raw: bytes) -> PIL.Image.Image:
    with PIL.Image.open(io.BytesIO(raw)) as opened:
        opened.load()
        return opened


def photo(width: int, height: int, seed: int = 1) -> PIL.Image.Image:
    """Slow shades and grain, with more colours than any drawing; the same in every process."""
    chance = random.Random(seed)
    small = PIL.Image.frombytes("RGB", (16, 12), chance.randbytes(16 * 12 * 3)).resize((width, height))
    tile = PIL.Image.frombytes("RGB", (256, 256), bytes(n >> 3 for n in chance.randbytes(256 * 256 * 3)))
    grain = PIL.Image.new("RGB", (width, height))
    for left in range(0, width, 256):
        for top in range(0, height, 256):
            grain.paste(tile, (left, top))
    return PIL.Image.blend(small, grain, 0.25)


def drawing(width: int, height: int, mode: str = "RGB") -> PIL.Image.Image:
    """A red disc on white, or on nothing."""
    pixels = PIL.Image.new(mode, (width, height), WHITE if mode == "RGB" else (0, 0, 0, 0))
    ImageDraw.Draw(pixels).ellipse((width // 8, height // 8, width // 2, height * 7 // 8), fill=RED)
    return pixels


def corners(width: int = 60, height: int = 40) -> PIL.Image.Image:
    """Upright: red above to the left, green below to the right."""
    pixels = PIL.Image.new("RGB", (width, height), WHITE)
    pixels.paste(RED, (0, 0, width // 2, height // 2))
    pixels.paste(GREEN, (width // 2, height // 2, width, height))
    return pixels


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A grey PNG of that size, as far as its head goes; its pixels are few."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(chunks)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def gif(width: int, height: int, frames: int, left: int = 0) -> bytes:
    """A GIF of so many frames of one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\x05\0\0\0" + b"\x2c" + struct.pack("<HHHHB", left, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + frame * frames + b"\x3b"


def webp(width: int, height: int) -> bytes:
    """An extended WebP of that size, as far as its head goes."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas + b"VP8 " + struct.pack("<I", 4) + b"\0" * 4
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg(width: int, height: int, sampling: int = 0x22, scans: int = 1) -> bytes:
    """A JPEG of that size, as far as its head goes."""
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes((1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0))
    scan = b"\xff\xda" + struct.pack(">H", 12) + bytes((3, 1, 0, 2, 0, 3, 0, 0, 63, 0)) + b"\0\0"
    return b"\xff\xd8\xff\xe0\0\x04ab" + b"\xff\xc2" + frame + scan * scans + b"\xff\xd9"


def swapped_profile() -> bytes:
    """An ICC profile (version 2, matrix and gamma) in which what is called red is blue, and the other way."""
    blue, green, red = (0.1431, 0.0606, 0.7141), (0.3851, 0.7169, 0.0971), (0.4360, 0.2225, 0.0139)

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"swap\0" + b"\0" * 79, b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz((0.9642, 1.0, 0.8249)), b"rXYZ": xyz(blue), b"gXYZ": xyz(green), b"bXYZ": xyz(red),
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    table, bodies, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        body += b"\0" * (-len(body) % 4)
        table += name + struct.pack(">II", at, len(body))
        bodies += body
        at += len(body)
    head = struct.pack(">I4sI4s4s4s", at, b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2024, 5, 1, 0, 0, 0, b"acsp") + b"\0" * 28
    head += b"".join(struct.pack(">i", round(v * 65536)) for v in (0.9642, 1.0, 0.8249))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + bodies
