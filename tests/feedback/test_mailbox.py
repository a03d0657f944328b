"""One reading of the mailbox: each mail is taken once and put away, whatever happens between."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from mailer.errors import AdminError, LaterError, Problem
from mailer.feedback import rounds, store
from mailer.feedback.begun import ATTEMPTS, Begun
from mailer.feedback.mailbox import BUNCH_MAILS, Folder, Mailbox, Waiting
from mailer.feedback.maildir import Maildir
from mailer.feedback.meaning import Kind
from mailer.feedback.tables import consequences, received
from mailer.home import Lock
from mailer.house import House, open_house
from mailer.lineage import homes
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import accesses
from mailer.verbs import mailbox as verb
from mailer.verbs import report
from tests.feedback.doors import Entrance
from tests.feedback.letters import away, bounce, our_own, stranger
from tests.homes import add_people, address_of, make_home, plan_letter
from tests.postoffice.programs import make_maildir

MEMBERS = 8


@dataclass(slots=True)
class Home:
    """An opened home whose letter has been accepted for everybody, and its mailbox."""

    house: House
    entrance: Entrance

    @property
    def box(self) -> Mailbox:
        return self.entrance.open()

    def deliveries(self) -> list[int]:
        query = select(deliveries.c.id).where(deliveries.c.contact_id.is_not(None)).order_by(deliveries.c.contact_id)
        return list(self.house.db.read(lambda c: c.execute(query).scalars()))

    def kinds(self) -> dict[str, int]:
        query = select(received.c.kind, func.count()).group_by(received.c.kind)
        return dict(self.house.db.read(lambda c: c.execute(query).all()))

    def notices(self, of: str) -> int:
        """How many people have been told of something whose name begins so."""
        query = select(func.count()).where(mailings.c.kind == "notice", mailings.c.name.contains(of))
        return self.house.db.read(lambda c: c.execute(query).scalar_one())

    def lies_in(self) -> tuple[int, int, int]:
        """Inbox, handled, unknown."""
        there = self.entrance.there
        return len(there()), len(there(Folder.handled)), len(there(Folder.unknown))


@contextmanager
def opened_home(folder: Path, database_url: str) -> Iterator[Home]:
    path = make_maildir(folder / "studs")
    section = '[mailbox]\nkind = "maildir"\npath = "../studs"\n'
    made = make_home(folder / "hem", 2525, database_url, **{"[mailbox]\n": section})
    with open_house(made) as house:
        now = house.clock.now()
        house.db.write(lambda c: add_people(c, house.keys, range(1, MEMBERS + 1), now))
        house.db.write(lambda c: plan_letter(c, now))
        accepted = update(deliveries).values(state="accepted", settled_at=now, first_attempt_at=now)
        house.db.write(lambda c: c.execute(accepted))
        yield Home(house, Entrance(path, lambda: Maildir(path)))


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    """Once on each engine: where it matters what the database makes of it."""
    with opened_home(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture
def any_home(tmp_path: Path) -> Iterator[Home]:
    with opened_home(tmp_path, "") as opened:
        yield opened


def fill(home: Home) -> None:
    """Eight mails: five that count or are put away, a copy of one of them, two of strangers."""
    ids = home.deliveries()
    mails = [bounce(home.house, ids[n], address_of(n + 1)) for n in range(3)]
    mails += [away(home.house, ids[3], address_of(4)), mails[0], stranger(1), stranger(2)]
    mails += [bounce(home.house, ids[4], address_of(5), "4.2.2")]
    for raw in mails:
        home.entrance.deliver(raw)


def all_is_as_it_should_be(home: Home) -> None:
    assert home.lies_in() == (0, 6, 2)
    assert home.kinds() == {"bounce": 4, "auto_reply": 1, "unknown": 2}
    bounced = select(func.count()).where(consequences.c.what == "bounced")
    assert home.house.db.read(lambda c: c.execute(bounced).scalar_one()) == 4
    states = dict(home.house.db.read(lambda c: c.execute(select(deliveries.c.contact_id, deliveries.c.state)).all()))
    assert [states[n] for n in range(1, MEMBERS + 1)] == ["bounced"] * 3 + ["accepted", "bounced"] + ["accepted"] * 3


def test_puts_everything_away_and_leaves_the_unknown_to_be_seen(home):
    fill(home)
    done = verb.read_mailbox(home.house, home.box)
    all_is_as_it_should_be(home)
    assert (sum(done.kinds.values()), done.known, done.unknown) == (7, 1, 2)
    said = "\n".join(verb.lines(done))
    assert "4 studsar." in said
    assert "1 autosvar." in said
    assert "I brevlådan ligger 2 mejl i mappen ”okända”." in said
    assert "I brevlådan ligger 2 mejl i mappen ”okända”." in "\n".join(report.lines(report.report(home.house)))
    assert report.report(home.house).to_json()["unknown_mails"] == 2


def test_answers_nobody(any_home):
    """Neither a stranger nor a machine gets a mail from us, whatever they send (I6: backscatter)."""
    fill(any_home)
    verb.read_mailbox(any_home.house, any_home.box)
    people = {p.address for p in any_home.house.settings.people}
    query = select(deliveries.c.address).where(deliveries.c.address.is_not(None))
    assert set(any_home.house.db.read(lambda c: c.execute(query).scalars())) <= people


class PowerCut(BaseException):
    """The process is gone."""


class Cut:
    """A door that works until its n-th step, at which the power goes: before a thing, in the middle of it, or after."""

    def __init__(self, box: Mailbox, steps: Iterator[int], at: int) -> None:
        self._box, self._steps, self._at = box, steps, at

    @property
    def passed_over(self) -> int:
        return self._box.passed_over

    def step(self) -> None:
        if next(self._steps) == self._at:
            raise PowerCut

    def waiting(self) -> Iterator[tuple[Waiting, ...]]:
        self.step()
        for bunch in self._box.waiting():
            self.step()
            yield bunch

    def move(self, ids: Sequence[str], folder: Folder) -> None:
        self.step()
        for one in ids:
            self._box.move([one], folder)
            self.step()

    def count(self, folder: Folder) -> int:
        self.step()
        return self._box.count(folder)

    def interrupt(self) -> None:
        self._box.interrupt()

    def close(self) -> None:
        self._box.close()


def test_takes_each_mail_once_wherever_the_power_goes(home, monkeypatch):
    """One more step at each reading, until a reading comes to its end: every step has been the last one."""
    fill(home)
    take, deaths = store.take, 0
    for at in range(100):
        steps = iter(range(1000))
        cut = Cut(home.box, steps, at)

        def dying(*given, cut=cut):
            cut.step()  # the transaction is open
            taken = take(*given)
            cut.step()  # all is written, nothing is committed
            return taken

        monkeypatch.setattr(store, "take", dying)
        try:
            done = verb.read_mailbox(home.house, cut)
            break
        except PowerCut:
            deaths += 1
    assert done.is_whole
    assert deaths >= 12
    all_is_as_it_should_be(home)


def test_is_interrupted_between_two_mails_and_goes_on_where_it_was(home):
    fill(home)
    answers = iter([False, False, False, True, True])
    done = verb.read_mailbox(home.house, home.box, lambda: next(answers, True))
    assert not done.is_whole
    assert sum(home.lies_in()[1:]) == 3, "what is taken is put away before it stops"
    assert home.house.db.read(rounds.last_read) is None
    verb.read_mailbox(home.house, home.box)
    all_is_as_it_should_be(home)


def test_shows_what_would_happen_and_changes_nothing(any_home):
    fill(any_home)
    done = verb.read_mailbox(any_home.house, any_home.box, names=True, dry_run=True)
    assert any_home.lies_in() == (8, 0, 0)
    assert any_home.kinds() == {}
    assert done.kinds[Kind.bounce] == 5, "a copy too: what is known is not looked up"
    assert "Inget är taget och inget är flyttat (--dry-run)." in verb.lines(done, dry_run=True)


def test_shows_names_only_when_asked_and_writes_down_who_looked(any_home):
    fill(any_home)
    looked = select(func.count()).select_from(accesses)
    assert "medlem1@" not in "\n".join(verb.lines(verb.read_mailbox(any_home.house, any_home.box, dry_run=True)))
    assert any_home.house.db.read(lambda c: c.execute(looked).scalar_one()) == 0
    assert "medlem1@" in "\n".join(verb.lines(verb.read_mailbox(any_home.house, any_home.box, names=True)))
    assert any_home.house.db.read(lambda c: c.execute(looked).scalar_one()) == 1


def test_lays_a_mail_aside_that_its_reading_dies_of(home, monkeypatch):
    """Else one mail, which anybody may send, would stop all that come after it."""
    ids = home.deliveries()
    home.entrance.deliver(stranger(1))
    home.entrance.deliver(bounce(home.house, ids[0], address_of(1)))
    read_mail = verb.read_mail

    def dies(house, raw):
        if b"Erbjudande 1" in raw:
            raise PowerCut
        return read_mail(house, raw)

    monkeypatch.setattr(verb, "read_mail", dies)
    for _ in range(ATTEMPTS):
        with pytest.raises(PowerCut):
            verb.read_mailbox(home.house, home.box)
    assert home.lies_in() == (2, 0, 0)
    done = verb.read_mailbox(home.house, home.box)
    assert done.set_aside == 1
    assert home.lies_in() == (0, 1, 1)
    assert home.kinds() == {"bounce": 1, "unknown": 1}
    assert home.notices("oläsligt") == 1


def test_does_not_blame_a_mail_for_a_database_that_is_away(any_home, monkeypatch):
    any_home.entrance.deliver(stranger(1))

    def away_(*_):
        raise LaterError(Problem("databasen", "svarar inte"))

    monkeypatch.setattr(store, "take", away_)
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(LaterError):
            verb.read_mailbox(any_home.house, any_home.box)
    monkeypatch.undo()
    assert verb.read_mailbox(any_home.house, any_home.box).set_aside == 0


def test_lays_it_aside_wherever_in_the_mailbox_it_lies(any_home, monkeypatch):
    """What lies before it is taken at every attempt, and must not wipe out that this one was the end."""
    ids = any_home.deliveries()
    for raw in (
        bounce(any_home.house, ids[0], address_of(1)),
        stranger(1),
        bounce(any_home.house, ids[1], address_of(2)),
    ):
        any_home.entrance.deliver(raw)
    read_mail = verb.read_mail

    def dies(house, raw):
        if b"Erbjudande 1" in raw:
            raise PowerCut
        return read_mail(house, raw)

    monkeypatch.setattr(verb, "read_mail", dies)
    for _ in range(ATTEMPTS):
        with pytest.raises(PowerCut):
            verb.read_mailbox(any_home.house, any_home.box)
    assert verb.read_mailbox(any_home.house, any_home.box).set_aside == 1
    assert any_home.lies_in() == (0, 2, 1)
    assert any_home.kinds() == {"bounce": 2, "unknown": 1}


def test_counts_the_attempts_since_it_was_last_read_whole(tmp_path):
    begun = Begun(tmp_path / "begun")
    for name in ("a", "b", "a", "a"):
        assert begun.begin(name)
        if name == "b":
            begun.end()
    assert not begun.begin("a"), "three times without an end"
    begun.end()
    assert begun.begin("a")
    (tmp_path / "begun").write_bytes(b"\xff skrap")
    assert begun.begin("a")


def test_puts_a_loop_away_and_tells_of_it_once_a_day(any_home):
    for n in range(3):
        any_home.entrance.deliver(our_own(any_home.house, n))
        verb.read_mailbox(later(any_home, n), any_home.box)
    assert any_home.lies_in()[0] == 0
    assert any_home.kinds() == {"loop": 3}
    assert any_home.notices("slinga") == 1


class Later:
    """A clock that stands still: so many hours after a morning in May."""

    def __init__(self, hours: float) -> None:
        self._moment = datetime(2024, 5, 10, 6, tzinfo=UTC) + timedelta(hours=hours)

    def now(self) -> datetime:
        return self._moment


def later(home: Home, hours: float) -> House:
    """The same home, at that moment."""
    return replace(home.house, clock=Later(hours))


def test_tells_of_a_server_that_has_been_away_for_a_day_and_then_once_a_day(home):
    gone = LaterError(Problem("imap.example:993", "svarar inte."))
    for hours in (0, 1, 23):
        verb.failed(later(home, hours), gone)
    assert home.notices("brevlåda") == 0
    for hours in (24.5, 24.6, 24.7):
        verb.failed(later(home, hours), gone)
    assert home.notices("brevlåda") == 1
    verb.failed(later(home, 49), gone)
    assert home.notices("brevlåda") == 2
    home.house.db.write(lambda c: rounds.note_read(c, home.house.clock.now(), 0))
    verb.failed(later(home, 60), gone)
    assert home.notices("brevlåda") == 2, "it has answered in between"


def test_tells_at_once_that_it_is_not_let_in_and_then_once_a_day(any_home):
    wrong = AdminError(Problem("imap.example:993", "släpper inte in oss."))
    for hours in (0, 0.1, 0.2):
        verb.failed(later(any_home, hours), wrong)
    assert any_home.notices("brevlåda") == 1
    verb.failed(later(any_home, 24.1), wrong)
    assert any_home.notices("brevlåda") == 2


def test_reads_nothing_while_the_home_waits_for_a_person(any_home):
    any_home.house.db.write(lambda c: c.execute(update(homes).values(held="databasen har kopierats")))
    with pytest.raises(AdminError, match="Inget läses förrän en människa har sagt ja"):
        verb.may_read(any_home.house)


def test_leaves_the_mailbox_to_who_reads_it_already(any_home):
    lock = Lock(any_home.house.var / "mailbox.lock")
    assert lock.take()
    with pytest.raises(LaterError, match="en annan process läser den just nu"):
        verb.read_mailbox(any_home.house, any_home.box)
    lock.free()
    verb.read_mailbox(any_home.house, any_home.box)


def test_says_that_there_is_no_mailbox(tmp_path):
    with open_house(make_home(tmp_path / "hem", 2525)) as house, pytest.raises(AdminError, match=r"ingen \[mailbox\]"):
        verb.open_mailbox(house)


def test_keeps_a_reply_that_is_too_large_for_a_person(any_home, monkeypatch):
    from mailer.feedback import mailbox, maildir

    for module in (mailbox, maildir):
        monkeypatch.setattr(module, "LARGEST", 2000)
    from tests.feedback.letters import tagged

    to = tagged(any_home.house, any_home.deliveries()[0])
    head = f"Return-Path: <{address_of(1)}>\nDelivered-To: {to}\nFrom: {address_of(1)}\nTo: {to}\n"
    head += (
        "Subject: Sv: V Aktuellt maj 2024\nMessage-ID: <stor@vallentuna.example>\n\nJag kommer, och bifogar en bild.\n"
    )
    any_home.entrance.deliver(head.encode() + b"x" * 70 + b"\n" + b"y" * 4000)
    done = verb.read_mailbox(any_home.house, any_home.box)
    assert done.kinds == {Kind.reply: 1}
    assert any_home.lies_in() == (0, 0, 1)


@pytest.mark.soak
def test_reads_fifty_thousand_mails_in_bounded_memory(tmp_path):
    import resource

    path = make_maildir(tmp_path / "studs")
    entrance = Entrance(path, lambda: Maildir(path))
    for n in range(50_000):
        (path / "new" / f"{1_700_000_000 + n}.M1P1.x").write_bytes(stranger(n))
    section = '[mailbox]\nkind = "maildir"\npath = "../studs"\n'
    with open_house(make_home(tmp_path / "hem", 2525, **{"[mailbox]\n": section})) as house:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        done = verb.read_mailbox(house, entrance.open())
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert sum(done.kinds.values()) == 50_000
        assert len(entrance.there()) == 0
        print(f"\n50 000 mejl: {grown / 1024:.0f} MB mer minne")
        assert grown < 150 * 1024
    assert BUNCH_MAILS < 1000
