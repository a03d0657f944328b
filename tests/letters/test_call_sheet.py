"""The house and its call sheet: ten people, seven outcomes, and a front that names nobody's association."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailer.letters.call_sheet import ANSWERED, print_call_sheet
from mailer.letters.sheet_paper import SheetLine, SheetPaper, Tick
from tests.letters import printed
from tests.letters.printed import Leaf

NAMES = (
    "Anna Berg", "Bo Ekström", "Eva-Lotta Margareta Hammarskiöld-Wennergren af Ugglas", "Dragan Hodžić", "Åsa Öberg",
    "Nguyễn Thị Minh", "Łukasz Wójcik", "Fatma Çelik", "Gun Ask", "Per Lind",
)  # fmt: skip
TICKS = (
    Tick("Svarade inte"), Tick("Upptaget"), Tick("Ring igen", has_time=True), Tick("Vill svara själv"),
    Tick("Vill inte svara"), Tick("Fel nummer"), Tick("Avliden eller inte medlem längre"),
)  # fmt: skip
SCRIPT = "Jag är med i **Föreningen Exempel** och ringer om vår medlemsenkät.\n\n*Passar det inte:* Fråga när."
ENGLISH = "I am a member of Föreningen Exempel."


def line(number: int, name: str) -> SheetLine:
    return SheetLine(number, name, f"070-174 06 {number:02d}", "sv", number % 3)


PAPER = SheetPaper(
    7, "Kim Lund", date(2024, 4, 9), datetime(2024, 4, 9, 20, tzinfo=ZoneInfo("Europe/Stockholm")),
    tuple(line(n, name) for n, name in enumerate(NAMES, 1)), TICKS, {"sv": SCRIPT, "en": ENGLISH}, "08-174 06 05",
    "Anna Redaktör",
)  # fmt: skip


def pages(folder: Path, paper: SheetPaper = PAPER) -> list[Leaf]:
    print_call_sheet(folder / "blad.pdf", paper)
    return printed.leaves(folder / "blad.pdf")


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> list[Leaf]:
    return pages(tmp_path_factory.mktemp("blad"))


def test_puts_ten_people_on_the_front_and_what_to_say_on_the_back(usual: list[Leaf]) -> None:
    front, back = usual
    for one in PAPER.lines:
        assert f"{one.number}. {one.name[:20]}" in front.text
        assert one.phone in front.text
    assert "Passar det inte: Fråga när." in back.text
    assert "08-174 06 05" in back.text


def test_names_neither_association_nor_survey_where_a_passer_by_reads(usual: list[Leaf]) -> None:
    front, back = usual
    for word in ("Föreningen", "enkät", "medlemsenkät"):
        assert word not in front.text
    assert "Föreningen Exempel" in back.text


def test_has_a_box_for_every_outcome_of_every_person(usual: list[Leaf]) -> None:
    front, back = usual
    for words in (ANSWERED, *(tick.words for tick in TICKS)):
        assert front.text.count(words) == len(NAMES)
    assert len(front.squares) == len(NAMES) * (len(TICKS) + 1)
    assert min(front.squares) >= 4.5
    assert front.text.count("kl.") == len(NAMES) + 1
    assert not back.squares


def test_can_be_read_at_a_kitchen_table(usual: list[Leaf]) -> None:
    for leaf in usual:
        assert min(leaf.sizes) >= 11
        assert leaf.ink is not None
        assert min(leaf.ink) >= 12


def test_says_whose_it_is_until_when_and_what_becomes_of_it(usual: list[Leaf]) -> None:
    front, back = usual
    for words in ("Blad 7", "Kim Lund", "Tisdag 9 april. Bladet gäller till kl. 20.00.", "10 personer",
                  "Lämna tillbaka bladet till Anna Redaktör", "inte fotograferas, kopieras eller läggas i soporna",
                  "Återlämnat den"):  # fmt: skip
        assert words in front.text
    assert "Blad 7, baksidan" in back.text


def test_says_first_that_the_yes_comes_before_the_association(usual: list[Leaf]) -> None:
    front, _ = usual
    assert front.text.index("vänta på ett ja. Säg inte varifrån du ringer innan dess") < front.text.index("Anna Berg")


def test_names_another_day_when_the_sheet_is_out_longer(tmp_path: Path) -> None:
    front, _ = pages(tmp_path, replace(PAPER, until=PAPER.until.replace(day=11)))
    assert "Bladet gäller till torsdag 11 april kl. 20.00." in front.text


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (SheetLine(1, "A", "070", "en"), "engelska"),
        (SheetLine(1, "A", "070", "sv", 2), "2 samtal förut"),
        (SheetLine(1, "A", "070", "en", 2), "engelska · 2 samtal förut"),
        (SheetLine(1, "A", "070", "sv", 2, "tisdag 9 april kl. 18.30"), "vill bli ringd tisdag 9 april kl. 18.30"),
    ],
)
def test_tells_what_is_worth_knowing_before_a_call(tmp_path: Path, one: SheetLine, told: str) -> None:
    front, back = pages(tmp_path, replace(PAPER, lines=(one,)))
    assert told in front.text
    assert "1 person." in front.text
    assert (ENGLISH in back.text) == (one.language == "en")


def test_keeps_a_long_name_apart_from_its_number(tmp_path: Path) -> None:
    one = SheetLine(1, "M" * 80, "070-174 06 05", "en", 2, "onsdag 10 april kl. 18.30")
    front, _ = pages(tmp_path, replace(PAPER, lines=(one,)))
    assert "MMM" in front.text
    assert "…" in front.text
    assert "070-174 06 05" in front.text
    assert front.ink is not None
    assert min(front.ink) >= 12


@pytest.mark.parametrize("many", [11, 23])
def test_never_prints_the_script_on_a_front(tmp_path: Path, many: int) -> None:
    """More people than one side holds: the back is still a back."""
    paper = replace(PAPER, lines=tuple(line(n, f"Person {n}") for n in range(1, many + 1)))
    found = pages(tmp_path, paper)
    assert len(found) % 2 == 0
    assert "När du har fått ett ja" in found[-1].text
    assert all("enkät" not in leaf.text for leaf in found[:-1])
    assert "Återlämnat den" in " ".join(leaf.text for leaf in found[:-1])
    assert all(min(leaf.ink) >= 12 for leaf in found if leaf.ink)


def test_lets_a_long_script_go_on_over_pages(tmp_path: Path) -> None:
    found = pages(tmp_path, replace(PAPER, scripts={"sv": "\n\n".join(f"Mening {n} att säga." for n in range(90))}))
    text = " ".join(leaf.text for leaf in found)
    assert all(f"Mening {n} att säga." in text for n in range(90))
    assert all(min(leaf.ink) >= 12 for leaf in found if leaf.ink)


def test_prints_a_sheet_of_nobody(tmp_path: Path) -> None:
    front, _ = pages(tmp_path, replace(PAPER, lines=(), scripts={}, telephone="", return_to=""))
    assert "0 personer. Lämna tillbaka bladet." in front.text
