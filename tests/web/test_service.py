"""The pages inside the service: they start and stop with it, and never stand in the way of the sending."""

import asyncio
import email
import email.policy
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import select

from mailer.house import open_house
from mailer.outbox.tables import approvals
from mailer.outbox.tables import mailings as table
from mailer.verbs import approve, send
from mailer.web import server
from tests.homes import ROOT, add_people, address_of, make_home
from tests.relay.client import Relay, running_relay
from tests.waiting import PATIENCE_S, until
from tests.web.month import MAY, a_month, write
from tests.web.serving import free_port, serving

LINK = re.compile(r"http://127\.0\.0\.1:\d+/svara/[a-z2-7]+")


def words_of(relay: Relay, line: dict) -> str:
    """The text part of a message the relay took."""
    raw = relay.recorded(line).replace(b"\r\n..", b"\r\n.")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return str(message.get_body(("plain",)).get_content())


def ask(url: str, **fields: str) -> tuple[str, str]:
    """(address, text) of the page after whatever redirects."""
    head = {"Sec-Fetch-Site": "same-origin"} if fields else {}
    body = urlencode(fields).encode() if fields else None
    with urlopen(Request(url, body, head), timeout=30) as answer:
        return answer.url, answer.read().decode("utf-8")


def test_sends_a_month_that_was_approved_from_a_telephone(tmp_path: Path) -> None:
    """The whole way: the clock makes the issue, the letter comes, the link is opened, a yes is pressed, all get it."""
    (tmp_path / "relay").mkdir()
    port = free_port()
    with running_relay(folder=tmp_path / "relay", record=True) as relay:
        more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
        home = make_home(tmp_path / "hem", relay.port, **more)
        write(home, "2024-05/01-torget.md", "# Vi ses på torget\n\nKaffe och samtal.\n")
        with open_house(home, "2024-05-10T08:00,0") as house:
            house.db.write(lambda c: add_people(c, house.keys, range(1, 6), house.clock.now()))
        command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "--clock", "2024-05-10T08:59,60", "run"]
        service = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            asked = until(
                lambda: [
                    a
                    for a in relay.acknowledged()
                    if a["rcpt"] == ["anna@vallentuna.example"] and LINK.search(words_of(relay, a))
                ],
                lambda: "nobody was asked",
            )[0]
            link = LINK.search(words_of(relay, asked))[0]
            _, page = ask(link)
            assert "Väntar på ett ja" in page
            assert "Går till 5 av 5." in page
            _, mail = ask(urljoin(link, re.search(r'href="([^"]+/1)"', page)[1]))
            assert "Vi ses på torget" in mail
            there, page = ask(link, button="approve", read="yes", reason="Listan är ny")
            assert there == link
            assert "Godkänt av Anna Redaktör" in page
            members = {address_of(n) for n in range(1, 6)}
            until(lambda: members <= {a["rcpt"][0] for a in relay.acknowledged()}, lambda: "not everybody got it")
        finally:
            began = time.monotonic()
            service.send_signal(signal.SIGTERM)
            out, errors = service.communicate(timeout=30)
        assert (service.returncode, time.monotonic() - began < 20) == (0, True), errors
        assert link.rpartition("/")[2] not in out + errors
        with open_house(home) as house:
            (given,) = house.db.read(lambda c: c.execute(select(approvals)).all())
            assert (given.name, given.os_user) == ("Anna Redaktör", "webbsida")


def trouble(house) -> list[str]:
    told = select(table.c.name).where(table.c.name.startswith("systemmejl/fel/"))
    return house.db.read(lambda c: c.execute(told).scalars().all())


def test_goes_on_without_pages_when_the_port_is_taken_and_opens_them_when_it_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "AGAIN_S", 0.02)
    with a_month(tmp_path / "hem") as house:
        other = socket.create_server(("127.0.0.1", house.settings.web.port))
        said: list[str] = []

        async def serve() -> None:
            stopped = asyncio.Event()
            task = asyncio.create_task(server.serve(house, stopped, said.append))
            while len(said) < 3:
                await asyncio.sleep(0.01)
            assert not task.done()
            other.close()
            while "finns på" not in said[-1]:
                await asyncio.sleep(0.01)
            stopped.set()
            await asyncio.wait_for(task, 10)

        asyncio.run(serve())
        assert "går inte att lyssna på" in said[0]
        assert "Utskicken går ändå." in said[0]
        assert len(trouble(house)) == 2  # each administrator and editor, once


def test_sends_while_the_port_is_taken(tmp_path: Path) -> None:
    with running_relay() as relay, a_month(tmp_path / "hem") as house:
        settings = house.home / "settings.toml"
        settings.write_text(settings.read_text("utf-8").replace("port = 2525", f"port = {relay.port}"), "utf-8")
        approve.approve(house, MAY, "Bo Godkännare")
        send.plan(house, MAY)
        with socket.create_server(("127.0.0.1", house.settings.web.port)):
            service = subprocess.Popen(
                [sys.executable, "-m", "mailer.cli", "--home", str(house.home), "--clock", "2024-05-04T09:00,1", "run"],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            try:
                relay.wait_for(12, timeout=PATIENCE_S)
            finally:
                service.send_signal(signal.SIGTERM)
                out, errors = service.communicate(timeout=30)
        assert service.returncode == 0, errors
        assert "går inte att lyssna på" in out


def test_has_no_pages_in_a_home_without_an_address(tmp_path: Path) -> None:
    """And none of their code: what is not used costs nothing."""
    script = (
        "import asyncio, sys; from pathlib import Path; from mailer.clockwork import loop; "
        "from mailer.house import open_house\n"
        f"with open_house(Path({str(make_home(tmp_path / 'hem', 2525))!r})) as house:\n"
        "    async def go():\n"
        "        stopped = asyncio.Event(); stopped.set()\n"
        "        await loop._pages(house, stopped, print)\n"
        "    asyncio.run(go())\n"
        "print([m for m in sys.modules if m.startswith(('mailer.web', 'starlette', 'uvicorn'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_has_no_fonts_in_mind_until_something_is_printed() -> None:
    """Nor what writes PDF: fifteen megabytes of a service that seldom prints."""
    script = (
        "import sys; import mailer.clockwork.loop, mailer.web.server, mailer.workers.worker\n"
        "print([m for m in sys.modules if m.partition('.')[0] in ('fpdf', 'fontTools')])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", (done.stdout, done.stderr)


def test_stops_within_seconds_though_somebody_holds_the_line(tmp_path: Path) -> None:
    with a_month(tmp_path / "hem") as house:
        with serving(house) as site, socket.create_connection(("127.0.0.1", site.port)) as line:
            line.sendall(b"POST /svara/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nb")
            site.get(site.link())
            began = time.monotonic()
        assert time.monotonic() - began < 15


def test_keeps_its_hands_off_the_signals_of_the_service(tmp_path: Path) -> None:
    with a_month(tmp_path / "hem") as house:
        before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]

        async def serve() -> list:
            stopped = asyncio.Event()
            said = asyncio.Event()
            task = asyncio.create_task(server.serve(house, stopped, lambda _: said.set()))
            await said.wait()
            with socket.create_connection(("127.0.0.1", house.settings.web.port)) as line:
                line.setblocking(False)
                await asyncio.get_running_loop().sock_sendall(line, b"nonsense\r\n\r\n")
                await asyncio.get_running_loop().sock_recv(line, 10)  # it has begun to answer
            during = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
            stopped.set()
            await task
            return during

        assert asyncio.run(serve())[1:] == before[1:]


def test_reads_no_address_out_of_a_request() -> None:
    """Links are made from the settings or are relative; nothing in the room looks at the Host."""
    for path in (ROOT / "mailer" / "web").glob("*.py"):
        text = path.read_text("utf-8")
        assert not re.search(r"url_for|request\.(url|base_url)|\"host\"", text), path


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_listens_where_it_is_told(tmp_path: Path, host: str) -> None:
    with a_month(tmp_path / "hem") as house:
        web = house.settings.web.model_copy(update={"host": host})
        elsewhere = house.settings.model_copy(update={"web": web})
        with server.listen(replace(house, settings=elsewhere)) as listening:
            assert listening.getsockname()[1] == web.port
