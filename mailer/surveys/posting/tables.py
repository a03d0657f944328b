"""The tables of the post: runs of letters, and each member's sheet in its envelope.

Takes   nothing.
Gives   letter_runs, letters; what came of a letter, as contact attempts word it.
Fails   never.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from mailer.db import METADATA, Moment, big_id

POSTED, RETURNED = "posted", "returned"  # outcomes of a contact attempt by letter (field/tables.py)

letter_runs = Table(
    "letter_runs",  # what was printed at one time for one step
    METADATA,
    big_id(),
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), nullable=False),
    Column("step", String(32), nullable=False),
    Column("window", String(32), nullable=False),  # the profile it was laid out for
    Column("made_by", String(200), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("posted_at", Moment),
    Column("posted_by", String(200)),
    Index(None, "survey_id"),
)

letters = Table(
    "letters",  # one member's sheet
    METADATA,
    Column("run_id", BigInteger, ForeignKey("letter_runs.id"), primary_key=True, autoincrement=False),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), primary_key=True, autoincrement=False),
    Column("envelope", Integer, nullable=False),  # from 1 in its run; a household shares one
    Column("version", Integer, nullable=False),  # of the code that is printed on it
    Column("address_hash", String(32), nullable=False),  # of where it was to go: has she another address since?
    Column("state", String(16), nullable=False),  # surveys/states.py; nothing else assigns it
    Column("at", Moment, nullable=False),  # of its state
    Index(None, "invitation_id"),
)
