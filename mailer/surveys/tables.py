"""The tables of a survey: what it is, who is asked, and when.

Takes   nothing.
Gives   surveys, officers, survey_texts, invitations, channel_stops, asks.
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
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from mailer.db import METADATA, Moment, big_id

surveys = Table(
    "surveys",
    METADATA,
    big_id(),
    Column("key", String(64), nullable=False),  # the file's name
    Column("state", String(16), nullable=False),  # surveys/states.py; nothing else assigns it
    Column("title", String(200), nullable=False),
    Column("definition", JSON, nullable=False),  # the questionnaire, whole, as it was approved
    Column("plan", JSON, nullable=False),  # the channel plan with all its words, as it was approved
    Column("rule", JSON),  # the list's words that its readers see, as approved (audience.rule); None: not approved
    Column("hash", String(64), nullable=False),  # of both, and of the renderings: what an approval is a yes to
    Column("freeze_on", Date, nullable=False),
    Column("opens_at", Moment, nullable=False),
    Column("closes_at", Moment, nullable=False),  # the moment after the last
    Column("approved_by", String(200)),
    Column("approved_os_user", String(200)),
    Column("approved_at", Moment),
    Column("frozen_at", Moment),  # when the invitations were drawn up
    Column("public_key", LargeBinary),  # 32 bytes (X25519); None: no anonymous part, or no key yet
    Column("ballot_size", Integer),  # bytes: every ballot is padded to it
    Column("counted_at", Moment),  # when the ballots were opened
    Column("scrubbed_at", Moment),  # when nothing of them was left in the file
    Column("signed_counts", JSON),  # what was answered under names, in numbers, as it stood at the counting
    Column("kept", JSON),  # the goal's figures as they stood when the tracks of people were erased
    Column("erased_at", Moment),  # when they were: six months after the closing
    UniqueConstraint("key"),
)

officers = Table(
    "survey_officers",  # who has a copy of the private key
    METADATA,
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), primary_key=True, autoincrement=False),
    Column("name", String(200), primary_key=True),
    Column("made_at", Moment, nullable=False),
    Column("tested_at", Moment),  # when this copy opened a test ballot
    Column("destroyed_at", Moment),  # when she confirmed that it is destroyed
    Column("os_user", String(200)),
    Column("despite", Text),  # why the copy lies where it should not
)

survey_texts = Table(
    "survey_texts",  # what a step's mail says, as it was approved: each day's mailing is made of it
    METADATA,
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), primary_key=True, autoincrement=False),
    Column("step", String(32), primary_key=True),
    Column("edition", String(64), primary_key=True),  # sv, en
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

invitations = Table(
    "invitations",  # survey × contact
    METADATA,
    big_id(),
    Column("survey_id", BigInteger, ForeignKey("surveys.id"), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),  # None: forgotten; she stays in the denominator
    Column("list", String(64), nullable=False),
    Column("code_key", String(32), nullable=False),  # keyed hash of the code (surveys/codes.py)
    Column("version", Integer, nullable=False, server_default="0"),  # of the code: a lost letter's is revoked by it
    Column("is_frozen", Boolean, nullable=False),  # a member on the freeze date: counts in the denominator
    Column("removed", String(16)),  # died_before, never_member, duplicate: out of the denominator after all
    Column("state", String(16), nullable=False),  # surveys/states.py; nothing else assigns it
    Column("reason", String(32)),  # why stopped
    Column("answered_on", Date),  # the day alone: a moment would tie a ballot to her
    Column("declined_on", Date),  # her no, as long as it stands; the day alone, for the same reason
    Column("through", String(16)),  # web, telephone, paper, mail
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("survey_id", "contact_id"),
    UniqueConstraint("survey_id", "code_key"),
    Index(None, "contact_id"),
)

channel_stops = Table(
    "channel_stops",  # one channel that does not lead to her
    METADATA,
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), primary_key=True, autoincrement=False),
    Column("channel", String(16), primary_key=True),
    Column("reason", String(32), nullable=False),  # hard_bounce, wrong_number, returned_letter
    Column("at", Moment, nullable=False),
)

asks = Table(
    "asks",  # one step of the plan for one invitation: on which day, or why not
    METADATA,
    big_id(),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id"), nullable=False),
    Column("step", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # surveys/states.py; nothing else assigns it
    Column("reason", Text),  # why not, or why moved
    Column("planned_for", Moment),
    Column("drawn_for", Moment),  # as the approved plan said; another than planned_for: it was moved
    Column("asked_at", Moment),
    Column("mailing_id", BigInteger, ForeignKey("mailings.id")),
    UniqueConstraint("invitation_id", "step"),
    Index(None, "state", "planned_for"),
    Index(None, "mailing_id"),
)
