"""What the surveys hold of one person is hers to read and is forgotten with her; the denominator stands. Both engines."""

from datetime import date

import pytest
from sqlalchemy import insert, select

from mailer.surveys import freezing, invitations
from mailer.surveys.box.tables import responses
from mailer.surveys.field.tables import contact_attempts
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
