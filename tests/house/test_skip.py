"""A month without an issue is somebody's decision, with a reason, on both engines."""

import pytest
from sqlalchemy import select

from mailer.clockwork.tick import tick
from mailer.errors import EditorError
from mailer.house import House
from mailer.issue import store as issues
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.outbox.tables import mailings as table
from mailer.verbs import approve
from mailer.verbs.skip import lines, skip
from tests.web.month import BO, MAY, a_month, assemble, at

ANNA = "Anna Redaktör"


@pytest.fixture
def house(tmp_path, database_url):
    with a_month(tmp_path / "hem", database_url) as opened:
        yield opened


def row(house: House):
    return house.db.read(lambda c: mailings.find(c, MAY))


def skipped(house: House, period: str = "2024-05"):
    return house.db.read(lambda c: issues.skipped(c, "v-aktuellt", period))


def notices(house: House, prefix: str) -> list[str]:
    names = select(table.c.name).where(table.c.name.startswith(f"systemmejl/{prefix}"))
    return house.db.read(lambda c: c.execute(names).scalars().all())


def test_notes_who_decided_when_and_why(house):
    done = skip(house, "2024-05", "anna redaktör", "Sommaruppehåll")
    found = skipped(house)
    assert (found.skipped_by, found.skipped_why, found.skipped_at) == (ANNA, "Sommaruppehåll", house.clock.now())
    assert (row(house).state, row(house).why) == (Mailing.WITHDRAWN, "månaden hoppas över: Sommaruppehåll")
    assert "Månaden räknas som missad" in lines(done)[0]


def test_skips_a_month_that_has_no_proposal_yet(house):
    skip(house, "2024-06", ANNA, "Sommaruppehåll")
    assert skipped(house, "2024-06").skipped_by == ANNA
    assert house.db.read(lambda c: mailings.find(c, "v-aktuellt/2024-06")) is None


def test_shows_first_what_a_skip_would_do(house):
    done = skip(house, "2024-05", ANNA, "Sommaruppehåll", dry_run=True)
    assert skipped(house) is None
    assert row(house).state == Mailing.PROPOSED
    assert lines(done)[-1] == "Inget är sparat (--dry-run)."


@pytest.mark.parametrize(
    ("word", "name", "reason", "says"),
    [
        ("2024-05", BO, "Sommar", "är inte redaktör"),
        ("2024-05", ANNA, " ", "skäl saknas"),
        ("maj", ANNA, "Sommar", "är ingen månad"),
        ("annat/2024-05", ANNA, "Sommar", "vilken serie"),
    ],
)
def test_skips_nothing_without_a_name_a_month_and_a_reason(house, word, name, reason, says):
    with pytest.raises(EditorError, match=says):
        skip(house, word, name, reason)
    assert skipped(house) is None


def test_does_not_skip_what_has_its_yes(house):
    approve.approve(house, "2024-05", BO)
    with pytest.raises(EditorError, match="utskicket är godkänt"):
        skip(house, "2024-05", ANNA, "Sommar")
    assert skipped(house) is None


def test_makes_the_issue_all_the_same_when_somebody_thinks_again(house):
    skip(house, "2024-05", ANNA, "Sommaruppehåll")
    assemble(house)
    assert skipped(house) is None
    assert row(house).state == Mailing.PROPOSED


def test_does_not_nag_about_a_month_that_is_skipped_and_counts_it_as_missed(house):
    tick(at(house, "2024-05-04T09:00"))
    skip(house, "2024-05", ANNA, "Sommaruppehåll")
    for moment in ("2024-05-05T09:00", "2024-05-10T09:00", "2024-05-29T09:00"):
        tick(at(house, moment))
    assert notices(house, "larm/") == []
    assert row(house).state == Mailing.WITHDRAWN
    assert skipped(house) is not None
