"""The ballot box: ballots go in sealed, and nothing that could tell whose they are goes in with them.

Takes   a connection inside a transaction; a survey as it was approved; the answers to its anonymous part.
Gives   a row with a random id and the sealed bytes, nothing else; how many there are; whether the box can be used.
Fails   EditorError when the survey has no key, is counted, or a text has no room.
"""

import secrets
from collections.abc import Callable

from sqlalchemy import Connection, delete, func, insert, select

from mailer.content.questionnaires.model import Answers, Questionnaire
from mailer.errors import BrokenPromise, EditorError, Problem
from mailer.surveys.box import ballot, sealing
from mailer.surveys.box.disclosure import objections
from mailer.surveys.box.tables import ballots
from mailer.surveys.states import survey_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import officers, surveys

Seal = Callable[[bytes, str, bytes], bytes]
OFFICERS = 2  # one copy can be lost; two people see that it is destroyed


def put(
    connection: Connection,
    survey: Surveyed,
    answers: Answers,
    seal: Seal = sealing.seal,
    name: Callable[[], str] = lambda: secrets.token_hex(16),
) -> None:
    """One ballot into the box. `seal`, `name`: other ones only to see that an attack would find it out."""
    # The survey's row is held: on PostgreSQL the box could otherwise be emptied between this look and our commit.
    row = connection.execute(
        select(surveys.c.state, surveys.c.public_key, surveys.c.ballot_size)
        .where(surveys.c.id == survey.number)
        .with_for_update(read=True)
    ).one()
    title = survey.questionnaire.title.sv
    if row.public_key is None or row.ballot_size is None:
        remedy = f"Gör nycklarna: mailer survey key {survey.key} --help"
        raise EditorError(Problem(title, "enkäten har anonyma frågor men ingen nyckel till svarsurnan.", remedy))
    if row.state not in survey_step("count")[0]:
        raise EditorError(Problem(title, "svarsurnan tar inte emot några svarssedlar nu.", "Enkäten är inte öppen."))
    sealed = seal(row.public_key, survey.key, _plain(survey.questionnaire, answers, row.ballot_size))
    connection.execute(insert(ballots).values(id=name(), survey_id=survey.number, sealed=sealed))


def too_long(questionnaire: Questionnaire, answers: Answers) -> dict[str, str]:
    """Question -> a sentence, for each of her own words that has no room on a ballot."""
    try:
        ballot.to_bytes(questionnaire, answers, ballot.size(questionnaire))
    except ballot.TooLong as why:
        return {key: f"Texten är för lång, med {more} byte. Korta den." for key, more in why.over.items()}
    except ballot.Malformed:
        return {}  # the form has its own sentence
    return {}


def number(connection: Connection, survey: int) -> int:
    """How many sealed ballots there are."""
    return int(connection.execute(select(func.count()).where(ballots.c.survey_id == survey)).scalar_one())


def empty(connection: Connection, survey: int) -> int:
    """Throw the sealed ballots away, unopened: those of a survey that was taken back are never counted. How many."""
    return connection.execute(delete(ballots).where(ballots.c.survey_id == survey)).rowcount


def ready(connection: Connection, survey: Surveyed) -> Problem | None:
    """What keeps an anonymous survey from being opened; None when nothing does, or when nothing in it is anonymous.

    `survey.questionnaire`: the one that is to be approved.
    """
    if not survey.questionnaire.is_secret:
        return None
    if wrong := objections(survey.questionnaire):
        return wrong[0]
    asked, verb = survey.questionnaire, f"mailer survey key {survey.key}"
    where = f"svarsurnan i {asked.title.sv}"
    if survey.public_key is None or survey.ballot_size is None:
        return Problem(where, "har ingen nyckel ännu.", f"Gör den, med en kopia till var och en av två: {verb} --help")
    if ballot.size(asked) > survey.ballot_size:
        return Problem(where, "rymmer inte svaren: frågorna har ändrats efter att nyckeln gjordes.",
                       f"Gör en ny nyckel: {verb} --help")  # fmt: skip
    copies = connection.execute(select(officers).where(officers.c.survey_id == survey.number)).all()
    untested = [copy.name for copy in copies if copy.tested_at is None]
    if len(copies) < OFFICERS or untested:
        who = ", ".join(untested) or "någon"
        return Problem(where, f"är inte prövad: ingen provsedel är öppnad med kopian hos {who}.",
                       f"Pröva varje kopia: {verb} --test FIL --name NAMN")  # fmt: skip
    return None


def _plain(questionnaire: Questionnaire, answers: Answers, length: int) -> bytes:
    try:
        return ballot.to_bytes(questionnaire, answers, length)
    except ballot.TooLong as why:
        words = {q.key: q.words.sv for q in questionnaire.questions}
        raise EditorError(
            *(
                Problem(words.get(key, questionnaire.title.sv), f"svaret är {more} byte för långt.", "Korta texten.")
                for key, more in why.over.items()
            )
        ) from why
    except ballot.Malformed as why:
        raise BrokenPromise("formuläret har släppt igenom ett svar som inte finns") from why
