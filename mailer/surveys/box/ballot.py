"""A ballot as bytes, all of a survey as long as each other, and back.

Takes   a questionnaire; the answers to its anonymous questions.
Gives   JSON with spaces behind it, up to the size that was fixed when the key was made.
Fails   TooLong, with a sentence for each text that has no room; Malformed for bytes that are no ballot of this survey.

Nothing is compressed: how far something can be would tell what it says.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from mailer.content.questionnaires.model import OTHER, OTHER_WORDS, Answers, Part, Question, Questionnaire, Sort
from mailer.surveys.answers import form
from mailer.surveys.answers.form_reading import LONGEST_NUMBER, LONGEST_OTHER, longest_of, options_of, scale_of

STEP = 256  # bytes: sizes are multiples of it
LARGEST = 512 * 1024  # bytes: what one ballot may take
BYTES_A_CHARACTER = 4  # UTF-8 (RFC 3629): whatever fits in characters fits
_NUMBER = re.compile(rf"-?[0-9]{{1,{LONGEST_NUMBER}}}")


class TooLong(ValueError):
    """Texts that have no room, question -> bytes too many."""

    def __init__(self, over: dict[str, int]) -> None:
        super().__init__("too long")
        self.over = over


class Malformed(ValueError):
    """No ballot of this survey."""


def size(questionnaire: Questionnaire) -> int:
    """Bytes that hold any answers to the anonymous questions, before sealing."""
    longest = {name: words for question in questions(questionnaire) for name, words in _longest(question)}
    room = sum(_room(question) for question in questions(questionnaire))
    return -(-(len(_written(longest)) + room) // STEP) * STEP


def questions(questionnaire: Questionnaire) -> tuple[Question, ...]:
    """The anonymous questions, in order."""
    return tuple(q for section in questionnaire.of_part(Part.ANONYMOUS) for q in section.questions)


def to_bytes(questionnaire: Questionnaire, answers: Answers, length: int) -> bytes:
    """The answers to the questions that are asked, exactly `length` bytes. TooLong; Malformed for other answers."""
    kept = form.only_asked(questionnaire, answers, Part.ANONYMOUS)
    cleaned = {name: tuple(_clean(word) for word in words) for name, words in kept.items()}
    over = {q.key: more for q in questions(questionnaire) if (more := _bytes(q, cleaned) - _room(q)) > 0}
    if over:
        raise TooLong(over)
    _require_sound(questionnaire, cleaned)
    written = _written(cleaned)
    if len(written) > length:  # the size is of other questions: the key was made before they were changed
        raise TooLong({"": len(written) - length})
    return written.ljust(length, b" ")


def from_bytes(questionnaire: Questionnaire, raw: bytes) -> dict[str, tuple[str, ...]]:
    """The answers. Malformed when anybody else's hand has been in it."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as why:
        raise Malformed("not JSON") from why
    if not isinstance(found, dict) or not all(isinstance(words, list) for words in found.values()):
        raise Malformed("not answers")
    if not all(isinstance(word, str) and "\0" not in word for words in found.values() for word in words):
        raise Malformed("not words")
    answers = {name: tuple(words) for name, words in found.items()}
    _require_sound(questionnaire, answers)
    return answers


def _require_sound(questionnaire: Questionnaire, answers: Answers) -> None:
    asked = form.asked(questionnaire, answers, Part.ANONYMOUS)
    left = set(answers)
    for question in asked:
        words = answers.get(question.key, ())
        own = answers.get(question.key + OTHER_WORDS, ())
        left -= {question.key, question.key + OTHER_WORDS}
        if not _is_sound(question, words) or len(own) > 1 or (own and OTHER not in words):
            raise Malformed(question.key)
    if left:
        raise Malformed("unknown questions")


def _is_sound(question: Question, words: tuple[str, ...]) -> bool:
    if question.sort is Sort.SEVERAL:
        return len(set(words)) == len(words) and set(words) <= set(options_of(question))
    if len(words) != 1:
        return not words
    match question.sort:
        case Sort.ONE:
            return words[0] in options_of(question)
        case Sort.SCALE:
            return words[0] in {str(step) for step in scale_of(question)}
        case Sort.NUMBER:
            return _NUMBER.fullmatch(words[0]) is not None
        case Sort.DATE:
            return _is_day(words[0])
    return True


def _is_day(word: str) -> bool:
    try:
        return date.fromisoformat(word).isoformat() == word
    except ValueError:
        return False


def _longest(question: Question) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The longest answer but for free texts, which `_room` counts."""
    match question.sort:
        case Sort.SEVERAL:
            yield question.key, options_of(question)
        case Sort.ONE:
            yield question.key, (max(options_of(question), key=len, default=""),)
        case Sort.SCALE:
            yield question.key, (max((str(step) for step in scale_of(question)), key=len),)
        case Sort.NUMBER:
            yield question.key, ("-" + "9" * LONGEST_NUMBER,)
        case Sort.DATE:
            yield question.key, ("2024-02-29",)
        case Sort.TEXT:
            yield question.key, ("",)
    if question.has_other:
        yield question.key + OTHER_WORDS, ("",)


def _room(question: Question) -> int:
    """Bytes for her own words."""
    own = LONGEST_OTHER if question.has_other else 0
    return BYTES_A_CHARACTER * (own + (longest_of(question) if question.sort is Sort.TEXT else 0))


def _bytes(question: Question, answers: Answers) -> int:
    text = answers.get(question.key, ()) if question.sort is Sort.TEXT else ()
    return sum(len(_written(word)) - 2 for word in (*text, *answers.get(question.key + OTHER_WORDS, ())))


def _clean(word: str) -> str:
    """Without characters that nobody types; those would take more bytes than they have been given, or break a page."""
    lines = word.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
