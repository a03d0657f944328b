"""survey check: everything that is wrong with a survey and its channel plan; or the survey as a member reads it.

Takes   the opened house; a survey's key, ”” for all there are.
Gives   a Checked; lines to print.
Fails   EditorError when there is no such survey.
"""

from dataclasses import dataclass

from mailer import words
from mailer.content.questionnaires.model import Part
from mailer.content.questionnaires.prose import as_text
from mailer.content.reading import SETTLE_S
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.languages import Language
from mailer.verbs.surveys.reading import Looked, look, look_all


@dataclass(frozen=True, slots=True)
class Checked:
    """What was read. `remarks`: what works, but may not be meant."""

    surveys: tuple[Looked, ...]
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


def check(house: House, key: str = "", settle_s: float = SETTLE_S) -> Checked:
    """The survey, or all of them. Nothing is written."""
    looked = (look(house, key, settle_s),) if key else look_all(house, settle_s)
    if not looked:
        look(house, key, settle_s)  # says that there is none
    return Checked(
        tuple(one for one in looked if one.key),
        tuple(dict.fromkeys(p for one in looked for p in one.errors)),
        tuple(dict.fromkeys(p for one in looked for p in one.remarks)),
    )


def lines(house: House, checked: Checked) -> list[str]:
    """What there is, in numbers, and what to do next."""
    out = [_line(one) for one in checked.surveys]
    out += [f"{words.count(len(checked.remarks), 'sak', 'saker')} att tänka på."] if checked.remarks else []
    if checked.problems:
        return [*out, f"{words.count(len(checked.problems), 'sak', 'saker')} att rätta."]
    if len(checked.surveys) == 1:
        key = checked.surveys[0].key
        out.append(f"Läs den som en medlem: {house.command(f'survey check {key} --show sv')}")
        return [*out, f"Inget att rätta. Se vem som får vad och när: {house.command(f'survey plan {key}')}"]
    return [*out, "Inget att rätta."]


def show(house: House, key: str, language: Language, settle_s: float = SETTLE_S) -> list[str]:
    """The questionnaire as text, as a member would read it. EditorError while anything is wrong with it."""
    looked = look(house, key, settle_s)
    if looked.questionnaire is None:
        raise EditorError(*looked.errors)
    return as_text(looked.questionnaire, language)


def _line(looked: Looked) -> str:
    made = looked.questionnaire
    if made is None:
        return f"{looked.key}: går inte att läsa än."
    anonymous = sum(len(section.questions) for section in made.of_part(Part.ANONYMOUS))
    questions = words.count(len(made.questions), "fråga", "frågor")
    steps = words.count(len(looked.plan.steps), "steg", "steg") if looked.plan else "kanalplanen går inte att läsa"
    return (
        f"{looked.key}: {questions} ({anonymous} anonyma), {made.minutes} min, "
        f"öppen {made.opens}–{made.closes}, mål {made.goal} procent, {steps}."
    )
