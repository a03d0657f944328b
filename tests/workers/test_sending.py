"""A process sends as long as it may: not one second longer for a home that is held meanwhile, by whomever."""

import asyncio
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from mailer import lineage
from mailer.errors import AdminError, Problem
from mailer.house import open_house
from mailer.outbox.tables import runners
from mailer.workers import sending
from mailer.workers.sending import Sending
from tests.homes import make_home

PATIENCE_S = 30


async def test_stops_the_runner_when_the_home_is_held_and_goes_on_when_it_is_not(tmp_path, database_url, monkeypatch):
    monkeypatch.setattr(sending, "HELD_S", 0.02)
    monkeypatch.setattr(sending, "AGAIN_S", 0.02)
    with open_house(make_home(tmp_path / "hem", 2525, database_url)) as house:
        stopped = asyncio.Event()
        work = asyncio.create_task(Sending(house, stopped).work())

        async def until(ended: list[bool]) -> None:
            async with asyncio.timeout(PATIENCE_S):
                look = select(runners.c.ended).order_by(runners.c.id)
                while house.db.read(lambda c: c.execute(look).scalars().all()) != ended:
                    await asyncio.sleep(0.02)

        def hold(why: str | None) -> None:
            house.db.write(lambda c: c.execute(update(lineage.homes).values(held=why)))

        await until([False])
        hold("återställd")
        await until([True])
        hold(None)
        await until([True, False])
        stopped.set()
        await asyncio.wait_for(work, PATIENCE_S)
        await until([True, True])


async def test_does_not_go_on_with_nobody_left_to_stop_it(tmp_path, database_url, monkeypatch):
    """The disk fails for the one look at whether the home is held: the runner ends in order, and the service with it."""
    monkeypatch.setattr(sending, "HELD_S", 0.02)
    fails = False

    def look(db, var):
        if fails:
            raise AdminError(Problem("databasen", "går inte att skriva: disk I/O error"))
        return lineage.look(db, var)

    monkeypatch.setattr(sending, "lineage", SimpleNamespace(look=look))
    with open_house(make_home(tmp_path / "hem", 2525, database_url)) as house:
        work = asyncio.create_task(Sending(house, asyncio.Event()).work())
        ended = select(runners.c.ended)
        async with asyncio.timeout(PATIENCE_S):
            while not house.db.read(lambda c: c.execute(ended).scalars().all()):
                await asyncio.sleep(0.02)
        fails = True
        with pytest.raises(AdminError):
            await asyncio.wait_for(work, PATIENCE_S)
        assert house.db.read(lambda c: c.execute(ended).scalars().all()) == [True]
