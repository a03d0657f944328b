"""The house reads what homepages publish, as plain words, whatever they publish."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.feeds import LONGEST_EXCERPT, LONGEST_TITLE, MOST_POSTS, Post, new_posts, read_posts
from mailer.content.text import has_forbidden
from mailer.content.xml_text import as_utf8
from mailer.errors import LaterError

CORPUS = Path(__file__).parents[1] / "feeds"
WHERE = "På hemsidan"
ADDRESS = "https://vallentuna.example/feed/"


def read(name: str, content_type: str = "") -> tuple[tuple[Post, ...], list[str]]:
    posts, problems = read_posts((CORPUS / name).read_bytes(), WHERE, content_type, ADDRESS)
    return posts, [p.what for p in problems]


def feed(*items: str) -> bytes:
    return f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()


def item(number: int, title: str = "Titel", day: str = "06", text: str = "") -> str:
    return (
        f"<item><title>{title}</title><guid>{number}</guid><pubDate>{day} May 2024 10:00:00 +0000</pubDate>"
        f"<description>{text}</description></item>"
    )


def test_reads_wordpress() -> None:
    posts, problems = read("wordpress.xml")
    assert problems == []
    assert posts == (
        Post(
            "https://vallentuna.example/?p=4277",
            "Skolmaten räcker inte – vår motion i KF",
            "https://vallentuna.example/2024/05/14/skolmaten/",
            datetime(2024, 5, 14, 19, 30, tzinfo=UTC),
            "I går tog fullmäktige ställning till vår motion om skolmaten & köken. Så här gick det, och så här röstade "
            "de andra. …",
            "Yusuf Demir",
        ),
        Post(
            "https://vallentuna.example/?p=4270",
            "AT&T, 5 < 6 och fetstil",
            "https://vallentuna.example/2024/05/06/torget/",
            datetime(2024, 5, 6, 8, 0, tzinfo=UTC),
            "Torget Vi står på Tuna torg. Kom hit!",
        ),
    )


def test_reads_atom() -> None:
    (post,), _ = read("atom.xml")
    assert (post.id, post.link) == ("urn:uuid:2", "https://distriktet.example/nyheter/kongress")
    assert post.title == "Distriktsårskongress: 3 < 4 & 5"
    assert (post.excerpt, post.author) == ("Nu är handlingarna ute.", "Expeditionen")
    assert post.published == datetime(2024, 5, 14, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("latin-1.xml", ""),
        ("latin-1.xml", "text/xml; charset=ISO-8859-1"),
        ("latin-1.xml", "application/rss+xml; charset=utf-8"),
        ("says-utf-8-is-windows.xml", ""),
        ("utf-16.xml", ""),
        ("utf-16.xml", "text/xml; charset=utf-8"),
        ("strange-encoding.xml", ""),
        ("strange-encoding.xml", "text/xml; charset=zlib_codec"),
        ("strange-encoding.xml", "text/xml; charset=unicode_escape"),
        ("broken.xml", ""),
    ],
)
def test_reads_swedish_however_it_is_written(name: str, content_type: str) -> None:
    posts, _ = read(name, content_type)
    assert posts[0].title.startswith("Förening på Gärdet")


def test_goes_on_where_the_xml_is_broken() -> None:
    posts, _ = read("broken.xml")
    assert [p.title for p in posts] == ["Förening på Gärdet", "Ett & till"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ((CORPUS / "page.html").read_bytes(), "inte ett flöde, utan en webbsida"),
        (b"<?xml version='1.0'?><kml/>", "inte ett flöde."),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "inte ett flöde."),
        (b"", "inte ett flöde."),
        (b"http://127.0.0.1/", "inte ett flöde."),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "inte ett flöde."),
        (b"<rss>" + b" " * 2_000_000, "större än 2 MB"),
        (feed("<a/>" * 200_000), "fler än 150000 taggar"),
    ],
)
def test_says_that_it_is_no_feed(raw: bytes, words: str) -> None:
    with pytest.raises(LaterError) as caught:
        read_posts(raw, WHERE)
    assert words in caught.value.problems[0].what
    assert caught.value.problems[0].where == WHERE


def test_opens_no_file_whose_path_is_the_feed() -> None:
    """The library would: a path is what it tries first."""
    with pytest.raises(LaterError, match="inte ett flöde"):
        read_posts(bytes(CORPUS / "wordpress.xml"), WHERE)


def test_reads_an_empty_feed() -> None:
    assert read("empty.xml") == ((), [])


def test_leaves_entities_alone() -> None:
    posts, _ = read("outside-entity.xml")
    assert "127" not in str(posts)
    assert Path("/etc/hostname").read_text("utf-8").strip() not in str(posts)
    posts, _ = read("bomb.xml")
    assert len(str(posts)) < 1000


def test_keeps_links_that_a_reader_can_follow_and_no_others() -> None:
    posts, _ = read("links.xml")
    assert len(posts) == 9
    assert {p.link for p in posts} == {"", "https://a.example/å%20ä"}


def test_keeps_no_character_that_deceives() -> None:
    (post,), _ = read("characters.xml")
    assert post.title == "ABnamnC { { förnamn }} D"
    assert not has_forbidden(post.title + post.excerpt)
    assert post.excerpt.startswith("x y")


def test_says_which_posts_have_no_date() -> None:
    posts, problems = read("undated.xml")
    assert [p.title for p in posts] == ["I framtiden", "Med datum", "Utan datum", "Nonsens"]
    assert problems == [
        "1 inlägg i flödet saknar både rubrik och text.",
        "2 inlägg i flödet saknar datum, så ingen vet om de är nya.",
    ]


def test_keeps_the_newest_of_ten_thousand() -> None:
    many = "".join(f"<item><guid>{n}</guid><title>{n}</title></item>" for n in range(10_000))
    posts, _ = read_posts(feed(many, *(item(10_000 + n, "Ny", f"{n % 28 + 1:02}") for n in range(300))), WHERE)
    assert len(posts) == MOST_POSTS
    assert {p.title for p in posts} == {"Ny"}


def test_cuts_between_words() -> None:
    (post,), _ = read_posts(feed(item(1, "ord " * 200, text="tjugo tecken och mer " * 100)), WHERE)
    assert len(post.excerpt) <= LONGEST_EXCERPT
    assert post.excerpt.removesuffix(" …").split()[-1] in ("tjugo", "tecken", "och", "mer")
    assert len(post.title) <= LONGEST_TITLE
    (post,), _ = read_posts(feed(item(1, "x" * 5000, text="y" * 5000)), WHERE)
    assert (len(post.title), len(post.excerpt)) == (LONGEST_TITLE, LONGEST_EXCERPT)


def test_takes_its_first_words_for_a_post_without_title() -> None:
    (post,), _ = read_posts(feed(item(1, "", text="Vi ses på torget.")), WHERE)
    assert post.title == "Vi ses på torget."


MAY = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)


def test_prints_each_post_once() -> None:
    posts, _ = read_posts(feed(item(1, "Ett", "06"), item(2, "Två", "07"), item(3, "Tre", "08")), WHERE)
    assert [p.title for p in new_posts(posts, {}, "2024-06", *MAY)] == ["Tre", "Två", "Ett"]
    used = {posts[0].key: "2024-05", posts[1].key: "2024-06"}
    assert [p.title for p in new_posts(posts, used, "2024-06", *MAY)] == ["Två", "Ett"]
    assert posts[0].key.startswith("flöde:")
    assert len({p.key for p in posts}) == 3


def test_prints_the_posts_of_the_period_alone() -> None:
    days = [datetime(2024, 4, 30, 23, 59, tzinfo=UTC), MAY[0], MAY[1], None]
    posts = [Post(str(n), str(n), "", day, "") for n, day in enumerate(days)]
    assert [p.id for p in new_posts(posts, {}, "2024-05", *MAY)] == ["1"]


def test_prints_a_post_of_two_feeds_once() -> None:
    posts, _ = read("wordpress.xml")
    assert len(new_posts([*posts, *posts], {}, "2024-05", *MAY)) == 2


@pytest.mark.parametrize(
    "piece",
    [
        b"<item>", b"<item></item>", b"<item><title>x</title></item>", b"<a ", b"</", b"&#", b"<!--", b"<![CDATA[", b"<div>",
        b"<a b='c'>", b"&lt;p&gt;", b"&lt;div&gt;x", b"<guid>a</guid>", b"<!ENTITY a 'b'>", b"<![CDATA[<p><b><table>]]>", b"\x00",
        b"[", b"The post ", b"[...] ", b" (https://", b"<title type='xhtml'>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("head", [b"<rss><channel><item><description>", b"<rss><channel>"])
def test_reads_the_worst_of_the_largest_in_seconds(head: bytes, piece: bytes) -> None:
    """As many tags as are allowed; the bound is generous, and a quadratic reading would take hours."""
    raw = head + piece * min(150_000 // max(piece.count(b"<"), 1), 1_900_000 // len(piece))
    begun = time.process_time()
    with suppress(LaterError):
        read_posts(raw, WHERE)
    assert time.process_time() - begun < 10


def test_decodes_no_encoding_that_takes_for_ever() -> None:
    raw = b"<?xml version='1.0' encoding='punycode'?><rss><channel/></rss>" + b"a" * 500_000 + b"-" + b"z9" * 500_000
    begun = time.process_time()
    assert as_utf8(raw).startswith(b"<rss>")
    assert as_utf8(raw, "text/xml; charset=punycode").startswith(b"<rss>")
    assert time.process_time() - begun < 5


PIECES = [
    b"<rss version='2.0'>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<channel>", b"<item>", b"</item>", b"<entry>",
    b"<title>", b"</title>", b"<title type='html' mode='base64'>", b"<link href='http://[x'/>", b"<guid isPermaLink='true'>",
    b"<pubDate>", b"</pubDate>", b"Mon, 06 May 2024 10:00:00 +9999", b"99999999999999", b"0000-00-00", b"<content:encoded>",
    b"<content type='image/png'>", b"<dc:creator>", b"<author>", b"<email>", b"<media:content url='x'/>", b"<itunes:image/>",
    b"<georss:where><gml:Point srsName='x'><gml:pos>1 x</gml:pos>", b"<psc:chapter start='x'/>", b"<textinput>", b"<!DOCTYPE x [",
    b"<!ENTITY a 'b'>", b"]>", b"&a;", b"&#0;", b"&#99999999999;", b"<![CDATA[", b"]]>", b"<!--", b"hej ", b"\xe5", b"\xff\xfe",
    b"<?xml version='1.0' encoding='utf-7'?>", b"<?xml version='1.0' encoding='utf-16'?>", b"<a xml:base='http://[::1'>",
    b"<updated>", b"<summary type='xhtml'><div>", b"<source url='x'>", b"{{ x }}", b"\xee\x80\x80", b"[a](javascript:b)",
]  # fmt: skip
BYTES = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=30).map(b"".join)


@given(
    BYTES | BYTES.map(lambda b: b"<rss version='2.0'><channel><item><title>a</title>" + b),
    st.sampled_from(["", "text/xml; charset=utf-7", "text/html", "x;;charset=idna", "a/b; charset=\x00"]),
    st.sampled_from(["", ADDRESS, "http://[x"]),
)
@settings(max_examples=400, deadline=None)
def test_stumbles_over_no_bytes(raw: bytes, content_type: str, address: str) -> None:
    posts: tuple[Post, ...] = ()
    with suppress(LaterError):
        posts, _ = read_posts(raw, WHERE, content_type, address)
    for post in posts:
        assert post.title
        assert not has_forbidden(post.title + post.excerpt + post.author + post.link)
        assert len(post.excerpt) <= LONGEST_EXCERPT
        assert post.link == "" or post.link.casefold().startswith(("http://", "https://"))
        assert len(post.key) < 30
