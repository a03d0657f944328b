"""IMAP, against a real Dovecot: whom the house talks to, what it tells people when it may not, and what it never risks."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from mailer.errors import AdminError, LaterError
from mailer.feedback.imap import Imap
from mailer.feedback.mailbox import Folder
from mailer.settings import Mailbox as At
from tests.feedback.doors import Doors, Entrance, all_doors
from tests.postoffice.dovecot import PASSWORD
from tests.postoffice.programs import HOST, free_port
from tests.relay.client import CERTIFICATES

RAW = b"From: a@example.com\nSubject: 1\n\nHej\n"


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with all_doors() as found:
        yield found


@pytest.fixture
def entrance(doors: Doors) -> Entrance:
    return doors.entrance("imap")


def at(entrance: Entrance, **other: object) -> At:
    assert entrance.server
    given = {"kind": "imap", "host": HOST, "port": entrance.server.port, "security": "none", "username": entrance.user}
    return At(**(given | other))


def trust(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / f"{name}.pem"))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_reads_through_tls(entrance, monkeypatch, security):
    trust(monkeypatch, "good")
    entrance.deliver(RAW)
    port = entrance.server.tls_port if security == "tls" else entrance.server.port
    box = Imap(at(entrance, security=security, port=port, host="localhost"), PASSWORD)
    assert [one.raw.replace(b"\r\n", b"\n") for bunch in box.waiting() for one in bunch] == [RAW]
    box.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_gives_its_password_to_nobody_who_cannot_show_who_it_is(entrance, monkeypatch, security):
    trust(monkeypatch, "wrong-name")
    port = entrance.server.tls_port if security == "tls" else entrance.server.port
    with pytest.raises(AdminError, match="kan inte visa att den är den den säger") as told:
        Imap(at(entrance, security=security, port=port, host="localhost"), PASSWORD)
    assert "Lösenordet är inte skickat." in str(told.value)


def test_says_when_it_is_not_let_in(entrance):
    with pytest.raises(AdminError, match="fel användare eller lösenord") as told:
        Imap(at(entrance), "fel")
    assert "fel" not in str(told.value).split("fel användare eller lösenord")[1].split()
    assert entrance.user not in str(told.value)


@pytest.mark.parametrize("password", ["blåbär", 'med "tecken" \\ och mellanslag'])
def test_says_a_password_with_any_characters(entrance, password):
    with pytest.raises(AdminError, match="fel användare eller lösenord"):
        Imap(at(entrance), password)


def test_says_that_the_folder_does_not_exist(entrance):
    with pytest.raises(AdminError, match="har ingen mapp ”Studsar”"):
        Imap(at(entrance, folder="Studsar"), PASSWORD)


def test_reads_another_folder_and_makes_its_own_below_it(entrance):
    box = Imap(at(entrance), PASSWORD)
    box._box.folder.create("Återkomna")
    box.close()
    box = Imap(at(entrance, folder="Återkomna"), PASSWORD)
    box._box.append(RAW.replace(b"\n", b"\r\n"), "Återkomna")
    (one,) = next(box.waiting())
    box.move([one.id], Folder.unknown)
    assert box.count(Folder.unknown) == 1
    box.close()
    assert len(list((entrance.path / ".&AMU-terkomna.ok&AOQ-nda" / "new").iterdir())) == 1


def test_tries_again_later_when_nobody_answers(entrance):
    with pytest.raises(LaterError, match="svarar inte"):
        Imap(at(entrance, port=free_port()), PASSWORD)


def test_finds_every_mail_again_under_a_new_number(entrance):
    """UIDVALIDITY has changed: nothing is remembered by number, so nothing is mistaken for another."""
    for n in range(3):
        entrance.deliver(RAW.replace(b"1", b"%d" % n))
    box = Imap(at(entrance), PASSWORD)
    before = [one for bunch in box.waiting() for one in bunch]
    box.move([before[0].id], Folder.handled)
    box.close()
    entrance.server.forget_uids()
    box = Imap(at(entrance), PASSWORD)
    after = [one for bunch in box.waiting() for one in bunch]
    box.close()
    assert {one.hash for one in after} == {one.hash for one in before[1:]}


Speech = Callable[[socket.socket], None]


def a_server(say: Speech) -> int:
    """A server that says what it likes to the first who comes. Its port."""
    listening = socket.create_server((HOST, 0))

    def serve() -> None:
        with listening:
            line, _ = listening.accept()
            with line:
                try:
                    say(line)
                except OSError:
                    return

    threading.Thread(target=serve, daemon=True).start()
    return int(listening.getsockname()[1])


def speaks(*replies: bytes, heard: list[bytes] | None = None) -> Speech:
    """A greeting, then one reply for each command; `TAG` in it is the command's own. `heard`: gets the commands."""

    def say(line: socket.socket) -> None:
        line.sendall(b"* OK hej\r\n")
        commands = line.makefile("rb")
        for reply in replies:
            command = commands.readline()
            tag = command.split(b" ")[0]
            if heard is not None:
                heard.append(command)
            line.sendall(reply.replace(b"TAG", tag))
        commands.readline()

    return say


CAPABLE = b"* CAPABILITY IMAP4rev1\r\nTAG OK ja\r\n"


@pytest.mark.parametrize(
    ("say", "error"),
    [
        (lambda line: None, LaterError),
        (lambda line: line.sendall(b"\xff\x00 vad?\r\n"), LaterError),
        (speaks(b"* BYE stangt\r\n"), LaterError),
        (speaks(CAPABLE, b"TAG NO [UNAVAILABLE] katalogen svarar inte\r\n"), LaterError),
        (speaks(CAPABLE, b"TAG NO [LIMIT] too many\r\n"), LaterError),
        (speaks(CAPABLE, b"TAG NO [AUTHENTICATIONFAILED] nej\r\n"), AdminError),
        (speaks(CAPABLE, b"TAG NO nej\r\n"), AdminError),
        (speaks(CAPABLE, b"TAG BAD vad?\r\n"), AdminError),
        (speaks(CAPABLE, b"TAG OK ja\r\n", CAPABLE, b"TAG NO [SERVERBUG] hoppsan\r\n"), AdminError),
        (speaks(CAPABLE, b"TAG OK ja\r\n", b"skrap\r\n"), LaterError),
    ],
    ids=["silent", "garbage", "bye", "unavailable", "limit", "wrong", "no", "bad", "no folder", "garbage later"],
)
def test_tells_a_server_in_trouble_from_a_wrong_password(say, error):
    port = a_server(say)
    with pytest.raises(error):
        Imap(At(kind="imap", host=HOST, port=port, security="none", username="studs"), PASSWORD, timeout_s=5)


def test_leaves_a_server_that_has_fallen_silent_as_soon_as_it_is_told_to():
    def say(line: socket.socket) -> None:
        speaks(CAPABLE, b"TAG OK ja\r\n", CAPABLE, b"TAG OK ja\r\n", b"")(line)

    box = Imap(
        At(kind="imap", host=HOST, port=a_server(say), security="none", username="studs"), PASSWORD, timeout_s=60
    )
    ended: list[object] = []

    def look() -> None:
        try:
            next(box.waiting())
        except LaterError as why:
            ended.append(why)

    reading = threading.Thread(target=look)
    reading.start()
    box.interrupt()
    reading.join(20)
    assert ended, "sixty seconds are its patience with a server"
    box.close()


OPENED = (CAPABLE, b"TAG OK ja\r\n", CAPABLE, b"TAG OK ja\r\n")  # let in, and the folder is open
LOOKED = (b"TAG OK ja\r\n", b"* SEARCH 1 2 3\r\nTAG OK ja\r\n")
ODD = {
    "a fetch of nothing we know": (*OPENED, *LOOKED, b"* 1 FETCH (UID 1 RFC822.SIZE {99999999999999999999}\r\n"),
    "no capabilities once we are in": (CAPABLE, b"TAG OK ja\r\n", b"TAG OK ja\r\n"),
    "a namespace of nothing": (CAPABLE, b"TAG OK ja\r\n", CAPABLE.replace(b"\r\nTAG", b" NAMESPACE\r\nTAG"),
                               b"TAG OK ja\r\n", b"* NAMESPACE\r\nTAG OK ja\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("replies", ODD.values(), ids=ODD)
def test_waits_for_a_server_that_answers_as_none_should(replies):
    """What the libraries fall over is the server's doing, and must not end the service."""
    port = a_server(speaks(*replies))

    def look() -> None:
        box = Imap(At(kind="imap", host=HOST, port=port, security="none", username="studs"), PASSWORD, timeout_s=5)
        with closing(box):
            next(box.waiting(), None)

    with pytest.raises(LaterError):
        look()


SIZES = b"".join(b"* %d FETCH (UID %d RFC822.SIZE 3)\r\n" % (n, n) for n in (1, 2, 3)) + b"TAG OK ja\r\n"


@pytest.mark.parametrize("no", [b"TAG NO [SERVERBUG] trasigt\r\n", b"TAG BAD trasigt\r\n"], ids=["no", "bad"])
def test_reads_the_others_when_the_server_cannot_give_one_mail(no):
    one = [b"* %d FETCH (UID %d BODY[]<0> {3}\r\nHej)\r\nTAG OK ja\r\n" % (n, n) for n in (1, 3)]
    port = a_server(speaks(*OPENED, *LOOKED, SIZES, no, one[0], no, one[1]))
    box = Imap(At(kind="imap", host=HOST, port=port, security="none", username="studs"), PASSWORD, timeout_s=5)
    assert [[mail.id for mail in bunch] for bunch in box.waiting()] == [["1", "3"]]
    assert box.passed_over == 1
    box.close()


@pytest.mark.parametrize(
    ("can", "wanted"),
    [
        (b" MOVE UIDPLUS", [b"STORE", b"MOVE"]),
        (b" UIDPLUS", [b"STORE", b"COPY", b"STORE", b"EXPUNGE"]),
        (b"", [b"STORE", b"COPY", b"STORE"]),
    ],
)
def test_moves_by_the_best_that_the_server_can_once_it_has_let_us_in(can, wanted):
    """Dovecot says nothing of MOVE before the login; a server that has it moves a mail in one step."""
    heard: list[bytes] = []
    after = CAPABLE.replace(b"\r\nTAG", can + b"\r\nTAG")
    status = b"* STATUS hanterade (MESSAGES 0)\r\nTAG OK ja\r\n"
    replies = (CAPABLE, b"TAG OK ja\r\n", after, b"TAG OK ja\r\n", status, *[b"TAG OK ja\r\n"] * 8)
    port = a_server(speaks(*replies, heard=heard))
    box = Imap(At(kind="imap", host=HOST, port=port, security="none", username="studs"), PASSWORD, timeout_s=5)
    box.move(["1", "2"], Folder.handled)
    box.close()
    assert [line.split()[2] for line in heard if b" UID " in line] == wanted


def test_expunges_only_what_it_has_moved_itself(doors):
    """Without MOVE: what somebody else has marked is hers to expunge."""
    for name in ("imap without MOVE", "imap without MOVE or UIDPLUS"):
        entrance = doors.entrance(name)
        marked = entrance.deliver(RAW)
        (entrance.path / "new" / marked).rename(entrance.path / "cur" / f"{marked}:2,T")
        entrance.deliver(RAW.replace(b"1", b"2"))
        box = entrance.open()
        ids = [one.id for bunch in box.waiting() for one in bunch]
        assert len(ids) == 1
        box.move(ids, Folder.handled)
        box.close()
        assert marked in {path.name.partition(":")[0] for path in (entrance.path / "cur").iterdir()}
