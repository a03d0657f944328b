"""Procrastinate's tables, in a schema of their own beside ours.

Takes   a connection to PostgreSQL inside a write transaction.
Gives   the version of its tables before and after: the name of the last migration that Procrastinate ships.
Fails   AdminError when the extra `postgres` is not installed, or the tables are of a newer release.

Procrastinate keeps no version in the database; ours is a comment on the schema. The tables have no schema in their
names: whoever works with them has `procrastinate` as search_path, and nothing else.
"""

from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, text

from mailer.db import Database, migrate
from mailer.errors import AdminError, Problem

SCHEMA = "procrastinate"


def version(connection: Connection) -> str:
    """Of the tables that are there; ”” when there are none."""
    sql = "SELECT obj_description(to_regnamespace(:schema), 'pg_namespace')"
    return connection.execute(text(sql), {"schema": SCHEMA}).scalar_one() or ""


def newest() -> str:
    """Of the tables that this release works with."""
    return migrations()[-1]


def migrations() -> list[str]:
    """The names of all that Procrastinate ships, oldest first."""
    try:
        folder = files("procrastinate.sql") / "migrations"
    except ModuleNotFoundError as why:
        what = "Procrastinate saknas; det delar ut arbetet mellan flera datorer."
        raise AdminError(Problem("mailer", what, "Installera med: pip install 'v-aktuellt[postgres]'")) from why
    return sorted(one.name.removesuffix(".sql") for one in folder.iterdir() if one.name.endswith(".sql"))


def is_current(db: Database) -> bool:
    """Whether the tables are those of this release. AdminError when they are newer."""
    found = db.read(version)
    _refuse_newer(found)
    return found == newest()


def upgrade(connection: Connection) -> tuple[str, str]:
    """Build them, or bring them up to date. Two at once: the second waits and finds nothing to do."""
    connection.exec_driver_sql(migrate.WAIT)
    before, shipped = version(connection), migrations()
    _refuse_newer(before)
    if before == shipped[-1]:
        return before, before
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
    ours: Any = connection.connection.driver_connection  # several statements at once go without parameters
    if before:
        for name in shipped[shipped.index(before) + 1 :]:
            ours.execute(_sql("procrastinate.sql", "migrations", f"{name}.sql"))
    else:
        ours.execute(_sql("procrastinate.sql", "schema.sql"))
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{shipped[-1]}'")
    connection.exec_driver_sql("SET LOCAL search_path TO DEFAULT")
    return before, shipped[-1]


def _refuse_newer(found: str) -> None:
    if found and found not in migrations():
        what = "tabellerna för bakgrundsarbetet är gjorda av en nyare version av mailer."
        raise AdminError(Problem("databasen", what, "Installera den versionen här också."))


def _sql(package: str, *path: str) -> str:
    return files(package).joinpath(*path).read_text("utf-8")
