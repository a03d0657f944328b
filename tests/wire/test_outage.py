"""A relay that is dead for three days: everything waits, people can see why, and are told once. Both engines."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from mailer import maillog
from mailer.clock import Clock
from mailer.clockwork.tick import tick
from mailer.house import House, open_house
from mailer.outbox.outage import STALE
from mailer.outbox.outcome import Outcome
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings, outages
from mailer.outbox.tables import deliveries, renderings
from mailer.outbox.tables import mailings as table
from mailer.verbs import outage_news, report
from mailer.verbs.send import runner_of
from mailer.web.pages import Pages
from mailer.web.public.health import Health
from tests.crash.kills import LETTER, addresses, planned_home
from tests.databases import new_database
from tests.relay.client import Line, Relay, running_relay
from tests.wire.sending import PATIENCE_S

START = datetime.fromisoformat("2024-05-10T09:00+02:00")
MEMBERS = 12
SPEED = 20_000.0  # of what is waited for: five minutes between two tries take 15 ms
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)  # what the house promises
BUSY: Line = {"at": "mail", "do": "reply", "text": "451 4.3.0 senare"}
DEAD = Outcome("defer", "connect", text="Connection refused", fault="relay", lost_line=True)


class Hand:
    """What time it is, set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    monkeypatch.setattr(maillog, "quiet", True)
    return Hand()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return new_database(request.getfixturevalue("postgres_server")) if request.param == "postgres" else ""


@contextlib.contextmanager
def a_house(home: Path, hand: Hand) -> Iterator[House]:
    with open_house(home, "2024-05-10T09:00,0") as house:
        yield dataclasses.replace(house, clock=Clock(START, SPEED, reading=hand))


@contextlib.asynccontextmanager
async def sending(house: House) -> AsyncIterator[None]:
    """The house's own runner, as `mailer run` has it."""
    runner = runner_of(house)
    running = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        runner.stop()
        await running


async def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await asyncio.to_thread(what):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def is_unwell(house: House) -> bool:
    return "relay" in Health(house, Pages(house, None)).ailing()


def told(house: House) -> list[tuple[str, str, str]]:
    """(to whom, subject, text) of the notices about a relay."""
    m, d, r = table.c, deliveries.c, renderings.c
    query = select(d.address, r.subject, r.text).join(table, m.id == d.mailing_id)
    query = query.join(renderings, r.id == d.rendering_id).where(m.name.startswith("systemmejl/borta/"))
    return [(a, s, " ".join(t.split())) for a, s, t in house.db.read(lambda c: c.execute(query.order_by(d.id)).all())]


def tried_at(house: House) -> datetime | None:
    found = house.db.read(outages.read_open)
    return next(iter(found.values())).heard_at if found else None


def state(house: House) -> str:
    return house.db.read(lambda c: mailings.find(c, LETTER)).state


def members_of(relay: Relay) -> list[str]:
    return sorted(line["rcpt"][0] for line in relay.acknowledged() if line["rcpt"][0].startswith("medlem"))


async def test_waits_for_a_relay_that_is_dead_for_three_days(tmp_path: Path, hand: Hand, url: str) -> None:
    with running_relay() as relay, a_house(planned_home(tmp_path / "hem", relay, MEMBERS, url), hand) as house:
        relay.stop()
        async with sending(house):
            await until(lambda: tried_at(house) == START)
            assert not is_unwell(house)
            hand.now = START + QUARTER - timedelta(seconds=1)
            await until(lambda: tried_at(house) == hand.now)
            assert not is_unwell(house)
            hand.now = START + QUARTER
            assert is_unwell(house)
            for half_hour in range(3 * 48):
                hand.now += HOUR / 2
                await until(lambda: tried_at(house) == hand.now)
                if half_hour % 24 == 0:
                    await asyncio.to_thread(tick, house)
                    assert is_unwell(house)
            assert told(house) == [], "no mail can go: it would only say half of it"
            why = "E-postservern har inte tagit emot något sedan fredag 10 maj kl. 9.00 (förbindelsen: "
            assert f"Kvar: {MEMBERS}. {why}" in "\n".join(report.lines(report.report(house, LETTER)))
            assert why in "\n".join(report.owed_lines(house))
            assert why in report.report(house, LETTER).to_json()["left"]
            relay.start()
            await until(lambda: state(house) == Mailing.FINISHED)
            await until(lambda: tried_at(house) is None)
            for _ in range(2):
                await asyncio.to_thread(tick, house)
            await until(lambda: any(line["rcpt"] == ["bo@vallentuna.example"] for line in relay.acknowledged()))
        ((to, subject, text),) = told(house)
        assert (to, subject.endswith("e-postservern var borta")) == ("bo@vallentuna.example", True)
        assert "från kl. 9.00" not in text
        assert "från fredag 10 maj kl. 9.00 till kl. " in text
        assert "förbindelsen: " in text
        assert house.db.read(outages.read) == []
        assert not is_unwell(house)
        assert "E-postservern" not in "\n".join(report.lines(report.report(house, LETTER)))
        assert members_of(relay) == sorted(addresses(MEMBERS))


async def test_takes_a_relay_for_away_that_only_says_not_now(tmp_path: Path, hand: Hand) -> None:
    with running_relay([BUSY]) as relay, a_house(planned_home(tmp_path / "hem", relay, MEMBERS), hand) as house:
        async with sending(house):
            await until(lambda: tried_at(house))
            assert "(avsändaren: 451 4.3.0 senare)" in "\n".join(report.lines(report.report(house, LETTER)))
            hand.now += QUARTER
            assert is_unwell(house)
            relay.set_script()

            def is_finished_by_and_by() -> bool:
                hand.now += timedelta(minutes=5)  # it is tried with one message, then with a few a second
                return bool(state(house) == Mailing.FINISHED)

            await until(is_finished_by_and_by)
            await until(lambda: tried_at(house) is None)
        assert not is_unwell(house)


async def test_says_why_a_login_is_refused_also_when_it_has_paused(
    tmp_path: Path, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_RELAY__USERNAME", "hemmet")
    monkeypatch.setenv("MAILER_RELAY__PASSWORD", "fel")
    with (
        running_relay(user="hemmet", password="rätt", auth_in_clear=True) as relay,
        a_house(planned_home(tmp_path / "hem", relay, MEMBERS), hand) as house,
    ):
        async with sending(house):
            await until(lambda: state(house) == Mailing.PAUSED)
        hand.now += QUARTER
        assert is_unwell(house)
        (found,) = house.db.read(outages.read)
        assert (found.since, found.why.startswith("inloggningen: 535 ")) == (START, True)
        house.db.write(lambda c: c.execute(update(table).values(why="pausat av Anna Redaktör")))
        assert not is_unwell(house)


async def test_writes_at_its_end_that_a_relay_works_again(tmp_path: Path, hand: Hand) -> None:
    """`mailer send` may be over in a second, long before the next look."""
    with running_relay() as relay, a_house(planned_home(tmp_path / "hem", relay, MEMBERS), hand) as house:
        away(house, house.settings.relay.key, START - HOUR, START)
        slow = dataclasses.replace(house, clock=Clock(START, 1, reading=hand))
        await runner_of(slow).run(until_idle=True)
        assert (state(house), tried_at(house)) == (Mailing.FINISHED, None)


async def test_forgets_a_short_one_without_a_word(tmp_path: Path, hand: Hand) -> None:
    with running_relay() as relay, a_house(planned_home(tmp_path / "hem", relay, MEMBERS), hand) as house:
        relay.stop()
        async with sending(house):
            await until(lambda: tried_at(house))
            hand.now += QUARTER - timedelta(seconds=1)
            relay.start()
            await until(lambda: state(house) == Mailing.FINISHED)
        tick(house)
        assert (house.db.read(outages.read), told(house)) == ([], [])


@pytest.fixture
def with_two(tmp_path: Path, hand: Hand, url: str) -> Iterator[House]:
    """A home with two relays, neither of which is asked here."""
    with running_relay() as relay:
        home = planned_home(tmp_path / "hem", relay, MEMBERS, url)
    settings = home / "settings.toml"
    second = '[[relays]]\nname = "reserv"\nsecurity = "none"\n'
    settings.write_text(settings.read_text("utf-8").replace("\n[mailbox]\n", f"\n{second}\n[mailbox]\n"), "utf-8")
    with a_house(home, hand) as house:
        yield house


def away(house: House, relay: str, since: datetime, heard: datetime) -> None:
    house.db.write(lambda c: outages.note(c, relay, since, since, DEAD, is_first=True))
    house.db.write(lambda c: outages.note(c, relay, since, heard, DEAD, is_first=False))


def test_tells_through_the_other_relay_after_fifteen_minutes_and_not_again(with_two: House, hand: Hand) -> None:
    house, first = with_two, with_two.settings.relay.key
    away(house, first, START, START + timedelta(minutes=11))
    hand.now = START + QUARTER - timedelta(seconds=1)
    outage_news.tell(house)
    assert told(house) == []
    hand.now = START + QUARTER
    outage_news.tell(house)
    assert not is_unwell(house)
    assert "E-postservern" not in "\n".join(report.owed_lines(house))
    ((_, subject, text),) = told(house)
    assert subject.endswith("e-postservern är borta")
    assert "har inte tagit emot något sedan kl. 9.00. Så länge går mejlen genom reserv." in text
    house.db.write(lambda c: outages.end(c, first, hand.now))
    outage_news.tell(house)
    assert (len(told(house)), house.db.read(outages.read)) == (1, [])


def test_says_that_nothing_goes_from_when_the_last_relay_went_away(with_two: House, hand: Hand) -> None:
    house, first = with_two, with_two.settings.relay.key
    away(house, first, START, START + HOUR)
    away(house, "reserv", START + HOUR, START + HOUR)
    hand.now = START + HOUR + QUARTER - timedelta(seconds=1)
    assert not is_unwell(house)
    hand.now = START + HOUR + QUARTER
    assert is_unwell(house)
    outage_news.tell(house)
    assert told(house) == []


@pytest.mark.parametrize(
    ("heard", "now"),
    [(timedelta(minutes=1), QUARTER), (HOUR, HOUR + STALE + timedelta(seconds=1))],
    ids=["failed once", "not tried since"],
)
def test_tells_nothing_of_a_relay_that_nobody_has_tried(
    with_two: House, hand: Hand, heard: timedelta, now: timedelta
) -> None:
    away(with_two, with_two.settings.relay.key, START, START + heard)
    hand.now = START + now
    outage_news.tell(with_two)
    assert told(with_two) == []


def test_forgets_a_relay_that_is_no_longer_in_the_settings(with_two: House) -> None:
    away(with_two, "gammal", START - HOUR, START)
    outage_news.tell(with_two)
    assert (with_two.db.read(outages.read), told(with_two)) == ([], [])
