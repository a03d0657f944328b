"""Who hears of a mistake: the one who made it, also when the head is too broken to be read."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from mailer.content.parse import parse
from mailer.content.source import Source

ZONE = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    "text",
    [
        "---\nrubrik: Bord\nansvarig: Kim Skribent\n---\n\nText.\n",
        "---\nrubrik: Bord\nansvrig: Kim Skribent\n---\n\nText.\n",
        "---\nrubrik: Bord\nansvarig: Kim Skribent\n\nText utan slut på huvudet.\n",
        "---\nrubrik: Bord ansvarig: Kim Skribent ordning: 3\n---\n\nText.\n",
        "rubrik: Bord\n**ansvarig:** Kim Skribent\n\nText.\n",
    ],
)
def test_finds_the_name_wherever_it_stands(text: str) -> None:
    content = parse([Source("2026-12/bord.md", text.encode(), "hash")], date(2026, 12, 15), ZONE)
    assert content.owners == {"2026-12/bord.md": "Kim Skribent"}


def test_names_nobody_who_is_not_named() -> None:
    text = "---\nrubrik: Ansvar för vägen\n---\n\nKommunen är ansvarig för vägen.\n"
    assert parse([Source("2026-12/a.md", text.encode(), "hash")], date(2026, 12, 15), ZONE).owners == {}
