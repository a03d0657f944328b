"""One-off mailings: each has a name of its own, and nothing in it that a message cannot carry."""

import os
from pathlib import Path

import pytest
from sqlalchemy import update

from mailer.errors import EditorError
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.outbox.tables import mailings as table
from mailer.register import choices
from mailer.settings import Kind
from mailer.verbs import approve, letter, sending_news
from tests.homes import add_people, make_home, opened


@pytest.fixture
def house(tmp_path, database_url):
    with opened(make_home(tmp_path / "hem", 2525, database_url)) as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, 4), house.clock.now()))
        yield house


def a_file(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("# Städdag\n\nVi ses på lördag.\n", "utf-8")
    return path


def test_keeps_the_same_file_to_two_lists_apart(house, tmp_path):
    file = a_file(tmp_path, "brev.md")
    first = letter.write(house, file, ("medlemmar",)).proposal.name
    approve.approve(house, first, "Bo Godkännare", reason="provet har inget register")
    second = letter.write(house, file, ("sympatisorer",)).proposal.name
    assert first != second
    assert house.db.read(lambda c: mailings.find(c, first)).state == "approved"
    assert letter.write(house, file, ("medlemmar",)).proposal.name == first  # made anew


def test_names_a_letter_by_one_word_that_a_person_can_paste(house, tmp_path):
    name = letter.write(house, a_file(tmp_path, "Inbjudan till årsmöte (2).md"), ("medlemmar",)).proposal.name
    assert name.endswith("-Inbjudan-till-årsmöte-2-till-medlemmar")


def test_has_room_for_the_names_of_corrections_and_of_what_is_told_of_them(house, tmp_path):
    """PostgreSQL refuses what does not fit."""
    file = a_file(tmp_path, f"{'å' * 90}.md")
    names = [letter.write(house, file, ("medlemmar",)).proposal.name]
    for _ in range(3):
        as_if_sent(house, names[-1])
        sending_news.tell(house)
        names.append(letter.correct(house, names[-1], file).proposal.name)
    assert len(set(names)) == 4


def as_if_sent(house, name: str) -> None:
    sent = update(table).where(table.c.name == name)
    house.db.write(lambda c: c.execute(sent.values(state=Mailing.FINISHED, planned_at=house.clock.now())))


@pytest.mark.parametrize("subject", ["Städ\tdag", "Städdag\nBcc: x@y.example", "Städ\u2028dag"])
def test_refuses_a_subject_that_no_header_can_carry(house, tmp_path, subject):
    with pytest.raises(EditorError, match="ämnesraden innehåller ett styrtecken"):
        letter.write(house, a_file(tmp_path, "brev.md"), ("medlemmar",), subject=subject)


def test_sends_no_letter_to_those_outside_its_circle(house, tmp_path):
    file = tmp_path / "inre.md"
    file.write_text("---\nrubrik: Inre\nfår läsas av: styrelsen\n---\n\nBara vi.\n", "utf-8")
    with pytest.raises(EditorError, match="texten får bara läsas av styrelsen, men skulle gå till medlemmar"):
        letter.write(house, file, ("medlemmar",))
    assert letter.write(house, file, ("styrelsen",)).written


def test_sends_the_pictures_that_lie_beside_the_letter(house, tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 20), "red").save(tmp_path / "torget.png")
    file = tmp_path / "brev.md"
    file.write_text("---\nrubrik: Torget\nbild: torget.png\nalt: Tre tält\nfoto: Bo\n---\n\nHej.\n", "utf-8")
    os.utime(tmp_path / "torget.png", (1_700_000_000, 1_700_000_000))
    (rendering,) = letter.write(house, file, ("medlemmar",)).proposal.renderings
    assert [part.is_inline for part in rendering.parts] == [True]
    file.write_text("---\nrubrik: Torget\nbild: borta.png\nalt: Tre tält\n---\n\nHej.\n", "utf-8")
    with pytest.raises(EditorError, match="finns inte bredvid filen"):
        letter.write(house, file, ("medlemmar",))


def test_writes_of_one_kind_of_event_to_those_who_have_not_said_no_to_it(house, tmp_path):
    object.__setattr__(house.settings, "kinds", (Kind(key="torg", name="Torgmöten"),))
    file = a_file(tmp_path, "brev.md")
    file.write_text("---\nslag: torg\n---\n# Vi ses på torget\n\nKaffe.\n", "utf-8")
    house.db.write(
        lambda c: choices.change(house.db, c, 1, lambda was: was.choosing("kind", "torg", "no"), "code", house.here())
    )
    written = letter.write(house, file, ("medlemmar",))
    assert written.head_count is not None
    assert written.head_count.excluded == {"unwanted_kind": 1}
    row = house.db.read(lambda c: mailings.find(c, written.proposal.name))
    assert row.event_kind == "torg"
    approve.approve(house, row.name, "Bo Godkännare", reason="provet har inget register")
    file.write_text("---\nslag: torgg\n---\n# Vi ses på torget\n\nKaffe.\n", "utf-8")
    with pytest.raises(EditorError, match="rad 2: slaget ”torgg” finns inte") as wrong:
        letter.write(house, file, ("medlemmar",))
    assert "Menade du ”torg”?" in str(wrong.value)
