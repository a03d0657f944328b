"""The files of renderings: stored once, covered by the approval, gone when nobody carries them. On both engines."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text, update

from mailer.address import parse_address
from mailer.audience.rule import Rule
from mailer.db import Database
from mailer.errors import BrokenPromise
from mailer.keys import Keys
from mailer.outbox.store import mailings, notices, parts
from mailer.outbox.store.mailings import Proposal
from mailer.outbox.tables import files, rendering_parts, renderings
from mailer.render.rendering import Part, Rendering
from tests.homes import MEMBERS, add_people, plan_letter

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
TORGET = Part("torget.jpg", "image/jpeg", bytes(range(256)) * 1000, is_inline=True)
LOGO = Part("logo.png", "image/png", b"\0\xff logo", is_inline=True)
CALENDAR = Part("möten.ics", "text/calendar", b"BEGIN:VCALENDAR", is_inline=False)


def a_rendering(*parts: Part, edition: str = "alla") -> Rendering:
    shown = "".join(f'<img src="cid:{part.name}" alt="" />' for part in parts if part.is_inline)
    return Rendering(edition, "Ämne", f"<p>Hej</p>{shown}", "Hej\n", parts)


def proposal(*made: Rendering, name: str = "v-aktuellt/2024-05") -> Proposal:
    return Proposal(name, "issue", "V Aktuellt maj 2024", Rule((MEMBERS,)), made)


def propose(db: Database, *made: Rendering, name: str = "v-aktuellt/2024-05") -> int:
    return db.write(lambda c: mailings.propose(c, proposal(*made, name=name), NOW))


def stored(db: Database) -> set[bytes]:
    return {bytes(raw) for raw in db.read(lambda c: c.execute(select(files.c.raw)).scalars().all())}


def test_gives_back_what_was_frozen_byte_for_byte_and_in_order(db: Database) -> None:
    made = (
        a_rendering(LOGO, CALENDAR, TORGET, edition="alla"),
        a_rendering(edition="bara ord"),
        a_rendering(TORGET, edition="medlemmar"),
    )
    mailing = propose(db, *made)
    read = db.read(lambda c: mailings.read_renderings(c, mailing))
    assert read == made
    assert [r.hash for r in read] == [r.hash for r in made]
    for number, rendering in db.read(lambda c: c.execute(select(renderings.c.id, renderings.c.edition)).all()):
        assert db.read(lambda c, n=number: mailings.read_rendering(c, n)).edition == rendering


def test_writes_a_file_once_however_many_carry_it(db: Database) -> None:
    made = tuple(a_rendering(TORGET, LOGO, edition=f"version {n}") for n in range(12))
    mailing = propose(db, *made)
    propose(db, a_rendering(TORGET), name="brev/1")
    assert db.read(lambda c: c.execute(select(func.count()).select_from(files)).scalar_one()) == 2
    assert db.read(lambda c: c.execute(select(func.count()).select_from(rendering_parts)).scalar_one()) == 25
    read = db.read(lambda c: mailings.read_renderings(c, mailing))
    assert len({id(part.raw) for r in read for part in r.parts}) == 2  # and one copy in memory


def test_forgets_a_file_that_nobody_carries_any_more(db: Database) -> None:
    propose(db, a_rendering(TORGET, LOGO, CALENDAR))
    propose(db, a_rendering(LOGO), name="brev/1")
    propose(db, a_rendering(CALENDAR))
    assert stored(db) == {LOGO.raw, CALENDAR.raw}
    propose(db, a_rendering())
    assert stored(db) == {LOGO.raw}


def test_approves_the_pictures_with_the_words(db: Database, tmp_path: Path) -> None:
    """The hash is made of what is stored: another picture under the same name is another mailing."""
    keys = Keys(tmp_path / "keys")
    keys.make_missing()
    db.write(lambda c: add_people(c, keys, [1], NOW))
    mailing = db.write(lambda c: plan_letter(c, NOW, rendering=a_rendering(TORGET, CALENDAR)))
    row = db.read(lambda c: mailings.read(c, mailing))
    assert db.read(lambda c: mailings.valid_approval(c, row)) is not None
    other = replace(TORGET, raw=b"en annan bild")
    assert proposal(a_rendering(other)).hash != proposal(a_rendering(TORGET)).hash
    for values in ({"kind": "image/png"}, {"is_inline": False}, {"name": "annan.jpg"}, {"position": 7}):
        changed = update(rendering_parts).where(rendering_parts.c.position == 0).values(**values)

        def look(c, changed=changed):
            c.execute(changed)
            found = mailings.valid_approval(c, row)
            raise _Undone(found is None)

        with pytest.raises(_Undone) as undone:
            db.write(look)
        assert undone.value.args == (True,)


class _Undone(Exception):
    """Takes a transaction back, and says what was seen in it."""


def test_breaks_rather_than_sends_a_file_that_has_changed(db: Database) -> None:
    mailing = propose(db, a_rendering(TORGET))
    db.write(lambda c: c.execute(update(files).values(raw=b"en annan bild")))
    with pytest.raises(BrokenPromise, match="inte den som skrevs"):
        db.read(lambda c: mailings.read_renderings(c, mailing))


def test_freezes_no_rendering_whose_pictures_are_missing(db: Database) -> None:
    with pytest.raises(BrokenPromise):
        propose(db, replace(a_rendering(TORGET), parts=()))
    with pytest.raises(BrokenPromise):
        propose(db, replace(a_rendering(), parts=(TORGET,)))


def test_shows_the_pictures_to_those_who_are_told_of_them(db: Database) -> None:
    """Two approvers get the preview: two renderings, one file."""
    for name in ("anna", "bo"):
        address = parse_address(f"{name}@vallentuna.example")
        db.write(lambda c, a=address, n=name: notices.notify(c, "godkänn", a, n, a_rendering(TORGET), NOW))
    assert stored(db) == {TORGET.raw}


def test_keeps_a_file_that_another_is_about_to_carry(db: Database) -> None:
    """On PostgreSQL two write at once: the one who forgets waits for the one who carries, and the other way."""
    if db.is_sqlite:
        return  # one writer at a time
    propose(db, a_rendering(TORGET))
    other = Database(db.url.render_as_string(hide_password=False))
    try:
        for first, then in ((proposal(a_rendering(TORGET), name="brev/1"), proposal(a_rendering())),
                            (proposal(a_rendering()), proposal(a_rendering(TORGET), name="brev/2"))):  # fmt: skip
            waiting = []

            def begin(c, first=first, then=then, waiting=waiting):
                mailings.propose(c, first, NOW)
                waiting.append(other.submit(lambda c: mailings.propose(c, then, NOW)))
                while not _is_waiting(c):
                    assert not waiting[0].done()

            db.write(begin)
            waiting[0].result(timeout=30)
            assert stored(db) == {TORGET.raw}
            db.write(lambda c: mailings.propose(c, proposal(a_rendering(TORGET)), NOW))
            db.write(lambda c: mailings.propose(c, proposal(a_rendering(), name="brev/1"), NOW))
    finally:
        other.close()


def test_holds_a_file_from_the_moment_it_is_found_there(db: Database) -> None:
    """Between finding the file and carrying it nobody may forget it."""
    if db.is_sqlite:
        return
    propose(db, a_rendering(TORGET))
    other = Database(db.url.render_as_string(hide_password=False))
    try:

        def find(c):
            parts.write_files(c, {hashlib.sha256(TORGET.raw).hexdigest(): TORGET.raw})
            forgetting = other.submit(lambda c: mailings.propose(c, proposal(a_rendering()), NOW))
            while not _is_waiting(c):
                assert not forgetting.done()
            mailings.propose(c, proposal(a_rendering(TORGET), name="brev/1"), NOW)
            return forgetting

        db.write(find).result(timeout=30)
        assert stored(db) == {TORGET.raw}
    finally:
        other.close()


def _is_waiting(c: Connection) -> bool:
    return bool(c.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())
