"""The tables of the pace: what has been used of each limit, and who has asked us to slow down.

Takes   nothing.
Gives   pace_used, pace_holds.
Fails   never.
"""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from mailer.db import METADATA, Moment

pace_used = Table(
    "pace_used",
    METADATA,
    Column("subject", String(300), primary_key=True),  # ”relay/host:port” or ”domain/name”
    Column("span", Integer, primary_key=True, autoincrement=False),  # seconds that a row covers: 1, 60, 3600
    Column("begins", BigInteger, primary_key=True, autoincrement=False),  # seconds since 1970, UTC
    Column("used", Integer, nullable=False),
)

pace_holds = Table(
    "pace_holds",  # a domain or a relay that has said ”slower” (outbox/pace.py, Hold); no row: nothing against it
    METADATA,
    Column("subject", String(300), primary_key=True),
    Column("at", Moment, nullable=False),  # when the row was last changed
    Column("throttled", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("until", Moment),
    Column("probe", BigInteger),
    Column("ramp", Integer, nullable=False),
    Column("passed", Integer, nullable=False),
)
