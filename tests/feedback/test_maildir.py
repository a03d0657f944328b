"""A Maildir on this machine: what is not one, who owns what is made, and what others leave in it."""

import os

import pytest

from mailer.errors import AdminError
from mailer.feedback.mailbox import Folder
from mailer.feedback.maildir import Maildir
from tests.postoffice.programs import NOBODY, make_maildir


@pytest.fixture
def path(tmp_path):
    return make_maildir(tmp_path / "studs")


def waiting(box):
    return [one for bunch in box.waiting() for one in bunch]


@pytest.mark.parametrize("make", [(), ("cur",), ("cur", "new")])
def test_does_not_take_another_folder_for_an_empty_mailbox(tmp_path, make):
    for name in make:
        (tmp_path / name).mkdir()
    with pytest.raises(AdminError, match="är ingen Maildir"):
        Maildir(tmp_path)


def test_gives_what_it_makes_to_whom_the_mailbox_belongs(path):
    (path / "new" / "1.M1P1.x").write_bytes(b"Hej")
    box = Maildir(path)
    box.move([one.id for one in waiting(box)], Folder.unknown)
    made = [path / ".ok&AOQ-nda", *(path / ".ok&AOQ-nda").iterdir()]
    assert {one.stat().st_uid for one in made} == {NOBODY if os.geteuid() == 0 else os.geteuid()}


def test_makes_a_folder_whole_that_a_crash_left_half(path):
    (path / ".hanterade" / "cur").mkdir(parents=True)
    (path / "new" / "1.M1P1.x").write_bytes(b"Hej")
    box = Maildir(path)
    box.move([one.id for one in waiting(box)], Folder.handled)
    assert (path / ".hanterade" / "maildirfolder").exists()
    assert box.count(Folder.handled) == 1


def test_never_puts_a_mail_over_another_of_the_same_name(path):
    box = Maildir(path)
    for body in (b"ett", b"annat"):
        (path / "new" / "1.M1P1.x").write_bytes(body)
        box.move([one.id for one in waiting(box)], Folder.unknown)
    assert sorted(file.read_bytes() for file in (path / ".ok&AOQ-nda" / "new").iterdir()) == [b"annat", b"ett"]


def test_does_not_read_what_is_still_being_written(path):
    (path / "tmp" / "1.M1P1.x").write_bytes(b"halv")
    (path / "new" / ".dold").write_bytes(b"inget mejl")
    assert waiting(Maildir(path)) == []


def test_keeps_the_marks_that_people_have_set(path):
    (path / "cur" / "1.M1P1.x:2,FR").write_bytes(b"Hej")
    box = Maildir(path)
    box.move([one.id for one in waiting(box)], Folder.handled)
    assert [file.name for file in (path / ".hanterade" / "cur").iterdir()] == ["1.M1P1.x:2,FRS"]


def test_orders_mails_by_when_they_came_and_not_by_their_names(path):
    names = ["1700000002.M5P1.x", "1700000002.M40P1.x", "999999999.M1P1.x", "konstigt"]
    for name in names:
        (path / "new" / name).write_bytes(name.encode())
    order = [one.raw.decode() for one in waiting(Maildir(path))]
    assert order == ["konstigt", "999999999.M1P1.x", "1700000002.M5P1.x", "1700000002.M40P1.x"]


def test_says_what_has_gone_away_meanwhile(path):
    box = Maildir(path)
    (path / "new").rmdir()
    with pytest.raises(AdminError, match="går inte att läsa eller flytta"):
        waiting(box)
