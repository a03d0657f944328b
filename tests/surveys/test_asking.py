"""The plan is carried out by the clock: whom it reaches, on the day, by the rules as they are then."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from mailer.content.channel_plan.model import Channel, Whom
from mailer.errors import AdminError
from mailer.outbox.store import figures, mailings
from mailer.outbox.tables import approvals, deliveries, picks, renderings
from mailer.outbox.tables import mailings as table
from mailer.register import store as register
from mailer.surveys import invitations
from mailer.surveys.tables import asks, survey_texts
from mailer.verbs import approve
from mailer.verbs.letters import posted
from mailer.verbs.surveys import ask, stop
from tests.surveys.running import (
    OPENLY,
    PLAN,
    a_home,
    approved,
    at,
    change,
    invitation_of,
    states,
    step,
)

# On the second engine in the soak: test_freezing, test_stops and test_kills ask both engines the same every time.
pytestmark = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.soak)], indirect=True
)
OPENING, REMINDED = "2024-03-05T10:00", "2024-03-12T10:00"


@pytest.fixture
def house(tmp_path, database_url):
    with a_home(tmp_path, 1, 8, database_url) as house:
        yield house


def recipients(house, name):
    d = deliveries.c
    query = select(d.contact_id, d.state).where(
        d.mailing_id == select(table.c.id).where(table.c.name == name).scalar_subquery()
    )
    return dict(house.db.read(lambda c: c.execute(query).all()))


def answer(house, contact):
    number = invitation_of(house, contact)
    day = {"answered_on": date(2024, 3, 6), "through": "web"}
    assert house.db.write(lambda c: invitations.step(c, house.db, number, "answer", **day))


def test_asks_on_the_day_and_never_twice(house):
    approved(house)
    assert ask.ask(at(house, "2024-03-05T09:59")) == []
    opening = at(house, OPENING)
    assert ask.ask(opening) == ["enkät/medlemsenkat/inbjudan/2024-03-05"]
    assert ask.ask(opening) == []
    assert set(recipients(house, "enkät/medlemsenkat/inbjudan/2024-03-05")) == set(range(1, 9))
    assert {state for state, _ in states(house, "inbjudan").values()} == {"asked"}


def test_sends_each_in_her_language_with_the_words_that_were_approved_and_by_whom(house):
    change(house, [3], language="en-gb")
    survey = approved(house)
    ask.ask(at(house, OPENING))
    d, r = deliveries.c, renderings.c
    query = select(d.contact_id, r.edition).join(renderings, r.id == d.rendering_id)
    edition = dict(house.db.read(lambda c: c.execute(query).all()))
    assert {who for who, which in edition.items() if which == "en"} == {3}
    row = house.db.read(lambda c: c.execute(select(approvals)).one())
    assert (row.name, row.head_count) == ("Bo Godkännare", 8)
    kept = house.db.read(
        lambda c: c.execute(select(survey_texts.c.hash).where(survey_texts.c.step == "inbjudan")).scalars().all()
    )
    assert set(kept) == set(house.db.read(lambda c: c.execute(select(r.hash)).scalars().all()))
    assert house.db.read(lambda c: mailings.read(c, 1).survey_id) == survey.number


def test_reminds_only_the_silent(house):
    approved(house)
    ask.ask(at(house, OPENING))
    answer(house, 1)
    house.db.write(lambda c: invitations.decline(c, house.db, invitation_of(house, 2), "web", house.clock.now()))
    house.db.write(lambda c: register.resign(house.db, c, 3, house.clock.now()))
    stop.stop(house, "medlemsenkat", "#4", "vill-inte", "Bo Godkännare")
    reminded = at(house, REMINDED)
    (name,) = ask.ask(reminded)
    assert set(recipients(house, name)) == {5, 6, 7, 8}
    found = states(house, "paminnelse")
    assert [found[n] for n in (1, 2, 3, 4)] == [
        ("stopped", "answered"), ("stopped", "declined"), ("stopped", "stopped"), ("stopped", "stopped"),
    ]  # fmt: skip


def test_takes_back_what_is_on_its_way_when_she_answers_and_closes_the_balance(house):
    approved(house)
    (name,) = ask.ask(at(house, OPENING))
    answer(house, 1)
    assert recipients(house, name)[1] == "withdrawn"
    found = house.db.read(lambda c: figures.balance(c, 1))
    assert (found.selected, found.withdrawn, found.owed) == (8, 1, 7)
    settled = house.db.read(
        lambda c: c.execute(select(deliveries.c.settled_at).where(deliveries.c.contact_id == 1)).scalar_one()
    )
    assert settled.isoformat() == "2024-03-06T00:00:00+00:00"  # the day alone


def test_thanks_those_who_have_answered_and_nobody_else(house):
    approved(house)
    ask.ask(at(house, OPENING))
    answer(house, 1)
    assert states(house, "tack")[1][0] == "planned"
    ask.ask(at(house, REMINDED))
    (name,) = ask.ask(at(house, "2024-05-02T10:00"))
    assert recipients(house, name) == {1: "planned"}
    answer(house, 1)  # once more, before the closing in another time zone: her thanks go on
    assert recipients(house, name) == {1: "planned"}
    assert set(states(house, "tack").values()) == {("asked", None), ("skipped", "not_answered")}


def test_skips_a_step_that_is_more_than_a_day_late_and_says_so_once(house):
    approved(house)
    late = at(house, "2024-03-06T10:01")
    assert ask.ask(late) == []
    assert set(states(house, "inbjudan").values()) == {("skipped", "missed")}
    ask.ask(late)
    names = house.db.read(lambda c: c.execute(select(table.c.name).where(table.c.kind == "notice")).scalars().all())
    assert len([n for n in names if "missat" in n]) == len({p.address for p in house.settings.people
                                                          if {"editor", "administrator"} & set(p.roles)})  # fmt: skip


def test_asks_later_the_same_day_when_it_was_down_for_some_hours(house):
    approved(house)
    assert len(ask.ask(at(house, "2024-03-05T16:00"))) == 1


def test_moves_a_step_out_of_the_evening(house):
    approved(house)
    assert ask.ask(at(house, "2024-03-05T21:00")) == []
    assert set(states(house, "inbjudan").values()) == {("planned", "quiet_hour")}
    assert len(ask.ask(at(house, "2024-03-06T10:00"))) == 1


def test_leaves_three_days_after_any_other_ask_of_the_house(house):
    approved(house)
    ask.ask(at(house, OPENING))
    from mailer.audience.rule import Rule
    from tests.homes import MEMBERS, plan_letter

    other = at(house, "2024-03-11T12:00")
    letter = house.db.write(lambda c: plan_letter(c, other.here(), rule=Rule((MEMBERS,))))
    gone = deliveries.update().where(deliveries.c.mailing_id == letter)
    house.db.write(lambda c: c.execute(gone.values(state="accepted", settled_at=other.clock.now())))
    assert ask.ask(at(house, REMINDED)) == []
    assert set(states(house, "paminnelse").values()) == {("planned", "too_soon")}
    (name,) = ask.ask(at(house, "2024-03-15T10:00"))
    assert name.endswith("paminnelse/2024-03-15")


def test_leaves_three_days_after_an_ask_that_was_long_on_its_way(house):
    """The relay took the letter four days after it was planned; until then it might have come at any moment."""
    approved(house)
    from mailer.audience.rule import Rule
    from tests.homes import MEMBERS, plan_letter

    letter = house.db.write(lambda c: plan_letter(c, at(house, "2024-03-01T12:00").here(), rule=Rule((MEMBERS,))))
    assert ask.ask(at(house, OPENING)) == []
    assert set(states(house, "inbjudan").values()) == {("planned", "too_soon")}
    house.db.write(lambda c: c.execute(table.update().where(table.c.id == letter).values(state="paused")))
    (name,) = ask.ask(at(house, "2024-03-08T10:00"))  # a person has stopped it, and says when it goes on
    assert name.endswith("inbjudan/2024-03-08")


def test_draws_a_second_survey_away_from_what_the_first_has_planned(house):
    """And when both wait for their day, neither waits for the other."""
    approved(house)
    approved(house, replace(OPENLY, key="annan"))
    names = [name for day in (5, 8, 12, 15) for name in ask.ask(at(house, f"2024-03-{day:02}T10:00"))]
    assert [name.removeprefix("enkät/") for name in names] == [
        "medlemsenkat/inbjudan/2024-03-05", "annan/inbjudan/2024-03-08",
        "medlemsenkat/paminnelse/2024-03-12", "annan/paminnelse/2024-03-15",
    ]  # fmt: skip
    moved = select(asks.c.id).where(asks.c.drawn_for != asks.c.planned_for)
    assert house.db.read(lambda c: c.execute(moved).all()) == []  # what the plan said is what was sent


def test_tells_who_approves_a_letter_that_a_survey_has_just_asked_its_readers(house):
    from mailer.audience.rule import Rule
    from mailer.outbox.store.mailings import Proposal, propose
    from tests.homes import MEMBERS, a_rendering

    approved(house)
    ask.ask(at(house, OPENING))
    answer(house, 1)
    letter = Proposal("brev/1", "letter", "Ett brev", Rule((MEMBERS,)), (a_rendering(),))
    house.db.write(lambda c: propose(c, letter, house.clock.now()))
    near, far = at(house, "2024-03-08T09:00"), at(house, "2024-03-08T11:00")
    found = approve.approve(near, "brev/1", "Bo Godkännare", "registret är färskt", dry_run=True)
    assert found.asked == 7
    assert any("7 av dem har fått en fråga" in line for line in approve.lines(near, found))
    assert approve.approve(far, "brev/1", "Bo Godkännare", "registret är färskt", dry_run=True).asked == 0


def test_writes_a_letter_where_the_mail_came_back_and_takes_it_back_when_it_did_not(house):
    change(house, range(1, 9), street="Vägen 1", postcode="186 30", city="Vallentuna")
    approved(house)
    ask.ask(at(house, OPENING))
    d = deliveries.c
    house.db.write(
        lambda c: c.execute(deliveries.update().where(d.contact_id.in_([1, 2])).values(state="bounced", reason="hard"))
    )
    ask.ask(at(house, "2024-03-06T10:00"))
    house.db.write(
        lambda c: c.execute(deliveries.update().where(d.contact_id == 2).values(state="accepted", reason=None))
    )
    (name,) = ask.ask(at(house, REMINDED))
    assert set(recipients(house, name)) == set(range(2, 9))
    assert states(house, "paminnelse")[1] == ("skipped", "hard_bounce")
    ask.ask(at(house, "2024-03-19T10:00"))
    assert {who for who, found in states(house, "brev").items() if found == ("planned", "open")} == {1}
    noon = at(house, "2024-03-19T12:00")
    _, done = posted.posted(noon, ["brev"], "Anna Redaktör", everyone=True)
    assert (done.letters, done.skipped) == (1, 0)
    assert states(house, "brev")[1] == ("asked", None)
    assert posted.posted(noon, ["brev"], "Anna Redaktör", everyone=True)[1].letters == 0


def test_invites_who_joins_later_and_counts_her_apart(house):
    approved(house)
    ask.ask(at(house, OPENING))
    later = at(house, "2024-03-08T09:00")
    from tests.homes import add_people

    later.db.write(lambda c: add_people(c, later.keys, [50], later.clock.now()))
    ask.ask(later)
    assert 50 in states(house, "inbjudan")
    (name,) = ask.ask(at(house, "2024-03-09T10:00"))
    assert name.startswith("enkät/medlemsenkat/inbjudan/")
    assert recipients(house, name) == {50: "planned"}


def test_waits_for_the_freeze_date(tmp_path, database_url):
    with a_home(tmp_path, 1, 3, database_url, "2024-02-10T09:00") as house:
        approved(house)
        assert states(house, "inbjudan") == {}
        ask.ask(at(house, "2024-02-20T00:01"))
        assert len(states(house, "inbjudan")) == 3


def test_sends_no_other_words_than_those_that_were_approved(house):
    approved(house)
    house.db.write(lambda c: c.execute(survey_texts.update().values(text="Något annat")))
    with pytest.raises(AdminError, match="inte de som godkändes"):
        ask.ask(at(house, OPENING))
    assert set(states(house, "inbjudan").values()) == {("planned", None)}


def test_asks_nobody_when_it_is_withdrawn(house):
    approved(house)
    (name,) = ask.ask(at(house, OPENING))
    stop.withdraw(house, "medlemsenkat", "Bo Godkännare", "fel frågor")
    assert set(recipients(house, name).values()) == {"withdrawn"}
    over = house.db.read(lambda c: c.execute(select(picks.c.over)).scalars().all())
    assert set(over) == {"withdrawn"}  # what a person sends once more finds it at the last look
    assert ask.ask(at(house, REMINDED)) == []
    assert set(states(house, "paminnelse").values()) == {("stopped", "withdrawn")}


def test_offers_a_block_in_the_months_folder_once(tmp_path, database_url):
    plan = replace(PLAN, steps=(step("notis", Whom.EVERYBODY, -5, Channel.ISSUE, is_ask=False), *PLAN.steps))
    with a_home(tmp_path, 1, 2, database_url, "2024-02-01T09:00") as house:
        approved(house, plan=plan)
        ask.ask(house)
        (file,) = (house.content / "2024-02").glob("*.md")
        assert "Steget notis" in file.read_text("utf-8")
        file.unlink()
        ask.ask(house)
        assert not file.exists()
