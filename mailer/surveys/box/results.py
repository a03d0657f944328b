"""The results of a survey that is counted, as far as they may be shown.

Takes   a connection inside a transaction; a survey.
Gives   its figures, texts and cross-tables, in the questions' own words; before that, who has answered in numbers.
Fails   never.

Signed answers are seen under their names by those who may; in figures they follow the same rule as the ballots.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select, update

from mailer.content.questionnaires.model import OTHER, OTHER_WORDS, Part, Question, Sort
from mailer.surveys import kept as keeping
from mailer.surveys.box import crossing, disclosure, urn
from mailer.surveys.box.disclosure import NOBODY, Figures
from mailer.surveys.box.tables import responses, urn_cells
from mailer.surveys.states import Invitation
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations, surveys

ANSWERED = ""  # in the place of an option: how many answered a question with several


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what may be shown of its answers."""

    key: str
    words: str
    part: str
    sort: str
    asked: int | None
    numbers: tuple[tuple[str, int | None], ...]  # (in words, how many); None: not shown
    average: float | None  # of a scale of which nothing is left out; one decimal
    texts: tuple[str, ...]
    own_words: tuple[str, ...]  # beside ”annat”
    why_not: str


@dataclass(frozen=True, slots=True)
class Crossed:
    """One cross-table, in words."""

    words: str
    by_words: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """All of it."""

    ballots: int
    unopened: int
    questions: tuple[Asked, ...]
    tables: tuple[Crossed, ...]
    missing_tables: tuple[tuple[str, str], ...]  # declared, and nothing of them may be shown


def turnout(connection: Connection, survey: int) -> dict[tuple[date | None, str], int]:
    """(day, through) -> how many have answered: all that is shown before the keys are destroyed."""
    if kept := keeping.read(connection, survey):
        return {(one.day, one.through): one.number for one in kept.turnout}
    i = invitations.c
    query = select(i.answered_on, i.through, func.count()).where(i.survey_id == survey, i.state == Invitation.ANSWERED)
    rows = connection.execute(query.group_by(i.answered_on, i.through).order_by(i.answered_on, i.through))
    return {(row[0], row[1] or ""): int(row[2]) for row in rows}


def freeze(connection: Connection, survey: Surveyed) -> None:
    """Write down what was answered under names, in numbers, once: at the counting. Counted anew for each report,
    the difference between one before an erasure and one after it would be what the one erased had answered."""
    counted = [[question, answer, number] for (question, answer), number in sorted(_signed(connection, survey).items())]
    c = surveys.c
    never = update(surveys).where(c.id == survey.number, c.signed_counts.is_(None))
    connection.execute(never.values(signed_counts=counted))


def result(connection: Connection, survey: Surveyed) -> Result:
    """Everything that may be shown."""
    questionnaire = survey.questionnaire
    secret = urn.counts_of(connection, survey.number)
    signed = _frozen(connection, survey.number)
    signed = _signed(connection, survey) if signed is None else signed
    texts = urn.texts_of(connection, survey.number)
    asked = []
    for section in questionnaire.sections:
        counts = secret if section.part is Part.ANONYMOUS else signed
        shown = {f.question.key: f for f in disclosure.figures(questionnaire, counts, section.part)}
        if section.part is not Part.AFTER:
            asked += [_asked(shown[q.key], section.part, texts) for q in section.questions]
    tables = _tables(connection, survey)
    words = {q.key: q.words.sv for q in questionnaire.questions}
    missing = [(words.get(a, a), words.get(b, b)) for a, b in questionnaire.crosstabs if (a, b) not in tables]
    return Result(secret["", ""], secret["", urn.UNOPENED], tuple(asked), tuple(tables.values()), tuple(missing))


def name_of(question: Question, answer: str) -> str:
    """An answer in words: the option's, ”Annat”, a range, ”Inget svar”."""
    if answer == NOBODY:
        return "Inget svar"
    if answer == ANSWERED:
        return "Svarade på frågan"
    if question.sort is Sort.SCALE:
        ends = {question.least: question.low.sv, question.most: question.high.sv}
        said = next((word for end, word in ends.items() if word and str(end) == answer), "")
        return f"{answer} ({said})" if said else answer
    own = next((option.words.sv for option in question.options if option.key == answer), "")
    return own or ("Annat" if answer == OTHER else answer)


def _frozen(connection: Connection, survey: int) -> Counter[tuple[str, str]] | None:
    """As they were written down; None for a survey that was counted before that was done."""
    raw = connection.execute(select(surveys.c.signed_counts).where(surveys.c.id == survey)).scalar_one()
    return None if raw is None else Counter({(question, answer): number for question, answer, number in raw})


def _signed(connection: Connection, survey: Surveyed) -> Counter[tuple[str, str]]:
    """Counts of the newest complete signed answers of each who has answered."""
    r, i = responses.c, invitations.c
    newest = select(func.max(r.id)).where(r.part == Part.SIGNED, r.is_complete).group_by(r.invitation_id)
    query = (
        select(r.answers)
        .join(invitations, i.id == r.invitation_id)
        .where(i.survey_id == survey.number, i.state == Invitation.ANSWERED, r.id.in_(newest))
    )
    given = [{name: tuple(words) for name, words in answers.items()} for answers in connection.execute(query).scalars()]
    return urn.tally(survey.questionnaire, given, Part.SIGNED).counts


def _asked(figures: Figures, part: Part, texts: Mapping[str, Sequence[str]]) -> Asked:
    question = figures.question
    secret = part is Part.ANONYMOUS
    return Asked(
        question.key,
        question.words.sv,
        part,
        question.sort,
        figures.asked,
        tuple((name_of(question, answer), number) for answer, number in figures.cells),
        _average(figures),
        tuple(texts.get(question.key, ())) if secret and figures.has_texts else (),
        tuple(texts.get(question.key + OTHER_WORDS, ())) if secret and figures.has_own_words else (),
        figures.why_not,
    )


def _average(figures: Figures) -> float | None:
    """None when anything is left out: the average would say what it was."""
    given = [(int(a), n) for a, n in figures.cells if a != NOBODY and n] if figures.question.sort is Sort.SCALE else []
    if not given or not figures.is_whole:
        return None
    return round(sum(step * number for step, number in given) / sum(number for _, number in given), 1)


def _tables(connection: Connection, survey: Surveyed) -> dict[tuple[str, str], Crossed]:
    c = urn_cells.c
    found: dict[tuple[str, str], dict[tuple[str, str], int | None]] = {}
    for row in connection.execute(select(urn_cells).where(c.survey_id == survey.number)):
        found.setdefault((row.question, row.by_question), {})[row.answer, row.by_answer] = row.number
    questions = {q.key: q for q in survey.questionnaire.questions}
    return {(one, by): _crossed(questions[one], questions[by], cells) for (one, by), cells in found.items()}


def _crossed(question: Question, by: Question, cells: Mapping[tuple[str, str], int | None]) -> Crossed:
    rows = _in_order(question, {answer for answer, _ in cells})
    columns = _in_order(by, {answer for _, answer in cells})
    return Crossed(
        question.words.sv,
        by.words.sv,
        tuple(_side(by, column) for column in columns),
        tuple((_side(question, row), tuple(cells.get((row, column)) for column in columns)) for row in rows),
    )


def _in_order(question: Question, answers: set[str]) -> list[str]:
    return [answer for answer in [*disclosure.answers_of(question), crossing.OTHERS] if answer in answers]


def _side(question: Question, answer: str) -> str:
    return "Övriga och inget svar" if answer == crossing.OTHERS else name_of(question, answer)
