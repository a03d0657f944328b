"""A tick does what is due by the same verbs a person has: once, in order, and it tells whom it should. Both engines."""

import dataclasses
import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from mailer.clock import Clock
from mailer.clockwork.tick import tick
from mailer.errors import EditorError
from mailer.house import House, open_house
from mailer.issue.tables import issues
from mailer.outbox.states import Mailing
from mailer.outbox.store import control, figures, mailings
from mailer.outbox.tables import deliveries
from mailer.outbox.tables import mailings as table
from mailer.register.tables import imports
from mailer.verbs import approve, letter, month, send, which
from tests.homes import add_people, make_home

ZONE = ZoneInfo("Europe/Stockholm")
BLOCK = "---\nrubrik: {title}\n---\n\nVi ses på torget.\n"


def at(house: House, moment: str) -> House:
    """The house at a moment that stands still."""
    return dataclasses.replace(house, clock=Clock(datetime.fromisoformat(moment).replace(tzinfo=ZONE), 0))


@pytest.fixture
def house(tmp_path, database_url):
    home = make_home(tmp_path / "hem", 2525, database_url)
    with open_house(home, "2024-01-01T00:00,0") as opened:

        def fill(c):
            add_people(c, opened.keys, range(1, 13), opened.clock.now())
            whole = {
                "whole": True,
                "file_hash": "x",
                "who": "t",
                "added": 0,
                "changed": 0,
                "removed": 0,
                "unchanged": 0,
                "problems": 0,
            }
            c.execute(
                insert(imports),
                [{"list": k, "at": datetime(2024, 5, 1, tzinfo=ZONE), **whole} for k in ("medlemmar", "sympatisorer")],
            )

        opened.db.write(fill)
        tick(at(opened, "2024-04-20T00:00"))  # the first day: nothing is owed from before it
        yield opened


def write(house: House, name: str, text: str = "") -> Path:
    path = house.content / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or BLOCK.format(title=path.stem), "utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def notices(house: House, prefix: str) -> list[tuple[str, str]]:
    """(subject, address) of the notices whose name begins so."""
    query = (
        select(table.c.title, deliveries.c.address)
        .join(deliveries, deliveries.c.mailing_id == table.c.id)
        .where(table.c.name.like(f"systemmejl/{prefix}%"))
        .order_by(table.c.id)
    )
    return [(title, address) for title, address in house.db.read(lambda c: c.execute(query).all())]


def row(house: House, name: str = "v-aktuellt/2024-05"):
    return house.db.read(lambda c: mailings.find(c, name))


def test_carries_a_month_from_the_folder_to_the_outbox(house):
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T05:59"))
    assert row(house) is None
    tick(at(house, "2024-05-03T06:00"))
    assert row(house).state == Mailing.PROPOSED
    assert notices(house, "godkänn/") == [("Läs och godkänn: V Aktuellt maj 2024", "anna@vallentuna.example")]
    tick(at(house, "2024-05-04T05:00"))
    assert len(notices(house, "godkänn/")) == 1
    tick(at(house, "2024-05-04T06:00"))  # 24 hours of silence
    assert notices(house, "godkänn/")[1:] == [
        ("V Aktuellt maj 2024 väntar fortfarande på ett ja", "bo@vallentuna.example")
    ]
    approve.approve(at(house, "2024-05-04T07:00"), "2024-05", "bo godkännare")
    tick(at(house, "2024-05-10T08:59"))
    assert row(house).state == Mailing.APPROVED
    tick(at(house, "2024-05-10T09:00"))
    assert row(house).state == Mailing.SENDING
    assert house.db.read(lambda c: figures.balance(c, row(house).id)).owed == 12
    for moment in ("2024-05-10T09:01", "2024-05-31T23:00", "2024-06-02T00:00"):
        tick(at(house, moment))
    assert notices(house, "larm/") == []
    assert len(house.db.read(lambda c: c.execute(select(issues)).all())) == 1


def test_alarms_at_the_send_moment_and_sends_as_soon_as_somebody_says_yes(house):
    write(house, "2024-05/01-torget.md")
    for moment in ("2024-05-03T06:00", "2024-05-10T09:00", "2024-05-10T09:01", "2024-05-11T00:00"):
        tick(at(house, moment))
    assert {a for _, a in notices(house, "larm/")} == {"anna@vallentuna.example", "bo@vallentuna.example"}
    assert len(notices(house, "larm/")) == 2
    approve.approve(at(house, "2024-05-12T10:00"), "2024-05", "Anna Redaktör")
    tick(at(house, "2024-05-12T10:01"))
    assert row(house).planned_at is not None


def test_asks_a_person_when_the_month_is_over(house):
    write(house, "2024-05/01-torget.md")
    for moment in ("2024-05-03T06:00", "2024-05-28T12:00", "2024-06-01T00:10"):
        tick(at(house, moment))
    assert [s for s, a in notices(house, "larm/v-aktuellt/2024-05/missed") if a.startswith("bo")] == [
        "V Aktuellt maj 2024 kom aldrig ut"
    ]
    june = at(house, "2024-06-02T10:00")
    with pytest.raises(EditorError, match="tiden för numret har gått ut"):
        approve.approve(june, "2024-05", "Bo Godkännare")
    approve.approve(june, "2024-05", "Bo Godkännare", reason="vi vill ha ut det ändå")
    tick(june)
    assert row(house).planned_at is not None


def test_does_not_send_what_was_approved_when_it_sleeps_past_the_month(house):
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    tick(at(house, "2024-06-15T06:00"))  # asleep over the send day and the month's end
    assert row(house).planned_at is None
    assert len(notices(house, "larm/v-aktuellt/2024-05/missed")) == 2


def test_tells_the_editors_once_when_there_is_nothing_and_goes_on_when_there_is(house):
    for moment in ("2024-05-03T06:00", "2024-05-03T06:01", "2024-05-04T06:00"):
        tick(at(house, moment))
    assert len(notices(house, "tomt/")) == 1
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-04T07:00"))
    assert row(house).state == Mailing.PROPOSED


def test_makes_an_unapproved_issue_anew_when_a_block_changes_and_asks_again(house):
    path = write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    write(house, path.relative_to(house.content), BLOCK.format(title="Nytt"))
    tick(at(house, "2024-05-03T07:00"))
    assert len(notices(house, "godkänn/")) == 2
    assert "Nytt" in house.db.read(lambda c: mailings.read_renderings(c, row(house).id))[0].text


def test_sends_what_was_approved_when_a_block_changes_and_tells_at_once(house):
    write(house, "2024-05/01-torget.md", "---\nrubrik: Torget\nansvarig: Anna Redaktör\n---\n\nKlockan tio.\n")
    tick(at(house, "2024-05-03T06:00"))
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    frozen = row(house)
    before = house.db.read(lambda c: mailings.hash_of(c, frozen))
    write(house, "2024-05/01-torget.md", "---\nrubrik: Torget\nansvarig: Anna Redaktör\n---\n\nKlockan elva.\n")
    for _ in range(2):
        tick(at(house, "2024-05-05T06:00"))
    assert notices(house, "ändrat/") == [
        ("V Aktuellt maj 2024 är godkänt, men filer har ändrats", "anna@vallentuna.example"),
        ("V Aktuellt maj 2024 är godkänt, men filer har ändrats", "bo@vallentuna.example"),
    ]
    tick(at(house, "2024-05-10T09:00"))
    assert row(house).state == Mailing.SENDING
    assert house.db.read(lambda c: mailings.hash_of(c, row(house))) == before
    assert "tio" in house.db.read(lambda c: mailings.read_renderings(c, frozen.id))[0].text


def test_asks_first_when_the_audience_has_moved_since_the_approval(house):
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    house.db.write(lambda c: add_people(c, house.keys, range(20, 30), house.clock.now()))
    tick(at(house, "2024-05-10T09:00"))
    assert row(house).state == Mailing.HELD
    assert len(notices(house, "godkänn/")) == 3  # once before, and both are asked now
    approve.approve(at(house, "2024-05-10T10:00"), "2024-05", "Bo Godkännare")
    tick(at(house, "2024-05-10T10:01"))
    assert house.db.read(lambda c: figures.balance(c, row(house).id)).selected == 22


def test_takes_the_right_to_approve_away_at_once(house, tmp_path):
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    people = tuple(p for p in house.settings.people if not p.name.startswith("Bo"))
    without = dataclasses.replace(house, settings=house.settings.model_copy(update={"people": people}))
    with pytest.raises(EditorError, match="är inte godkännare"):
        approve.approve(at(without, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    tick(at(without, "2024-05-04T06:00"))
    assert "bo@vallentuna.example" not in {a for _, a in notices(house, "godkänn/")}


def test_stops_an_approval_on_an_old_register_without_a_reason(house):
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-20T06:00"))
    with pytest.raises(EditorError, match="registret är för gammalt: listan medlemmar lästes in för 19 dagar sedan"):
        approve.approve(at(house, "2024-05-20T06:00"), "2024-05", "Bo Godkännare")
    done = approve.approve(at(house, "2024-05-20T06:00"), "2024-05", "Bo Godkännare", reason="inga ändringar")
    assert done.head_count.recipients == 12


def test_makes_one_issue_when_two_clocks_tick_at_once(house):
    """Twenty starts at once, in threads of their own: one issue, one planning, nobody told twice."""
    import concurrent.futures

    write(house, "2024-05/01-torget.md")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: tick(at(house, "2024-05-03T06:00")), range(20)))
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: tick(at(house, "2024-05-10T09:00")), range(20)))
    found = house.db.read(lambda c: c.execute(select(table).where(table.c.kind == "issue")).all())
    assert len(found) == 1
    assert house.db.read(lambda c: figures.balance(c, found[0].id)).selected == 12
    assert len(notices(house, "godkänn/")) == 1


def test_writes_a_letter_and_a_correction_that_need_their_own_approval(house, tmp_path):
    write(house, "2024-05/01-torget.md")
    may = at(house, "2024-05-03T06:00")
    series, period = which.series_and_period(may, "2024-05")
    month.assemble(may, series, period)
    file = tmp_path / "rättelse.md"
    file.write_text("# Fel tid\n\nKlockan elva, inte tio.\n", "utf-8")
    with pytest.raises(EditorError, match="är inte skickat"):
        letter.correct(may, "2024-05", file)
    approve.approve(may, "2024-05", "Bo Godkännare")
    send.plan(may, "2024-05")
    assert letter.correct(may, "2024-05", file).head_count.selected == 0  # nobody has it yet
    once = letter.write(may, file, ("medlemmar",))
    assert once.head_count.recipients == 12
    with pytest.raises(EditorError, match="väntar på godkännande"):
        send.plan(may, once.proposal.name)
    approve.approve(may, once.proposal.name, "Anna Redaktör")
    sent = send.plan(may, once.proposal.name)
    assert house.db.read(lambda c: figures.balance(c, sent.mailing)).owed == 12


def test_tells_the_administrator_of_a_mailing_that_paused_itself(house):
    write(house, "2024-05/01-torget.md")
    may = at(house, "2024-05-10T09:00")
    series, period = which.series_and_period(may, "2024-05")
    month.assemble(may, series, period)
    approve.approve(may, "2024-05", "Bo Godkännare")
    tick(may)
    house.db.write(lambda c: control.pause(c, house.db, row(house).id, "e-postservern svarar 554 nej"))
    for _ in range(2):
        tick(may)
    assert ("V Aktuellt maj 2024 har stannat", "bo@vallentuna.example") in notices(house, "pausat/")
    assert len(notices(house, "pausat/")) == 2


def test_does_nothing_in_a_home_that_waits_for_a_person(house):
    from sqlalchemy import update

    from mailer.lineage import homes

    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    house.db.write(lambda c: c.execute(update(homes).values(held="kopierad")))
    assert tick(at(house, "2024-05-10T09:00")) == []
    assert row(house).planned_at is None
