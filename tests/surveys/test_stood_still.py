"""A step of a survey that has stood still for days waits for a person, and then asks only those it still may."""

from datetime import date
from pathlib import Path

from mailer.clockwork.tick import tick
from mailer.outbox.states import Mailing
from mailer.outbox.store.late import WHY
from mailer.surveys import invitations
from mailer.verbs import control, send
from tests.clockwork.test_tick import notices, row
from tests.homes import address_of
from tests.relay.client import running_relay
from tests.surveys.running import a_home, approved, at, invitation_of, states

OPENING, TWO_DAYS_LATER, REMINDED = "2024-03-05T10:00", "2024-03-07T09:00", "2024-03-12T10:00"
STEP = "enkät/medlemsenkat/inbjudan/2024-03-05"
PEOPLE, ANSWERED = 6, 2


def test_asks_a_person_first_and_then_nobody_who_has_answered_meanwhile(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "relay").mkdir()
    with (
        running_relay(folder=tmp_path / "relay") as relay,
        a_home(tmp_path, relay.port, PEOPLE, database_url) as house,
    ):
        approved(house)
        tick(at(house, OPENING))  # planned; and then the machine is off
        later = at(house, TWO_DAYS_LATER)
        of_paper = {"answered_on": date(2024, 3, 6), "through": "paper"}
        later.db.write(lambda c: invitations.step(c, later.db, invitation_of(later, ANSWERED), "answer", **of_paper))

        def members() -> set[str]:
            everybody = {address_of(n) for n in range(1, PEOPLE + 1)}
            return everybody & {address for line in relay.acknowledged() for address in line["rcpt"]}

        send.run_until_idle(later)
        assert members() == set()
        assert (row(later, STEP).state, row(later, STEP).why) == (Mailing.PAUSED, WHY)
        tick(later)
        told = [address for title, address in notices(later, "") if row(later, STEP).title in title]
        assert told, notices(later, "")
        control.resume(later, STEP)
        send.run_until_idle(later)
        assert members() == {address_of(n) for n in range(1, PEOPLE + 1) if n != ANSWERED}
        assert row(later, STEP).state == Mailing.FINISHED
        tick(at(house, REMINDED))
        reminded = states(house, "paminnelse")
        assert {n for n, (state, _) in reminded.items() if state == "asked"} == set(range(1, PEOPLE + 1)) - {ANSWERED}
