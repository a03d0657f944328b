"""Fifty submits at once, a form that is posted twice, and forms that nobody's browser has made."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.web.answering.opened import Surveying
from tests.web.test_fuzz import CORPUS, FINE, NEVER

AT_ONCE = 50
WHOLE = {"sida": ".las", "button": "submit", "q.viktigast": "bussen", "q.nojd": "5", "q.ord": "Kanariefågel"}


def test_makes_one_answer_of_fifty_submits(open_site: Surveying):
    """W12, on both engines: one ballot, one receipt page, whoever is told to come back has lost nothing."""
    open_site.visit(rest="?sida=om-dig").press(q__aktiv="nej")
    with ThreadPoolExecutor(AT_ONCE) as hands:
        futures = [hands.submit(open_site.site.post, open_site.path(), **WHOLE) for _ in range(AT_ONCE)]
        got = [future.result() for future in futures]
    assert {one.status for one in got} <= {303, 503}
    assert {one.headers["location"].rpartition("/")[2] for one in got if one.status == 303} == {"klart"}
    assert open_site.count() == 1
    assert open_site.state() == "answered"


def test_says_and_keeps_nothing_of_an_anonymous_answer_outside_the_box(
    open_site: Surveying, log: pytest.CaptureFixture[str]
):
    """P3, what the pages can do: no word of it in the log, in the database, in an address or a cookie."""
    open_site.visit(rest="?sida=om-dig").press(q__aktiv="nej")
    got = [open_site.site.post(open_site.path(), **(WHOLE | {"button": button}))
           for button in ("language", "later", "back", "submit", "submit")]  # fmt: skip
    for one in got:
        assert "set-cookie" not in one.headers
        assert one.headers["cache-control"] == "no-store"
        assert "Kanarie" not in str(one.headers)
    said = log.readouterr().err
    assert "route='/enkat/{token}'" not in said
    assert "Kanarie" not in said
    assert "bussen" not in said
    if open_site.house.db.is_sqlite:
        raw = b"".join(path.read_bytes() for path in open_site.house.var.glob("mailer.db*"))
        assert "Kanariefågel".encode() not in raw
    assert open_site.opened_ballots()[0]["ord"] == ("Kanariefågel",)


FIELDS = (
    "sida",
    "button",
    "q.aktiv",
    "q.hur.torget",
    "q.hur",
    "w.hur",
    "q.viktigast",
    "q.nojd",
    "q.ord",
    "q.x",
    "w.aktiv",
)
VALUES = (*CORPUS, "om-dig", "om-dig.2", "vad-tycker-du", ".las", "submit", "edit:om-dig", "next", "back", "later",
          "language", "resume", "ja", "nej", "annat", "bussen", "6", "-1", "x" * 3000)  # fmt: skip


def test_breaks_on_no_form_that_is_made_by_hand(one_open_site: Surveying):
    chance = random.Random(1)
    for n in range(300):
        sent = {chance.choice(FIELDS): chance.choice(VALUES) for _ in range(chance.randrange(1, 7))}
        sent = {name: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for name, value in sent.items()}
        path = one_open_site.path(1 + n % 3, ("", "", "/klart", "/nej")[n % 4], english=n % 2 == 0)
        got = one_open_site.site.post(path, **sent)
        assert got.status in FINE, sent
        assert not any(word in got.text for word in NEVER), sent
        assert len(got.raw) < 30_000 + 20 * sum(map(len, sent.values()))
