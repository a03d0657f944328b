"""The report of a survey: who has answered, in numbers; when the keys are destroyed, what they answered.

Takes   the opened house; a survey.
Gives   lines to read, or the same as values for JSON.
Fails   EditorError when there is no such survey.
"""

from collections import Counter
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from mailer.content.questionnaires.model import Part
from mailer.house import House
from mailer.surveys.box import results
from mailer.surveys.box import store as box
from mailer.surveys.box.disclosure import SMALLEST
from mailer.surveys.box.results import Asked, Crossed, Result
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys.kept import kept
from mailer.verbs.surveys.key import unconfirmed
from mailer.words import count, day, listing, moment

THROUGH = {"web": "på webben", "telephone": "i telefon", "paper": "på papper", "mail": "i mejl"}
FEW = f"färre än {SMALLEST}, eller går att räkna ut"
_WIDTH = 44  # characters of an answer before its figure


def values(house: House, key: str) -> dict[str, Any]:
    """Everything that may be shown, for JSON."""
    survey = kept(house, key)
    return house.db.read(lambda c: _values(c, survey))


def words(house: House, key: str) -> list[str]:
    """The lines to print."""
    survey = kept(house, key)
    waiting, result, came, sealed = house.db.read(lambda c: _look(c, survey))
    total = sum(came.values())
    lines = [survey.questionnaire.title.sv, f"{count(total, 'medlem har', 'medlemmar har')} svarat."]
    if result is None:
        lines += _by_day(came)
        if survey.questionnaire.is_secret:
            lines.append(f"I svarsurnan ligger {count(sealed, 'förseglad svarssedel', 'förseglade svarssedlar')}.")
        return [*lines, *_why_not_yet(house, survey, waiting)]
    if survey.questionnaire.is_secret:
        lines.append(f"{count(result.ballots, 'svarssedel är räknad', 'svarssedlar är räknade')}.")
        if result.unopened:
            lines.append(f"{count(result.unopened, 'sedel', 'sedlar')} gick inte att öppna.")
    for question in result.questions:
        lines += ["", *_question(question)]
    for table in result.tables:
        lines += ["", *_table(table)]
    for one, by in result.missing_tables:
        lines += ["", f"{one} × {by}", "  Visas inte: för få i varje ruta."]
    return [*lines, *_left_out(result)]


def _look(connection: Connection, survey: Surveyed) -> tuple[list[str], Result | None, dict[tuple[Any, str], int], int]:
    waiting = unconfirmed(connection, survey.number) if survey.questionnaire.is_secret else []
    is_open = survey.state == Survey.COUNTED and not waiting
    found = results.result(connection, survey) if is_open else None
    return waiting, found, results.turnout(connection, survey.number), box.number(connection, survey.number)


def _values(connection: Connection, survey: Surveyed) -> dict[str, Any]:
    waiting, result, came, sealed = _look(connection, survey)
    days = [{"day": on.isoformat(), "through": through, "number": n} for (on, through), n in came.items() if on]
    return {
        "survey": survey.key,
        "title": survey.questionnaire.title.sv,
        "state": survey.state,
        "answered": sum(came.values()),
        "answered_by_day": days,
        "sealed_ballots": sealed,
        "keys_not_destroyed": waiting if survey.state == Survey.COUNTED else [],
        "result": None if result is None else asdict(result),
    }


def _by_day(came: dict[tuple[Any, str], int]) -> list[str]:
    days: dict[Any, Counter[str]] = {}
    for (on, through), number in came.items():
        days.setdefault(on, Counter())[THROUGH.get(through, through)] += number
    return [
        f"  {day(on) if on else 'okänd dag'}: {listing([f'{number} {how}' for how, number in ways.items()])}"
        for on, ways in days.items()
    ]


def _why_not_yet(house: House, survey: Surveyed, waiting: list[str]) -> list[str]:
    if survey.state == Survey.APPROVED:
        return [f"Resultatet visas först när enkäten är stängd ({moment(survey.closes_at, house.zone)}) och räknad."]
    if survey.state == Survey.COUNTED:
        lines = [f"Resultatet visas när {listing(waiting)} har intygat att nyckeln är förstörd:"]
        return lines + [f'    mailer survey destroyed {survey.key} --as "{name}"' for name in waiting]
    return []


def _question(asked: Asked) -> list[str]:
    sort = "anonymt" if asked.part == Part.ANONYMOUS else "under namn"
    lines = [f"{asked.words} ({sort})"]
    if asked.why_not:
        return [*lines, f"  Visas inte: {asked.why_not}."]
    lines += [_figure(answer, number) for answer, number in asked.numbers]
    if asked.average is not None:
        lines.append(f"  I medeltal {asked.average:.1f}".replace(".", ","))
    for text in (*asked.texts, *asked.own_words):
        first, *rest = text.splitlines() or [""]
        lines += [f"  • {first}", *(f"    {line}" for line in rest)]
    if asked.sort == "text" and asked.part != Part.ANONYMOUS:
        lines.append("  Egna ord under namn visas inte här.")
    return lines


def _table(table: Crossed) -> list[str]:
    lines = [f"{table.words} × {table.by_words} (anonymt)"]
    for row, numbers in table.rows:
        lines.append(f"  {row}")
        if all(number is None for number in numbers):
            lines.append("    –")
            continue
        lines += [f"  {_figure(column, number)}" for column, number in zip(table.columns, numbers, strict=True)]
    return lines


def _figure(answer: str, number: int | None) -> str:
    return f"  {answer:<{_WIDTH}} {'–' if number is None else number:>5}"


def _left_out(result: Result) -> list[str]:
    shown = [number for question in result.questions for _, number in question.numbers]
    shown += [number for table in result.tables for _, row in table.rows for number in row]
    if None not in shown:
        return []
    return ["", f"– betyder {FEW} ur de andra talen. Så kan ingen se vad enskilda har svarat."]
