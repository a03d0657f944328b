"""Behind the web servers of the handbook: every page works, and no log of theirs tells which personal link was opened."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.web.month import a_month
from tests.web.proxies import NAME, Proxy, caddy, nginx
from tests.web.serving import FORM, OURS, free_port, serving

SERVERS: dict[str, Callable[[Path, int], AbstractContextManager[Proxy]]] = {"nginx": nginx, "caddy": caddy}
PERSONAL = ("svara", "sluta", "oppna", "bekrafta", "mina", "lank")
CANARY = "kanariefagel"
CARRIED = ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control")


@pytest.fixture(params=list(SERVERS), scope="module")
def server(request: pytest.FixtureRequest) -> Callable[[Path, int], AbstractContextManager[Proxy]]:
    return SERVERS[request.param]


@pytest.fixture(scope="module")
def front(server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    folder = tmp_path_factory.mktemp("framfor")
    with a_month(folder / "hem") as house, serving(house) as site, server(folder, site.port) as proxy:
        yield site, proxy


def personal_paths() -> list[str]:
    """Every shape in which a personal link may be asked for, right or wrong."""
    bare = [f"/{word}/{CANARY}" for word in PERSONAL] + [f"/en/{word}/{CANARY}" for word in PERSONAL]
    odd = [f"/{word}?kod={CANARY}" for word in PERSONAL]
    odd += [f"//sluta/{CANARY}", f"/arkiv/../sluta/{CANARY}", f"/%73luta/{CANARY}", f"/arkiv?x={CANARY}", f"/?{CANARY}",
            f"/sluta/{CANARY}/direkt", f"/arkiv/%2e%2e/sluta/{CANARY}", f"/SLUTA/{CANARY}"]  # fmt: skip
    return bare + odd


def test_tells_no_log_which_personal_link_was_opened(front):
    site, proxy = front
    link = site.link()
    code = link.rpartition("/")[2]
    assert proxy.ask("GET", link)[0] == 200
    proxy.ask_each([(method, path) for path in personal_paths() for method in ("GET", "HEAD", "POST")], b"x=1",
                   Referer=f"https://{NAME}/sluta/{CANARY}", Cookie=f"v={CANARY}", User_Agent=CANARY,
                   Content_Type=FORM)  # fmt: skip
    proxy.ask("GET", f"/sluta/{CANARY}", X=CANARY * 2000)
    proxy.ask("POST", f"/sluta/{CANARY}", CANARY.encode() * 5_000, Content_Type=FORM, **OURS)
    with suppress(OSError, HTTPException):  # cut off while it still sends: before the answer, or within
        proxy.ask("POST", f"/sluta/{CANARY}", CANARY.encode() * 200_000, Content_Type=FORM, **OURS)
    with proxy.connect() as line:
        line.sendall(f"GET /sluta/{CANARY} HTTP/9\r\nnonsense {CANARY}\r\n\r\n".encode())
        line.recv(1000)
    logged = proxy.logged()
    assert code not in logged
    assert CANARY not in logged
    assert not re.search("/(en/)?(" + "|".join(PERSONAL) + ")", logged), logged


def test_tells_no_log_of_it_when_the_pages_are_away(server, tmp_path: Path):
    folder = tmp_path / "framför"
    folder.mkdir()
    with server(folder, free_port()) as proxy:
        for status, head, body in proxy.ask_each([("GET", path) for path in personal_paths()]):
            assert status in (502, 503)
            assert "Vänta en minut" in body.decode()
            assert all(head.get(name) for name in CARRIED), head
        assert CANARY not in proxy.logged()


def test_shows_every_page_behind_it_as_it_is(front):
    site, proxy = front
    paths = [*sorted(site.leads_to(site.link())), "/health", "/finns-inte", "/en/finns-inte", "/svara/" + "a" * 42]
    for path, (status, head, body) in zip(paths, proxy.ask_each([("GET", p) for p in paths]), strict=True):
        straight = site.get(path)
        assert (status, body) == (straight.status, straight.raw), path
        assert {name: head.get(name) for name in CARRIED} == {name: straight.headers.get(name) for name in CARRIED}
        assert head["strict-transport-security"] == "max-age=31536000"
        assert "nginx/" not in head.get("server", "")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"a=" + b"x" * 70_000, {}, 413),
        (b"a=" + b"x" * 2_000_000, {}, (413, 502)),
        (b"", {"X_Long": "x" * 100_000}, (400, 431)),
        (b"", {f"X_{n}": "x" * 100 for n in range(1000)}, (400, 431)),
    ],
)
def test_stops_at_the_door_what_is_too_much(front, body, headers, status):
    site, proxy = front
    try:
        got = proxy.ask("POST" if body else "GET", site.link(), body, Content_Type=FORM, **OURS, **headers)[0]
    except (OSError, HTTPException):
        return  # cut off in the middle of it, or of the answer
    assert got in (status if isinstance(status, tuple) else (status,))


def test_lets_the_service_see_which_network_asks(front, monkeypatch):
    from mailer.web import guard

    seen = []
    real = guard.network_of

    def noted(headers, peer):
        seen.append((headers.get("x-forwarded-for"), peer))
        return real(headers, peer)

    monkeypatch.setattr(guard, "network_of", noted)
    site, proxy = front
    proxy.ask("GET", site.link(), X_Forwarded_For="203.0.113.9, 198.51.100.7")
    assert seen == [("127.0.0.1", "127.0.0.1")]  # what the client made up is gone


@pytest.mark.soak
def test_cuts_a_client_that_never_ends_its_head(front):
    """Slowloris: a header line every now and then. It holds nobody else up, and is cut."""
    site, proxy = front
    lines = [proxy.connect() for _ in range(40)]
    for line in lines:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
    began = time.monotonic()
    cut: set[int] = set()
    while len(cut) < len(lines) and time.monotonic() - began < 60:
        for n, line in enumerate(lines):
            try:
                line.sendall(b"X-A: b\r\n")
            except OSError:
                cut.add(n)
        assert proxy.ask("GET", site.link())[0] == 200
        time.sleep(1)
    for line in lines:
        line.close()
    assert len(cut) == len(lines)
