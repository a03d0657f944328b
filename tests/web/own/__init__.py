"""What the tests of my pages share: links out of the mails, a browser's cookie, a visit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select, text, update

from mailer.clock import Clock
from mailer.house import House, open_house
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.register.tables import contacts
from mailer.verbs import wanted
from tests.homes import add_people, make_home
from tests.web.serving import FORM, OURS, Got, Served, free_port

LINK = re.compile(r"http://127\.0\.0\.1:\d+(?:/en)?/(?:oppna|bekrafta)/[\w-]+")


def mails(house: House, to: str = "") -> list[tuple[str, str, str]]:
    """(to, subject, text) of the notices to members, oldest first."""
    query = (
        select(deliveries.c.address, renderings.c.subject, renderings.c.text)
        .join(mailings, mailings.c.id == deliveries.c.mailing_id)
        .join(renderings, renderings.c.mailing_id == mailings.c.id)
        .where(mailings.c.name.like("systemmejl/medlem/%"))
        .order_by(deliveries.c.id)
    )
    found = house.db.read(lambda c: [tuple(row) for row in c.execute(query)])
    return [one for one in found if not to or one[0] == to]


def links_in(text: str) -> list[str]:
    """The paths of the links in a mail."""
    return [urlsplit(link).path for link in LINK.findall(text)]


def contact(house: House, number: int):
    return house.db.read(lambda c: c.execute(select(contacts).where(contacts.c.id == number)).one_or_none())


def change(house: House, number: int, **values) -> None:
    house.db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == number).values(**values)))


def rows(house: House, table):
    return house.db.read(lambda c: c.execute(select(table)).all())


def later(house: House, **more) -> None:
    """The clock of the house moves on."""
    object.__setattr__(house, "clock", Clock(house.clock.now() + timedelta(**more), 0))


@dataclass
class Browser:
    """A client that keeps the one cookie."""

    site: Served
    cookie: str = ""

    def get(self, path: str) -> Got:
        return self._kept(self.site.ask("GET", path, **self._head()))

    def post(self, path: str, **fields: str) -> Got:
        body = urlencode({name.replace("__", "-"): value for name, value in fields.items()}).encode()
        return self._kept(self.site.ask("POST", path, body, Content_Type=FORM, **OURS, **self._head()))

    def _head(self) -> dict[str, str]:
        return {"Cookie": self.cookie} if self.cookie else {}

    def _kept(self, got: Got) -> Got:
        if (set_ := got.headers.get("set-cookie")) is not None:
            self.cookie = "" if "Max-Age=0" in set_ else set_.partition(";")[0]
        return got


def ask_for_link(site: Served, address: str, language: str = "sv") -> str:
    """The path of the link in the mail that comes."""
    before = len(mails(site.house))
    got = site.post("/en/lank" if language == "en" else "/lank", address=address)
    assert got.status == 303, got.text
    wanted.take(site.house)
    new = mails(site.house)[before:]
    assert len(new) == 1, new
    return links_in(new[0][2])[0]


def visiting(site: Served, address: str) -> Browser:
    """A browser that has opened her pages."""
    browser = Browser(site)
    path = ask_for_link(site, address)
    got = browser.post(path)
    assert got.status == 303, got.text
    assert got.headers["location"].endswith("/mina")
    return browser


@contextmanager
def a_home(folder: Path, database_url: str = "") -> Iterator[House]:
    """An opened house with members and pages and nothing to send; the clock stands still."""
    port = free_port()
    more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
    home = make_home(folder, 2525, database_url, **more)
    with open_house(home, "2024-05-04T09:00,0") as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, 13), house.clock.now()))
        if not house.db.is_sqlite:  # their numbers were chosen, and the next contact gets one of its own
            house.db.write(lambda c: c.execute(text("SELECT setval(pg_get_serial_sequence('contacts', 'id'), 1000)")))
        yield house
