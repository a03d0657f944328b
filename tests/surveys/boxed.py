"""A survey whose ballot box can be used: its key is made, and both copies are tried."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, insert, update

from mailer.surveys import store
from mailer.surveys.box import ballot, sealing
from mailer.surveys.tables import officers, surveys
from tests.surveys.arranged import NOON

OFFICERS = ("Anna Ek", "Bo Dal")


def give_key(connection: Connection, number: int) -> X25519PrivateKey:
    """The private key, which a real home never holds."""
    private = sealing.make()
    size = ballot.size(store.read(connection, number).questionnaire)
    values = {"public_key": sealing.public_of(private), "ballot_size": size}
    connection.execute(update(surveys).where(surveys.c.id == number).values(**values))
    for name in OFFICERS:
        connection.execute(insert(officers).values(survey_id=number, name=name, made_at=NOON, tested_at=NOON))
    return private
