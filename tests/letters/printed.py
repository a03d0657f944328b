"""What is on a printed page: read back from the PDF, as a reader and a ruler would."""

import ctypes
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw
import zxingcpp
from fpdf import FPDF
from PIL import Image, ImageOps

MM = 25.4 / 72
DOTS = 4  # of the bitmap, for each point


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page. Lengths in millimetres, type in points."""

    lines: tuple[str, ...]
    sizes: tuple[float, ...]  # of each character that is seen
    squares: tuple[float, ...]  # sides of the white inside what is drawn as a square
    ink: tuple[float, float, float, float] | None  # from the left, top, right and bottom edges; None: a blank page

    @property
    def text(self) -> str:
        return " ".join(self.lines)


def leaves(source: FPDF | Path) -> list[Leaf]:
    """Every page."""
    document = _open(source)
    try:
        return [_leaf(page) for page in document]
    finally:
        document.close()


def picture(source: FPDF | Path, page: int, scale: float = DOTS) -> Image.Image:
    """One page in grey, from 0."""
    document = _open(source)
    try:
        return document[page].render(scale=scale).to_pil().convert("L")
    finally:
        document.close()


def codes(source: FPDF | Path, page: int) -> list[str]:
    """What the QR codes of the page say."""
    return [found.text for found in zxingcpp.read_barcodes(picture(source, page))]


def _open(source: FPDF | Path) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(bytes(source.output()) if isinstance(source, FPDF) else source.read_bytes())


def _leaf(page: pypdfium2.PdfPage) -> Leaf:
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    sizes = []
    for n in range(textpage.count_chars()):
        if not chr(raw.FPDFText_GetUnicode(textpage.raw, n)).isspace():
            sizes.append(raw.FPDFText_GetFontSize(textpage.raw, n))
    textpage.close()
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    return Leaf(lines, tuple(sizes), tuple(_squares(page)), _ink(page))


def _squares(page: pypdfium2.PdfPage) -> list[float]:
    found = []
    for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(one.raw, fill, stroke)
        left, bottom, right, top = one.get_bounds()
        line = ctypes.c_float()
        raw.FPDFPageObj_GetStrokeWidth(one.raw, line)
        width, height = (right - left) * MM, (top - bottom) * MM
        if stroke.value and width > 1 and abs(width - height) < 0.05:
            found.append(width - 3 * line.value * MM)  # the bounds lie a line outside the line
    return found


def _ink(page: pypdfium2.PdfPage) -> tuple[float, float, float, float] | None:
    image = page.render(scale=1.5).to_pil().convert("L")
    box = ImageOps.invert(image).getbbox()
    if box is None:
        return None
    left, top, right, bottom = (side / 1.5 * MM for side in box)
    return left, top, page.get_width() * MM - right, page.get_height() * MM - bottom
