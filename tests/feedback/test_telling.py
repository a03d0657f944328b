"""What people are told of what came back, in a whole house: replies, questions, alarms, waits; and how it is undone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mailer import codes
from mailer.clock import Clock
from mailer.errors import EditorError
from mailer.feedback import rounds
from mailer.feedback.meaning import Hardness, Kind, Reading
from mailer.feedback.tables import consequences, received
from mailer.house import House
from mailer.outbox.store import mailings as mailing_store
from mailer.outbox.store import wave
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.register import store as register
from mailer.register.tables import ALL_LISTS, contacts
from mailer.verbs import about, control, report
from mailer.verbs import consequences as verb
from tests.feedback import sent
from tests.feedback.sent import NOW, bounce, come, delivery_of
from tests.homes import make_home, opened

LATER = NOW + timedelta(days=3, hours=1)  # when an address that bounced an hour after NOW is asked
PEOPLE = """
[[people]]
name = "Eva Redaktör"
address = "eva@vallentuna.example"
roles = ["editor"]

[[people]]
name = "Bo Larsson"
address = "bo@vallentuna.example"
roles = ["administrator", "approver"]
"""


@pytest.fixture
def house(tmp_path: Path, database_url: str):
    home = make_home(tmp_path / "hem", 2525, database_url)
    settings = (home / "settings.toml").read_text("utf-8")
    (home / "settings.toml").write_text(settings[: settings.index("[[people]]")] + PEOPLE, "utf-8")
    with opened(home) as found:
        yield at(found, NOW)


@pytest.fixture
def mailing(house: House) -> int:
    sent.people(house.db, house.keys, 6)
    number = sent.mailing(house.db)
    sent.send(house.db)
    return number


def at(house: House, now) -> House:
    """The same house at another moment."""
    return replace(house, clock=Clock(now, 0))


def told(house: House, like: str = "") -> list[tuple[str, str, str]]:
    """(address, subject, text) of the notices, in order."""
    d, m, r = deliveries.c, mailings.c, renderings.c
    query = (
        select(d.address, r.subject, r.text)
        .join(mailings, m.id == d.mailing_id)
        .join(renderings, r.mailing_id == m.id)
        .where(m.kind == "notice", m.name.contains(like))
        .order_by(d.id)
    )
    return [tuple(row) for row in house.db.read(lambda c: c.execute(query).all())]


def test_hands_a_reply_to_the_editor_once_with_how_to_answer_it(house, mailing):
    text = "Jag kommer på tisdag!\n\n<script>alert(1)</script> [länk](https://ond.example)"
    reply = Reading(Kind.reply, delivery_of(house.db, 2), text=text, subject="Sv: V Aktuellt maj 2024",
                    from_address="medlem2@vallentuna.example")  # fmt: skip
    come(house.db, house.keys, reply)
    verb.keep(house)
    verb.keep(house)
    [(address, subject, words)] = told(house, "svar/")
    assert (address, subject) == ("eva@vallentuna.example", "Svar på V Aktuellt maj 2024")
    assert "Jag kommer på tisdag!" in words
    assert "Åsa2 Öberg (nr 000002)" in words
    how = f"Vill personen sluta få utskicken: {house.command('leave 000002 --list medlemmar')}"
    assert how in " ".join(words.split())
    assert "annan adress" not in words
    html = house.db.read(
        lambda c: c.execute(select(renderings.c.html).order_by(renderings.c.id.desc())).scalars().first()
    )
    assert "mailto:medlem2@vallentuna.example?subject=Sv%3A%20V%20Aktuellt%20maj%202024" in html
    assert "<script>alert" not in html
    assert 'href="https://ond.example"' not in html
    row = house.db.read(lambda c: c.execute(select(received)).one())
    assert (row.from_address, row.subject, row.text) == (None, None, text)


@pytest.mark.parametrize("unknown", [{"number": None}, {"list": None}], ids=["number", "list"])
def test_names_no_leave_when_it_does_not_know_whose_or_of_what(house, mailing, unknown):
    table, who = (contacts, contacts.c.id) if "number" in unknown else (deliveries, deliveries.c.contact_id)
    house.db.write(lambda c: c.execute(table.update().where(who == 2).values(**unknown)))
    reply = Reading(Kind.reply, delivery_of(house.db, 2), text="Hej", from_address="medlem2@vallentuna.example")
    come(house.db, house.keys, reply)
    verb.keep(house)
    assert "mailer" not in told(house, "svar/")[0][2]


def test_warns_when_a_reply_comes_from_another_address_than_the_members(house, mailing):
    reply = Reading(
        Kind.reply, delivery_of(house.db, 2), text="Vem är ordförande?", from_address="nyfiken@annan.example"
    )
    come(house.db, house.keys, reply)
    verb.keep(house)
    assert "annan adress än den i registret" in told(house, "svar/")[0][2]


@pytest.mark.parametrize("text", ["Hej", ""])
@pytest.mark.parametrize(
    ("subject", "sender"),
    [("Sv: {{ x }} {% raw %}", "medlem2@vallentuna.example"), ("Sv: hej", "{{first_name}}@vallentuna.example"),
     ("{{{{", "{{@x.example"), ("](https://ond.example) `<script>`", "a*_`|@x.example")],
)  # fmt: skip
def test_hands_a_reply_over_whatever_a_stranger_puts_in_its_fields(house, mailing, subject, sender, text):
    """Else one mail would end the service, at every tick and for good."""
    come(house.db, house.keys, Reading(Kind.reply, delivery_of(house.db, 2), text=text, subject=subject,
                                       from_address=sender))  # fmt: skip
    verb.keep(house)
    assert len(told(house, "svar/")) == 1


def test_shows_the_subject_of_a_reply_that_says_no_more(house, mailing):
    """”Nej tack” in the subject may be all she wrote."""
    come(
        house.db,
        house.keys,
        Reading(Kind.reply, delivery_of(house.db, 2), subject="Nej tack", from_address="m@x.example"),
    )
    verb.keep(house)
    assert "Nej tack" in told(house, "svar/")[0][2]


def test_takes_a_persons_words_out_of_the_notice_too_when_she_is_forgotten(house, mailing):
    reply = Reading(
        Kind.reply, delivery_of(house.db, 2), text="Mina fötter ömmar", from_address="medlem2@vallentuna.example"
    )
    come(house.db, house.keys, reply)
    verb.keep(house)
    from mailer.verbs.forget import all_rooms

    house.db.write(lambda c: all_rooms(house, c, 2, NOW))
    assert told(house, "svar/") == [("eva@vallentuna.example", "Svar på V Aktuellt maj 2024", "")]
    everything = house.db.read(lambda c: repr([c.execute(select(t)).all() for t in (renderings, mailings, received)]))
    assert "ömmar" not in everything
    assert "Åsa2" not in everything
    assert "medlem2" not in everything


@pytest.mark.parametrize(("language", "subject", "said"), [
    (None, "Når vi dig?", "Då behöver du inte göra något"),
    ("en", "Are we reaching you?", "You do not need to do anything"),
])  # fmt: skip
def test_asks_an_address_that_mail_came_back_from_in_its_own_language(house, mailing, language, subject, said):
    sent.move_contact(house.db, 1, NOW - timedelta(days=50), language=language)
    come(house.db, house.keys, bounce(delivery_of(house.db, 1)))
    house = at(house, LATER)
    verb.keep(house)
    verb.keep(house)
    [(address, asked, words)] = told(house, "när-vi-dig") or told(house, "når-vi-dig")
    assert (address, asked) == ("medlem1@vallentuna.example", subject)
    assert said in " ".join(words.split())
    assert "inställningar" not in words
    assert sent.probe_states(house.db, 1) == ["asked"]


def asked(house: House) -> int:
    """The delivery of the question that the first member is asked."""
    come(house.db, house.keys, bounce(delivery_of(house.db, 1)))
    verb.keep(at(house, LATER))
    sent.send(house.db, now=LATER)
    return house.db.read(lambda c: c.execute(select(func.max(deliveries.c.id))).scalar_one())


def test_lets_somebody_leave_who_answers_the_question_so(house, mailing):
    come(house.db, house.keys, Reading(Kind.leave, asked(house), leaves="list"))
    assert house.db.read(lambda c: register.standing_leaves(c, 1)) == (ALL_LISTS,)


def test_knows_whose_the_answer_to_a_question_is_and_forgets_it_with_her(house, mailing):
    answer = Reading(Kind.reply, asked(house), text="Skriv till asa@ny.example", from_address="medlem1@x.example")
    come(house.db, house.keys, answer)
    verb.keep(house)
    from mailer.verbs.forget import all_rooms

    house.db.write(lambda c: all_rooms(house, c, 1, NOW))
    assert "asa@ny" not in house.db.read(lambda c: repr([c.execute(select(t)).all() for t in (renderings, received)]))


def test_hands_nobody_what_answers_a_notice_to_its_own_people(house, mailing):
    """An answering machine that does not say it is one would be handed its own answer, and answer that."""
    come(house.db, house.keys, Reading(Kind.reply, delivery_of(house.db, 2), text="Hej", from_address="m2@x.example"))
    for _ in range(3):
        verb.keep(house)
        sent.send(house.db)
        newest = house.db.read(lambda c: c.execute(select(func.max(deliveries.c.id))).scalar_one())
        taken = come(house.db, house.keys, Reading(Kind.reply, newest, text="Mottaget", from_address="eva@x.example"))
        assert (taken.folder, taken.ignored) == ("okända", "to_staff")
    assert len(told(house, "svar/")) == 1


def test_suppresses_by_the_questions_own_return_tag(house, mailing):
    """The whole way: bounce, question, the relay takes it, it bounces under its own tag, the address is suppressed."""
    come(house.db, house.keys, bounce(delivery_of(house.db, 1)))
    verb.keep(at(house, LATER))
    sent.send(house.db, now=LATER)
    query = select(deliveries.c.id).where(deliveries.c.address == "medlem1@vallentuna.example")
    question = house.db.read(lambda c: c.execute(query).scalar_one())
    tag = codes.return_tag(house.keys, question)
    come(house.db, house.keys, bounce(codes.read_return_tag(house.keys, tag)), now=LATER + timedelta(days=1))
    suppressed = house.db.read(lambda c: register.suppression_of(c, sent.key_of(house.db, 1)))
    assert suppressed["reason"] == "hard_bounce"
    lines = verb.trace(house, "#1")
    assert [line for line in lines if "spärrad: den fungerar inte" in line]
    number = int(lines[-2].split()[0])
    assert verb.undo(house, number, "Bo Larsson")[0] == f"Händelse {number} (spärr, nr 000001) är tagen tillbaka."
    assert house.db.read(lambda c: register.suppression_of(c, sent.key_of(house.db, 1))) is None
    assert "tillbakataget av Bo Larsson" in verb.trace(house, "#1")[-2]


def test_says_what_a_complaint_did_and_how_each_of_it_is_taken_back(house, mailing):
    come(house.db, house.keys, Reading(Kind.complaint, delivery_of(house.db, 4), status="abuse"))
    suppressed, left, how = verb.trace(house, "#4")
    assert "adressen är spärrad: mejlet anmäldes som skräppost" in suppressed
    assert "nej till listan medlemmar, för att mejlet anmäldes som skräppost" in left
    assert how == f"Ta tillbaka en händelse: {house.command('undo NUMMER --as NAMN')}"
    first, second = (int(one.split()[0]) for one in (suppressed, left))
    assert verb.undo(house, first, "Bo Larsson")[:2] == [
        f"Händelse {first} (spärr, nr 000004) är tagen tillbaka.",
        f"Händelse {second} (nej till listan medlemmar, nr 000004) gäller ännu: "
        + house.command(f"undo {second} --as 'Bo Larsson'"),
    ]
    assert len(verb.undo(house, second, "Bo Larsson")) == 2
    assert "Ta tillbaka" not in verb.trace(house, "#4")[-1]


@pytest.mark.parametrize(
    "reading",
    [Reading(Kind.leave, 0, leaves="all"), Reading(Kind.complaint, 0, status="opt-out")],
    ids=["by mail", "opt-out"],
)
def test_calls_a_leave_that_is_no_complaint_a_leave(house, mailing, reading):
    come(house.db, house.keys, replace(reading, delivery=delivery_of(house.db, 4)))
    assert "nej till alla utskick, med mejl" in verb.trace(house, "#4")[0]


def test_lets_only_an_administrator_take_things_back(house, mailing):
    come(house.db, house.keys, bounce(delivery_of(house.db, 1)))
    number = house.db.read(lambda c: c.execute(select(func.min(consequences.c.id))).scalar_one())
    with pytest.raises(EditorError, match="är inte administratör"):
        verb.undo(house, number, "Eva Redaktör")


def test_does_not_ask_an_address_that_has_been_changed_meanwhile(house, mailing):
    come(house.db, house.keys, bounce(delivery_of(house.db, 1)))
    sent.move_contact(house.db, 1, NOW, address="ny@vallentuna.example", address_key="x" * 26)
    verb.keep(at(house, LATER))
    assert told(house, "vi-dig") == []
    assert sent.changes(house.db, 1) == ["bounced", "point", "asked"]


def test_asks_three_days_after_the_bounce_and_not_before(house, mailing):
    """A provider that does not know its own members for an hour gets nobody asked: by then they have been reached."""
    wanted = NOW + timedelta(hours=1)
    come(house.db, house.keys, bounce(delivery_of(house.db, 1)), now=wanted)
    come(house.db, house.keys, bounce(delivery_of(house.db, 2)), now=wanted)
    verb.keep(at(house, wanted + timedelta(seconds=20)))
    reply = Reading(Kind.reply, delivery_of(house.db, 2), text="Hej", from_address="medlem2@vallentuna.example")
    come(house.db, house.keys, reply, now=wanted + timedelta(days=1))
    verb.keep(at(house, wanted + timedelta(days=3, seconds=-1)))
    assert told(house, "vi-dig") == []
    assert [sent.probe_states(house.db, n) for n in (1, 2)] == [["wanted"], ["reached"]]
    verb.keep(at(house, wanted + timedelta(days=3)))
    assert [address for address, _, _ in told(house, "vi-dig")] == ["medlem1@vallentuna.example"]


def test_tells_the_administrator_of_our_own_fault_once_a_day_and_class(house, mailing):
    texts = {1: "5.7.1 blocked using lista.example <medlem1@vallentuna.example>", 2: "blocked", 3: "DMARC"}
    for contact, text in texts.items():
        come(house.db, house.keys, bounce(delivery_of(house.db, contact), Hardness.ours, status="5.7.1", text=text))
    verb.keep(house)
    subjects = [(address, words) for address, _, words in told(house, "studs/")]
    assert [address for address, _ in subjects] == ["bo@vallentuna.example"] * 2
    assert "spärrlista" in " ".join(subjects[0][1].split())
    assert "medlem1" not in subjects[0][1]
    verb.keep(at(house, NOW + timedelta(days=1)))
    assert len(told(house, "studs/")) == 2


def test_tells_the_others_when_one_of_its_own_people_is_not_reached(house, mailing):
    come(house.db, house.keys, Reading(Kind.reply, delivery_of(house.db, 2), text="hej"))
    verb.keep(house)
    sent.send(house.db)
    query = select(deliveries.c.id).where(deliveries.c.address == "eva@vallentuna.example")
    come(house.db, house.keys, bounce(house.db.read(lambda c: c.execute(query).scalar_one())))
    verb.keep(house)
    [(address, subject, _)] = told(house, "studs/")
    assert address == "bo@vallentuna.example"
    assert "Eva Redaktör nås inte" in subject


def test_says_what_a_large_mailing_waits_for_and_lets_it_go(house):
    sent.people(house.db, house.keys, 230)
    mailing = sent.mailing(house.db)
    house.db.write(lambda c: wave.begin(c, mailing))
    assert "De 200 första skickas" in "\n".join(report.lines(report.report(house)))
    sent.send(house.db)
    box = house.settings.mailbox.model_copy(update={"kind": "maildir", "path": "x"})
    house = replace(house, settings=house.settings.model_copy(update={"mailbox": box}))
    verb.keep(house)
    said = "\n".join(report.lines(report.report(house)))
    assert "Väntar på studsar efter de 200 första, fortsätter när brevlådan är läst efter kl. 9.15" in said
    assert "resume brev/1" in said
    house.db.write(lambda c: rounds.note_read(c, NOW + timedelta(minutes=14), 0))
    verb.keep(at(house, NOW + timedelta(minutes=16)))
    assert house.db.read(lambda c: mailing_store.read(c, mailing)).wave_upto is not None
    house.db.write(lambda c: rounds.note_read(c, NOW + timedelta(minutes=16), 0))
    verb.keep(at(house, NOW + timedelta(minutes=17)))
    assert house.db.read(lambda c: mailing_store.read(c, mailing)).wave_upto is None
    assert report.report(house).waits == ""


def test_lets_a_person_say_that_it_need_not_wait(house):
    sent.people(house.db, house.keys, 230)
    mailing = sent.mailing(house.db)
    house.db.write(lambda c: wave.begin(c, mailing))
    control.resume(house, "brev/1")
    assert house.db.read(lambda c: mailing_store.read(c, mailing)).wave_upto is None


def test_reports_what_each_bounce_said_and_not_the_relays_yes(house, mailing):
    said = {
        1: (Hardness.hard, "5.1.1", "550 5.1.1 <granne@hem.example> No such user"),
        2: (Hardness.soft, "4.2.2", "Mailbox full"),
        3: (Hardness.ours, "5.7.1", "blocked using lista.example"),
        4: (Hardness.hard, "5.1.2", ""),
    }
    for contact, (hardness, status, text) in said.items():
        come(house.db, house.keys, bounce(delivery_of(house.db, contact), hardness, status=status, text=text))
    old = {"reply_code": 250, "reply_text": "2.0.0 Ok: queued as 6"}  # as it was written down before
    house.db.write(lambda c: c.execute(deliveries.update().where(deliveries.c.contact_id == 4).values(**old)))
    lines = report.lines(report.report(house, "brev/1", names=True))
    assert lines[0] == (
        "Av 6 skickades V Aktuellt maj 2024 till 2; 2 studsade för att adressen inte finns, "
        "1 studsade för att det var fullt eller tillfälligt, 1 studsade av vårt fel."
    )
    assert lines[lines.index("Studsade: adressen finns inte:") :] == [
        "Studsade: adressen finns inte:",
        "  Åsa1 Öberg (000001): 550 5.1.1 <…> No such user",
        "  Åsa4 Öberg (000004): 5.1.2",
        "",
        "Studsade: fullt eller tillfälligt:",
        "  Åsa2 Öberg (000002): 4.2.2 Mailbox full",
        "",
        "Studsade: vårt fel:",
        "  Åsa3 Öberg (000003): 5.7.1 blocked using lista.example",
    ]


def test_shows_a_person_what_came_back_about_her(house, mailing):
    come(house.db, house.keys, bounce(delivery_of(house.db, 1), Hardness.soft))
    come(house.db, house.keys, bounce(delivery_of(house.db, 1), Hardness.soft), now=NOW + timedelta(hours=2))
    lines = [line for line in about.words(about.about(house, "#1"), house.zone) if line.startswith("Kom tillbaka")]
    assert any("V Aktuellt maj 2024 studsade: kanske bara för tillfället" in line for line in lines)
    assert any("räknades inte: det var redan räknat" in line for line in lines)
    assert verb.trace(house)[-2] == "1 studs på 30 dagar ändrade inget: det var redan räknat."
    looked = house.db.read(lambda c: register.about(c, 1))["accesses"]
    assert "about" in {one["what"] for one in looked}


def waiting(house: House, **values) -> tuple[House, int]:
    """A large mailing whose first wave is out, in a home whose mailbox nobody has read."""
    sent.people(house.db, house.keys, 230)
    mailing = sent.mailing(house.db)
    house.db.write(lambda c: wave.begin(c, mailing))
    if values:
        house.db.write(lambda c: c.execute(mailings.update().where(mailings.c.id == mailing).values(**values)))
    sent.send(house.db)
    box = house.settings.mailbox.model_copy(update={"kind": "maildir", "path": "x"})
    house = replace(house, settings=house.settings.model_copy(update={"mailbox": box}))
    verb.keep(house)
    return house, mailing


def is_held(house: House, mailing: int) -> bool:
    return house.db.read(lambda c: mailing_store.read(c, mailing)).wave_upto is not None


def test_tells_when_a_mailing_waits_for_a_mailbox_that_nobody_reads(house):
    house, _ = waiting(house)
    verb.keep(at(house, NOW + timedelta(hours=2)))
    assert told(house, "väntar/") == []
    for hours in (3, 4, 23):
        verb.keep(at(house, NOW + timedelta(hours=hours)))
    [(address, _, words)] = told(house, "väntar/")
    assert address == "bo@vallentuna.example"
    assert "resume brev/1" in words


def test_lets_the_rest_go_after_a_day_though_nobody_reads_the_mailbox_and_says_so(house):
    house, mailing = waiting(house, expires_at=NOW + timedelta(days=20))
    verb.keep(at(house, NOW + timedelta(hours=24, minutes=-1)))
    assert is_held(house, mailing)
    assert "senast lördag 11 maj kl. 9.00" in report.report(at(house, NOW + timedelta(hours=1))).waits
    verb.keep(at(house, NOW + timedelta(hours=24)))
    assert not is_held(house, mailing)
    verb.keep(at(house, NOW + timedelta(hours=25)))
    [(address, subject, words)] = told(house, "släppt/")
    assert address == "bo@vallentuna.example"
    assert "utan att studsarna är lästa" in " ".join((subject + words).split())
    offered = sent.commit(house.db, sent.runner(house.db), wanted=100, now=NOW + timedelta(hours=25)).offered
    assert [o.contact for o in offered if o.kind == "letter"] == list(range(201, 231))


def test_waits_as_long_as_it_is_told_to_though_that_is_a_day(house):
    house, mailing = waiting(house)
    outbox = house.settings.outbox.model_copy(update={"wave_wait_min": 1440})
    house = replace(house, settings=house.settings.model_copy(update={"outbox": outbox}))
    verb.keep(at(house, NOW + timedelta(hours=25)))
    assert is_held(house, mailing)
    verb.keep(at(house, NOW + timedelta(hours=26)))
    assert not is_held(house, mailing)
    assert (len(told(house, "väntar/")), len(told(house, "släppt/"))) == (0, 1)


def test_lets_the_rest_go_while_the_mailing_has_time_left(house):
    """Half of its time is the rest's: else all above the first 200 would be given up in silence."""
    house, mailing = waiting(house, expires_at=NOW + timedelta(hours=4))
    verb.keep(at(house, NOW + timedelta(hours=1, minutes=59)))
    assert is_held(house, mailing)
    verb.keep(at(house, NOW + timedelta(hours=2)))
    assert not is_held(house, mailing)
    assert len(told(house, "släppt/")) == 1


def test_lets_the_rest_go_in_time_though_the_relay_takes_nothing(house):
    sent.people(house.db, house.keys, 230)
    mailing = sent.mailing(house.db)
    house.db.write(lambda c: wave.begin(c, mailing))
    until = {"expires_at": NOW + timedelta(hours=48)}
    house.db.write(lambda c: c.execute(mailings.update().where(mailings.c.id == mailing).values(**until)))
    box = house.settings.mailbox.model_copy(update={"kind": "maildir", "path": "x"})
    house = replace(house, settings=house.settings.model_copy(update={"mailbox": box}))
    verb.keep(at(house, NOW + timedelta(hours=23)))
    assert is_held(house, mailing)
    verb.keep(at(house, NOW + timedelta(hours=24)))
    assert not is_held(house, mailing)
