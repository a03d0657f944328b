"""Slow, endless and oversized clients straight at the service: they are cut, and hold nobody else up."""

import asyncio
import contextlib
import resource
import socket
import threading
import time
from pathlib import Path

import pytest

from mailer.web import guard, line
from tests.web.month import a_month
from tests.web.serving import FORM, OURS, Served, serving

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
PATIENCE_S = 30.0


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines of tenths of seconds."""
    monkeypatch.setattr(line, "LONGEST", {"head": 0.3, "body": 0.4, "rest": 0.2, "answer": 30.0})
    monkeypatch.setattr(guard, "LONGEST_POST_S", 0.3)


def connected(site: Served, first: bytes = b"") -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_S)
    opened.sendall(first)
    return opened


def trickle(opened: socket.socket, piece: bytes, gap_s: float = 0.05) -> bytes:
    """Everything it says, while a piece is sent every now and then, until it is cut."""
    said, deadline = b"", time.monotonic() + PATIENCE_S
    opened.settimeout(gap_s)
    while time.monotonic() < deadline:
        try:
            got = opened.recv(65536)
            if not got:
                return said
            said += got
        except TimeoutError:
            pass
        except OSError:
            return said
        with contextlib.suppress(OSError):
            opened.sendall(piece)
    raise AssertionError("it was never cut")


POST = (
    b"POST /svara/x HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"
)


@pytest.mark.parametrize(
    ("first", "piece", "said"),
    [
        (b"", b"", b""),  # says nothing at all
        (b"", b"G", b""),
        (HEAD, b"X-A: b\r\n", b""),
        (HEAD + b"X-A: ", b"b", b""),
        (POST, b"x", b" 408 "),
        (b"\r\n", b"\r\n", b""),
        (HEAD + b"\r\n", b"X", b" 200 "),  # after an answer, the next head
    ],
)
def test_cuts_a_client_that_never_comes_to_an_end(quick, tmp_path: Path, first: bytes, piece: bytes, said: bytes):
    with a_month(tmp_path / "hem") as house, serving(house) as site, connected(site, first) as slow:
        assert said in trickle(slow, piece)
        assert site.get(site.link()).status == 200


def test_cuts_a_body_that_goes_on_after_its_answer(quick, tmp_path: Path):
    endless = b"POST /svara/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
    with a_month(tmp_path / "hem") as house, serving(house) as site, connected(site, endless) as huge:
        assert b" 403 " in trickle(huge, b"x" * 1000, 0.01)


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        HEAD + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # no Host (RFC 9112 section 3.2)
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        HEAD + b"X: a\x00b\r\n\r\n",
        HEAD + b" folded: x\r\nA\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: x\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 300 + b"\r\n\r\n",  # TLS to a plain port
    ],
)
def test_answers_what_is_no_request_without_a_word_of_it(quiet_site: Served, raw: bytes):
    with connected(quiet_site, raw) as wrong:
        said = b""
        with contextlib.suppress(OSError):
            while got := wrong.recv(65536):
                said += got
    head = said.split(b"\r\n\r\n")[0].lower()
    assert head.startswith((b"http/1.1 400", b"http/1.1 431")) or not said
    if said:
        for name in (b"content-security-policy", b"x-content-type-options: nosniff", b"cache-control: no-store"):
            assert name in head
        assert b"x" * 100 not in said


@pytest.fixture(scope="module")
def quiet_site(tmp_path_factory):
    with a_month(tmp_path_factory.mktemp("hem")) as house, serving(house) as site:
        yield site


def test_makes_room_for_those_who_ask_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """More lines than there may be, none of which ever asks: whoever asks is answered, and the oldest are cut."""
    monkeypatch.setattr(line, "MOST_LINES", 20)
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        idle = [connected(site, HEAD if n % 2 else POST) for n in range(60)]
        try:
            for _ in range(5):
                assert site.get(site.link()).status == 200
            cut = sum(_is_cut(opened) for opened in idle)
            assert 40 <= cut <= 50
            assert not any(_is_cut(opened) for opened in idle[-10:])
        finally:
            for opened in idle:
                opened.close()


def _is_cut(opened: socket.socket) -> bool:
    opened.settimeout(0)
    try:
        return opened.recv(10) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_keeps_a_line_whose_answer_is_being_made(monkeypatch: pytest.MonkeyPatch):
    """Straight at the rule: which line goes, of those that are open."""

    class Open:
        def __init__(self, phase, since, owes=0):
            self.aborted = False
            self.made = line.Line.__new__(line.Line)
            self.made._phase, self.made._since = phase, since
            self.made.transport = self
            self.owes = owes

        def get_write_buffer_size(self):
            return self.owes

        def is_closing(self):
            return self.aborted

        def abort(self):
            self.aborted = True

    lines = [Open("answer", 1), Open("answer", 3, owes=10), Open("head", 4), Open("body", 2)]
    newest = Open("head", 9)
    newest.made.connections = {n.made for n in [*lines, newest]}
    gone = []
    for _ in range(4):
        before = [n.aborted for n in lines]
        newest.made._make_room()
        gone += [n for n, was in zip(lines, before, strict=True) if n.aborted and not was]
    assert gone == [lines[3], lines[1], lines[2]]
    assert not newest.aborted


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(1800))}, b"", 200),
        ({"Content_Type": FORM, **OURS}, b"&".join(b"f%d=1" % n for n in range(10_000)), 413),
        ({"Content_Type": FORM, **OURS}, b"&".join(b"%d=1" % n for n in range(5_000)), 400),
        ({"Content_Type": "multipart/form-data; boundary=x", **OURS}, b"\r\n" * 30_000 + b"--x--", 400),
        ({"Content_Type": FORM, **OURS}, b"%" * 60_000, 400),
        ({"Content_Type": FORM, **OURS}, b"&" * 60_000, 400),
        ({"Content_Type": FORM, **OURS}, b"remark=" + b"%F0" * 20_000, 400),
    ],
)  # fmt: skip
def test_answers_large_and_strange_requests_in_words(quiet_site: Served, headers, body, status):
    link, before = quiet_site.link(), quiet_site.hash()
    assert quiet_site.ask("POST" if body else "GET", link, body, **headers).status == status
    assert quiet_site.hash() == before


def test_takes_no_memory_for_a_gigabyte(tmp_path: Path):
    """One client sends and sends; the process grows by less than the limit of a body, many times over."""
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        site.get(site.link())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sent = 0
        with connected(site, POST.replace(b"60000", b"1000000000")) as huge, contextlib.suppress(OSError):
            while sent < 1_000_000_000:
                sent += huge.send(b"x" * 1_000_000)
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown_kb < 50_000
        assert site.get(site.link()).status == 200


@pytest.mark.soak
def test_answers_others_under_a_thousand_slow_clients(tmp_path: Path, capsys):
    """Slowloris, at the service itself."""
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        done = threading.Event()

        async def attack() -> None:
            async def one() -> None:
                while not done.is_set():
                    with contextlib.suppress(OSError):
                        _, out = await asyncio.open_connection("127.0.0.1", site.port)
                        with contextlib.suppress(OSError):
                            out.write(HEAD)
                            for _ in range(100):
                                if done.is_set():
                                    break
                                await asyncio.sleep(0.5)
                                out.write(b"X: y\r\n")
                                await out.drain()
                        out.close()
                    await asyncio.sleep(0.05)

            await asyncio.gather(*(one() for _ in range(400)))

        attackers = threading.Thread(target=asyncio.run, args=(attack(),))
        attackers.start()
        times = []
        try:
            time.sleep(2)
            for _ in range(200):
                began = time.perf_counter()
                assert site.get(site.link()).status == 200
                times.append(time.perf_counter() - began)
        finally:
            done.set()
            attackers.join()
        times.sort()
        with capsys.disabled():
            print(f"\nslow clients: median {times[100] * 1000:.0f} ms, p95 {times[190] * 1000:.0f} ms")
        assert times[190] < 1
