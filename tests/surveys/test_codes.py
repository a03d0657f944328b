"""Codes that are typed from a letter: told apart, and guarded against slips."""

import random

import pytest

from mailer.surveys import codes, invitations
from tests.surveys.arranged import open_survey, people

# What an eye or a hand takes one sign for; each group has at most one of them in a code.
ALIKE = ("0OoDQ", "1IilL|", "2Zz", "5Ss", "8B", "6Gb", "UVuv")


@pytest.fixture
def many(keys):
    return [codes.code(keys, 1, contact) for contact in range(1, 10_001)]


def test_makes_ten_thousand_codes_that_no_slip_makes_alike(many):
    fold = {sign: group[0] for group in ALIKE for sign in group}
    assert len({"".join(fold.get(sign, sign) for sign in word) for word in many}) == 10_000


@pytest.mark.parametrize("group", ALIKE)
def test_has_at_most_one_sign_of_those_that_look_alike(group):
    assert len(set(group.upper()) & set(codes.ALPHABET)) <= 1


def test_reads_a_code_however_it_is_typed(many):
    for word in many[:500]:
        for typed in (word, word.lower(), codes.shown(word), f" {codes.shown(word).lower()} ", " ".join(word)):
            assert codes.read_code(typed) == word


def test_catches_every_single_wrong_character_and_every_swap(many):
    draw = random.Random(1)
    for word in many:
        at = draw.randrange(codes.LENGTH)
        wrong = draw.choice([sign for sign in codes.ALPHABET if sign != word[at]])
        assert codes.read_code(word[:at] + wrong + word[at + 1 :]) is None
    for word in many[:1000]:
        for at in range(codes.LENGTH - 1):
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            assert swapped == word or codes.read_code(swapped) is None


@pytest.mark.parametrize("typed", ["", "ABC", "A" * 13, "ÅÄÖÅÄÖÅÄÖÅÄÖ", "\x00" * 12, "１２３４" * 3, "3" * 12 + "4"])
def test_reads_no_code_in_what_is_none(typed):
    assert codes.read_code(typed) is None


def test_opens_nobody_elses_form_by_a_token_with_one_letter_wrong(keys):
    token = codes.token(keys, 1, 7)
    assert codes.read_token(keys, token) == (1, 7)
    for at in range(len(token)):
        for letter in "abcdefghijklmnopqrstuvwxyz234567":
            wrong = token[:at] + letter + token[at + 1 :]
            assert wrong == token or codes.read_token(keys, wrong) is None


def test_finds_an_invitation_by_link_and_by_code(db, keys):
    def arrange(c):
        made = people(c, 5)
        return made, open_survey(c, keys, made)

    made, survey = db.write(arrange)
    for contact in made:
        by_link = db.read(lambda c, who=contact: invitations.by_token(c, keys, codes.token(keys, survey, who)))
        typed = codes.shown(codes.code(keys, survey, contact)).lower()
        by_code = db.read(lambda c, word=typed: invitations.by_code(c, keys, word))
        assert by_link == by_code
        assert by_code is not None
        assert by_code.contact == contact
