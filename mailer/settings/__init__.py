"""The settings of a home: settings.toml, overridden by the environment, as frozen values."""

from mailer.settings.association import Association, Person, Responsible, Role, Sender
from mailer.settings.issues import Column, Feed, Kind, Series
from mailer.settings.mailbox import Mailbox
from mailer.settings.storage import POSTGRES, Storage, unreadable
from mailer.settings.web import Web, is_loopback
from mailer.settings.whole import FILE, Settings

__all__ = [
    "FILE", "POSTGRES", "Association", "Column", "Feed", "Kind", "Mailbox", "Person", "Responsible", "Role", "Sender",
    "Series", "Settings", "Storage", "Web", "is_loopback", "unreadable",
]  # fmt: skip
