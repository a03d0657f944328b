"""`mailer survey goal`: the sentence first, what every figure is of, and files that show nobody."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree
from sqlalchemy import select

from mailer.cli import surveying  # noqa: F401 - the commands enter themselves
from mailer.cli.main import root
from mailer.content.blocks import parse_block
from mailer.errors import EditorError
from mailer.house import House
from mailer.register.tables import accesses
from mailer.surveys.goal.model import Bar, Part, Untouched
from mailer.surveys.goal.sentence import sentence
from mailer.verbs.surveys import goal, goal_block, goal_link, goal_untouched, goal_view, goal_words, status
from mailer.verbs.surveys.goal import Goal
from tests.surveys.goal.stands import CLOSES, OPENS, STORIES, WAVES
from tests.surveys.going import ANNA, BO, KEY, MEMBERS, going
from tests.surveys.running import OPENLY, PLAN, a_home, approved, at

SURNAME = "Öberg"  # of everybody in the register


@pytest.fixture
def house(tmp_path: Path, database_url: str):
    with going(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def one_house(tmp_path_factory: pytest.TempPathFactory):
    """For what does not depend on the database, nor on what another test has done."""
    with going(tmp_path_factory.mktemp("hem")) as opened:
        yield opened


def told(house: House) -> list[str]:
    return goal_words.lines(goal.goal(house, KEY), house.here().date())


def on_its_day(house: House, name: str) -> House:
    """The home on the day of a story."""
    return at(house, f"{STORIES[name].standing.day}T18:00")


def story(house: House, name: str) -> Goal:
    """The survey of the home, as it stands in a story."""
    found, one = goal.goal(house, KEY), STORIES[name]
    asked = replace(found.survey.questionnaire, opens=OPENS, closes=CLOSES)
    survey = replace(found.survey, questionnaire=asked)
    said = sentence(one.end, one.standing)
    over = name == "closed"
    return replace(found, survey=survey, standing=one.standing, end=one.end, sentence=said, waves=WAVES, is_over=over)


def test_tells_how_it_stands_with_every_member_accounted_for(house: House) -> None:
    found = goal.goal(house, KEY)
    bar = found.standing.whole
    assert (bar.of, bar.answered, bar.reached) == (MEMBERS, 6, 7)
    lines = told(house)
    assert lines[0] == found.sentence != ""
    assert "  Har svarat  6 av 14 medlemmar, 43\u00a0%" in lines
    assert "  Nådda       7 av 14 medlemmar, 50\u00a0%" in lines
    assert "  Målet är 50\u00a0%: 7 svar. Det saknas 1 svar." in lines
    (balance,) = [line for line in lines if line.endswith("= 14 medlemmar")]
    assert sum(map(int, re.findall(r"\d+", balance.partition("=")[0]))) == 14
    assert not any(SURNAME in line for line in lines)
    assert lines[-1].startswith("Visa styrelsen: mailer survey goal medlemsenkat --page")


def test_tells_what_comes_by_itself_and_what_people_do(house: House) -> None:
    lines = told(house)
    ahead = lines[lines.index("Tjänsten skickar själv:") + 1]
    assert ahead.startswith("  tisdag 12 mars, om 4 dagar: Paminnelse, mejl till ")
    later = at(house, "2024-03-20T18:00")
    assert goal.goal(later, KEY).is_counting


def test_shows_the_same_on_the_status(house: House) -> None:
    found, lines = goal.goal(house, KEY), status.status(house, KEY)
    assert lines[1] == found.sentence
    assert "  Har svarat  6 av 14 medlemmar, 43\u00a0%" in lines
    assert "Svarsfrekvens: 42,9 % (6 av 14 medlemmar på avstämningsdagen). Målet är 50 %." in lines
    assert len(lines) <= 24  # one screen


def test_says_the_plan_before_there_is_anybody_to_count(tmp_path: Path) -> None:
    with a_home(tmp_path, 1, 3, at="2024-02-01T09:00") as house:
        approved(house, OPENLY, PLAN)
        found = goal.goal(house, KEY)
        lines = goal_words.lines(found, house.here().date())
        assert (
            lines[0] == "Medlemsenkät 2024: öppnar tisdag 5 mars, om 33 dagar. Medlemmarna räknas tisdag 20 februari."
        )
        assert "  tisdag 5 mars, om 33 dagar: Inbjudan, mejl" in lines
        assert not found.is_counting
        assert goal_view.svg(found, tmp_path / "svg") == ["Det finns inget att rita än."]
        with pytest.raises(EditorError, match="inte öppnat"):
            goal_block.text(house, found)


def test_writes_tables_that_no_spreadsheet_runs(house: House) -> None:
    found = goal.goal(house, KEY)
    formula = Part("x", '=HYPERLINK("http://ond.example")', Bar(9, 9, 9, 9))
    few = Part("y", "Fyra", Bar(4, 4, 4, 4))
    found = replace(found, standing=replace(found.standing, segments=(formula, few)))
    rows = list(csv.reader(io.StringIO(goal_words.table(found)), delimiter=";"))
    assert rows[0] == ["Sort", "Namn", "Dag", "Medlemmar", "Kontaktade", "Nådda", "Svarat"]
    assert [row for row in rows if row[0] == "grupp"] == [
        ["grupp", '\'=HYPERLINK("http://ond.example")', "2024-03-08", "9", "9", "9", "9"]
    ]
    days = [row for row in rows if row[0] == "dag"]
    assert [row[2] for row in days] == ["2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08"]
    assert [int(row[-1]) for row in days] == [0, 6, 6, 6]
    assert rows[1][3:] == ["14", str(found.standing.whole.contacted), "7", "6"]


def test_gives_the_same_as_values(house: House) -> None:
    values = json.loads(json.dumps(goal_words.values(goal.goal(house, KEY), house.here().date())))
    assert (values["members"], values["answered"], values["reached"], values["rate"]) == (14, 6, 7, 42.9)
    assert values["goal"] == {"per_cent": 50, "answers": 7, "missing": 1}
    assert values["no_projection"]["why"] == "days"
    assert values["projection"] is None
    cannot = sum(one["members"] for one in values["unreachable"])
    assert values["contacted"] + values["untouched"] + cannot == values["members"]
    assert values["coming"][0]["day"] == "2024-03-12"


def test_lists_those_whom_nobody_has_contacted_and_records_who_looked(house: House) -> None:
    before = house.db.read(lambda c: c.execute(select(accesses)).all())
    found = goal_untouched.by_name(house, KEY, "bo godkännare")
    assert found
    lines = goal_untouched.lines(found)
    assert lines[-1] == "Att du har läst namnen är antecknat."
    assert all(any(one.name in line for line in lines) for one in found)
    rows = house.db.read(lambda c: c.execute(select(accesses)).all())[len(before) :]
    assert sorted(row.contact_id for row in rows) == sorted(one.contact for one in found)
    assert {(row.who, row.what) for row in rows} == {(BO, f"survey untouched {KEY}")}


def test_does_not_say_of_those_it_had_no_time_for_that_nobody_can_contact_them() -> None:
    some = (Untouched(1, "000001", "Åsa", "too_late"), Untouched(2, "000002", "Bo", "no_way"))
    lines = goal_untouched.lines(some)
    assert lines[0] == "1 medlem hann ingen kontakta innan enkäten stängde:"
    assert lines[1] == "  Åsa (000001)"
    assert lines[2] == "1 medlem går inte att kontakta:"


def test_shows_names_to_nobody_but_those_who_answer_for_the_register(one_house: House) -> None:
    with pytest.raises(EditorError):
        goal_untouched.by_name(one_house, KEY, "Kerstin Lund")
    assert one_house.db.read(lambda c: c.execute(select(accesses)).all()) == []


def test_writes_charts_for_any_program(one_house: House, tmp_path: Path) -> None:
    lines = goal_view.svg(story(one_house, "thirtieth day"), tmp_path / "svg")
    files = sorted((tmp_path / "svg").iterdir())
    assert [path.name for path in files] == [f"{KEY}-{name}.svg" for name in ("dagar", "grupper", "kanaler", "staplar")]
    assert len(lines) == 4
    for path in files:
        assert etree.parse(path).getroot().get("role") == "img"
        assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(EditorError, match="finns redan"):
        goal_view.svg(story(one_house, "thirtieth day"), tmp_path / "svg")


@pytest.mark.parametrize("name", STORIES)
def test_writes_the_whole_page_as_one_file(one_house: House, tmp_path: Path, name: str) -> None:
    goal_view.page(one_house, story(one_house, name), tmp_path / "sida.html")
    text = (tmp_path / "sida.html").read_text("utf-8")
    assert len(text.encode()) < 60_000
    assert SURNAME not in text
    for forbidden in ("<script", "http-equiv", "<link", "/kvar", "src=", 'href="http'):
        assert forbidden not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert text.count("<h1>") == 1
    assert "av 210 medlemmar" in text
    with pytest.raises(EditorError, match="finns redan"):
        goal_view.page(one_house, story(one_house, name), tmp_path / "sida.html")


def test_offers_a_block_that_encourages(one_house: House) -> None:
    text = goal_block.text(on_its_day(one_house, "thirtieth day"), story(one_house, "thirtieth day"), date(2024, 5, 2))
    assert text.startswith("---\nrubrik: 72 har svarat på enkäten. Har du?\nfår läsas av: medlemmar\n---\n")
    assert "**72 av oss har svarat på Medlemsenkät 2024. Tack!**" in text
    assert "minst hälften av alla medlemmar svarar: 105 svar." in text
    assert "öppen till och med söndag 30 juni, 59 dagar till." in text
    assert "[utskick.vallentuna.example/svara](https://utskick.vallentuna.example/svara)" in text
    assert "*In English:* 72 of us have answered" in text
    for never in ("38", "55", "stannar", "Unga", "Kårsta", "34", SURNAME):
        assert never not in text


@pytest.mark.parametrize(
    ("name", "says"),
    [("reached", "är nått. Varje svar till gör bilden säkrare."), ("closed", "**117 av oss svarade på"),
     ("third day", "**7 av oss har svarat")],
)  # fmt: skip
def test_says_in_the_block_what_is_so(one_house: House, name: str, says: str) -> None:
    assert says in goal_block.text(on_its_day(one_house, name), story(one_house, name))


def test_counts_nobody_out_while_the_first_answers_come(one_house: House) -> None:
    found = story(one_house, "third day")
    few = replace(found.standing, whole=replace(found.standing.whole, answered=2))
    text = goal_block.text(on_its_day(one_house, "third day"), replace(found, standing=few))
    assert "2 av oss" not in text
    assert "de första svaren har kommit" in text


def test_puts_the_block_in_the_month_and_never_over_one_that_is_there(one_house: House) -> None:
    found, one_house = story(one_house, "thirtieth day"), on_its_day(one_house, "thirtieth day")
    (line,) = goal_block.put(one_house, found, "2024-05")
    path = one_house.content / "2024-05" / f"42-{KEY}-svar.md"
    assert "content/2024-05/42-medlemsenkat-svar.md" in line
    written = path.read_bytes()
    block = parse_block("2024-05/" + path.name, written.decode(), "0" * 64, date(2024, 5, 1))
    assert block.title == "72 har svarat på enkäten. Har du?"
    path.write_text("Min egen text.", "utf-8")
    with pytest.raises(EditorError, match="finns redan"):
        goal_block.put(one_house, found, "2024-05")
    assert path.read_text("utf-8") == "Min egen text."
    with pytest.raises(EditorError, match="ingen m"):
        goal_block.put(one_house, found, "maj")


def test_gives_a_link_of_her_own_to_each_who_may_read_it(one_house: House) -> None:
    links = {name: goal_link.link(one_house, KEY, name)[1] for name in (BO, ANNA)}
    assert len(set(links.values())) == 2
    assert all(link.startswith("https://utskick.vallentuna.example/malet/") for link in links.values())
    assert goal_link.link(one_house, KEY, BO)[1] == links[BO]
    mailed = goal_link.link(one_house, KEY, BO, by_mail=True)
    assert mailed[-1] == "Den är också lagd i utkorgen som mejl."
    assert "redan gått" in goal_link.link(one_house, KEY, BO, by_mail=True)[-1]
    with pytest.raises(EditorError):
        goal_link.link(one_house, KEY, "Någon Annan")


def test_shows_final_figures_when_it_has_closed(house: House) -> None:
    later = at(house, "2024-05-03T09:00")
    found = goal.goal(later, KEY)
    assert found.is_over
    assert found.coming == found.work == ()
    assert found.standing.whole.answered == 6
    lines = goal_words.lines(found, later.here().date())
    assert any(
        "stängd. Den var öppen till och med tisdag 30 april 2024. Svaren är inte räknade än." in one for one in lines
    )
    assert lines[-1] == f"Räkna svaren: mailer survey close {KEY}"
    assert found.standing.days[-1].day <= date(2024, 4, 30) + timedelta(days=3)
    late = replace(found, standing=replace(found.standing, unreachable=(("too_late", 1), ("no_way", 2))))
    said = goal_words.nobody_lines(late)
    assert said[0] == "1 medlem hann ingen kontakta innan enkäten stängde."
    assert "1 som ingen hann kontakta + 2 som ingen kan kontakta" in said[-1]
    assert not any("Alla som går att kontakta är kontaktade" in one for one in said)


TYPED = (
    ((), 0, "Har svarat  6 av 14"), (("--json",), 0, '"answered": 6'), (("--csv",), 0, "Sort;Namn"),
    (("--block",), 0, "rubrik: 6 har svarat"), (("--link", "--as", BO), 0, "/malet/"),
    (("--untouched", "--as", BO), 0, "antecknat"), (("--untouched",), 2, "--as NAMN"), (("--as", BO), 2, "--as NAMN"),
    (("--json", "--csv"), 2, "en sak i taget"), (("--link", "--as", "Ingen Alls"), 1, ""),
    (("--into", "maj"), 1, ""),
)  # fmt: skip


def test_does_one_thing_at_a_time_at_the_command_line(tmp_path: Path) -> None:
    with going(tmp_path) as house:
        home = house.home
    for typed, code, says in TYPED:
        whole = ["--home", str(home), "--clock", "2024-03-08T18:00,0", "survey", "goal", KEY, *typed]
        done = CliRunner().invoke(root, whole)
        assert (done.exit_code, says in done.output) == (code, True), (typed, done.output)
