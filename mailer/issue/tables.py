"""The tables of the issue.

Takes   nothing.
Gives   issues (one per series and period, by constraint) and the blocks each has used.
Fails   never.
"""

from sqlalchemy import Column, String, Table, Text, UniqueConstraint

from mailer.db import METADATA, Moment, big_id

issues = Table(
    "issues",
    METADATA,
    big_id(),
    Column("series", String(64), nullable=False),
    Column("period", String(16), nullable=False),  # ”2024-05”
    Column("assembled_at", Moment, nullable=False),
    # A month without an issue is a decision, and somebody's: it counts as missed.
    Column("skipped_at", Moment),
    Column("skipped_by", String(200)),
    Column("skipped_why", Text),
    UniqueConstraint("series", "period"),
)

used_blocks = Table(
    "used_blocks",  # so that a block without a month is printed once
    METADATA,
    Column("series", String(64), primary_key=True),
    Column("path", String(500), primary_key=True),  # relative to content/, NFC
    Column("period", String(16), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("title", Text, nullable=False),
)
