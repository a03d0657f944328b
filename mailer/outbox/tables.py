"""The tables of the outbox.

Takes   nothing.
Gives   mailings, picks, renderings, files, rendering_parts, archive_pages, archive_parts, archive_withdrawals,
        approvals, deliveries, attempts, runners, outages.
Fails   never.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
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
from mailer.outbox.states import DUE

mailings = Table(
    "mailings",
    METADATA,
    big_id(),
    # What makes it one: ”v-aktuellt/2024-05”, ”brev/…”, ”rättelse/…”, ”systemmejl/…”. Two of the same cannot be.
    Column("name", String(200), nullable=False),
    Column("kind", String(16), nullable=False),  # issue, letter (one-off), correction, survey, notice
    Column("title", String(200), nullable=False),  # as people call it: ”V Aktuellt maj 2024”
    Column("series", String(64)),
    Column("period", String(16)),
    Column("state", String(16), nullable=False),  # outbox/states.py
    Column("rule", JSON, nullable=False),  # the audience rule, whole: nothing is looked up in files at the send moment
    Column("corrects", BigInteger, ForeignKey("mailings.id")),
    Column("event_kind", String(64)),  # of a letter about one kind of event: not for those who have said no to it
    Column("sources", JSON, nullable=False, server_default="{}"),  # file -> hash, of what was assembled
    # What is in it and what is not and why, and what the preflight found: for those who approve it.
    Column("contents", JSON, nullable=False, server_default="{}"),
    Column("created_at", Moment, nullable=False),
    Column("send_after", Moment),  # not before
    Column("expires_at", Moment),  # planned or deferred after this: expired
    Column("planned_at", Moment),
    Column("resumed_at", Moment),  # when a person last let it go on
    Column("selected", Integer),  # counted once, at planning; the balance must reach it
    Column("why", Text),  # why it is paused, held or withdrawn
    Column("our_faults", Integer, nullable=False, server_default="0"),  # in a row; at three it pauses
    # Of its last hundred outcomes or so (outbox/store/breaker.py): how many, and how many failed by the relay or by us.
    Column("recent", Float, nullable=False, server_default="0"),
    Column("recent_failed", Float, nullable=False, server_default="0"),
    # The first wave (outbox/store/wave.py): no delivery above this number is claimed. None: all of it goes.
    Column("wave_upto", BigInteger),
    Column("wave_sent_at", Moment),  # when the last of the wave was out
    Column("despite_bounces", Boolean),  # a person has said that the rest goes, however many came back
    Column("survey_id", BigInteger),  # of a survey's step: the number that its links are made with
    UniqueConstraint("name"),
    Index(None, "state"),
)

picks = Table(
    "picks",  # the recipients of a survey's step, by name: its plan says who is asked on which day
    METADATA,
    Column("mailing_id", BigInteger, ForeignKey("mailings.id"), primary_key=True, autoincrement=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), primary_key=True, autoincrement=False),
    Column("list", String(64), nullable=False),  # through which list
    Column("version", Integer, nullable=False, server_default="0"),  # of her code
    # Why she is not asked after all (answered, declined, stopped): nothing of the step is offered to her any more,
    # whatever way its delivery has gone meanwhile.
    Column("over", String(16)),
    Index(None, "contact_id"),
)

renderings = Table(
    "renderings",
    METADATA,
    big_id(),
    Column("mailing_id", BigInteger, ForeignKey("mailings.id"), nullable=False),
    Column("edition", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("mailing_id", "edition"),
)

files = Table(
    "files",  # pictures and attachments, each once however many renderings carry it
    METADATA,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the bytes
    Column("raw", LargeBinary, nullable=False),
)

rendering_parts = Table(
    "rendering_parts",
    METADATA,
    Column("rendering_id", BigInteger, ForeignKey("renderings.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("is_inline", Boolean, nullable=False),
    Column("file_hash", String(64), ForeignKey("files.hash"), nullable=False),
    Index(None, "file_hash"),
)

archive_pages = Table(
    "archive_pages",  # what the archive shows of a mailing once it is sent; approved with its renderings
    METADATA,
    Column("mailing_id", BigInteger, ForeignKey("mailings.id"), primary_key=True, autoincrement=False),
    Column("uid", String(64), nullable=False),
    Column("title", String(200), nullable=False),
    Column("subject", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("html", Text, nullable=False),  # ””: nothing of it is for everybody
    Column("hash", String(64), nullable=False),
)

archive_parts = Table(
    "archive_parts",  # its pictures
    METADATA,
    Column("mailing_id", BigInteger, ForeignKey("archive_pages.mailing_id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("file_hash", String(64), ForeignKey("files.hash"), nullable=False),
    Index(None, "file_hash"),
)

archive_withdrawals = Table(
    "archive_withdrawals",  # a page that a person has taken down; it lies where it lay, as it was approved
    METADATA,
    big_id(),
    Column("mailing_id", BigInteger, ForeignKey("mailings.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("name", String(200), nullable=False),  # who said so, of those in the settings
    Column("os_user", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("restored_at", Moment),  # until then nobody reads it
    Column("restored_by", String(200)),
    Index(None, "mailing_id"),
)

approvals = Table(
    "approvals",
    METADATA,
    big_id(),
    Column("mailing_id", BigInteger, ForeignKey("mailings.id"), nullable=False),
    Column("hash", String(64), nullable=False),  # of all renderings and the rule
    Column("name", String(200), nullable=False),
    Column("os_user", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("head_count", Integer, nullable=False),
    Column("editions", JSON, nullable=False, server_default="{}"),  # edition -> people, where there are several
    Column("reason", Text),  # given when the register was old, or the approval was late
    Column("despite", Text),  # given when the preflight stopped it
    Column("void", Boolean, nullable=False, server_default="0"),
    Index(None, "mailing_id"),
)

deliveries = Table(
    "deliveries",
    METADATA,
    big_id(),
    Column("mailing_id", BigInteger, ForeignKey("mailings.id"), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),  # None: a notice, or forgotten
    Column("address", String(254)),  # of a notice; a recipient's is read in the register when it is sent
    Column("address_key", String(32)),  # of a notice
    Column("list", String(64)),  # through which list this recipient was reached
    Column("rendering_id", BigInteger, ForeignKey("renderings.id"), nullable=False),
    Column("state", String(16), nullable=False),  # outbox/states.py; nothing else assigns it
    Column("reason", String(32)),  # why excluded, expired or withdrawn
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("doubts", Integer, nullable=False, server_default="0"),
    Column("first_attempt_at", Moment),
    Column("next_at", Moment),  # deferred until
    Column("runner_id", BigInteger, ForeignKey("runners.id")),  # who has claimed or offered it
    Column("settled_at", Moment),
    Column("reply_code", Integer),
    Column("reply_status", String(16)),  # RFC 3463
    Column("reply_text", String(200)),
    Column("relay", String(64)),  # who said so, of the settings; None: the first of them
    UniqueConstraint("mailing_id", "contact_id"),
    Index(None, "contact_id"),
    Index(None, "mailing_id", "id"),
)
# A delivery changes its state three times on its way, and each index that knows of states is written each time. So
# these hold only what their questions are about: what may be claimed, and what a runner has.
_is_due = deliveries.c.state.in_([str(state) for state in DUE])
Index(
    "ix_deliveries_due",
    deliveries.c.mailing_id,
    deliveries.c.next_at,
    deliveries.c.id,
    sqlite_where=_is_due,
    postgresql_where=_is_due,
)
_is_held = deliveries.c.runner_id.is_not(None)
Index(
    "ix_deliveries_held",
    deliveries.c.runner_id,
    deliveries.c.mailing_id,
    sqlite_where=_is_held,
    postgresql_where=_is_held,
)

attempts = Table(
    "attempts",  # those that did not end in accepted; that one is on the delivery itself
    METADATA,
    big_id(),
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("event", String(16), nullable=False),  # defer, refuse, doubt, return
    Column("stage", String(16), nullable=False),  # connect, ehlo, auth, mail, rcpt, data, dot
    Column("code", Integer, nullable=False),  # 0: no reply
    Column("status", String(16), nullable=False),
    Column("text", String(200), nullable=False),
    Index(None, "delivery_id"),
)

runners = Table(
    "runners",
    METADATA,
    big_id(),
    Column("instance", String(64), nullable=False),  # the home's lock this runner holds: only one can
    Column("started_at", Moment, nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # microseconds by the database's clock
    Column("ended", Boolean, nullable=False, server_default="0"),
)

outages = Table(
    "outages",  # a relay that takes nothing (outbox/outage.py); no open row: nothing is known against it
    METADATA,
    big_id(),
    Column("relay", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Column("heard_at", Moment, nullable=False),  # when it was last tried in vain, to a minute
    Column("stage", String(16), nullable=False),  # what it said then
    Column("code", Integer, nullable=False),  # 0: no reply
    Column("text", String(200), nullable=False),  # without addresses
    Column("over_at", Moment),  # it works again, and people are still to be told
)
