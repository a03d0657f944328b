"""The table of the clock.

Takes   nothing.
Gives   due: each thing at each planned moment, once, by constraint.
Fails   never.
"""

from sqlalchemy import Column, String, Table

from mailer.db import METADATA, Moment

dues = Table(
    "dues",
    METADATA,
    Column("schedule", String(200), primary_key=True),  # ”v-aktuellt/2024-05/send”
    Column("planned_for", Moment, primary_key=True),
    Column("done_at", Moment, nullable=False),
)
