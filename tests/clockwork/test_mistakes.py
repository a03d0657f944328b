"""The clock goes on when an editor has done something wrong, and says so; nobody is told of what does not concern her."""

import dataclasses
import re
import shutil

import pytest
from sqlalchemy import select, update

from mailer.clockwork.tick import tick
from mailer.errors import EditorError
from mailer.outbox.states import Mailing
from mailer.outbox.store import figures, leases, mailings
from mailer.outbox.tables import mailings as table
from mailer.outbox.tables import renderings, runners
from mailer.settings import Series
from mailer.verbs import approve, control, letter, month, prepare, send, watch, which
from tests.clockwork.test_tick import BLOCK, at, house, notices, row, write
from tests.homes import add_people
from tests.outbox.turns import go_round

__all__ = ["house"]  # a fixture
MAY = "v-aktuellt/2024-05"


def proposed(house):
    """May, assembled by the clock on the third."""
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    return row(house)


def approved(house):
    proposed(house)
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    return row(house)


def with_settings(house, **changed):
    """The same house with other settings."""
    return dataclasses.replace(house, settings=house.settings.model_copy(update=changed))


def test_goes_on_when_all_that_was_in_an_issue_is_taken_away(house):
    proposed(house)
    (house.content / "2024-05/01-torget.md").unlink()
    for moment in ("2024-05-03T07:00", "2024-05-03T07:01"):
        tick(at(house, moment))
    assert len(notices(house, "tomt/")) == 1


def test_goes_on_when_a_list_is_gone(house):
    proposed(house)
    write(house, "2024-05/01-torget.md", BLOCK.format(title="Rättat"))
    (house.lists / "medlemmar.toml").unlink()
    for moment in ("2024-05-03T07:00", "2024-05-03T07:01"):
        tick(at(house, moment))
    assert len(notices(house, "tomt/")) == 1


def test_goes_on_without_the_folder_of_content_and_says_so_once_a_day(house):
    write(house, "2024-05/01-torget.md")
    shutil.rmtree(house.content)
    for moment in ("2024-05-03T06:00", "2024-05-03T07:00"):
        tick(at(house, moment))
    first = notices(house, "fel/2024-05-03/")
    assert {a for _, a in first} == {"anna@vallentuna.example", "bo@vallentuna.example"}
    assert len(first) == 2
    tick(at(house, "2024-05-04T06:00"))
    assert notices(house, "fel/2024-05-04/") == first


def test_sends_what_is_approved_though_the_folder_of_content_is_gone(house):
    approved(house)
    shutil.rmtree(house.content)
    tick(at(house, "2024-05-10T09:00"))
    assert row(house).state == Mailing.SENDING


def test_goes_on_when_a_template_of_the_home_is_broken(house):
    write(house, "2024-05/01-torget.md")
    (house.templates / "notices").mkdir(exist_ok=True)
    (house.templates / "notices/approve.md.j2").write_text("Ämne: {{ titel }\n", "utf-8")
    tick(at(house, "2024-05-03T06:00"))
    assert notices(house, "fel/")
    shutil.rmtree(house.templates / "notices")
    tick(at(house, "2024-05-03T06:01"))
    assert notices(house, "godkänn/")


def test_goes_on_when_a_person_is_faster_than_the_clock(house):
    found = approved(house)
    month.assemble(at(house, "2024-05-10T08:59"), *which.series_and_period(house, "2024-05"))
    assert watch.send_by_the_clock(at(house, "2024-05-10T09:00"), found) is False
    assert row(house).state == Mailing.PROPOSED


def test_leaves_an_approval_that_came_while_it_made_the_issue_anew(house):
    proposed(house)
    write(house, "2024-05/02-mer.md")
    now = at(house, "2024-05-04T06:00")
    approve.approve(now, "2024-05", "Bo Godkännare")
    series, period = which.series_and_period(now, "2024-05")
    assert month.assemble(now, series, period, by_clock=True).written is False
    assert row(house).state == Mailing.APPROVED
    assert month.assemble(now, series, period).written is True  # a person may


def test_leaves_a_withdrawn_issue_in_peace_and_sends_it_when_it_is_made_anew(house):
    proposed(house)
    control.withdraw(at(house, "2024-05-04T06:00"), "2024-05")
    for moment in ("2024-05-10T09:00", "2024-05-29T09:00"):
        tick(at(house, moment))
    assert notices(house, "larm/") == []
    now = at(house, "2024-05-29T10:00")
    month.assemble(now, *which.series_and_period(now, "2024-05"))
    approve.approve(now, "2024-05", "Bo Godkännare", reason="ändå")
    tick(now)
    assert row(house).state == Mailing.SENDING


def test_lets_a_person_say_yes_again_to_what_was_approved_when_its_month_ended(house):
    approved(house)
    june = at(house, "2024-06-15T06:00")
    tick(june)
    with pytest.raises(EditorError, match="tiden för numret har gått ut"):
        send.plan(june, "2024-05")
    with pytest.raises(EditorError, match="tiden för numret har gått ut"):
        approve.approve(june, "2024-05", "Bo Godkännare")
    approve.approve(june, "2024-05", "Bo Godkännare", reason="det ska ut ändå")
    tick(june)
    assert row(house).state == Mailing.SENDING


def test_asks_for_a_reason_after_the_month_though_it_was_held_on_the_last_day(house):
    approved(house)
    ends = row(house).expires_at
    house.db.write(lambda c: add_people(c, house.keys, range(20, 30), house.clock.now()))
    tick(at(house, "2024-05-31T20:00"))
    assert (row(house).state, row(house).expires_at) == (Mailing.HELD, ends)
    with pytest.raises(EditorError, match="tiden för numret har gått ut"):
        approve.approve(at(house, "2024-06-01T08:00"), "2024-05", "Bo Godkännare")


def test_forgets_why_a_mailing_was_held_when_it_is_approved(house):
    approved(house)
    house.db.write(lambda c: add_people(c, house.keys, range(20, 30), house.clock.now()))
    tick(at(house, "2024-05-10T09:00"))
    assert "antalet mottagare" in row(house).why
    approve.approve(at(house, "2024-05-10T10:00"), "2024-05", "Bo Godkännare")
    assert row(house).why == ""


def test_does_not_say_that_what_is_sent_can_be_approved(house):
    approved(house)
    now = at(house, "2024-05-10T09:00")
    tick(now)
    with pytest.raises(EditorError, match="utskicket skickas"):
        approve.approve(now, "2024-05", "Bo Godkännare", dry_run=True)


def test_says_what_an_approval_leads_to(house):
    proposed(house)
    early, late = at(house, "2024-05-04T06:00"), at(house, "2024-05-12T06:00")
    done = approve.approve(early, "2024-05", "Bo Godkännare", dry_run=True)
    assert approve.lines(early, done)[-1] == "Det skickas fredag 10 maj kl. 9.00."
    assert "mailer run skickar det nu" in approve.lines(late, done)[-1]


def test_asks_nothing_of_a_new_series_about_the_months_before_it(house):
    write(house, "2024-05/01-torget.md")
    year = at(house, "2025-05-03T05:00")
    tick(year)
    new = Series(key="ny", name="Nytt", lists=("medlemmar",))
    tick(with_settings(year, series=(*house.settings.series, new)))
    assert notices(house, "larm/ny/") == []
    tick(with_settings(at(house, "2025-06-01T05:00"), series=(*house.settings.series, new)))
    assert notices(house, "larm/ny/2025-05/")


def test_does_not_tell_a_new_editor_of_all_that_was_sent_before(house):
    approved(house)
    tick(at(house, "2024-05-10T09:00"))
    house.db.write(lambda c: c.execute(update(table).where(table.c.name == MAY).values(state="finished")))
    tick(at(house, "2024-05-11T09:00"))
    told = notices(house, "skickat/")
    assert told
    new = house.settings.people[0].model_copy(update={"name": "Ny", "address": "ny@vallentuna.example"})
    tick(with_settings(at(house, "2024-05-12T09:00"), people=(*house.settings.people, new)))
    assert notices(house, "skickat/") == told


def test_renders_nothing_that_it_has_said(house, monkeypatch):
    approved(house)
    for moment in ("2024-05-10T09:00", "2024-05-10T09:01"):
        tick(at(house, moment))
    house.db.write(lambda c: c.execute(update(table).where(table.c.name == MAY).values(state="finished")))
    tick(at(house, "2024-05-11T09:00"))
    told = notices(house, "")
    monkeypatch.setattr("mailer.render.notice.render_notice", None)  # called, it would end the tick
    monkeypatch.setattr("mailer.verbs.sending_news.figures.balance", None)
    tick(at(house, "2024-05-11T09:01"))
    assert notices(house, "") == told != []


def test_frees_what_a_silent_runner_of_another_machine_holds(house):
    approved(house)
    now = at(house, "2024-05-10T09:00")
    tick(now)
    other, _ = house.db.write(lambda c: leases.start(c, house.db, "annan", now.clock.now()))
    go_round(house.db, other, claim=5, now=now.clock.now())
    tick(now)
    assert states_of(house) == {"planned", "claimed"}  # its lease lasts
    house.db.write(lambda c: c.execute(update(runners).where(runners.c.id == other).values(lease_until=1)))
    tick(now)
    assert states_of(house) == {"planned"}


def states_of(house) -> set[str]:
    return {p.state for p in house.db.read(lambda c: figures.people(c, row(house).id))}


def test_takes_a_yes_to_what_the_approver_has_read_and_to_nothing_else(house):
    """The letter with the question carries the version; the issue is made anew before it is answered."""
    proposed(house)
    asked = house.db.read(lambda c: c.execute(select(renderings.c.text)).scalars().all())
    read = next(found[1] for text in asked if (found := re.search(r"--version ([0-9a-f]+)", text)))
    write(house, "2024-05/01-torget.md", BLOCK.format(title="Rättat"))
    now = at(house, "2024-05-04T06:00")
    tick(now)
    with pytest.raises(EditorError, match="har gjorts om sedan du läste det"):
        approve.approve(now, "2024-05", "Bo Godkännare", version=read)
    current = house.db.read(lambda c: mailings.hash_of(c, row(house)))
    approve.approve(now, "2024-05", "Bo Godkännare", version=current[:12])
    assert row(house).state == Mailing.APPROVED


def test_warns_when_some_will_get_the_mistake_and_not_the_correction(house, tmp_path):
    approved(house)
    now = at(house, "2024-05-10T09:00")
    tick(now)
    (tmp_path / "rättelse.md").write_text("# Fel tid\n\nKlockan elva.\n", "utf-8")
    done = letter.correct(now, "2024-05", tmp_path / "rättelse.md")
    assert "12 personer har inte fått utskicket än" in "\n".join(letter.lines(now, done))


def test_goes_on_with_what_is_for_all_when_the_groups_cannot_be_read(house):
    """Who is for a group is not known then: nobody gets it, and the file is named."""
    (house.lists / "grupper.toml").write_text("[brottby\n", "utf-8")
    write(house, "2024-05/02-byn.md", "---\nrubrik: Byn\nläsare: brottby\npraktiskt: ja\n---\n\nVägen stängs.\n")
    kept = proposed(house).contents
    assert [block["title"] for block in kept["blocks"]] == ["01-torget"]
    assert ["2024-05/02-byn.md", "det finns ingen lista eller grupp som heter ”brottby”"] in kept["left_out"]
    issue, _, _ = prepare.look(house, *which.series_and_period(house, "2024-05"))
    assert "lists/grupper.toml" in {problem.where for problem in issue.problems}
