"""The tables of what has come back.

Takes   nothing.
Gives   received, consequences, points, probes, rounds.
Fails   never.
"""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from mailer.db import METADATA, Moment, big_id

received = Table(
    "received",  # each mail once; of what it said only the words of a person, for the person they are handed to
    METADATA,
    big_id(),
    Column("hash", String(64), nullable=False),  # of the whole mail
    Column("mark", String(64), nullable=False),  # of its Message-ID and delivery: the same mail on another way here
    Column("at", Moment, nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("kind", String(16), nullable=False),  # feedback/meaning.py Kind
    Column("hardness", String(8)),
    Column("status", String(16), nullable=False, server_default=""),  # RFC 3463, or the type of a complaint
    Column("ignored", String(16)),  # why it changed nothing; None when it counts
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id")),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),
    Column("text", Text),  # of a reply
    Column("subject", String(200)),  # of a reply, until it is handed over
    Column("from_address", String(254)),  # of a reply, until it is handed over
    Column("handed_at", Moment),
    Column("dmarc", String(8)),  # of a reply: what our own server found of its sender (pass, fail)
    UniqueConstraint("hash"),
    UniqueConstraint("mark"),
    Index(None, "delivery_id"),
    Index(None, "contact_id"),
    Index(None, "at"),
)

consequences = Table(
    "consequences",  # all that was changed by itself: each can be seen and taken back
    METADATA,
    big_id(),
    Column("at", Moment, nullable=False),
    Column("what", String(16), nullable=False),  # feedback/store_consequences.py WHAT
    Column("received_id", BigInteger, ForeignKey("received.id")),  # None: a refusal, or time alone
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id")),
    Column("mailing_id", BigInteger, ForeignKey("mailings.id")),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),
    Column("address_key", String(32)),
    Column("number", Integer),  # of points
    Column("word", String(200)),  # a list, a reason, a diagnostic without addresses
    Column("told_at", Moment),  # of what is told to somebody
    Column("undone_at", Moment),
    Column("undone_by", String(200)),
    Index(None, "received_id"),
    Index(None, "delivery_id"),
    Index(None, "contact_id"),
    Index(None, "address_key"),
    Index(None, "at"),
)

points = Table(
    "points",  # against an address: one a day at most, for the worst of the day
    METADATA,
    Column("address_key", String(32), primary_key=True),
    Column("day", Date, primary_key=True),  # the association's
    Column("weight", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("gone_at", Moment),  # reset by a success, or taken back
    Index(None, "gone_at"),
)

probes = Table(
    "probes",  # ”Når vi dig?”
    METADATA,
    big_id(),
    Column("address_key", String(32), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),
    Column("state", String(16), nullable=False),  # feedback/probe.py; nothing else assigns it
    Column("wanted_at", Moment, nullable=False),
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id")),  # of the notice, once it is written
    Column("ended_at", Moment),
    Index(None, "address_key"),
    Index(None, "contact_id"),
    Index(None, "delivery_id"),
    Index(None, "state"),
)

rounds = Table(
    "rounds",  # how far what is done again and again has come
    METADATA,
    Column("name", String(32), primary_key=True),  # mailbox, refusals, success, purge
    Column("at", Moment, nullable=False),  # when the last one began
    Column("upto", BigInteger, nullable=False, server_default="0"),
)
