"""The page that shows where we believe an envelope's window is: print, fold, put in, hold against the light.

Takes   a Window, whether or not an address would fit it.
Gives   a PDF of one page: a grid in millimetres, the window's frame, what to change in settings.toml.
Fails   OSError when the file cannot be written.
"""

from pathlib import Path

from fpdf import FPDF

from mailer.letters.flow import lay
from mailer.letters.model import Box, Window
from mailer.letters.page import A4, A5, BLACK, GREY, draw_lines, new_document, save, write
from mailer.letters.parts import draw_folds
from mailer.letters.windows import address_box, clear_zone

_TEXT = """Skriv ut sidan i **100 %** (”verklig storlek”, inte ”anpassa till sidan”). Mät sedan linjalen under texten:
den ska vara 100 mm. {fold} Lägg arket i kuvertet och **skjut det så långt upp och åt vänster som det går**. Håll
kuvertet mot ljuset.

Den tjocka ramen ska följa fönstrets kant. Gör den inte det: kopiera raderna längst ner till settings.toml, skriv deras
key som window under [letters], och ändra efter rutnätet:

- fönstret sitter längre till höger än ramen: **öka** window_x; längre till vänster: **minska**
- fönstret sitter längre ner än ramen: **öka** window_y; längre upp: **minska**
- fönstret är bredare eller högre än ramen: **öka** window_width eller window_height; annars **minska**

Skjut sedan arket ner och åt höger. Allt inom den streckade ramen ska fortfarande synas: där står adressen. Syns mindre
glider arket längre än vi tror: mät kuvertets insida och ändra envelope_width och envelope_height. Det gråa fältet är
allt som kan synas. Där står inget annat än adressen.
"""


def print_calibration(path: Path, window: Window) -> None:
    """The page for one profile."""
    pdf = new_document(f"Mätark {window.key}", A5 if window.paper == "A5" else A4)
    pdf.add_page()
    seen, clear = window.window, clear_zone(window)
    top = clear.y + clear.height
    pdf.set_fill_color(236)
    pdf.rect(clear.x, clear.y, clear.width, clear.height, style="F")
    _grid(pdf, top + 6)
    _frame(pdf, seen, 0.7)
    with pdf.local_context():
        pdf.set_dash_pattern(dash=1.6, gap=1.2)
        _frame(pdf, address_box(window), 0.4)
    _label(pdf, seen, window)
    if window.paper == "A5":
        pdf.add_page()
        top = 0
    draw_folds(pdf, window)
    write(pdf, f"Mätark för {window.name} ({window.key})", 25, top + 18, 14, "B")
    folds = round(pdf.h / window.sheet_height)
    fold = {1: "", 2: "Vik på mitten."}.get(folds, "Vik vid strecken till vänster.")
    size = 9 if window.paper == "A5" else 10.5
    y = draw_lines(pdf, lay(_TEXT.format(fold=fold), 160, size), 25, top + 23)
    _ruler(pdf, 25, y + 8)
    for n, line in enumerate(_profile(window)):
        write(pdf, line, 25, y + 24 + n * 4.2, 8.5)
    save(pdf, path)


def _grid(pdf: FPDF, bottom: float) -> None:
    """A line every 5 mm, a darker one with its number every 10."""
    pdf.set_text_color(GREY)
    across, down = int(pdf.w // 5), int(min(bottom, pdf.h) // 5)
    for n in range(1, across):
        pdf.set_draw_color(150 if n % 2 == 0 else 215)
        pdf.set_line_width(0.1)
        pdf.line(n * 5, 0, n * 5, down * 5)
        if n % 2 == 0:
            write(pdf, str(n * 5), n * 5, 9, 6, align="C")
    for n in range(1, down + 1):
        pdf.set_draw_color(150 if n % 2 == 0 else 215)
        pdf.line(0, n * 5, pdf.w, n * 5)
        if n % 2 == 0:
            write(pdf, str(n * 5), 6, n * 5 - 0.6, 6)
    pdf.set_text_color(BLACK)


def _frame(pdf: FPDF, box: Box, thick: float) -> None:
    pdf.set_draw_color(BLACK)
    pdf.set_line_width(thick)
    pdf.rect(box.x, box.y, box.width, box.height)


def _label(pdf: FPDF, seen: Box, window: Window) -> None:
    middle = seen.x + address_box(window).width / 2
    for n, line in enumerate(("Håll mot ljuset:", "tjock ram = fönstret", "streckad ram = adressen")):
        write(pdf, line, middle, seen.y + 8 + n * 5, 10, "B" if not n else "", "C")


def _ruler(pdf: FPDF, x: float, y: float) -> None:
    """100 mm, to be measured."""
    pdf.set_draw_color(BLACK)
    pdf.set_line_width(0.3)
    pdf.line(x, y, x + 100, y)
    for n in range(101):
        pdf.line(x + n, y, x + n, y - (4 if n % 10 == 0 else 2.8 if n % 5 == 0 else 1.6))
    for n in range(0, 101, 10):
        write(pdf, str(n), x + n, y + 3.6, 7.5, align="C")
    write(pdf, "mm", x + 106, y, 8)


def _profile(window: Window) -> tuple[str, ...]:
    """The numbers as they stand, ready to be copied into settings.toml."""
    seen = window.window
    own = {
        "key": f'"eget-{window.key}"'[:34], "name": f'"{window.name}, vårt"',
        "envelope_width": f"{window.envelope_width:g}", "envelope_height": f"{window.envelope_height:g}",
        "sheet_width": f"{window.sheet_width:g}", "sheet_height": f"{window.sheet_height:g}",
        "window_x": f"{seen.x:g}", "window_y": f"{seen.y:g}",
        "window_width": f"{seen.width:g}", "window_height": f"{seen.height:g}", "paper": f'"{window.paper}"',
    }  # fmt: skip
    return ("[[windows]]", *(f"{key} = {value}" for key, value in own.items()))
