"""The editors' month: what the clock makes for those who write, and what it says to them. Both engines."""

import dataclasses
import os
import shutil

import pytest
from sqlalchemy import select

from mailer.clockwork.tick import tick
from mailer.content.blocks import UNTOUCHED
from mailer.outbox.tables import mailings as table
from mailer.outbox.tables import renderings
from mailer.verbs import approve, folder_news, seen
from tests.clockwork.test_mistakes import with_settings
from tests.clockwork.test_tick import at, house, notices, write

__all__ = ["house"]  # a fixture
KERSTIN, GUNNEL, YUSUF = (f"{name}@vallentuna.example" for name in ("kerstin", "gunnel", "yusuf"))
ANNA, BO = (f"{name}@vallentuna.example" for name in ("anna", "bo"))
OWN = "---\nrubrik: Torget\nansvarig: {owner}\n{more}---\n\nVi ses på torget.\n"


def texts(house, prefix: str) -> list[str]:
    """The text of each notice whose name begins so, on one line."""
    query = (
        select(renderings.c.text)
        .join(table, renderings.c.mailing_id == table.c.id)
        .where(table.c.name.like(f"systemmejl/{prefix}%"))
        .order_by(table.c.id)
    )
    return [" ".join(text.split()) for text in house.db.read(lambda c: c.execute(query).scalars().all())]


def own(house, name: str, owner: str = "Kerstin Lund", more: str = ""):
    return write(house, name, OWN.format(owner=owner, more=more))


def told(house, prefix: str) -> list[str]:
    return [address for _, address in notices(house, prefix)]


def test_makes_next_months_folder_on_the_first_with_a_file_for_each_column(house):
    tick(at(house, "2024-05-01T05:59"))
    assert not (house.content / "2024-06").exists()
    tick(at(house, "2024-05-01T06:00"))
    folder = house.content / "2024-06"
    assert sorted(p.name for p in folder.iterdir()) == ["51-ks.md", "52-sn.md", "53-bun.md"]
    assert (folder / "51-ks.md").read_text("utf-8") == (
        f"---\nrubrik: Kommunstyrelsen\nspalt: ks\nansvarig: Kerstin Lund\nordning: 50\n---\n\n{UNTOUCHED}\n"
    )
    assert told(house, "spalt/2024-06/") == [KERSTIN, GUNNEL, YUSUF]
    assert "Manusstopp är söndagen den 2 juni, på kvällen." in texts(house, "spalt/2024-06/")[0]
    assert "content/2024-06/51-ks.md" in texts(house, "spalt/2024-06/")[0]


def test_makes_the_folder_late_when_it_slept_but_not_after_the_copy_deadline(house):
    tick(at(house, "2024-05-20T12:00"))
    assert (house.content / "2024-06/51-ks.md").exists()
    tick(at(house, "2024-07-03T06:00"))  # asleep over June, and over July's copy deadline
    assert not (house.content / "2024-07").exists()
    assert (house.content / "2024-08/51-ks.md").exists()


def test_offers_a_new_home_the_issue_whose_deadline_lies_ahead(house):
    """The fixture's first day is 20 April: nobody was there on the first."""
    assert (house.content / "2024-05/51-ks.md").exists()
    assert not (house.content / "2024-04").exists()
    assert told(house, "spalt/2024-05/") == [KERSTIN, GUNNEL, YUSUF]


def test_says_each_thing_once_however_often_it_ticks(house):
    for moment in ("2024-05-01T06:00", "2024-05-01T06:01", "2024-05-28T09:00", "2024-05-28T09:01"):
        tick(at(house, moment))
    assert len(told(house, "spalt/2024-06/")) == 3
    assert len(told(house, "puff/2024-06/")) == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("2024-06/ks.md", "# Det hände i juni\n\nMycket.\n"),
        ("2024-06/04-ks.md", "inget\n"),
        ("2024-06/mitt eget.md", "---\nrubrik: Mitt eget\nspalt: ks\n---\n\nMycket.\n"),
        ("2024-06/mitt eget.md", "---\nrubrik: Mitt eget\nspalt: KS\nfel: x\n---\n\nMycket.\n"),  # broken, and hers
        ("ks varje månad.md", "---\nrubrik: KS\nspalt: ks\nåterkommer: varje månad\n---\n\nMycket.\n"),
    ],
)
def test_makes_no_file_where_the_column_has_one(house, name, text):
    path = write(house, name, text)
    tick(at(house, "2024-05-01T06:00"))
    assert path.read_text("utf-8") == text
    assert not (house.content / "2024-06/51-ks.md").exists()
    assert told(house, "spalt/2024-06/") == [GUNNEL, YUSUF]


def test_tells_the_editors_of_a_column_without_an_owner(house):
    columns = [c.model_copy(update={"owner": "Någon som slutat"}) for c in house.settings.columns]
    tick(at(with_settings(house, columns=tuple(columns)), "2024-05-01T06:00"))
    assert told(house, "spalt/2024-06/") == [ANNA]
    assert "53-bun.md" in texts(house, "spalt/2024-06/")[0]


def test_says_so_when_it_may_not_write_in_the_folder_and_goes_on(house):
    (house.content / "2024-06").write_text("jag är en fil", "utf-8")
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    assert "går inte att skapa" in texts(house, "fel/2024-05-03/")[0]
    assert told(house, "godkänn/")


def test_reminds_five_days_and_one_day_before_the_deadline(house):
    tick(at(house, "2024-05-01T06:00"))
    tick(at(house, "2024-05-28T08:59"))
    assert told(house, "puff/2024-06/") == []
    for moment in ("2024-05-28T09:00", "2024-06-01T08:59"):
        tick(at(house, moment))
    assert told(house, "puff/2024-06/") == [KERSTIN, GUNNEL, YUSUF]
    write(house, "2024-06/52-sn.md", "---\nspalt: sn\n---\n\nInget.\n")
    write(house, "2024-06/ny.md", "---\nrubrik: Från barnen\nspalt: bun\n---\n\nNy skola.\n")
    tick(at(house, "2024-06-01T09:00"))
    assert told(house, "puff/2024-06/last_nudge") == [KERSTIN]
    assert notices(house, "puff/2024-06/last_nudge")[0][0].startswith("Manusstopp i morgon kväll: Kommunstyrelsen")
    tick(at(house, "2024-06-03T05:59"))
    assert len(told(house, "puff/2024-06/")) == 4


def test_reminds_nobody_on_the_day_she_got_her_file(house):
    tick(at(house, "2024-05-28T10:00"))  # asleep since April
    assert told(house, "spalt/2024-06/") == [KERSTIN, GUNNEL, YUSUF]
    tick(at(house, "2024-05-28T10:01"))
    assert told(house, "puff/2024-06/") == []


def test_reminds_only_of_the_last_when_it_slept_over_the_first(house):
    tick(at(house, "2024-05-01T06:00"))
    tick(at(house, "2024-06-01T12:00"))
    assert told(house, "puff/2024-06/nudge") == []
    assert told(house, "puff/2024-06/last_nudge") == [KERSTIN, GUNNEL, YUSUF]


@pytest.mark.parametrize(
    ("title", "day", "asked"),
    [
        ("Kommunstyrelsens möte", "2024-05-13", True),
        ("Kommunstyrelsens möte", "2024-05-02", False),  # before May's copy deadline: told of in May
        ("Kommunstyrelsens möte", "2024-05-30", False),  # it has not been yet
        ("Fest", "2024-05-13", False),
    ],
)
def test_reminds_only_of_a_body_that_has_met_since_the_last_issue(house, title, day, asked):
    ks = house.settings.columns[0].model_copy(update={"meetings": "kommunstyrelse"})
    home = with_settings(house, columns=(ks,))
    write(house, "evenemang/ks.md", f"---\nrubrik: {title}\ndatum: {day}\ntid: 18.00\n---\n")
    tick(at(home, "2024-05-01T06:00"))
    tick(at(home, "2024-05-28T09:00"))
    assert (told(house, "puff/2024-06/") == [KERSTIN]) is asked


def test_leaves_an_untouched_column_out_without_a_word(house):
    write(house, "2024-05/01-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    assert UNTOUCHED not in texts(house, "godkänn/")[0]
    assert "ks" not in texts(house, "godkänn/")[0].partition("Inte med")[2][:60]
    assert told(house, "rätta/") == []


def test_gives_its_author_the_block_as_it_will_look_and_its_place(house):
    write(house, "2024-05/01-hej.md", "# Hej\n\nVälkomna.\n")
    own(house, "2024-05/02-torget.md")
    for moment in ("2024-04-21T10:00", "2024-04-21T10:01"):
        tick(at(house, moment))
    assert told(house, "kvitto/") == [ANNA, KERSTIN]  # the first has no author
    assert notices(house, "kvitto/")[1][0] == "Med i maj: Torget"
    text = texts(house, "kvitto/")[1]
    assert text.startswith("Ditt inslag är med i maj, plats 2 av 2, till 12 personer.")
    assert "Torget ------ Vi ses på torget." in text


def test_gives_no_receipts_for_what_was_there_before_it(tmp_path, database_url):
    from mailer.house import open_house
    from tests.homes import make_home

    home = make_home(tmp_path / "hem", 2525, database_url)
    with open_house(home, "2024-04-20T00:00,0") as new:
        path = write(new, "2024-05/01-torget.md")
        for moment in ("2024-04-20T00:00", "2024-04-20T00:01"):
            tick(at(new, moment))
        assert notices(new, "kvitto/") == []
        write(new, str(path.relative_to(new.content)), "# Annat\n\nNågot.\n")
        tick(at(new, "2024-04-20T00:02"))
        assert len(notices(new, "kvitto/")) == 1


def test_waits_until_nobody_is_writing_and_an_hour_between_two_receipts(house):
    path = own(house, "2024-05/02-torget.md")
    os.utime(path)
    tick(at(house, "2024-04-21T10:00"))
    assert told(house, "kvitto/") == []
    os.utime(path, (1_700_000_000, 1_700_000_000))
    tick(at(house, "2024-04-21T10:20"))
    assert len(told(house, "kvitto/")) == 1
    own(house, "2024-05/02-torget.md", more="ordning: 2\n")
    tick(at(house, "2024-04-21T10:40"))
    own(house, "2024-05/02-torget.md", more="ordning: 3\n")
    tick(at(house, "2024-04-21T11:19"))
    assert len(told(house, "kvitto/")) == 1
    tick(at(house, "2024-04-21T11:20"))
    assert len(told(house, "kvitto/")) == 2
    own(house, "2024-05/02-torget.md", more="ordning: 2\n")
    tick(at(house, "2024-04-21T13:00"))
    assert len(told(house, "kvitto/")) == 3


@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [
        ("2024-07/torget.md", "", "Ditt inslag kommer i juli:"),
        ("torget.md", "visas från: 1 juni 2024\n", "inte med i maj: det visas från lördag 1 juni 2024."),
        ("torget.md", "får läsas av: kören\n", "inte med i maj: kretsen ”kören” finns inte."),
        ("torget.md", "", "Ditt inslag är med i maj, plats 1 av 1,"),
        ("2024-06/torget.md", "", "Ditt inslag är med i juni, plats 1 av 1,"),
    ],
)
def test_says_why_a_block_is_not_in(house, name, more, sentence):
    own(house, name, more=more)
    tick(at(house, "2024-05-02T10:00"))
    assert sentence in texts(house, "kvitto/")[0]


def test_counts_on_no_issue_from_before_the_homes_first_day(house):
    own(house, "torget.md")
    tick(at(house, "2024-04-21T10:00"))
    assert texts(house, "kvitto/")[0].startswith("Ditt inslag är med i maj,")


def test_says_that_a_block_was_in_the_issue_before(house):
    own(house, "torget.md")
    tick(at(house, "2024-05-03T06:00"))
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    tick(at(house, "2024-05-10T09:00"))
    own(house, "torget.md", more="ordning: 2\n")
    tick(at(house, "2024-06-01T10:00"))
    assert "inte med i juni: det stod i numret för maj 2024." in texts(house, "kvitto/")[-1]


def test_says_that_a_block_came_after_the_deadline_and_who_decides(house):
    write(house, "2024-05/01-hej.md")
    tick(at(house, "2024-05-03T06:00"))
    own(house, "2024-05/02-torget.md")
    tick(at(house, "2024-05-03T10:00"))
    text = texts(house, "kvitto/")[-1]
    assert text.startswith("Ditt inslag kom efter manusstopp för maj: godkännaren bestämmer om det ska med.")
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    own(house, "2024-05/03-torget.md", owner="Gunnel Sjö")
    own(house, "lös.md", owner="Yusuf Demir")
    tick(at(house, "2024-05-04T10:00"))
    said = dict(zip(told(house, "kvitto/"), texts(house, "kvitto/"), strict=True))
    assert said[GUNNEL].startswith("Numret för maj är redan godkänt, så inslaget är inte med.")
    assert "flytta filen till content/2024-06." in said[GUNNEL]
    assert said[YUSUF].startswith("Ditt inslag är med i juni, plats 1 av 1,")


def test_leaves_what_has_changed_after_the_approval_to_the_word_about_that(house):
    own(house, "2024-05/02-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    before = len(told(house, "kvitto/"))
    own(house, "2024-05/02-torget.md", more="ordning: 2\n")
    tick(at(house, "2024-05-04T10:00"))
    assert KERSTIN in told(house, "ändrat/")
    assert len(told(house, "kvitto/")) == before


def test_shows_the_warnings_of_the_block_with_its_receipt(house):
    write(house, "2024-05/02.md", "# Torget\n\nKom onsdag 14 maj 2024. [Klicka här](https://a.example).\n")
    write(house, "2024-05/03.md", "# Annat\n\nRing 070-174 06 05.\n")
    tick(at(house, "2024-04-21T10:00"))
    first, second = texts(house, "kvitto/")
    assert "den 14 maj är en tisdag" in first
    assert "mobilnummer" not in first
    assert "mobilnummer" in second


def test_gives_the_receipt_anew_when_the_picture_comes(house):
    from PIL import Image

    own(house, "2024-05/02-torget.md", more="bild: torget.jpg\nalt: Ett torg\nfoto: Åsa Öberg\n")
    tick(at(house, "2024-04-21T10:00"))
    assert "bilden ”torget.jpg” finns inte bredvid filen." in texts(house, "kvitto/")[0]
    picture = house.content / "2024-05/torget.jpg"
    Image.new("RGB", (60, 40), "red").save(picture)
    os.utime(picture, (1_700_000_000, 1_700_000_000))
    tick(at(house, "2024-04-21T12:00"))
    first, second = texts(house, "kvitto/")
    assert "finns inte" in first
    assert "finns inte" not in second


def test_tells_each_author_of_her_mistakes_in_one_letter(house):
    for name in ("02", "03"):
        own(house, f"2024-05/{name}-fel.md", more="ansvrig: x\n")
    own(house, "evenemang/fest.md", owner="Gunnel Sjö", more="datum: 31 februari\n")
    write(house, "2024-05/utan.md", "")
    (house.content / "2024-05/utan.md").write_text("", "utf-8")
    os.utime(house.content / "2024-05/utan.md", (1_700_000_000, 1_700_000_000))
    for moment in ("2024-04-21T10:00", "2024-04-21T10:01"):
        tick(at(house, moment))
    assert sorted(told(house, "rätta/")) == [ANNA, GUNNEL, KERSTIN]
    said = dict(zip(told(house, "rätta/"), texts(house, "rätta/"), strict=True))
    assert said[KERSTIN].count("okänd uppgift ”ansvrig”") == 2
    assert "content/2024-05/utan.md: filen är tom." in said[ANNA]
    assert "tjänsten vet inte vem som har skrivit" in said[ANNA]


def test_answers_whoever_tried_to_mend_a_file_and_did_not(house):
    own(house, "2024-05/02-fel.md", more="ansvrig: x\n")
    tick(at(house, "2024-04-21T10:00"))
    own(house, "2024-05/02-fel.md", more="ansvrig: y\n")
    tick(at(house, "2024-04-21T11:00"))
    assert told(house, "rätta/") == [KERSTIN, KERSTIN]


def test_leaves_the_mistakes_of_old_months_and_of_half_written_files_in_peace(house):
    own(house, "2024-02/02-fel.md", more="ansvrig: x\n")
    os.utime(own(house, "2024-05/02-fel.md", more="ansvrig: x\n"))
    column = house.content / "2024-05/51-ks.md"
    column.write_text("", "utf-8")  # a column without a text is no mistake
    os.utime(column, (1_700_000_000, 1_700_000_000))
    tick(at(house, "2024-04-21T10:00"))
    assert told(house, "rätta/") == []


def test_asks_whether_the_sync_has_stopped_once_a_week(house):
    own(house, "2024-05/02-torget.md")
    for moment in ("2024-04-21T10:00", "2024-04-28T09:59"):
        tick(at(house, moment))
    assert told(house, "synk/") == []
    for moment in ("2024-04-28T10:00", "2024-04-28T10:01", "2024-05-01T10:00"):
        tick(at(house, moment))
    assert told(house, "synk/") == [ANNA, BO]
    text = texts(house, "synk/")[0]
    assert "ingenting ändrats på 7 dagar. Det senaste är content/2024-05/02-torget.md, från tisdag 14" in text
    assert "manusstopp för V Aktuellt maj 2024 är torsdagen den 2 maj, på kvällen." in text


def test_does_not_take_its_own_files_for_a_sign_of_life(house):
    own(house, "2024-05/02-torget.md")
    tick(at(house, "2024-04-24T10:00"))
    tick(at(house, "2024-05-01T06:00"))  # makes June's folder
    tick(at(house, "2024-05-01T10:00"))
    assert told(house, "synk/") == [ANNA, BO]


def test_takes_every_other_change_for_a_sign_of_life(house):
    own(house, "2024-05/02-torget.md")
    tick(at(house, "2024-04-21T10:00"))
    write(house, "2024-05/51-ks.md", "inget")  # an owner has answered
    tick(at(house, "2024-04-25T10:00"))
    tick(at(house, "2024-04-30T10:00"))
    assert told(house, "synk/") == []


def test_asks_of_a_folder_that_is_suddenly_empty(house):
    own(house, "2024-05/02-torget.md")
    tick(at(house, "2024-04-21T10:00"))
    for path in house.content.iterdir():
        shutil.rmtree(path)
    tick(at(house, "2024-04-21T10:20"))
    assert told(house, "synk/") == []
    tick(at(house, "2024-04-21T11:20"))
    assert told(house, "synk/") == [ANNA, BO]
    assert "tom. Det senaste som fanns där var content/2024-05/02-torget.md" in texts(house, "synk/")[0]


def test_asks_of_an_empty_folder_though_it_has_just_asked_of_a_quiet_one(house):
    own(house, "2024-05/02-torget.md")
    for moment in ("2024-04-21T10:00", "2024-04-28T10:00"):
        tick(at(house, moment))
    shutil.rmtree(house.content / "2024-05")
    for moment in ("2024-04-29T10:00", "2024-04-29T11:00"):
        tick(at(house, moment))
    assert len(told(house, "synk/")) == 4


def test_asks_nothing_of_a_quiet_folder_when_all_is_sent(house):
    own(house, "2024-05/02-torget.md")
    tick(at(house, "2024-05-03T06:00"))
    approve.approve(at(house, "2024-05-04T06:00"), "2024-05", "Bo Godkännare")
    tick(at(house, "2024-05-10T09:00"))
    tick(at(house, "2024-05-19T05:59"))
    assert told(house, "synk/") == []
    tick(at(house, "2024-05-20T06:00"))  # fourteen days before June's
    assert told(house, "synk/") == [ANNA, BO]


def test_opens_no_file_while_nothing_has_happened(house, monkeypatch):
    own(house, "2024-05/02-torget.md")
    for moment in ("2024-04-21T10:00", "2024-04-21T10:01"):
        tick(at(house, moment))
    looks = []
    monkeypatch.setattr(seen, "look", lambda *_: looks.append(1))
    folder_news.tell(at(house, "2024-04-21T10:02"), {"v-aktuellt": house.clock.now()})
    assert looks == []


def test_says_everything_once_when_two_clocks_tick_at_once(house):
    import concurrent.futures

    own(house, "2024-05/02-torget.md")
    own(house, "2024-05/03-fel.md", more="ansvrig: x\n")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: tick(at(house, "2024-05-01T06:00")), range(8)))
    assert len(told(house, "kvitto/")) == 1
    assert len(told(house, "rätta/")) == 1
    assert len(told(house, "spalt/2024-06/")) == 3


def test_reads_a_home_without_series_or_people(house):
    empty = dataclasses.replace(house, settings=house.settings.model_copy(update={"series": (), "people": ()}))
    own(house, "2024-05/02-torget.md")
    tick(at(empty, "2024-04-21T10:00"))
    assert told(house, "kvitto/") == []
