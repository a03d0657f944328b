"""The clock looks after a survey by itself: one line in its tick, and nothing without a survey."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Update, event

from mailer import lineage
from mailer.clockwork.tick import tick
from mailer.content.channel_plan.model import Channel, Limits, Whom
from mailer.surveys import store
from mailer.surveys.tables import survey_texts
from mailer.verbs import adopt
from mailer.verbs.surveys import ask
from tests.surveys.running import OPENLY, PLAN, a_home, approved, at, change, states, step


def test_asks_when_the_clock_strikes(tmp_path: Path) -> None:
    with a_home(tmp_path, 1, 3) as house:
        approved(house)
        assert "enkät/medlemsenkat/inbjudan/2024-03-05" in tick(at(house, "2024-03-05T10:00"))
        assert {state for state, _ in states(house, "inbjudan").values()} == {"asked"}


def test_writes_nothing_without_a_survey_or_with_nothing_due(tmp_path: Path) -> None:
    with a_home(tmp_path, 1, 3) as house:
        wrote: list[str] = []
        event.listen(house.db.writer_engine(), "before_cursor_execute", lambda *args: wrote.append(args[2]))
        assert ask.ask(house) == []
        assert wrote == []
        approved(house)
        wrote.clear()
        assert ask.ask(house) == []
        assert wrote == []


def test_asks_of_one_survey_when_another_cannot_be_carried_out(tmp_path: Path) -> None:
    with a_home(tmp_path, 1, 3) as house:
        plan = replace(PLAN, limits=Limits(hours_between=0))  # else the second would keep away from the first
        survey = approved(house, plan=plan)
        approved(house, replace(OPENLY, key="annan"), plan)
        house.db.write(lambda c: c.execute(_another_text(survey.number)))
        assert "enkät/annan/inbjudan/2024-03-05" in tick(at(house, "2024-03-05T10:00"))


def _another_text(survey: int) -> Update:
    return survey_texts.update().where(survey_texts.c.survey_id == survey).values(text="Något annat")


def test_writes_nothing_while_letters_only_wait_for_a_person(tmp_path: Path) -> None:
    plan = replace(PLAN, steps=(step("brev", Whom.SILENT, 0, Channel.LETTER),))
    with a_home(tmp_path, 1, 3) as house:
        change(house, [1, 2, 3], street="Vägen 1", postcode="186 30", city="Vallentuna")
        approved(house, plan=plan)
        opening = at(house, "2024-03-05T10:00")
        ask.ask(opening)
        wrote: list[str] = []
        event.listen(house.db.writer_engine(), "before_cursor_execute", lambda *args: wrote.append(args[2]))
        ask.ask(opening)
        assert wrote == []
        change(house, [2], street="")
        ask.ask(opening)
        assert states(house, "brev") == {
            1: ("planned", "open"), 2: ("skipped", "no_post"), 3: ("planned", "open"),
        }  # fmt: skip


def test_thanks_when_the_ballots_are_counted_and_asks_nobody_else(tmp_path: Path) -> None:
    with a_home(tmp_path, 1, 3) as house:
        survey = approved(house)
        house.db.write(lambda c: store.step(c, survey.number, "count"))
        assert ask.ask(at(house, "2024-05-02T10:00")) == []  # nobody has answered
        assert set(states(house, "tack").values()) == {("skipped", "not_answered")}
        assert set(states(house, "inbjudan").values()) == {("skipped", "missed")}


def test_asks_nobody_from_a_copy_until_a_person_has_read_what_it_would_ask(tmp_path: Path) -> None:
    with a_home(tmp_path, 1, 3) as house:
        approved(house)
        house.db.write(lambda c: c.execute(lineage.update(lineage.homes).values(held="kopierad")))
        opening = at(house, "2024-03-05T10:00")
        assert tick(opening) == []
        assert set(states(house, "inbjudan").values()) == {("planned", None)}
        assert "  Medlemsenkät 2024, Inbjudan: 3 personer (medlemsenkat)" in adopt.look(opening)
        adopt.adopt(opening, "Bo Godkännare")
        assert "enkät/medlemsenkat/inbjudan/2024-03-05" in tick(opening)
