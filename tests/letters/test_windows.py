"""Windows: whatever way the sheet slides, the whole address shows, and nothing else."""

from dataclasses import replace

import pytest

from mailer.errors import AdminError
from mailer.letters.address_lines import placed
from mailer.letters.letter import print_letters
from mailer.letters.model import Box, Window
from mailer.letters.page import A4, A5, new_document, save
from mailer.letters.parts import LEFT, draw_address
from mailer.letters.windows import WINDOWS, address_box, check, clear_zone, window
from tests.letters.seen import PER_MM, Shown, cut, ink, page
from tests.letters.written import SENDER, WORDS, envelope

LONG = {
    "names": ("Lars-Erik Gustafsson-Wallenstråle", "Märta Ingegerd Gustafsson-Wallenstråle", "Åke Wallenstråle"),
    "care_of": "Överförmyndarnämnden i Vallentuna",
    "street": "Överstelöjtnant Wästbergs väg 118 C lgh 1603",
}
OWN = Window("eget", "Vårt", 229, 162, 210, 148, Box(20, 60, 110, 40))
HIGH = Window("hogt", "Högt", 220, 110, 210, 99, Box(15, 20, 95, 40))
NARROW = Window("snavt", "Utan plats bredvid", 220, 110, 210, 99, Box(15, 20, 190, 40))


def shifts(seen: Window) -> list[tuple[float, float]]:
    """Corners, edges, the middle, and a place that is none of them, to the dot."""
    across, down = seen.slide
    return [(x * across, y * down) for x in (0, 0.5, 1) for y in (0, 0.5, 1)] + [(across * 0.2, down * 0.8)]


def shown(image, seen: Window, shift: tuple[float, float]) -> Shown:
    frame = seen.window
    return Shown(cut(image, Box(frame.x - shift[0], frame.y - shift[1], frame.width, frame.height)))


@pytest.mark.parametrize("seen", [*WINDOWS, replace(WINDOWS[2], paper="A5"), OWN, HIGH, NARROW], ids=lambda w: w.key)
@pytest.mark.parametrize("more", [{}, LONG], ids=["short", "long"])
def test_shows_the_whole_address_and_nothing_else_wherever_the_sheet_slides(tmp_path, seen, more):
    letter = envelope(sheets=1 if not more else 2, **more)
    print_letters(tmp_path / "brev.pdf", [letter], WORDS, SENDER, seen)
    alone = new_document("", A5 if seen.paper == "A5" else A4)
    alone.add_page()
    draw_address(alone, placed(letter.postal, address_box(seen), LEFT))
    save(alone, tmp_path / "adress.pdf")
    address = page(tmp_path / "adress.pdf")
    for number in range(0, 2 * len(letter.sheets), 2):
        image = page(tmp_path / "brev.pdf", number)
        for shift in shifts(seen):
            found = shown(image, seen, shift)
            assert found.is_clear_at_edges, (number, shift)
            assert found.is_like(address), (number, shift)


@pytest.mark.parametrize("seen", WINDOWS, ids=lambda w: w.key)
def test_prints_an_address_of_five_lines_in_ten_points_or_more(seen):
    letter = envelope(sheets=2, care_of="Åström")
    assert placed(letter.postal, address_box(seen)).size >= 10
    assert len(placed(letter.postal, address_box(seen)).lines) == 5


@pytest.mark.parametrize("seen", WINDOWS, ids=lambda w: w.key)
def test_has_room_for_six_lines_that_are_still_read(seen):
    assert placed(envelope(sheets=3, care_of="Åström").postal, address_box(seen)).size >= 8


@pytest.mark.parametrize("seen", WINDOWS, ids=lambda w: w.key)
def test_slides_as_far_as_the_paper_lets_it(seen):
    assert seen.slide == ((10, 11) if seen.key.startswith("e65") else (19, 14))


def test_sees_ink_that_a_window_would_show(tmp_path):
    """The test of the test: a line of text in the zone, and an address that reaches over the edge, are both found."""
    seen = WINDOWS[0]
    pdf = new_document("")
    pdf.add_page()
    address = placed(envelope().postal, address_box(seen))
    draw_address(pdf, address)
    save(pdf, tmp_path / "adress.pdf")
    zone = clear_zone(seen)
    pdf = new_document("")
    pdf.add_page()
    draw_address(pdf, address)
    pdf.line(zone.x + 1, zone.y + 1, zone.x + 2, zone.y + 1)
    save(pdf, tmp_path / "fel.pdf")
    right, wrong = page(tmp_path / "adress.pdf"), page(tmp_path / "fel.pdf")
    assert all(shown(right, seen, shift).is_like(right) for shift in shifts(seen))
    assert not all(shown(wrong, seen, shift).is_like(right) for shift in shifts(seen))
    below = ink(right)[3] / PER_MM
    low = replace(seen, window=replace(seen.window, height=below - seen.window.y - 1))
    assert not shown(right, low, (0, 0)).is_clear_at_edges


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(WINDOWS[0], window=Box(110, 42, 90, 25)), "Fem rader behöver 21 mm"),
        (replace(WINDOWS[0], window=Box(110, 42, 60, 35)), "62 mm behövs"),
        (replace(WINDOWS[0], window=Box(150, 42, 90, 35)), "Ändra window_x eller window_width"),
        (replace(WINDOWS[0], window=Box(110, 90, 90, 35)), "Ändra window_y eller window_height"),
        (replace(WINDOWS[0], window=Box(110, 65, 90, 35)), "nedanför vikningen"),
        (replace(WINDOWS[0], sheet_width=230), "arket är större än kuvertet"),
    ],
)
def test_refuses_a_window_that_no_address_fits(wrong, said):
    with pytest.raises(AdminError, match=said) as refused:
        check(wrong)
    assert "[[windows]] e65-h2" in str(refused.value)


def test_puts_a_homes_own_window_before_ours():
    own = replace(WINDOWS[0], window=Box(100, 42, 95, 35))
    assert window("e65-h2") is WINDOWS[0]
    assert window("e65-h2", (own,)) is own
    with pytest.raises(AdminError, match="fönsterkuvertet ”c4” finns inte") as refused:
        window("c4", (OWN,))
    assert "eget" in str(refused.value)
