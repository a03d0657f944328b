"""The migrations: up, down, and equal to the tables the rooms declare. On both engines."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from mailer.db import METADATA, Database, migrate
from mailer.errors import AdminError
from tests.databases import bare_database


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request, tmp_path):
    is_sqlite = request.param == "sqlite"
    url = (
        f"sqlite:///{tmp_path / 'mailer.db'}"
        if is_sqlite
        else bare_database(request.getfixturevalue("postgres_server"))
    )
    db = Database(url)
    yield db
    db.close()


def test_builds_exactly_the_tables_the_rooms_declare(empty):
    migrate.upgrade(empty)
    assert migrate.is_current(empty)

    def differences(c):
        context = MigrationContext.configure(c, opts={"compare_type": True})
        return compare_metadata(context, METADATA)

    assert empty.read(differences) == []


def test_goes_down_to_nothing_and_up_again(empty):
    migrate.upgrade(empty)
    migrate.downgrade(empty, "base")
    left = set(empty.read(lambda c: sa.inspect(c).get_table_names()))
    assert left <= {"alembic_version"}
    migrate.upgrade(empty)
    assert migrate.is_current(empty)


def test_refuses_a_database_of_a_newer_release(empty):
    migrate.upgrade(empty)
    empty.write(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(AdminError, match="nyare version"):
        migrate.is_current(empty)


def test_knows_every_table_that_ties_to_a_contact(empty):
    """Each is covered by a room's `about` and `forget`."""
    tied = {
        table.name
        for table in METADATA.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "contacts"
    }
    covered_by_the_register = {
        "list_entries",
        "leaves",
        "rests",
        "choices",
        "wishes",
        "accesses",
        "fresh_links",
        "visits",
        "requests",
        "consents",
    }
    covered_by_the_outbox = {"deliveries", "picks"}
    covered_by_what_came_back = {"received", "consequences", "probes"}
    covered_by_the_surveys = {"invitations", "contact_attempts", "follow_ups"}
    covered = covered_by_the_register | covered_by_the_outbox | covered_by_what_came_back | covered_by_the_surveys
    assert tied == covered
