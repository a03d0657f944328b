"""The page of an issue in the archive: what is for all, as HTML that needs nothing else to be read."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from mailer.content.blocks import Block
from mailer.content.readers import Readers
from mailer.issue.assemble import Issue
from mailer.issue.gates import Addressed, Known, gates_of
from mailer.issue.public import public_part
from mailer.register.definition import List
from mailer.register.rules.expression import Among, Expression
from mailer.register.segment import Segment
from mailer.render.archive import archive_correction, archive_issue, leaks, with_addresses
from mailer.render.archived import ArchivePage
from mailer.render.feed import Feed, Post, atom, rss
from mailer.render.rendering import Part
from tests.oracles.browser import Chromium
from tests.render import test_browser_scripts as scripts
from tests.render.everything import everything, images
from tests.render.scripts import SCRIPTS
from tests.render.test_browser_scripts import PLACES, WRONG, ran
from tests.render.vallentuna import MONTHS, SETTINGS, ZONE, block, event, issue, of_month, pictures_of, templates

BROTTBY = Segment("brottby", "Boende i Brottby", Expression(Among("postcode", ("186 96",))))
LISTS = {
    "medlemmar": List("medlemmar", "Medlemmar", True, "b", "o", "w"),
    "sympatisorer": List("sympatisorer", "Sympatisörer", False, "b", "o", "w"),
}
KNOWN = Known({"medlemmar": ("medlemmar",), "styrelsen": ("s",)}, LISTS, {"brottby": BROTTBY}, ("medlemmar",))
OPEN = Readers(circle="alla")


def public(made: Issue) -> Issue:
    parts = [(b.path, b.readers) for b in made.blocks] + [(p.path, p.readers) for p in made.posts]
    parts += [(o.event.path, o.event.readers) for o in made.occurrences]
    return public_part(made, gates_of([Addressed(*part) for part in dict(parts).items()], KNOWN))


def opened(made: Issue) -> Issue:
    """The issue with all its parts for everybody."""
    return replace(
        made,
        blocks=tuple(replace(b, readers=OPEN) for b in made.blocks),
        occurrences=tuple(replace(o, event=replace(o.event, readers=OPEN)) for o in made.occurrences),
        posts=tuple(replace(p, readers=OPEN) for p in made.posts),
    )


def page(made: Issue) -> ArchivePage:
    return archive_issue(public(made), templates(), SETTINGS, images())


def soup(made: Issue) -> BeautifulSoup:
    return BeautifulSoup(page(made).html, "html.parser")


def an_issue(*texts: str, **more: str) -> Issue:
    return issue(tuple(block(text, name) for name, text in zip("abcdef", texts, strict=False)), **more)


def test_is_plain_html_of_the_tags_that_mean_something() -> None:
    read = soup(opened(everything()))
    assert {tag.name for tag in read.find_all(True)} <= set(
        "section h2 h3 h4 h5 h6 p ul ol li blockquote table thead tbody tr th td hr pre code a img figure figcaption "
        "em strong s br time".split()
    )
    assert {name for tag in read.find_all(True) for name in tag.attrs} <= set(
        "id href src alt width height class datetime scope start".split()
    )
    assert [f.figcaption.text for f in read.find_all("figure")] == ["Foto: Gunnel Sjö", "Foto: Bo Godkännare"]
    assert all(i["alt"] and i["src"].startswith("cid:") for i in read.find_all("img"))
    assert all(th["scope"] == "col" for th in read.find_all("th"))
    levels = [int(tag.name[1]) for tag in read.find_all(re.compile("h[1-6]"))]
    assert levels[0] == 2
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_carries_the_pictures_that_it_shows() -> None:
    made = page(opened(everything()))
    assert {f"cid:{part.name}" for part in made.parts} == {i["src"] for i in soup(opened(everything())).find_all("img")}
    alone = page(everything())  # nothing of it is for all but what says so
    assert alone.parts == ()


def test_reads_as_for_nobody() -> None:
    text = "---\nrubrik: A\nfår läsas av: alla\n---\nHej {{ förnamn }} {{ efternamn }}! Kära {{ förnamn | granne }}.\n"
    assert "Hej vän ! Kära granne." in soup(an_issue(text)).text


@pytest.mark.parametrize(
    ("head", "is_in"),
    [
        ("får läsas av: alla", True),
        ("får läsas av: alla\nläsare: Medlemmar", True),
        ("får läsas av: alla\nläsare: Boende i Brottby\npraktiskt: ja", False),
        ("får läsas av: alla\nläsare: Medlemmar och Boende i Brottby", True),  # all who get it are members
        ("får läsas av: alla\nläsare: Ingen vet", False),
        ("får läsas av: medlemmar", False),
        ("får läsas av: styrelsen", False),
        ("får läsas av: nästan alla", False),
        ("ordning: 3", False),
    ],
)
def test_holds_what_anybody_may_read_and_nothing_else(head: str, is_in: bool) -> None:
    made = page(an_issue(f"---\nrubrik: Ett stycke\n{head}\n---\nTexten.\n"))
    assert ("Ett stycke" in made.html, bool(made.html)) == (is_in, is_in)
    assert bool(made.summary) == is_in


def test_takes_subject_and_summary_from_what_is_for_all() -> None:
    inner = "---\nrubrik: Hemlig rubrik\nämnesrad: Hemlig ämnesrad\ningress: Hemlig ingress\n---\nHemlig text.\n"
    made = page(an_issue(inner, "---\nrubrik: Öppet\nfår läsas av: alla\n---\nText.\n"))
    assert "hemlig" not in repr(made).casefold()
    assert made.summary == "Öppet"


def test_leads_to_no_part_that_is_not_there() -> None:
    """The name of an internal block's file is internal too."""
    made = soup(
        an_issue(
            "---\nrubrik: A\nfår läsas av: alla\n---\nSe [förslaget](#b), [mera](#c) och [hemsidan](https://a.example/).\n",
            "---\nrubrik: B\n---\nInre.\n",
            "---\nrubrik: C\nfår läsas av: alla\n---\nYttre.\n",
        )
    )
    assert [a["href"] for a in made.find_all("a")] == ["#c", "https://a.example/"]
    assert [s["id"] for s in made.select("[id]")] == ["a", "c"]
    assert "förslaget" in made.text


def test_names_an_issue_of_which_nothing_is_for_all_and_says_no_more() -> None:
    made = page(an_issue("---\nrubrik: Hemligt\nämnesrad: Hemligt\n---\nInre.\n"))
    assert (made.title, made.subject, made.summary, made.html, made.parts) == ("V Aktuellt maj 2024", "", "", "", ())


def test_is_the_same_every_time_and_another_for_every_word() -> None:
    made = page(opened(everything()))
    assert page(opened(everything())) == made
    others = [replace(made, **{name: "x"}) for name in ("uid", "title", "subject", "summary", "html")]
    others += [replace(made, parts=()), replace(made, parts=(*made.parts, Part("a.png", "image/png", b"x", True)))]
    assert len({other.hash for other in [made, *others]}) == len(others) + 1


def test_keeps_its_own_name_for_ever() -> None:
    assert page(an_issue("# A\n\nB\n")).uid == page(opened(everything())).uid
    assert page(of_month("2024-04")).uid != page(of_month("2024-05")).uid


def test_stops_a_sentence_of_the_members_that_stands_in_an_open_block_too() -> None:
    told = "Styrelsen föreslår att lokalen på Storgatan säljs före sommaren."
    made = an_issue(
        f"---\nrubrik: A\nfår läsas av: alla\n---\nVi hörs. {told}\n", f"---\nrubrik: B\n---\nInåt. {told} Tack.\n"
    )
    (found,) = leaks(made, public(made), page(made))
    assert found.stops
    assert found.problem.where == "content/2024-05/b.md"
    assert found.problem.what.endswith("är bara för medlemmar, men står även i arkivet.")
    assert list(leaks(opened(made), public(opened(made)), page(opened(made)))) == []


@pytest.mark.parametrize("period", MONTHS)
def test_shows_of_the_example_months_what_is_for_all(period: str) -> None:
    made = of_month(period)
    shown = archive_issue(public(made), templates(), SETTINGS, pictures_of(made))
    text = BeautifulSoup(shown.html, "html.parser").text
    for each in made.blocks:
        assert (each.title in text) == (each.readers.circle == "alla"), each.path
    for each in {o.event for o in made.occurrences}:
        assert (each.title in text) or each.readers.circle != "alla", each.path
    assert list(leaks(made, public(made), shown)) == []


def test_puts_in_our_addresses_when_it_is_read() -> None:
    made = page(opened(everything()))
    whole = with_addresses(
        made.html, lambda n: f"https://a.example/arkiv/{n}?a=1&b=2", lambda n: f"https://a.example/{n}.ics"
    )
    read = BeautifulSoup(whole, "html.parser")
    assert {i["src"] for i in read.find_all("img")} == {f"https://a.example/arkiv/{p.name}?a=1&b=2" for p in made.parts}
    files = [a["href"] for a in read.select(".calendar a")]
    assert len(files) == 4
    assert all(re.fullmatch(r"https://a\.example/[0-9a-f]{32}\.ics", f) for f in files)
    assert "cid:" not in whole
    assert "kalender:" not in whole


def test_gives_no_file_for_an_event_that_others_keep() -> None:
    theirs = replace(event("---\nrubrik: Distriktet\ndatum: 2024-05-20\nfår läsas av: alla\n---\n"), is_foreign=True)
    assert soup(issue((), (theirs,))).select(".calendar") == []


def test_makes_a_page_of_a_correction() -> None:
    made = archive_correction(
        block("# Fel dag\n\nMötet är på **tisdag**.\n"), "rättelse/x", "Rättelse: Fel dag", templates(), SETTINGS
    )
    assert (made.title, made.html) == ("Rättelse: Fel dag", "<p>Mötet är på <strong>tisdag</strong>.</p>\n")


def test_cleans_what_a_template_of_the_home_puts_in(tmp_path) -> None:
    from mailer.render.templates import Templates

    (tmp_path / "archive.html.j2").write_text(
        '<div onclick="x()"><script>alert(1)</script><p style="color:red" class="lead mine">Hej</p>'
        '<img src="https://ond.example/x.gif" alt="x"><a href="javascript:alert(1)">y</a></div>', "utf-8"
    )  # fmt: skip
    made = archive_issue(public(opened(everything())), Templates(tmp_path), SETTINGS)
    assert made.html == '<p class="lead">Hej</p>[Bild: x]y\n'


# What goes through the same hands: a page of each place where somebody may write a script.
NOT_HERE = (scripts.subject, scripts.marks, scripts.names, scripts.letters, scripts.notices)


def hostile(monkeypatch: pytest.MonkeyPatch, place: Callable[[], object]) -> ArchivePage:
    found: list[ArchivePage] = []
    monkeypatch.setattr(scripts, "rendered", lambda made, **_: found.append(page(opened(made))))
    place()
    return found[0]


@pytest.mark.parametrize("place", [p for p in PLACES if p not in NOT_HERE])
def test_runs_no_script_whatever_anybody_writes(
    browser: Chromium, monkeypatch: pytest.MonkeyPatch, place: Callable[[], object]
) -> None:
    """On the page, and where a feed reader puts what RSS and Atom hand it."""
    made = hostile(monkeypatch, place)
    whole = with_addresses(made.html, lambda n: f"https://brev.example/{n}", lambda n: f"https://brev.example/{n}.ics")
    assert whole.count("alert(1)") + whole.count("prompt") > 5 or place is scripts.file_names
    feed = Feed("urn:x", "A", "B", "C", "https://a.example/arkiv", "https://a.example/arkiv/rss.xml")
    moment = everything().occurrences[0].begins
    posts = [Post(made.uid, made.title, "https://a.example/x", made.summary, whole, moment, moment)]
    for written, tag in ((rss(feed, posts), "encoded"), (atom(feed, posts), "content")):
        assert BeautifulSoup(written, "xml").find(tag).text.strip() == whole.strip()
    assert browser.look(f"<body>{whole}", lambda seen: [*seen.page.evaluate(WRONG), ran(seen)]) == [0]


@pytest.mark.parametrize("write", [rss, atom])
def test_runs_no_script_of_a_feed_itself(browser: Chromium, write: Callable[..., bytes]) -> None:
    """Titles and summaries are plain text: a reader that takes them for HTML sees their tags as text."""
    moment = everything().occurrences[0].begins.astimezone(ZONE)
    posts = [Post(f"urn:{n}", s, "https://a.example/x", s, s, moment, moment) for n, s in enumerate(SCRIPTS)]
    raw = write(Feed("urn:x", SCRIPTS[0], SCRIPTS[0], "C", "https://a.example/", "https://a.example/r"), posts)
    read = BeautifulSoup(raw, "xml")
    names = {tag.name for tag in read.find_all(True)}
    assert names <= set(
        "rss channel title link description language lastBuildDate item guid pubDate encoded feed id subtitle updated "
        "author name entry published summary content".split()
    )
    assert browser.look(raw.decode(), ran) == 0


def test_takes_the_worst_of_characters_into_a_feed() -> None:
    moment = everything().occurrences[0].begins
    worst = "\x00\x0b\ud800\ue000x\ue002]]>&<\ufffe"
    posts = [Post("urn:1", worst, "https://a.example/", worst, worst, moment, moment)]
    for write in (rss, atom):
        read = BeautifulSoup(
            write(Feed("urn:x", worst, worst, worst, "https://a.example/", "https://a.example/r"), posts), "xml"
        )
        assert "]]>&<" in read.find(["item", "entry"]).title.text


def test_knows_no_block_by_the_issue_it_was_cut_from() -> None:
    """The value that is handed to templates holds nothing that is not for all."""
    secret: Block = block("---\nrubrik: Hemligt\n---\nHemligt.\n", "b")
    made = replace(issue((secret, block("---\nrubrik: A\nfår läsas av: alla\n---\nB\n"))), left_out=(("hemlig", "x"),))
    assert "hemlig" not in repr(public(made)).casefold()
