"""A stop that was a mistake is taken back: the member is asked again, by what is left of the plan. Both engines."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from mailer.errors import EditorError
from mailer.outbox.tables import deliveries
from mailer.register import store as register
from mailer.surveys import freezing, invitations
from mailer.surveys.field.calling import GONE
from mailer.surveys.tables import invitations as table
from mailer.verbs.surveys import ask, stop
from tests.surveys.running import a_home, approved, at, change, invitation_of, states

OPENING, AFTER, REMINDED = "2024-03-05T10:00", "2024-03-07T09:00", "2024-03-12T10:00"
BO, KEY = "Bo Godkännare", "medlemsenkat"


@pytest.fixture
def house(tmp_path: Path, database_url: str):
    with a_home(tmp_path, 1, 6, database_url) as house:
        approved(house)
        yield house


def sent(house) -> None:
    gone = deliveries.update().where(deliveries.c.state == "planned")
    house.db.write(lambda c: c.execute(gone.values(state="accepted", settled_at=house.clock.now())))


def state_of(house, contact: int) -> str:
    return house.db.read(lambda c: c.execute(select(table.c.state).where(table.c.contact_id == contact)).scalar_one())


def test_asks_again_whoever_was_stopped_by_mistake(house):
    opening = at(house, OPENING)
    ask.ask(opening)
    sent(opening)
    later = at(house, AFTER)
    stop.stop(later, KEY, "#1", "vill-inte", BO)
    stop.stop(later, KEY, "#2", "dubblett", BO)
    number = invitation_of(house, 3)
    later.db.write(lambda c: invitations.stop(c, later.db, number, GONE, later.clock.now()))
    assert stop.undo(later, KEY, "#1", BO) == ["#1 får frågor om enkäten igen: de steg som är kvar."]
    assert "räknas med" in stop.undo(later, KEY, "#2", BO)[-1]
    stop.undo(later, KEY, "#3", BO)
    assert {states(house, "inbjudan")[n] for n in (1, 2, 3)} == {("asked", None)}  # that she has had
    ask.ask(at(house, REMINDED))
    assert {states(house, "paminnelse")[n] for n in (1, 2, 3)} == {("asked", None)}
    assert states(house, "tack")[1][0] == "planned"
    figures = house.db.read(lambda c: freezing.figures(c, stop.find(house, KEY)))
    assert (figures.counted, figures.stopped) == (6, 0)


def test_sends_the_invitation_that_the_stop_kept_back(house):
    opening = at(house, OPENING)
    ask.ask(opening)  # on its way, and nothing of it has gone
    stop.stop(opening, KEY, "#1", "vill-inte", BO)
    sent(opening)
    stop.undo(at(house, AFTER), KEY, "#1", BO)
    assert ask.ask(at(house, AFTER)) == ["enkät/medlemsenkat/inbjudan/2024-03-07"]
    query = select(deliveries.c.state).where(deliveries.c.contact_id == 1).order_by(deliveries.c.id)
    assert house.db.read(lambda c: c.execute(query).scalars().all()) == ["withdrawn", "planned"]


def test_does_not_ask_whoever_had_declined_before_she_was_stopped(house):
    house.db.write(lambda c: invitations.decline(c, house.db, invitation_of(house, 1), "web", house.clock.now()))
    stop.stop(house, KEY, "#1", "avliden", BO)
    assert stop.undo(house, KEY, "#1", BO) == ["#1 hade avböjt innan dess och får inga frågor."]
    assert state_of(house, 1) == "declined"
    ask.ask(at(house, OPENING))
    assert states(house, "inbjudan")[1][0] == "stopped"


def test_counts_an_answer_again_that_was_taken_out(house):
    day = {"answered_on": date(2024, 3, 6), "through": "web"}
    house.db.write(lambda c: invitations.step(c, house.db, invitation_of(house, 1), "answer", **day))
    stop.stop(house, KEY, "#1", "dubblett", BO)
    assert stop.undo(house, KEY, "#1", BO)[0] == "#1 har svarat, och det räknas."
    assert house.db.read(lambda c: freezing.figures(c, stop.find(house, KEY))).answered == 1


def test_goes_on_by_itself_with_those_whom_a_wrong_file_had_made_leave(house):
    house.db.write(lambda c: [register.resign(house.db, c, n, house.clock.now()) for n in (1, 2)])
    ask.ask(house)
    assert [state_of(house, n) for n in (1, 2)] == ["stopped", "stopped"]
    change(house, [1], resigned_at=None)  # as the next import does
    ask.ask(at(house, OPENING))
    assert [state_of(house, n) for n in (1, 2)] == ["invited", "stopped"]
    assert [states(house, "inbjudan")[n][0] for n in (1, 2)] == ["asked", "stopped"]


@pytest.mark.parametrize("because", ["vill-inte", "aldrig-medlem"])
def test_does_not_go_on_with_whom_a_person_has_stopped_as_well(house, because):
    house.db.write(lambda c: register.resign(house.db, c, 1, house.clock.now()))
    ask.ask(house)
    stop.stop(house, KEY, "#1", because, BO)
    change(house, [1], resigned_at=None)
    ask.ask(at(house, OPENING))
    assert state_of(house, 1) == "stopped"
    assert states(house, "inbjudan")[1][0] == "stopped"


@pytest.mark.parametrize("what", ["not stopped", "resigned"])
def test_refuses_to_take_back_what_is_no_mistake(house, what):
    if what == "resigned":
        house.db.write(lambda c: register.resign(house.db, c, 1, house.clock.now()))
        ask.ask(house)
    with pytest.raises(EditorError, match="är inte stoppad" if what == "not stopped" else "har lämnat föreningen"):
        stop.undo(house, KEY, "#1", BO)
