"""The service starts only where it may, and outlasts a database that is away for a while."""

import asyncio

import pytest

from mailer import lineage
from mailer.clockwork import service
from mailer.errors import AdminError, LaterError, Problem
from tests.homes import make_home, opened


def test_does_not_start_towards_others_until_it_is_said_who_answers(tmp_path):
    changed = {'processors = ["E-postleverantören AB"]': "", 'host = "127.0.0.1"': 'host = "smtp.exempel.example"'}
    home = make_home(tmp_path / "hem", 2525, **changed, **{'security = "none"': 'security = "starttls"'})
    with opened(home) as house, pytest.raises(AdminError, match="skickar bara till den egna datorn"):
        service.run(house, lambda _: None)


def test_outlasts_a_database_that_is_away_when_it_looks(tmp_path, monkeypatch):
    with opened(make_home(tmp_path / "hem", 2525)) as house:
        looks = []

        def held(_):
            looks.append(1)
            if len(looks) == 1:
                raise LaterError(Problem("databasen", "svarar inte"))
            stopped.set()
            return "väntar"

        monkeypatch.setattr(lineage, "held", held)
        monkeypatch.setattr(service, "AGAIN_S", 0.01)
        stopped = asyncio.Event()
        asyncio.run(service._sending(house, stopped))
        assert len(looks) == 2
