"""Answers come in: signed ones under her name as she goes, and all of it at once when she submits.

Takes   a connection inside a transaction; an invitation; answers; through what, and who typed them.
Gives   drafts; the word for what a submit came to. A receipt is the caller's, after the commit.
Fails   EditorError when an anonymous survey has no key, a text has no room, or the survey is closed for a draft.

The newest complete signed answers count until the closing; the older ones stay until then. The ballot is final at the
first submit. Of the anonymous part the ledger knows nothing but that, on which day and through what she has answered.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from mailer.content.questionnaires.model import Answers, Part, Questionnaire
from mailer.db import Database
from mailer.errors import BrokenPromise, EditorError, Problem
from mailer.surveys import invitations, store
from mailer.surveys.answers import form
from mailer.surveys.box import store as box
from mailer.surveys.box.tables import responses
from mailer.surveys.following import tasks
from mailer.surveys.states import Invitation, Survey
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations as ledger
from mailer.surveys.tables import surveys

MAIL = "mail"  # never carries a ballot
PAPER = "paper"  # its ballot is the sheet without a code, in the inner envelope, and is typed apart
WHOLE = (Part.SIGNED, Part.ANONYMOUS)


def save(
    connection: Connection,
    db: Database,
    invitation: int,
    part: Part,
    answers: Answers,
    through: str,
    typed_by: str | None,
    now: datetime,
) -> None:
    """Keep what she has answered so far of a signed part. EditorError when the survey is closed."""
    if part is Part.ANONYMOUS:
        raise BrokenPromise("svar på anonyma frågor sparas aldrig under ett namn")
    db.last_look(connection, wish=True)
    row = _look(connection, invitation)
    if row is None or not _is_open(row, now) or row["state"] == Invitation.STOPPED:
        raise EditorError(
            Problem(row["title"] if row else "enkäten", "går inte att svara på längre.", "Den är stängd.")
        )
    _keep(connection, invitation, part, answers, part is Part.AFTER, through, typed_by, now.astimezone(UTC).date())
    if part is Part.SIGNED and not form.is_blank(answers):
        invitations.step(connection, db, invitation, "begin", now)
    if part is Part.AFTER:
        of_survey = store.read(connection, row["survey_id"]).questionnaire
        tasks.note(connection, of_survey, invitation, now.astimezone(UTC).date())


def drafts(connection: Connection, invitation: int, part: Part) -> dict[str, tuple[str, ...]]:
    """What she last answered of a signed part, complete or not."""
    c = responses.c
    newest = select(c.answers).where(c.invitation_id == invitation, c.part == part).order_by(c.is_complete, c.id.desc())
    found = connection.execute(newest.limit(1)).scalar_one_or_none()
    return {name: tuple(words) for name, words in (found or {}).items()}


def submit(
    connection: Connection,
    db: Database,
    survey: Surveyed,
    invitation: int,
    signed: Answers,
    ballot: Answers | None,
    through: str,
    typed_by: str | None,
    today: date,
    now: datetime,
) -> str:
    """All of it, in the caller's one transaction.

    ”answered” · ”again”: the signed answers are replaced, a second ballot is thrown away · ”incomplete”: what was
    signed is kept as a draft · ”blank” · ”closed”. `ballot` None: none comes this way (mail, the one with the paper).
    `today`: the association's day; the ledger knows no moment.
    """
    db.last_look(connection, wish=True)  # submits, stops and the opening of the box, one at a time
    row = _look(connection, invitation)
    if row is None or row["survey_id"] != survey.number or not _is_open(row, now) or row["state"] == Invitation.STOPPED:
        return "closed"
    questions = survey.questionnaire
    has_voted = row["state"] == Invitation.ANSWERED and not (row["through"] == MAIL and questions.is_secret)
    takes = questions.is_secret and ballot is not None and not has_voted and through != MAIL
    given = {**signed, **(ballot or {})} if takes else dict(signed)
    if form.is_blank(given) and not _may_be_blank(questions, ballot, through):
        return "blank"
    kept = form.only_asked(questions, signed, Part.SIGNED)
    if form.missing(questions, given, _wanted(questions, ballot, through, has_voted)):
        if kept and row["state"] != Invitation.ANSWERED:
            save(connection, db, invitation, Part.SIGNED, kept, through, typed_by, now)
        return "incomplete"
    if takes and ballot is not None:
        box.put(connection, survey, ballot)
    has_inner = questions.is_secret and not has_voted and through == PAPER and ballot is None
    first = row["state"] != Invitation.ANSWERED
    is_new = first or takes or has_inner  # who first answered by mail has cast no ballot yet
    ledgered: dict[str, Any] = (
        {"through": through, "answered_on": today if first else row["answered_on"]} if is_new else {}
    )
    if not invitations.step(connection, db, invitation, "answer", None, **ledgered):
        raise BrokenPromise(f"inbjudan {invitation} kunde inte besvaras")
    if kept:
        _keep(connection, invitation, Part.SIGNED, kept, True, through, typed_by, today)
        tasks.note(connection, questions, invitation, today)
    return "answered" if is_new else "again"


def settle(connection: Connection, survey: int) -> int:
    """At the closing: of each who has answered, the newest complete signed answers are kept and no others. How many
    rows went. What is begun and not complete stays what it is."""
    r = responses.alias()
    theirs = select(ledger.c.id).where(ledger.c.survey_id == survey)
    complete = (r.c.part == Part.SIGNED) & r.c.is_complete & r.c.invitation_id.in_(theirs)
    newest = select(func.max(r.c.id)).where(complete).group_by(r.c.invitation_id)
    whose = select(r.c.invitation_id).where(complete)
    c = responses.c
    older = delete(responses).where(c.part == Part.SIGNED, c.invitation_id.in_(whose), c.id.not_in(newest))
    return connection.execute(older).rowcount


def _wanted(questions: Questionnaire, ballot: Answers | None, through: str, has_voted: bool) -> Collection[Part]:
    """The parts in which everything required must be answered."""
    if has_voted or not questions.is_secret or (through == PAPER and ballot is None):
        return (Part.SIGNED,)
    return WHOLE


def _may_be_blank(questions: Questionnaire, ballot: Answers | None, through: str) -> bool:
    """An outer envelope with an inner one in it, of a survey that has no question to be signed."""
    return through == PAPER and ballot is None and questions.is_secret and not questions.of_part(Part.SIGNED)


def _look(connection: Connection, invitation: int) -> RowMapping | None:
    i, s = ledger.c, surveys.c
    query = (
        select(i.survey_id, i.state, i.through, i.answered_on, s.title, s.opens_at, s.closes_at,
               s.state.label("survey_state"))
        .join(surveys, s.id == i.survey_id)
        .where(i.id == invitation, i.contact_id.is_not(None))
    )  # fmt: skip
    return connection.execute(query).mappings().one_or_none()


def _is_open(row: RowMapping, now: datetime) -> bool:
    return bool(row["survey_state"] == Survey.APPROVED and row["opens_at"] <= now < row["closes_at"])


def _keep(
    connection: Connection,
    invitation: int,
    part: Part,
    answers: Answers,
    is_complete: bool,
    through: str,
    typed_by: str | None,
    day: date,
) -> None:
    """A draft is one row that changes. A complete answer is a new row, and the draft it came of is gone.

    Of the time the day alone is kept, as its noon: by the moment her visits would be found in the log of a web server,
    and by them how many anonymous questions she got.
    """
    c = responses.c
    written = {name: list(words) for name, words in answers.items()}
    noon = datetime.combine(day, time(12), UTC)
    values = {"answers": written, "at": noon, "through": through, "typed_by": typed_by, "is_complete": is_complete}
    one_row = part is Part.AFTER or not is_complete
    same = (c.invitation_id == invitation) & (c.part == part) & (c.is_complete == (is_complete and one_row))
    if one_row and connection.execute(update(responses).where(same).values(**values)).rowcount:
        return
    if is_complete:
        connection.execute(delete(responses).where(c.invitation_id == invitation, c.part == part, ~c.is_complete))
    connection.execute(insert(responses).values(invitation_id=invitation, part=part, **values))
