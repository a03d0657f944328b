"""What every door to a mailbox promises: the Maildir's against real folders, IMAP's against a real Dovecot."""

import tracemalloc
from collections.abc import Iterator

import pytest

from mailer.feedback.mailbox import BUNCH_BYTES, BUNCH_MAILS, LARGEST, Folder, Mailbox, Waiting
from tests.feedback.doors import DOORS, Doors, Entrance, all_doors


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with all_doors() as found:
        yield found


@pytest.fixture(params=DOORS)
def entrance(request: pytest.FixtureRequest, doors: Doors) -> Entrance:
    return doors.entrance(request.param)


@pytest.fixture
def box(entrance: Entrance) -> Iterator[Mailbox]:
    opened = entrance.open()
    yield opened
    opened.close()


def mail(n: int, body: bytes = b"Hej") -> bytes:
    return b"From: a%d@example.com\nSubject: %d\n\n%b\n" % (n, n, body)


def all_waiting(box: Mailbox) -> list[Waiting]:
    return [one for bunch in box.waiting() for one in bunch]


def subjects(box: Mailbox) -> list[int]:
    return [int(one.raw.split(b"Subject: ")[1].split()[0]) for one in all_waiting(box)]


def test_finds_nothing_in_an_empty_mailbox(box):
    assert all_waiting(box) == []
    assert [box.count(folder) for folder in Folder] == [0, 0]


def test_gives_what_waits_in_the_order_it_came(entrance, box):
    for n in range(BUNCH_MAILS + 20):
        entrance.deliver(mail(n))
    assert [len(bunch) for bunch in box.waiting()] == [BUNCH_MAILS, 20]
    assert subjects(box) == list(range(BUNCH_MAILS + 20)), "looking changes nothing"
    files = [path.name for part in ("new", "cur") for path in (entrance.path / part).iterdir()]
    assert not [name for name in files if "S" in name.partition(":2,")[2]], "and nothing has been read"


def test_gives_each_mail_whole_and_the_same_by_every_door(entrance, box):
    raw = b"From: a@example.com\nSubject: 1\n\n.en punkt\nbl\xe5b\xe4r\n\x01\xff\n"
    entrance.deliver(raw)
    (one,) = all_waiting(box)
    assert one.raw.replace(b"\r\n", b"\n") == raw
    assert not one.is_cut
    assert one.hash == Waiting("", raw, 0).hash


@pytest.mark.parametrize("raw", [b"", b"\n", b"inget huvud", b"Subject: utan slut"])
def test_gives_what_is_hardly_a_mail(entrance, box, raw):
    entrance.deliver(raw)
    (one,) = all_waiting(box)
    assert one.raw.strip() == raw.strip()
    box.move([one.id], Folder.unknown)
    assert all_waiting(box) == []


def test_moves_what_is_taken_and_leaves_the_rest(entrance, box):
    for n in range(6):
        entrance.deliver(mail(n))
    ids = [one.id for one in all_waiting(box)]
    box.move([ids[0], ids[3]], Folder.handled)
    box.move([ids[1]], Folder.unknown)
    box.move([], Folder.unknown)
    assert subjects(box) == [2, 4, 5]
    assert (box.count(Folder.handled), box.count(Folder.unknown)) == (2, 1)
    assert entrance.there(Folder.handled) == [mail(0), mail(3)]
    assert entrance.there(Folder.unknown) == [mail(1)]
    assert entrance.there() == [mail(2), mail(4), mail(5)]


def test_passes_over_what_is_gone_before_it_is_read(entrance, box):
    for n in range(BUNCH_MAILS + 5):
        entrance.deliver(mail(n))
    bunches = box.waiting()
    next(bunches)
    last = sorted(path for part in ("new", "cur") for path in (entrance.path / part).iterdir())[-1]
    last.unlink()
    assert len(next(bunches)) == 4


def test_passes_over_what_another_program_has_moved(entrance, box):
    for n in range(3):
        entrance.deliver(mail(n))
    ids = [one.id for one in all_waiting(box)]
    other = entrance.open()
    other.move([one.id for one in all_waiting(other)][:1], Folder.unknown)
    other.close()
    box.move(ids, Folder.handled)
    assert all_waiting(box) == []
    assert entrance.there(Folder.unknown) == [mail(0)]
    assert entrance.there(Folder.handled) == [mail(1), mail(2)]


def test_moves_a_mail_that_another_program_has_marked_as_read_meanwhile(entrance, box):
    entrance.deliver(mail(1))
    (one,) = all_waiting(box)
    lies = next(path for part in ("new", "cur") for path in (entrance.path / part).iterdir())
    lies.rename(entrance.path / "cur" / f"{lies.name.partition(':')[0]}:2,S")
    box.move([one.id], Folder.handled)
    assert entrance.there(Folder.handled) == [mail(1)]
    assert all_waiting(box) == []


def test_leaves_in_peace_what_somebody_has_marked_to_be_deleted(entrance, box):
    entrance.deliver(mail(1))
    name = entrance.deliver(mail(2))
    (entrance.path / "new" / name).rename(entrance.path / "cur" / f"{name}:2,ST")
    assert subjects(box) == [1]
    box.move([one.id for one in all_waiting(box)], Folder.handled)
    left = [path for part in ("new", "cur") for path in (entrance.path / part).iterdir()]
    assert name in {path.name.partition(":")[0].partition(",")[0] for path in left}, "and deletes it not either"


def test_finds_its_folders_again(entrance):
    for n in range(2):
        entrance.deliver(mail(n))
        box = entrance.open()
        box.move([one.id for one in all_waiting(box)], Folder.unknown)
        box.close()
    assert entrance.there(Folder.unknown) == [mail(0), mail(1)]


@pytest.mark.parametrize("entrance", ["maildir", "imap"], indirect=True)
def test_reads_the_first_ten_megabytes_of_what_is_larger(entrance, box):
    raw = mail(1, b"x" * 70 + b"\n") + (b"y" * 99 + b"\n") * 500_000
    entrance.deliver(raw)
    entrance.deliver(mail(2))
    large, small = all_waiting(box)
    assert len(large.raw) == LARGEST
    assert large.is_cut
    assert large.size > 50_000_000
    assert not small.is_cut
    box.move([large.id], Folder.unknown)
    assert entrance.there(Folder.unknown) == [raw], "all of it"


@pytest.mark.parametrize("entrance", ["maildir", "imap"], indirect=True)
def test_holds_no_more_than_a_bunch_in_memory(entrance, box):
    for n in range(12):
        entrance.deliver(mail(n, (b"z" * 99 + b"\n") * 60_000))
    tracemalloc.start()
    for bunch in box.waiting():
        assert sum(len(one.raw) for one in bunch) <= BUNCH_BYTES
        del bunch
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * BUNCH_BYTES
