"""Bring a database to the tables of this release, and see how far it is.

Takes   an opened Database.
Gives   the migrations, applied one by one in one transaction.
Fails   AdminError when the database is newer than this release.
"""

from importlib.resources import files

from sqlalchemy import Connection, inspect, text

from mailer.db.door import Database
from mailer.errors import AdminError, Problem

WAIT = "SELECT pg_advisory_xact_lock(20240501)"  # PostgreSQL: whoever migrates is alone


def upgrade(db: Database, to: str = "head") -> None:
    """Apply what is missing. Two processes at once: the second waits and finds nothing to do."""
    db.write(lambda connection: upgrade_in(connection, to))


def upgrade_in(connection: Connection, to: str = "head") -> tuple[str, str]:
    """`upgrade` inside a transaction of the caller's. The revisions before and after, ”” for an empty database."""
    if connection.dialect.name == "postgresql":  # taken here too: what it was before is read after the wait
        connection.exec_driver_sql(WAIT)
    before = revision(connection)
    _run(connection, to, up=True)
    return before, revision(connection)


def is_empty(db: Database) -> bool:
    """Whether nothing has been built in it yet."""
    return not db.read(revision)


def downgrade(db: Database, to: str) -> None:
    """Take back to a revision, or to ”base”."""
    db.write(lambda connection: _run(connection, to, up=False))


def is_current(db: Database) -> bool:
    """Whether the database has exactly the tables of this release. AdminError when it is newer."""
    current, known = db.read(revision), _revisions()
    if current and current not in known:
        raise AdminError(
            Problem(
                "databasen",
                "är gjord av en nyare version av mailer.",
                "Installera den versionen igen, eller en senare.",
            )
        )
    return current == known[-1]


def revision(connection: Connection) -> str:
    """How far the tables of a database are; ”” when it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() or ""


def _run(connection: Connection, to: str, up: bool) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(WAIT)
    # Only here: with what it draws in it takes as much memory as sending a mailing does.
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(files("mailer.db") / "migrations"))
    config.attributes["connection"] = connection
    try:
        (command.upgrade if up else command.downgrade)(config, to)
    except CommandError as why:
        raise AdminError(
            Problem("databasen", f"tabellerna går inte att bygga om: {why}.", "Återställ säkerhetskopian.")
        ) from why


def _revisions() -> list[str]:
    """All revisions of this release, the first one first: each is named in its file, one after the other."""
    folder = files("mailer.db") / "migrations" / "versions"
    return sorted(name[:4] for file in folder.iterdir() if (name := file.name)[:4].isdigit() and name.endswith(".py"))
