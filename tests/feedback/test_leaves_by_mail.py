"""Who wants to leave, who only answers, and what a forwarded mail's link can do: as people and providers write."""

import pytest

from mailer import codes
from mailer.feedback.meaning import Kind
from mailer.feedback.reading import read
from mailer.keys import Keys
from tests.feedback.mails import DELIVERY, OURS, RETURN, arf, mail, report, to

OURS_ID = f"<{'a' * 32}@v-aktuellt.example.se>"


@pytest.fixture
def keys(tmp_path):
    found = Keys(tmp_path / "keys")
    found.make_missing()
    return found


def written(keys, subject, body, **fields):
    head = {"From": "Åsa Öberg <asa@vallentuna.example>", "To": to(keys), "Subject": subject,
            "Return-Path": "<asa@vallentuna.example>"}  # fmt: skip
    return read(
        mail(head | {name.replace("_", "-"): value for name, value in fields.items()}, body), keys, RETURN, OURS
    )


ANSWERS = [
    "Nej tack.",
    "Nej tack\n\nMvh Anna",
    "Avböjer.",
    "Stopp!",
    "Stop",
    "Avanmäl mig tack",
    "Avanmälan",
    "Tacka nej",
    "Avregistrera mig",
    "Avboka",
    "Ta bort mig",
    "Avsluta",
    "Cancel",
    "Leave",
    "Sluta nu",
]
COMMANDS = [
    "Unsubscribe",
    "unsubscribe me please",
    "Avsluta prenumeration",
    "Avsluta prenumerationen, tack.\nMvh Åsa",
    "Avsluta utskicken, tack",
    "Sluta skicka",
    "Sluta skicka mejl",
    "Sluta skicka utskick till mig",
    "Hej!\nSluta skicka mig era nyhetsbrev",
    "Ta bort mig från listan",
    "Ta bort mig från utskicket",
    "Ta bort mig från er sändlista\n\nÅsa Öberg",
    "Avanmäl mig från nyhetsbrevet",
    "Inga fler mejl",
    "Remove me from your mailing list",
    "Stop sending me emails",
]


@pytest.mark.parametrize(
    "subject", ["Sv: Kallelse till årsmöte", "Re: Kallelse till årsmöte", "VS: Kallelse", "Kallelse"]
)
@pytest.mark.parametrize("body", ANSWERS)
def test_hands_an_answer_to_a_person_though_it_could_be_a_command(keys, subject, body):
    """”Nej tack” to a summons to a meeting is no wish to leave the list."""
    assert written(keys, subject, body, In_Reply_To=OURS_ID).kind is Kind.reply
    if ":" in subject:
        assert written(keys, subject, body).kind is Kind.reply


@pytest.mark.parametrize("body", COMMANDS)
def test_takes_an_unmistakable_command_about_mail_in_an_answer_too(keys, body):
    found = written(keys, "Sv: Kallelse till årsmöte", body, In_Reply_To=OURS_ID)
    assert (found.kind, found.delivery) == (Kind.leave, DELIVERY)


@pytest.mark.parametrize("body", ["Nej tack", "Stopp!", "Avregistrera mig", "Avanmäl mig tack"])
def test_takes_a_mail_that_answers_nothing_and_says_only_stop_for_a_wish(keys, body):
    assert written(keys, "", body).kind is Kind.leave


@pytest.mark.parametrize(
    "subject", ["Sv: Nej tack", "Re: Unsubscribe", "SV: Avsluta prenumerationen", "Sv: Sluta skicka"]
)
@pytest.mark.parametrize("body", ["", "Mvh Anna", "Tack!"])
def test_takes_no_command_out_of_the_title_of_the_mail_she_answers(keys, subject, body):
    assert written(keys, subject, body, In_Reply_To=OURS_ID).kind is Kind.reply
    assert written(keys, subject, body).kind is Kind.reply


def test_takes_the_command_that_she_has_put_in_the_place_of_the_subject(keys):
    assert written(keys, "Unsubscribe", "", In_Reply_To=OURS_ID).kind is Kind.leave
    assert written(keys, "Nej tack", "", In_Reply_To=OURS_ID).kind is Kind.reply


def test_takes_the_code_in_an_answer_whatever_stands_around_it(keys):
    subject = f"Sv: Sluta få V Aktuellt {codes.leave_code(keys, DELIVERY)}"
    assert written(keys, subject, "", In_Reply_To=OURS_ID).kind is Kind.leave


def _carrying(keys, original, kind="feedback-report"):
    record = "Feedback-Type: abuse\nVersion: 1" if kind == "feedback-report" else (
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; asa@vallentuna.example\nAction: failed\nStatus: 5.1.1")  # fmt: skip
    head = {"From": "MAILER-DAEMON@mx.example", "To": "redaktion@v-aktuellt.example.se", "Subject": "Undeliverable"}
    return read(report(head, "x", record, original, kind), keys, RETURN, OURS)


@pytest.mark.parametrize("kind", ["feedback-report", "delivery-status"])
def test_tells_the_return_tag_from_the_code_that_every_holder_of_the_mail_has(keys, kind):
    code = codes.leave_code(keys, DELIVERY)
    link = f"List-Unsubscribe: <https://v-aktuellt.example.se/sluta/{code}>\n"
    body = f"\nHej\nSluta få V Aktuellt: https://v-aktuellt.example.se/sluta/{code}"
    for original, by_code in ((link + body, True), (f"Return-Path: <{to(keys)}>\n{link}{body}", False), (body, True)):
        found = _carrying(keys, "Subject: V Aktuellt\n" + original, kind)
        assert found.delivery == DELIVERY
        if kind == "delivery-status":
            assert (found.kind, found.by_code) == (Kind.bounce, by_code)
        else:  # what the link could do, and no more
            assert (found.kind, found.leaves) == ((Kind.leave, "list") if by_code else (Kind.complaint, None))


def test_knows_a_complaint_by_the_envelope_it_names(keys):
    assert read(arf(keys), keys, RETURN, OURS).kind is Kind.complaint


PEOPLE = ["Kansliet E-postansvarig <kansliet@vallentuna.example>", '"Leif, postmaster" <leif@vallentuna.example>',
          "Leif <antispam@vallentuna.example>", "Mail Service AB <info@mailservice.example>"]  # fmt: skip


@pytest.mark.parametrize("sender", PEOPLE)
def test_knows_a_person_whose_name_sounds_like_a_servers(keys, sender):
    said = "Hej! Mitt förra mejl till er kunde inte levereras. Vilken adress gäller?"
    found = written(keys, "Sv: Kallelse", said, From=sender, In_Reply_To=OURS_ID)
    assert found.kind is Kind.reply


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example", "Leif <postmaster@mx.example>"])
def test_knows_a_server_by_its_address_though_it_answers(keys, sender):
    said = "Mejlet kunde inte levereras.\n550 5.1.1 User unknown"
    assert written(keys, "Sv: Kallelse", said, From=sender, In_Reply_To=OURS_ID).kind is Kind.bounce
