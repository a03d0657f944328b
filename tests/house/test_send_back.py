"""An approver sends a proposal back, on both engines: it is noted once, the editors are told, the clock asks anew."""

import pytest
from sqlalchemy import select

from mailer.clockwork.tick import tick
from mailer.errors import EditorError
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.outbox.tables import mailings as table
from mailer.verbs import approve, send
from mailer.verbs.send_back import LONGEST_REMARK, lines, send_back
from tests.web.month import BO, MAY, a_month, assemble, at, write


@pytest.fixture
def house(tmp_path, database_url):
    with a_month(tmp_path / "hem", database_url) as opened:
        yield opened


def row(house: House):
    return house.db.read(lambda c: mailings.find(c, MAY))


def notices(house: House, prefix: str) -> list[str]:
    names = select(table.c.title).where(table.c.name.startswith(f"systemmejl/{prefix}"))
    return house.db.read(lambda c: c.execute(names).scalars().all())


def test_sends_back_and_tells_the_editors(house):
    done = send_back(house, "2024-05", " bo  godkännare", "  Fel datum i blocket om torget. ")
    assert (done.title, done.word, done.told) == ("V Aktuellt maj 2024", "2024-05", 1)
    assert (row(house).state, row(house).why) == (Mailing.RETURNED, "Bo Godkännare: Fel datum i blocket om torget.")
    assert notices(house, "tillbaka/") == ["Tillbaka från Bo Godkännare: V Aktuellt maj 2024"]
    assert "skickat tillbaka" in lines(done)[0]


def test_asks_anew_when_a_file_has_changed_after_it_was_sent_back(house):
    tick(at(house, "2024-05-04T09:00"))
    send_back(house, "2024-05", BO, "Fel datum.")
    before = len(notices(house, "godkänn/"))
    tick(at(house, "2024-05-04T09:01"))
    assert row(house).state == Mailing.RETURNED  # nothing has changed: nobody is asked
    assert len(notices(house, "godkänn/")) == before
    write(house.home, "2024-05/02-valet.md", "# Rösta den 9 juni\n\nTa med en granne.\n")
    tick(at(house, "2024-05-04T09:20"))
    assert (row(house).state, row(house).why) == (Mailing.PROPOSED, None)
    assert len(notices(house, "godkänn/")) == before + 1


def test_sends_nothing_that_was_sent_back(house):
    send_back(house, "2024-05", BO, "Fel datum.")
    with pytest.raises(EditorError, match="är skickat tillbaka till redaktören"):
        approve.approve(house, "2024-05", BO)
    with pytest.raises(EditorError, match="är skickat tillbaka till redaktören"):
        send.plan(house, "2024-05")


@pytest.mark.parametrize("remark", ["", "  \n ", "x" * (LONGEST_REMARK + 1)])
def test_wants_a_remark_that_says_something(house, remark):
    with pytest.raises(EditorError, match="anmärkning"):
        send_back(house, "2024-05", BO, remark)
    assert row(house).state == Mailing.PROPOSED


def test_lets_approvers_only_send_back(house):
    with pytest.raises(EditorError, match="är inte godkännare"):
        send_back(house, "2024-05", "Kerstin Lund", "Fel.")


def test_sends_back_what_was_read_and_nothing_else(house):
    read = house.db.read(lambda c: mailings.hash_of(c, row(house)))
    write(house.home, "2024-05/02-valet.md", "# Rösta den 9 juni\n\nTa med två.\n")
    assemble(house)
    with pytest.raises(EditorError, match="har gjorts om sedan du läste det"):
        send_back(house, "2024-05", BO, "Fel.", version=read[:12])
    assert row(house).state == Mailing.PROPOSED
    assert notices(house, "tillbaka/") == []


def test_sends_back_nothing_that_has_its_yes(house):
    approve.approve(house, "2024-05", BO)
    with pytest.raises(EditorError, match="utskicket är godkänt"):
        send_back(house, "2024-05", BO, "Vänta!")


def test_tells_the_editors_of_each_remark_once(house):
    for remark in ("Fel datum.", "Fel plats.", "Fel datum."):
        send_back(house, "2024-05", BO, remark)
        assemble(house)
    assert len(notices(house, "tillbaka/")) == 2
