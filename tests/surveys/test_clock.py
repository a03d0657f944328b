"""The clock looks after a survey by itself: one line in its tick, and nothing without a survey."""

from pathlib import Path

from sqlalchemy import event

from mailer.clockwork.tick import tick
from mailer.surveys import store
from mailer.verbs.surveys import ask
from tests.surveys.running import a_home, approved, at, states


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


def test_thanks_when_the_ballots_are_counted_and_asks_nobody_else(tmp_path: Path) -> None:
    with a_home(tmp_path, 1, 3) as house:
        survey = approved(house)
        house.db.write(lambda c: store.step(c, survey.number, "count"))
        assert ask.ask(at(house, "2024-05-02T10:00")) == []  # nobody has answered
        assert set(states(house, "tack").values()) == {("skipped", "not_answered")}
        assert set(states(house, "inbjudan").values()) == {("skipped", "missed")}
