"""The table of those who want to be active.

Takes   nothing.
Gives   follow_ups.
Fails   never.
"""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, String, Table, UniqueConstraint

from mailer.db import METADATA, Moment, big_id

follow_ups = Table(
    "follow_ups",
    METADATA,
    big_id(),
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), nullable=False),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),  # None: forgotten
    Column("wish", String(64), nullable=False),  # the question that she answered so
    Column("asked_on", Date, nullable=False),  # the day she said it
    Column("due_on", Date, nullable=False),
    Column("owner", String(200), nullable=False),  # of [[people]]
    Column("state", String(16), nullable=False),  # surveys/states.py; nothing else assigns it
    Column("at", Moment, nullable=False),  # of its state
    Column("by", String(200)),  # who said so; None: the house
    Column("reason", String(16)),  # why dropped (tasks.py); forgotten: she was erased
    UniqueConstraint("invitation_id"),
    Index(None, "contact_id"),
    Index(None, "state", "due_on"),
)
