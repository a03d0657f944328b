"""Who gets the issue on paper, and whom to call; both are reads of the register."""

import os
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from mailer.errors import EditorError
from mailer.house import House, open_house
from mailer.register.tables import accesses, contacts, list_entries
from mailer.verbs import approve, month, paper, preview, report, send, which
from tests.homes import add_people, make_home

CLOCK = "2024-05-04T06:00,0"


@pytest.fixture
def house(tmp_path: Path, database_url: str):
    """Six members; 2 has no e-mail but a postal address, 3 has neither; 4 has a bad address. 1 is the board."""
    home = make_home(tmp_path / "hem", 2525, database_url)
    folder = home / "content" / "2024-05"
    folder.mkdir()
    (folder / "01-hej.md").write_text("---\nrubrik: Hej\nfår läsas av: alla\n---\n\nHej {{ förnamn }}!\n", "utf-8")
    (folder / "02-inre.md").write_text("---\nrubrik: Inre\nfår läsas av: styrelsen\n---\n\nBara vi.\n", "utf-8")
    rest(folder)
    with open_house(home, CLOCK) as opened:
        now = opened.clock.now()

        def fill(c):
            add_people(c, opened.keys, range(1, 7), now)
            c.execute(insert(list_entries), [{"list": "styrelsen", "contact_id": n, "since": now} for n in (1, 2)])
            gone = {"address": None, "address_key": None, "address_shown": None}
            c.execute(update(contacts).where(contacts.c.id.in_((2, 3, 4))).values(**gone))
            c.execute(update(contacts).where(contacts.c.id == 4).values(address_problem="adressen saknar @"))
            postal = {"street": "=Storgatan 1", "postcode": "186 30", "city": "Vallentuna", "phone": "+46701740605"}
            c.execute(update(contacts).where(contacts.c.id == 2).values(**postal))

        opened.db.write(fill)
        series, period = which.series_and_period(opened, "2024-05")
        month.assemble(opened, series, period)
        yield opened


def rest(folder: Path) -> None:
    """Nobody is writing in it."""
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))


def looks(house: House) -> list[str]:
    return house.db.read(lambda c: list(c.execute(select(accesses.c.what).order_by(accesses.c.id)).scalars()))


def test_prints_each_edition_and_lists_who_gets_which_by_post(house, tmp_path):
    done = paper.print_out(house, "2024-05", tmp_path / "ut")
    assert {p.name for p in done.pages} == {"styrelsen.html", "övriga.html"}
    assert (done.to_post, done.without_address) == (1, 2)
    rows = done.postal_list.read_text("utf-8-sig").splitlines()
    assert rows == [
        "Förnamn;Efternamn;C/O-adress;Gatuadress;Postnummer;Ort;Version",
        "Åsa2;Öberg;;'=Storgatan 1;186 30;Vallentuna;styrelsen",
    ]
    assert "Bara vi." in (tmp_path / "ut" / "styrelsen.html").read_text("utf-8")
    assert "Bara vi." not in (tmp_path / "ut" / "övriga.html").read_text("utf-8")
    assert "Hej vän!" in (tmp_path / "ut" / "övriga.html").read_text("utf-8")
    assert looks(house) == ["print: V Aktuellt maj 2024"]


def test_says_whom_to_call_and_why(house):
    assert report.call_lines(house, "2024-05") == [
        "V Aktuellt maj 2024: 3 personer att ringa.", "",
        "  Åsa2 Öberg (000002): 070-174 06 05 – saknar e-post",
        "  Åsa3 Öberg (000003): telefon saknas – saknar e-post",
        "  Åsa4 Öberg (000004): telefon saknas – adressen fungerar inte",
    ]  # fmt: skip
    assert looks(house) == ["report: V Aktuellt maj 2024"]


def test_has_the_same_people_to_call_once_it_is_planned(house):
    before = report.call_lines(house, "2024-05")
    approve.approve(house, "2024-05", "Bo Godkännare", reason="Provet har inget register.")
    send.plan(house, "2024-05")
    assert report.call_lines(house, "2024-05") == before


def test_calls_those_who_are_new_since_the_issue_before(house):
    approve.approve(house, "2024-05", "Bo Godkännare", reason="Provet har inget register.")
    send.plan(house, "2024-05")
    june = house.content / "2024-06"
    june.mkdir()
    (june / "01-hej.md").write_text("---\nrubrik: Hej\nfår läsas av: alla\n---\n\nHej!\n", "utf-8")
    later = datetime(2024, 5, 20, tzinfo=house.zone)
    rest(june)
    house.db.write(lambda c: add_people(c, house.keys, [9], later))
    series, period = which.series_and_period(house, "2024-06")
    month.assemble(house, series, period)
    new = [line for line in report.call_lines(house, "2024-06") if line.endswith("är ny")]
    assert new == ["  Åsa9 Öberg (000009): telefon saknas – är ny"]


def test_shows_the_issue_as_one_person_gets_it_and_writes_that_down(house, tmp_path):
    done = preview.preview(house, "2024-05", tmp_path / "ut", contact="#1")
    assert [p.name for p in done.files] == ["styrelsen.html", "styrelsen.txt"]
    page = done.page.read_text("utf-8")
    assert "Så som Åsa1 Öberg får det." in page
    assert "Hej Åsa1!" in page
    assert looks(house) == ["preview: V Aktuellt maj 2024"]
    with pytest.raises(EditorError, match="skulle inte få V Aktuellt maj 2024: saknar e-post"):
        preview.preview(house, "2024-05", tmp_path / "ut", contact="#2")


def test_shows_every_edition_on_one_page(house, tmp_path):
    done = preview.preview(house, "2024-05", tmp_path / "ut")
    page = done.page.read_text("utf-8")
    assert page.count("<iframe sandbox") == 8, "light, dark and narrow of two editions; the archive wide and narrow"
    assert "Version styrelsen: 1 personer" not in page
    assert "Version styrelsen: 1 person" in page
    dark = (tmp_path / "ut" / "styrelsen-mork.html").read_text("utf-8")
    assert "@media all {" in dark
    assert "prefers-color-scheme" not in dark
