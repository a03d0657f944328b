"""Killed at its n-th write, the house has all of an issue or nothing of it, and everybody planned or nobody (K1, K2)."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from mailer.house import open_house
from mailer.issue.tables import issues
from mailer.outbox.store import mailings
from mailer.outbox.tables import mailings as table
from tests.crash.injected import WRITE, needs_strace, traced, writes
from tests.crash.kills import LETTER
from tests.homes import MEMBERS, ROOT, a_rendering, add_people, make_home

PERIOD, CLOCK = "2024-05", "2024-05-04T09:00,0"
ASSEMBLE = ("--clock", CLOCK, "assemble", PERIOD)
SEND = ("--clock", f"{CLOCK[:-1]}60", "send", LETTER)
PEOPLE = 200
pytestmark = [needs_strace, pytest.mark.soak]


def a_home(folder: Path) -> Path:
    """With people, blocks for May, and a letter that is approved; opened once, so that all it still writes is ours."""
    home = make_home(folder / "hem", 1)
    shutil.copytree(ROOT / "content", home / "content", dirs_exist_ok=True)
    with open_house(home, CLOCK) as house:
        now = house.clock.now()
        house.db.write(lambda c: add_people(c, house.keys, range(1, PEOPLE + 1), now))
        house.db.write(lambda c: _approved(c, now))
    return home


def _approved(c: Connection, now) -> None:
    from mailer.audience.rule import Rule
    from mailer.outbox.store import planning

    number = mailings.propose(
        c, mailings.Proposal(LETTER, "letter", "V Aktuellt", Rule((MEMBERS,)), (a_rendering(),)), now
    )
    row = mailings.read(c, number)
    counted = planning.head_count(c, row, now)
    mailings.approve(c, row, "Bo Godkännare", "test", now, counted.recipients, None,
                     editions=planning.edition_counts(c, row, now))  # fmt: skip


def anew(home: Path) -> Path:
    """The home as it was before anything happened, file by file in its place: a copy would wait for a person."""
    var, kept = home / "var", home.with_name("kept")
    if not kept.exists():
        shutil.copytree(var, kept)
    for path in [p for p in var.rglob("*") if p.is_file() and not (kept / p.relative_to(var)).exists()]:
        path.unlink()
    for path in (p for p in kept.rglob("*") if p.is_file()):
        (var / path.relative_to(kept)).write_bytes(path.read_bytes())  # the same file still, with what it had
    return home


def whole(home: Path) -> None:
    with closing(sqlite3.connect(home / "var" / "mailer.db")) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def assembled(home: Path) -> list[tuple[str, str]]:
    """(name, hash of all that would go out) of each issue there is."""
    with open_house(home, CLOCK) as house:

        def look(c: Connection) -> list[tuple[str, str]]:
            rows = c.execute(select(table).where(table.c.name != LETTER)).all()
            assert len(c.execute(select(issues)).all()) <= max(1, len(rows))
            return [(row.name, mailings.hash_of(c, row)) for row in rows]

        return house.db.read(look)


def planned(home: Path) -> int:
    with closing(sqlite3.connect(home / "var" / "mailer.db")) as ledger:
        return int(ledger.execute("SELECT count(*) FROM deliveries").fetchone()[0])


def points(most: int, rounds: int, seed: int) -> list[int]:
    """The first, the last, and some between."""
    between = random.Random(seed).sample(range(2, most), min(rounds, most - 2))
    return sorted({1, most, *between})


@pytest.mark.parametrize("rounds", [8])
def test_shows_no_half_issue_wherever_assembling_is_cut_off(tmp_path: Path, rounds: int) -> None:
    home = a_home(tmp_path)
    control = anew(home)
    most = writes(control, tmp_path, *ASSEMBLE)
    right = assembled(control)
    assert (len(right), most > 10) == (1, True)
    states = set()
    for n in points(most, rounds, seed=1):
        struck = anew(home)
        done = traced(struck, f"{WRITE}:signal=KILL:when={n}", *ASSEMBLE)
        assert n == most or done.returncode in (-9, 137), (n, done.stderr)
        whole(struck)
        found = assembled(struck)
        assert found in ([], right), f"write {n}"
        states.add(len(found))
        again = traced(struck, "", *ASSEMBLE)
        assert (again.returncode, assembled(struck)) == (0, right), (n, again.stderr)
    assert 0 in states


@pytest.mark.parametrize("rounds", [8])
def test_plans_everybody_or_nobody_wherever_planning_is_cut_off(tmp_path: Path, rounds: int) -> None:
    home = a_home(tmp_path)
    control = anew(home)
    most = writes(control, tmp_path, *SEND)
    assert planned(control) == PEOPLE
    states = set()
    for n in points(most, rounds, seed=2):
        struck = anew(home)
        traced(struck, f"{WRITE}:signal=KILL:when={n}", *SEND)
        whole(struck)
        assert planned(struck) in (0, PEOPLE), f"write {n}"
        states.add(planned(struck))
        traced(struck, "", *SEND)
        assert planned(struck) == PEOPLE
    assert states == {0, PEOPLE}
