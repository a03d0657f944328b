"""A mailing that has gone out, for what comes back of it."""

import pytest

from mailer.db import Database
from mailer.keys import Keys
from tests.feedback import sent


@pytest.fixture
def mailing(db: Database, keys: Keys) -> int:
    """Six members, and a mailing that all of their servers have accepted."""
    sent.people(db, keys)
    number = sent.mailing(db)
    sent.send(db)
    return number
