"""Whatever happens to a mailing, in any order: its balance closes, nobody is forgotten, nobody is offered twice unawares."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select, update

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.outcome import Offered, Outcome, Settlement
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store import control, figures, leases, ledger, mailings
from mailer.outbox.store.ledger import Terms
from mailer.outbox.tables import deliveries
from mailer.register.tables import contacts, leaves
from tests import databases
from tests.homes import add_people, plan_letter

PEOPLE = 8
BEGIN = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
OUTCOMES = {
    "accept": Outcome("accept", "dot", 250),
    "refuse": Outcome("refuse", "rcpt", 550, "5.1.1", "nej", "recipient"),
    "defer": Outcome("defer", "rcpt", 450, "4.2.0", "sen", "relay"),
    "ours": Outcome("defer", "mail", 554, "5.7.1", "nej", "ours"),
    "return": Outcome("return", "mail"),
    "doubt": Outcome("doubt", "dot", lost_line=True),
}


class Ledger(RuleBasedStateMachine):
    """A runner, people and a relay that does anything. `sent` is what a relay would know: who may have what, how often."""

    @initialize(resend=st.booleans())
    def begin(self, resend: bool) -> None:
        self.folder = Path(tempfile.mkdtemp())
        keys = Keys(self.folder / "keys")
        keys.make_missing()
        databases.place(self.folder / "mailer.db")
        self.db = Database(f"sqlite:///{self.folder / 'mailer.db'}")
        self.now = BEGIN
        self.terms = Terms("relay", 0, resend, timedelta(hours=48))
        self.mailing = self.db.write(
            lambda c: (
                add_people(c, keys, range(1, PEOPLE + 1), BEGIN),
                plan_letter(c, BEGIN, expires_at=BEGIN + timedelta(days=3)),
            )[1]
        )
        self.out: list[Offered] = []  # on their way
        self.stock: tuple[int, ...] = ()
        self.dots: dict[int, int] = {}  # contact -> how many final dots may have gone out
        self.known: dict[int, int] = {}  # contact -> how many the relay said yes to and we read it
        self.gone: set[int] = set()  # left or resigned
        self.runner, _ = self.db.write(lambda c: leases.start(c, self.db, "here", self.now))

    @rule(wanted=st.integers(0, 3), claim=st.sampled_from([1, 3, 9]))
    def offer(self, wanted: int, claim: int) -> None:
        done = self.db.write(
            lambda c: ledger.commit(c, self.db, self.runner, (), self.stock, wanted, claim, self.terms, self.now)
        )
        self.stock = done.stock
        for offered in done.offered:
            assert offered.contact not in self.gone
            assert self.known.get(offered.contact, 0) == 0
            assert offered.contact not in {o.contact for o in self.out}
        self.out += done.offered

    @rule(how=st.sampled_from(sorted(OUTCOMES)))
    def settle(self, how: str) -> None:
        if not self.out:
            return
        offered, outcome = self.out.pop(0), OUTCOMES[how]
        if how in ("accept", "doubt"):
            self.dots[offered.contact] = self.dots.get(offered.contact, 0) + 1
        if how == "accept":
            self.known[offered.contact] = self.known.get(offered.contact, 0) + 1
        done = self.db.write(
            lambda c: ledger.commit(
                c, self.db, self.runner, [Settlement(offered, outcome)], self.stock, 0, 1, self.terms, self.now
            )
        )
        self.stock = done.stock

    @rule(dots_were_out=st.booleans())
    def kill(self, dots_were_out: bool) -> None:
        if dots_were_out:
            for offered in self.out:
                self.dots[offered.contact] = self.dots.get(offered.contact, 0) + 1
        self.runner, found = self.db.write(lambda c: leases.start(c, self.db, "here", self.now))
        assert sorted(found.in_doubt) == sorted(o.delivery for o in self.out)  # each of them named
        self.out, self.stock = [], ()

    @rule()
    def stop(self) -> None:
        if self.out:
            return
        self.db.write(lambda c: leases.end(c, self.runner, self.now))
        self.runner, found = self.db.write(lambda c: leases.start(c, self.db, "here", self.now))
        assert found.in_doubt == ()
        self.stock = ()

    @rule(contact=st.integers(1, PEOPLE), resigns=st.booleans())
    def wish(self, contact: int, resigns: bool) -> None:
        def write(c):
            if resigns:
                c.execute(update(contacts).where(contacts.c.id == contact).values(resigned_at=self.now))
            else:
                c.execute(leaves.insert().values(contact_id=contact, list="medlemmar", at=self.now, how="person"))

        self.db.write(write)
        self.gone.add(contact)

    @rule(minutes=st.sampled_from([1, 6, 16, 70]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.db.write(lambda c: ledger.expire(c, self.now))

    @rule(verb=st.sampled_from(["pause", "resume", "resume", "withdraw"]))
    def person(self, verb: str) -> None:
        state = self.db.read(lambda c: mailings.read(c, self.mailing)).state
        if verb == "pause" and state == Mailing.SENDING:
            self.db.write(lambda c: control.pause(c, self.db, self.mailing, "vänta"))
        if verb == "resume" and state == Mailing.PAUSED:
            self.db.write(lambda c: control.resume(c, self.mailing))
        if verb == "withdraw" and state == Mailing.PAUSED and len(self.known) > PEOPLE // 2:
            self.db.write(lambda c: control.withdraw(c, self.db, self.mailing, "nej", self.now))

    @rule(arrived=st.booleans())
    def judge(self, arrived: bool) -> None:
        d = deliveries.c
        row = self.db.read(lambda c: c.execute(select(d.id, d.contact_id).where(d.state == Delivery.IN_DOUBT)).first())
        if row is not None and self.known.get(row.contact_id, 0) == 0:
            self.db.write(lambda c: control.judge(c, row.id, arrived, self.now))
            if arrived:
                self.known[row.contact_id] = 1

    @rule(contact=st.integers(1, PEOPLE))
    def forget(self, contact: int) -> None:
        if contact in self.gone and contact not in {o.contact for o in self.out}:
            self.db.write(lambda c: control.forget(c, contact, self.now))

    @invariant()
    def the_balance_closes(self) -> None:
        balance = self.db.read(lambda c: figures.balance(c, self.mailing))  # raises when it does not
        assert balance.selected == PEOPLE

    @invariant()
    def nobody_is_forgotten(self) -> None:
        """Who has nothing for certain is owed, in doubt, or named with a reason."""
        d = deliveries.c
        for row in self.db.read(
            lambda c: c.execute(select(d.contact_id, d.state, d.reason).where(d.mailing_id == self.mailing)).all()
        ):
            if row.state == Delivery.ACCEPTED and row.contact_id is not None:
                assert self.known.get(row.contact_id, 0) == 1
            if row.state in (Delivery.EXCLUDED, Delivery.EXPIRED, Delivery.WITHDRAWN):
                assert row.reason

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()
            shutil.rmtree(self.folder)


USUAL = settings(
    max_examples=25,
    stateful_step_count=50,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLedger = Ledger.TestCase
TestLedger.settings = USUAL


@pytest.mark.soak
class TestLongLedger(Ledger.TestCase):
    """The same, for longer."""

    settings = settings(USUAL, max_examples=150)
