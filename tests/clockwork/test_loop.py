"""The service starts only where it may, and outlasts a database that is away for a while."""

import asyncio

import pytest
from sqlalchemy import select

from mailer import lineage
from mailer.clockwork import loop
from mailer.errors import AdminError, LaterError, Problem
from mailer.house import open_house
from mailer.outbox.tables import mailings as table
from mailer.verbs import fetch
from mailer.workers import errands, sending
from tests.homes import make_home, opened


def test_does_not_start_towards_others_until_it_is_said_who_answers(tmp_path):
    changed = {'processors = ["E-postleverantören AB"]': "", 'host = "127.0.0.1"': 'host = "smtp.exempel.example"'}
    home = make_home(tmp_path / "hem", 2525, **changed, **{'security = "none"': 'security = "starttls"'})
    with opened(home) as house, pytest.raises(AdminError, match="skickar bara till den egna datorn"):
        loop.run(house, lambda _: None)


def test_outlasts_a_database_that_is_away_when_it_looks(tmp_path, monkeypatch):
    with opened(make_home(tmp_path / "hem", 2525)) as house:
        looks = []

        def look(*_):
            looks.append(1)
            if len(looks) == 1:
                raise LaterError(Problem("databasen", "svarar inte"))
            stopped.set()
            return "väntar"

        monkeypatch.setattr(lineage, "look", look)
        monkeypatch.setattr(sending, "AGAIN_S", 0.01)
        stopped = asyncio.Event()
        asyncio.run(sending.Sending(house, stopped).work())
        assert len(looks) == 2


def test_asks_the_people_of_today_though_the_settings_are_half_written_for_a_while(tmp_path):
    with opened(make_home(tmp_path / "hem", 2525)) as house:
        settings = house.home / "settings.toml"
        before = settings.read_text("utf-8")
        settings.write_text(before[: before.index("\n[[people]]") + 12] + "name = ", "utf-8")
        assert loop._with_people_of_today(house).settings.people == house.settings.people
        assert house.db.read(lambda c: c.execute(select(table.c.title)).scalars().all())  # and says what is wrong
        bo = 'name = "Bo Godkännare"\naddress = "bo@vallentuna.example"'
        assert bo in before
        settings.write_text(before.replace(bo, 'name = "Eva"\naddress = "eva@vallentuna.example"'), "utf-8")
        people = {p.name for p in loop._with_people_of_today(house).settings.people}
        assert "Eva" in people
        assert "Bo Godkännare" not in people


def test_asks_the_sources_whose_time_has_come_and_no_others(tmp_path):
    """An address on this very machine: asked, and refused before anything is sent to it."""
    home = make_home(tmp_path / "hem", 2525)
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[feeds]]\nname = "På hemsidan"\naddress = "http://127.0.0.1:9/feed/"\nkind = "posts"\n')
    with open_house(home) as house:
        errands.fetch_feeds(house, {}, errands.Stop())
        (kept,) = fetch.read_fetched(house)
        assert kept.tried_at is not None
        assert kept.failing_since == kept.tried_at
        errands.fetch_feeds(house, {}, errands.Stop())
        assert fetch.read_fetched(house) == (kept,), "an hour must pass"
