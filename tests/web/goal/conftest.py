"""A survey that has been open for three days, its pages served."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from mailer.house import House
from mailer.register.tables import accesses
from mailer.verbs.surveys import goal_link
from tests.surveys.going import BO, KEY, going
from tests.web.serving import Got, Served, free_port, serving


@dataclass(frozen=True)
class Shown:
    """The home, served."""

    site: Served

    @property
    def house(self) -> House:
        return self.site.house

    def link(self, name: str = BO) -> str:
        """The path of her own link."""
        return urlsplit(goal_link.link(self.house, KEY, name)[1]).path

    def get(self, name: str = BO, rest: str = "") -> Got:
        return self.site.get(self.link(name) + rest)

    def names(self, name: str = BO) -> Got:
        """The names, as a press on the button shows them."""
        return self.site.post(f"{self.link(name)}/kvar", button="names")

    def looked(self) -> list[tuple[str, str, int | None]]:
        """(who, at what, whom) of the access log."""
        rows = self.house.db.read(lambda c: c.execute(select(accesses).order_by(accesses.c.id)).all())
        return [(row.who, row.what, row.contact_id) for row in rows]


@contextmanager
def showing(folder: Path, database_url: str = "") -> Iterator[Shown]:
    port = free_port()
    web = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
    with going(folder, database_url, web) as house, serving(house) as site:
        yield Shown(site)


@pytest.fixture
def shown(tmp_path: Path, database_url: str) -> Iterator[Shown]:
    with showing(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def one_shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """For what does not depend on the database, and changes nothing that another test reads."""
    with showing(tmp_path_factory.mktemp("hem")) as opened:
        yield opened
