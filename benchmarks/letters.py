"""How fast letters are drawn, with and without the paper form, and how much memory that takes.

    .venv/bin/python benchmarks/letters.py [LETTERS]

Each in a process of its own: one-page letters to as many people, all of different names; the same with the form of the
example's survey; and the yardstick, the same words on as many pages by fpdf2's plain cells. The
ratio is of processor time, which holds on a busy machine too. JSON last.
"""

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import segno  # noqa: E402
from fpdf import FPDF  # noqa: E402

from mailer.content.questionnaires.whole import read_questionnaire  # noqa: E402
from mailer.letters import faces  # noqa: E402
from mailer.letters.form import PaperForm  # noqa: E402
from mailer.letters.letter import print_letters  # noqa: E402
from mailer.letters.windows import window  # noqa: E402
from tests.letters.written import SENDER, WORDS, envelopes  # noqa: E402

LETTERS = 1_000
SURVEY = ROOT / "content" / "enkater" / "medlemsenkat-2024.md"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS
    plain, letter, form = apart(cells, count), apart(letters, count), apart(with_form, count)
    print(json.dumps({
        "letters": count, "seconds": letter["seconds"], "with_form_seconds": form["seconds"],
        "peak_rss_mb": letter["rss_mb"], "with_form_peak_rss_mb": form["rss_mb"],
        "pdf_mb": letter["pdf_mb"], "with_form_pdf_mb": form["pdf_mb"], "with_form_pages": form["pages"],
        "cpu_s": letter["cpu_s"], "with_form_cpu_s": form["cpu_s"], "yardstick_cpu_s": plain["cpu_s"],
        "yardstick": plain["seconds"], "ratio": round(letter["cpu_s"] / plain["cpu_s"], 2),
    }))  # fmt: skip


def apart(draw: Callable[[Path, int], int], count: int) -> dict[str, Any]:
    """In a process of its own: what one has used is not in the memory of the next."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (draw, count))


def measured(draw: Callable[[Path, int], int], count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "brev.pdf"
        began, worked = time.perf_counter(), time.process_time()
        pages = draw(path, count)
        took, cpu = time.perf_counter() - began, time.process_time() - worked
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found = {"seconds": round(took, 2), "cpu_s": round(cpu, 2), "rss_mb": round(rss), "pages": pages,
                 "pdf_mb": round(path.stat().st_size / 1e6, 1)}  # fmt: skip
        print(json.dumps({draw.__name__: found}))
        return found


def letters(path: Path, count: int) -> int:
    return print_letters(path, envelopes(count), WORDS, SENDER, window("e65-h2"), duplex=False).pages


def with_form(path: Path, count: int) -> int:
    return print_letters(path, envelopes(count), WORDS, SENDER, window("e65-h2"), the_form()).pages


def the_form() -> PaperForm:
    questionnaire = read_questionnaire(SURVEY.name, SURVEY.read_bytes()).questionnaire
    assert questionnaire is not None
    return PaperForm(questionnaire)


def cells(path: Path, count: int) -> int:
    """What one would write first: multi_cell and one square for each module."""
    pdf = FPDF()
    pdf.add_font("letter", "", faces.FOLDER / faces.FILES[""])
    for envelope in envelopes(count):
        sheet, postal = envelope.sheets[0], envelope.postal
        pdf.add_page()
        pdf.set_font("letter", "", 11)
        pdf.set_xy(110, 45)
        pdf.multi_cell(80, 5, "\n".join((*postal.names, postal.street, f"{postal.postcode} {postal.city}")))
        pdf.set_xy(25, 90)
        pdf.multi_cell(160, 5.5, WORDS["sv"].text.replace("{{ förnamn }}", sheet.first_name))
        for y, row in enumerate(segno.make(sheet.link, error="m", micro=False).matrix):
            for x, dark in enumerate(row):
                if dark:
                    pdf.rect(25 + x * 0.7, 230 + y * 0.7, 0.7, 0.7, style="F")
        pdf.set_xy(70, 240)
        pdf.cell(100, 8, sheet.code)
    pdf.output(str(path))
    return count


if __name__ == "__main__":
    main()
