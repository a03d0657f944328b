"""The urn: all ballots are opened at once, taken apart and mixed.

Takes   a connection inside a transaction; a survey that is closed; its private key.
Gives   counts of each question by itself, texts by themselves, the declared cross-tables; no ballot any more.
Fails   EditorError when the survey is not one to be counted.

A ballot that does not open, or was written by no form of ours, is counted as such and keeps nothing back. Everything
happens in the caller's one transaction: killed at any instant, the box is whole or the urn is.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from mailer.content.questionnaires.model import OTHER_WORDS, Answers, Part, Questionnaire, Sort
from mailer.db import Database
from mailer.surveys import store
from mailer.surveys.answers import form
from mailer.surveys.box import ballot, crossing, sealing
from mailer.surveys.box.sealing import PrivateKey
from mailer.surveys.box.tables import ballots, urn_cells, urn_counts, urn_texts
from mailer.surveys.store import Surveyed

# In urn_counts, in the place of a question or an answer; no key looks like them.
ALL = ""  # question: the survey itself; answer: how many (answered the question; opened ballots)
ASKED = "*"  # answer: how many were asked
UNOPENED = "!"  # answer: how many ballots did not open
Shuffle = Callable[[list[Any]], None]
Unseal = Callable[[PrivateKey, str, bytes], bytes]
_BY_CHANCE = secrets.SystemRandom()
_MANY = 500  # rows a statement


@dataclass(frozen=True, slots=True)
class Counted:
    """How many ballots were opened, and how many could not be."""

    opened: int
    unopened: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What ballots say, without which said what."""

    counts: Counter[tuple[str, str]]  # (question, answer)
    texts: list[tuple[str, str]]  # (question, text)


def count(
    connection: Connection,
    db: Database,
    survey: Surveyed,
    private: PrivateKey,
    now: datetime,
    shuffle: Shuffle = _BY_CHANCE.shuffle,
    name: Callable[[], str] = lambda: secrets.token_hex(16),
    unseal: Unseal = sealing.unseal,
) -> Counted:
    """Open, mix, count, throw away. The last three: other ones only to see that an attack would find it out."""
    db.last_look(connection, wish=True)  # no submit is under way
    store.step(connection, survey.number, "count", counted_at=now, scrubbed_at=None)
    opened, unopened = _open(connection, survey, private, unseal)
    shuffle(opened)
    said = tally(survey.questionnaire, opened)
    said.counts[ALL, UNOPENED] = unopened
    shuffle(said.texts)
    _write(connection, survey, said, opened, name)
    connection.execute(delete(ballots).where(ballots.c.survey_id == survey.number))
    return Counted(len(opened), unopened)


def tally(questionnaire: Questionnaire, given: Iterable[Answers], part: Part = Part.ANONYMOUS) -> Tally:
    """The answers of one part, each question by itself; of several choices each by itself."""
    counts: Counter[tuple[str, str]] = Counter({(ALL, ALL): 0})
    texts = []
    for answers in given:
        counts[ALL, ALL] += 1
        for question in form.asked(questionnaire, answers, part):
            words = answers.get(question.key, ())
            counts[question.key, ASKED] += 1
            counts[question.key, ALL] += bool(words)
            if question.sort is Sort.TEXT:
                texts += [(question.key, word) for word in words if word.strip()]
            else:
                counts.update((question.key, word) for word in words)
            texts += [(question.key + OTHER_WORDS, word) for word in answers.get(question.key + OTHER_WORDS, ())]
    return Tally(counts, texts)


def counts_of(connection: Connection, survey: int) -> Counter[tuple[str, str]]:
    """(question, answer) -> how many."""
    c = urn_counts.c
    rows = connection.execute(select(c.question, c.answer, c.number).where(c.survey_id == survey))
    return Counter({(row.question, row.answer): row.number for row in rows})


def texts_of(connection: Connection, survey: int) -> dict[str, list[str]]:
    """question -> texts, in the order of their random ids."""
    c = urn_texts.c
    rows = connection.execute(select(c.question, c.text).where(c.survey_id == survey).order_by(c.id))
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.question, []).append(row.text)
    return found


def _open(
    connection: Connection, survey: Surveyed, private: PrivateKey, unseal: Unseal
) -> tuple[list[dict[str, tuple[str, ...]]], int]:
    opened, unopened = [], 0
    for sealed in connection.execute(select(ballots.c.sealed).where(ballots.c.survey_id == survey.number)).scalars():
        try:
            plain = unseal(private, survey.key, sealed)
            opened.append(ballot.from_bytes(survey.questionnaire, plain))
        except (sealing.Unopened, ballot.Malformed):
            unopened += 1
    return opened, unopened


def _write(
    connection: Connection, survey: Surveyed, said: Tally, opened: Sequence[Answers], name: Callable[[], str]
) -> None:
    number = survey.number
    counted = [{"survey_id": number, "question": q, "answer": a, "number": n} for (q, a), n in said.counts.items()]
    _insert(connection, urn_counts, sorted(counted, key=lambda row: (str(row["question"]), str(row["answer"]))))
    texts = [{"id": name(), "survey_id": number, "question": q, "text": text} for q, text in said.texts]
    _insert(connection, urn_texts, texts)
    cells = crossing.cells(survey.questionnaire, said.counts, opened)
    _insert(connection, urn_cells, [{"survey_id": number, **cell.row()} for cell in cells])


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    for first in range(0, len(rows), _MANY):
        connection.execute(insert(table), rows[first : first + _MANY])
