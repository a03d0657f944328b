"""Lives at random: whatever happens to members in whatever order, the goal's balance closes and no letter is astray.

Mails, letters, calls, sheets, answers, refusals, stops, moves and erasures come in an order that a seed chooses; after
each of them every promise that can be counted is counted.
"""

import random
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from mailer.content.channel_plan.model import Channel, ChannelPlan, Whom
from mailer.content.questionnaires.model import Part
from mailer.errors import EditorError
from mailer.outbox.tables import deliveries
from mailer.register.store import is_resigned
from mailer.register.tables import contacts
from mailer.surveys import erasing, invitations, privacy
from mailer.surveys.answers import answering
from mailer.surveys.field import calling, passes, sheets
from mailer.surveys.field.calling import SETTLING
from mailer.surveys.field.passes import Sort
from mailer.surveys.field.tables import call_sheet_lines, call_sheets, contact_attempts, holds
from mailer.surveys.freezing import figures
from mailer.surveys.goal.standing import standing
from mailer.surveys.goal.untouched import REASONS, untouched
from mailer.surveys.posting import letter_rows, returning, revoking, runs
from mailer.surveys.posting.tables import letters
from mailer.surveys.states import ASK, INVITATION, LETTER, SHEET, Letter
from mailer.surveys.tables import asks
from mailer.surveys.tables import invitations as table
from mailer.verbs.surveys import ask, stop
from mailer.verbs.surveys.days import calendar_of
from tests.surveys.lettered import ANNA, SECOND, survey_of
from tests.surveys.lettered import LETTER as FIRST
from tests.surveys.running import INVITATION as MAIL
from tests.surveys.running import REMINDER, ZONE, a_home, approved, at, change, step

BO, PEOPLE, EVENTS = "Bo Godkännare", 12, 45
ROUND = step("ringrunda", Whom.SILENT, 4, Channel.TELEPHONE, until=50)
EVERYTHING = ChannelPlan("", "", (MAIL, FIRST, REMINDER, ROUND, SECOND))
OFTEN = ("does_tick", "does_send", "does_print", "does_post", "does_come_back", "does_call", "does_print_a_sheet",
         "does_type_a_line")  # fmt: skip
SELDOM = ("does_stop", "does_forget", "does_discard", "does_revoke", "does_pull", "does_resign_or_come_back")
CLOSES = datetime(2024, 4, 30, 17, tzinfo=ZONE)


class World:
    """One home, one seed. Each method is something that happens to somebody."""

    def __init__(self, house, seed):
        self.house, self.dice = house, random.Random(seed)
        self.survey, self.moment = survey_of(house), datetime(2024, 3, 5, 10, tzinfo=ZONE)
        self.made = []  # callers' passes

    def lives(self, events):
        happenings = [getattr(self, name) for name in dir(self) if name.startswith("does_")]
        weights = [1 if what.__name__ in SELDOM else 4 if what.__name__ in OFTEN else 2 for what in happenings]
        for what in self.dice.choices(happenings, weights, k=events):
            with suppress(EditorError):  # a person is told why not, in words
                what()
            yield what.__name__
            self.later()

    def later(self):
        """The same hour, another, or another day: often an evening, when people are called."""
        day = self.moment + timedelta(days=self.dice.choice((0, 0, 0, 1, 2)))
        self.moment = min(max(self.moment, day.replace(hour=self.dice.choice((10, 17, 18)))), CLOSES)
        self.house = at(self.house, self.moment.replace(tzinfo=None).isoformat())

    def write(self, work):
        return self.house.db.write(work)

    @property
    def now(self):
        return self.house.clock.now()

    def who(self):
        return self.dice.randint(1, PEOPLE)

    def invited(self, contact):
        query = select(table.c.id).where(table.c.contact_id == contact)
        return self.house.db.read(lambda c: c.execute(query).scalar()) or 0

    def calendar(self, c):
        return calendar_of(self.house, c, self.survey.questionnaire, self.survey.plan)

    def does_tick(self):
        ask.ask(self.house)

    def does_send(self):
        d = deliveries.c
        query = select(d.id).where(d.state.in_(("planned", "deferred")))
        for number in self.house.db.read(lambda c: c.execute(query).scalars().all()):
            state, why = self.dice.choice(
                (("accepted", None), ("accepted", None), ("bounced", "hard"), ("refused", None))
            )
            came = update(deliveries).where(d.id == number)
            self.write(lambda c, q=came, s=state, w=why: c.execute(q.values(state=s, reason=w, settled_at=self.now)))

    def does_print(self):
        key, again = self.dice.choice(("brev", "brev-2")), self.dice.random() < 0.3
        only = [self.who()] if self.dice.random() < 0.2 else None
        self.write(lambda c: runs.make(c, self.survey, key, "e65-h2", ANNA, self.now, again=again, only=only))

    def does_post(self):
        key = self.dice.choice((FIRST, SECOND))

        def work(c):
            return runs.post(c, self.house.db, self.survey, self.calendar(c), ANNA, self.now, step=key)

        self.write(work)

    def does_post_what_was_printed_elsewhere(self):
        who = None if self.dice.random() < 0.1 else [self.who()]
        self.write(lambda c: runs.post_without_run(c, self.house.db, self.survey, FIRST, who, ANNA, self.now, self.now))

    def does_pull(self):
        self.write(lambda c: runs.pull(c, self.survey, self.calendar(c), self.now))

    def does_discard(self):
        there = self.house.db.read(lambda c: letter_rows.runs(c, self.survey))
        if there:
            number = self.dice.choice(there).number
            self.write(lambda c: runs.discard(c, self.survey, number, self.now))

    def does_come_back(self):
        self._returned(Letter.POSTED)

    def does_not_come_back_after_all(self):
        self._returned(Letter.RETURNED)

    def _returned(self, state):
        contact, db, of = self.who(), self.house.db, self.survey

        def work(c):
            sheet = returning.of_contact(c, of, contact, state, "x")
            if state is Letter.POSTED:
                return returning.returned(c, db, of, contact, sheet, "", self.now)
            return returning.returned_after_all(c, db, of, contact, sheet, ANNA, self.now)

        self.write(work)

    def does_revoke(self):
        contact, house = self.who(), self.house
        self.write(lambda c: revoking.revoke(c, house.db, house.keys, self.survey, contact, "x"))

    def does_call(self):
        db, outcome, of = self.house.db, self.dice.choice(SETTLING), self.survey
        begins, token = self.dice.random() < 0.5, f"p{len(self.made)}"
        ends = self.now + timedelta(hours=3)

        def work(c):
            passes.make(c, of.number, Sort.TELEPHONE, token, "Kim", BO, self.now, ends)
            by = passes.find(c, Sort.TELEPHONE, token, self.now)
            if calling.take(c, db, by, of, self.calendar(c), self.now, lambda *_: None) == "taken":
                number = calling.before(c, by).invitation
                if begins:
                    calling.begin(c, db, by, of, number, self.now)
                if self.dice.random() < 0.2:
                    calling.take_back(c, db, by, number, self.now)
                elif self.dice.random() < 0.9:  # else she is left there
                    calling.settle(c, db, by, of, number, outcome, self.now + timedelta(days=1), self.now)

        self.made.append(token)
        self.write(work)

    def does_print_a_sheet(self):
        def work(c):
            until = self.now + timedelta(hours=self.dice.choice((1, 30)))
            return sheets.make(c, self.house.db, self.survey, "Kim", BO, 3, self.calendar(c), self.now, until, self.now,
                               lambda *_: None)  # fmt: skip

        self.write(work)

    def does_type_a_line(self):
        number, line, outcome = self.dice.randint(1, 3), self.dice.randint(1, 3), self.dice.choice(SETTLING)
        self.write(lambda c: sheets.note(c, self.house.db, self.survey, number, line, outcome, self.now, self.now))

    def does_end_a_sheet(self):
        there = self.house.db.read(lambda c: sheets.listed(c, self.survey.number))
        end = self.dice.choice((sheets.give_back, sheets.lose))
        if there:
            sheet = self.dice.choice(there)
            self.write(lambda c: end(c, self.house.db, sheet, BO, self.now))

    def does_answer(self):
        number, signed = self.invited(self.who()), {"aktiv": (self.dice.choice(("ja", "nej")),)}
        through = self.dice.choice(("web", "mail", "paper", "telephone"))
        today = self.now.astimezone(ZONE).date()
        self.write(lambda c: answering.submit(c, self.house.db, self.survey, number, signed, None, through, None, today,
                                              self.now))  # fmt: skip

    def does_begin(self):
        number = self.invited(self.who())
        if number:
            self.write(lambda c: answering.save(c, self.house.db, number, Part.SIGNED, {"aktiv": ("ja",)}, "web", None,
                                                self.now))  # fmt: skip

    def does_decline(self):
        number, through = self.invited(self.who()), self.dice.choice(("web", "paper", "telephone"))
        self.write(lambda c: invitations.decline(c, self.house.db, number, through, self.now))

    def does_stop(self):
        if self.invited(contact := self.who()):
            stop.stop(self.house, self.survey.key, f"#{contact}", self.dice.choice(list(stop.BECAUSE)), ANNA)

    def does_undo_the_stop(self):
        if self.invited(contact := self.who()):
            stop.undo(self.house, self.survey.key, f"#{contact}", ANNA)

    def does_resign_or_come_back(self):
        contact = self.who()
        left = None if self.house.db.read(lambda c: is_resigned(c, contact)) else self.now
        self.write(lambda c: c.execute(update(contacts).where(contacts.c.id == contact).values(resigned_at=left)))

    def does_change_in_the_register(self):
        new = self.dice.choice(({"street": f"Nya vägen {self.who()}"}, {"phone": None}, {"phone": "+46701740605"},
                                {"street": None}, {"postcode": None}))  # fmt: skip
        self.write(lambda c: c.execute(update(contacts).where(contacts.c.id == self.who()).values(**new)))

    def does_forget(self):
        if self.dice.random() < 0.4:
            contact = self.who()
            self.write(lambda c: privacy.forget(c, self.house.db, contact, self.now))


def closes_its_balance(world):
    """The goal, as it stands: each member once, and each bar in the one before it."""
    today = world.now.astimezone(ZONE).date()

    def look(c):
        return (standing(c, world.survey, ZONE, today), figures(c, world.survey),
                untouched(c, world.survey, ZONE, today),
                {row.id: row for row in c.execute(select(table).where(table.c.removed.is_(None), table.c.is_frozen))})  # fmt: skip

    found, counted, names, people = world.house.db.read(look)
    whole, why = found.whole, dict(found.unreachable)
    assert whole.contacted + found.untouched + sum(why.values()) == whole.of == counted.counted == len(people)
    assert why.keys() <= REASONS.keys()
    for bar in (whole, *(one.bar for one in (*found.channels, *found.segments)), *found.days):
        assert bar.contacted >= bar.reached >= bar.answered
    last = found.days[-1]
    assert (last.contacted, last.reached, last.answered) == (whole.contacted, whole.reached, whole.answered)
    assert (counted.contacted, counted.answered) == (whole.contacted, whole.answered)
    assert whole.reached >= counted.answered + counted.declined
    assert len(names) == found.untouched + sum(why.values()) - why.get("forgotten", 0)
    assert sum(not one.reason for one in names) == found.untouched
    return found


def loses_no_letter(world):
    """One sheet at most of a step on the table for each, and each that is posted is a contact attempt."""
    n, a = letters.c, contact_attempts.c

    def look(c):
        sheets_ = letter_rows.sheets(c, world.survey, None)
        made = c.execute(select(a.invitation_id, a.step, a.outcome).where(a.channel == "letter")).all()
        asked = {(row.invitation_id, row.step): row.state for row in c.execute(select(asks))}
        return sheets_, Counter(tuple(row) for row in made), asked, c.execute(select(n.state)).scalars().all()

    found, made, asked, states = world.house.db.read(look)
    assert set(states) <= set(LETTER)
    lying = Counter((s.invitation, s.step) for s in found if s.state == "printed" and s.version == s.version_now)
    assert all(number == 1 for number in lying.values())
    for state in ("posted", "returned"):
        out = Counter((s.invitation, s.step, state) for s in found if s.state == state)
        assert all(number <= made[one] for one, number in out.items())
    for number, key, _ in made:  # whoever has had it is not to have it again
        assert asked.get((number, key)) != "planned"


def calls_nobody_twice(world):
    """One person before one caller; on one sheet that is out."""
    i, s, n = table.c, call_sheets.c, call_sheet_lines.c

    def look(c):
        held = c.execute(select(holds.c.invitation_id, holds.c.pass_id)).all()
        out = select(n.invitation_id).join(call_sheets, s.id == n.sheet_id)
        on = c.execute(out.where(s.state == "out", s.expires_at > world.now, n.attempt_id.is_(None))).scalars().all()
        states = c.execute(select(i.state)).scalars().all()
        return held, on, states, c.execute(select(s.state)).scalars().all()

    held, on, states, of_sheets = world.house.db.read(look)
    assert len({row.pass_id for row in held}) == len(held)
    assert len(set(on)) == len(on)
    assert set(states) <= set(INVITATION)
    assert set(of_sheets) <= set(SHEET)
    assert {row for row in world.house.db.read(lambda c: c.execute(select(asks.c.state)).scalars())} <= set(ASK)


def lived(tmp_path, seed, database_url="", events=EVENTS):
    with a_home(tmp_path, 1, PEOPLE, database_url) as house:
        for n in range(1, PEOPLE + 1):  # two by two at an address
            change(
                house, [n], street=f"Vägen {(n + 1) // 2}", postcode="18630", city="Vallentuna", phone="+46701740605"
            )
        approved(house, plan=EVERYTHING)
        ask.ask(at(house, "2024-03-05T10:00"))
        world = World(at(house, "2024-03-05T10:00"), seed)
        for _what in world.lives(events):
            closes_its_balance(world)
            loses_no_letter(world)
            calls_nobody_twice(world)
        world.house = at(house, "2024-10-30T10:00")
        world.does_tick()
        before = closes_its_balance(world)
        today, now = world.now.astimezone(ZONE).date(), world.now
        for _ in range(2):  # what a mail that is on its way keeps it from, it does the next time
            if world.write(lambda c: erasing.erase(c, house.db, world.survey, ZONE, today, now)):
                break
        after = world.house.db.read(lambda c: standing(c, world.survey, ZONE, today))
        assert (after.whole, after.untouched, after.unreachable) == (before.whole, before.untouched, before.unreachable)
        left = world.house.db.read(lambda c: c.execute(select(contact_attempts.c.id)).all())
        assert left == []


def test_closes_the_balance_through_a_life_at_random(tmp_path):
    lived(tmp_path, 15)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_closes_the_balance_through_many_lives(tmp_path, database_url, seed):
    lived(tmp_path, seed, database_url, 120)
