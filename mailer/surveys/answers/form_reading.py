"""What was typed into a form, read as answers.

Takes   questions, and the fields as they were posted.
Gives   the answers, in the one way they are kept; a sentence about each that is none.
Fails   never: an answer that is wrong comes back as it was typed, so that the form can show it again.

A field is called ”q.KEY”, each box of a question with several ”q.KEY.OPTION”, and the words of ”annat” ”w.KEY”.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from mailer.content.dates import Unreadable, parse_date
from mailer.content.questionnaires.model import OTHER, OTHER_WORDS, Question, Sort
from mailer.languages import Language, say

LONGEST_TEXT = 2000  # characters, where the question says nothing
LONGEST_OTHER = 200  # characters of one's own words beside ”annat”
LONGEST_NUMBER = 12  # digits
LOWEST, HIGHEST = 1, 5  # the ends of a scale that says nothing

Fields = Mapping[str, str | Sequence[str]]
Found = tuple[tuple[str, ...], str]  # the answer, and what is wrong with it
_YEAR = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
_GAPS = re.compile(r"[\s\u00a0\u202f'’]+")
_NEAR = date(2024, 1, 1)  # never asked for: a date without a year is no answer


def field_of(question: Question, option: str = "") -> str:
    """The name of the question's field, or of one of its boxes."""
    return f"q.{question.key}.{option}" if option else f"q.{question.key}"


def words_field_of(question: Question) -> str:
    """The name of the field for one's own words beside ”annat”."""
    return f"w.{question.key}"


def read(
    questions: Sequence[Question], fields: Fields, language: Language = "sv"
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """(answers, question -> what is wrong). Whether an answer is required is not asked here: see `form.missing`."""
    answers: dict[str, tuple[str, ...]] = {}
    wrong: dict[str, str] = {}
    for question in questions:
        own = _first(fields.get(words_field_of(question), "")) if question.has_other else ""
        words, why = _READERS[question.sort](question, _typed(question, fields, own), language)
        if question.has_other:
            words, own_why = _with_own_words(question, words, own, language)
            why = why or own_why
        if words:
            answers[question.key] = words
        if own and OTHER in words:
            answers[question.key + OTHER_WORDS] = (own,)
        if why:
            wrong[question.key] = why
    return answers, wrong


def options_of(question: Question) -> tuple[str, ...]:
    """The keys of everything that can be chosen."""
    return tuple(option.key for option in question.options) + ((OTHER,) if question.has_other else ())


def scale_of(question: Question) -> range:
    """The steps of a scale."""
    least = LOWEST if question.least is None else question.least
    return range(least, (HIGHEST if question.most is None else question.most) + 1)


def longest_of(question: Question) -> int:
    """How many characters a text may have."""
    return question.most or LONGEST_TEXT


def _typed(question: Question, fields: Fields, own: str) -> tuple[str, ...]:
    """What was typed or ticked, in the order of the options; a list under the question's own name will do too. Own
    words tick ”annat” by themselves, where there is room for more than one."""
    given = fields.get(field_of(question), "")
    listed = [given] if isinstance(given, str) else list(given)
    if question.sort is Sort.SEVERAL:
        boxes = [option for option in options_of(question) if fields.get(field_of(question, option))]
        order = {option: n for n, option in enumerate(options_of(question))}
        chosen = dict.fromkeys([*boxes, *listed, *([OTHER] if own else [])])
        listed = sorted(chosen, key=lambda option: order.get(option, len(order)))
    return tuple(word.strip() for word in listed if word.strip())


def _first(given: str | Sequence[str]) -> str:
    return (given if isinstance(given, str) else "".join(given[:1])).strip()


def _one(question: Question, typed: tuple[str, ...], language: Language) -> Found:
    chosen = typed[:1]
    if chosen and chosen[0] not in options_of(question):
        return (), say(language, "Välj ett av svaren.")
    return chosen, ""


def _several(question: Question, typed: tuple[str, ...], language: Language) -> Found:
    known = tuple(word for word in typed if word in options_of(question))
    if len(known) < len(typed):
        return known, say(language, "Välj bland svaren.")
    if known and question.least is not None and len(known) < question.least:
        return known, say(language, "Välj minst %(least)s. Du har valt %(number)s.", least=question.least,
                          number=len(known))  # fmt: skip
    if question.most is not None and len(known) > question.most:
        return known, say(language, "Välj högst %(most)s. Du har valt %(number)s.", most=question.most,
                          number=len(known))  # fmt: skip
    return known, ""


def _scale(question: Question, typed: tuple[str, ...], language: Language) -> Found:
    steps = scale_of(question)
    if typed and typed[0] not in {str(step) for step in steps}:
        return (), say(language, "Välj ett tal från %(least)s till %(most)s.", least=steps[0], most=steps[-1])
    return typed[:1], ""


def _number(question: Question, typed: tuple[str, ...], language: Language) -> Found:
    if not typed:
        return (), ""
    # ”1 200” and ”1200,0” are the same whole number; ”12,5” is none, and is not rounded for anybody.
    tight = _GAPS.sub("", typed[0]).replace("−", "-")  # the minus sign of typographers
    found = re.fullmatch(rf"([+-]?[0-9]{{1,{LONGEST_NUMBER}}})(?:[.,]0*)?", tight)
    if not found or not found[1].isascii():
        return typed[:1], say(language, "Skriv ett helt tal med siffror, till exempel 3.")
    number = int(found[1])
    least, most = question.least, question.most
    if (least is not None and number < least) or (most is not None and number > most):
        return typed[:1], _bounds(least, most, language)
    return (str(number),), ""


def _bounds(least: int | None, most: int | None, language: Language) -> str:
    if least is None:
        return say(language, "Talet får vara högst %(most)s.", most=most)
    if most is None:
        return say(language, "Talet ska vara minst %(least)s.", least=least)
    return say(language, "Talet ska vara från %(least)s till %(most)s.", least=least, most=most)


def _date(_question: Question, typed: tuple[str, ...], language: Language) -> Found:
    if not typed:
        return (), ""
    try:
        if _YEAR.search(typed[0]):
            return (parse_date(typed[0], _NEAR).isoformat(),), ""
    except Unreadable:
        pass  # the sentence below says it in the reader's language
    return typed[:1], say(language, "Det går inte att läsa som ett datum. Skriv det som 2024-02-29, med året först.")


def _text(question: Question, typed: tuple[str, ...], language: Language) -> Found:
    if not typed:
        return (), ""
    most, length = longest_of(question), len(typed[0])
    if length > most:
        return typed[:1], say(language, "Texten är %(over)s tecken för lång. Den får ha högst %(most)s.",
                              over=length - most, most=most)  # fmt: skip
    if question.least is not None and length < question.least:
        return typed[:1], say(language, "Skriv minst %(least)s tecken.", least=question.least)
    return typed[:1], ""


_READERS: Mapping[Sort, Callable[[Question, tuple[str, ...], Language], Found]] = {
    Sort.ONE: _one,
    Sort.SEVERAL: _several,
    Sort.SCALE: _scale,
    Sort.NUMBER: _number,
    Sort.DATE: _date,
    Sort.TEXT: _text,
}


def _with_own_words(question: Question, words: tuple[str, ...], own: str, language: Language) -> Found:
    """Own words say ”annat” by themselves; beside another choice, where one is all there is room for, a person says
    which she means."""
    if own and OTHER not in words:
        if words:
            return words, say(language, "Du har valt ett svar och skrivit ett eget. Välj ”Annat”, eller ta bort "
                              "det du skrev.")  # fmt: skip
        words = (OTHER,)
    if OTHER in words and not own:
        return words, say(language, "Skriv några ord vid ”Annat”.")
    if len(own) > LONGEST_OTHER:
        return words, say(language, "Det du skrev vid ”Annat” är %(over)s tecken för långt. Det får ha högst "
                          "%(most)s.", over=len(own) - LONGEST_OTHER, most=LONGEST_OTHER)  # fmt: skip
    return words, ""
