"""Whatever happens to a mailing, in any order: its balance closes, nobody is forgotten, nobody is offered twice unawares."""

import shutil
import tempfile
from dataclasses import replace
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
from mailer.outbox.store.ledger import Commit, Turn
from mailer.outbox.tables import deliveries
from mailer.outbox.turn import Ask
from mailer.register.tables import contacts, leaves
from tests import databases
from tests.homes import add_people, plan_letter
from tests.outbox import turns

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
        self.terms = turns.terms(again=resend)
        self.mailing = self.db.write(
            lambda c: (
                add_people(c, keys, range(1, PEOPLE + 1), BEGIN),
                plan_letter(c, BEGIN, expires_at=BEGIN + timedelta(days=3)),
            )[1]
        )
        self.out: list[Offered] = []  # on their way
        self.stock: list[Offered] = []
        self.asked: list[Offered] = []  # their envelopes are out
        self.refused: list[Ask] = []  # of them, what may not go: given back in the next turn
        self.dots: dict[int, int] = {}  # contact -> how many final dots may have gone out
        self.known: dict[int, int] = {}  # contact -> how many the relay said yes to and we read it
        self.gone: set[int] = set()  # left or resigned
        self.runner, _ = self.db.write(lambda c: leases.start(c, self.db, "here", self.now))

    def turn(self, turn: Turn = turns.NOTHING, claim: int = 0) -> Commit:
        turn, self.refused = replace(turn, returned=[*turn.returned, *self.refused]), []
        done = turns.commit(self.db, self.runner, turn, claim, self.terms, now=self.now)
        self.stock = [o for o in self.stock if o.delivery not in done.gone] + list(done.claimed)
        self.asked = [o for o in self.asked if o.delivery not in done.gone]
        return done

    @rule(claim=st.sampled_from([1, 3, 9]))
    def claim(self, claim: int) -> None:
        for offered in self.turn(claim=claim).claimed:
            assert offered.contact not in self.gone
            assert offered.delivery not in {o.delivery for o in [*self.asked, *self.out]}

    @rule(number=st.integers(1, 3))
    def ask(self, number: int) -> None:
        """Envelopes go out."""
        batch = self.stock[:number]
        done = self.turn(Turn(asks=[turns.ask(o) for o in batch]))
        self.stock = [o for o in self.stock if o.delivery not in done.permitted]
        self.asked += [o for o in batch if o.delivery in done.permitted]

    @rule(number=st.integers(1, 3), claim=st.sampled_from([0, 9]))
    def mark(self, number: int, claim: int) -> None:
        batch, self.asked = self.asked[:number], self.asked[number:]
        done = self.turn(Turn(marks=batch), claim)
        self.refused = [turns.ask(o) for o in batch if o.delivery in done.gone]
        assert done.offered | done.gone == {o.delivery for o in batch}
        assert not done.offered & done.gone
        for offered in (o for o in batch if o.delivery in done.offered):
            assert offered.contact not in self.gone
            assert self.known.get(offered.contact, 0) == 0
            assert offered.contact not in {o.contact for o in self.out}
            self.out.append(offered)

    @rule(number=st.integers(1, 3))
    def give_back(self, number: int) -> None:
        """Lines break before a body."""
        back, self.asked = self.asked[:number], self.asked[number:]
        self.turn(Turn(returned=[turns.ask(o) for o in back]))

    @rule()
    def look_at_all(self) -> None:
        self.turn(Turn(held=[o.delivery for o in [*self.stock, *self.asked]]))
        for offered in [*self.stock, *self.asked]:
            assert offered.contact not in self.gone

    @rule(how=st.sampled_from(["refuse", "defer"]))
    def refuse_the_envelope(self, how: str) -> None:
        if self.asked:
            self.turn(Turn([Settlement(self.asked.pop(0), OUTCOMES[how])]))

    @rule(how=st.sampled_from(sorted(OUTCOMES)))
    def settle(self, how: str) -> None:
        if not self.out:
            return
        offered, outcome = self.out.pop(0), OUTCOMES[how]
        if how in ("accept", "doubt"):
            self.dots[offered.contact] = self.dots.get(offered.contact, 0) + 1
        if how == "accept":
            self.known[offered.contact] = self.known.get(offered.contact, 0) + 1
        self.turn(Turn([Settlement(offered, outcome)]), claim=1)

    @rule(dots_were_out=st.booleans())
    def kill(self, dots_were_out: bool) -> None:
        if dots_were_out:
            for offered in self.out:
                self.dots[offered.contact] = self.dots.get(offered.contact, 0) + 1
        self.runner, found = self.db.write(lambda c: leases.start(c, self.db, "here", self.now))
        assert sorted(found.in_doubt) == sorted(o.delivery for o in self.out)  # each of them named
        self.out, self.stock, self.asked, self.refused = [], [], [], []

    @rule()
    def stop(self) -> None:
        if self.out:
            return
        self.db.write(lambda c: leases.end(c, self.runner, self.now))
        self.runner, found = self.db.write(lambda c: leases.start(c, self.db, "here", self.now))
        assert found.in_doubt == ()
        self.stock, self.asked, self.refused = [], [], []

    @rule(contact=st.integers(1, PEOPLE), resigns=st.booleans())
    def wish(self, contact: int, resigns: bool) -> None:
        def write(c):
            if resigns:
                c.execute(update(contacts).where(contacts.c.id == contact).values(resigned_at=self.now))
            else:
                c.execute(leaves.insert().values(contact_id=contact, list="medlemmar", at=self.now, how="person"))

        self.db.write(write)
        self.gone.add(contact)

    @rule(first=st.integers(1, PEOPLE))
    def rename(self, first: int) -> None:
        """An import has other names for some."""
        names = contacts.c.first_name + "a"
        self.db.write(lambda c: c.execute(update(contacts).where(contacts.c.id >= first).values(first_name=names)))

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
            self.db.write(lambda c: control.resume(c, self.mailing, self.now))
        if verb == "withdraw" and state == Mailing.PAUSED and len(self.known) > PEOPLE // 2:
            self.db.write(lambda c: control.withdraw(c, self.db, self.mailing, "nej", self.now))

    @rule(arrived=st.booleans())
    def judge(self, arrived: bool) -> None:
        d = deliveries.c
        row = self.db.read(lambda c: c.execute(select(d.id, d.contact_id).where(d.state == Delivery.IN_DOUBT)).first())
        if row is not None and self.known.get(row.contact_id, 0) == 0:
            self.db.write(lambda c: control.judge(c, self.db, row.id, arrived, self.now))
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
    def nobody_is_held_twice(self) -> None:
        held = [o.delivery for o in [*self.stock, *self.asked, *self.out]]
        assert len(held) == len(set(held))

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
