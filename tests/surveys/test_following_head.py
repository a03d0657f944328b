"""Who is followed up stands in the survey's head; what cannot be is said with its line."""

import pytest

from mailer.content.questionnaires.model import Following, Wish
from mailer.content.questionnaires.parse import parse_questionnaire
from mailer.content.questionnaires.place import path_of
from mailer.surveys.frozen import from_json, to_json
from mailer.surveys.plan import approved_words
from mailer.verbs.surveys import reading
from tests.surveys.followed import FOLLOWED
from tests.surveys.running import OPENLY, a_home

SURVEY = """---
rubrik: Enkät
öppnar: 2024-03-05
stänger: 2024-04-30
avstämningsdag: 2024-02-20
läser svaren: Anna Redaktör
minuter: 4
ansvarig: {responsible}
{head}
---

# Om dig
svar: med namn

## Vill du bli aktiv?
nyckel: aktiv
typ: en
obligatorisk: ja

- Ja
- Kanske
- Nej

## Hur många timmar?
nyckel: timmar
typ: tal 0–40

# Vad tycker du?
svar: anonyma

## Viktigast?
nyckel: viktigast
typ: en
obligatorisk: ja

- Skolan
- Bussen

# Kontakta mig
svar: kontakt

## När får vi ringa?
nyckel: ring
typ: text (högst 200)
"""
LINE = 9  # of the first line of `head`


def written(*head, responsible="Bo Godkännare"):
    return SURVEY.format(head="\n".join(head), responsible=responsible).encode()


def parsed(*head, **more):
    return parse_questionnaire("enkater/enkat.md", written(*head, **more))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ((), None),
        (("följs upp om: aktiv = Ja, Kanske",), Following((Wish("aktiv", ("ja", "kanske")),), "Bo Godkännare")),
        (
            ("följs upp om: aktiv = ”Ja”; ring", "följs upp av: Anna Redaktör"),
            Following((Wish("aktiv", ("ja",)), Wish("ring")), "Anna Redaktör"),
        ),
        (("followed up if: aktiv = Nej",), Following((Wish("aktiv", ("nej",)),), "Bo Godkännare")),
    ],
)
def test_reads_who_is_followed_up_and_by_whom(head, expected):
    made, problems = parsed(*head)
    assert made is not None, problems
    assert made.following == expected
    assert from_json(type(made), to_json(made)) == made  # as it is approved, so it is kept


@pytest.mark.parametrize(
    ("head", "what", "remedy"),
    [
        ("följs upp om: aktivv = Ja", "ingen fråga har nyckeln ”aktivv”", "Menade du ”aktiv”?"),
        ("följs upp om: aktiv = Jaa", "”Jaa” är inget val i ”aktiv”", "Menade du ”Ja”?"),
        ("följs upp om: aktiv", "alla som svarar på ”aktiv” skulle följas upp", "aktiv = Ja"),
        ("följs upp om: viktigast = Skolan", "är en anonym fråga och kan inte följas upp", "med namn"),
        ("följs upp om: timmar = 4", "frågan ”timmar” har inga val", "typ: en"),
        ("följs upp om: ;", "ska ha mellan en och 5 frågor", "aktiv = Ja"),
        ("följs upp av: Anna Redaktör", "säger vem, men inte vad", "följs upp om"),
    ],
)
def test_says_what_cannot_be_followed_up(head, what, remedy):
    made, problems = parsed(head)
    assert made is None
    assert [(p.line, what in p.what, remedy in p.remedy) for p in problems] == [(LINE, True, True)]


@pytest.mark.parametrize(
    ("head", "responsible", "wrong"),
    [
        (("följs upp om: aktiv = Ja", "följs upp av: anna  redaktör"), "Bo", []),
        (("följs upp om: aktiv = Ja",), "Styrelsen", []),  # words for readers; then it is the administrators'
        (("följs upp om: aktiv = Ja", "följs upp av: Anna Redaktor"), "Bo", [(LINE + 1, "Menade du ”Anna Redaktör”?")]),
    ],
)
def test_wants_one_of_the_people_in_the_settings(tmp_path, head, responsible, wrong):
    with a_home(tmp_path, 1, 1) as house:
        file = house.content / path_of("enkat")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written(*head, responsible=responsible))
        looked = reading.look(house, "enkat", settle_s=0)
        assert [(p.line, p.remedy) for p in looked.errors] == wrong


def test_leaves_the_hash_of_what_was_approved_before_there_was_such_a_thing():
    assert "following" not in str(approved_words._without_places(to_json(OPENLY)))
    assert "following" in str(approved_words._without_places(to_json(FOLLOWED)))
