"""What has happened to a mailing: by whom, when, and what comes next.

Takes   the opened house, the mailing's row and one read transaction.
Gives   sentences, the most important first.
Fails   with what the database raises.
"""

from typing import Any

from sqlalchemy import Connection, Row

from mailer import words
from mailer.house import House
from mailer.issue import store as issues
from mailer.outbox import report
from mailer.outbox.states import Mailing
from mailer.outbox.store import figures, mailings
from mailer.verbs import progress


def lines(house: House, connection: Connection, row: Row[Any]) -> list[str]:
    """The sentences. Of one that waits for its first answer there is nothing to tell."""
    if row.state == Mailing.PROPOSED:
        return []
    if row.state == Mailing.HELD:
        return [f"Det var godkänt men väntar på besked: {row.why}."]
    if row.state == Mailing.RETURNED:
        return [row.why or "", "När redaktören har ändrat något får du en ny fråga."]
    if row.state == Mailing.WITHDRAWN:
        return _withdrawn(house, connection, row)
    return [*_way(house, connection, row), *_approval(house, connection, row)]


def _way(house: House, connection: Connection, row: Row[Any]) -> list[str]:
    if row.state == Mailing.APPROVED:
        return [_when(house, row)]
    balance = figures.balance(connection, row.id)
    sentence = report.sentence(row.title, balance, figures.reasons(connection, row.id))
    paused = [f"Pausat: {row.why}."] if row.state == Mailing.PAUSED and row.why else []
    left = [said] if (said := progress.in_words(house, connection, row)) else []
    return [*paused, sentence, *left, f"Det började skickas {words.moment(row.planned_at, house.zone, year=True)}."]


def _when(house: House, row: Row[Any]) -> str:
    if row.send_after is None:
        return "Det skickas när någon säger till på utskickets dator."
    if row.send_after > house.clock.now():
        return f"Det skickas {words.moment(row.send_after, house.zone)}."
    return "Det är dags: det skickas nu."


def _approval(house: House, connection: Connection, row: Row[Any]) -> list[str]:
    given = mailings.valid_approval(connection, row)
    if given is None:
        return []
    said = [f"Godkänt av {given.name} {words.moment(given.at, house.zone, year=True)}."]
    said += [f"Skälet: {given.reason}"] if given.reason else []
    return said + ([f"Trots slutkontrollen: {given.despite}"] if given.despite else [])


def _withdrawn(house: House, connection: Connection, row: Row[Any]) -> list[str]:
    skipped = issues.skipped(connection, row.series, row.period) if row.kind == "issue" else None
    if skipped is not None:
        when = words.moment(skipped.skipped_at, house.zone, year=True)
        return [f"Månaden hoppas över, efter beslut av {skipped.skipped_by} {when}. Skälet: {skipped.skipped_why}"]
    return [f"Stoppat: {row.why}." if row.why else "Utskicket är stoppat."]
