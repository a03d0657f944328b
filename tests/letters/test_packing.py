"""What lies beside the letters: the packing list adds up, the label tells nothing, the calibration page measures."""

import re
from dataclasses import replace

import pytest

from mailer.letters.calibration import print_calibration
from mailer.letters.model import Box
from mailer.letters.packing import print_packing_list, print_return_labels
from mailer.letters.windows import WINDOWS
from tests.letters.seen import page, texts
from tests.letters.written import SENDER, envelope, envelopes

COUNT = 60


def test_lists_each_envelope_once_with_sums_that_run(tmp_path):
    some, sheets = envelopes(COUNT), [1 + n % 3 for n in range(COUNT)]
    print_packing_list(tmp_path / "lista.pdf", some, "Körning 3: Frågeblad med posten", sheets)
    pages = texts(tmp_path / "lista.pdf")
    whole = "\n".join(pages)
    assert len(pages) == 3
    assert all("Känsligt" in text and "Körning 3: Frågeblad med posten" in text for text in pages)
    for each in some:
        assert whole.count(each.postal.names[0]) == 1
    so_far = [tuple(map(int, found)) for found in re.findall(r"(\d+) kuvert och (\d+) ark", whole)]
    assert [kuvert for kuvert, _ in so_far] == [28, 56, 60]
    assert [ark for _, ark in so_far] == [sum(sheets[:28]), sum(sheets[:56]), sum(sheets)]
    assert "Underskrift" in pages[-1]
    assert "Underskrift" not in pages[0]
    assert not re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", whole)  # who has the list has no codes


def test_lists_a_household_on_one_line(tmp_path):
    print_packing_list(tmp_path / "lista.pdf", [envelope(sheets=4)], "Körning 1")
    (text,) = texts(tmp_path / "lista.pdf")
    assert "Åsa Öberg, Bo Öberg, Emina Hodžić, Örjan Çelik" in text
    assert "Summa: 1 kuvert och 4 ark" in text


def test_makes_a_list_of_nothing(tmp_path):
    print_packing_list(tmp_path / "lista.pdf", [], "Körning 1")
    assert "Summa: 0 kuvert och 0 ark" in texts(tmp_path / "lista.pdf")[0]


@pytest.mark.parametrize(("number", "pages"), [(0, 1), (24, 1), (25, 2)])
def test_prints_a_return_address_for_the_back_of_each_envelope(tmp_path, number, pages):
    print_return_labels(tmp_path / "etiketter.pdf", SENDER.return_address, number)
    found = texts(tmp_path / "etiketter.pdf")
    assert len(found) == pages
    assert found[0].count("Box 12") == found[0].count("186 21 Vallentuna") == found[0].count("Returadress") == 24
    assert "Vänsterpartiet" not in found[0]


@pytest.mark.parametrize("seen", [*WINDOWS, replace(WINDOWS[2], paper="A5")], ids=lambda w: f"{w.key}-{w.paper}")
def test_shows_where_it_believes_the_window_to_be(tmp_path, seen):
    print_calibration(tmp_path / "prov.pdf", seen)
    text = " ".join(" ".join(texts(tmp_path / "prov.pdf")).split())
    for word in ("window_x", "window_y", "100 %", "Håll mot ljuset", f"window_x = {seen.window.x:g}", seen.name):
        assert word in text
    image = page(tmp_path / "prov.pdf")
    frame, middle = seen.window, round((seen.window.y + seen.window.height / 2 + 0.5) * 5)
    edges = [x for x in (frame.x, frame.x + frame.width) if x < 210]  # C5 is wider than the sheet
    assert edges
    for x in edges:
        dots = [image.getpixel((round(x * 5) + n, middle)) for n in (-1, 0, 1)]
        assert min(dots) < 30  # a thick black line, to the dot
        assert image.getpixel((round(x * 5) - 5, middle)) > 30


def test_draws_the_page_for_a_window_that_is_refused(tmp_path):
    """Who has typed a wrong number needs the page most."""
    print_calibration(tmp_path / "prov.pdf", replace(WINDOWS[0], window=Box(190, 90, 60, 20)))
    assert "Mätark" in texts(tmp_path / "prov.pdf")[0]
