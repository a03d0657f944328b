"""The tables of what is answered: signed responses, the ballot box, the urn.

Takes   nothing.
Gives   responses, ballots, urn_counts, urn_cells, urn_texts.
Fails   never.

The ballots and the urn lie in the order of their random ids (WITHOUT ROWID): a table that counts its rows would
remember in which order they came.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from mailer.db import METADATA, Moment, big_id

responses = Table(
    "responses",  # signed answers; the newest complete one counts until the closing
    METADATA,
    big_id(),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), nullable=False),
    Column("part", String(16), nullable=False),  # signed, after
    Column("answers", JSON, nullable=False),
    Column("is_complete", Boolean, nullable=False),
    Column("at", Moment, nullable=False),  # the day of the last change, as its noon: a moment would find her visits
    Column("through", String(16), nullable=False),  # web, telephone, paper, mail
    Column("typed_by", String(200)),  # None: by herself
    Index(None, "invitation_id"),
)

ballots = Table(
    "ballots",
    METADATA,
    Column("id", String(32), primary_key=True),  # random
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

urn_counts = Table(
    "urn_counts",
    METADATA,
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), primary_key=True, autoincrement=False),
    Column("question", String(64), primary_key=True),
    Column("answer", String(64), primary_key=True),  # an option, a number, a day; ””: how many answered it at all
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)

urn_cells = Table(
    "urn_cells",  # the cross-tables that were declared before the start, small cells already left out
    METADATA,
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), primary_key=True, autoincrement=False),
    Column("question", String(64), primary_key=True),
    Column("by_question", String(64), primary_key=True),
    Column("answer", String(64), primary_key=True),
    Column("by_answer", String(64), primary_key=True),
    Column("number", Integer),  # None: too few to be shown
    sqlite_with_rowid=False,
)

urn_texts = Table(
    "urn_texts",
    METADATA,
    Column("id", String(32), primary_key=True),  # random
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), nullable=False),
    Column("question", String(64), nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)
