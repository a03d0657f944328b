"""An approver answers on the page: the same verbs as the command line, each thing once. Both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import select, update

from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.outbox.tables import approvals
from mailer.outbox.tables import mailings as table
from mailer.register.tables import imports
from mailer.verbs import approve, send
from tests.homes import add_people
from tests.web.month import BO, MAY, READ, ZONE, assemble, propose, write

STOP = {"stops": True, "where": "content/2024-05/01-torget.md", "line": 3, "what": "ett personnummer.", "remedy": ""}


def given(house) -> list:
    return house.db.read(lambda c: c.execute(select(approvals)).all())


def notices(house, prefix: str) -> list[str]:
    names = select(table.c.title).where(table.c.name.startswith(f"systemmejl/{prefix}"))
    return house.db.read(lambda c: c.execute(names).scalars().all())


def change(house, **values) -> None:
    house.db.write(lambda c: c.execute(update(table).where(table.c.name == MAY).values(**values)))


def test_takes_a_yes_and_says_by_whom(site):
    link = site.link()
    there, page = site.follow(link, site.post(link, **READ))
    assert there == link
    assert "Godkänt av Anna Redaktör lördag 4 maj 2024 kl. 9.00." in page.text
    assert "Det skickas fredag 10 maj kl. 9.00." in page.text
    assert "<button" not in page.text
    (row,) = given(site.house)
    assert (row.name, row.os_user, row.head_count, row.reason) == ("Anna Redaktör", "webbsida", 12, None)
    assert row.hash == site.house.db.read(lambda c: mailings.hash_of(c, mailings.find(c, MAY)))


def test_takes_no_yes_from_a_program_that_sends_every_form_it_finds(site):
    link = site.link()
    got = site.post(link, button="approve")
    assert got.status == 422
    assert "rutan är inte ikryssad" in got.text
    assert site.state() == Mailing.PROPOSED


def test_asks_for_a_reason_when_the_register_is_old_and_only_then(site):
    assert 'name="reason"' not in site.get(site.link()).text
    old = datetime(2024, 4, 1, tzinfo=ZONE)
    site.house.db.write(lambda c: c.execute(update(imports).values(at=old)))
    link = site.link()
    page = site.get(link).text
    assert "registret är för gammalt" in page
    assert 'name="reason"' in page
    assert "--reason" not in page
    got = site.post(link, **READ)
    assert (got.status, site.state()) == (409, Mailing.PROPOSED)
    assert "--reason" not in got.text
    _, page = site.follow(link, site.post(link, **READ, reason="Inget har ändrats"))
    assert "Skälet: Inget har ändrats" in page.text
    assert given(site.house)[0].reason == "Inget har ändrats"


def test_asks_why_when_the_preflight_stops_it(site):
    change(site.house, contents={"findings": [STOP]})
    link = site.link()
    page = site.get(link).text
    assert "content/2024-05/01-torget.md, rad 3:</strong> ett personnummer." in page
    assert 'name="despite"' in page
    got = site.post(link, **READ)
    assert (got.status, site.state()) == (409, Mailing.PROPOSED)
    assert "--despite" not in got.text
    _, page = site.follow(link, site.post(link, **READ, despite="Det är ett exempel"))
    assert "Trots slutkontrollen: Det är ett exempel" in page.text
    assert given(site.house)[0].despite == "Det är ett exempel"


def test_asks_again_when_the_audience_moved_after_the_yes(site):
    site.post(site.link(), **READ)
    site.house.db.write(lambda c: add_people(c, site.house.keys, range(20, 40), site.house.clock.now()))
    send.plan(site.house, MAY)
    link = site.link(person=1)
    page = site.get(link).text
    assert "antalet mottagare har gått från 12 till 32" in page
    site.post(link, **READ)
    assert site.state() == Mailing.APPROVED
    assert given(site.house)[-1].name == BO


def test_lets_nobody_approve_what_nobody_would_get(site):
    propose(site.house, "brev/1")
    site.house.db.write(lambda c: c.execute(update(table).values(rule={"lists": [], "segment": None})))
    page = site.get(site.link("brev/1")).text
    assert "Det kan inte godkännas" in page
    assert "det finns ingen att skicka till" in page
    assert 'value="approve"' not in page
    assert 'value="return"' in page


def test_takes_a_yes_again_when_the_time_ran_out_after_the_first(site):
    site.post(site.link(), **READ)
    change(site.house, expires_at=datetime(2024, 5, 3, tzinfo=ZONE))
    link = site.link()
    assert "tiden för numret har gått ut" in site.get(link).text
    site.follow(link, site.post(link, **READ, reason="Det ska ut ändå"))
    assert len(given(site.house)) == 2


def test_sends_back_with_a_remark_and_tells_the_editor(site):
    link = site.link(person=1)
    _, page = site.follow(link, site.post(link, button="return", remark="Fel datum.\r\n\r\nDet är den 14."))
    assert "Skickat tillbaka till redaktören" in page.text
    assert "Bo Godkännare: Fel datum.\n\nDet är den 14." in page.text
    assert 'value="approve"' not in page.text
    assert site.state() == Mailing.RETURNED
    assert notices(site.house, "tillbaka/") == ["Tillbaka från Bo Godkännare: V Aktuellt maj 2024"]


@pytest.mark.parametrize(("remark", "says"), [("", "den är tom"), ("å" * 2001, "den är 2001 tecken")])
def test_sends_nothing_back_without_a_remark_that_can_be_read(site, remark, says):
    got = site.post(site.link(), button="return", remark=remark)
    assert got.status == 422
    assert says in got.text
    assert remark in got.text
    assert "<details open>" in got.text
    assert site.state() == Mailing.PROPOSED


def test_keeps_what_no_text_may_have_out_of_a_remark(site):
    site.follow(site.link(), site.post(site.link(), button="return", remark="Fel\x00 \u202edatum \ue001"))
    assert site.house.db.read(lambda c: mailings.find(c, MAY)).why == "Anna Redaktör: Fel\ufffd \ufffddatum \ufffd"


def test_pauses_and_goes_on(site):
    approve.approve(site.house, MAY, BO)
    send.plan(site.house, MAY)
    link = site.link()
    assert 'value="pause"' in site.get(link).text
    _, page = site.follow(link, site.post(link, button="pause"))
    assert "Pausat: pausat av Anna Redaktör (webbsida)." in page.text
    assert site.state() == Mailing.PAUSED
    _, page = site.follow(link, site.post(link, button="resume"))
    assert site.state() == Mailing.SENDING
    assert "Av 12 skickades V Aktuellt maj 2024 till 0; 12 är kvar att skicka." in page.text


def test_takes_in_what_came_late_and_asks_anew(site):
    assert "Kom efter manusstopp" not in site.get(site.link()).text
    write(site.house.home, "2024-05/03-sent.md", "---\nrubrik: Sent men bra\nansvarig: Kerstin Lund\n---\n\nText.\n")
    old = site.link()
    page = site.get(old).text
    assert "<li>Sent men bra (Kerstin Lund)</li>" in page
    there, page = site.follow(old, site.post(old, button="late"))
    assert there == site.link() != old
    assert "<li>Sent men bra</li>" in page.text
    assert "Kom efter manusstopp" not in page.text
    assert notices(site.house, "godkänn/") == ["Läs och godkänn: V Aktuellt maj 2024"]
    again, _ = site.follow(old, site.post(old, button="late"))
    assert again == there
    assert "har gjorts om" in site.get(old).text


def test_takes_in_nothing_late_over_an_answer(site):
    link = site.link()
    write(site.house.home, "2024-05/03-sent.md", "# Sent\n\nText.\n")
    approve.approve(site.house, MAY, BO)
    got = site.post(link, button="late")
    assert (got.status, site.state()) == (409, Mailing.APPROVED)
    assert "någon har svarat under tiden" in got.text


def test_takes_a_yes_to_what_was_read_and_to_nothing_else(site):
    old = site.link()
    write(site.house.home, "2024-05/02-valet.md", "# Rösta i juni\n\nTa med två.\n")
    assemble(site.house)
    before = site.hash()
    for fields in (READ, {"button": "return", "remark": "Nej"}, {"button": "pause"}):
        got = site.post(old, **fields)
        assert got.status == 409
        assert "Svaret är inte sparat." in got.text
    assert (site.hash(), site.state()) == (before, Mailing.PROPOSED)
    new = site.link()
    assert f'href="{new.rpartition("/")[2]}"' in site.get(old).text
    assert f'href="../{new.rpartition("/")[2]}"' in site.get(f"{old}/1").text
    assert f'href="../../{new.rpartition("/")[2]}"' in site.get(f"{old}/1/text").text


def test_counts_an_answer_once_however_often_it_is_pressed(site):
    link, other = site.link(), site.link(person=1)
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda n: site.post((link, other)[n % 2], **READ), range(16)))
    assert [a.status for a in answers] == [303] * 16
    assert len(given(site.house)) == 1


def test_sends_back_once_however_often_it_is_pressed(site):
    with ThreadPoolExecutor(8) as threads:
        pressed = list(threads.map(lambda _: site.post(site.link(), button="return", remark="Fel datum"), range(8)))
    assert [p.status for p in pressed] == [303] * 8
    assert len(notices(site.house, "tillbaka/")) == 1


def test_says_that_another_was_faster(site):
    link = site.link()
    approve.approve(site.house, MAY, BO)
    got = site.post(link, button="return", remark="Vänta!")
    assert (got.status, site.state()) == (409, Mailing.APPROVED)
    assert "Godkänt av Bo Godkännare" in got.text
    assert "utskicket är godkänt" in got.text
