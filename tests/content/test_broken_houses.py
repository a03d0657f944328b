"""Folders with one mistake each: the sentence, and that the rest goes on."""

import hashlib
import os
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailer.content.folder import read_folder
from mailer.content.parse import parse
from mailer.content.source import Source
from mailer.issue.assemble import assemble
from mailer.settings import Series

HOUSES = sorted(p for p in (Path(__file__).parent.parent / "broken").iterdir() if p.is_dir())
ZONE = ZoneInfo("Europe/Stockholm")
SERIES = Series(key="v-aktuellt", name="V Aktuellt", lists=("medlemmar",))
GOOD = b"# Ett inslag utan fel\n\nDet ska alltid med.\n"


@pytest.mark.parametrize("house", HOUSES, ids=lambda p: p.name)
def test_says_what_is_wrong_and_how_to_mend_it(house: Path) -> None:
    folder = read_folder(house / "content", settle_s=0)
    good = Source("2024-05/99-bra.md", GOOD, hashlib.sha256(GOOD).hexdigest())
    content = parse((*folder.files, good), date(2024, 5, 15), ZONE, folder.problems)
    issue = assemble(SERIES, "2024-05", content.blocks, content.events, date(2024, 5, 3), ZONE, {}, content.problems)
    said = "".join(f"{problem}\n" for problem in issue.problems)
    expected = house / "expected.txt"
    if os.environ.get("MAILER_GOLDEN") == "write":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    assert said, "ett trasigt hus som ingen klagar på"
    assert "2024-05/99-bra.md" in [block.path for block in issue.blocks]
