"""The editors' handbook: every sentence that a broken house says can be looked up in it, and its examples are good."""

import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailer.content.blocks import parse_block
from mailer.content.events import parse_event

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "redaktor.md").read_text("utf-8")
HOUSES = sorted((ROOT / "tests" / "broken").glob("*/expected.txt"))
# The first cell of a row in the section of messages; ”…” stands for a value.
MESSAGES = re.findall(r"^\| `([^`]+)` \|", PAGE.partition("## 14. ")[2], re.M)
EXAMPLES = [found for found in re.findall(r"^```\n(.*?)^```", PAGE, re.M | re.S) if found.startswith(("---\n", "# "))]


def as_pattern(message: str) -> re.Pattern[str]:
    return re.compile(".+?".join(re.escape(part) for part in message.split("…")))


@pytest.mark.parametrize("house", HOUSES, ids=lambda path: path.parent.name)
def test_explains_what_a_broken_house_says(house: Path):
    assert len(MESSAGES) > 50
    patterns = [as_pattern(message) for message in MESSAGES]
    said = [line.partition(": ")[2] for line in house.read_text("utf-8").splitlines() if not line.startswith(" ")]
    missing = [what for what in said if not any(pattern.fullmatch(what) for pattern in patterns)]
    assert not missing, "docs/redaktor.md, avsnitt 14"


def test_names_each_message_once():
    assert sorted(MESSAGES) == sorted(set(MESSAGES))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[1][:30])
def test_shows_examples_that_work(example: str):
    if "\ndatum: " in example:
        made = parse_event("evenemang/a.md", example, "hash", date(2024, 5, 3), ZoneInfo("Europe/Stockholm"))
        assert made.title
    else:
        assert parse_block("2024-05/a.md", example, "hash", date(2024, 5, 3)).title
