"""What of a reply by mail answers a survey (I8)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer import codes
from mailer.address import parse_address
from mailer.content.questionnaires.model import Part
from mailer.feedback.meaning import Kind
from mailer.feedback.reading import read
from mailer.keys import Keys
from mailer.surveys.answers.reply import CUT, understand
from tests.surveys.arranged import QUESTIONNAIRE
from tests.surveys.reply_corpus import ASKED, QUOTES, REPLIES, Reply

RETURN = parse_address("studs@forening.example")
SECRETS = ("Skolan", "Klimatet", "Bussen", "bedrövlig")
BAR = 34  # of 41: I8


def mail(keys: Keys, reply: Reply) -> bytes:
    """The whole mail, as it comes to the return address of delivery 7."""
    to = f"studs+{codes.return_tag(keys, 7)}@forening.example"
    head = (
        f"Delivered-To: {to}\nFrom: =?utf-8?q?=C3=85sa?= <m1@post.example>\nTo: {to}\nSubject: {reply.subject}\n"
        f"Message-ID: <1@post.example>\nIn-Reply-To: <m7@forening.example>\nMIME-Version: 1.0\n{reply.head}\n\n"
    )
    return head.encode() + reply.body


@pytest.mark.parametrize("reply", REPLIES, ids=lambda r: r.name)
def test_reads_of_a_reply_what_answers_and_nothing_of_what_is_quoted(keys: Keys, reply: Reply) -> None:
    reading = read(mail(keys, reply), keys, RETURN)
    assert (reading.kind, reading.delivery) == (Kind.reply, 7)
    found = understand(QUESTIONNAIRE, reading.text)
    assert dict(found.answers) == reply.answers
    assert found.is_anonymous == reply.is_anonymous
    if reply.is_anonymous:
        assert CUT in found.text
        assert not any(word in found.text for word in SECRETS)


def test_has_replies_enough_to_tell():
    assert len([r for r in REPLIES if r.answers]) >= 34
    assert len(REPLIES) >= 41


@pytest.mark.parametrize("own", ["", "Hej!", "Tack för mejlet!\n\nMvh Åsa"])
@pytest.mark.parametrize("quote", QUOTES, ids=range(len(QUOTES)))
def test_takes_no_answer_from_a_quote_however_it_is_made(keys: Keys, quote: str, own: str) -> None:
    found = understand(QUESTIONNAIRE, read(mail(keys, Reply("", (own + quote).encode())), keys, RETURN).text)
    assert not found.answers


def test_takes_no_answer_from_a_mail_that_is_quoted_without_any_mark():
    found = understand(QUESTIONNAIRE, f"Kanske\n\n{ASKED}")
    assert dict(found.answers) == {"aktiv": ("kanske",)}
    assert not understand(QUESTIONNAIRE, f"Ring mig hellre.\n\n{ASKED}").answers


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Ja", {"aktiv": ("ja",)}),
        ("Torget", {"hur": ("torget",)}),  # only one question has it
        ("Hej!\nTorget och styrelsen", {"hur": ("torget", "styrelsen")}),
        ("ring: på kvällen", {}),  # the page after all else: with her name, but not asked yet
        ("dag: 1 april", {}),
        ("Tack för mejlet!\n\nNej", {"aktiv": ("nej",)}),
        ("Vi ses på torget!\nJa", {}),  # something else was said first
        ("", {}),
    ],
)
def test_never_guesses(text: str, answers: dict[str, tuple[str, ...]]) -> None:
    assert dict(understand(QUESTIONNAIRE, text).answers) == answers


@pytest.mark.parametrize("text", ["1. " * 2_600, "aktiv: " * 1_100, "[x] " * 2_000, "? " * 4_000, "ja, " * 2_000])
def test_reads_a_reply_made_to_wear_it_out(text: str) -> None:
    assert not understand(QUESTIONNAIRE, text).answers


@given(st.text(max_size=200) | st.lists(st.sampled_from(
    ["aktiv", ":", "ja", "nej", "1.", "2)", "hur?", "\n", " ", "viktigast", "Skolan", "[x]", "torget", ",", "annat:", "=", "-"]
), max_size=14).map("".join))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_reads_any_reply_and_answers_only_signed_questions(text: str) -> None:
    found = understand(QUESTIONNAIRE, text)
    parts = {q.key: s.part for s in QUESTIONNAIRE.sections for q in s.questions}
    options = {q.key: {*(o.key for o in q.options), "annat"} for q in QUESTIONNAIRE.questions}
    for key, words in found.answers.items():
        assert parts[key.removesuffix(".annat")] is Part.SIGNED
        if not key.endswith(".annat"):
            assert set(words) <= options[key]
