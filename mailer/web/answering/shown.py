"""What the pages of a survey say: the words around the questions, and the answers to read through.

Takes   a questionnaire, answers, a language.
Gives   sentences, HTML of what an editor wrote, lines of question and answer.
Fails   never.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from mailer.content import markdown
from mailer.content.questionnaires.model import (
    OTHER,
    OTHER_WORDS,
    Answers,
    Part,
    Question,
    Questionnaire,
    Sort,
    Words,
)
from mailer.languages import Language, days, say
from mailer.surveys.answers import form
from mailer.surveys.answers.form import FormPage
from mailer.surveys.box import promise


@dataclass(frozen=True, slots=True)
class Lines:
    """The answers of one section, to read through."""

    key: str  # of its first page
    title: str
    kept: str  # how they are kept
    lines: tuple[tuple[str, str], ...]


def prose(words: Words, language: Language) -> Markup:
    """What an editor wrote, as HTML: without raw HTML, and with no heading above the page's own."""
    return Markup(markdown.html(words.say(language), top=2) if words.sv.strip() else "")  # noqa: S704 - from Markdown


def kept(page: FormPage, language: Language) -> list[str]:
    """How the answers of a page are kept; the whole of it on a section's first page."""
    if page.part is not Part.ANONYMOUS:
        return [say(language, "Svaren här sparas med ditt namn när du går vidare.")]
    unsaved = say(language, "De anonyma svaren sparas först när du skickar in, så stäng inte sidan innan dess.")
    return [promise.ANONYMOUS.say(language), unsaved] if page.key == form.section_of(page) else [unsaved]


def review(
    questionnaire: Questionnaire, parts: Sequence[Part], signed: Answers, ballot: Answers, language: Language
) -> tuple[Lines, ...]:
    """Everything that is asked, with what is answered, section by section."""
    answers = {**signed, **ballot}
    sections: dict[str, list[FormPage]] = {}
    for page in form.pages(questionnaire, parts, answers):
        if page.questions:
            sections.setdefault(form.section_of(page), []).append(page)
    return tuple(_lines(pages, answers, language) for pages in sections.values())


def _lines(pages: Sequence[FormPage], answers: Answers, language: Language) -> Lines:
    first = pages[0]
    how = say(language, "Anonymt") if first.part is Part.ANONYMOUS else say(language, "Med ditt namn")
    asked = [question for page in pages for question in page.questions]
    lines = tuple((question.words.say(language), said(question, answers, language)) for question in asked)
    return Lines(first.key, first.title.say(language), how, lines)


def said(question: Question, answers: Answers, language: Language) -> str:
    """An answer in words."""
    words = answers.get(question.key, ())
    if question.sort is Sort.DATE and words:
        return _day(words[0], language)
    if question.sort not in (Sort.ONE, Sort.SEVERAL):
        return ", ".join(words)
    names = {option.key: option.words.say(language) for option in question.options}
    own = " ".join(answers.get(question.key + OTHER_WORDS, ()))
    names[OTHER] = say(language, "Annat: %(words)s", words=own) if own else say(language, "Annat")
    return ", ".join(names.get(word, word) for word in words)


def _day(written: str, language: Language) -> str:
    try:
        return days.day(language, date.fromisoformat(written))
    except ValueError:  # it is wrong, and stands as it was typed until she mends it
        return written


def place_of(pages: Sequence[FormPage], page: FormPage) -> int:
    """Which page it is, from 1."""
    return next((n for n, one in enumerate(pages, 1) if one.key == page.key), 1)


def first_open(pages: Sequence[FormPage], signed: Answers) -> FormPage | None:
    """Where one who has begun goes on: the first page on which nothing is answered."""
    return next((page for page in pages if not any(q.key in signed for q in page.questions)), None)


def listed(titles: Sequence[str], language: Language) -> str:
    """”Om dig” och ”Vad tycker du?”."""
    quoted = [f"“{title}”" if language == "en" else f"”{title}”" for title in titles]
    if len(quoted) < 2:
        return "".join(quoted)
    return say(language, "%(first)s och %(last)s", first=", ".join(quoted[:-1]), last=quoted[-1])


def promised(questionnaire: Questionnaire, language: Language) -> list[str]:
    """What is linked to her and what is not, of each part that is asked."""
    sentences = []
    if secret := _titles(questionnaire, Part.ANONYMOUS, language):
        sentences.append(f"{secret}: {promise.ANONYMOUS.say(language)}")
    if signed := _titles(questionnaire, Part.SIGNED, language):
        sentences.append(say(language, "%(sections)s: svaren sparas med ditt namn.", sections=signed))
    return sentences


def _titles(questionnaire: Questionnaire, part: Part, language: Language) -> str:
    return listed([s.title.say(language) for s in questionnaire.of_part(part) if s.questions], language)
