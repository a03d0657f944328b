"""Bring a database to the tables of this release, and see how far it is.

Takes   an opened Database.
Gives   the migrations, applied one by one in one transaction.
Fails   AdminError when the database is newer than this release.
"""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from mailer.db.door import Database
from mailer.errors import AdminError, Problem


def upgrade(db: Database, to: str = "head") -> None:
    """Apply what is missing. Two processes at once: the second waits and finds nothing to do."""
    db.write(lambda connection: _run(connection, to, up=True))


def downgrade(db: Database, to: str) -> None:
    """Take back to a revision, or to ”base”."""
    db.write(lambda connection: _run(connection, to, up=False))


def is_current(db: Database) -> bool:
    """Whether the database has exactly the tables of this release. AdminError when it is newer."""
    heads = set(_script().get_heads())
    current = set(db.read(lambda c: MigrationContext.configure(c).get_current_heads()))
    known = {r.revision for r in _script().walk_revisions()}
    if current - known:
        raise AdminError(
            Problem(
                "databasen",
                "är gjord av en nyare version av mailer.",
                "Installera den versionen igen, eller en senare.",
            )
        )
    return current == heads


def _run(connection: Connection, to: str, up: bool) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20240501)")
    config = _config()
    config.attributes["connection"] = connection
    try:
        (command.upgrade if up else command.downgrade)(config, to)
    except CommandError as why:
        raise AdminError(
            Problem("databasen", f"tabellerna går inte att bygga om: {why}.", "Återställ säkerhetskopian.")
        ) from why


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("mailer.db") / "migrations"))
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
