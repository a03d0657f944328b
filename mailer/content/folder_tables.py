"""The tables of what is remembered of the editors' folder.

Takes   nothing.
Gives   folder_signs: when something last happened in it; told_versions: what its authors have been told of.
Fails   never.
"""

from sqlalchemy import Column, Integer, String, Table

from mailer.db import METADATA, Moment

folder_signs = Table(
    "folder_signs",  # one row: a home has one folder
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False),  # of the files editors have put there; ”” when there are none
    Column("changed_at", Moment, nullable=False),  # when we saw it change, by the house's own clock
    Column("newest", String(500), nullable=False),  # the path of the file that was written last; also when it is gone
    Column("newest_at", Moment),  # its stamp, by the clock of whoever wrote it
    Column("asked_at", Moment),  # when people were asked whether the folder is still synchronised
)

told_versions = Table(
    "told_versions",
    METADATA,
    Column("kind", String(16), primary_key=True),  # receipt, mistake
    Column("path", String(500), primary_key=True),  # relative to content/, NFC
    Column("version", String(64), primary_key=True),  # a hash of what was told of
    Column("told_at", Moment, nullable=False),
)
