"""An opened house on both engines, with the repository's own lists, and files as a register exports them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailer.clock import Clock
from mailer.db import Database
from mailer.home import Lock
from mailer.house import House
from mailer.keys import Keys
from mailer.register.definition import List
from mailer.register.lists import read_lists
from mailer.register.tables import contacts, list_entries
from mailer.settings.file import read_settings
from mailer.verbs import import_

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 5, 2, 8, 0, tzinfo=UTC)
MEMBERS = read_lists(ROOT / "lists")["medlemmar"]
FRIENDS = read_lists(ROOT / "lists")["sympatisorer"]
HEADER = "Medlemsnummer;Förnamn;Efternamn;E-post;Telefon"


def members_csv(*rows: str, header: str = HEADER) -> bytes:
    """The rows under a header, as Excel in Sweden writes them."""
    return "\r\n".join((header, *rows, "")).encode("cp1252")


def a_list(key: str = "lista", members: bool = False, **columns: str) -> List:
    return List(key, key.capitalize(), members, "grund", "ursprung", "du är med", columns)


@dataclass
class Desk:
    """The one who keeps the register: saves a file, imports it, looks into the tables."""

    house: House
    folder: Path

    def save(self, raw: bytes, name: str = "register.csv") -> Path:
        path = self.folder / name
        path.write_bytes(raw)
        return path

    def take(self, raw: bytes, list_key: str = "medlemmar", whole: bool = True, **more: Any) -> import_.Imported:
        """Preview and accept."""
        path = self.save(raw)
        shown = import_.preview(self.house, list_key, path, whole, **more)
        return import_.accept(self.house, list_key, path, whole, shown.hash, **more)

    def preview(self, raw: bytes, list_key: str = "medlemmar", whole: bool = True, **more: Any) -> import_.Preview:
        return import_.preview(self.house, list_key, self.save(raw), whole, **more)

    def rows(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
        query = sa.select(table).where(*where).order_by(*table.primary_key.columns)
        return [dict(row._mapping) for row in self.house.db.read(lambda c: c.execute(query).all())]

    def on(self, list_key: str) -> set[int]:
        """The contacts with an entry in the list."""
        return {row["contact_id"] for row in self.rows(list_entries, list_entries.c.list == list_key)}

    def by_number(self, number: str) -> dict[str, Any]:
        return self.rows(contacts, contacts.c.number == number)[0]


@pytest.fixture
def house(db: Database, keys: Keys, tmp_path: Path) -> House:
    """A house of the repository's own settings and lists, at a moment that stands still."""
    home = tmp_path / "hem"
    home.mkdir()
    shutil.copytree(ROOT / "lists", home / "lists")
    shutil.copy(ROOT / "settings.toml", home)
    return House(
        home=home,
        var=tmp_path,
        settings=read_settings(home, {}),
        db=db,
        keys=keys,
        clock=Clock(NOW, 0),
        runner_lock=Lock(tmp_path / "runner.lock"),
        os_user="anna",
    )


@pytest.fixture
def desk(house: House, tmp_path: Path) -> Desk:
    return Desk(house, tmp_path)


@pytest.fixture
def write_lists(tmp_path: Path) -> Callable[..., Path]:
    """Writes definition files into an empty folder `lists`: name without .toml = text or bytes."""

    def write(**files: str | bytes) -> Path:
        folder = tmp_path / "lists"
        folder.mkdir()
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.toml").write_bytes(raw)
        return folder

    return write
