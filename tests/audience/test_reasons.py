"""The house and those who get nothing: each with the first of her reasons, at planning and at the last look alike."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from mailer.audience import store as audience
from mailer.audience.rule import Rule
from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox import report
from mailer.outbox.states import Delivery
from mailer.outbox.store import leases, mailings, unreached
from mailer.outbox.tables import deliveries
from mailer.register import choices, store
from mailer.register.choices import Choices
from mailer.register.tables import ALL_LISTS, contacts
from tests.homes import MEMBERS, add_people, plan_letter
from tests.outbox.turns import go_round

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
PLAIN = Rule((MEMBERS,))
TORG = Rule((MEMBERS,), event_kind="torg")


@pytest.fixture
def people(db: Database, tmp_path: Path) -> Database:
    keys = Keys(tmp_path / "keys")
    keys.make_missing()
    db.write(lambda c: add_people(c, keys, range(1, 6), NOW))
    return db


def wish(db: Database, contact: int, edit: Callable[[Choices], Choices]) -> None:
    db.write(lambda c: choices.change(db, c, contact, edit, "code", NOW))


def reason(db: Database, contact: int, rule: Rule = PLAIN, now: datetime = NOW) -> str | None:
    chosen = audience.recipients(audience.base_of(rule, now.date()), now, event_kind=rule.event_kind).subquery()
    return db.read(lambda c: c.execute(select(chosen.c.reason).where(chosen.c.contact_id == contact)).scalar_one())


LATER = NOW + timedelta(days=30)
WISHES: dict[str, tuple[Callable[[Choices], Choices], str | None]] = {
    "leave": (lambda was: was.leaving("medlemmar"), "left"),
    "leave all": (lambda was: was.leaving(ALL_LISTS), "left"),
    "leave another": (lambda was: was.leaving("sympatisorer"), None),
    "rest": (lambda was: was.resting("medlemmar", LATER), "rests"),
    "rest from all": (lambda was: was.resting(ALL_LISTS, LATER), "rests"),
    "rest from another": (lambda was: was.resting("sympatisorer", LATER), None),
    "rest that is over": (lambda was: was.resting("medlemmar", NOW), None),
    "leave and rest": (lambda was: was.resting("medlemmar", LATER).leaving("medlemmar"), "left"),
    "letter": (lambda was: was.choosing("channel", "medlemmar", "letter"), "wants_letter"),
    "letter of another": (lambda was: was.choosing("channel", "sympatisorer", "letter"), None),
    "leave and letter": (lambda was: was.choosing("channel", "medlemmar", "letter").leaving("medlemmar"), "left"),
    "no to a kind": (lambda was: was.choosing("kind", "torg", "no"), None),
}


@pytest.mark.parametrize("name", WISHES)
def test_knows_why_she_gets_nothing(people: Database, name: str) -> None:
    edit, expected = WISHES[name]
    wish(people, 1, edit)
    assert reason(people, 1) == expected
    assert reason(people, 2) is None
    newest = people.read(lambda c: choices.newest(c, 1))
    if newest is not None:
        assert people.write(lambda c: choices.undo(people, c, 1, newest.id, NOW))
    assert people.read(lambda c: choices.read(c, 1, NOW)) == Choices()
    assert reason(people, 1) is None


def test_ends_a_rest_at_its_moment_without_anybody_doing_anything(people: Database) -> None:
    wish(people, 1, lambda was: was.resting("medlemmar", LATER))
    assert reason(people, 1, now=LATER - timedelta(microseconds=1)) == "rests"
    assert reason(people, 1, now=LATER) is None


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda was: was.leaving("medlemmar"), "left"),
        (lambda was: was.resting(ALL_LISTS, LATER), "rests"),
        (lambda was: was.choosing("channel", "medlemmar", "letter"), "wants_letter"),
        (lambda was: was.choosing("kind", "torg", "no"), "unwanted_kind"),
    ],
)
def test_asks_again_at_the_last_look(people: Database, edit: Callable[[Choices], Choices], expected: str) -> None:
    """She is planned and claimed, and then says it: nothing is offered."""
    mailing = people.write(lambda c: plan_letter(c, NOW, rule=TORG))
    runner, _ = people.write(lambda c: leases.start(c, people, "", NOW))
    d = deliveries.c
    one = people.read(lambda c: c.execute(select(d.id).where(d.mailing_id == mailing, d.contact_id == 1)).scalar_one())
    claimed = go_round(people, runner, claim=5, now=NOW)
    assert one in {o.delivery for o in claimed.stock}
    wish(people, 1, edit)
    done = go_round(people, runner, stock=claimed.stock, wanted=5, claim=5, now=NOW)
    assert one not in {o.delivery for o in done.offered}
    assert len(done.offered) == 4
    row = people.read(lambda c: c.execute(select(d.state, d.reason).where(d.id == one)).one())
    assert tuple(row) == (Delivery.EXCLUDED, expected)


def test_says_no_to_one_kind_of_events_and_to_nothing_else(people: Database) -> None:
    wish(people, 1, lambda was: was.choosing("kind", "torg", "no"))
    assert reason(people, 1, TORG) == "unwanted_kind"
    assert reason(people, 1, Rule((MEMBERS,), event_kind="studiecirkel")) is None
    assert reason(people, 1) is None


def test_puts_the_kind_into_what_is_approved() -> None:
    assert Rule.from_json(TORG.to_json()) == TORG
    assert mailings.approval_hash((), TORG, None) != mailings.approval_hash((), PLAIN, None)
    assert "event_kind" not in PLAIN.to_json(), "what was approved before kinds were known is still approved"


def test_lists_for_post_who_wants_a_letter_and_never_who_said_no(people: Database) -> None:
    for contact in (1, 2, 3):
        people.write(lambda c, n=contact: _without_address(c, n))
    wish(people, 2, lambda was: was.leaving("medlemmar"))
    wish(people, 3, lambda was: was.resting("medlemmar", LATER))
    wish(people, 4, lambda was: was.choosing("channel", "medlemmar", "letter"))
    mailing = people.write(lambda c: plan_letter(c, NOW))
    row = people.read(lambda c: mailings.read(c, mailing))
    found = {r.contact_id: r.reason for r in people.read(lambda c: unreached.unreached(c, row, NOW))}
    assert found == {1: "no_address", 4: "wants_letter"}


def test_has_words_and_a_place_in_the_report_for_every_reason() -> None:
    placed = {reason for _, members in report.GROUPS.values() for state, reason in members if state == "excluded"}
    assert set(audience.REASONS) == placed


def test_undoes_no_more_than_the_wish_changed(people: Database) -> None:
    wish(people, 1, lambda was: was.leaving("medlemmar"))
    first = people.read(lambda c: choices.newest(c, 1))
    assert first is not None
    people.write(lambda c: store.undo_leave(c, 1, "medlemmar", NOW))
    people.write(lambda c: store.leave(people, c, 1, ALL_LISTS, "mail", NOW))
    assert people.write(lambda c: choices.undo(people, c, 1, first.id, NOW))
    assert people.read(lambda c: choices.read(c, 1, NOW)).left == {ALL_LISTS}
    assert not people.write(lambda c: choices.undo(people, c, 1, first.id, NOW)), "once"


def _without_address(c: Connection, contact: int) -> None:
    c.execute(update(contacts).where(contacts.c.id == contact).values(address=None, address_key=None))
