"""What follows from one mail that came back: each thing once, in one transaction, and nothing else. On both engines."""

import queue
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from mailer import codes
from mailer.db import Database
from mailer.errors import EditorError
from mailer.feedback import store, store_undo
from mailer.feedback.meaning import Hardness, Kind, Reading
from mailer.feedback.tables import consequences, points, received
from mailer.outbox.outcome import Settlement
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store import figures, mailings, unreached
from mailer.outbox.tables import deliveries
from mailer.register import store as register
from mailer.register.tables import leaves, suppressions
from tests.feedback import sent
from tests.feedback.sent import NOW, OK, bounce, changes, come, delivery_of, letter, score_of, state

HARD, SOFT, OURS = Hardness.hard, Hardness.soft, Hardness.ours
LATER = NOW + timedelta(hours=1)


def count(db: Database, table) -> int:
    return db.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


def balance(db: Database, mailing: int):
    return db.read(lambda c: figures.balance(c, mailing))


@pytest.mark.parametrize(("hardness", "points_after"), [(HARD, 4), (SOFT, 1), (OURS, 0)])
def test_writes_a_bounce_down_and_lets_it_weigh_what_it_must(db, keys, mailing, hardness, points_after):
    taken = come(db, keys, bounce(delivery_of(db, 1), hardness))
    assert (taken.folder, taken.is_new, taken.later) == ("hanterade", True, False)
    assert state(db, delivery_of(db, 1)) == (Delivery.BOUNCED, hardness.value)
    assert score_of(db, 1) == points_after
    assert (balance(db, mailing).bounced, balance(db, mailing).accepted) == (1, 5)
    assert [score_of(db, n) for n in range(2, 7)] == [0] * 5
    assert count(db, suppressions) == 0


def test_keeps_of_a_bounce_no_address_that_it_named(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1), OURS, text="<medlem1@vallentuna.example> Åsa1 blocked", subject="Åsa"))
    rows = db.read(lambda c: [*c.execute(select(received)).all(), *c.execute(select(consequences)).all()])
    rows += db.read(lambda c: c.execute(select(deliveries)).all())
    assert "medlem1" not in repr(rows)
    assert [row.text for row in rows[:1]] == [None]


def test_counts_a_bounce_once_however_often_and_by_whatever_way_it_comes(db, keys, mailing):
    reading, mail = bounce(delivery_of(db, 1), message_id="<a@b.example>"), letter(b"the same", "<a@b.example>")
    assert come(db, keys, reading, mail).is_new
    for _ in range(100):
        again = come(db, keys, reading, mail)
        assert (again.folder, again.is_new) == ("hanterade", False)
    forwarded = come(db, keys, reading, letter(b"the same, with a line more", "<a@b.example>"))
    assert not forwarded.is_new
    other = come(db, keys, bounce(delivery_of(db, 1)), letter(message_id="<c@d.example>"))
    assert (other.is_new, other.ignored, other.folder) == (True, "repeated", "hanterade")
    assert changes(db) == ["bounced", "point", "asked"]
    assert score_of(db, 1) == 4


def test_takes_mails_with_one_message_id_about_two_people_for_two(db, keys, mailing):
    for contact in (1, 2):
        assert come(db, keys, bounce(delivery_of(db, contact)), letter(message_id="<1@robot.example>")).is_new
    assert balance(db, mailing).bounced == 2


def test_gives_an_address_the_points_of_one_day_once(db, keys, mailing):
    second = sent.mailing(db, "brev/2")
    sent.send(db)
    come(db, keys, bounce(delivery_of(db, 1, mailing), SOFT))
    come(db, keys, bounce(delivery_of(db, 1, second), SOFT))
    assert score_of(db, 1) == 1
    third = sent.mailing(db, "brev/3")
    sent.send(db)
    come(db, keys, bounce(delivery_of(db, 1, third), SOFT), now=LATER + timedelta(hours=15))  # past midnight, here
    assert sent.days_of_points(db) == [("2024-05-10", 1), ("2024-05-11", 1)]


def test_raises_a_days_points_when_a_harder_bounce_follows(db, keys, mailing):
    second = sent.mailing(db, "brev/2")
    sent.send(db)
    come(db, keys, bounce(delivery_of(db, 1, mailing), SOFT))
    come(db, keys, bounce(delivery_of(db, 1, second), HARD))
    assert sent.days_of_points(db) == [("2024-05-10", 4)]


NOTHING = {
    "forged": lambda n: bounce(None),
    "of a delivery that is not there": lambda n: bounce(10**9),
    "a delay": lambda n: Reading(Kind.delayed, n, status="4.4.1"),
    "an auto-reply": lambda n: Reading(Kind.auto_reply, n),
    "a report": lambda n: Reading(Kind.report, n),
    "a loop": lambda n: Reading(Kind.loop, n),
    "not spam": lambda n: Reading(Kind.complaint, n, status="not-spam"),
    "not understood": lambda n: Reading(Kind.unknown, n),
}


@pytest.mark.parametrize("what", NOTHING)
def test_changes_nothing_for_what_is_no_news_of_ours(db, keys, mailing, what):
    before = balance(db, mailing)
    taken = come(db, keys, NOTHING[what](delivery_of(db, 1)))
    assert taken.ignored
    assert balance(db, mailing) == before
    assert [count(db, table) for table in (consequences, points, suppressions, leaves)] == [0, 0, 0, 0]
    assert count(db, received) == 1


def test_ignores_a_bounce_that_comes_after_thirty_days(db, keys, mailing):
    taken = come(db, keys, bounce(delivery_of(db, 1)), now=NOW + timedelta(days=31))
    assert (taken.folder, taken.ignored) == ("okända", "too_old")
    assert balance(db, mailing).bounced == 0


def test_ignores_ten_thousand_forged_and_every_flipped_bit(db, keys, mailing):
    tag = codes.return_tag(keys, delivery_of(db, 1))
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    flipped = [tag[:i] + a + tag[i + 1 :] for i in range(len(tag)) for a in alphabet if a != tag[i]]
    assert {codes.read_return_tag(keys, one) for one in flipped} == {None}
    taken = come(db, keys, bounce(None))
    assert (taken.folder, taken.ignored) == ("okända", "not_ours")


def test_waits_with_a_bounce_that_is_faster_than_the_relays_answer(db, keys):
    sent.people(db, keys)
    mailing = sent.mailing(db)
    running = sent.runner(db)
    offered = sent.commit(db, running, wanted=1, claim=1).offered
    mail = letter()
    early = come(db, keys, bounce(offered[0].delivery), mail)
    assert (early.later, early.folder, early.is_new) == (True, "", False)
    assert count(db, received) == 0
    sent.commit(db, running, [Settlement(offered[0], OK)], claim=0)
    assert come(db, keys, bounce(offered[0].delivery), mail).is_new
    assert balance(db, mailing).bounced == 1


def test_knows_by_its_bounce_that_a_message_in_doubt_went_out(db, keys):
    sent.people(db, keys)
    mailing = sent.mailing(db)
    running = sent.runner(db)
    offered = sent.commit(db, running, wanted=1).offered
    running = sent.runner(db)  # the first was killed
    assert state(db, offered[0].delivery)[0] == Delivery.IN_DOUBT
    come(db, keys, bounce(offered[0].delivery))
    assert state(db, offered[0].delivery) == (Delivery.BOUNCED, "hard")
    assert 1 not in [o.contact for o in sent.commit(db, running, wanted=9).offered]  # it is not sent again
    assert balance(db, mailing).bounced == 1


def test_suppresses_an_address_at_once_when_somebody_complains(db, keys, mailing):
    come(db, keys, Reading(Kind.complaint, delivery_of(db, 2), status="abuse"))
    assert db.read(lambda c: register.suppression_of(c, sent.key_of(db, 2)))["reason"] == "complaint"
    assert db.read(lambda c: register.standing_leaves(c, 2)) == ("medlemmar",)
    assert changes(db, 2) == ["suppressed", "left"]
    again = come(db, keys, Reading(Kind.complaint, delivery_of(db, 2), status="fraud"))
    assert again.ignored == "repeated"
    next_one = sent.mailing(db, "brev/2")
    assert balance(db, next_one).excluded == 1
    assert balance(db, mailing).accepted == 6  # that it was accepted stays true


def test_takes_an_opt_out_report_for_a_leave_of_all(db, keys, mailing):
    come(db, keys, Reading(Kind.complaint, delivery_of(db, 2), status="opt-out"))
    assert db.read(lambda c: register.standing_leaves(c, 2)) == ("*",)
    assert count(db, suppressions) == 0


@pytest.mark.parametrize(("leaves_", "standing"), [("list", ("medlemmar",)), ("all", ("*",)), (None, ("medlemmar",))])
def test_lets_somebody_leave_by_mail_whenever_it_comes(db, keys, mailing, leaves_, standing):
    reading = Reading(Kind.leave, delivery_of(db, 3), leaves=leaves_)
    come(db, keys, reading, now=NOW + timedelta(days=900))
    come(db, keys, reading, now=NOW + timedelta(days=901))  # twice is once
    assert db.read(lambda c: register.standing_leaves(c, 3)) == standing
    how = db.read(lambda c: c.execute(select(leaves.c.how)).scalars().all())
    assert how == ["mail"]
    assert changes(db, 3) == ["left"]


def test_hands_a_reply_over_and_forgets_the_points(db, keys, mailing):
    second = sent.mailing(db, "brev/2")
    sent.send(db)
    come(db, keys, bounce(delivery_of(db, 4, mailing)))
    assert score_of(db, 4) == 4
    reply = Reading(
        Kind.reply, delivery_of(db, 4, second), text="Jag kommer!\n\nÅsa\0", from_address="medlem4@vallentuna.example"
    )
    come(db, keys, reply, now=LATER + timedelta(minutes=1))
    assert score_of(db, 4) == 0
    assert sent.probe_states(db, 4) == ["reached"]
    assert changes(db, 4)[-2:] == ["handed", "reset"]
    row = db.read(lambda c: c.execute(select(received).where(received.c.kind == "reply")).one())
    assert (row.text, row.from_address) == ("Jag kommer!\n\nÅsa", "medlem4@vallentuna.example")


def test_hands_over_ten_replies_a_day_from_one_and_no_more(db, keys, mailing):
    taken = [come(db, keys, Reading(Kind.reply, delivery_of(db, 4), text="hej")) for _ in range(12)]
    assert [t.folder for t in taken] == ["hanterade"] * 10 + ["okända"] * 2


def test_never_holds_our_own_fault_against_the_member(db, keys, mailing):
    come(
        db,
        keys,
        bounce(delivery_of(db, 5), OURS, status="5.7.26", text="550 5.7.26 DMARC <medlem5@vallentuna.example>"),
    )
    assert changes(db, 5) == ["bounced", "alarmed"]
    assert score_of(db, 5) == 0
    word = db.read(
        lambda c: c.execute(select(consequences.c.word).where(consequences.c.what == "alarmed")).scalar_one()
    )
    assert word.startswith("auth|")
    assert "medlem5" not in word


def test_does_not_hold_the_old_address_s_bounce_against_the_new_one(db, keys, mailing):
    new = "ny1@vallentuna.example"
    from mailer.address import parse_address

    key = parse_address(new).key(keys)
    sent.move_contact(db, 1, NOW + timedelta(minutes=5), address=new, address_key=key)
    come(db, keys, bounce(delivery_of(db, 1), address="medlem1@vallentuna.example"))
    assert state(db, delivery_of(db, 1))[0] == Delivery.BOUNCED
    assert score_of(db, 1) == 0
    sent.move_contact(db, 2, NOW + timedelta(minutes=5), phone="+46701740605")
    come(db, keys, bounce(delivery_of(db, 2), address="medlem2@vallentuna.example"))
    assert score_of(db, 2) == 4  # the report names the address she still has


def test_does_not_count_a_bounce_that_is_known_by_the_link_alone(db, keys, mailing):
    """Whoever the mail was sent on to has its code: she could else stop the mailing, and have others suppressed."""
    for contact in range(1, 7):
        taken = come(db, keys, bounce(delivery_of(db, contact), by_code=True))
        assert (taken.folder, taken.ignored) == ("okända", "only_code")
    assert changes(db) == []
    assert balance(db, mailing).bounced == 0
    come(db, keys, bounce(delivery_of(db, 1)))
    assert balance(db, mailing).bounced == 1  # the forged one has not taken its place


def complain(db, keys, address="", contact=1):
    come(db, keys, Reading(Kind.complaint, delivery_of(db, contact), status="abuse", address=address))
    reasons = db.read(lambda c: c.execute(select(suppressions.c.address_key, suppressions.c.reason)).all())
    return [key for key, reason in reasons if reason == "complaint"]


def key_at(keys, address):
    from mailer.address import parse_address

    return parse_address(address).key(keys)


def move(db, keys, contact, address):
    """The member has another address now."""
    at = NOW + timedelta(minutes=5)
    sent.move_contact(db, contact, at, address=address, address_key=key_at(keys, address))


def test_suppresses_the_address_that_complained_though_it_has_been_changed_since(db, keys, mailing):
    from mailer.address import parse_address
    from mailer.outbox.store import notices
    from tests.homes import a_rendering

    old = "medlem1@vallentuna.example"
    name = f"{notices.TO_MEMBERS}/ny-adress/1"  # what the house wrote to it was to her
    db.write(lambda c: notices.notify(c, name, parse_address(old), key_at(keys, old), a_rendering(), NOW))
    move(db, keys, 1, "ny1@vallentuna.example")
    assert complain(db, keys, old.title()) == [key_at(keys, old)]
    assert db.read(lambda c: register.standing_leaves(c, 1)) == ("medlemmar",)
    number = db.read(lambda c: c.execute(select(func.min(consequences.c.id))).scalar_one())
    db.write(lambda c: store_undo.undo(db, c, number, "Bo", LATER))
    assert count(db, suppressions) == 0


@pytest.mark.parametrize("named", ["", "inte en adress", "ny1@vallentuna.example", "medlem2@vallentuna.example",
                                   "eva@vallentuna.example"])  # fmt: skip
def test_suppresses_the_present_address_when_the_report_names_no_old_one(db, keys, mailing, named):
    """A report is written by others: it must not be a way to suppress another member, or who is told of alarms."""
    from mailer.outbox.store import notices
    from tests.homes import a_rendering

    eva = "eva@vallentuna.example"
    from mailer.address import parse_address

    db.write(lambda c: notices.notify(c, "larm", parse_address(eva), key_at(keys, eva), a_rendering(), NOW))
    move(db, keys, 1, "ny1@vallentuna.example")
    assert complain(db, keys, named) == [sent.key_of(db, 1)]


def test_does_not_ask_a_report_whose_address_it_is_while_it_is_the_same(db, keys, mailing):
    """Forwarded mail is complained of where it arrived; it is she who is written to."""
    assert complain(db, keys, "annan@leverantor.example") == [sent.key_of(db, 1)]


def test_writes_to_whom_it_cannot_reach_on_paper(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1), HARD))
    come(db, keys, bounce(delivery_of(db, 2), SOFT))
    come(db, keys, bounce(delivery_of(db, 3), OURS))
    row = db.read(lambda c: mailings.read(c, mailing))
    assert {p.contact_id for p in db.read(lambda c: unreached.unreached(c, row, NOW))} == {1, 2, 3}
    db.write(lambda c: register.suppress(db, c, sent.key_of(db, 4), "hard_bounce", NOW))
    second = sent.mailing(db, "brev/2")
    row = db.read(lambda c: mailings.read(c, second))
    reached_on_paper = {p.contact_id: p.reason for p in db.read(lambda c: unreached.unreached(c, row, NOW))}
    assert reached_on_paper == {4: "suppressed"}


def test_takes_one_mail_a_hundred_times_at_once_and_counts_it_once(db, database_url, keys, mailing):
    reading, mail = bounce(delivery_of(db, 1)), letter(b"one and the same")
    others = [Database(database_url) for _ in range(5)]
    taken, lock = [], threading.Lock()

    def many(one: Database) -> None:
        for _ in range(20):
            done = come(one, keys, reading, mail)
            with lock:
                taken.append(done)

    threads = [threading.Thread(target=many, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.close()
    assert sum(t.is_new for t in taken) == 1
    assert {t.folder for t in taken} == {"hanterade"}
    assert changes(db) == ["bounced", "point", "asked"]
    assert count(db, received) == 1


def test_offers_nothing_after_a_complaint_was_taken_while_the_mailing_was_being_sent(db, keys, mailing):
    """She complained of the first mailing while the second is on its way: claimed, and not offered."""
    second = sent.mailing(db, "brev/2")
    running = sent.runner(db)
    stock = sent.commit(db, running).stock
    come(db, keys, Reading(Kind.complaint, delivery_of(db, 3, mailing), status="abuse"))
    come(db, keys, Reading(Kind.leave, delivery_of(db, 4, mailing), leaves="all"))
    offered = sent.commit(db, running, stock=stock, wanted=9).offered
    assert sorted(o.contact for o in offered) == [1, 2, 5, 6]
    assert balance(db, second).excluded == 2


def test_takes_bounces_while_another_process_settles(db, database_url, keys):
    """The runner commits and the reader takes, both without a pause, on the same deliveries: no deadlock, no loss."""
    sent.people(db, keys, 60)
    mailing = sent.mailing(db)
    other, done = Database(database_url), threading.Event()
    running = sent.runner(db)

    offered_to: queue.Queue[int | None] = queue.Queue()

    def read() -> None:
        """Each is taken at once, and again until the relay's answer is settled."""
        while (contact := offered_to.get()) is not None:
            mail = letter()
            while come(other, keys, bounce(numbers[contact], SOFT), mail).later and not done.is_set():
                pass

    numbers = {n: delivery_of(db, n) for n in range(1, 61)}
    reader = threading.Thread(target=read)
    reader.start()
    stock: tuple[int, ...] = ()
    for _ in range(20):
        done_now = sent.commit(db, running, stock=stock, wanted=3)
        offered, stock = done_now.offered, done_now.stock
        for one in offered:
            offered_to.put(one.contact)
        sent.commit(db, running, [Settlement(o, OK) for o in offered], claim=0)
    offered_to.put(None)
    reader.join(60)
    done.set()
    other.close()
    assert balance(db, mailing).bounced == 60


UNDONE = {
    "bounced": lambda db, keys, n: come(db, keys, bounce(n, SOFT)),
    "suppressed": lambda db, keys, n: come(db, keys, Reading(Kind.complaint, n, status="abuse")),
    "left": lambda db, keys, n: come(db, keys, Reading(Kind.leave, n, leaves="all")),
}


@pytest.mark.parametrize("what", UNDONE)
def test_takes_every_consequence_back_when_a_person_says_so(db, keys, mailing, what):
    UNDONE[what](db, keys, delivery_of(db, 1))
    query = select(consequences.c.id).where(consequences.c.undone_at.is_(None)).order_by(consequences.c.id)
    while (number := db.read(lambda c: c.execute(query).scalars().first())) is not None:
        db.write(lambda c, n=number: store_undo.undo(db, c, n, "Bo Larsson", LATER))
    assert state(db, delivery_of(db, 1)) == (Delivery.ACCEPTED, None)
    assert score_of(db, 1) == 0
    assert count(db, suppressions) == 0
    assert db.read(lambda c: register.standing_leaves(c, 1)) == ()
    rows = db.read(lambda c: c.execute(select(consequences.c.undone_by, consequences.c.undone_at)).all())
    assert {tuple(row) for row in rows} == {("Bo Larsson", LATER)}
    assert balance(db, mailing).accepted == 6


def test_takes_nothing_back_twice_nor_what_is_not_there(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1), SOFT))
    first = db.read(lambda c: c.execute(select(func.min(consequences.c.id))).scalar_one())
    db.write(lambda c: store_undo.undo(db, c, first, "Bo", LATER))
    with pytest.raises(EditorError, match="redan tagen tillbaka, av Bo"):
        db.write(lambda c: store_undo.undo(db, c, first, "Eva", LATER))
    with pytest.raises(EditorError, match="finns inte"):
        db.write(lambda c: store_undo.undo(db, c, 10**6, "Eva", LATER))


def test_does_not_lift_a_suppression_that_stands_for_another_reason(db, keys, mailing):
    come(db, keys, Reading(Kind.complaint, delivery_of(db, 1), status="abuse"))
    number = db.read(lambda c: c.execute(select(func.min(consequences.c.id))).scalar_one())
    db.write(lambda c: c.execute(update(suppressions).values(reason="erasure")))
    with pytest.raises(EditorError, match="annat skäl"):
        db.write(lambda c: store_undo.undo(db, c, number, "Bo", LATER))
    assert count(db, suppressions) == 1


def test_forgets_a_persons_words_and_keeps_that_mail_came(db, keys, mailing):
    come(
        db,
        keys,
        Reading(Kind.reply, delivery_of(db, 1), text="Mina fötter ömmar", from_address="medlem1@vallentuna.example"),
    )
    come(db, keys, bounce(delivery_of(db, 1)))
    told = db.read(lambda c: store.about(c, 1))
    assert "Mina fötter ömmar" in [one.get("text") for one in told]
    db.write(lambda c: store.forget(c, 1, LATER))
    assert db.read(lambda c: store.about(c, 1)) == []
    rows = db.read(lambda c: repr([*c.execute(select(received)).all(), *c.execute(select(consequences)).all()]))
    assert "fötter" not in rows
    assert "medlem1" not in rows
    assert count(db, points) == 0
    assert count(db, received) == 2


def test_gives_an_editor_no_reply_that_was_never_ours(db, keys, mailing):
    taken = come(db, keys, Reading(Kind.reply, None, text="hej"))
    assert taken.folder == "okända"
    assert db.read(lambda c: c.execute(select(received.c.text)).scalar_one()) is None


def test_ends_a_mailing_whose_last_doubt_a_bounce_has_settled(db, keys):
    sent.people(db, keys, 1)
    mailing = sent.mailing(db)
    for _ in range(2):  # in doubt twice: left to a person
        running = sent.runner(db)
        sent.commit(db, running, wanted=1)
    sent.runner(db)
    come(db, keys, bounce(delivery_of(db, 1)))
    running = sent.runner(db)
    sent.commit(db, running, claim=1)
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.FINISHED
    assert balance(db, mailing).bounced == 1
    assert (
        db.read(
            lambda c: c.execute(
                select(func.count()).select_from(deliveries).where(deliveries.c.runner_id.is_not(None))
            ).scalar_one()
        )
        == 0
    )
