"""What check and preview tell before anything is approved: all that would stand in the way."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from mailer.audience.rule import Rule
from mailer.house import House, open_house
from mailer.outbox.store import mailings
from mailer.register.tables import imports
from mailer.verbs import approve, check, month, prepare, preview, which
from tests.homes import FRIENDS, MEMBERS, add_people, make_home, plan_letter

CLOCK = "2024-05-04T09:00"
NOW = datetime(2024, 5, 4, 7, 0, tzinfo=UTC)


def never(_: float) -> None:
    raise AssertionError("nothing is being saved")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which nothing is wrong."""
    home = make_home(tmp_path / "hem", 2525)
    for name, text in (
        ("2024-05/01-hej.md", "# Hej\n\nVi ses på torget.\n"),
        ("evenemang/mote.md", "---\nrubrik: Möte\ndatum: 2024-05-21\n---\n"),
    ):
        save(home, name, text)
    with open_house(home, CLOCK) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1, 2], NOW))
        rows = [
            dict(list=key, whole=True, file_hash="0" * 64, at=NOW, who="anna", added=1, changed=0, removed=0,
                 unchanged=0, problems=0)
            for key in ("medlemmar", "sympatisorer")
        ]  # fmt: skip
        house.db.write(lambda c: c.execute(insert(imports), rows))
    return home


def save(home: Path, name: str, text: str, seconds_ago: float = 60) -> Path:
    path = home / "content" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


def change_settings(home: Path, old: str, new: str) -> None:
    path = home / "settings.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def problems(home: Path) -> list[str]:
    with open_house(home, CLOCK) as house:
        return [f"{p.where}: {p.what} {p.remedy}" for p in check.check(house, "2024-05", never).problems]


@pytest.fixture
def approved(home: Path) -> Iterator[House]:
    """The house, with May approved and waiting for its day."""
    with open_house(home, CLOCK) as house:
        series, period = which.series_and_period(house, "2024-05")
        month.assemble(house, series, period)
        approve.approve(house, "2024-05", "Bo Godkännare")
        yield house


def late(house: House, period: str = "2024-05") -> list[str]:
    return [f"{p.where}: {p.what} {p.remedy}" for p in check.check(house, period, never).problems]


def test_finds_nothing_wrong_in_a_good_home(home: Path) -> None:
    assert problems(home) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            'name = "Vänsterpartiet Vallentuna"          # personuppgiftsansvarig', 'name = ""',
            "settings.toml: [responsible]: name saknas; hemmet skickar bara till den egna datorn.",
        ),
        (
            'contact = "styrelsen@vallentuna.example"    # dit en medlem vänder sig\nprocessors = ', "# processors = ",
            "settings.toml: [responsible]: contact och processors saknas; hemmet skickar",
        ),
        ("approver", "editor", "settings.toml: ingen under [[people]] är approver, så inget kan godkännas."),
        ("# timeout_s = 300 ", "timeout_s = 60 ", "settings.toml: 127.0.0.1:2525: timeout_s = 60: en e-postserver får ta "
         "300 sekunder på sig att svara; avbryter vi före det blir mejl oklara. Ta bort raden, eller skriv minst 300."),
        ('# password_file = ""', 'password_file = "hemligt.txt"', "hemligt.txt: lösenordet går inte att läsa."),
        ('# password_file = ""', 'password_file = "tom.txt"', "tom.txt: filen med lösenordet är tom."),
        ('"medlemmar", "sympatisorer"', '"medlemmar", "styrelsen"', "V Aktuellt: listan styrelsen är aldrig inläst. "
         "Ta bort den ur lists i settings.toml, eller: mailer import --whole styrelsen FIL"),
        ('"medlemmar", "sympatisorer"', '"styrelsen"', "V Aktuellt: listan styrelsen är aldrig inläst. "
         "Läs in den: mailer import --whole styrelsen FIL"),
    ],
)  # fmt: skip
def test_says_what_the_settings_lack(home: Path, old: str, new: str, what: str) -> None:
    (home / "tom.txt").touch()
    change_settings(home, old, new)
    (found,) = problems(home)
    assert what in found


def test_accepts_a_password_that_is_there(home: Path) -> None:
    (home / "hemligt.txt").write_text("s3kret\n", "utf-8")
    change_settings(home, '# password_file = ""', 'password_file = "hemligt.txt"')
    assert problems(home) == []


def test_says_once_that_a_list_does_not_exist(home: Path) -> None:
    change_settings(home, '"medlemmar", "sympatisorer"', '"medlemmar", "vänner"')
    (found,) = problems(home)
    assert "listan ”vänner” finns inte" in found


def test_says_what_is_wrong_with_the_lists_without_more(home: Path) -> None:
    (home / "lists" / "medlemmar.toml").write_text("name = \n", "utf-8")
    (found,) = problems(home)
    assert "lists/medlemmar.toml: raden går inte att läsa" in found


def test_waits_for_a_file_that_is_being_saved(home: Path) -> None:
    path = save(home, "2024-05/02-ny.md", "# Ny\n\nText.\n", seconds_ago=0)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            os.utime(path, (time.time() - 60,) * 2)

    with open_house(home, CLOCK) as house:
        found = check.check(house, "2024-05", wait)
    assert waited == [2.0, 2.0]
    assert found.problems == ()
    assert len(found.issues[0].blocks) == 2


def test_gives_up_on_a_file_that_is_saved_again_and_again(home: Path) -> None:
    path = save(home, "2024-05/02-ny.md", "# Ny\n\nText.\n", seconds_ago=0)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        os.utime(path)

    with open_house(home, CLOCK) as house:
        (problem,) = check.check(house, "2024-05", wait).problems
    assert len(waited) == 3
    assert problem.what == "filen sparas just nu."


def test_says_that_a_file_has_changed_since_the_approval(approved: House) -> None:
    assert late(approved) == []
    save(approved.home, "2024-05/01-hej.md", "# Hej\n\nVi ses på stationen.\n")
    (found,) = late(approved, "2024-06")
    assert found.startswith("content/2024-05/01-hej.md: har ändrats sedan numret för maj 2024 godkändes; ändringen är")
    assert "mailer assemble 2024-05, sedan mailer approve 2024-05 --as NAMN" in found


def test_says_that_a_file_has_come_or_gone_since_the_approval(approved: House) -> None:
    (approved.content / "2024-05" / "01-hej.md").unlink()
    save(approved.home, "2024-05/02-ny.md", "# Ny\n\nText.\n")
    gone, new = late(approved)
    assert gone.startswith("content/2024-05/01-hej.md: finns inte längre, eller går inte att läsa, men är med i numret")
    assert new.startswith("content/2024-05/02-ny.md: är nytt sedan numret för maj 2024 godkändes; det är inte med.")


def test_does_not_take_an_event_that_is_over_for_a_change(approved: House) -> None:
    home = approved.home
    with open_house(home, "2024-05-28T09:00") as later:
        series, period = which.series_and_period(later, "2024-05")
        assert prepare.look(later, series, period)[0].occurrences == ()
        assert late(later) == []


def test_says_nothing_of_an_issue_that_is_not_approved(home: Path) -> None:
    with open_house(home, CLOCK) as house:
        series, period = which.series_and_period(house, "2024-05")
        month.assemble(house, series, period)
        save(home, "2024-05/01-hej.md", "# Hej\n\nVi ses på stationen.\n")
        assert late(house) == []


def test_shows_the_footer_that_the_readers_will_see(home: Path) -> None:
    with open_house(home, CLOCK) as house:
        series, period = which.series_and_period(house, "2024-05")
        month.assemble(house, series, period)
        done = preview.preview(house, "2024-05")
        shown = {path.suffix: " ".join(path.read_text("utf-8").split()) for path in done.files}
    for text in (shown[".html"], shown[".txt"]):
        assert "du är medlem i Vänsterpartiet Vallentuna" in text
        assert "kommer från Vänsterpartiets medlemsregister" in text
    lines = preview.lines(done)
    assert (
        "Sidfoten för Medlemmar: Du får det för att du är medlem i Vänsterpartiet Vallentuna. "
        "Din adress kommer från Vänsterpartiets medlemsregister."
    ) in lines
    assert (
        "Sidfoten för Sympatisörer: Du får det för att du har anmält dig som sympatisör till Vänsterpartiet "
        "Vallentuna. Din adress kommer från din egen anmälan till föreningen."
    ) in lines


@pytest.mark.parametrize(("rule", "footers"), [(Rule((FRIENDS,)), 0), (Rule((FRIENDS, MEMBERS)), 2)])
def test_says_the_footer_of_each_list_when_there_are_several(home: Path, rule: Rule, footers: int) -> None:
    with open_house(home, CLOCK) as house:
        house.db.write(lambda c: plan_letter(c, NOW + timedelta(days=1), rule=rule))
        assert house.db.read(lambda c: mailings.find(c, "brev/1")) is not None
        lines = preview.lines(preview.preview(house, "brev/1"))
    assert sum(line.startswith("Sidfoten för ") for line in lines) == footers
