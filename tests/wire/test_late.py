"""A machine that is put back to an earlier moment: what has gone out already is not sent again unasked."""

from pathlib import Path

from mailer.house import open_house
from mailer.outbox.states import Mailing
from tests.crash.kills import make_home
from tests.homes import add_people, plan_letter
from tests.relay.client import running_relay
from tests.wire import sending

MEMBERS = 5
THREE_DAYS_LATER = "2024-05-13T09:00"


def test_asks_before_it_sends_what_a_machine_put_back_has_forgotten(tmp_path, monkeypatch):
    with running_relay(pipelining=True) as relay:
        make_home(tmp_path, relay.port, "")
        with open_house(tmp_path, sending.START) as house:
            house.db.write(lambda c: add_people(c, house.keys, range(1, MEMBERS + 1), house.clock.now()))
            house.db.write(lambda c: plan_letter(c, house.clock.now()))
        then = contents(tmp_path)
        assert sending.send(tmp_path, relay).state == Mailing.FINISHED
        assert len(relay.acknowledged()) == MEMBERS

        put_back(tmp_path, then)
        monkeypatch.setattr(sending, "START", THREE_DAYS_LATER)
        sent = sending.send(tmp_path, relay)
        assert sent.state == Mailing.PAUSED
        assert "återställd till ett tidigare läge" in sent.why
        assert len(relay.acknowledged()) == MEMBERS

        sending.resume(tmp_path)
        assert sending.send(tmp_path, relay).state == Mailing.FINISHED
        assert len(relay.acknowledged()) == 2 * MEMBERS


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put_back(folder: Path, then: dict[Path, bytes]) -> None:
    """In place: the files are the same ones, as they are on a disk that is put back as a whole."""
    for path in contents(folder).keys() - then.keys():
        path.unlink()
    for path, raw in then.items():
        with path.open("r+b") as file:
            file.write(raw)
            file.truncate()
