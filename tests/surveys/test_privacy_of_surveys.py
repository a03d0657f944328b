"""What the surveys hold of one person is hers to read and is forgotten with her; the denominator stands. Both engines."""

from datetime import date

import pytest
from sqlalchemy import insert, select

from mailer.surveys import freezing, invitations
from mailer.surveys.box.tables import responses
from mailer.surveys.field.tables import call_sheet_lines, call_sheets, contact_attempts
from mailer.surveys.following.tables import follow_ups
from mailer.surveys.posting.tables import letter_runs, letters
from mailer.surveys.tables import invitations as table
from mailer.verbs import about, forget
from mailer.verbs.surveys import ask
from tests.surveys.running import a_home, approved, at, invitation_of


@pytest.fixture
def house(tmp_path, database_url):
    with a_home(tmp_path, 1, 3, database_url) as house:
        yield house


def arrange(house):
    """The first of three is asked, called, and answers."""
    survey = approved(house)
    opening = at(house, "2024-03-05T10:00")
    ask.ask(opening)
    number, now = invitation_of(house, 1), opening.clock.now()

    def work(c):
        c.execute(insert(contact_attempts).values(invitation_id=number, contact_id=1, step="ring", channel="telephone",
                                                  at=now, outcome="no_answer", by="Cleo"))  # fmt: skip
        c.execute(insert(responses).values(invitation_id=number, part="signed", answers={"aktiv": ["ja"]},
                                           is_complete=True, at=now, through="web"))  # fmt: skip
        invitations.step(c, house.db, number, "answer", answered_on=date(2024, 3, 6), through="web")

    house.db.write(work)
    return survey


def test_tells_her_everything(house):
    arrange(house)
    read = "\n".join(about.words(about.about(house, "#1"), house.zone))
    for words in ("Medlemsenkät 2024: har svarat", "aktiv: ja", "telefon", "Cleo", "mejl: skickat eller ringt"):
        assert words in read


def test_tells_her_of_letters_call_sheets_and_who_is_to_get_in_touch_and_forgets_them(house):
    survey, number, now = arrange(house), invitation_of(house, 1), house.clock.now()

    def work(c):
        made = {"survey_id": survey.number, "made_by": "Bo", "made_at": now}
        run = insert(letter_runs).values(**made, step="brev", window="e65-h2").returning(letter_runs.c.id)
        sheet = (
            insert(call_sheets)
            .values(**made, number=4, name="Cleo", expires_at=now, state="out")
            .returning(call_sheets.c.id)
        )
        at_ = {"invitation_id": number, "state": "posted", "at": now}
        hers = {"envelope": 1, "version": 0, "address_hash": "a" * 32}
        c.execute(insert(letters).values(run_id=c.execute(run).scalar_one(), **at_, **hers))
        c.execute(insert(call_sheet_lines).values(sheet_id=c.execute(sheet).scalar_one(), line=1, invitation_id=number))
        days = {"asked_on": date(2024, 3, 6), "due_on": date(2024, 3, 20)}
        wants = {"survey_id": survey.number, "contact_id": 1, "wish": "aktiv", "owner": "Anna", **days}
        c.execute(insert(follow_ups).values(**at_ | {"state": "open"}, **wants))

    house.db.write(work)
    read = "\n".join(about.words(about.about(house, "#1"), house.zone))
    for words in ("brev: postat", "ringblad: ", "Cleo", "och någon ska höra av sig"):
        assert words in read
    forget.forget(house, "#1")
    rows = house.db.read(lambda c: [c.execute(select(t)).one() for t in (letters, follow_ups)])
    assert (rows[0].address_hash, rows[0].state) == ("", "posted")
    assert (rows[1].contact_id, rows[1].state, rows[1].reason) == (None, "dropped", "forgotten")


def test_forgets_her_and_keeps_the_denominator(house):
    survey = arrange(house)
    forget.forget(house, "#1")
    found = house.db.read(lambda c: freezing.figures(c, survey))
    assert (found.counted, found.answered) == (3, 1)
    rows = house.db.read(lambda c: c.execute(select(table).order_by(table.c.id)).all())
    assert [row.contact_id for row in rows] == [None, 2, 3]
    assert rows[0].code_key.startswith("forgotten-")
    assert house.db.read(lambda c: c.execute(select(responses)).all()) == []
    assert house.db.read(lambda c: c.execute(select(contact_attempts.c.contact_id)).scalars().all()) == [None]
    assert ask.ask(at(house, "2024-03-12T10:00"))  # the others are reminded


def test_forgets_one_who_has_not_answered_and_asks_her_no_more(house):
    arrange(house)
    forget.forget(house, "#2")
    row = house.db.read(lambda c: c.execute(select(table).where(table.c.id == 2)).one())
    assert (row.state, row.reason, row.contact_id) == ("stopped", "forgotten", None)
