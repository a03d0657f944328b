"""The tables behind the pages of one's own: links, visits, requests, joining, consents.

Takes   nothing.
Gives   wanted, fresh_links, visits, requests, signups, wordings, consents, erasures.
Fails   never.

What opens something is kept as a hash (SHA-256): who reads the database, or a copy of it, can open nothing.
"""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from mailer.db import METADATA, Moment, big_id

wanted = Table(
    "wanted",  # what somebody has typed on a page open to all, until the clock takes it: seconds
    METADATA,
    big_id(),
    Column("what", String(8), nullable=False),  # link, join
    Column("address", String(254), nullable=False),  # Address.ascii
    Column("shown", String(254), nullable=False),
    Column("first_name", String(60), nullable=False, server_default=""),
    Column("lists", JSON, nullable=False, server_default="[]"),
    Column("language", String(8), nullable=False),
    Column("at", Moment, nullable=False),
)

fresh_links = Table(
    "fresh_links",
    METADATA,
    big_id(),
    Column("token_hash", String(64), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), nullable=False),
    Column("address_key", String(32), nullable=False),  # where it was mailed: what a limit counts by
    Column("new_address", String(254)),  # of a link that confirms an address; else it opens my pages
    Column("new_shown", String(254)),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    UniqueConstraint("token_hash"),
    Index(None, "contact_id"),
    Index(None, "address_key", "made_at"),
)

visits = Table(
    "visits",  # of one who has opened a fresh link: the cookie is its token
    METADATA,
    big_id(),
    Column("token_hash", String(64), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("token_hash"),
    Index(None, "contact_id"),
)

requests = Table(
    "requests",  # what only a person can do: correct, erase a member, change an address in the register outside
    METADATA,
    big_id(),
    Column("kind", String(16), nullable=False),  # correction, erasure, address, join
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),  # None: of one who is no contact (join)
    Column("address_key", String(32)),  # of one who is no contact
    Column("text", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),  # one month: GDPR article 12.3
    Column("done_at", Moment),
    Column("done_by", String(200)),
    Index(None, "contact_id"),
    Index(None, "done_at"),
)

signups = Table(
    "signups",  # double opt-in: until she has confirmed, or 48 hours
    METADATA,
    big_id(),
    Column("token_hash", String(64), nullable=False),
    Column("address_key", String(32), nullable=False),
    Column("address", String(254), nullable=False),
    Column("shown", String(254), nullable=False),
    Column("first_name", String(60), nullable=False, server_default=""),
    Column("wordings", JSON, nullable=False),  # list -> hash of what she agreed to
    Column("language", String(8), nullable=False),
    Column("asked_at", Moment, nullable=False),  # when she ticked the box
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("confirmed_at", Moment),  # then nothing is kept but this, so that a second press finds the same answer
    UniqueConstraint("token_hash"),
    Index(None, "address_key", "made_at"),
)

wordings = Table(
    "wordings",  # what people have agreed to, each text once, for as long as anybody may ask
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("list", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("since", Moment, nullable=False),
)

consents = Table(
    "consents",  # GDPR article 7.1: when, how and to what
    METADATA,
    big_id(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), nullable=False),
    Column("list", String(64), nullable=False),
    Column("wording", String(64), ForeignKey("wordings.hash"), nullable=False),
    Column("language", String(8), nullable=False),  # in which she read it
    Column("asked_at", Moment, nullable=False),  # when she ticked the box
    Column("at", Moment, nullable=False),  # when she confirmed it
    Column("how", String(16), nullable=False),  # web
    Column("withdrawn_at", Moment),
    Index(None, "contact_id"),
    Index(None, "list"),
)

erasures = Table(
    "erasures",  # that somebody asked to be erased, by keyed hashes: shown when an import brings her back
    METADATA,
    Column("key", String(32), primary_key=True),  # of an address or a member number
    Column("at", Moment, nullable=False),
)
