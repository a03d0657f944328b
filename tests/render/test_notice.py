"""Notices: what the house says by itself."""

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from markupsafe import Markup

from mailer.errors import AdminError, BrokenPromise
from mailer.example_home import example_home
from mailer.languages import LANGUAGES, Language
from mailer.render.issue import render_issue
from mailer.render.notice import render_notice
from mailer.render.templates import Templates
from mailer.slots import MARKER
from tests.render.vallentuna import SETTINGS, may, templates

PERSON = SETTINGS.people[0]
ASKS: dict[str, Any] = {
    "title": "V Aktuellt maj 2024",
    "subject_line": "V Aktuellt maj 2024",
    "head_count": ["Går till 3 av 4.", "  1 har tackat nej"],
    "imports": ["listan medlemmar lästes in för 2 dagar sedan"],
    "send_at": "fredag 10 maj kl. 9.00",
    "why": "",
    "silent": "Bo",
    "command": "mailer approve 2024-05 --as",
    "editions": [("medlemmar", "331 personer"), ("övriga", "25 personer")],
    "stops": ["content/2024-05/a.md, rad 3: bilden saknar beskrivning.\n    Skriv alt:"],
    "warnings": ["content/2024-05/b.md: evenemanget har ingen plats.\n    Skriv plats:"],
    "left_out": ["2024-05/c.md: kom efter manusstopp"],
    "link": Markup("https://utskick.vallentuna.example/svara/abc"),
}
COLUMNS: dict[str, Any] = {
    "title": "V Aktuellt juni 2024",
    "columns": [("Kommunstyrelsen", "content/2024-06/51-ks.md"), ("Socialnämnden", "content/2024-06/52-sn.md")],
    "is_hers": False,
    "deadline": "söndagen den 2 juni, på kvällen",
    "ahead": "i morgon kväll",
    "editor": "Anna Redaktör, anna@vallentuna.example",
}
FOLLOWS: dict[str, Any] = {
    "title": "Medlemsenkät 2024",
    "number": "3 medlemmar",
    "due": "tisdag 19 mars",
    "day": "måndag 30 december 2024",
    "kind": "soon",
    "owner": "Kim_b_",
    "heir": "Bo Godkännare",
    "giver": "Bo Godkännare",
    "command": 'mailer survey follow medlemsenkat --as "Anna Redaktör"',
    "status_command": "mailer survey status medlemsenkat",
}
NOTICES: dict[str, dict[str, Any]] = {
    "approve": ASKS,
    "second_approver": ASKS,
    "alarm": {
        "kind": "send",
        "title": "V Aktuellt",
        "exists": True,
        "last_day": "fredag 31 maj",
        "command": "mailer x",
    },
    "nothing": {
        "title": "V Aktuellt",
        "problems": ["content/a.md, rad 4: fel.\n    Rätta."],
        "command": "mailer check",
    },
    "trouble": {"title": "V Aktuellt", "problems": ["lists: listan saknas.\n    Rätta."], "command": "mailer check"},
    "changed": {"title": "V Aktuellt", "files": ["2024-05/a_b_c.md"], "command": "mailer x", "send_at": ""},
    "begun": {
        "title": "V Aktuellt",
        "people": "331 personer",
        "done_at": "omkring kl. 10.40 (i dag)",
        "waits": "De 200 första skickas.",
        "command": "mailer report 2024-05",
        "pause": "mailer pause 2024-05",
    },
    "paused": {
        "title": "V Aktuellt",
        "why": "servern svarar inte",
        "sentence": "Av 3 skickades V Aktuellt till 1; 2 är kvar att skicka.",
        "balance": ["mottaget   1"],
        "command": "mailer resume 2024-05",
    },
    "relay_away": {
        "title": "Vänsterpartiet Vallentuna",
        "relay": "reserven",
        "since": "kl. 14.05",
        "until": "kl. 16.10",
        "why": "inloggningen: 535 5.7.8 nej",
        "others": "127.0.0.1:2525",
        "command": "mailer owed",
    },
    "sent": {
        "title": "V Aktuellt",
        "sentence": "3 av 3.",
        "balance": ["mottaget   3"],
        "unknown_mails": "I brevlådan ligger 2 mejl i mappen ”okända”.",
        "command": "mailer report",
        "paper": "2 personer",
        "paper_command": "mailer print 2024-05",
        "call_command": "mailer report 2024-05 --call",
    },
    "late": {
        "title": "V Aktuellt maj 2024",
        "blocks": ["Torget (content/2024-05/02-torget.md, Bo)"],
        "stays": True,
        "link": Markup(""),
        "command": "mailer assemble 2024-05",
    },
    "returned": {
        "title": "V Aktuellt maj 2024",
        "approver": "Bo Godkännare",
        "remark": ["Fel dag.", "Och fel plats."],
        "command": "mailer assemble 2024-05",
    },
    "survey_work": {
        "title": "Medlemsenkät 2024",
        "step": "Brev",
        "channel": "letter",
        "number": "12 personer",
        "day": "tisdag 19 mars",
        "command": "mailer survey status medlemsenkat",
        "goal_link": Markup("https://utskick.vallentuna.example/malet/abc"),
        "print_command": "mailer letters print medlemsenkat brev --as",
        "pull_command": "mailer letters pull medlemsenkat",
        "posted_command": "mailer letters posted medlemsenkat brev --as",
    },
    "goal_link": {
        "title": "Medlemsenkät 2024",
        "link": Markup("https://utskick.vallentuna.example/malet/abc"),
    },
    "survey_missed": {
        "title": "Medlemsenkät 2024",
        "step": "Påminnelsen",
        "channel": "email",
        "number": "12 personer",
        "day": "tisdag 12 mars",
        "command": "mailer survey status medlemsenkat",
        "goal_link": Markup("https://utskick.vallentuna.example/malet/abc"),
        "print_command": "",
        "pull_command": "",
        "posted_command": "",
    },
    "survey_block": {
        "title": "Medlemsenkät 2024",
        "month": "februari 2024",
        "path": "content/2024-02/41-enkat-notis.md",
    },
    **dict.fromkeys(
        ("follow_new", "follow_due", "follow_forgotten", "follow_fallen", "follow_handed", "follow_erase"), FOLLOWS
    ),
    "survey_erase": FOLLOWS | {"what": ["Bort går svar."], "is_counted": False, "close_command": "mailer survey close"},
    "column": COLUMNS,
    "nudge": COLUMNS,
    "receipt": {
        "heading": "Med i maj",
        "block_title": "Torget",
        "sentences": ["Ditt inslag är med i maj, plats 3 av 8, till 340 personer."],
        "stops": ["content/2024-05/a.md, rad 3: bilden saknar beskrivning.\n    Skriv alt:"],
        "warnings": ["content/2024-05/a.md, rad 7: länken heter ”här”.\n    Skriv vart den leder."],
        "file": "content/2024-05/a.md",
        "is_hers": False,
    },
    "mistake": {
        "problems": ["content/2024-05/a.md, rad 4: fel.\n    Rätta."],
        "more": 2,
        "file": "a.md",
        "is_hers": False,
        "command": "mailer check",
    },
    "stopped": {
        "title": "V Aktuellt juni 2024",
        "awaited": "manusstopp för V Aktuellt juni 2024 är söndagen den 2 juni, på kvällen",
        "is_empty": False,
        "days": 7,
        "newest": "content/2024-05/a.md",
        "newest_at": "fredag 10 maj 2024",
        "folder": "/srv/v-aktuellt/content",
    },
    "blocked": {
        "title": "Vänsterpartiet Vallentuna",
        "kind": "blocked",
        "why": "vår e-postserver står på en spärrlista",
        "shown": "554 5.7.1 Service unavailable; client host blocked",
        "command": "mailer report",
    },
    "unreachable": {"title": "Vänsterpartiet Vallentuna", "whose": "Bo Godkännare", "shown": "550 5.1.1 No such user"},
    "waits": {
        "title": "V Aktuellt maj 2024",
        "first": 200,
        "read": "mailer mailbox",
        "resume": "mailer resume 2024-05",
    },
    "let_go": {
        "title": "V Aktuellt maj 2024",
        "first": 200,
        "read": "mailer mailbox",
        "pause": "mailer pause 2024-05",
    },
    "reply": {
        "title": "V Aktuellt maj 2024",
        "whose": "Åsa Öberg",
        "number": "00123",
        "address": "asa@hem.example",
        "is_another": True,
        "link": Markup("mailto:asa@hem.example?subject=Sv%3A%20V%20Aktuellt"),
        "lines": ["Hej!", "Jag kommer på **mötet**."],
        "leave": "mailer leave 00123 --list medlemmar",
        "at": "fredag 10 maj kl. 9.00",
    },
    "request": {
        "kind": "rätta en uppgift",
        "how": "",
        "number": 4,
        "due": "10 juni 2024",
        "reminds": False,
        "command": "mailer requests",
        "done": "mailer requests --done 4 --as",
    },
    "survey_replies": {"title": "Medlemsenkät 2024", "number": 2, "command": "mailer survey replies medlemsenkat-2024"},
}
LINK = Markup("https://utskick.vallentuna.example/oppna/abc")
# To members, in their language: no name of the staff, and why it came at the foot.
TO_MEMBERS: dict[str, dict[str, Any]] = {
    "reach": {"association": SETTINGS.association.name, "first_name": "Åsa"},
    "fresh_link": {"association": SETTINGS.association.name, "people": [("Åsa", LINK), ("Bo_b_", LINK)]},
    "join": {
        "association": SETTINGS.association.name,
        "names": ["Sympatisörer"],
        "link": LINK,
        "responsible": SETTINGS.responsible,
    },
    "join_already": {"association": SETTINGS.association.name, "names": ["Sympatisörer"], "link": LINK},
    "address_changed": {"association": SETTINGS.association.name, "contact": "styrelsen@vallentuna.example"},
    "new_address": {"association": SETTINGS.association.name, "link": LINK},
    "survey_reply": {
        "title": "Medlemsenkät 2024",
        "first_name": "Åsa",
        "is_saved": True,
        "is_whole": False,
        "is_anonymous": False,
        "link": LINK,
    },
}
# To one who calls or types for an evening, and may be named nowhere in the settings.
TO_HELPERS: dict[str, dict[str, Any]] = {
    "field_pass": {"caller": "Kim_b_", "title": "Medlemsenkät 2024", "link": LINK, "calls": True, "until": "21.00"},
}
# About one file: its name is the subject, the sender's is that of the series, and a receipt comes to the point. About
# what has come back: the subject is the association's.
ABOUT_OTHER_THINGS = ("receipt", "mistake", "blocked", "unreachable", "request", "survey_replies", "survey_work", "survey_missed",
                           "survey_block", "survey_erase", "goal_link", "relay_away", *(name for name in NOTICES if name.startswith("follow_")))  # fmt: skip


@pytest.mark.parametrize("name", NOTICES)
def test_has_a_notice_for_each_thing_it_says(name: str) -> None:
    made = render_notice(templates(), name, SETTINGS, person=PERSON, **NOTICES[name])
    for part in (made.text, BeautifulSoup(made.html, "lxml").text):
        assert "Hej Anna Redaktör!" in part or name == "receipt"
        assert "qz" not in part
        assert not MARKER.search(part)
    assert "V Aktuellt" in made.subject or name in ABOUT_OTHER_THINGS
    assert "\n" not in made.subject
    assert all(len(line) <= 72 for line in made.text.split("\n") if not line.startswith("    "))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TO_MEMBERS)
def test_speaks_to_members_in_their_language_and_says_why(name: str, language: Language) -> None:
    foot = "Därför kom det."
    made = render_notice(templates(), name, SETTINGS, language, foot, **TO_MEMBERS[name])
    text = " ".join(made.text.split())
    assert ("Hej" in text, f'lang="{language}"' in made.html) == (language == "sv", True)
    assert foot in text
    assert "inställningar" not in text
    assert "qz" not in made.text + made.html
    assert ("https://utskick" in made.text) == (name not in ("reach", "address_changed"))


@pytest.mark.parametrize("calls", [True, False])
def test_gives_helpers_their_link_in_words_of_their_work(calls: bool) -> None:
    made = render_notice(templates(), "field_pass", SETTINGS, foot="-", **TO_HELPERS["field_pass"] | {"calls": calls})
    text = " ".join(made.text.split())
    assert "Hej Kim_b_!" in text
    assert str(LINK) in text
    assert ("ringer medlemmar" in text, "på papper" in text) == (calls, not calls)
    assert "21.00" in text


def test_has_a_template_for_exactly_these() -> None:
    found = {p.name.removesuffix(".md.j2") for p in (example_home() / "templates" / "notices").iterdir()}
    assert found == NOTICES.keys() | TO_MEMBERS.keys() | TO_HELPERS.keys()


@pytest.mark.parametrize("kind", ["send", "last_call", "missed"])
@pytest.mark.parametrize("exists", [True, False])
def test_alarms_in_words_that_fit_the_hour(kind: str, exists: bool) -> None:
    values = NOTICES["alarm"] | {"kind": kind, "exists": exists}
    made = render_notice(templates(), "alarm", SETTINGS, person=PERSON, **values)
    assert ("mailer x" in made.text) == (kind != "missed")
    assert ("fredag 31 maj" in " ".join(made.text.split())) == (kind != "missed")


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "**fet** [x](javascript:a)",
        "a_b_c `d`",
        "{{ 7*7 }}",
        "qz0zq",
        "# a",
    ],
)
def test_shows_what_others_wrote_as_the_words_they_are(words: str) -> None:
    values = {"title": words, "why": words, "command": words, "sentence": "", "balance": []}
    made = render_notice(templates(), "paused", SETTINGS, person=PERSON, **values)
    document = BeautifulSoup(made.html, "lxml")
    assert made.text.count(words) == 3
    assert document.text.count(words) == 5  # the title, the heading, and three in the text
    assert document.find_all(["script", "em"]) == []
    assert document.find_all("a") == []


def test_shows_approvers_the_whole_mail_as_a_reader_gets_it() -> None:
    rendering = render_issue(may(), templates(), SETTINGS)
    made = render_notice(templates(), "approve", SETTINGS, person=PERSON, preview=rendering, **ASKS)
    for part in (made.text, BeautifulSoup(made.html, "lxml").text):
        for words in (
            "Läs, godkänn, skicka tillbaka eller pausa på sidan",
            'mailer approve 2024-05 --as "Anna Redaktör"',
            "Hej Kim!",
            "skolmaten blev kvar",
        ):
            assert words in part
        assert not MARKER.search(part)
    assert "exempelkod" in made.text
    assert BeautifulSoup(made.html, "lxml").find_all("h1")[0].text.startswith("V Aktuellt")


def test_survives_what_a_server_may_reply() -> None:
    why = "550 \x00\x1b[31m nej \ue000leave_code\ue001\ue002 \ufffe"
    values = {"title": "A", "why": why, "command": "x", "sentence": "", "balance": []}
    made = render_notice(templates(), "paused", SETTINGS, person=PERSON, **values)
    assert "550 ��[31m nej �leave_code�� �" in " ".join(made.text.split())
    assert not MARKER.search(made.html)


def test_refuses_a_notice_without_its_values_or_its_subject(tmp_path: Path) -> None:
    with pytest.raises(BrokenPromise, match="title"):
        render_notice(templates(), "paused", SETTINGS, person=PERSON)
    with pytest.raises(AdminError, match="mallen finns inte"):
        render_notice(templates(), "finns-inte", SETTINGS, person=PERSON)
    (tmp_path / "notices").mkdir()
    (tmp_path / "notices" / "paused.md.j2").write_text("Hej\n", encoding="utf-8")
    with pytest.raises(AdminError, match="mallen saknar ämnesrad"):
        render_notice(Templates(tmp_path, example_home() / "templates"), "paused", SETTINGS, person=PERSON)


def test_makes_a_link_of_an_address_of_our_own_and_of_no_other() -> None:
    made = render_notice(templates(), "approve", SETTINGS, person=PERSON, **ASKS)
    hrefs = [a["href"] for a in BeautifulSoup(made.html, "lxml").select("a")]
    assert hrefs == ["https://utskick.vallentuna.example/svara/abc"]
    hostile = ASKS | {"title": "<https://elak.example>", "warnings": ["[klicka](https://elak.example)"]}
    made = render_notice(templates(), "approve", SETTINGS, person=PERSON, **hostile)
    assert "elak" not in " ".join(a["href"] for a in BeautifulSoup(made.html, "lxml").select("a"))
