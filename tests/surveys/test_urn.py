"""The box is emptied into the urn: at once, mixed, and nothing of the ballots is left."""

import os
import secrets
import signal
from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, event, func, insert, select

from mailer.db import METADATA, Database
from mailer.errors import EditorError
from mailer.surveys import store
from mailer.surveys.answers import answering
from mailer.surveys.box import sealing, urn
from mailer.surveys.box import store as box
from mailer.surveys.box.tables import ballots, urn_cells, urn_counts, urn_texts
from mailer.surveys.tables import invitations as ledger
from mailer.surveys.tables import surveys
from tests.surveys.arranged import NOON, open_survey, people
from tests.surveys.boxed import give_key

LATER = NOON + timedelta(days=120)


def a_box(db, keys, number=30):
    """A survey that so many have answered, and its private key."""

    def arrange(c):
        survey = open_survey(c, keys, people(c, number))
        private = give_key(c, survey)
        return store.read(c, survey), private, list(c.execute(select(ledger.c.id)).scalars())

    survey, private, rows = db.write(arrange)
    for n, row in enumerate(rows):
        ballot = {"viktigast": ("skolan" if n % 3 else "bussen",), "nojd": (str(n % 5 + 1),), "ord": (canary(n),)}
        db.write(
            lambda c, r=row, b=ballot: answering.submit(
                c, db, survey, r, {"aktiv": ("nej",)}, b, "web", None, date(2024, 3, 5), NOON
            )
        )
    return survey, private


def canary(n: int) -> str:
    return f"kanariefågel {n:03} åäö"


def rows_of(db, *tables):
    return [db.read(lambda c, t=t: c.execute(select(func.count()).select_from(t)).scalar_one()) for t in tables]


def test_counts_each_question_by_itself(db, keys):
    survey, private = a_box(db, keys)
    counted = db.write(lambda c: urn.count(c, db, survey, private, LATER))
    assert counted == urn.Counted(30, 0)
    found = db.read(lambda c: urn.counts_of(c, survey.number))
    assert found["", ""] == 30
    assert (found["viktigast", "skolan"], found["viktigast", "bussen"], found["viktigast", "klimatet"]) == (20, 10, 0)
    assert [found["nojd", str(step)] for step in range(1, 6)] == [6] * 5
    texts = db.read(lambda c: urn.texts_of(c, survey.number))
    assert sorted(texts["ord"]) == [canary(n) for n in range(30)]
    assert rows_of(db, ballots) == [0]
    assert db.read(lambda c: store.read(c, survey.number)).state == "counted"


def test_counts_what_it_cannot_open_and_goes_on(db, keys):
    survey, private = a_box(db, keys)
    size, public = survey.ballot_size, survey.public_key
    strange = [
        b"",
        secrets.token_bytes(size + sealing.OVERHEAD),
        sealing.seal(sealing.public_of(sealing.make()), survey.key, b"{}".ljust(size)),
        sealing.seal(public, "another", b"{}".ljust(size)),
        sealing.seal(public, survey.key, b'{"viktigast":["okand"]}'),
        sealing.seal(public, survey.key, b"\xff" * size),
    ]
    for n, sealed in enumerate(strange):
        row = {"id": f"{n:032x}", "survey_id": survey.number, "sealed": sealed}
        db.write(lambda c, r=row: c.execute(insert(ballots).values(**r)))
    assert db.write(lambda c: urn.count(c, db, survey, private, LATER)) == urn.Counted(30, len(strange))
    assert rows_of(db, ballots) == [0]


def test_counts_once(db, keys):
    survey, private = a_box(db, keys, 3)
    db.write(lambda c: urn.count(c, db, survey, private, LATER))
    with pytest.raises(EditorError):
        db.write(lambda c: urn.count(c, db, survey, private, LATER))


def test_keeps_the_box_whole_until_the_urn_is(database_url, keys):
    """Killed before each statement of the counting: all of it, or nothing."""
    db = Database(database_url)
    db.write(METADATA.create_all)
    survey, private = a_box(db, keys, 21)
    whole = rows_of(db, ballots, urn_counts, urn_texts, urn_cells)
    db.close()
    killed = 0
    while True:
        child = os.fork()
        if child == 0:
            count_until(database_url, survey, private, killed + 1)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        killed += 1
        db = Database(database_url)
        assert rows_of(db, ballots, urn_counts, urn_texts, urn_cells) == whole, killed
        assert db.read(lambda c: store.read(c, survey.number)).state == "approved"
        db.close()
    assert killed >= 5
    db = Database(database_url)
    assert rows_of(db, ballots, urn_texts) == [0, 21]
    assert db.read(lambda c: c.execute(select(surveys.c.state)).scalar_one()) == "counted"
    db.close()


def count_until(url, survey, private, statement):
    """In a process of its own: killed at the given statement; 0 when it has done all."""
    with suppress(BaseException):
        db = Database(url)
        left = [statement]

        def count(*_):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(db.writer_engine(), "after_cursor_execute", count)
        db.write(lambda c: urn.count(c, db, survey, private, LATER))
        os._exit(0)
    os._exit(1)


def test_leaves_no_trace_of_what_was_sealed(tmp_path, keys):
    folder = tmp_path / "var"
    folder.mkdir()
    db = Database(f"sqlite:///{folder / 'mailer.db'}")
    db.write(METADATA.create_all)
    survey, private = a_box(db, keys)
    sealed = db.read(lambda c: c.execute(select(ballots.c.sealed)).scalars().all())
    words = [canary(n).encode() for n in range(30)]
    assert traces(folder, words) == 0  # nowhere at all before the closing
    assert traces(folder, [one[:32] for one in sealed]) >= 30
    db.write(lambda c: urn.count(c, db, survey, private, LATER))
    assert db.scrub()
    assert traces(folder, [one[at : at + 24] for one in sealed for at in (0, 200, len(one) - 24)]) == 0
    assert traces(folder, words) == 30
    db.write(lambda c: c.execute(delete(urn_texts)))
    assert db.scrub()
    assert traces(folder, words) == 0  # they were in no other table and on no free page
    db.close()


def test_draws_its_chance_from_the_machine():
    shuffle, name, unseal = urn.count.__defaults__
    seal, ballots_name = box.put.__defaults__
    assert isinstance(shuffle.__self__, secrets.SystemRandom)
    assert (seal, unseal) == (sealing.seal, sealing.unseal)
    for drawn in (name, ballots_name):
        assert len({drawn() for _ in range(100)}) == 100
        assert len(drawn()) == 32


def traces(folder, words):
    """How many of the words stand in any file."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return sum(any(word in file for file in files) for word in words)
