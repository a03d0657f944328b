"""The table of the calendar that goes out.

Takes   nothing.
Gives   calendar_dates: each date that was ever for everybody, as it was last told, until long after it is over.
Fails   never.
"""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from mailer.db import METADATA, Moment

calendar_dates = Table(
    "calendar_dates",
    METADATA,
    Column("uid", String(32), primary_key=True),  # as `content.invite` gives it
    Column("name", String(32), nullable=False),  # of the event: its calendar file is called so
    Column("path", String(500), nullable=False),  # of its file, relative to content/
    Column("file_hash", String(64), nullable=False),
    Column("kind", String(64), nullable=False, server_default=""),  # of event, as the settings call it
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("is_all_day", Boolean, nullable=False),
    Column("has_end", Boolean, nullable=False),
    Column("title", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("words", Text, nullable=False),  # the text, plain
    Column("html", Text, nullable=False),  # the same for a page
    Column("link", Text, nullable=False),
    Column("is_cancelled", Boolean, nullable=False),  # its file says so
    Column("sequence", Integer, nullable=False),  # RFC 5545 section 3.8.7.4: grows with each change
    Column("changed_at", Moment, nullable=False),
    Column("cancelled_at", Moment),  # when it was called off, or went; None while it stands
    Column(
        "gone", String(16), nullable=False, server_default=""
    ),  # vanished: its file is; closed: it is not for all now
    Column("missing_since", Moment),  # the file was not there when we last looked
    Index(None, "name"),
)
