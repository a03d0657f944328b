"""What kind of event a file is about."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from mailer.content.blocks import parse_block
from mailer.content.events import parse_event
from mailer.content.kinds import unknown

ZONE = ZoneInfo("Europe/Stockholm")
KNOWN = ["torg", "medlemsmöte", "studiecirkel"]


@pytest.mark.parametrize(
    ("written", "read"),
    [("torg", "torg"), ("Torg", "torg"), ("”torg”", "torg"), ("  MEDLEMSMÖTE ", "medlemsmöte"), ("", "")],
)
def test_reads_the_kind_of_an_event_and_of_a_letter(written: str, read: str) -> None:
    head = f"---\nrubrik: Vi ses\nslag: {written}\n"
    event = parse_event("evenemang/a.md", f"{head}datum: 2024-05-18\n---\nKaffe.\n", "x", date(2024, 5, 1), ZONE)
    block = parse_block("brev.md", f"{head}---\nKaffe.\n", "x", date(2024, 5, 1))
    assert event.kind == block.kind == read
    assert event.line_of_kind == block.line_of_kind == 3


def test_says_which_kinds_there_are() -> None:
    assert unknown("a.md", "torg", KNOWN) == unknown("a.md", "", KNOWN) == ()
    (wrong,) = unknown("content/evenemang/torget.md", "torgg", KNOWN, 3)
    assert str(wrong) == (
        "content/evenemang/torget.md, rad 3: slaget ”torgg” finns inte bland föreningens sorter av evenemang.\n"
        "    Menade du ”torg”? De som finns är torg, medlemsmöte och studiecirkel."
    )
    (far,) = unknown("a.md", "xyz", KNOWN)
    assert far.remedy.startswith("Skriv torg, medlemsmöte eller studiecirkel, eller ta bort raden.")
    (none,) = unknown("a.md", "torg", [])
    assert none.remedy.startswith("Ta bort raden. Sorterna står under [[kinds]]")
