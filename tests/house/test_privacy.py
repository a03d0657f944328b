"""P1: after a whole run, with every page opened and every form sent, no name, address or code is anywhere but in the
database, the queue and the mails themselves. That somebody is on the list is the secret."""

import logging
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sqlalchemy import update

from mailer import maillog
from mailer.house import House, open_house
from mailer.register.tables import contacts
from mailer.verbs import approve, month, paper, preview, report, send, wanted, which, wishes
from mailer.web import server
from tests.homes import ROOT, add_people, address_of, make_home
from tests.relay.client import Relay, running_relay
from tests.waiting import until
from tests.web.month import MAY, ZONE, a_month, whole_imports, write
from tests.web.serving import free_port, serving
from tests.web.whole import links_in, read_mails

FIRST, LAST, STREET, PHONE = "Kanarina", "Fågelberg-Kanarieson", "Canariastigen 7", "070-174 06 05"
PEOPLE = range(1, 9)
DATABASE = re.compile(r"mailer\.db(-wal|-shm|-journal)?$")
# What a person has asked to be written for a person: they hold names because they are lists of names.
ASKED_FOR = ("print", "preview")


def canaries(home: House, codes: set[str]) -> set[str]:
    people = {address_of(n) for n in PEOPLE} | {f"ny{n}@nacka.example" for n in (1, 2)}
    return {FIRST, LAST, STREET, PHONE, *people, *codes}


def asked(url: str, **form: str) -> None:
    head = {"Sec-Fetch-Site": "same-origin", "User-Agent": "kanariebläddrare".encode().decode("latin-1")}
    try:
        urlopen(Request(url, urlencode(form).encode() if form else None, head), timeout=30).read()
    except HTTPError as answer:
        answer.read()


def a_home(folder: Path, relay: Relay) -> tuple[Path, str]:
    port = free_port()
    more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
    home = make_home(folder / "hem", relay.port, **more)
    write(home, "2024-05/01-torget.md", "---\nrubrik: Vi ses\nfår läsas av: alla\n---\n\nHej {{ förnamn }}!\n")
    with open_house(home, "2024-05-10T08:58,0") as house:
        now = house.clock.now()
        house.db.write(lambda c: add_people(c, house.keys, PEOPLE, now))
        named = {"first_name": FIRST, "last_name": LAST, "street": STREET, "phone": PHONE}
        house.db.write(lambda c: c.execute(update(contacts).values(**named)))
        house.db.write(lambda c: whole_imports(c, now.astimezone(ZONE)))
        month.assemble(house, *which.series_and_period(house, "2024-05"))
        approve.approve(house, MAY, "Bo Godkännare", reason="-", despite="-")
        send.plan(house, MAY)
        for word in ("link", "join"):
            wanted.put(house, word, address_of(3) if word == "link" else "ny1@nacka.example", "sv",
                       lists=("sympatisorer",) if word == "join" else ())  # fmt: skip
        preview.preview(house, "2024-05")
        paper.print_out(house, "2024-05")
        report.postal_csv(house, "2024-05")
    return home, f"http://127.0.0.1:{port}"


def test_tells_nobody_outside_the_database(tmp_path: Path):
    (tmp_path / "relay").mkdir()
    with running_relay(folder=tmp_path / "relay", record=True) as relay:
        home, address = a_home(tmp_path, relay)
        command = [
            sys.executable,
            "-X",
            "dev",
            "-W",
            "ignore",
            "-m",
            "mailer.cli",
            "--home",
            str(home),
            "--clock",
            "2024-05-10T09:00,30",
            "run",
        ]
        with open(tmp_path / "log", "wb") as log:
            service = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            try:
                wait_for_links(relay)
                links = visit_all(relay, address)
                told = urlopen_or_error(f"{address}/health")
            finally:
                service.send_signal(signal.SIGTERM)
                service.wait(30)
        mails = b"".join(p.read_bytes() for p in (tmp_path / "relay" / "recorded").rglob("*") if p.is_file())
    codes = {link.split("/")[-1] for link in links if re.search(r"/(svara|sluta|oppna|bekrafta)/", link)} - {"direkt"}
    assert len(codes) > len(PEOPLE)
    assert address_of(1).encode() in mails  # the control: it was a run with people in it
    logged = (tmp_path / "log").read_text("utf-8", "replace")
    assert logged.count("event='asked'") > 20
    with open_house(home, "2024-05-10T12:00,0") as house:
        secrets = canaries(house, codes)
        kept = sum(len(p.read_bytes()) for p in house.var.rglob("*") if p.is_file())
    assert kept > 0
    for text, where in ((logged, "the log"), (told, "/health")):
        assert [s for s in secrets if s.lower() in text.lower()] == [], where
    assert "kanariebl" not in logged
    assert "Traceback" not in logged
    assert found_in_files(home, secrets) == []


def wait_for_links(relay: Relay) -> None:
    def links() -> set[str]:
        return {link for mail in read_mails(relay) for link in links_in(mail)}

    def are_all_here() -> bool:
        found = links()
        left = sum(link.endswith("/direkt") for link in found)
        return left >= len(PEOPLE) and all(any(word in link for link in found) for word in ("/oppna/", "/bekrafta/"))

    until(are_all_here, links)


def visit_all(relay: Relay, address: str) -> set[str]:
    """Every link of every mail, read and pushed, rightly and wrongly; the links."""
    links = {link for mail in read_mails(relay) for link in links_in(mail) if link.startswith(address)}
    for link in sorted(links):
        asked(link)
        asked(link + "x")
        asked(f"{link}?namn={FIRST}&kod={address_of(1)}")
    for link in sorted(links):
        for form in ({"button": "leave"}, {"List-Unsubscribe": "One-Click"}, {"x": LAST}):
            asked(link, **form)
    for form in (
        {"address": address_of(5)},
        {"address": f"{FIRST}@"},
        {"address": "ny2@nacka.example", "first_name": FIRST},
    ):
        asked(f"{address}/lank", **form)
        asked(f"{address}/bli-mottagare", **form)
    asked(f"{address}/{FIRST}/{address_of(1)}")
    return links


def urlopen_or_error(url: str) -> str:
    try:
        return urlopen(url, timeout=30).read().decode()
    except HTTPError as answer:
        return answer.read().decode()


def found_in_files(home: Path, secrets: set[str]) -> list[tuple[str, str]]:
    """In every file of the home but the database, the settings, and what was printed for a person."""
    found = []
    for path in home.rglob("*"):
        place = path.relative_to(home)
        if not path.is_file() or DATABASE.search(path.name) or place.parts[0] != "var" or place.parts[1] in ASKED_FOR:
            continue
        raw = path.read_bytes().lower()
        found += [(str(place), s) for s in secrets if s.lower().encode() in raw or s.lower() in path.name.lower()]
    return found


def test_breaks_without_a_word_of_the_one_it_broke_for(tmp_path: Path, capfd, monkeypatch):
    """Our own mistake, in the middle of a page about somebody: neither the answer nor the log says who."""

    def broken(*_):
        raise KeyError(f"{address_of(1)} {LAST}")

    monkeypatch.setattr(wishes, "holder", broken)
    monkeypatch.setattr(maillog, "quiet", False)
    monkeypatch.setattr(maillog, "_LOG", None)
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        got = site.get("/sluta/aaaabbbbccccddddeeeeffff")
    out, errors = capfd.readouterr()
    assert got.status == 500
    assert "event='failed' task='page' error='KeyError'" in errors
    for secret in ("aaaabbbb", address_of(1), LAST, "Traceback"):
        assert secret not in got.text + out + errors, secret


def test_listens_to_no_library_that_would_log_a_request():
    """uvicorn's lines hold addresses, and so codes."""
    assert server.logging.getLogger("uvicorn.error").level > logging.CRITICAL
