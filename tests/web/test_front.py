"""The front page, and what robots are told."""

from dataclasses import replace
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from bs4 import BeautifulSoup

from tests.web.month import a_month
from tests.web.serving import serving


@pytest.mark.parametrize("prefix", ["", "/utskick"])
def test_leads_on_to_what_there_is(tmp_path: Path, prefix: str) -> None:
    with a_month(tmp_path / "hem", path=prefix) as house, serving(house) as site:
        for page, below in (("/", ""), ("/en/", "/en"), ("/en", "/en")):
            got = site.get(prefix + page)
            read = BeautifulSoup(got.text, "html.parser")
            ways = [a["href"].removeprefix(house.settings.web.address + below) for a in read.main.find_all("a")]
            assert ways == ["/arkiv", "/kalender", "/lank", "/bli-mottagare"]
            assert [h.text for h in read.find_all("h1")] == ["Vänsterpartiet Vallentuna"]
            assert "styrelsen@vallentuna.example" in got.text
            assert "Anna" not in got.text


def test_offers_no_list_that_nobody_may_join(tmp_path: Path) -> None:
    with a_month(tmp_path / "hem") as house:
        for path in house.lists.glob("*.toml"):
            path.write_text(path.read_text("utf-8").replace("joinable = true", "joinable = false"), "utf-8")
        with serving(house) as site:
            assert "/bli-mottagare" not in site.get("/").text
            (house.lists / "medlemmar.toml").write_text("name = \n", "utf-8")
            assert site.get("/").status == 200


def test_says_nothing_of_who_is_responsible_where_nobody_is(tmp_path: Path) -> None:
    with a_month(tmp_path / "hem") as house:
        nobody = house.settings.responsible.model_copy(update={"name": "", "contact": ""})
        other = replace(house, settings=house.settings.model_copy(update={"responsible": nobody}))
        with serving(other) as site:
            assert "ansvarar" not in site.get("/").text


@pytest.mark.parametrize("prefix", ["", "/utskick"])
def test_lets_robots_read_the_archive_and_the_calendar_alone(tmp_path: Path, prefix: str) -> None:
    with a_month(tmp_path / "hem", path=prefix) as house, serving(house) as site:
        robots = RobotFileParser()
        robots.parse(site.get("/robots.txt").text.splitlines())
        may = [p for p in ("/arkiv", "/arkiv/2024-05", "/en/arkiv", "/kalender", "/kalender.ics", "/en/kalender", "/sluta/x",
                           "/lank", "/svara/x", "/mina", "/en/lank") if robots.can_fetch("x", prefix + p)]  # fmt: skip
        assert may == ["/arkiv", "/arkiv/2024-05", "/en/arkiv", "/kalender", "/kalender.ics", "/en/kalender"]
