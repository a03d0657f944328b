"""A questionnaire: the question set of a survey, as its file says it.

Takes   what the reading has found.
Gives   values. Every text is in both languages; where the file has no English, the Swedish stands.
Fails   never.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mailer.languages import Language

# question -> what was answered: keys of options, the text, a number as digits, a date as 2024-02-29. ”annat” is the
# key OTHER, with the words themselves under (question + OTHER_WORDS). Nothing answered: not in it.
Answers = Mapping[str, tuple[str, ...]]
OTHER = "annat"
OTHER_WORDS = ".annat"


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    sv: str
    en: str = ""  # ””: not translated

    def say(self, language: Language) -> str:
        """The text in the language, or in Swedish."""
        return (self.en or self.sv) if language == "en" else self.sv


NO_WORDS = Words("")


class Sort(StrEnum):
    """What a question wants."""

    ONE = "one"
    SEVERAL = "several"
    SCALE = "scale"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


class Part(StrEnum):
    """How the answers of a section are kept."""

    SIGNED = "signed"  # under her name; saved as one goes
    ANONYMOUS = "anonymous"  # in the ballot box; never before the submit, never under a name
    AFTER = "after"  # under her name, on a page of its own when all else is submitted: ”Kontakta mig”


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    key: str  # of the Swedish words; stands as long as they do
    words: Words


@dataclass(frozen=True, slots=True)
class Condition:
    """The question is asked only of those who chose one of the options of an earlier question of the same part."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `least` and `most`: choices of SEVERAL, ends of SCALE and NUMBER, characters of TEXT."""

    key: str
    sort: Sort
    words: Words
    line: int  # where it stands in the file
    help: Words = NO_WORDS
    required: bool = False
    options: tuple[Option, ...] = ()
    has_other: bool = False  # whether ”annat” is among the choices, with words of one's own
    least: int | None = None
    most: int | None = None
    low: Words = NO_WORDS  # what the ends of a scale are called
    high: Words = NO_WORDS
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Questions under one heading, all kept in the same way."""

    key: str
    part: Part
    title: Words
    text: Words  # Markdown
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """An answer that asks somebody to get in touch: one of the options; without any named, whatever was answered."""

    question: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Following:
    """Who is followed up, and by whom."""

    wishes: tuple[Wish, ...]
    owner: str = ""  # of [[people]], as written; ””: the administrators'


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A survey's questions and dates. Days are the association's, `opens` and `closes` are inclusive."""

    key: str  # the file's name
    path: str
    hash: str  # of the file's bytes
    title: Words
    intro: Words  # Markdown
    opens: date
    closes: date
    freeze: date  # the members of this day are the denominator
    goal: int  # per cent
    list_key: str
    home_branch: str  # ””: all on the list
    readers: Words  # who reads the answers
    minutes: int
    sections: tuple[Section, ...]
    crosstabs: tuple[tuple[str, str], ...] = ()  # pairs of questions of the anonymous part, said before the start
    in_mail: str = ""  # the question whose choices stand in the e-mail; ””: none
    following: Following | None = None  # None: nobody is followed up

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in order."""
        return tuple(question for section in self.sections for question in section.questions)

    def of_part(self, part: Part) -> tuple[Section, ...]:
        """The sections of one part, in order."""
        return tuple(section for section in self.sections if section.part == part)

    @property
    def is_secret(self) -> bool:
        """Whether there is a ballot: any anonymous question."""
        return any(section.questions for section in self.of_part(Part.ANONYMOUS))
