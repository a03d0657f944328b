"""Homes in miniature for the tests: settings, lists, people in the register, a letter that is approved."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert

from mailer.audience.rule import Rule, Source
from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.store import mailings, planning
from mailer.register.tables import contacts, list_entries
from mailer.render.rendering import Rendering
from mailer.slots import EDITORS_FIELDS, TEMPLATE_SLOTS
from tests import databases

ROOT = Path(__file__).parents[1]
MEMBERS = Source("medlemmar", "Medlemmar", "du är medlem", "medlemsregistret")
FRIENDS = Source("sympatisorer", "Sympatisörer", "du har anmält dig", "föreningens anmälan")


def make_home(
    folder: Path, port: int, database_url: str = "", per_hour: int = 0, connections: int = 4, **more: str
) -> Path:
    """A home of the repository's own settings and lists, with its relay on this port."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "settings.toml").read_text("utf-8")
    replacements = {
        "port = 2525": f"port = {port}",
        "# per_hour = 150 ": f"per_hour = {per_hour} ",
        "# connections = 4 ": f"connections = {connections} ",
        '# database = "" ': f'database = "{database_url}" ',
        '# folder = ""     ': 'folder = "none"     ',  # a file for each mailing of each test is time and room
        **more,
    }
    for old, new in replacements.items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "settings.toml").write_text(text, "utf-8")
    for name in ("lists", "templates"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    (folder / "content").mkdir(exist_ok=True)
    if not database_url and not (folder / "var").exists():
        (folder / "var").mkdir(mode=0o700)
        databases.place(folder / "var" / "mailer.db")
    return folder


def address_of(number: int) -> str:
    return f"medlem{number}@vallentuna.example"


def add_people(c: Connection, keys: Keys, numbers: Sequence[int], now: datetime, source: Source = MEMBERS) -> None:
    """Members with an address each: contact ids are the numbers."""
    from mailer.address import parse_address

    people = [
        {
            "id": n,
            "number": f"{n:06d}",
            "first_name": f"Åsa{n}",
            "last_name": "Öberg",
            "address": address_of(n),
            "address_shown": address_of(n),
            "address_key": parse_address(address_of(n)).key(keys),
            "created_at": now,
            "updated_at": now,
        }
        for n in numbers
    ]
    c.execute(insert(contacts), people)
    c.execute(insert(list_entries), [{"list": source.key, "contact_id": n, "since": now} for n in numbers])


def a_rendering(subject: str = "V Aktuellt maj 2024", body: str = "Det blir möte på tisdag.") -> Rendering:
    name, code = EDITORS_FIELDS["förnamn"].marker, TEMPLATE_SLOTS["leave_code"].marker
    return Rendering(
        "alla", subject, f"<p>Hej {name}!</p><p>{body}</p><p>{code}</p>", f"Hej {name}!\n\n{body}\n\n{code}\n"
    )


def plan_letter(
    c: Connection,
    now: datetime,
    name: str = "brev/1",
    rule: Rule | None = None,
    rendering: Rendering | None = None,
    renderings: tuple[Rendering, ...] = (),
    **more,
) -> int:
    """A mailing proposed, approved and planned in this transaction; its number."""
    rule = rule or Rule((MEMBERS,))
    number = mailings.propose(
        c,
        mailings.Proposal(
            name, "letter", "V Aktuellt maj 2024", rule, renderings or (rendering or a_rendering(),), **more
        ),
        now,
    )
    row = mailings.read(c, number)
    counted, editions = planning.head_count(c, row, now), planning.edition_counts(c, row, now)
    mailings.approve(c, row, "Bo Godkännare", "test", now, counted.recipients, None, editions=editions)
    planning.plan(c, number, now)
    return number


@contextmanager
def opened(home: Path, clock: str = "") -> Iterator:
    from mailer.house import open_house

    with open_house(home, clock) as house:
        yield house


def states(db: Database, mailing: int) -> dict[int, str]:
    """contact -> state of its delivery."""
    from sqlalchemy import select

    from mailer.outbox.tables import deliveries

    d = deliveries.c
    of_it = select(d.contact_id, d.state).where(d.mailing_id == mailing).order_by(d.contact_id)
    return dict(db.read(lambda c: c.execute(of_it).all()))
