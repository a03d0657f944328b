"""The tables of the register.

Takes   nothing.
Gives   contacts, list_entries, imports, leaves, rests, choices, wishes, suppressions, accesses.
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
    Text,
    UniqueConstraint,
)

from mailer.db import METADATA, Moment, big_id

ALL_LISTS = "*"  # in leaves.list: everything that is voluntary

contacts = Table(
    "contacts",
    METADATA,
    big_id(),
    Column("number", String(64)),  # member number, as the register writes it: leading zeros kept
    Column("source_id", String(64)),  # the register's own id, where it has one
    Column("first_name", String(200), nullable=False, server_default=""),
    Column("last_name", String(200), nullable=False, server_default=""),
    Column("address", String(254)),  # Address.ascii; None when there is none that works
    Column("address_shown", String(254)),  # Address.shown
    Column("address_key", String(32)),  # Address.key: joins with suppressions
    Column("address_problem", Text),  # why what the register gave is no address
    Column("phone", String(32)),  # E.164
    Column("care_of", String(200)),
    Column("street", String(200)),
    Column("postcode", String(16)),  # ”186 96”
    Column("city", String(100)),
    Column("language", String(8)),
    Column("joined_on", Date),
    Column("born_year", Integer),  # the year alone, however much the register says
    Column("status", String(64)),  # ”Medlem”, as the register words it; the list's file says which count
    Column("home_branch", String(200)),  # the branch that the register counts the person to
    Column("resigned_at", Moment),  # gone from the member register: out of everything
    Column("language_chosen", Boolean, nullable=False, server_default="0"),  # by herself: an import leaves it alone
    # What the register outside called her address when she changed it: until it says something else, hers stands.
    Column("address_before", String(254)),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("number"),
    UniqueConstraint("source_id"),
    Index(None, "address_key"),
    sqlite_autoincrement=True,  # the number of one who was erased is nobody else's
)

list_entries = Table(
    "list_entries",
    METADATA,
    Column("list", String(64), primary_key=True),  # the key of a file in lists/
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), primary_key=True),
    Column("since", Moment, nullable=False),
    Index(None, "contact_id"),
)

imports = Table(
    "imports",
    METADATA,
    big_id(),
    Column("list", String(64), nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("file_hash", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("problems", Integer, nullable=False),
)

leaves = Table(
    "leaves",
    METADATA,
    big_id(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), nullable=False),
    Column("list", String(64), nullable=False),  # or ALL_LISTS
    Column("at", Moment, nullable=False),
    Column("how", String(32), nullable=False),  # code, mail, person, import
    Column("undone_at", Moment),
    Index(None, "contact_id"),
)

rests = Table(
    "rests",  # a pause of her own: it ends by itself
    METADATA,
    big_id(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), nullable=False),
    Column("list", String(64), nullable=False),  # or ALL_LISTS
    Column("until", Moment, nullable=False),  # the beginning of the day when mail may come again
    Column("at", Moment, nullable=False),
    Column("how", String(32), nullable=False),  # as a leave's
    Column("undone_at", Moment),
    Index(None, "contact_id"),
)

choices = Table(
    "choices",  # what a contact has chosen for herself, and no import changes
    METADATA,
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), primary_key=True),
    Column("what", String(16), primary_key=True),  # channel, kind, language
    Column("which", String(64), primary_key=True),  # the list, the kind of event; ”” for the language
    Column("value", String(16), nullable=False),  # letter; no; en
    Column("at", Moment, nullable=False),
)

wishes = Table(
    "wishes",  # each thing a contact has asked for with a link or a code: what it changed, so that it can be undone
    METADATA,
    big_id(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("how", String(32), nullable=False),
    Column("changes", JSON, nullable=False),  # [what, which, before, after], each
    Column("undone_at", Moment),
    Index(None, "contact_id"),
)

suppressions = Table(
    "suppressions",
    METADATA,
    Column("address_key", String(32), primary_key=True),
    Column("reason", String(32), nullable=False),  # complaint, hard_bounce, erasure, person
    Column("at", Moment, nullable=False),
)

accesses = Table(
    "accesses",
    METADATA,
    big_id(),
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),  # the operating-system user, or the signed-in person
    Column("what", String(200), nullable=False),  # the verb, and what it showed
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),  # None: more than one person was shown
    Index(None, "contact_id"),
)
