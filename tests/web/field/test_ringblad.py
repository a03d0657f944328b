"""A printed call sheet: made, typed on the caller's page and on the command line, signed back, lost."""

import re
import stat
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from mailer.cli.survey_field import OUTCOMES
from mailer.errors import AdminError, EditorError
from mailer.register.tables import accesses, contacts
from mailer.surveys import store
from mailer.surveys.field.calling import SETTLING, Outcome
from mailer.surveys.field.tables import call_sheet_lines, contact_attempts, holds
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations
from mailer.verbs.surveys import erase, paper_in, sheet_print, sheets
from tests.surveys.arranged import NOON
from tests.web.field.at_work import BO, EVENING, Desk, Working, working

SURVEY = "medlemsenkat"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Working]:
    """One home for the tables: a row of them ends the sheet it makes."""
    with working(tmp_path_factory.mktemp("hem")) as opened:
        yield opened


def printed(work: Working, people: int = 3, name: str = "Kim", until=None, out: Path | None = None) -> sheet_print.Made:
    return sheet_print.make(work.house, SURVEY, name, people, until, BO, out)


def attempts(work: Working) -> list[tuple[str, str]]:
    a = contact_attempts.c
    return [tuple(row) for row in work.house.db.read(lambda c: c.execute(select(a.outcome, a.by).order_by(a.id)).all())]


def contact_of(work: Working, line: int) -> int:
    query = select(invitations.c.contact_id).join(
        call_sheet_lines, call_sheet_lines.c.invitation_id == invitations.c.id
    )
    return int(work.house.db.read(lambda c: c.execute(query.where(call_sheet_lines.c.line == line)).scalar_one()))


def store_of(work: Working) -> Surveyed:
    return work.house.db.read(lambda c: store.read(c, work.survey))


def typist(work: Working, name: str = "Lo") -> Desk:
    """At the page of sheets, by the link on her own."""
    desk = work.desk(name=name)
    there = re.search(r'href="[^"]+(/ring/[^"]+/ringblad)"', desk.got.text)
    assert there is not None
    desk.open(there[1])
    return desk


def test_prints_a_sheet_for_its_owner_alone_and_keeps_it_until_it_is_back(work: Working):
    made = printed(work)
    assert made.path == work.house.var / "ringblad" / "medlemsenkat-1.pdf"
    assert made.path.read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700
    lines = sheet_print.words(work.house, made)
    assert lines[0] == "Blad 1 till Kim: 3 personer att ringa för Medlemsenkät 2024."
    assert "tisdag 9 april kl. 20.00" in lines[2]
    assert any("telephone under [association]" in line for line in lines)
    assert "Blad 1. Kim, tisdag 9 april: ute till" in sheets.listed(work.house, SURVEY)[0]
    back = sheets.give_back(work.house, SURVEY, 1, BO)
    assert "Rad 1, 2 och 3 är inte inskrivna än." in back
    assert not made.path.exists()
    assert "tillbaka tisdag 9 april kl. 18.00, enligt Bo Godkännare" in sheets.listed(work.house, SURVEY)[0]
    with pytest.raises(EditorError, match="är redan tillbaka"):
        sheets.give_back(work.house, SURVEY, 1, BO)


def test_frees_everybody_when_the_sheet_cannot_be_written(one_work: Working, tmp_path: Path):
    with pytest.raises(AdminError, match="bladet gick inte att skriva"):
        printed(one_work, out=tmp_path / "ingen" / "blad.pdf")
    assert printed(one_work, 10).sheet.people == 10
    assert "tillbaka" in sheets.listed(one_work.house, SURVEY)[1]


@pytest.mark.parametrize(
    ("moment", "until", "back"),
    [
        ("2024-04-09T14:00", None, "2024-04-09 20:00"),
        ("2024-04-09T19:45", None, "2024-04-11 20:00"),  # the evening is over, and V Aktuellt goes on the 10th
        ("2024-04-13T18:00", None, "2024-04-15 20:00"),  # a Saturday
        ("2024-04-09T18:00", (date(2024, 4, 12), time(20)), "2024-04-12 20:00"),
    ],
)
def test_knows_when_a_sheet_is_to_be_back(shared: Working, moment: str, until, back: str):
    shared.at(moment)
    made = printed(shared, until=until)
    sheets.give_back(shared.house, SURVEY, made.sheet.number, BO)
    assert f"{made.sheet.expires_at.astimezone(shared.house.zone):%Y-%m-%d %H:%M}" == back


@pytest.mark.parametrize(
    ("moment", "until", "said"),
    [
        ("2024-04-09T18:00", (None, time(18, 5)), "är för tidigt"),
        ("2024-04-09T18:00", (date(2024, 4, 17), time(20)), "högst sju dygn"),
        ("2024-06-28T18:00", None, "ingen kväll att ringa på är kvar"),
    ],
)
def test_prints_no_sheet_that_is_never_back_or_for_no_evening(shared: Working, moment: str, until, said: str):
    shared.at(moment)
    with pytest.raises(EditorError, match=said):
        printed(shared, until=until)


def test_types_a_sheet_line_by_line_on_the_callers_page(work: Working):
    printed(work)
    desk = typist(work)
    desk.press("sheet", sheet="1")
    assert [b for b in desk.buttons if b.startswith("line")] == ["line-1", "line-2", "line-3"]
    assert "Efternamn" not in desk.text
    assert "Öberg" not in desk.text
    seen = work.house.db.read(lambda c: c.execute(select(func.count()).select_from(accesses)).scalar_one())
    desk.press("line-2")
    assert "Blad 1, rad 2" in desk.text
    assert work.house.db.read(lambda c: c.execute(select(func.count()).select_from(accesses)).scalar_one()) == seen + 1
    declined = contact_of(work, 2)
    desk.press("declined")
    assert "Noterat. Nästa rad?" in desk.text
    assert work.state(declined) == "declined"
    assert attempts(work) == [("declined", "Kim")]
    desk.press("line-3").press("again", day="2024-04-11", hour="18:30")
    desk.press("line-1").press("no_answer")
    assert "Alla rader på blad 1 är inskrivna" in desk.text
    assert attempts(work) == [("declined", "Kim"), ("again", "Kim"), ("no_answer", "Kim")]
    assert "3 av 3 rader inskrivna" in sheets.listed(work.house, SURVEY)[0]


def test_types_the_answers_of_a_line_in_the_form_of_a_call(work: Working):
    printed(work)
    desk = typist(work).press("sheet", sheet="1").press("line-1")
    contact = contact_of(work, 1)
    desk.press("talking")
    assert "Efternamn" not in desk.text
    assert "Viktigast" not in desk.press("next", q__aktiv="nej").text  # it is in the small envelope
    desk.press("submit").press("skip")
    assert desk.path.startswith("/ring/")
    assert "Lägg det lilla kuvertet oöppnat i högen" in desk.text
    assert [b for b in desk.buttons if b.startswith("line")] == ["line-2", "line-3"]
    assert work.state(contact) == "answered"
    assert (work.count(), paper_in.waiting(work.house, store_of(work))) == (0, 1)
    assert attempts(work) == [("answered", "Kim")]


def test_opens_no_line_while_somebody_else_is_before_her(one_work: Working):
    printed(one_work)
    link = one_work.link()
    desk = Desk(one_work.site, link).press("next")
    before = one_work.house.db.read(lambda c: c.execute(select(holds.c.invitation_id)).scalar_one())
    desk.open(f"{link}/ringblad")
    assert "Skriv först hur det här samtalet gick" in desk.text
    got = one_work.site.post(f"{link}/ringblad", button="line-1", sheet="1")
    assert got.headers["location"].endswith("?gjort=have_one")
    assert one_work.house.db.read(lambda c: c.execute(select(holds.c.invitation_id)).scalar_one()) == before


def test_leads_back_to_the_line_and_lays_a_wrong_one_aside(one_work: Working):
    printed(one_work)
    desk = typist(one_work).press("sheet", sheet="1").press("line-2")
    link = desk.path.partition("/ringblad")[0]
    desk.open(link)
    assert "Blad 1, rad 2" in desk.text
    desk.press("back")
    assert "Raden är inte inskriven" in desk.text
    assert attempts(one_work) == []
    assert one_work.house.db.read(lambda c: c.execute(select(func.count()).select_from(holds)).scalar_one()) == 0


def test_says_so_when_there_is_no_such_sheet(one_work: Working):
    printed(one_work)
    desk = typist(one_work)
    for typed in ("2", "0", "x", "9" * 19):
        desk.press("sheet", sheet=typed)
        assert (desk.got.status, "inget ringblad med det numret" in desk.text) == (422, True)
    got = one_work.site.post(desk.path, button="line-77", sheet="1")
    assert got.headers["location"].endswith("blad=1&gjort=unknown")
    assert one_work.site.post(desk.path, button="line-1000", sheet="1").status == 400
    assert one_work.site.post(desk.path, button="declined", who="1").headers["location"].endswith("gjort=not_yours")


def test_notes_a_line_of_one_who_has_answered_since(one_work: Working):
    printed(one_work)
    contact = contact_of(one_work, 1)
    mine = one_work.visit(contact, "?sida=om-dig").press(q__aktiv="ja").press().press(q__viktigast="skolan")
    mine.press("submit")
    desk = typist(one_work).press("sheet", sheet="1").press("line-1")
    assert "har svarat på annat sätt" in desk.text
    assert "talking" not in desk.buttons
    desk.press("declined")
    assert "inget mer händer" in desk.text
    assert one_work.state(contact) == "answered"
    assert attempts(one_work) == [("declined", "Kim")]


def test_shows_no_page_of_sheets_before_there_are_any(one_work: Working):
    assert "ringblad" not in one_work.desk().got.text


def test_types_every_outcome_on_the_command_line(one_work: Working):
    printed(one_work, 8)
    ends = {"nej": "declined", "borta": "stopped"}
    for row, (word, outcome) in enumerate(sheets.IN_WORDS.items(), 1):
        contact = contact_of(one_work, row)
        again = (date(2024, 4, 11), time(18, 30)) if word == "igen" else None
        said = sheets.line(one_work.house, SURVEY, 1, row, outcome, again, BO)
        assert attempts(one_work)[-1] == (outcome, "Kim")
        assert one_work.state(contact) == ends.get(word, "invited"), word
    assert said == ["Blad 1, rad 7: avliden eller inte medlem längre.", "Kvar att skriva in: rad 8."]
    assert set(sheets.IN_WORDS.values()) == set(SETTLING)
    assert tuple(sheets.IN_WORDS) == OUTCOMES
    with pytest.raises(EditorError, match="är redan inskriven"):
        sheets.line(one_work.house, SURVEY, 1, 2, Outcome.BUSY, None, BO)


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (None, "när vill personen bli uppringd"),
        ((None, time(17)), "har redan varit"),
        ((date(2024, 4, 13), time(18)), "det är lördag eller söndag"),
        ((date(2024, 4, 10), time(18)), "V Aktuellt kommer den dagen"),
        ((date(2024, 4, 11), time(21)), "utanför de tillåtna klockslagen"),
    ],
)
def test_calls_nobody_back_at_a_quiet_hour(shared: Working, again, said: str):
    shared.at(EVENING)
    number = printed(shared).sheet.number
    with pytest.raises(EditorError, match=said):
        sheets.line(shared.house, SURVEY, number, 1, Outcome.AGAIN, again, BO)
    assert attempts(shared) == []
    sheets.give_back(shared.house, SURVEY, number, BO)


def test_says_what_to_do_when_a_sheet_is_lost(one_work: Working):
    made = printed(one_work)
    gone = contact_of(one_work, 1)  # she has resigned since, and is on the paper all the same
    one_work.house.db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == gone).values(resigned_at=NOON)))
    said = sheets.lose(one_work.house, SURVEY, 1, BO)
    text = "\n".join(said)
    assert "senast fredag 12 april kl. 18.00" in text  # 72 hours from when it is known
    assert "imy.se" in text
    assert one_work.house.settings.responsible.contact in text
    assert "På bladet står 3 personer:" in text
    assert sum("070-174 06 05" in line for line in said) == 3
    seen = one_work.house.db.read(lambda c: c.execute(select(accesses.c.who, accesses.c.what)).all())
    assert sum(row.what == "survey: lost sheet" for row in seen) == 3
    assert not made.path.exists()
    one_work.at("2024-04-10T09:00")  # read once more: the hours run from the first time
    assert "senast fredag 12 april kl. 18.00" in "\n".join(sheets.lose(one_work.house, SURVEY, 1, BO))
    assert "borta tisdag 9 april" in sheets.listed(one_work.house, SURVEY)[0]
    sheets.give_back(one_work.house, SURVEY, 1, BO)
    with pytest.raises(EditorError, match="är redan tillbaka"):
        sheets.lose(one_work.house, SURVEY, 1, BO)


def test_names_the_sheets_that_are_late(one_work: Working):
    assert printed(one_work).path.exists()
    assert not any("Skulle ha varit tillbaka" in line for line in sheets.listed(one_work.house, SURVEY))
    one_work.at("2024-04-10T09:00")
    assert sheets.listed(one_work.house, SURVEY)[-1].startswith("Skulle ha varit tillbaka: blad 1.")
    one_work.at("2024-04-11T18:00")
    old, new = one_work.house.var / "ringblad" / "medlemsenkat-1.pdf", printed(one_work).path
    assert (old.exists(), new.exists()) == (False, True)
    one_work.at("2024-04-12T09:00")
    erase.tend(one_work.house)  # the clock, when nobody prints another
    assert not new.exists()


def test_writes_over_no_file_that_a_link_points_at(one_work: Working, tmp_path: Path):
    mine, link = tmp_path / "egen.txt", tmp_path / "blad.pdf"
    mine.write_text("min egen")
    mine.chmod(0o644)
    link.symlink_to(mine)
    made = printed(one_work, out=link)
    assert (mine.read_text(), stat.S_IMODE(mine.stat().st_mode)) == ("min egen", 0o644)
    assert (made.path.is_symlink(), stat.S_IMODE(made.path.stat().st_mode)) == (False, 0o600)


def test_lets_nobody_handle_sheets_who_is_not_among_the_people(one_work: Working):
    for act in (
        lambda: sheet_print.make(one_work.house, SURVEY, "Kim", 3, None, "Kim"),
        lambda: sheets.give_back(one_work.house, SURVEY, 1, "Kim"),
        lambda: sheets.lose(one_work.house, SURVEY, 1, "Kim"),
        lambda: sheets.line(one_work.house, SURVEY, 1, 1, Outcome.BUSY, None, "Kim"),
    ):
        with pytest.raises(EditorError, match="Kim: är inte "):
            act()
