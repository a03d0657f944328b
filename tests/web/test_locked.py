"""Pages while another program holds the database: an answer within seconds, nothing lost, nothing done behind one's back."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from lxml import html as lxml_html
from sqlalchemy import func, select

from mailer.house import House
from mailer.register.tables import leaves
from mailer.web import threads
from tests.databases import held
from tests.web.answering.opened import Surveying, surveying
from tests.web.serving import Got, Served
from tests.web.test_leaving import code_of, one_click, page_of

SHORT_S = 0.4
WORDS = "Bussen går för sällan, tycker jag."


@pytest.fixture
def open_site(tmp_path, database_url: str):
    with surveying(tmp_path / "hem", database_url) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PATIENCE_S", SHORT_S)


def url(house: House) -> str:
    return house.db.url.render_as_string(hide_password=False)


def let_go(house: House) -> None:
    """The write thread has been through all that was queued."""
    house.db.write(lambda c: None)


def asked_to_come_back(got: Got) -> bool:
    return (got.status, got.headers.get("retry-after")) == (503, "60")


def count_of_leaves(house: House) -> int:
    return int(house.db.read(lambda c: c.execute(select(func.count()).select_from(leaves)).scalar_one()))


def test_gives_back_a_survey_that_cannot_be_saved_and_takes_it_once_by_the_next_press(open_site: Surveying):
    house = open_site.house
    visit = open_site.visit(rest="?sida=om-dig").press(q__aktiv="nej").press(q__viktigast="bussen", q__ord=WORDS)
    before = open_site.site.hash()
    with held(url(house)):
        began = time.monotonic()
        visit.press("submit")
        assert time.monotonic() - began < 10 * SHORT_S
        assert asked_to_come_back(visit.got)
        assert "finns kvar på sidan" in visit.text
        assert WORDS in visit.text
        assert "Fortsätt svara" in open_site.visit().text  # reading goes on
    let_go(house)
    assert open_site.site.hash() == before
    visit.press("submit")
    assert visit.path.endswith("/klart")
    assert open_site.opened_ballots() == [{"viktigast": ("bussen",), "ord": (WORDS,)}]


def press_again(site: Served, path: str, got: Got) -> Got:
    """The button of the page that came back, with all that its form holds."""
    (form,) = lxml_html.fromstring(got.text).forms
    assert form.action is None  # where it was posted to
    return site.post(path, **dict(form.form_values()))


@pytest.mark.parametrize(("english", "says"), [(False, "inte sparat än"), (True, "has not been saved yet")])
def test_gives_back_a_leave_that_cannot_be_saved_and_takes_it_by_the_next_press(
    site: Served, english: bool, says: str
) -> None:
    path = page_of(code_of(site.house), english)
    before = site.hash()
    with held(url(site.house)):
        got = site.post(path, button="leave")
        assert asked_to_come_back(got)
        assert says in unescape(got.text)
        assert asked_to_come_back(press_again(site, path, got))
        assert site.get(path).status == 200
    let_go(site.house)
    assert site.hash() == before
    assert press_again(site, path, got).headers["location"].endswith("/klart")
    assert count_of_leaves(site.house) == 1


def test_gives_back_what_was_typed_letter_by_letter(one_site: Served) -> None:
    typed = '"><b>å & ö\nrad två'
    with held(url(one_site.house)):
        got = one_site.post("/lank", address="medlem1@vallentuna.example", extra=typed)
    assert asked_to_come_back(got)
    (form,) = lxml_html.fromstring(got.text).forms
    assert dict(form.form_values()) == {"address": "medlem1@vallentuna.example", "extra": typed}


def test_asks_a_mail_program_to_come_back_and_takes_its_leave_then(site: Served) -> None:
    code = code_of(site.house)
    before = site.hash()
    with held(url(site.house)):
        got = one_click(site, code)
        assert asked_to_come_back(got)
        assert "Klart" not in got.text
        assert "<form" not in got.text
    let_go(site.house)
    assert site.hash() == before
    assert one_click(site, code).status == 200
    assert count_of_leaves(site.house) == 1


def timed(ask: Callable[[], Got]) -> tuple[Got, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def test_answers_a_crowd_as_fast_as_one_and_those_who_read_at_once(
    one_site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With four threads each in their turn, the last of these would wait for eight times as long."""
    monkeypatch.setattr(threads, "PATIENCE_S", 1.0)
    code, reads = code_of(one_site.house), []
    with held(url(one_site.house)), ThreadPoolExecutor(32) as hands:
        crowd = [hands.submit(timed, lambda: one_click(one_site, code)) for _ in range(32)]
        while not any(one.done() for one in crowd):
            reads.append(timed(lambda: one_site.get(page_of(code))))
        got = [one.result() for one in crowd]
    assert {one.status for one, _ in reads} == {200}
    assert max(seconds for _, seconds in reads) < 0.7
    assert all(asked_to_come_back(one) for one, _ in got)
    assert max(seconds for _, seconds in got) < 2.5
    let_go(one_site.house)
    assert count_of_leaves(one_site.house) == 0
