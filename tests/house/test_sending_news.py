"""What those who wait for a mailing are told: that it goes out, that it has stopped, that it is done; each once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store import mailings
from mailer.outbox.tables import deliveries, renderings
from mailer.outbox.tables import mailings as table
from mailer.verbs import approve, letter, report, send, sending_news
from tests.homes import add_people, make_home, opened


@pytest.fixture
def house(tmp_path):
    with opened(make_home(tmp_path / "hem", 2525, per_hour=2)) as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, 6), house.clock.now()))
        yield house


@pytest.fixture
def name(house, tmp_path):
    """A letter to five members, approved by Bo and planned."""
    file = tmp_path / "brev.md"
    file.write_text("# Städdag\n\nVi ses på lördag.\n", "utf-8")
    name = letter.write(house, file, ("medlemmar",)).proposal.name
    approve.approve(house, name, "Bo Godkännare", reason="provet har inget register")
    send.plan(house, name)
    return name


def told(house) -> list[tuple[str, str, str]]:
    """(to whom, subject, text) of the notices so far."""
    m, d, r = table.c, deliveries.c, renderings.c
    query = (
        select(d.address, r.subject, r.text).join(table, m.id == d.mailing_id).join(renderings, r.id == d.rendering_id)
    )
    found = house.db.read(lambda c: c.execute(query.where(m.kind == "notice").order_by(d.id)).all())
    return [(to, subject, " ".join(text.split())) for to, subject, text in found]


def change(house, name: str, **values) -> None:
    house.db.write(lambda c: c.execute(update(table).where(table.c.name == name).values(**values)))


def test_tells_the_one_who_approved_that_it_goes_out_and_all_who_wait_when_it_is_done(house, name):
    sending_news.tell(house)
    sending_news.tell(house)
    ((to, subject, text),) = told(house)
    assert (to, subject) == ("bo@vallentuna.example", "Städdag går ut nu")
    # Two an hour: two now, two after 61 minutes, the fifth after as many again.
    done = (house.here() + timedelta(minutes=122)).replace(second=0)
    assert "går ut nu till 5 personer. Det beräknas vara klart omkring kl." in text
    assert any(f"{at.hour}.{at.minute:02d}" in text for at in (done + timedelta(minutes=n) for n in range(-1, 7)))
    mailing = house.db.read(lambda c: mailings.find(c, name)).id
    done_now = {"state": Delivery.ACCEPTED, "settled_at": house.clock.now()}
    house.db.write(lambda c: c.execute(update(deliveries).where(deliveries.c.mailing_id == mailing).values(**done_now)))
    change(house, name, state=Mailing.FINISHED)
    sending_news.tell(house)
    sending_news.tell(house)
    assert [(to, subject) for to, subject, _ in told(house)[1:]] == [
        ("anna@vallentuna.example", "Städdag är skickat"),
        ("bo@vallentuna.example", "Städdag är skickat"),
    ]


def test_does_not_say_that_it_begins_when_it_is_done_already(house, name):
    change(house, name, state=Mailing.FINISHED)
    house.db.write(lambda c: c.execute(update(deliveries).values(state=Delivery.ACCEPTED)))
    sending_news.tell(house)
    assert {subject for _, subject, _ in told(house)} == {"Städdag är skickat"}


@pytest.mark.parametrize(("small", "is_told"), [(6, False), (5, True)])
def test_says_nothing_of_the_beginning_of_a_small_step_of_a_survey(house, name, monkeypatch, small, is_told):
    monkeypatch.setattr(sending_news, "SMALL_STEP", small)
    change(house, name, kind="survey")
    sending_news.tell(house)
    assert bool(told(house)) is is_told


def test_tells_nobody_of_what_somebody_approved_who_is_here_no_more(house, name):
    object.__setattr__(house.settings, "people", tuple(p for p in house.settings.people if p.name != "Bo Godkännare"))
    sending_news.tell(house)
    assert told(house) == []


def test_tells_how_far_it_came_when_it_has_stopped(house, name):
    change(house, name, state=Mailing.PAUSED, why="e-postservern svarar 554 nej")
    sending_news.tell(house)
    found = told(house)
    assert {subject for _, subject, _ in found} == {"Städdag har stannat"}
    assert [to for to, _, _ in found] == ["bo@vallentuna.example", "anna@vallentuna.example"]
    text = found[0][2]
    assert "Orsak: e-postservern svarar 554 nej." in text
    assert "Av 5 skickades Städdag till 0; 5 är kvar att skicka." in text
    assert "Summa" in text
    assert f"resume {name}" in text


def test_shows_how_much_is_left_and_when_it_will_be_done(house, name):
    (line,) = [line for line in report.lines(report.report(house, name)) if line.startswith("Kvar: ")]
    assert line.startswith("Kvar: 5, klart omkring kl. ")
    assert f"  {line}" in report.owed_lines(house)
    assert report.report(house, name).to_json()["left"] == line
    change(house, name, state=Mailing.PAUSED)
    assert not [line for line in report.lines(report.report(house, name)) if line.startswith("Kvar: ")]
