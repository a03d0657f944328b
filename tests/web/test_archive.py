"""The archive as everybody reads it: what was approved, of what was sent, for all, and nothing of anyone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from sqlalchemy import select, update

from mailer import codes
from mailer.audience.rule import Rule
from mailer.cli import editing  # noqa: F401 - it enters its commands
from mailer.cli.main import root
from mailer.db import METADATA
from mailer.errors import EditorError
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import archive as store
from mailer.outbox.store import mailings
from mailer.outbox.tables import archive_pages, archive_parts, archive_withdrawals, deliveries, files
from mailer.outbox.tables import mailings as table
from mailer.register.tables import contacts
from mailer.render.archived import ArchivePage
from mailer.render.rendering import Part
from mailer.settings import Person
from mailer.verbs import approve, archive, control, letter, month, preview, send, which
from tests.homes import MEMBERS, a_rendering
from tests.web.month import BO, MAY, a_month, assemble, at, write
from tests.web.months import HARD, SECRET, a_picture, everything_public, publish, published
from tests.web.serving import Served, serving

OPEN = "---\nrubrik: {}\nfår läsas av: alla\n---\n{}\n"
PICTURED = "---\nrubrik: Torget\nfår läsas av: {}\nbild: torget.png\nalt: Torget.\nfoto: Bo\n---\nKaffe.\n"
FEEDS = ("/arkiv/rss.xml", "/arkiv/atom.xml")


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The three example months and the hard one, published. Nobody changes anything here."""
    folder = tmp_path_factory.mktemp("arkiv")
    with published(folder / "hem", path="/utskick") as house, serving(house) as site:
        yield site


@pytest.fixture
def one_house(tmp_path: Path) -> Iterator[House]:
    """For what does not depend on the database."""
    with a_month(tmp_path / "hem") as opened:
        yield opened


def main(site: Served, path: str) -> str:
    got = site.get(path)
    assert got.status == 200, path
    return BeautifulSoup(got.text, "html.parser").main.text


def open_month(house: House, **more: str) -> None:
    write(house.home, "2024-05/01-torget.md", OPEN.format("Vi ses på torget", "Kaffe."))
    for name, text in more.items():
        write(house.home, f"2024-05/{name}.md", text)
    assemble(house)


# What leaks


def test_shows_no_word_that_is_not_for_all(public: Served) -> None:
    found = everything_public(public)
    assert len(found) > 35
    assert {got.status for got in found.values()} == {200}
    sent = public.house.db.read(lambda c: mailings.read_renderings(c, mailings.find(c, f"v-aktuellt/{HARD}").id))
    assert any(SECRET in r.html.casefold() for r in sent)  # the members got it
    for path, got in found.items():
        assert SECRET not in got.raw.decode("utf-8", "replace").casefold(), path


def test_shows_nobody_of_the_register(public: Served) -> None:
    """But those that the blocks for all name themselves, and those who are trusted with a task."""
    house = public.house
    people = house.db.read(lambda c: c.execute(select(contacts)).all())
    written = " ".join(p.read_text("utf-8") for p in (house.home / "content").rglob("*.md"))
    trusted = " ".join(p.name for p in house.settings.people) + written
    names = {f"{p.first_name} {p.last_name}" for p in people}
    asked = {name for name in names if name not in trusted} | {p.address for p in people if p.address}
    asked |= {p.number for p in people}
    assert len(asked) > 900
    for path, got in everything_public(public).items():
        text = got.raw.decode("utf-8", "replace")
        near = [word for word in asked if word in text]
        assert [word for word in near if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)] == [], path


def test_leads_nobody_to_what_is_personal(public: Served) -> None:
    house = public.house
    sent = house.db.read(lambda c: c.execute(select(deliveries.c.id)).scalars().all())
    assert len(sent) > 1000
    found_codes = {code for n in sent for code in (codes.leave_code(house.keys, n), codes.return_tag(house.keys, n))}
    found = everything_public(public)
    for path, got in found.items():
        text = got.raw.decode("utf-8", "replace")
        assert not re.search(r"/(sluta|oppna|mina|svara|bekrafta)\b", text), path
        assert not re.search("[\ue000-\ue002]|cid:|kalender:|{{", text), path
        assert found_codes.isdisjoint(re.findall(r"[a-z2-7]{12,}", text.casefold())), path
        assert "set-cookie" not in got.headers
    assert "Sluta få" not in " ".join(main(public, p) for p in found if "/arkiv/2024" in p and p[-3:] != "png")


def test_asks_nobody_else_for_anything(public: Served) -> None:
    ours = public.house.settings.web.address
    for path, got in everything_public(public).items():
        if "text/html" in got.headers["content-type"]:
            read = BeautifulSoup(got.text, "html.parser")
            assert all(i["src"].startswith(ours) for i in read.find_all("img")), path
            assert all(link["href"].startswith(ours) for link in read.find_all("link")), path
            assert not read.find_all(["script", "iframe", "object", "form"]), path
            assert not read.select("[style], [onclick], [onload], [onerror]"), path


# What is published


def test_lists_what_was_sent_by_year_and_month(public: Served) -> None:
    text = main(public, "/utskick/arkiv")
    order = ["Arkivet", "2024", "Juni 2024", "Maj 2024", "April 2024", "Mars 2024"]
    assert sorted(order, key=text.index) == order
    assert "V Aktuellt maj 2024" in text
    english = main(public, "/utskick/en/arkiv")
    assert "May 2024" in english


def test_says_on_its_page_what_the_mail_said(public: Served) -> None:
    read = BeautifulSoup(public.get("/utskick/arkiv/2024-05").text, "html.parser")
    assert [h.text for h in read.find_all("h1")] == ["V Aktuellt maj 2024"]
    assert read.html["lang"] == "sv"
    assert read.article["lang"] == "sv"
    assert len(read.find_all("main")) == 1
    assert read.find_all("figure")
    assert BeautifulSoup(public.get("/utskick/en/arkiv/2024-05").text, "html.parser").html["lang"] == "en"


def test_may_be_kept_and_found(public: Served) -> None:
    for path in (
        "/utskick/arkiv",
        "/utskick/arkiv/2024-05",
        "/utskick/en/arkiv/2024-04",
        *(f"/utskick{f}" for f in FEEDS),
    ):
        got = public.get(path)
        assert got.headers["cache-control"].startswith("public"), path
        assert got.headers["x-robots-tag"] == "all"
        assert "noindex" not in got.text
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in got.headers["content-security-policy"]
        assert "unsafe" not in got.headers["content-security-policy"]


@pytest.mark.parametrize("state", ["approved", "stopped", "sent"])
def test_publishes_what_is_sent_and_not_before(house: House, state: str) -> None:
    open_month(house)
    approve.approve(house, MAY, BO, reason="-")
    if state in ("stopped", "sent"):
        send.plan(house, MAY)
    if state == "stopped":
        control.withdraw(house, MAY)
    with serving(house) as site:
        expected = 200 if state == "sent" else 404
        assert site.get("/arkiv/2024-05").status == expected
        assert ("V Aktuellt maj 2024" in main(site, "/arkiv")) == (state == "sent")
        for feed in FEEDS:
            assert ("torget" in site.get(feed).text) == (state == "sent")


def test_publishes_what_was_stopped_when_somebody_has_it(house: House) -> None:
    open_month(house)
    publish(house, "2024-05")
    house.db.write(lambda c: c.execute(update(deliveries).where(deliveries.c.id == 1).values(state="accepted")))
    control.withdraw(house, MAY)
    with serving(house) as site:
        assert site.get("/arkiv/2024-05").status == 200


def test_names_an_issue_for_members_and_shows_nothing_of_it(one_house: House) -> None:
    publish(one_house, "2024-05")  # no block of it says that all may read it
    with serving(one_house) as site:
        assert "V Aktuellt maj 2024" in main(site, "/arkiv")
        assert "Det här numret är bara för medlemmar." in main(site, "/arkiv")
        assert "This issue is for members only." in main(site, "/en/arkiv")
        assert site.get("/arkiv/2024-05").status == 404
        assert "torget" not in site.get("/arkiv/rss.xml").text + main(site, "/arkiv")


def test_does_not_name_what_was_sent_before_there_was_an_archive(house: House) -> None:
    publish(house, "2024-05")
    house.db.write(lambda c: c.execute(archive_pages.delete()))
    row = house.db.read(lambda c: mailings.find(c, MAY))
    assert house.db.read(lambda c: mailings.valid_approval(c, row)) is None  # what was approved had a page
    with serving(house) as site:
        assert "V Aktuellt" not in main(site, "/arkiv")


# What was approved


def test_has_the_page_approved_with_the_mail(house: House) -> None:
    """Promise 3: another page needs another yes, and the page cannot be changed under one."""
    open_month(house)
    before = house.db.read(lambda c: mailings.hash_of(c, mailings.find(c, MAY)))
    write(house.home, "2024-05/02-valet.md", OPEN.format("Rösta i juni", "Ta med en granne."))
    assemble(house)  # the members' mail is the same, word for word; the archive has one block more
    after = house.db.read(lambda c: mailings.hash_of(c, mailings.find(c, MAY)))
    assert before != after
    approve.approve(house, MAY, BO, reason="-")
    row = house.db.read(lambda c: mailings.find(c, MAY))
    assert house.db.read(lambda c: mailings.valid_approval(c, row))
    for change in (update(archive_pages).values(html="<p>Annat</p>"), update(archive_pages).values(summary="Annat")):
        with pytest.raises(EditorError):
            house.db.write(lambda c, change=change: _refuse(c, change, row))


def _refuse(connection, change, row) -> None:
    connection.execute(change)
    if mailings.valid_approval(connection, row) is None:
        raise EditorError()


def test_stays_as_it_was_approved_when_files_and_templates_change(one_house: House) -> None:
    open_month(one_house)
    publish(one_house, "2024-05")
    with serving(one_house) as site:
        before = site.get("/arkiv/2024-05").raw
        write(one_house.home, "2024-05/01-torget.md", OPEN.format("Något annat", "Annat."))
        (one_house.home / "templates" / "archive.html.j2").write_text("<p>Annat</p>", "utf-8")
        assert site.get("/arkiv/2024-05").raw == before
        assert b"Kaffe." in before


def test_shows_the_approver_how_it_will_stand(one_house: House) -> None:
    open_month(one_house)
    with serving(one_house) as site:
        link = site.link()
        assert "Så står det i arkivet" in site.get(link).text
        got = site.get(f"{link}/arkiv")
        assert got.status == 200
        assert "Vi ses på torget" in got.text
        assert "Rösta i juni" not in got.text
        assert got.headers["cache-control"] == "no-store"
    page = preview.preview(one_house).page
    assert "Så står det i arkivet" in page.read_text("utf-8")
    assert "Vi ses på torget" in (page.parent / "arkivet.html").read_text("utf-8")


def test_tells_the_approver_that_nothing_will_stand_there(one_house: House) -> None:
    with serving(one_house) as site:
        assert "Inget av numret får stå i arkivet." in site.get(site.link()).text
        assert site.get(f"{site.link()}/arkiv").status == 404
    assert "Inget av numret får stå i arkivet." in preview.preview(one_house).page.read_text("utf-8")
    done = month.assemble(one_house, *which.series_and_period(one_house, "2024-05"), dry_run=True)
    assert "I arkivet: inget. Där står bara att numret är för medlemmar." in month.lines(one_house, done)


def test_shows_the_approver_the_pictures_too(one_house: House) -> None:
    a_picture(one_house.home / "content" / "2024-05" / "torget.png")
    write(one_house.home, "2024-05/01-torget.md", f"{PICTURED}\n".format("alla"))
    assemble(one_house)
    with serving(one_house) as site:
        link = site.link()
        (image,) = set(re.findall(r'src="(arkiv/file/[^"]+)"', site.get(f"{link}/arkiv").text))
        got = site.get(f"{link}/{image}")
        assert (got.status, got.headers["content-type"]) == (200, "image/png")
        assert site.get(f"{link}/arkiv/file/x.png").status == 404


def test_keeps_the_pictures_of_a_page_that_is_made_anew_and_forgets_the_others(house: House) -> None:
    folder = house.home / "content" / "2024-05"
    a_picture(folder / "torget.png")
    counts = []
    for circle in ("alla", "medlemmar", "alla", "alla"):
        write(house.home, "2024-05/01-torget.md", PICTURED.format(circle))
        assemble(house)
        counts.append(house.db.read(lambda c: [len(c.execute(select(t)).all()) for t in (archive_parts, files)]))
    assert counts == [[1, 1], [0, 1], [1, 1], [1, 1]]
    (folder / "01-torget.md").unlink()
    assemble(house)
    assert house.db.read(lambda c: c.execute(select(files)).all()) == []


# Corrections


def corrected(house: House, circle: str, name: str = "rattelse") -> None:
    file = write(house.home, f"{name}.md", f"---\nrubrik: Fel dag\nfår läsas av: {circle}\n---\nDet är på tisdag.\n")
    house.db.write(lambda c: c.execute(update(deliveries).values(state="accepted")))
    done = letter.correct(house, "2024-05", file)
    approve.approve(house, done.proposal.name, BO, reason="-")
    send.plan(house, done.proposal.name)


def test_puts_a_correction_for_all_under_what_it_corrects(house: House) -> None:
    open_month(house)
    publish(house, "2024-05")
    with serving(house) as site:
        before = site.get("/arkiv/atom.xml").text
        corrected(house, "alla")
        assert "Det är på tisdag." in main(site, "/arkiv/2024-05/rattelse-1")
        for path in ("/arkiv", "/arkiv/2024-05"):
            assert "Rättelse: Fel dag" in main(site, path)
        assert "Rättelse: Fel dag" in site.get("/arkiv/rss.xml").text
        read = BeautifulSoup(site.get("/arkiv/atom.xml").text, "xml")
        assert len(read.find_all("entry")) == 2
        assert BeautifulSoup(before, "xml").find("entry").id.text in [e.id.text for e in read.find_all("entry")]
        for path in ("/arkiv/2024-05/rattelse-2", "/arkiv/2024-05/rattelse-0", "/arkiv/2024-05/rattelse-1/x"):
            assert site.get(path).status == 404


def test_shows_no_correction_that_is_for_those_who_got_the_mail(one_house: House) -> None:
    open_month(one_house)
    publish(one_house, "2024-05")
    corrected(one_house, "medlemmar")
    with serving(one_house) as site:
        assert site.get("/arkiv/2024-05/rattelse-1").status == 404
        for path in ("/arkiv", "/arkiv/2024-05"):
            assert "Rättelse" not in main(site, path)


# What is taken down


PATHS = ("/arkiv/2024-05", "/en/arkiv/2024-05", "/arkiv/v-aktuellt/2024-05", "/arkiv/2024-05/rattelse-1",
         "/en/arkiv/2024-05/rattelse-1")  # fmt: skip


def rows(house: House) -> list[str]:
    """All that was approved, sent and stored, but who has taken what down."""
    tables = [t for t in METADATA.sorted_tables if t.name != "archive_withdrawals"]
    return house.db.read(lambda c: [repr(row) for t in tables for row in c.execute(select(t)).all()])


def a_leak(house: House) -> None:
    """An issue whose subject, summary, text and picture hold what should never have been told, and a correction."""
    a_picture(house.home / "content" / "2024-05" / "torget.png")
    text = PICTURED.format("alla").replace("Kaffe", "Anna Läcka").replace("Torget", "Läcka")
    write(house.home, "2024-05/01-torget.md", text)
    assemble(house)
    publish(house, "2024-05")
    corrected(house, "alla")


def test_takes_a_page_down_with_all_that_is_of_it_and_puts_it_back(house: House) -> None:
    a_leak(house)
    before = rows(house)
    with serving(house) as site:
        (picture,) = set(re.findall(r'src="[^"]+(/arkiv/2024-05/[^"]+)"', site.get("/arkiv/2024-05").text))
        paths = (*PATHS, picture)
        was = {path: site.get(path) for path in (*paths, *FEEDS, "/arkiv")}
        assert {got.status for got in was.values()} == {200}
        archive.withdraw(house, "2024-05", BO, "En person är borta ur registret")
        assert rows(house) == before  # deliveries, approvals, and the page itself
        row = house.db.read(lambda c: mailings.find(c, MAY))
        assert house.db.read(lambda c: mailings.valid_approval(c, row))
        for path in paths:
            got = site.get(path)
            assert got.status == 410, path
            assert got.headers["cache-control"] == "no-store"
            assert ("This page has been removed" if "/en/" in path else "Sidan är borttagen") in got.text
        assert {got.status for path, got in everything_public(site).items()} == {200}  # nothing leads there
        for path, got in everything_public(site).items():
            assert not re.search("Läcka|tisdag", got.raw.decode("utf-8", "replace")), path
        for feed in FEEDS:
            again = site.ask("GET", feed, If_None_Match=was[feed].headers["etag"])
            assert (again.status, "2024-05" in again.text) == (200, False)
        assert "Det här numret är borttaget ur arkivet." in main(site, "/arkiv")
        assert "This issue has been removed from the archive." in main(site, "/en/arkiv")
        archive.restore(house, "2024-05", BO)
        assert {path: site.get(path).raw for path in was} == {path: got.raw for path, got in was.items()}


def test_takes_a_correction_down_alone_and_lets_the_others_keep_their_addresses(house: House) -> None:
    open_month(house)
    publish(house, "2024-05")
    for name in ("forsta", "andra"):
        corrected(house, "alla", name)
    with serving(house) as site:
        second = site.get("/arkiv/2024-05/rattelse-2").raw
        archive.withdraw(house, "2024-05/rattelse-1", BO, "-")
        assert [site.get(f"/arkiv/2024-05{p}").status for p in ("", "/rattelse-1", "/rattelse-2")] == [200, 410, 200]
        assert site.get("/arkiv/2024-05/rattelse-2").raw == second
        for path in ("/arkiv", "/arkiv/2024-05"):
            assert main(site, path).count("Rättelse: Fel dag") == 1
            assert "Borttagen ur arkivet." in main(site, path)
            assert "rattelse-1" not in site.get(path).text
        assert len(feedparser.parse(site.get("/arkiv/atom.xml").raw).entries) == 2


def test_passes_by_what_is_taken_down_from_one_issue_to_the_next(public: Served) -> None:
    archive.withdraw(public.house, "2024-04", BO, "-")
    try:
        for path in ("/utskick/arkiv/2024-03", "/utskick/arkiv/2024-05"):
            assert "/arkiv/2024-04" not in public.get(path).text
        assert "/arkiv/2024-05" in public.get("/utskick/arkiv/2024-03").text
    finally:
        archive.restore(public.house, "2024-04", BO)


def test_writes_down_who_took_a_page_away_and_why_and_who_put_it_back(house: House) -> None:
    open_month(house)
    publish(house, "2024-05")
    eva = Person(name="Eva Administratör", address="eva@vallentuna.example", roles=("administrator",))
    hers = replace(house, settings=house.settings.model_copy(update={"people": (*house.settings.people, eva)}))
    archive.withdraw(hers, "v-aktuellt/2024-05", "EVA ADMINISTRATÖR", " En  läcka ")
    assert archive.listed(house)[0] == (
        "2024-05  V Aktuellt maj 2024, skickat lördag 4 maj 2024: "
        "borttaget av Eva Administratör lördag 4 maj 2024, ”En läcka”."
    )
    archive.restore(at(house, "2024-05-06T10:00"), "2024-05", BO)
    assert "kan läsas av alla" in archive.listed(house)[0]
    archive.withdraw(house, "2024-05", BO, "Igen")
    archive.restore(hers, "2024-05", "Eva Administratör")
    archive.withdraw(house, "2024-05", BO, "Igen")
    first, second, third = house.db.read(lambda c: c.execute(select(archive_withdrawals)).all())
    assert (first.name, first.reason, first.restored_by) == ("Eva Administratör", "En läcka", BO)
    assert first.restored_at > first.at
    assert second.restored_by == "Eva Administratör"
    assert (third.reason, third.restored_at, third.os_user) == ("Igen", None, house.os_user)


@pytest.mark.parametrize(
    ("word", "name", "reason", "said"),
    [
        ("2024-05", "Yusuf Demir", "-", "är inte godkännare eller administratör"),
        ("2024-05", "", "-", "är inte godkännare eller administratör"),
        ("2024-05", BO, " ", "saknas ett skäl"),
        ("2024-04", BO, "-", "står inte i arkivet"),
        ("2024-05/rattelse-1", BO, "-", "står inte i arkivet"),
        ("2024-05/torget.png", BO, "-", "står inte i arkivet"),
        ("", BO, "-", "står inte i arkivet"),
    ],
)
def test_takes_nothing_down_for_a_word_or_a_person_that_is_wrong(
    one_house: House, word: str, name: str, reason: str, said: str
) -> None:
    open_month(one_house)
    publish(one_house, "2024-05")
    with pytest.raises(EditorError, match=said):
        archive.withdraw(one_house, word, name, reason)
    assert one_house.db.read(lambda c: c.execute(select(archive_withdrawals)).all()) == []


def test_takes_down_once_what_has_a_page_and_puts_back_what_is_away(one_house: House) -> None:
    publish(one_house, "2024-05")
    with pytest.raises(EditorError, match="har ingen sida"):
        archive.withdraw(one_house, "2024-05", BO, "-")
    assert "bara för medlemmar" in archive.listed(one_house)[0]


def test_says_that_a_page_is_away_already(one_house: House) -> None:
    a_leak(one_house)
    with pytest.raises(EditorError, match="inte borttaget"):
        archive.restore(one_house, "2024-05", BO)
    archive.withdraw(one_house, "2024-05", BO, "-", dry_run=True)
    assert "Så också 1 rättelse till det." in archive.withdraw(one_house, "2024-05", BO, "-")
    for word in ("2024-05", "2024-05/rattelse-1"):
        with pytest.raises(EditorError, match="är redan borttaget av Bo Godkännare"):
            archive.withdraw(one_house, word, BO, "-")
    with pytest.raises(EditorError, match="numret den rättar är borttaget"):
        archive.restore(one_house, "2024-05/rattelse-1", BO)
    archive.restore(one_house, "2024-05", BO, dry_run=True)
    assert "borttaget av" in archive.listed(one_house)[0]


def test_is_told_at_the_command_line_what_to_take_down(one_house: House) -> None:
    open_month(one_house)
    publish(one_house, "2024-05")

    def mailer(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(root, ["--home", str(one_house.home), "archive", *words])
        return done.exit_code, done.output

    code, listed = mailer()
    assert (code, "2024-05  V Aktuellt maj 2024, skickat " in listed) == (0, True)
    for wrong in (["--withdraw", "2024-05"], ["--as", BO], ["--restore", "2024-05", "--as", BO, "--reason", "-"],
                  ["--withdraw", "2024-05", "--restore", "2024-05", "--as", BO]):  # fmt: skip
        assert mailer(*wrong)[0] == 2
    code, said = mailer("--withdraw", "2024-05", "--as", BO, "--reason", "-")
    assert (code, "--restore 2024-05 --as NAMN" in said) == (0, True)
    with serving(one_house) as site:
        assert site.get("/arkiv/2024-05").status == 410
        assert mailer("--restore", "2024-05", "--as", BO)[0] == 0
        assert site.get("/arkiv/2024-05").status == 200


# Feeds and addresses


@pytest.mark.parametrize("path", FEEDS)
def test_gives_a_feed_once(public: Served, path: str) -> None:
    first = public.get(f"/utskick{path}")
    etag = first.headers["etag"]
    for since in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = public.ask("GET", f"/utskick{path}", If_None_Match=since)
        assert (again.status, again.raw, again.headers["etag"]) == (304, b"", etag)
    assert public.ask("GET", f"/utskick{path}", If_None_Match='"x"').raw == first.raw
    assert public.ask("HEAD", f"/utskick{path}").headers["etag"] == etag


@pytest.mark.parametrize("path", FEEDS)
def test_gives_a_feed_that_feed_readers_read(public: Served, path: str) -> None:
    read = feedparser.parse(public.get(f"/utskick{path}").raw)
    assert not read.bozo
    ours = public.house.settings.web.address
    assert [e.title.partition(":")[0] for e in read.entries] == [
        f"V Aktuellt {m} 2024" for m in ("juni", "maj", "april", "mars")
    ]
    assert [e.link for e in read.entries] == [f"{ours}/arkiv/2024-{n:02d}" for n in (6, 5, 4, 3)]
    assert all(e.id.startswith("urn:uuid:") for e in read.entries)
    assert all("<h2>" in e.content[0].value for e in read.entries)
    for address in re.findall(r'(?:href|src)="([^"]+)"', " ".join(e.content[0].value for e in read.entries)):
        assert re.match(r"https?:|mailto:|tel:", address)
    assert len({e.id for e in read.entries}) == 4


def test_puts_the_series_in_the_address_where_there_are_two(tmp_path: Path) -> None:
    with a_month(tmp_path / "hem") as opened:
        open_month(opened)
        publish(opened, "2024-05")
        other = opened.settings.series[0].model_copy(update={"key": "bladet", "name": "Bladet"})
        two = opened.settings.model_copy(update={"series": (*opened.settings.series, other)})
        with serving(replace(opened, settings=two)) as site:
            assert "/arkiv/v-aktuellt/2024-05" in site.get("/arkiv").text
            assert site.get("/arkiv/v-aktuellt/2024-05").status == 200
            assert site.get("/arkiv/2024-05").status == 200  # an old address goes on leading there
            assert site.get("/arkiv/bladet/2024-05").status == 404


@pytest.mark.parametrize(
    "path",
    ["/arkiv/", "/arkiv/2024-13", "/arkiv/2024-5", "/arkiv/2023-05", "/arkiv/x", "/arkiv/x/2024-05", "/arkiv/2024-05/",
     "/arkiv/2024-05/../2024-05/x", "/arkiv/2024-05/%2e%2e%2fsettings.toml", "/arkiv/2024-05/x.png", "/arkiv/rss.xml/x",
     "/arkiv/2024-05/rattelse-1/x/y", "/arkiv/2024-05%00", "/ARKIV", "/arkiv//2024-05", "/en/arkiv/rss.xml"],
)  # fmt: skip
def test_has_nothing_at_an_address_it_did_not_give(public: Served, path: str) -> None:
    assert public.get(f"/utskick{path}").status == 404


def test_changes_nothing_however_it_is_read(public: Served) -> None:
    before = public.hash()
    for path in everything_public(public):
        assert public.ask("HEAD", path).status == 200
        assert public.ask("OPTIONS", path).status == 405
        assert public.ask("POST", path).status == 405
    assert public.hash() == before


def test_reads_a_page_back_as_it_was_written(db) -> None:
    page = ArchivePage("urn:uuid:x", "A", "B", "C", "<p>D</p>", (Part("a.png", "image/png", b"x", True),))
    made = mailings.Proposal("x", "issue", "A", Rule((MEMBERS,)), (a_rendering(),), archive=page)
    number = db.write(lambda c: mailings.propose(c, made, datetime(2024, 5, 4, tzinfo=UTC)))
    assert db.read(lambda c: store.read_page(c, number)) == page
    assert db.read(lambda c: mailings.hash_of(c, mailings.read(c, number))) == made.hash
    assert db.read(lambda c: store.read_picture(c, number, "a.png")).raw == b"x"
    assert db.read(lambda c: store.read_picture(c, number, "b.png")) is None
    assert db.read(store.published) == ()
    assert db.read(lambda c: c.execute(select(table.c.state)).scalar_one()) == Mailing.PROPOSED
