"""The database: one door, two engines (SQLite and PostgreSQL)."""

from mailer.db.columns import METADATA, Moment, big_id
from mailer.db.door import Database, Write, patience

__all__ = ["METADATA", "Database", "Moment", "Write", "big_id", "patience"]
