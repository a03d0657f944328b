"""The table of what was fetched from others.

Takes   nothing.
Gives   feeds: for each source the last good copy, and how the latest tries went.
Fails   never.
"""

from sqlalchemy import JSON, Column, LargeBinary, String, Table, Text

from mailer.db import METADATA, Moment

feeds = Table(
    "feeds",
    METADATA,
    Column("key", String(64), primary_key=True),  # a hash of kind and address: another address is another source
    Column("raw", LargeBinary),  # the last good copy, as it came
    Column("content_type", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("fetched_at", Moment),  # when the copy was last known to be what the source says
    Column("tried_at", Moment, nullable=False),
    Column("failing_since", Moment),  # the first try without luck after the last with it
    Column("wrong", JSON, nullable=False),  # problems of the latest try: what, remedy
    Column("vanished", JSON, nullable=False),  # events that are gone from the source before their day
)
