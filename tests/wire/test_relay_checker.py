"""The checker finds every kind of wrong in a forged log: a check that cannot fail checks nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.relay.client import ROOT

ANNA, BO, CI = "anna@hem.example", "bo@hem.example", "ci@hem.example"


def acked(*pairs: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [{"kind": "accepted", "rcpt": [to], "message_id": i} for to, i in pairs]


def row(address: str, message_id: str | None, state: str = "accepted") -> dict[str, Any]:
    return {"address": address, "state": state, "message_id": message_id}


ALL = acked((ANNA, "<a@x>"), (BO, "<b@x>"), (CI, "<c@x>"))
ROWS = [row(ANNA, "a@x"), row(BO, "b@x"), row(CI, "c@x")]


def check(
    folder: Path, log: list[Any], rows: Any, expected: tuple[str, ...] = (ANNA, BO, CI), kills: int = 0
) -> tuple[int, dict[str, Any]]:
    (folder / "log").write_text("".join(json.dumps(line) + "\n" for line in log))
    (folder / "expected").write_text("\n".join(expected))
    (folder / "ledger").write_text(json.dumps(rows))
    command = [sys.executable, "-m", "tests.relay.checker", "--connections", "2", "--kills", str(kills)]
    for option, name in (("--relay-log", "log"), ("--expected", "expected"), ("--ledger", "ledger")):
        command += [option, str(folder / name)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


FORGED: list[tuple[str, list[Any], Any, dict[str, Any]]] = [
    ("all is well", ALL, ROWS, {}),
    ("lost", ALL[:2], ROWS[:2], {"lost": [CI]}),
    ("lost, and the ledger lies about it", ALL[:2], ROWS, {"lost": [CI], "lies": [CI]}),
    ("owed, and the ledger says so", ALL[:2], [*ROWS[:2], row(CI, "c@x", "deferred")], {}),
    ("a duplicate", [*ALL, *ALL[:1]], ROWS, {"duplicates": 1, "duplicates_of": {ANNA: 1}}),
    ("a second message", [*ALL, *acked((ANNA, "<z@x>"))], ROWS, {"different_ids": [ANNA]}),
    ("no Message-ID", acked((ANNA, None)) + ALL[1:], [row(ANNA, None), *ROWS[1:]], {"different_ids": [ANNA]}),
    ("a lie about which message", ALL, [row(ANNA, "z@x"), *ROWS[1:]], {"lies": [ANNA]}),
    ("more claimed than came", ALL, [*ROWS, row(ANNA, None)], {"lies": [ANNA]}),
    ("a stranger", [*ALL, *acked(("di@hem.example", "<d@x>"))], ROWS, {"unexpected": ["di@hem.example"]}),
    (
        "one message to two",
        acked((ANNA, "<a@x>"), (BO, "<a@x>"), (CI, "<c@x>")),
        [row(ANNA, "a@x"), row(BO, "a@x"), ROWS[2]],
        {"shared_ids": ["a@x"]},
    ),
    ("excluded, and written to", ALL, [row(ANNA, "a@x", "excluded"), *ROWS[1:]], {"denied": [ANNA]}),
    (
        "a balance that does not close",
        ALL,
        {"deliveries": ROWS, "balance": {"selected": 4, "accepted": 3, "owed": 0}},
        {"balance": False},
    ),
]


@pytest.mark.parametrize(("log", "rows", "wrong"), [f[1:] for f in FORGED], ids=[f[0] for f in FORGED])
def test_finds(tmp_path: Path, log: list[Any], rows: Any, wrong: dict[str, Any]) -> None:
    clean = {
        "lost": [], "duplicates": 0, "duplicates_of": {}, "allowed_duplicates": 0, "different_ids": [],
        "lies": [], "denied": [], "unexpected": [], "shared_ids": [], "balance": None,
    }  # fmt: skip
    code, found = check(tmp_path, log, rows)
    assert found == clean | wrong | {"ok": not wrong}
    assert code == (1 if wrong else 0)


def test_allows_one_duplicate_for_each_connection_and_kill_and_no_more(tmp_path: Path) -> None:
    assert check(tmp_path, ALL + ALL[:2], ROWS, kills=1)[1]["ok"]
    assert not check(tmp_path, ALL + ALL, ROWS, kills=1)[1]["ok"]


def test_allows_one_duplicate_for_each_answer_the_relay_kept_back(tmp_path: Path) -> None:
    kept = {"kind": "fault", "fault": "drop", "stage": "dot", "acknowledged": True}
    code, found = check(tmp_path, [*ALL, *ALL[:1], kept], ROWS)
    assert (code, found["allowed_duplicates"]) == (0, 1)
    assert check(tmp_path, [*ALL, *ALL[:1], kept | {"acknowledged": False}], ROWS)[0] == 1


def test_expects_two_messages_where_two_share_an_address(tmp_path: Path) -> None:
    log = acked((ANNA, "<a@x>"), (ANNA, "<b@x>"))
    rows = [row(ANNA, "a@x"), row(ANNA, "b@x")]
    assert check(tmp_path, log, rows, (ANNA, ANNA))[1]["ok"]
    assert check(tmp_path, log[:1], rows[:1], (ANNA, ANNA))[1]["lost"] == [ANNA]
    # One row that is owed excuses one of them; the one that came is not excused by its own row.
    assert check(tmp_path, log[:1], [rows[0], row(ANNA, "b@x", "deferred")], (ANNA, ANNA))[1]["ok"]
    assert check(tmp_path, log[:1], [row(ANNA, "a@x", "in_doubt")], (ANNA, ANNA))[1]["lost"] == [ANNA]


def test_reads_an_address_as_the_wire_writes_it(tmp_path: Path) -> None:
    log = acked(("siv@xn--rksmrgs-5wao1o.example", "<s@x>"))
    rows = [row("Siv@räksmörgås.example", "<s@x>")]
    assert check(tmp_path, log, rows, ("siv@RÄKSMÖRGÅS.example",))[1]["ok"]


def test_leaves_out_a_line_that_was_torn(tmp_path: Path) -> None:
    check(tmp_path, ALL, ROWS)
    log = tmp_path / "log"
    log.write_text(log.read_text()[:-5])
    command = [sys.executable, "-m", "tests.relay.checker", "--connections", "1", "--kills", "1"]
    command += ["--relay-log", str(log), "--expected", str(tmp_path / "expected")]
    command += ["--ledger", str(tmp_path / "ledger")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["lost"] == [CI]


def test_says_which_file_it_cannot_read(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.relay.checker", "--connections", "1", "--kills", "1"]
    command += ["--relay-log", "nowhere", "--expected", "nowhere", "--ledger", "nowhere"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nowhere" in done.stderr
