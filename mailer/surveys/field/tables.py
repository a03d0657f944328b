"""The tables of field work: who may call or type for an evening, whom she has before her, what came of it.

Takes   nothing.
Gives   passes, holds, put_backs, contact_attempts, proposals, paper_sheets, call_sheets, call_sheet_lines.
Fails   never.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from mailer.db import METADATA, Moment, big_id

passes = Table(
    "passes",  # a page for one evening and one person
    METADATA,
    big_id(),
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), nullable=False),
    Column("sort", String(16), nullable=False),  # telephone, paper
    Column("token_hash", String(64), nullable=False),
    Column("name", String(200), nullable=False),  # who calls or types
    Column("made_by", String(200), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    UniqueConstraint("token_hash"),
)

holds = Table(
    "holds",  # one person before one caller: never two at once
    METADATA,
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), primary_key=True, autoincrement=False),
    Column("pass_id", BigInteger, ForeignKey("passes.id"), nullable=False),
    Column("since", Moment, nullable=False),  # the last sign of life: a hold that is silent is let go
    Column("attempt_id", BigInteger),  # of the call that is going on; None: nobody has answered yet
    Column("is_named", Boolean, nullable=False, server_default="0"),  # found by her name: it may be shown
    Column("is_submitted", Boolean, nullable=False, server_default="0"),  # all but ”contact me” is answered
    Column("sheet_id", BigInteger),  # the printed sheet whose line is being typed; None: a call that is made now
    UniqueConstraint("pass_id"),
)

put_backs = Table(
    "put_backs",  # whom a caller has put back: she does not get the same person again
    METADATA,
    Column("pass_id", BigInteger, ForeignKey("passes.id"), primary_key=True, autoincrement=False),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), primary_key=True, autoincrement=False),
    Index(None, "invitation_id"),
)

contact_attempts = Table(
    "contact_attempts",  # one letter posted or one call made
    METADATA,
    big_id(),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),  # None: forgotten
    Column("step", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("herself", Boolean),  # of an outcome that others can say as well: it was after her yes, and she said it
    Column("again_at", Moment),  # call back then
    Column("by", String(200), nullable=False),
    Column("pass_id", BigInteger),  # of the evening it was made on; None: not from a page
    Index(None, "invitation_id"),
    Index(None, "contact_id"),
)

proposals = Table(
    "proposals",  # an answer that came by mail: a person says whether it is one
    METADATA,
    big_id(),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), nullable=False),
    Column("received_id", BigInteger, ForeignKey("received.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("is_held", Boolean, nullable=False, server_default="0"),  # something about it is not as it should be
    Column("why", String(200)),
    Column("decided_at", Moment),
    Column("decided_by", String(200)),
    Column("is_accepted", Boolean),
    UniqueConstraint("received_id"),
    Index(None, "invitation_id"),
)

paper_sheets = Table(
    "paper_sheets",  # code-less sheets typed, a day: never more than the envelopes that were opened
    METADATA,
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("number", BigInteger, nullable=False),  # sheets that were typed
    Column("envelopes", BigInteger, nullable=False, server_default="0"),  # outer envelopes whose answer was taken
)

call_sheets = Table(
    "call_sheets",  # one printed sheet of people to call: numbered, and signed back
    METADATA,
    big_id(),
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), nullable=False),
    Column("number", Integer, nullable=False),  # of the survey, from 1: printed on the sheet
    Column("name", String(200), nullable=False),  # who calls
    Column("made_by", String(200), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),  # from then on its people are free for others
    Column("state", String(16), nullable=False),  # surveys/states.py; nothing else assigns it
    Column("ended_at", Moment),
    Column("ended_by", String(200)),
    UniqueConstraint("survey_id", "number"),
)

call_sheet_lines = Table(
    "call_sheet_lines",  # one person on a sheet
    METADATA,
    Column("sheet_id", BigInteger, ForeignKey("call_sheets.id"), primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),  # from 1, as printed
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), nullable=False),
    Column("attempt_id", BigInteger),  # what came of the call, once it is typed
    UniqueConstraint("sheet_id", "invitation_id"),
    Index(None, "invitation_id"),
)
