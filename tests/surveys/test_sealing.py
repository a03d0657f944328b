"""A sealed ballot tells nothing: not its length, not who alike it is, not to whoever has the wrong key."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.questionnaires.model import OTHER, OTHER_WORDS
from mailer.surveys.box import ballot, sealing
from mailer.surveys.box import store as box
from tests.surveys.arranged import ANONYMOUS, QUESTIONNAIRE

SIZE = ballot.size(QUESTIONNAIRE)
PRIVATE = sealing.make()
PUBLIC = sealing.public_of(PRIVATE)
# ”annat” beside the first question, so that all kinds of own words are there.
ONE, SCALE, TEXT = ANONYMOUS.questions
WIDE = dataclasses.replace(
    QUESTIONNAIRE,
    sections=(
        dataclasses.replace(ANONYMOUS, questions=(dataclasses.replace(ONE, has_other=True), SCALE, TEXT)),
    ),
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=()), min_size=1, max_size=500)


@given(st.sampled_from(["skolan", "klimatet", "bussen"]), st.integers(1, 5), TEXTS)
@settings(max_examples=60, deadline=None)
def test_makes_every_ballot_as_long_as_every_other(option, step, text):
    plain = ballot.to_bytes(QUESTIONNAIRE, {"viktigast": (option,), "nojd": (str(step),), "ord": (text,)}, SIZE)
    assert len(plain) == SIZE
    assert ballot.from_bytes(QUESTIONNAIRE, plain)["viktigast"] == (option,)
    assert len(sealing.seal(PUBLIC, "x", plain)) == SIZE + sealing.OVERHEAD


@given(TEXTS, TEXTS)
@settings(max_examples=30, deadline=None)
def test_has_room_for_whatever_fits_in_characters(text, other):
    answers = {"viktigast": (OTHER,), "viktigast" + OTHER_WORDS: (other[:200],), "ord": (text,)}
    assert box.too_long(WIDE, answers) == {}
    assert len(ballot.to_bytes(WIDE, answers, ballot.size(WIDE))) == ballot.size(WIDE)


def test_says_which_text_has_no_room():
    over = box.too_long(QUESTIONNAIRE, {"viktigast": ("skolan",), "ord": ("\U0001f600" * 501,)})
    assert set(over) == {"ord"}
    assert "4 byte" in over["ord"]


def test_seals_the_same_ballot_to_something_else_each_time():
    plain = b"x" * SIZE
    assert len({sealing.seal(PUBLIC, "x", plain) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("private", "survey", "change"),
    [
        (sealing.make(), "x", lambda s: s),
        (PRIVATE, "y", lambda s: s),
        (PRIVATE, "x", lambda s: s[:-1] + bytes([s[-1] ^ 1])),
        (PRIVATE, "x", lambda s: bytes([s[0] ^ 1]) + s[1:]),
        (PRIVATE, "x", lambda s: s[:10]),
        (PRIVATE, "x", lambda _: b""),
    ],
)
def test_opens_nothing_that_is_not_its_own(private, survey, change):
    sealed = sealing.seal(PUBLIC, "x", b"hemligt")
    assert sealing.unseal(PRIVATE, "x", sealed) == b"hemligt"
    with pytest.raises(sealing.Unopened):
        sealing.unseal(private, survey, change(sealed))


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_reads_no_ballot_in_noise(raw):
    with pytest.raises(ballot.Malformed):
        ballot.from_bytes(QUESTIONNAIRE, raw)


@pytest.mark.parametrize(
    "written",
    [
        '{"viktigast":["okänd"]}',
        '{"viktigast":["skolan","bussen"]}',
        '{"nojd":["6"]}',
        '{"nojd":[4]}',
        '{"ord":["a","b"]}',
        '{"ord":"a"}',
        '{"ord":["a\\u0000b"]}',
        '{"aktiv":["ja"]}',
        '{"viktigast.annat":["x"]}',
        '["viktigast"]',
        "[" * 100_000,
    ],
)
def test_reads_no_ballot_that_no_form_of_ours_writes(written):
    with pytest.raises(ballot.Malformed):
        ballot.from_bytes(QUESTIONNAIRE, written.encode())


@pytest.mark.parametrize("passphrase", ["", "hästen äter gräs"])
def test_reads_its_key_back_and_no_other_way(passphrase):
    text = "Rubrik\n" + sealing.to_text(PRIVATE, passphrase)
    assert sealing.is_locked(text) is bool(passphrase)
    assert sealing.public_of(sealing.from_text(text, passphrase)) == PUBLIC
    for wrong in ("fel", "" if passphrase else "x"):
        with pytest.raises(sealing.Unreadable):
            sealing.from_text(text, wrong)
