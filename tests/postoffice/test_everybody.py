"""A mailing to two hundred through a real Postfix, and all that comes back: each thing counted once, whatever happens."""

import random
import signal
import time
from typing import Any

import pytest
from sqlalchemy import func, select

from mailer.db import Database
from mailer.feedback.tables import received
from tests.databases import new_database
from tests.postoffice.town import Town, known, town

COMES_BACK = 20 + 10 + 5 + 3 + 2  # and a warning of delay for each of the ten that fail softly, if Postfix has the time
PATIENCE_S = 60.0
SOAK = pytest.mark.soak


def expected(town: Town) -> dict[str, Any]:
    of = town.roles
    all_of_them = range(1, 201)
    failed = {*of["hard"], *of["soft"]}
    return {
        "balance": {"selected": 200, "accepted": 170, "bounced": 30},
        "deliveries": {
            ("accepted", ""): [n for n in all_of_them if n not in failed],
            ("bounced", "hard"): of["hard"],
            ("bounced", "soft"): of["soft"],
        },
        "unknown_mails": 0,
        "kinds": {"bounce": 30, "auto_reply": 5, "complaint": 3, "leave": 2},
        "suppressed": {"complaint": 3},
        "left": sorted([*of["complains"], *of["leaves"]]),
        "points": {4: 20, 1: 10},
    }


def check(town: Town, came: int) -> None:
    found = known(town.home)
    assert found["kinds"].pop("delayed", 0) == came - COMES_BACK
    wanted = expected(town)
    assert {name: found[name] for name in wanted} == wanted
    assert {what: found["consequences"][what] for what in ("bounced", "suppressed", "left")} == {
        "bounced": 30,
        "suppressed": 3,
        "left": 5,
    }
    assert (town.lies_in(), town.lies_in(".hanterade"), town.lies_in(".ok&AOQ-nda")) == (0, came, 0)


def read_to_the_end(town: Town) -> str:
    with town.reader() as process:
        out, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    return out


def kill_once(town: Town, db: Database, rng: random.Random) -> bool:
    """A reader that is killed when it has come a random way. Whether it was, and did not end before."""
    goal = progress(town, db) + rng.randint(0, 12)
    until = time.monotonic() + PATIENCE_S
    with town.reader() as process:
        while process.poll() is None and progress(town, db) < goal and time.monotonic() < until:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        return process.returncode == -signal.SIGKILL


def progress(town: Town, db: Database) -> int:
    """How many mails have been taken, and how many put away."""
    taken = db.read(lambda c: c.execute(select(func.count()).select_from(received)).scalar_one())
    return town.lies_in(".hanterade") + int(taken)


@pytest.mark.parametrize(
    ("kind", "engine", "kills"),
    [
        ("imap", "sqlite", 1),
        pytest.param("imap", "sqlite", 3, marks=SOAK),
        pytest.param("imap", "postgres", 10, marks=SOAK),
        pytest.param("maildir", "sqlite", 10, marks=SOAK),
    ],
)
def test_knows_of_everybody_what_has_become_of_the_mail_once(
    request: pytest.FixtureRequest, kind: str, engine: str, kills: int
) -> None:
    url = new_database(request.getfixturevalue("postgres_server")) if engine == "postgres" else ""
    with town(kind, url) as place:
        place.send()
        place.react()
        came = place.lies_in()
        assert COMES_BACK <= came <= COMES_BACK + len(place.roles["soft"])
        db = Database(url or f"sqlite:///{place.home / 'var' / 'mailer.db'}")
        rng, killed = random.Random(kills), 0
        while killed < kills:
            if not place.lies_in():  # it was faster than we: then all comes back, and must change nothing
                place.put_back()
            killed += kill_once(place, db, rng)
        db.close()
        said = read_to_the_end(place)
        assert "Inget ligger i ”okända”." in said
        assert place.lies_in() == 0
        place.put_back()
        assert f"Inget nytt har kommit.\n{came} mejl var redan läst" in read_to_the_end(place)
        check(place, came)
