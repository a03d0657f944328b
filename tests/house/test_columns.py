"""The files of the standing columns: whole or not at all, never in another's place, and read as untouched."""

import os
import stat
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailer.content import new_file
from mailer.content.folder import read_folder
from mailer.content.new_file import make_file, make_folder
from mailer.content.parse import parse
from mailer.content.stamps import fingerprint, read_stamps
from mailer.errors import AdminError
from mailer.issue import deadline
from mailer.settings import Column, Series
from mailer.verbs import changes
from mailer.verbs.columns import text_of

ZONE = ZoneInfo("Europe/Stockholm")
V = Series(key="v", name="V", lists=("medlemmar",))


@pytest.mark.parametrize(
    "column",
    [
        Column(key="ks", name="Kommunstyrelsen", owner="Kerstin Lund", order=20),
        Column(key="ks", name="Kommunstyrelsen"),
        Column(key="kf-2", name='”Fullmäktige”: # [nytt] "ja"', owner="å ä ö"),
        Column(key="ks", name="mycket lång " * 30, owner="a\nspalt: b"),
    ],
)
def test_makes_a_file_that_waits_for_its_owner(tmp_path: Path, column: Column) -> None:
    make_folder(tmp_path, "2024-06")
    assert make_file(tmp_path, "2024-06", f"51-{column.key}.md", text_of(column))
    folder = read_folder(tmp_path)
    content = parse(folder.files, date(2024, 6, 15), ZONE, folder.problems)
    assert (content.problems, content.blocks, content.closed) == ((), (), ())
    assert [(f.path, f.month, f.column) for f in content.untouched] == [
        (f"2024-06/51-{column.key}.md", "2024-06", column.key)
    ]
    written = text_of(column).replace("(Skriv här.", "Nu hände det.\n\n(Skriv här.")
    path = tmp_path / "2024-06" / f"51-{column.key}.md"
    path.write_text(written, "utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    folder = read_folder(tmp_path)
    (block,) = parse(folder.files, date(2024, 6, 15), ZONE, folder.problems).blocks
    name = " ".join(column.name.split())[:120].rstrip()
    assert (block.column, block.order, block.title) == (column.key, column.order, name)


@pytest.mark.parametrize("has_links", [True, False])
def test_never_takes_the_place_of_a_file_that_is_there(tmp_path, monkeypatch, has_links):
    def without_links(*_, **__):
        raise OSError(95, "Operation not supported")

    if not has_links:
        monkeypatch.setattr(new_file.os, "link", without_links)
    make_folder(tmp_path, "2024-06")
    assert make_file(tmp_path, "2024-06", "ks.md", "först")
    assert not make_file(tmp_path, "2024-06", "ks.md", "sedan")
    assert (tmp_path / "2024-06/ks.md").read_text("utf-8") == "först"
    assert os.listdir(tmp_path / "2024-06") == ["ks.md"]


def test_makes_files_that_need_no_time_to_settle(tmp_path):
    make_folder(tmp_path, "2024-06")
    make_file(tmp_path, "2024-06", "ks.md", "text")
    assert read_folder(tmp_path, settle_s=changes.REST_S).unsettled == ()


def test_gives_files_to_those_who_may_write_in_the_folder(tmp_path):
    tmp_path.chmod(0o2770)
    assert make_folder(tmp_path, "2024-06")
    assert not make_folder(tmp_path, "2024-06")
    make_file(tmp_path, "2024-06", "ks.md", "text")
    assert stat.S_IMODE((tmp_path / "2024-06").stat().st_mode) == 0o2770
    assert stat.S_IMODE((tmp_path / "2024-06/ks.md").stat().st_mode) == 0o660


def test_follows_no_link_out_of_the_folder(tmp_path):
    content, outside = tmp_path / "content", tmp_path / "annat"
    content.mkdir()
    outside.mkdir()
    (content / "2024-06").symlink_to(outside)
    make_folder(content, "2024-06")
    with pytest.raises(AdminError, match="går inte att skapa"):
        make_file(content, "2024-06", "ks.md", "text")
    assert os.listdir(outside) == []


def test_sees_every_change_of_a_file_and_none_of_what_is_hidden(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.md").write_text("x", "utf-8")
    (tmp_path / "LÄSMIG.md").write_text("x", "utf-8")
    before = read_stamps(tmp_path)
    assert {path: stamp.is_copy for path, stamp in before.items()} == {"a/b.md": True, "LÄSMIG.md": False}
    (tmp_path / ".sync_1.db").write_text("x", "utf-8")
    (tmp_path / "a/~$b.md").write_text("x", "utf-8")
    assert read_stamps(tmp_path) == before
    os.utime(tmp_path / "a/b.md", (1, 1))
    assert fingerprint(read_stamps(tmp_path).values()) != fingerprint(before.values())
    assert read_stamps(tmp_path / "finns inte") == {}


@pytest.mark.parametrize(
    ("assemble_day", "period", "last", "words"),
    [
        (3, "2024-06", date(2024, 6, 2), "söndagen den 2 juni, på kvällen"),
        (1, "2024-06", date(2024, 5, 31), "fredagen den 31 maj, på kvällen"),
        (1, "2024-01", date(2023, 12, 31), "söndagen den 31 december, på kvällen"),
    ],
)
def test_counts_the_evening_before_the_issue_is_made_as_the_last(assemble_day, period, last, words):
    series = V.model_copy(update={"assemble_day": assemble_day})
    assert deadline.last_day(series, period) == last
    assert deadline.in_words(last) == words


def test_offers_a_month_ahead_also_over_the_turn_of_the_year():
    assert deadline.offer_at("2025-01", ZONE).astimezone(ZONE).isoformat() == "2024-12-01T06:00:00+01:00"
    assert deadline.ahead(date(2024, 6, 2), date(2024, 6, 1)) == "i morgon kväll"
    assert deadline.ahead(date(2024, 6, 2), date(2024, 5, 28)) == "om 5 dagar"
