"""The house fetches what is on the web for all to read, within limits, and nothing else whatever it is told."""

import gzip
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from itertools import count

import pytest

from mailer.content.fetch import Limits, Reach, Validators, get
from mailer.content.web_address import Unusable, is_public, parse_web_address
from mailer.errors import AdminError, LaterError
from tests.content.website import Website, for_ever, here, moved, ok, silence, website, zipped

WHERE = "På hemsidan"
SMALL = Limits(size=100_000)
INNER = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "168.63.129.16", "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::",
    "2001:0:7f00:1::", "2001:db8::1", "fe80::1", "fe80::1%lo", "2a00:1450::1%lo", "fec0::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "100::1",
]  # fmt: skip


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as running:
        yield running


def refusal(address: str, reach: Reach, limits: Limits = SMALL) -> str:
    with pytest.raises((AdminError, LaterError)) as caught:
        get(address, WHERE, None, limits, reach)
    (problem,) = caught.value.problems
    assert problem.where == WHERE
    assert problem.remedy
    return problem.what


@pytest.mark.parametrize("address", INNER)
def test_knows_an_inner_address(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "193.11.1.1", "2a00:1450:400f::1", "2606:4700::1"])
def test_knows_an_address_everybody_reaches(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0x7f000001", "017700000001", "0", "localhost",
        "localhost.", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "127.0.0.1.",
        "１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "169.254.169.254", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["http", "https", "webcal"])
def test_never_knocks_on_an_inner_door(site: Website, scheme: str, host: str) -> None:
    open_port = Reach(ports=frozenset({site.port}))
    refusal(site.address("/", host, scheme), open_port)
    assert site.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname", "gopher://127.0.0.1/", "ftp://a.example/", "dict://127.0.0.1:80/", "javascript:alert(1)",
        "data:text/xml,<rss/>", "http://a.example:22/", "https://a.example:8080/", "http://a.example:99999/",
        "http://a.example:x/", "http://anna:hemligt@a.example/", "http://a@b@a.example/", "http://a.example\\@127.0.0.1/",
        "http://a.example/\r\nX: y", "http://a.example/ b", "http://", "http:///etc/hostname", "http://[::1", "http://[x]/",
        "//a.example/", "a.example", "", "http://" + "a" * 300 + ".example/", "http://a..example/", "http://*.example/",
        "http://a.example/" + "a" * 2000, "http://\x00/", "http://%31%32%37.0.0.1/", "http://[fe80::1%25lo]/x y",
    ],
)  # fmt: skip
def test_refuses_what_is_no_address_on_the_web(address: str) -> None:
    def never(_host: str, _port: int) -> list[str]:
        raise AssertionError("it was looked up")

    with pytest.raises(AdminError) as caught:
        get(address, WHERE, reach=Reach(resolve=never))
    assert "hemligt" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("webcal://a.example/x.ics", "https://a.example/x.ics"),
        ("HTTP://A.Example", "http://a.example/"),
        ("https://a.example:443/?a=b c#d".replace(" ", "%20"), "https://a.example/?a=b%20c"),
        ("https://vänstern.example/flöde", "https://xn--vnstern-5wa.example/fl%C3%B6de"),
        ("http://[2A00::1]/", "http://[2a00::1]/"),
        ("http://a.example/%2e%2e/x", "http://a.example/%2e%2e/x"),
    ],
)
def test_reads_an_address(written: str, meant: str) -> None:
    assert str(parse_web_address(written)) == meant


def test_reads_the_address_of_a_redirect_where_it_stands() -> None:
    assert str(parse_web_address("/feed/", "https://a.example/x?y")) == "https://a.example/feed/"
    assert str(parse_web_address("//b.example", "https://a.example/x")) == "https://b.example/"
    with pytest.raises(Unusable):
        parse_web_address("file:///etc/hostname", "https://a.example/x")


def test_fetches(site: Website) -> None:
    site.pages["/feed"] = ok(b"<rss/>", "Content-Type: application/rss+xml", 'ETag: "1"', "Last-Modified: i dag")
    fetched = get(site.address("/feed"), WHERE, reach=here(site))
    assert fetched.raw == b"<rss/>"
    assert fetched.content_type == "application/rss+xml"
    assert fetched.validators == Validators('"1"', "i dag")
    (request,) = site.requests
    assert f"Host: 127.0.0.1:{site.port}\r\n" in request
    assert "cookie" not in request.casefold()


def test_asks_whether_anything_has_changed(site: Website) -> None:
    site.pages["/feed"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    known = Validators('"1"', "i dag")
    fetched = get(site.address("/feed"), WHERE, known, reach=here(site))
    assert (fetched.raw, fetched.validators) == (None, known)
    assert 'If-None-Match: "1"\r\nIf-Modified-Since: i dag\r\n' in site.requests[0]
    assert "304" in refusal(site.address("/feed"), here(site))  # nobody asked


def test_sends_back_no_mark_that_could_be_something_else(site: Website) -> None:
    site.pages["/feed"] = ok(b"x", "ETag: " + "a" * 2000, "Last-Modified: å\x01")
    assert get(site.address("/feed"), WHERE, reach=here(site)).validators == Validators()


def test_unpacks(site: Website) -> None:
    site.pages["/feed"] = zipped(b"<rss/>" * 10_000)
    assert get(site.address("/feed"), WHERE, None, SMALL, here(site)).raw == b"<rss/>" * 10_000


def test_reads_a_body_in_chunks(site: Website) -> None:
    site.pages["/feed"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n<r\r\n4\r\nss/>\r\n0\r\n\r\n"
    assert get(site.address("/feed"), WHERE, reach=here(site)).raw == b"<rss/>"


def test_uses_no_proxy_of_the_environment(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    with website() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address())
        site.pages["/"] = ok(b"x")
        get(site.address("/"), WHERE, reach=here(site))
        assert proxy.connections == 0


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:{canary}/", "http://localhost:{canary}/", "//127.1:{canary}/", "http://[::1]:{canary}/",
        "file:///etc/hostname", "gopher://127.0.0.1:{canary}/", "http://a@127.0.0.1:{canary}/", "http://127.0.0.1:22/",
        "http://2130706433:{canary}/", "http://169.254.169.254/latest/meta-data/",
    ],
)  # fmt: skip
def test_is_not_sent_to_an_inner_door(to: str) -> None:
    """The website is where everybody reaches it, as far as the house can tell; the canary is not."""
    with website() as canary, website(host="127.0.0.2") as outside:
        outside.pages["/feed"] = moved(to.format(canary=canary.port))
        may = lambda address: address == ip_address("127.0.0.2")
        reach = Reach(may, frozenset({outside.port, canary.port}))
        assert "skickar oss vidare" in refusal(outside.address("/feed", "127.0.0.2"), reach)
        assert (outside.connections, canary.connections) == (1, 0)


def test_connects_to_the_address_it_has_checked(site: Website) -> None:
    """A name that stands for something else at each look-up is looked up once."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    may = lambda address: address == ip_address("8.8.8.8")
    reach = Reach(may, frozenset({site.port}), rebinding)
    refusal(site.address("/", "a.example"), reach, Limits(connect_s=0.2, total_s=0.2))
    assert (asked, site.connections) == (["a.example"], 0)


def test_leaves_out_the_inner_ones_of_several_addresses(site: Website) -> None:
    site.pages["/"] = ok(b"x")
    reach = Reach(
        lambda a: a == ip_address("127.0.0.1"), frozenset({site.port}), lambda *_: ["::1", "127.0.0.3", "127.0.0.1"]
    )
    assert get(site.address("/", "a.example"), WHERE, reach=reach).raw == b"x"


def test_follows_five_redirects_and_no_more(site: Website) -> None:
    for n in range(10):
        site.pages[f"/{n}"] = moved(f"/{n + 1}", (301, 302, 303, 307, 308)[n % 5])
    site.pages["/5"] = ok(b"x")
    fetched = get(site.address("/0"), WHERE, reach=here(site))
    assert (fetched.raw, fetched.address) == (b"x", site.address("/5"))
    site.pages["/5"] = moved("/6")
    assert "fler än 5 gånger" in refusal(site.address("/0"), here(site))
    assert site.connections == 12


def test_gives_up_on_one_that_writes_a_byte_a_second(site: Website) -> None:
    """Each read of ours is a second by this clock."""
    site.pages["/"] = for_ever(b"x")
    seconds = count()
    what = refusal(site.address("/"), here(site, now=lambda: next(seconds)))
    assert "för långsamt" in what
    assert next(seconds) < 40


@pytest.mark.parametrize(
    ("head", "piece", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1000, "går att läsa"),
        (b"", b"x" * 1000, "går att läsa"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, "större än"),
    ],
)
def test_gives_up_on_a_head_without_end(site: Website, head: bytes, piece: bytes, words: str) -> None:
    site.pages["/"] = for_ever(piece, head)
    assert words in refusal(site.address("/"), here(site))


def test_gives_up_on_silence(site: Website) -> None:
    site.pages["/"] = silence
    assert "svarar inte" in refusal(site.address("/"), here(site), Limits(total_s=0.2))


def test_gives_up_on_a_name_that_is_not_looked_up() -> None:
    answered = threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        answered.wait(10)
        return []

    assert "slå upp" in refusal("http://a.example/", Reach(resolve=slow), Limits(connect_s=0.1))
    answered.set()


@pytest.mark.parametrize(
    "page",
    [
        for_ever(b"x" * 65536),
        for_ever(b"x" * 65536, b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n"),
        for_ever(b"fff\r\n" + b"x" * 0xFFF + b"\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        for_ever(b"1\r\nx\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        zipped(b"\0" * 50_000_000),
        for_ever(b"\x00\x00\x00\xff\xff" * 9_000,
                 b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"", mtime=0)[:10]),
        ok(b"x" * 100_001),
    ],
    ids=["endless", "announced", "chunks", "small-chunks", "bomb", "nothing-packed", "one-too-many"],
)  # fmt: skip
def test_takes_no_more_than_it_agreed_to(site: Website, page: bytes) -> None:
    site.pages["/"] = page
    assert "större än" in refusal(site.address("/"), here(site))


def test_takes_exactly_as_much_as_it_agreed_to(site: Website) -> None:
    site.pages["/"] = ok(b"x" * 100_000)
    assert len(get(site.address("/"), WHERE, None, SMALL, here(site)).raw or b"") == 100_000


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "finns inget på den adressen"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "släpper inte in oss"),
        (b"HTTP/1.1 503 Busy\r\n\r\n", "svarar 503"),
        (b"HTTP/1.1 206 Partial\r\n\r\nx", "svarar 206"),
        (b"HTTP/1.1 302 Moved\r\n\r\n", "svarar 302"),
        (ok(b"half", length=1000), "bröts av"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf", "går att läsa"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhalf", "går att läsa"),
        (ok(gzip.compress(b"hela", mtime=0)[:-9], "Content-Encoding: gzip"), "bröts av"),
        (ok(gzip.compress(b"hela", mtime=0) * 2, "Content-Encoding: gzip"), "mer efter slutet"),
        (ok(b"inte packat", "Content-Encoding: gzip"), "går att läsa"),
        (ok(b"x", "Content-Encoding: br"), "inte har bett om"),
        (b"", "bryter förbindelsen"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "går att läsa"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "går att läsa"),
        (b"HTTP/1.1 \xff\xff\r\n\r\n", "går att läsa"),
        (b"\x00" * 1000, "går att läsa"),
    ],
)
def test_says_what_the_other_side_did(site: Website, page: bytes, words: str) -> None:
    site.pages["/"] = page
    with pytest.raises(LaterError, match=words):
        get(site.address("/"), WHERE, None, SMALL, here(site))


def test_says_that_nobody_is_there(site: Website) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    reach = replace(here(site), ports=None)
    assert "tar inte emot oss" in refusal(f"http://127.0.0.1:{port}/", reach)


def test_fetches_over_tls_what_shows_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with website("good") as site:
        monkeypatch.setenv("SSL_CERT_FILE", _certificate("good"))
        site.pages["/"] = ok(b"x")
        for scheme in ("https", "webcal"):
            assert get(site.address("/", scheme=scheme), WHERE, reach=here(site)).raw == b"x"


@pytest.mark.parametrize("name", ["expired", "wrong-name", "good"])
def test_says_nothing_to_one_who_cannot_show_who_it_is(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The last is good, but nobody we trust says so."""
    with website(name) as site:
        if name != "good":
            monkeypatch.setenv("SSL_CERT_FILE", _certificate(name))
        site.pages["/"] = ok(b"x")
        assert "certifikatet gäller inte" in refusal(site.address("/", scheme="https"), here(site))
        assert site.requests == []


def test_does_not_go_from_what_is_safe_to_what_is_not(monkeypatch: pytest.MonkeyPatch, site: Website) -> None:
    with website("good") as safe:
        monkeypatch.setenv("SSL_CERT_FILE", _certificate("good"))
        safe.pages["/"] = moved(site.address("/"))
        site.pages["/"] = moved(safe.address("/other", scheme="https"))
        safe.pages["/other"] = ok(b"x")
        reach = replace(here(site), ports=None)
        assert "från https till http" in refusal(safe.address("/", scheme="https"), reach)
        assert site.connections == 0
        assert get(site.address("/"), WHERE, reach=reach).raw == b"x"


def test_says_that_a_server_speaks_no_tls(site: Website) -> None:
    site.pages["/"] = ok(b"x")
    assert refusal(site.address("/", scheme="https"), here(site))


def _certificate(name: str) -> str:
    from tests.content.website import CERTIFICATES

    return str(CERTIFICATES / f"{name}.pem")
