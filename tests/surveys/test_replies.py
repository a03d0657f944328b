"""Answers by e-mail in a whole house: a person says which count (I7)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from mailer import codes
from mailer.clock import Clock
from mailer.content.questionnaires.model import Part
from mailer.errors import EditorError
from mailer.feedback.meaning import Kind
from mailer.feedback.tables import received
from mailer.house import House
from mailer.outbox.tables import mailings, renderings
from mailer.register.tables import accesses
from mailer.surveys import invitations, store
from mailer.surveys.answers import answering
from mailer.surveys.field.tables import proposals
from mailer.surveys.states import Invitation
from mailer.surveys.tables import invitations as ledger
from mailer.verbs import consequences
from mailer.verbs.read import read_mail
from mailer.verbs.surveys import replies
from tests.feedback import sent
from tests.feedback.sent import come, delivery_of
from tests.homes import address_of, make_home, opened
from tests.surveys.arranged import ANONYMOUS, NOON, QUESTIONNAIRE, open_survey

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
SIGNED_ALONE = replace(
    QUESTIONNAIRE,
    key="utan-svarsurna",
    sections=tuple(s for s in QUESTIONNAIRE.sections if s != ANONYMOUS),
    crosstabs=(),
)
BO = "Bo Larsson"


@pytest.fixture
def house(tmp_path: Path, database_url: str):
    home = make_home(
        tmp_path / "hem", 2525, database_url, **{'# checked_by = ""': 'checked_by = "mx.vallentuna.example"'}
    )
    settings = (home / "settings.toml").read_text("utf-8")
    (home / "settings.toml").write_text(settings[: settings.index("[[people]]")] + PEOPLE, "utf-8")
    with opened(home) as found:
        house = replace(found, clock=Clock(NOON, 0))
        sent.people(house.db, house.keys, 4)
        yield house


def arrange(house: House, questionnaire=SIGNED_ALONE) -> int:
    """The survey, open, its invitation sent to all four."""
    survey = house.db.write(lambda c: open_survey(c, house.keys, [1, 2, 3, 4], questionnaire))
    mailing = sent.mailing(house.db, now=NOON)
    of = update(mailings).where(mailings.c.id == mailing).values(kind="survey", survey_id=survey)
    house.db.write(lambda c: c.execute(of))
    sent.send(house.db, now=NOON)
    return survey


def mail(house: House, text: str, contact: int = 1, sender: str = "", tag: str = "", more: str = "") -> None:
    """A reply lies in the mailbox, and is taken."""
    tag = tag or codes.return_tag(house.keys, delivery_of(house.db, contact))
    local, _, domain = house.settings.sender.return_address.partition("@")
    raw = (
        f"{more}Delivered-To: {local}+{tag}@{domain}\nFrom: {sender or address_of(contact)}\nTo: {local}+{tag}@{domain}\n"
        f"Subject: Sv: Medlemsenkät\nIn-Reply-To: <m@{domain}>\n"
        f'Content-Type: text/plain; charset="utf-8"\n\n{text}\n'
    ).encode()
    come(house.db, house.keys, read_mail(house, raw), sent.letter(raw), now=house.clock.now())
    consequences.keep(house)


def waiting(house: House) -> list:
    p = proposals.c
    query = select(p.id, p.answers, p.is_held, p.why, p.is_accepted).where(p.decided_at.is_(None)).order_by(p.id)
    return house.db.read(lambda c: c.execute(query).all())


def state(house: House, contact: int = 1) -> str:
    query = select(ledger.c.state).where(ledger.c.contact_id == contact)
    return house.db.read(lambda c: c.execute(query).scalar_one())


def notices_of(house: House, subject: str) -> list[str]:
    m, r = mailings.c, renderings.c
    query = select(r.text).join(mailings, m.id == r.mailing_id).where(m.kind == "notice", m.title.contains(subject))
    return list(house.db.read(lambda c: c.execute(query).scalars()))


def test_makes_a_proposal_that_counts_when_a_person_says_so(house: House) -> None:
    arrange(house)
    mail(house, "Ja, gärna!")
    (one,) = waiting(house)
    assert (one.answers, one.is_held, state(house)) == ({"aktiv": ["ja"]}, False, Invitation.INVITED)
    (told,) = notices_of(house, "kommit med e-post")
    assert "mailer" in told
    assert "Åsa1" not in told
    shown = "\n".join(replies.listed(house, ""))
    assert "Förslag: Vill du bli aktiv? Ja" in shown
    assert "| Ja, gärna!" in shown
    assert "Åsa1 Öberg, nr 000001" in shown
    said = replies.accept(house, "", one.id, BO)
    assert "räknas" in said[0]
    row = house.db.read(lambda c: c.execute(select(ledger).where(ledger.c.contact_id == 1)).one())
    assert (row.state, row.through) == (Invitation.ANSWERED, "mail")
    assert house.db.read(lambda c: answering.drafts(c, row.id, Part.SIGNED)) == {"aktiv": ("ja",)}
    assert not waiting(house)
    assert len(notices_of(house, "Ditt svar på enkäten")) == 1
    assert house.db.read(lambda c: c.execute(select(func.count()).select_from(accesses)).scalar_one()) == 2


def test_does_not_count_what_a_person_refuses(house: House) -> None:
    arrange(house)
    mail(house, "Nej")
    (one,) = waiting(house)
    replies.refuse(house, "utan-svarsurna", one.id, BO)
    assert (waiting(house), state(house)) == ([], Invitation.INVITED)
    with pytest.raises(EditorError, match="väntar inte på någon"):
        replies.accept(house, "", one.id, BO)


def test_keeps_an_answer_by_mail_as_begun_when_an_anonymous_part_is_left(house: House) -> None:
    arrange(house, QUESTIONNAIRE)
    mail(house, "Kanske")
    (one,) = waiting(house)
    said = replies.accept(house, "", one.id, BO)
    assert "påbörjat" in said[0]
    assert state(house) == Invitation.BEGUN
    (told,) = notices_of(house, "Ditt svar på enkäten")
    assert "Några frågor återstår" in " ".join(told.split())


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ({"sender": "nagon@annan.example"}, "annan adress"),
        ({"sender": address_of(2)}, "annan adress"),  # another member's name on it, with her mark
        ({"more": "Authentication-Results: mx.vallentuna.example; dmarc=fail (p=none) header.from=x\n"}, "DMARC"),
    ],
)
def test_holds_an_answer_that_may_not_be_hers(house: House, forged: dict[str, str], why: str) -> None:
    arrange(house)
    mail(house, "Ja", **forged)
    (one,) = waiting(house)
    assert one.is_held
    assert why in one.why
    assert state(house) == Invitation.INVITED
    assert f"Se upp: {one.why}" in "\n".join(replies.listed(house, ""))


@pytest.mark.parametrize(
    "more",
    [
        "Authentication-Results: mx.vallentuna.example; dmarc=pass header.from=x\n",
        "Authentication-Results: mx.annan.example; dmarc=fail header.from=x\n",  # not our own server
        "Authentication-Results: mx.vallentuna.example; dmarc=pass\nAuthentication-Results: mx.vallentuna.example; "
        "dmarc=fail\n",  # ours stands above what it was given
        "",
    ],
)
def test_believes_nobody_but_its_own_server_about_a_sender(house: House, more: str) -> None:
    arrange(house)
    mail(house, "Ja", more=more)
    assert not waiting(house)[0].is_held


@pytest.mark.parametrize("tag", ["abcdefghij234567abcdefghij", "x"])
def test_takes_no_answer_without_a_mark_that_it_made(house: House, tag: str) -> None:
    arrange(house)
    mail(house, "Ja", tag=tag)
    assert (waiting(house), state(house)) == ([], Invitation.INVITED)


def test_takes_no_answer_from_an_answering_machine(house: House) -> None:
    arrange(house)
    mail(house, "Ja", more="Auto-Submitted: auto-replied\n")
    assert not waiting(house)


def test_hands_over_a_reply_without_an_answer_as_before(house: House) -> None:
    arrange(house)
    mail(house, "Hej! När är nästa möte?")
    assert not waiting(house)
    assert [r.handed_at is not None for r in rows(house)] == [True]
    (told,) = [t for t in every_notice(house) if "När är nästa möte?" in t]
    assert "Åsa1" in told


def test_hands_over_no_answer_that_waits_for_a_person(house: House) -> None:
    arrange(house)
    mail(house, "Ja")
    assert not [t for t in every_notice(house) if "Åsa1" in t]


def test_throws_away_an_anonymous_answer_unread_and_says_so(house: House) -> None:
    arrange(house, QUESTIONNAIRE)
    mail(house, "viktigast: Skolan")
    assert not waiting(house)
    assert "Skolan" not in "".join(r.text or "" for r in rows(house))
    assert not [t for t in every_notice(house) if "Skolan" in t]
    (told,) = notices_of(house, "Ditt svar på enkäten")
    assert "anonym" in told
    mail(house, "viktigast: Bussen")
    assert len(notices_of(house, "Ditt svar på enkäten")) == 1  # once


def test_hands_over_what_is_left_of_a_reply_without_its_anonymous_lines(house: House) -> None:
    arrange(house, QUESTIONNAIRE)
    mail(house, "viktigast: Skolan\nKan någon ringa mig på torsdag?")
    (told,) = [t for t in every_notice(house) if "ringa mig" in t]
    assert "Skolan" not in told


def test_takes_the_newest_of_two_answers(house: House) -> None:
    arrange(house)
    mail(house, "Ja")
    mail(house, "aktiv: nej")
    first, second = waiting(house)
    replies.accept(house, "", second.id, BO)
    assert not waiting(house)
    number = house.db.read(lambda c: c.execute(select(ledger.c.id).where(ledger.c.contact_id == 1)).scalar_one())
    assert house.db.read(lambda c: answering.drafts(c, number, Part.SIGNED)) == {"aktiv": ("nej",)}
    with pytest.raises(EditorError):
        replies.accept(house, "", first.id, BO)


def test_notes_that_an_answer_replaces_one(house: House) -> None:
    arrange(house)
    mail(house, "Ja")
    replies.accept(house, "", waiting(house)[0].id, BO)
    mail(house, "aktiv: kanske")
    (one,) = waiting(house)
    assert "ersätter" in one.why
    replies.accept(house, "", one.id, BO)
    assert state(house) == Invitation.ANSWERED


def test_counts_no_answer_after_the_closing(house: House) -> None:
    arrange(house)
    late = replace(house, clock=Clock(NOON + timedelta(days=200), 0))
    mail(late, "Ja")
    (one,) = waiting(late)
    assert "tar inte emot" in one.why
    with pytest.raises(EditorError, match="tar inte emot svar"):
        replies.accept(late, "", one.id, BO)
    assert state(house) == Invitation.INVITED


def test_lets_only_those_with_the_register_decide(house: House) -> None:
    arrange(house)
    mail(house, "Ja")
    with pytest.raises(EditorError, match="är inte administratör"):
        replies.accept(house, "", waiting(house)[0].id, "Eva Redaktör")


def test_proposes_the_same_mail_once(house: House) -> None:
    survey = arrange(house)
    mail(house, "Ja")
    house.db.write(lambda c: c.execute(update(received).values(handed_at=None)))
    assert replies.propose(house) == 0
    assert len(waiting(house)) == 1
    assert house.db.read(lambda c: store.read(c, survey)).key == "utan-svarsurna"
    assert house.db.read(lambda c: invitations.read(c, 1)) is not None


def rows(house: House) -> list:
    return house.db.read(lambda c: c.execute(select(received).where(received.c.kind == Kind.reply)).all())


def every_notice(house: House) -> list[str]:
    m, r = mailings.c, renderings.c
    query = select(r.text).join(mailings, m.id == r.mailing_id).where(m.kind == "notice")
    return list(house.db.read(lambda c: c.execute(query).scalars()))
