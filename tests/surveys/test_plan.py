"""The house and the one who asks what a survey's plan will do; on both engines."""

import csv
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select, update

from mailer.cli import surveying as _commands  # noqa: F401 - they enter themselves
from mailer.cli.main import root
from mailer.clock import Clock
from mailer.content.channel_plan.defaults import default_plan
from mailer.content.channel_plan.model import Costs
from mailer.content.questionnaires.parse import parse_questionnaire
from mailer.db import Database
from mailer.errors import EditorError
from mailer.home import Lock
from mailer.house import House
from mailer.keys import Keys
from mailer.register.tables import accesses, contacts, leaves
from mailer.settings.file import read_settings
from mailer.surveys import store
from mailer.verbs.surveys import plan as verb
from mailer.verbs.surveys import plan_table, plan_words
from tests.surveys.arranged import ZONE, people

ROOT = Path(__file__).parents[2]
KEY = "medlemsenkat-2024"
NOW = datetime(2024, 2, 1, 8, tzinfo=UTC)  # in good time before the example's survey


@pytest.fixture
def house(db: Database, keys: Keys, tmp_path: Path) -> House:
    """The example's survey and plan, and twelve members: one without e-mail, one whom nothing reaches, one who left."""
    home = tmp_path / "hem"
    shutil.copytree(ROOT / "lists", home / "lists")
    shutil.copytree(ROOT / "content" / "enkater", home / "content" / "enkater")
    shutil.copy(ROOT / "settings.toml", home)
    old = NOW.timestamp()
    for path in (home / "content" / "enkater").iterdir():
        os.utime(path, (old, old))
    built = House(
        home, tmp_path, read_settings(home, {}), db, keys, Clock(NOW, 0), Lock(tmp_path / "runner.lock"), "anna"
    )

    def members(c) -> None:
        numbers = people(c, 12)
        postal = {"street": "Tunavägen 1", "postcode": "186 30", "city": "Vallentuna"}
        c.execute(update(contacts).values(**postal))
        nothing = {"address": None, "address_shown": None, "address_key": None}
        c.execute(update(contacts).where(contacts.c.id == numbers[1]).values(**nothing))
        lost = {"phone": None, "street": None, "city": None}
        c.execute(update(contacts).where(contacts.c.id == numbers[2]).values(**nothing, **lost))
        left = {"contact_id": numbers[3], "list": "medlemmar", "at": NOW, "how": "code"}
        c.execute(insert(leaves).values(**left))

    db.write(members)
    return built


def shown(house: House) -> str:
    return "\n".join(plan_words.lines(verb.show(verb.read(house, KEY))))


def step_of(text: str, name: str) -> str:
    """The paragraph of one step, with single spaces."""
    found = next(part for part in text.split("\n\n") if part.startswith(f"{name} ·"))
    return "\n".join(" ".join(line.split()) for line in found.split("\n"))


def test_says_of_each_step_when_to_how_many_and_why_not_to_the_others(house: House) -> None:
    text = shown(house)
    assert step_of(text, "Inbjudan") == (
        "Inbjudan · mejl · till den som har e-post\n"
        "onsdag 20 mars kl. 10.00 9 personer\n"
        "2 inte: saknar e-post\n"
        "1 inte: har tackat nej"
    )
    assert step_of(text, "Inbjudan med brev") == (
        "Inbjudan med brev · brev · till den som saknar e-post\n"
        "onsdag 20 mars 2 personer\n"
        "9 inte: nås med mejl\n"
        "1 inte: saknar postadress"
    )
    assert "flyttat för 11: det är helgdag, eller dagen före en" in step_of(text, "Ringrunda")
    assert step_of(text, "Brev i stället för mejl").split("\n")[1] == "onsdag 3 april 9 personer om det behövs"


def test_names_by_number_those_whom_nothing_reaches(house: House) -> None:
    assert "1 person nås inte av något steg: #3." in shown(house)


def test_gives_every_member_a_channel_and_a_day_for_each_step_or_a_reason(house: House) -> None:
    drawing = verb.read(house, KEY)
    found = list(plan_words.member_lines(drawing, {}))
    heads = [line for line in found if line.startswith("#")]
    assert heads == [f"#{person.contact}" for person in drawing.people]
    assert len(found) == 12 * (1 + len(drawing.plan.steps))
    said = re.compile(
        r"  [\wåäö ]+: (inte: .+|(mån|tis|ons|tors|fre|lör|sön)dag \d+ \w+.*, (mejl|brev|telefon|på plats|V Aktuellt).*)"
    )
    assert [line for line in found if not line.startswith("#") and not said.fullmatch(line)] == []


def test_shows_names_only_when_asked_and_writes_down_who_looked(house: House) -> None:
    drawing = verb.read(house, KEY)
    without = "\n".join([*plan_words.lines(verb.show(drawing)), *plan_words.member_lines(drawing, {})])
    assert "Efternamn" not in without
    assert "@" not in without
    assert house.db.read(lambda c: c.execute(select(accesses)).all()) == []
    named = "\n".join(plan_words.member_lines(drawing, verb.names_of(house, drawing)))
    assert "#5 Förnamn5 Efternamn5 (0005)" in named
    (row,) = house.db.read(lambda c: c.execute(select(accesses.c.who, accesses.c.what)).all())
    assert (row.who, row.what) == ("anna", f"survey plan: {KEY}")


def test_writes_a_table_that_only_its_owner_reads_and_never_over_another(house: House, tmp_path: Path) -> None:
    house.db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == 1).values(first_name="=1+1")))
    drawing, path = verb.read(house, KEY), tmp_path / "plan.csv"
    plan_table.write(drawing, verb.names_of(house, drawing), path)
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0][:4] == ["Nummer", "Namn", "Förvarning", "Inbjudan"]
    assert rows[1][1].startswith("'=1+1")
    assert [row[0] for row in rows[1:]] == [f"#{person.contact}" for person in drawing.people]
    assert {len(row) for row in rows} == {2 + len(drawing.plan.steps)}
    with pytest.raises(EditorError, match="finns redan"):
        plan_table.write(drawing, {}, path)


def test_shows_all_words_of_all_steps(house: House) -> None:
    drawing = verb.read(house, KEY)
    text = "\n".join(plan_words.word_lines(verb.show(drawing)))
    for step in drawing.plan.steps:
        assert step.text.sv in text
        assert step.text.en in text
        assert step.subject.sv in text


def test_writes_the_default_plan_for_the_editor_and_never_over_hers(house: House) -> None:
    path = house.content / "enkater" / f"{KEY}.plan.md"
    with pytest.raises(EditorError, match="filen finns redan"):
        verb.write(house, KEY)
    path.unlink()
    asked, _ = parse_questionnaire(f"enkater/{KEY}.md", (path.parent / f"{KEY}.md").read_bytes())
    assert asked is not None
    before = [step.text for step in verb.read(house, KEY).plan.steps]
    verb.write(house, KEY)
    plan = verb.read(house, KEY).plan
    assert plan.path
    assert [step.text for step in plan.steps] == before == [step.text for step in default_plan(asked).steps]


def test_says_everything_that_is_wrong_in_the_file(house: House) -> None:
    path = house.content / "enkater" / f"{KEY}.plan.md"
    text = path.read_text("utf-8").replace("måndagen efter +4", "onsgadagen efter +4").replace("mejl: 4", "mejl: fyra")
    path.write_text(text, "utf-8")
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    with pytest.raises(EditorError) as wrong:
        verb.read(house, KEY)
    assert [problem.what for problem in wrong.value.problems] == [
        "”mejl” ska vara ett tal.",
        "”onsgadagen” är ingen veckodag.",
    ]


def test_shows_an_approved_plan_as_it_was_approved(house: House) -> None:
    drawing = verb.read(house, KEY)

    def approve(c) -> None:
        number = store.prepare(c, drawing.questionnaire, drawing.plan, "0" * 64, ZONE)
        store.step(c, number, "approve", approved_by="Bo", approved_os_user="bo", approved_at=NOW)

    house.db.write(approve)
    (house.content / "enkater" / f"{KEY}.plan.md").unlink()
    again = verb.read(house, KEY)
    assert again.plan == drawing.plan
    assert "Planen är godkänd" in shown(house)
    (house.content / "enkater" / f"{KEY}.md").unlink()
    assert verb.read(house, KEY).plan == drawing.plan


@pytest.mark.parametrize(
    ("budget", "sentence"),
    [
        (18000, "Budgeten är 18\u00a0000 kr, och planen ryms i den."),
        (620, "går det trögt blir planen upp till"),
        (5, "kr dyrare."),
        (None, "Ingen budget är satt."),
    ],
)
def test_holds_the_costs_against_the_budget(house: House, budget: int | None, sentence: str) -> None:
    drawing = verb.read(house, KEY)
    plan = replace(drawing.plan, costs=Costs(budget_kr=budget))
    assert sentence in "\n".join(plan_words.lines(verb.show(replace(drawing, plan=plan))))


def test_shows_what_is_left_once_it_is_under_way(house: House) -> None:
    late = replace(house, clock=Clock(NOW + timedelta(96), 0))
    text = shown(late)
    assert "12 inte: dagen har redan varit" in step_of(text, "Torget")
    assert "flyttat för 9: dagen har redan varit" in step_of(text, "Inbjudan")
    over = shown(replace(house, clock=Clock(NOW + timedelta(600), 0)))
    assert "Den har stängt. Så här blir planen när den läggs i god tid" in over
    assert "onsdag 20 mars kl. 10.00" in over


Run = Callable[..., str]


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    from contextlib import nullcontext

    from mailer.cli import survey_plan

    monkeypatch.setattr(survey_plan, "opened", lambda _ctx: nullcontext(house))

    def run(*words: str) -> str:
        done = CliRunner().invoke(root, ["survey", "plan", *words], catch_exceptions=False)
        assert done.exit_code in (0, 2), done.output
        return done.output

    return run


def test_answers_on_the_command_line(run: Run, house: House, tmp_path: Path) -> None:
    assert "Medlemsenkät 2024: kanalplanen (content/enkater/medlemsenkat-2024.plan.md)" in run()
    assert "#12\n" in run(KEY, "--members")
    assert "Förnamn5 Efternamn5" in run(KEY, "--names")
    assert len(house.db.read(lambda c: c.execute(select(accesses)).all())) == 1
    assert "Skrev" in run(KEY, "--csv", str(tmp_path / "a.csv"))
    assert "svarsurna" in run(KEY, "--words")
    assert "Skriv --write för sig." in run(KEY, "--write", "--words")
