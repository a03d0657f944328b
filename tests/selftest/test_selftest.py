"""The house kills its own sender, and finds out when the sender is a bad one."""

import json
import re
import sys
from pathlib import Path

import pytest

from mailer.cli import main
from mailer.errors import AdminError, EditorError, MailerError
from mailer.selftest import home as selftest_home
from mailer.selftest import trial, whole
from mailer.settings.file import read_settings
from tests.homes import ROOT

SOAK = pytest.mark.soak
# What runs before the sender in its process: it does to the ledger what a bad sender would.
BREAK = """
import sqlite3, sys
from pathlib import Path
ledger = sqlite3.connect(Path(sys.argv[sys.argv.index("--home") + 1]) / "var" / "mailer.db", timeout=60)
ledger.execute({sql!r})
ledger.commit()
ledger.close()
from mailer.cli import main
main()
"""
FIRST = "UPDATE deliveries SET {} WHERE id = (SELECT min(id) FROM deliveries WHERE state = '{}')"
BAD = {
    "lost": (FIRST.format("state = 'accepted'", "planned"), "fick inget mejl"),
    "unnamed": (FIRST.format("state = 'planned'", "accepted"), "två gånger"),
    "forgotten": ("UPDATE deliveries SET state = 'planned' WHERE state = 'offered'", "det är glömt"),
    "owed": (FIRST.format("state = 'deferred', next_at = 32503680000000000", "planned"), "slutade av sig själv"),
}


def sender(sql: str) -> tuple[str, ...]:
    return (sys.executable, "-c", BREAK.format(sql=sql))


def test_forgets_nobody_whom_it_says_it_sent_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the environment says: no invented member's mail goes to a real server."""
    monkeypatch.setenv("MAILER_RELAY__HOST", "real.example")
    monkeypatch.setattr(
        sys, "argv", ["mailer", "selftest", "--members", "20", "--kills", "1", "--json", "--dir", str(tmp_path)]
    )
    with pytest.raises(SystemExit) as end:
        main()
    found = json.loads(capsys.readouterr().out)
    assert (end.value.code, found["ok"], found["kills"], found["owed"]) == (0, True, 1, 0)
    assert (found["lost"], len(found["restart_s"])) == ([], 3)
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@SOAK
@pytest.mark.parametrize("seed", range(3))
def test_forgets_nobody_wherever_it_is_struck(capsys: pytest.CaptureFixture[str], seed: int) -> None:
    assert whole.selftest(None, 200, 8, seed, False, print, print) == 0
    said = capsys.readouterr().out
    assert "Ingen glömdes bort" in said
    assert said.count("Avslagen") == 8


@SOAK
@pytest.mark.parametrize("bad", BAD)
def test_finds_out_a_sender_that_is(bad: str) -> None:
    sql, words = BAD[bad]
    problems: list[str] = []
    trying = (None, 40, 2, 3, False, lambda _: None, lambda found: problems.extend(map(str, found)), sender(sql))
    if bad == "owed":
        with pytest.raises(MailerError, match=words):
            whole.selftest(*trying)
        return
    assert whole.selftest(*trying) == 70
    assert words in "\n".join(problems)
    assert "@prov.example" in "\n".join(problems)


@pytest.mark.parametrize(
    ("where", "more"),
    [
        ("[relay]", '[[relays]]\nname = "reserv"\nhost = "smtp.reserv.example"\nsecurity = "tls"\nport = 465\n'),
        ("[storage]", '[storage]\ndatabase = "postgresql+psycopg://mailer@databas/mailer"\n'),
        ("[storage]", '[storage]\nvar = "/srv/mailer/hem/var"\n'),
        ("[backup]", '[backup]\nfolder = "/mnt/kopior"\n'),
        ("[mailbox]", '[mailbox]\nkind = "maildir"\npath = "post"\n'),
    ],
)
def test_touches_nothing_real_though_the_example_it_is_made_of_names_it(tmp_path: Path, where: str, more: str) -> None:
    text = (ROOT / "settings.toml").read_text("utf-8").replace(f"{where}\n" if where in more else "\0", "")
    (tmp_path / "settings.toml").write_text(f"{more}\n{text}", "utf-8")
    with pytest.raises(AdminError, match=re.escape(f"({where})")):
        selftest_home.stay_inside(read_settings(tmp_path), 2525)
    (tmp_path / "settings.toml").write_text((ROOT / "settings.toml").read_text("utf-8"), "utf-8")
    selftest_home.stay_inside(read_settings(tmp_path), 2525)


def test_says_how_many_kills_there_is_room_for() -> None:
    with pytest.raises(EditorError, match="räcker till 3 avbrott"):
        whole.selftest(None, 20, 9, 1, False, print, print)


def test_draws_the_same_blows_from_the_same_seed_and_all_of_them_strike() -> None:
    for seed in range(200):
        drawn = trial.blows(trial.Trial(500, 5, seed))
        assert drawn == trial.blows(trial.Trial(500, 5, seed))
        assert [b.how for b in drawn].count("killed") == 5
        assert [b.how for b in drawn].count("asked") == 1
        assert max(b.after for b in drawn) < 500
