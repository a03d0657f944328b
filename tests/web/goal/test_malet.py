"""The goal's page: figures behind a personal link, names behind a button, and a link that ends with its owner's task."""

import re

import pytest

from mailer.codes import answer_code
from mailer.keys import Keys
from mailer.surveys import store
from mailer.surveys.goal import link
from mailer.verbs.surveys import stop
from mailer.web import guard
from tests.surveys.going import ANNA, BO, KEY, MEMBERS
from tests.surveys.running import at
from tests.web.goal.conftest import Shown, showing

SURNAME = "Öberg"  # of everybody in the register
EDITOR = 'roles = ["editor", "approver"]'


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "POSTS_A_MINUTE", 10**6)


@pytest.mark.parametrize("name", [BO, ANNA])
def test_shows_the_figures_and_no_name(one_shown: Shown, name: str) -> None:
    got = one_shown.get(name)
    assert got.status == 200
    for said in ("6 av 14 medlemmar", "Nådda", "Målet är 50", "Paminnelse", "13 kontaktade + 0"):
        assert said in got.text
    assert SURNAME not in got.text
    assert len(got.raw) < 60_000
    assert got.headers["cache-control"] == "no-store"
    assert "style=" not in got.text
    assert "<script" not in got.text


def test_writes_nothing_when_it_is_read(shown: Shown) -> None:
    path = shown.link()
    before = shown.site.hash()
    for method in ("GET", "HEAD"):
        for rest in ("", "/kvar"):
            assert shown.site.ask(method, path + rest).status == 200
    assert shown.site.hash() == before


def test_shows_names_when_somebody_presses_and_records_each(shown: Shown) -> None:
    assert SURNAME not in shown.get(rest="/kvar").text
    assert shown.looked() == []
    got = shown.names()
    assert (got.status, got.headers["cache-control"]) == (200, "no-store")
    assert f"Åsa{MEMBERS} {SURNAME}" in got.text
    assert "har varken e-post, postadress eller telefon" in got.text
    assert shown.looked() == [(BO, f"survey untouched {KEY}", MEMBERS)]
    assert shown.names(ANNA).status == 200
    assert shown.looked()[1:] == [(ANNA, f"survey untouched {KEY}", MEMBERS)]


def test_takes_no_other_button(one_shown: Shown) -> None:
    before = one_shown.looked()
    assert one_shown.site.post(f"{one_shown.link()}/kvar").status == 400
    assert one_shown.site.post(f"{one_shown.link()}/kvar", button="all").status == 400
    assert one_shown.site.ask("POST", f"{one_shown.link()}/kvar", b"button=names").status == 403
    assert one_shown.looked() == before


def change(shown: Shown, old: str, new: str) -> None:
    """In the settings, while the service runs."""
    path = shown.house.home / "settings.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_shows_editors_figures_alone(tmp_path) -> None:
    with showing(tmp_path) as shown:
        path = shown.link(ANNA)
        change(shown, EDITOR, 'roles = ["editor"]')
        assert shown.site.get(path).status == 200
        assert "/kvar" not in shown.site.get(path).text
        assert shown.site.get(f"{path}/kvar").status == 404
        assert shown.site.post(f"{path}/kvar", button="names").status == 404
        assert shown.looked() == []


def test_opens_nothing_for_somebody_who_has_no_task_any_more(tmp_path) -> None:
    with showing(tmp_path) as shown:
        path, other = shown.link(ANNA), shown.link(BO)
        never = shown.site.get(link.PAGE + "a" * 39)
        assert shown.site.get(path).status == 200
        change(shown, EDITOR, 'roles = ["owner"]')
        for rest in ("", "/kvar"):
            got = shown.site.get(path + rest)
            assert (got.status, got.raw) == (404, never.raw)
        assert shown.site.post(f"{path}/kvar", button="names").status == 404
        assert shown.site.get(other).status == 200
        change(shown, 'address = "bo@vallentuna.example"', 'address = "bo2@vallentuna.example"')
        assert shown.site.get(other).status == 404


def test_reads_no_link_that_it_has_not_made(tmp_path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.make_missing()
    people = ["anna@vallentuna.example", "bo@vallentuna.example"]
    made = {link.code(keys, n, who): (n, who) for n in range(1, 60) for who in people}
    assert len(made) == 118
    assert all(link.read_code(keys, word, people) == whose for word, whose in made.items())
    for word, (_, who) in made.items():
        assert link.read_code(keys, word, [one for one in people if one != who]) is None
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    for word in list(made)[:20]:
        for n in range(len(word)):
            other = letters[(letters.index(word[n]) + 1) % 32]
            assert link.read_code(keys, word[:n] + other + word[n + 1 :], people) is None
    for word in ("", "a", "a" * 39, "A" * 39, "é" * 39, "1" * 39, next(iter(made)).upper(), next(iter(made)) + "a"):
        assert link.read_code(keys, word, people) is None
    approvals = [answer_code(keys, n, "ab" * 32, who) for n in range(1, 40) for who in people]
    assert not any(link.read_code(keys, word, people) for word in approvals)


def test_shows_final_figures_after_the_closing_and_when_it_is_stopped(tmp_path) -> None:
    with showing(tmp_path) as shown:
        path = shown.link()
        object.__setattr__(shown.house, "clock", at(shown.house, "2024-05-02T09:00").clock)
        text = shown.site.get(path).text
        assert "Stängd. Den var öppen till och med tisdag 30 april 2024" in text
        assert "Det här kommer" not in text
        assert "6 av 14 medlemmar" in text
        stop.withdraw(shown.house, KEY, BO, "ändrade planer")
        assert "Stoppad. Ingen frågas mer." in shown.site.get(path).text


def test_says_nothing_of_a_survey_that_is_not_approved(tmp_path) -> None:
    with showing(tmp_path) as shown:
        path = shown.link()
        survey = shown.house.db.read(lambda c: store.find(c, KEY))
        assert survey is not None
        other = link.PAGE + link.code(shown.house.keys, survey.number + 1, "bo@vallentuna.example")
        assert shown.site.get(other).status == 404
        assert shown.site.get(path).status == 200


def test_has_room_for_no_more_than_a_few_presses_a_minute(one_shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "POSTS_A_MINUTE", 1)
    answers = [one_shown.names(ANNA).status for _ in range(3)]
    assert 429 in answers


def test_tells_every_figure_in_words_and_tables_too(one_shown: Shown) -> None:
    """A reader who sees no picture: what the charts say stands in their descriptions, and in tables with headings."""
    text = one_shown.get().text
    assert text.count('role="img"') == text.count("<desc") == text.count("<title id=") >= 3
    for table in re.findall(r"<table.*?</table>", text, re.S):
        assert 'scope="col"' in table
        assert 'scope="row"' in table
