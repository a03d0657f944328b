"""W12 and kill -9: fifty presses are one, and what a caller was told is noted is there after the plug is pulled."""

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from sqlalchemy import func, select

from mailer.house import open_house
from mailer.register.tables import accesses
from mailer.surveys.field.passes import Sort
from mailer.surveys.field.tables import contact_attempts, holds
from mailer.surveys.tables import invitations
from mailer.verbs.surveys import field
from mailer.web import guard
from tests.homes import ROOT
from tests.waiting import until
from tests.web.answering.opened import open_with_box
from tests.web.field.at_work import BO, EVENING, Working, arrange
from tests.web.month import a_month

AT_ONCE = 50


def count(work: Working, table) -> int:
    return int(work.house.db.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one()))


def at_once(work: Working, path: str, **fields: str) -> list[int]:
    def push(_: int) -> int:
        while (status := work.site.post(path, **fields).status) in (429, 503):
            guard_seconds()
        return status

    with ThreadPoolExecutor(AT_ONCE) as hands:
        return list(hands.map(push, range(AT_ONCE)))


def guard_seconds() -> None:
    """Others are let through."""
    os.sched_yield()


def test_makes_one_of_fifty_presses_of_each_button(work: Working, monkeypatch):
    monkeypatch.setattr(guard, "POSTS_A_MINUTE", 10**9)
    link = work.link()
    seen = count(work, accesses)
    assert set(at_once(work, link, button="next")) == {303}
    assert count(work, holds) == 1
    assert count(work, accesses) == seen + 1
    who = str(work.house.db.read(lambda c: c.execute(select(holds.c.invitation_id)).scalar_one()))
    assert set(at_once(work, link, button="talking", who=who)) == {303}
    assert count(work, contact_attempts) == 1
    fields = {"sida": ".las", "button": "submit", "who": who, "q.viktigast": "bussen"}
    work.site.post(f"{link}/samtal", **{"sida": "om-dig", "button": "next", "who": who, "q.aktiv": "nej"})
    assert set(at_once(work, f"{link}/samtal", **fields)) <= {303, 200, 422}
    assert work.count() == 1
    assert count(work, contact_attempts) == 1
    query = select(func.count()).where(invitations.c.state == "answered")
    assert work.house.db.read(lambda c: c.execute(query).scalar_one()) == 1


def test_makes_one_ballot_of_fifty_presses_on_a_sheet(work: Working, monkeypatch):
    monkeypatch.setattr(guard, "POSTS_A_MINUTE", 10**9)
    desk = work.desk(Sort.PAPER)
    desk.press("code", code=work.code(3)).press("next", q__aktiv="nej").press("submit").press("skip")
    fields = {"sida": ".las", "button": "submit", "q.viktigast": "bussen"}
    assert set(at_once(work, f"{desk.path.partition('?')[0]}/blad", **fields)) == {303}
    assert work.count() == 1


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_args, **_more):
        return None


def _post(url: str, **form: str) -> int:
    """The status; 0 when nobody answers."""
    request = Request(url, urlencode(form).encode(), {"Sec-Fetch-Site": "same-origin"})
    try:
        return int(build_opener(_Stay).open(request, timeout=30).status)
    except HTTPError as answer:
        return int(answer.code)
    except (URLError, OSError):
        return 0


def _get(url: str) -> str:
    try:
        return str(build_opener().open(url, timeout=30).read().decode())
    except (URLError, OSError):
        return ""


@pytest.mark.soak
def test_loses_no_outcome_and_calls_nobody_twice_through_a_kill(tmp_path: Path):
    """Killed between an outcome and the next person, and in the midst of it: what was answered with 303 is noted."""
    with a_month(tmp_path / "hem", moment=EVENING) as house:
        survey = house.db.write(lambda c: open_with_box(c, house.keys, list(range(1, 13))))
        house.db.write(lambda c: arrange(c, survey))
        links = [field.make(house, "medlemsenkat", Sort.TELEPHONE, name, None, BO).url for name in ("Kim", "Bo")]
        home = house.home
    noted: list[int] = []
    for turn in range(3):
        with _running(home, links[0]) as kill:
            _post(links[0], button="next")
            if found := re.search(r'name="who" value="(\d+)"', _get(links[0])):
                with ThreadPoolExecutor(2) as hands:
                    settled = hands.submit(_post, links[0], button="no_answer", who=found[1])
                    hands.submit(_post, links[1], button="next")
                    if turn != 1:  # once in the midst of it
                        settled.result()
                    kill()
                    if settled.result() == 303:
                        noted.append(int(found[1]))
    with open_house(home, f"{EVENING},0") as house:
        rows = house.db.read(lambda c: c.execute(select(contact_attempts.c.invitation_id)).scalars().all())
        held = house.db.read(lambda c: c.execute(select(holds.c.invitation_id, holds.c.pass_id)).all())
    assert len(noted) >= 2
    assert set(noted) <= set(rows)
    assert len(rows) == len(set(rows))
    assert len({row.invitation_id for row in held}) == len({row.pass_id for row in held}) == len(held)


class _running:
    """The service, as it runs; `kill` pulls the plug."""

    def __init__(self, home: Path, url: str) -> None:
        self._url = url
        command = [sys.executable, "-W", "ignore", "-m", "mailer.cli", "--home", str(home), "--clock", f"{EVENING},1",
                   "run"]  # fmt: skip
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        until(lambda: bool(_get(self._url)), "the pages are there")
        return self.kill

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)

    def __exit__(self, *_exc: object) -> None:
        self.kill()
