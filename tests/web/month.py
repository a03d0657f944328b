"""A home in May 2024 whose issue waits for an approval."""

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from mailer.audience.rule import Rule
from mailer.clock import Clock
from mailer.house import House, open_house
from mailer.outbox.store import mailings
from mailer.register.tables import imports
from mailer.render.rendering import Rendering
from mailer.verbs import month, which
from tests.homes import MEMBERS, a_rendering, add_people, make_home
from tests.web.serving import free_port

ZONE = ZoneInfo("Europe/Stockholm")
MAY = "v-aktuellt/2024-05"
BO = "Bo Godkännare"
READ = {"button": "approve", "read": "yes"}


@contextmanager
def a_month(folder: Path, database_url: str = "", path: str = "", moment: str = "2024-05-04T09:00") -> Iterator[House]:
    """The opened house; the clock stands still."""
    port = free_port()
    address = f'address = "http://127.0.0.1:{port}{path}" '
    more = {'# address = ""   ': address, "# port = 8025": f"port = {port}"}
    home = make_home(folder, 2525, database_url, **more)
    write(home, "2024-05/01-torget.md", "# Vi ses på torget\n\nKaffe och samtal från klockan tio.\n")
    write(home, "2024-05/02-valet.md", "# Rösta i juni\n\nTa med en granne.\n")
    with open_house(home, f"{moment},0") as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, 13), house.clock.now()))
        house.db.write(lambda c: whole_imports(c, datetime(2024, 5, 1, tzinfo=ZONE)))
        assemble(house)
        yield house


def write(home: Path, name: str, text: str) -> Path:
    """A file that has lain still."""
    path = home / "content" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def whole_imports(c, at: datetime) -> None:
    counts = dict.fromkeys(("added", "changed", "removed", "unchanged", "problems"), 0)
    rows = [
        {"list": k, "at": at, "whole": True, "file_hash": "x", "who": "t", **counts}
        for k in ("medlemmar", "sympatisorer")
    ]
    c.execute(insert(imports), rows)


def assemble(house: House) -> None:
    month.assemble(house, *which.series_and_period(house, "2024-05"))


def at(house: House, moment: str) -> House:
    return dataclasses.replace(house, clock=Clock(datetime.fromisoformat(moment).replace(tzinfo=ZONE), 0))


def propose(house: House, name: str = "brev/1", title: str = "Ett brev", renderings: tuple[Rendering, ...] = (),
            **more) -> int:  # fmt: skip
    """A letter that waits."""
    made = mailings.Proposal(name, "letter", title, Rule((MEMBERS,)), renderings or (a_rendering(),), **more)
    return house.db.write(lambda c: mailings.propose(c, made, house.clock.now()))
