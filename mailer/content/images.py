"""Pictures, from the file an editor laid beside a block to one that a mail can carry.

Takes   the bytes of a JPEG, PNG, GIF or WebP, whatever the file is called.
Gives   an Image: small, upright, in sRGB, with a name of our own and nothing of who took it, where or with what.
Fails   EditorError with the remedy, when the file is no such picture, too large to decode, or damaged.

What is written is made anew from the pixels, so nothing of the file's own gets through: no EXIF, GPS, thumbnail,
comment or profile, nor what is hidden behind the picture's end. The same bytes in give the same bytes out.
"""

import hashlib
import struct
import warnings
import zlib
from dataclasses import dataclass, replace
from io import BytesIO

import PIL.Image
from PIL import ImageChops, ImageCms, ImageStat
from PIL.Image import Dither, Quantize, Resampling, Transpose

from mailer.content.image_head import Head, damaged, read_head
from mailer.errors import BrokenPromise, EditorError, Problem

SHOWN_WIDTH = 544  # CSS pixels; render.pictures.WIDEST is the same
WIDEST = 2 * SHOWN_WIDTH  # pixels: sharp on a telephone
TALLEST = 2 * WIDEST
LIMIT = 300_000  # bytes of all pictures of a mailing (DESIGN, Web)
ENOUGH = 120_000  # bytes of one picture, when there is room
SMALL = 10_000  # bytes; not worth losing quality for
_STRIP = 1 << 20  # pixels reduced at a time: a whole picture is never in memory twice
_MOST_COLOURS = 20_000  # more is a photo
_SMALL_AREA = 200_000  # pixels: a logo may keep all its colours
_PALETTE_ERROR = 3.0  # of 255, root mean square: less is not seen
# What Pillow raises for files that are damaged or made to hurt.
_DAMAGED = (
    OSError, SyntaxError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError,
    struct.error, zlib.error, PIL.Image.DecompressionBombError,
)  # fmt: skip
_ORIENTATION = 0x0112  # EXIF 2.3 section 4.6.4
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as a mail carries it."""

    name: str  # of the bytes: ”3f9a….jpg”. What stands after ”cid:”, and in the preview's folder
    kind: str  # ”image/jpeg”, ”image/png”
    raw: bytes
    width: int  # pixels
    height: int
    note: Problem | None = None  # what the editor should know of it


@dataclass(frozen=True, slots=True)
class _Rung:
    """One way to write a picture."""

    width: int  # pixels at most
    quality: int  # of a JPEG
    colours: int  # of a PNG


# Best first. Twice as many pixels as are shown hide what a low quality does, so quality goes before size.
_LADDER = (
    _Rung(WIDEST, 84, 256), _Rung(WIDEST, 76, 256), _Rung(WIDEST, 68, 128), _Rung(WIDEST, 60, 64),
    _Rung(816, 64, 64), _Rung(816, 54, 32), _Rung(SHOWN_WIDTH, 64, 32), _Rung(SHOWN_WIDTH, 50, 16),
)  # fmt: skip
_FULL_SIZE = _LADDER[:4]


def prepare(raw: bytes, where: str, line: int = 0) -> Image:
    """The picture in a file. `where` and `line`: of the block that shows it, for Problems."""
    head = read_head(raw, where, line)
    try:
        with warnings.catch_warnings():  # about odd metadata, none of which goes any further
            warnings.simplefilter("ignore")
            pixels, moves = _pixels(raw, head)
    except _DAMAGED as why:
        raise damaged(where, line) from why
    # A picture that was small already shall not grow by being written anew.
    enough = min(ENOUGH, max(len(raw), SMALL))
    image = _write(pixels, _FULL_SIZE[0])
    for rung in _FULL_SIZE[1:]:
        if len(image.raw) > enough:
            image = min(image, _write(pixels, rung), key=lambda i: len(i.raw))
    if moves:
        remedy = "Lägg den rörliga bilden på hemsidan och länka dit, om rörelsen behövs."
        image = replace(image, note=Problem(where, "bilden rör sig, och i mejl visas bara första rutan.", remedy, line))
    return image


def fit(images: tuple[Image, ...], limit: int = LIMIT, where: str = "bilderna") -> tuple[Image, ...]:
    """The images in their order, written smaller until those of one mailing are `limit` bytes in all.

    The largest gives way first. EditorError when they cannot be that small.
    """
    fitted = {image.name: image for image in images}
    rungs = dict.fromkeys(fitted, 0)
    while (total := sum(len(i.raw) for i in {i.name: i for i in fitted.values()}.values())) > limit:
        left = [name for name, rung in rungs.items() if rung < len(_LADDER)]
        if not left:
            what = f"de tar {_kilobytes(total)} tillsammans, och i ett mejl får {_kilobytes(limit)} plats."
            raise EditorError(Problem(where, what, "Ta bort någon bild, eller lägg den på hemsidan och länka dit."))
        largest = max(left, key=lambda name: (len(fitted[name].raw), name))
        fitted[largest] = _smaller(next(i for i in images if i.name == largest), fitted[largest], rungs[largest])
        rungs[largest] += 1
    return tuple(fitted[image.name] for image in images)


def _smaller(original: Image, now: Image, rung: int) -> Image:
    """The original written by the rung, if that makes it smaller than it is now."""
    with PIL.Image.open(BytesIO(original.raw)) as opened:
        pixels = opened.convert("RGBA" if opened.has_transparency_data else "RGB" if opened.mode == "P" else None)
    made = replace(_write(pixels, _LADDER[rung]), note=original.note)
    return min(now, made, key=lambda i: len(i.raw))


def _kilobytes(size: int) -> str:
    return f"{-(-size // 1000)} kB"


def _pixels(raw: bytes, head: Head) -> tuple[PIL.Image.Image, bool]:
    """The picture, upright, in sRGB, no larger than it is shown; and whether it moves."""
    with PIL.Image.open(BytesIO(raw), formats=(head.format,)) as opened:
        if opened.size != (head.width, head.height):
            raise ValueError("two sizes in one file")
        # A telephone's JPEG may hold a second picture, of depth or light: that is no film.
        moves = opened.format != "MPO" and bool(getattr(opened, "is_animated", False))
        turn = _turn(opened)
        profile = opened.info.get("icc_profile")
        size = _within(opened.size, (TALLEST, WIDEST) if turn in _SIDEWAYS else (WIDEST, TALLEST))
        opened.draft(None, size)  # a JPEG can be decoded at a half, a quarter or an eighth, and takes that memory
        pixels = _srgb(_shrunk(opened, size), profile)
    if pixels.mode == "RGBA" and pixels.getchannel("A").getextrema() == (255, 255):
        pixels = pixels.convert("RGB")
    return (pixels.transpose(turn) if turn is not None else pixels), moves


_SIDEWAYS = (Transpose.TRANSPOSE, Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90)


def _turn(opened: PIL.Image.Image) -> Transpose | None:
    """How to turn the picture so that it stands upright."""
    try:
        return _UPRIGHT.get(opened.getexif().get(_ORIENTATION, 1))
    except _DAMAGED:  # of the metadata: the picture itself may be whole
        return None


def _within(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _shrunk(opened: PIL.Image.Image, size: tuple[int, int]) -> PIL.Image.Image:
    """The picture in one of the modes L, RGB, RGBA and CMYK, and that size.

    Strip by strip, since turning a whole picture into another mode would hold it in memory twice.
    """
    width, height = opened.size
    mode = _mode(opened)
    factor = max(1, min(width // (2 * size[0]), height // (2 * size[1])))
    small = PIL.Image.new(mode, (-(-width // factor), -(-height // factor)))
    rows = factor * max(1, _STRIP // (width * factor))
    for top in range(0, height, rows):
        strip = opened.crop((0, top, width, min(top + rows, height)))
        if strip.mode.startswith("I"):  # 16 bits of grey; convert would clip them
            strip = strip.convert("I").point(lambda value: value * (1 / 256))
        small.paste(strip.convert(mode).reduce(factor), (0, top // factor))
    return small.resize(size, Resampling.LANCZOS)


def _mode(opened: PIL.Image.Image) -> str:
    if opened.has_transparency_data:
        return "RGBA"
    if opened.mode == "CMYK":
        return "CMYK"
    return "L" if opened.mode in ("1", "L") or opened.mode.startswith("I") else "RGB"


def _srgb(pixels: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """The colours as every screen shows them. A profile that cannot be used is left out."""
    plain = pixels.convert("RGB") if pixels.mode in ("CMYK", "RGBA") else pixels
    if profile:
        source = plain if pixels.mode == "RGBA" else pixels
        try:
            found = ImageCms.ImageCmsProfile(BytesIO(profile))
            plain = ImageCms.profileToProfile(source, found, ImageCms.createProfile("sRGB"), outputMode="RGB") or plain
        except (ImageCms.PyCMSError, *_DAMAGED):
            pass
    if pixels.mode == "RGBA":
        plain = plain.copy()
        plain.putalpha(pixels.getchannel("A"))
    return plain


def _write(pixels: PIL.Image.Image, rung: _Rung) -> Image:
    """The picture by that rung, as PNG when it is flat or has holes and that is smaller, else as JPEG."""
    size = _within(pixels.size, (rung.width, TALLEST))
    # A new image of nothing but pixels: what is written has no metadata to take along.
    clean = PIL.Image.new(pixels.mode, size)
    clean.paste(pixels if size == pixels.size else pixels.resize(size, Resampling.LANCZOS))
    flat = _flat(clean, rung.colours)
    photo = _jpeg(clean, rung.quality) if clean.mode != "RGBA" else None
    if flat is not None and (photo is None or len(flat) <= len(photo)):
        return Image(f"{hashlib.sha256(flat).hexdigest()[:24]}.png", "image/png", flat, *size)
    if photo is None:
        raise BrokenPromise("en bild gick inte att skriva på något sätt")
    return Image(f"{hashlib.sha256(photo).hexdigest()[:24]}.jpg", "image/jpeg", photo, *size)


def _jpeg(pixels: PIL.Image.Image, quality: int) -> bytes:
    out = BytesIO()
    pixels.save(out, "JPEG", quality=quality, optimize=True, progressive=True, subsampling="4:2:0")
    return out.getvalue()


def _flat(pixels: PIL.Image.Image, colours: int) -> bytes | None:
    """The picture as PNG with so few colours; None when it is a photo, unless it has holes, which JPEG has not."""
    has_holes = pixels.mode == "RGBA"
    if not has_holes and pixels.getcolors(_MOST_COLOURS) is None:
        return None
    method = Quantize.FASTOCTREE if has_holes else Quantize.MEDIANCUT
    few = pixels.quantize(colours, method=method, dither=Dither.NONE)
    seen = _on_grey(pixels), _on_grey(few.convert(pixels.mode))
    if max(ImageStat.Stat(ImageChops.difference(*seen)).rms) <= _PALETTE_ERROR:
        return _png(few)
    if not has_holes:
        return None
    is_small = pixels.width * pixels.height < _SMALL_AREA
    return _png(pixels if is_small and colours == _LADDER[0].colours else few)


def _on_grey(pixels: PIL.Image.Image) -> PIL.Image.Image:
    """As it is seen: what a hole's pixels are called is not."""
    if pixels.mode != "RGBA":
        return pixels
    return PIL.Image.alpha_composite(PIL.Image.new("RGBA", pixels.size, (128, 128, 128, 255)), pixels)


def _png(pixels: PIL.Image.Image) -> bytes:
    out = BytesIO()
    pixels.save(out, "PNG", optimize=True)
    return out.getvalue()
