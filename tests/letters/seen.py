"""A printed page as it is seen: its ink, its text, its QR code.

Takes   a PDF file.
Gives   ink in millimetres of the page; text; what a telephone reads.
Fails   never.
"""

from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageChops

from mailer.letters.model import Box

DPI = 127  # 5 dots to a millimetre
PER_MM = DPI / 25.4
WHITE = 250  # of 255: what is lighter is no ink


def page(path: Path, number: int = 0, dpi: int = DPI) -> Image.Image:
    """One page, grey."""
    with pypdfium2.PdfDocument(path) as pdf:
        return pdf[number].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def texts(path: Path) -> list[str]:
    """The text of each page, with plain spaces."""
    with pypdfium2.PdfDocument(path) as pdf:
        found = [pdf[n].get_textpage().get_text_bounded() for n in range(len(pdf))]
    return [text.replace("\u00a0", " ").replace("\r\n", "\n") for text in found]


def qr(path: Path, number: int = 0) -> list[str]:
    """What the page's QR codes say."""
    return [found.text for found in zxingcpp.read_barcodes(page(path, number, 200))]


def cut(image: Image.Image, box: Box) -> Image.Image:
    """The part of the page in the box; white where the box is outside the page."""
    corners = (box.x, box.y, box.x + box.width, box.y + box.height)
    left, top, right, bottom = (round(side * PER_MM) for side in corners)
    part = Image.new("L", (right - left, bottom - top), 255)
    part.paste(image, (-left, -top))
    return part


def ink(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Where there is any, in dots: left, top, right, bottom."""
    return ImageChops.invert(image).point(lambda level: 255 if level > 255 - WHITE else 0).getbbox()


@dataclass(frozen=True)
class Shown:
    """What a window shows of a page."""

    image: Image.Image

    @property
    def is_clear_at_edges(self) -> bool:
        """Nothing touches the window's edge: what is seen is seen whole."""
        found = ink(self.image)
        wide, high = self.image.size
        return found is not None and found[0] > 0 and found[1] > 0 and found[2] < wide and found[3] < high

    def is_like(self, other: Image.Image) -> bool:
        """The same ink, to the dot."""
        mine, theirs = ink(self.image), ink(other)
        if mine is None or theirs is None:
            return mine == theirs
        a, b = self.image.crop(mine), other.crop(theirs)
        return a.size == b.size and a.tobytes() == b.tobytes()
