"""The form of a survey, without anything that shows it: which questions on which page, and what is still missing.

Takes   a questionnaire, the parts that are answered here, what has been answered.
Gives   pages of questions; the questions that are asked; those that still want an answer; the fields a form carries.
Fails   never.

Branches are followed here, not in the reader's browser: a question stands on a page after the one it hangs on.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mailer.content.questionnaires.model import (
    NO_WORDS,
    OTHER,
    OTHER_WORDS,
    Answers,
    Part,
    Question,
    Questionnaire,
    Section,
    Sort,
    Words,
)
from mailer.surveys.answers.form_reading import field_of, read, words_field_of

__all__ = [
    "FormPage", "asked", "carried", "is_blank", "merged", "missing", "only_asked", "pages", "read", "section_of",
    "sound",
]  # fmt: skip

Parts = Part | Collection[Part]


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page: questions of one section. `key` stands whatever is answered: the section's, and which cut of it."""

    key: str
    part: Part
    title: Words
    text: Words  # the section's, on its first page
    questions: tuple[Question, ...]


def pages(questionnaire: Questionnaire, parts: Parts, answers: Answers) -> tuple[FormPage, ...]:
    """The pages in order, with the questions that are asked of one who has answered so. A page without any is left
    out, unless its section has words of its own and no questions at all."""
    asks = {question.key for question in asked(questionnaire, answers, parts)}
    return tuple(page for section in _of(questionnaire, parts) for page in _pages(section, asks))


def section_of(page: FormPage) -> str:
    """The key of the section it is a page of."""
    return page.key.partition(".")[0]


def asked(questionnaire: Questionnaire, answers: Answers, parts: Parts) -> tuple[Question, ...]:
    """The questions whose conditions hold, in order. One that hangs on a question which is not asked is not either."""
    found: dict[str, Question] = {}
    for section in _of(questionnaire, parts):
        for question in section.questions:
            on = question.condition
            if on is None or (on.question in found and set(answers.get(on.question, ())) & set(on.options)):
                found[question.key] = question
    return tuple(found.values())


def missing(questionnaire: Questionnaire, answers: Answers, parts: Parts) -> tuple[str, ...]:
    """The questions that are asked, want an answer and have none."""
    return tuple(q.key for q in asked(questionnaire, answers, parts) if q.required and not answers.get(q.key))


def is_blank(answers: Answers) -> bool:
    """Whether nothing at all is answered. A blank submit is no response."""
    return not any(any(word.strip() for word in words) for words in answers.values())


def only_asked(questionnaire: Questionnaire, answers: Answers, parts: Parts) -> dict[str, tuple[str, ...]]:
    """The answers to questions that are asked: what was answered on a branch that was left is dropped."""
    return _of_questions(asked(questionnaire, answers, parts), answers)


def merged(before: Answers, questions: Collection[Question], now: Answers) -> dict[str, tuple[str, ...]]:
    """What was answered before, with these questions answered anew: one that is not in `now` has no answer any more."""
    gone = {name for question in questions for name in (question.key, question.key + OTHER_WORDS)}
    return {name: words for name, words in before.items() if name not in gone} | _of_questions(questions, now)


def sound(answers: Answers, wrong: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The answers without those that `read` had a sentence about."""
    return {name: words for name, words in answers.items() if name.removesuffix(OTHER_WORDS) not in wrong}


def carried(questions: Collection[Question], answers: Answers) -> tuple[tuple[str, str], ...]:
    """The (name, value) of the fields that `read` would read these answers from."""
    return tuple(field for question in questions for field in _fields(question, answers))


def _fields(question: Question, answers: Answers) -> Iterator[tuple[str, str]]:
    words = answers.get(question.key, ())
    if question.sort is Sort.SEVERAL:
        yield from ((field_of(question, word), "yes") for word in words)
    else:
        yield from ((field_of(question), word) for word in words)
    if question.has_other and OTHER in words:
        yield from ((words_field_of(question), own) for own in answers.get(question.key + OTHER_WORDS, ()))


def _of(questionnaire: Questionnaire, parts: Parts) -> tuple[Section, ...]:
    wanted = {parts} if isinstance(parts, Part) else set(parts)
    return tuple(section for section in questionnaire.sections if section.part in wanted)


def _of_questions(questions: Collection[Question], answers: Answers) -> dict[str, tuple[str, ...]]:
    names = [name for question in questions for name in (question.key, question.key + OTHER_WORDS)]
    return {name: tuple(answers[name]) for name in names if answers.get(name)}


def _pages(section: Section, asks: Collection[str]) -> Iterator[FormPage]:
    if not section.questions and section.text.sv:
        yield FormPage(section.key, section.part, section.title, section.text, ())
    is_first = True
    for n, cut in enumerate(_cuts(section)):
        if questions := tuple(question for question in cut if question.key in asks):
            key = section.key if n == 0 else f"{section.key}.{n + 1}"
            yield FormPage(key, section.part, section.title, section.text if is_first else NO_WORDS, questions)
            is_first = False


def _cuts(section: Section) -> list[list[Question]]:
    """The section's questions, cut before each that hangs on one of the same page."""
    cuts: list[list[Question]] = []
    for question in section.questions:
        on = question.condition
        if not cuts or (on is not None and on.question in {earlier.key for earlier in cuts[-1]}):
            cuts.append([])
        cuts[-1].append(question)
    return cuts
