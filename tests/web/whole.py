"""A home in which every page has something to show: a month that was sent, events, people; and all that leads to its pages.

Takes   a folder, an engine.
Gives   a Whole: the served pages, every address that is in a mail or on a page, and a path for every route.
Fails   AssertionError when a mail holds no links.
"""

import email
import email.policy
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from mailer.clockwork.tick import tick
from mailer.house import House, open_house
from mailer.surveys import codes, store
from mailer.surveys.field import calling, holds, passes
from mailer.surveys.field.passes import Sort
from mailer.verbs import approve, month, send, wanted, which
from mailer.verbs.surveys import answer, goal_link
from mailer.verbs.surveys import field as field_links
from tests.homes import ROOT, add_people, address_of, make_home
from tests.relay.client import Relay, running_relay
from tests.web.answering.opened import TRANSLATED, open_with_box
from tests.web.month import MAY, ZONE, whole_imports
from tests.web.serving import Got, Served, free_port, serving

PEOPLE = range(1, 13)
MOMENT = "2024-05-04T09:00"
CONTENT = ("2024-05", "evenemang")
SILENT, ANSWERED, CALLED, TYPED = 3, 4, 5, 6  # of the survey
CANARY_FIRST, CANARY_LAST = "Åsa", "Öberg"  # of everybody in the register (tests.homes.add_people)


@dataclass(frozen=True)
class Whole:
    """The home, served."""

    site: Served
    mails: tuple[EmailMessage, ...]
    cookie: str = ""  # of the one who has opened a fresh link
    found: dict[str, str] = field(default_factory=dict)  # path -> where it was found

    @property
    def house(self) -> House:
        return self.site.house

    def ask(self, method: str, path: str, **headers: str) -> Got:
        """As the one asks who has opened a fresh link."""
        return self.site.ask(method, path, **({"Cookie": self.cookie} | headers))

    def path_of(self, pattern: str) -> str:
        """A path that is there and fits the route's pattern, as found in a mail or on a page; ”” when there is none."""
        fits = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(pattern)) + "$")
        return next((p for p in sorted(self.found) if fits.match(urlsplit(p).path)), "")


def links_in(mail: EmailMessage) -> set[str]:
    """Every web address a reader, her program or a scanner may find in the mail."""
    found: set[str] = set(re.findall(r"<(https?://[^>]+)>", str(mail["List-Unsubscribe"] or "")))
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            text = unescape(part.get_content())
            found |= {link.rstrip(".,)”") for link in re.findall(r"https?://[^\s\"'<>]+", text)}
    return found


def crawl(site: Served, paths: dict[str, str], cookie: str = "") -> dict[str, str]:
    """These, and all that they lead to with GET; path -> from where."""
    home = f"http://127.0.0.1:{site.port}"
    seen: dict[str, str] = {}
    todo = list(paths.items())
    while todo:
        path, origin = todo.pop()
        if path in seen:
            continue
        seen[path] = origin
        text = site.ask("GET", path, **({"Cookie": cookie} if cookie else {})).raw.decode("utf-8", "replace")
        found = re.findall(r'(?:href|src|action)="([^"#]+)', text) + re.findall(r"<link>([^<]+)</link>", text)
        for link in found:
            whole = urljoin(home + path, unescape(link))
            if whole.startswith(home + "/") or whole == home:
                todo.append((whole.removeprefix(home) or "/", path))
    return seen


@contextmanager
def a_whole_home(folder: Path, database_url: str = "", moment: str = MOMENT) -> Iterator[Whole]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "relay").mkdir()
    with running_relay(folder=folder / "relay", record=True, max_seconds=600) as relay:
        port = free_port()
        address = f'address = "http://127.0.0.1:{port}" '
        more = {'# address = ""   ': address, "# port = 8025": f"port = {port}"}
        home = make_home(folder / "hem", relay.port, database_url, **more)
        for name in CONTENT:
            shutil.copytree(ROOT / "content" / name, home / "content" / name)
        for path in (home / "content").rglob("*"):
            if path.is_file():
                os.utime(path, (1_700_000_000, 1_700_000_000))
        with open_house(home, f"{moment},0") as house:
            _fill(house)
            with serving(house) as site:
                _write(site)
                mails = tuple(read_mails(relay))
                cookie, used = _open(site, mails)
                begin = {path: origin for path, origin in _begin(site, mails).items() if path != used}
                yield Whole(site, mails, cookie, crawl(site, begin, cookie))


def _fill(house: House) -> None:
    now = house.clock.now()
    house.db.write(lambda c: add_people(c, house.keys, PEOPLE, now))
    house.db.write(lambda c: whole_imports(c, now.astimezone(ZONE)))
    month.assemble(house, *which.series_and_period(house, "2024-05"))
    tick(house)  # approvers are asked, the calendar is remembered
    approve.approve(house, MAY, "Bo Godkännare", reason="-", despite="-")
    send.plan(house, MAY)
    assert send.run_until_idle(house)
    house.db.write(lambda c: open_with_box(c, house.keys, list(PEOPLE), TRANSLATED))
    hers = answer.find(house, survey_word(house, ANSWERED))
    assert hers is not None
    assert answer.submit(house, hers, {"aktiv": ("nej",)}, {"viktigast": ("skolan",)}) == "answered"


def _field(site: Served) -> list[str]:
    """Links for an evening: of a caller and a typist who begin, and of two who have somebody before them."""
    house, links = site.house, []
    for sort in Sort:
        for name in ("Kim", "Lo"):
            links.append(urlsplit(field_links.make(house, "", sort, name, None, "Bo Godkännare").url).path)
    token, typist = links[1].rpartition("/")[2], links[3]
    caller = house.db.read(lambda c: passes.find(c, Sort.TELEPHONE, token, house.clock.now()))
    assert caller is not None
    survey = house.db.read(lambda c: store.read(c, caller.survey))
    house.db.write(lambda c: holds.take(c, caller.number, CALLED, house.clock.now()))
    house.db.write(lambda c: calling.begin(c, house.db, caller, survey, CALLED, house.clock.now()))
    assert site.post(typist, button="code", code=codes.code(house.keys, 1, TYPED)).status == 303
    return [*links, f"{links[0]}/ringblad", f"{links[1]}/samtal", f"{typist}/formular"]


def survey_word(house: House, contact: int) -> str:
    """The word of this person's link to the survey."""
    return codes.token(house.keys, 1, contact)


def _write(site: Served) -> None:
    """Two have lost the mail, and two others want to join."""
    for n in (1, 2):
        assert site.post("/lank", address=address_of(n)).status == 303
        joins = {"address": f"ny{n}@nacka.example", "first_name": "Kim", "list-sympatisorer": "yes", "consent": "yes"}
        assert site.post("/bli-mottagare", **joins).status == 303
    wanted.take(site.house)
    assert send.run_until_idle(site.house)


def _open(site: Served, mails: tuple[EmailMessage, ...]) -> tuple[str, str]:
    """The cookie of person 2, who has pressed the button behind her link, and that link."""
    (hers,) = [m for m in mails if m["To"].addresses[0].addr_spec == address_of(2) and "oppna" in str(links_in(m))]
    (link,) = [urlsplit(one).path for one in links_in(hers) if "/oppna/" in one]
    got = site.post(link)
    assert got.status == 303, got.text
    return got.headers["set-cookie"].partition(";")[0], link


def read_mails(relay: Relay) -> Iterator[EmailMessage]:
    for line in relay.acknowledged():
        raw = relay.recorded(line).replace(b"\r\n..", b"\r\n.")
        yield email.message_from_bytes(raw, policy=email.policy.default)


def _begin(site: Served, mails: tuple[EmailMessage, ...]) -> dict[str, str]:
    home = f"http://127.0.0.1:{site.port}"
    begin = {"/": "the address itself", "/en": "the same", "/robots.txt": "its place", "/health": "the manual"}
    begin |= dict.fromkeys(("/mina", "/en/mina", "/lank/skickad", "/lank/ny-adress", "/mina/raderad", "/mina/klar",
                            "/bli-mottagare/skickad", "/bli-mottagare/klart"), "after a form")  # fmt: skip
    for mail in mails:
        for link in links_in(mail):
            if link.startswith(home):
                begin[link.removeprefix(home)] = f"a mail: {mail['subject']}"
    silent, answered = (f"/enkat/{survey_word(site.house, person)}" for person in (SILENT, ANSWERED))
    begin |= dict.fromkeys(_field(site), "a link for an evening")
    begin[urlsplit(goal_link.link(site.house, "", "Bo Godkännare")[1]).path] = "a link to the goal"
    begin |= dict.fromkeys((silent, f"{silent}?sida=om-dig", f"{silent}?fraga=aktiv&svar=ja", f"{silent}/paus",
                            f"{silent}/nej", answered, f"{answered}/klart", "/svara"), "a mail of the survey")  # fmt: skip
    assert len(begin) > 4, "no mail holds a link"
    return begin
