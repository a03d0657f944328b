"""The issues that exist and the blocks they have used, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from mailer.content.blocks import Block
from mailer.db import Database
from mailer.issue import store
from mailer.issue.assemble import Issue, assemble
from mailer.settings import Series

SERIES = Series(key="v-aktuellt", name="V Aktuellt", lists=("medlemmar",))
NOW = datetime(2024, 5, 3, 6, tzinfo=UTC)
LOOSE = Block("löst.md", "Löst", "text", "h1")
MONTHLY = Block("2024-05/a.md", "A", "text", "h2", month="2024-05")


def issue(db: Database, period: str, *blocks: Block) -> Issue:
    used = db.read(lambda c: store.used_blocks(c, SERIES.key))
    return assemble(SERIES, period, blocks, [], date(2024, 5, 3), ZoneInfo("Europe/Stockholm"), used)


def test_opens_an_issue_once_per_series_and_period(db: Database) -> None:
    def opens(series: str, period: str) -> bool:
        return db.write(lambda c: store.open_issue(c, series, period, NOW))

    assert opens("v-aktuellt", "2024-05")
    assert not opens("v-aktuellt", "2024-05")
    assert opens("v-aktuellt", "2024-06")
    assert opens("styrelsebrev", "2024-05")


def test_lets_one_of_many_schedulers_open_an_issue(db: Database, database_url: str) -> None:
    others = [Database(database_url) for _ in range(3)]
    try:
        with ThreadPoolExecutor(8) as pool:
            tries = [
                pool.submit(d.write, lambda c: store.open_issue(c, "v-aktuellt", "2024-05", NOW))
                for d in (db, *others) * 4
            ]
        assert [t.result() for t in tries].count(True) == 1
    finally:
        for other in others:
            other.close()


def test_remembers_only_blocks_that_are_printed_once(db: Database) -> None:
    made = issue(db, "2024-05", LOOSE, MONTHLY)
    db.write(lambda c: store.remember_used(c, made))
    assert db.read(lambda c: store.used_blocks(c, "v-aktuellt")) == {"löst.md": "2024-05"}
    assert db.read(lambda c: store.used_blocks(c, "annan-serie")) == {}
    assert [b.path for b in issue(db, "2024-05", LOOSE, MONTHLY).blocks] == ["2024-05/a.md", "löst.md"]
    assert issue(db, "2024-06", LOOSE).blocks == ()


def test_frees_a_block_that_a_new_assembly_no_longer_has(db: Database) -> None:
    for blocks in ((LOOSE,), (LOOSE,), (MONTHLY,)):
        made = issue(db, "2024-05", *blocks)
        db.write(lambda c, made=made: store.remember_used(c, made))  # type: ignore[misc]
    assert db.read(lambda c: store.used_blocks(c, "v-aktuellt")) == {}
    assert [b.path for b in issue(db, "2024-06", LOOSE).blocks] == ["löst.md"]


def test_never_takes_a_block_from_another_period(db: Database) -> None:
    may, june = (
        issue(db, "2024-05", LOOSE),
        issue(db, "2024-06", LOOSE),
    )  # two at once, both believe it is free
    for made in (may, june):
        db.write(lambda c, made=made: store.remember_used(c, made))  # type: ignore[misc]
    assert db.read(lambda c: store.used_blocks(c, "v-aktuellt")) == {"löst.md": "2024-05"}


def test_remembers_a_title_of_any_length(db: Database) -> None:
    long = replace(LOOSE, path="å" * 400 + ".md", title="x" * 5000)
    made = issue(db, "2024-05", long)
    db.write(lambda c: store.remember_used(c, made))
    assert db.read(lambda c: store.used_blocks(c, "v-aktuellt")) == {long.path: "2024-05"}
