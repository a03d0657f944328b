"""What may be shown of a result: no figure of fewer than five people, nor one that arithmetic gives.

Takes   a questionnaire, the counts of one part of it.
Gives   for every question its figures, None where nothing may stand; what cannot be shown as it is declared.
Fails   never.

The figures of a question lie in a line: its options and ”no answer” make up those who were asked, a number that
is known. In a line no 1, 2, 3 or 4 is shown, and what is left out together is so much that arithmetic cannot tell
whether any of it is under five. A zero is shown: that nobody at all chose something is what a result is for, and who
hides it hides every unanimous result. In cross-tables (crossing.py) a zero is left out like a one: it tells what
everybody of a small group has not said. (Complementary cell suppression; Hundepool et al., Statistical Disclosure
Control, 2012, chapter 4.)
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailer.content.questionnaires.model import OTHER, Part, Question, Questionnaire, Sort
from mailer.errors import Problem
from mailer.surveys.answers.form_reading import options_of, scale_of
from mailer.surveys.box import ranges

SMALLEST = 5  # people
FEWEST = 20  # answers; under it the total alone is shown
NOBODY = "-"  # in the place of an answer: who was asked and gave none
Counts = Mapping[tuple[str, str], int]

TOO_FEW = "färre än 20 har svarat på enkäten"
HIDDEN_BRANCH = "frågan ställdes bara till vissa, och hur många de är kan inte visas"
SEVERAL_BRANCHES = "frågan hänger på flera val i en fråga där man kan välja flera"


@dataclass(frozen=True, slots=True)
class Figures:
    """What may be shown of one question."""

    question: Question
    asked: int | None  # None: not shown
    cells: tuple[tuple[str, int | None], ...] = ()  # (answer or range, how many); NOBODY is last
    has_texts: bool = False  # whether free texts may be shown
    has_own_words: bool = False  # and those beside ”annat”
    why_not: str = ""  # why nothing is shown

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not self.why_not and all(number is not None for _, number in self.cells)


def figures(questionnaire: Questionnaire, counts: Counts, part: Part = Part.ANONYMOUS) -> tuple[Figures, ...]:
    """The figures of every question of the part, in order. `counts` as in urn.tally."""
    found: dict[str, Figures] = {}
    for section in questionnaire.of_part(part):
        for question in section.questions:
            found[question.key] = _figures(question, counts, found)
    return tuple(found.values())


def line(cells: Mapping[str, int]) -> dict[str, int | None]:
    """Cells that make up a known total, None for those that may not be shown.

    Whoever knows the total and that no hidden cell is 0 still finds for each hidden cell that it may be 5 or more.
    """
    hidden = {key for key, number in cells.items() if 0 < number < SMALLEST}
    while hidden and not _is_enough(cells, hidden):
        shown = [key for key, number in cells.items() if number > 0 and key not in hidden]
        if not shown:  # all of them together are too few; that some are zero would tell of the others
            return dict.fromkeys(cells)
        hidden.add(min(shown, key=lambda key: cells[key]))
    return {key: None if key in hidden else number for key, number in cells.items()}


def ticks(cells: Mapping[str, int], answered: int, asked: int, most: int | None) -> dict[str, int | None]:
    """Choices of a question with several, each a line of its own: those who chose it and those who did not.

    Those who answered chose one at least, and `most` at most: this too is arithmetic.
    """
    hidden = {
        key
        for key, number in cells.items()
        if any(0 < few < SMALLEST for few in (number, answered - number, asked - number))
    }
    while hidden:
        shown = {key: number for key, number in cells.items() if key not in hidden and number > 0}
        owed = answered - sum(shown.values())  # chosen at least among the hidden ones
        room = (most or len(cells)) * answered - sum(shown.values())  # and at most
        if not shown or (room >= SMALLEST + len(hidden) - 1 and (owed < 1 or len(hidden) > 1)):
            break
        hidden.add(min(shown, key=lambda key: shown[key]))
    return {key: None if key in hidden else number for key, number in cells.items()}


def objections(questionnaire: Questionnaire) -> tuple[Problem, ...]:
    """What could not be shown as it is declared, said before the start."""
    questions = {q.key: q for section in questionnaire.of_part(Part.ANONYMOUS) for q in section.questions}
    wrong = []
    for question in questions.values():
        if _hangs_on_several(question, questions):
            remedy = "Låt den hänga på ett av valen, eller fråga alla."
            wrong.append(Problem(questionnaire.path, f"”{question.words.sv}”: {SEVERAL_BRANCHES}, så att resultatet "
                                 "inte skulle kunna visas.", remedy, question.line))  # fmt: skip
    allowed = pairs(questionnaire)
    for pair in questionnaire.crosstabs:
        if pair not in allowed:
            names = " mot ".join(f"”{questions[key].words.sv}”" if key in questions else f"”{key}”" for key in pair)
            line_of = next((questions[key].line for key in pair if key in questions), 0)
            wrong.append(Problem(questionnaire.path, f"korstabellen {names} går inte att visa så att ingen kan räkna "
                                 "fram vad enskilda har svarat.", _PAIR_REMEDY, line_of))  # fmt: skip
    return tuple(wrong)


_PAIR_REMEDY = (
    "Korsa anonyma frågor med val eller skala som ställs till alla; en med flera val bara mot en annan fråga, "
    "och inga tabeller i ring (A mot B, B mot C, C mot A)."
)


def pairs(questionnaire: Questionnaire) -> tuple[tuple[str, str], ...]:
    """The declared cross-tables that can be shown: those that share nothing with each other but a question's own line.

    Tables in a ring would bind each other's cells by more than their margins, which nobody can look through.
    """
    asked = [q for section in questionnaire.of_part(Part.ANONYMOUS) for q in section.questions]
    can = {q.key: q for q in asked if q.condition is None and q.sort in (Sort.ONE, Sort.SCALE, Sort.SEVERAL)}
    group = {key: key for key in can}  # questions that tables tie together
    used: Counter[str] = Counter()
    found = []
    for one, other in questionnaire.crosstabs:
        if one not in can or other not in can or group[one] == group[other]:
            continue
        several = [key for key in (one, other) if can[key].sort is Sort.SEVERAL]
        if len(several) > 1 or any(used[key] for key in several):
            continue
        used.update((one, other))
        group = {key: group[one] if tie == group[other] else tie for key, tie in group.items()}
        found.append((one, other))
    return tuple(found)


def _figures(question: Question, counts: Counts, before: Mapping[str, Figures]) -> Figures:
    if counts.get(("", ""), 0) < FEWEST:
        return Figures(question, None, why_not=TOO_FEW)
    if question.condition is not None:
        above = before.get(question.condition.question)
        if above is None or _hangs_on_several(question, {above.question.key: above.question}):
            return Figures(question, None, why_not=SEVERAL_BRANCHES)
        shown = dict(above.cells)
        if any(shown.get(option) is None for option in question.condition.options):
            return Figures(question, None, why_not=HIDDEN_BRANCH)
    asked = counts.get((question.key, "*"), 0)
    if question.sort is Sort.TEXT:
        return Figures(question, asked, has_texts=True)
    cells = _cells(question, counts, asked)
    own = question.has_other and bool(dict(cells).get(OTHER))
    return Figures(question, asked, tuple(cells.items()), has_own_words=own)


def _cells(question: Question, counts: Counts, asked: int) -> dict[str, int | None]:
    answered = counts.get((question.key, ""), 0)
    if question.sort in (Sort.NUMBER, Sort.DATE):
        values = {a: n for (q, a), n in counts.items() if q == question.key and a not in ("", "*")}
        return line(ranges.of(question.sort, values, SMALLEST) | {NOBODY: asked - answered})
    numbers = {answer: counts.get((question.key, answer), 0) for answer in answers_of(question)}
    if question.sort is not Sort.SEVERAL:
        return line(numbers | {NOBODY: asked - answered})
    return ticks(numbers, answered, asked, question.most) | line({"": answered, NOBODY: asked - answered})


def _is_enough(cells: Mapping[str, int], hidden: set[str]) -> bool:
    """Whether each hidden one could be SMALLEST when all the others are 1."""
    return len(hidden) > 1 and sum(cells[key] for key in hidden) - (len(hidden) - 1) >= SMALLEST


def answers_of(question: Question) -> Sequence[str]:
    """What can be chosen, in the order of the form."""
    return [str(step) for step in scale_of(question)] if question.sort is Sort.SCALE else options_of(question)


def _hangs_on_several(question: Question, questions: Mapping[str, Question]) -> bool:
    on = question.condition
    if on is None or on.question not in questions:
        return False
    return questions[on.question].sort is Sort.SEVERAL and len(on.options) > 1
