"""Whether words that somebody wrote are an answer to a question, and which.

Takes   a question and the words.
Gives   a Fit, or None.
Fails   never.

What counts is the words of a choice and politeness around them: ”Ja tack!”, ”Yes please”, ”Nej, tyvärr”. A ”ja” or a
”nej” is the one choice that begins so. Numbers are numbers, days have their year; words of one's own need a label.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from mailer.content.dates import Unreadable, parse_date
from mailer.content.questionnaires.model import OTHER, OTHER_WORDS, Option, Question, Sort

LONGEST = 2_000  # characters that are looked at
_WORD = re.compile(r"[\wåäöÅÄÖ]+")
_POLITE = frozenset(
    "tack gärna absolut visst självklart såklart javisst jättegärna tyvärr det vill jag svarar svar svaret mitt är för "
    "min del så mycket hej please thanks thank you my answer is i would like to sure of course sorry and och jag "
    "mvh hälsningar vänliga bästa regards kind best hi hello".split()
)
_YES, _NO = frozenset(("ja", "yes", "japp", "jo")), frozenset(("nej", "no", "nä", "nope"))
_NEGATIVE = _NO | frozenset(("inte", "not", "ej"))
_GREETING = re.compile(
    r"(?i)^\W*(?:hej\w*|hejsan|hallå|god (?:morgon|dag|kväll)|goddag|tja|hi|hello|dear\b.*|kära\b.*|bästa\b.*|tack för "
    r"(?:mejlet|enkäten|påminnelsen)|thanks for (?:the|your) (?:mail|e-mail|reminder|survey))(?:[ ,]+\w+){0,4}\W*$"
)
_NUMBER = re.compile(
    r"(?:ca|cirka|ungefär|about|around)?\s*(\d{1,7})(?:\s*(?:st|timmar?|tim|h|hours?|år|%))?\s*[.!]*$", re.I
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_BETWEEN = re.compile(r"\s*[,;\n/+&]\s*|\s+(?:och|samt|and)\s+", re.I)
_OTHER = re.compile(r"(?:annat|annan|other)\s*[:=–-]\s*(\S.*)$", re.I | re.S)


@dataclass(frozen=True, slots=True)
class Fit:
    """An answer. `words`: of ”annat”, under their own key."""

    answer: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def is_greeting(line: str) -> bool:
    """Whether a line only says hello."""
    return bool(_GREETING.match(line))


def fit(question: Question, said: str, is_labelled: bool) -> Fit | None:
    """The answer that the words are. `is_labelled`: they say which question they answer."""
    said = said.strip()[:LONGEST]
    if not said:
        return None
    if question.sort in (Sort.ONE, Sort.SEVERAL):
        return _chosen(question, said)
    if not is_labelled:
        return None
    if question.sort is Sort.DATE:
        return _day(said)
    if question.sort is Sort.TEXT:
        return Fit((said[: question.most],)) if len(said) <= (question.most or LONGEST) else None
    found = _NUMBER.match(said)
    number = int(found[1]) if found else None
    least, most = question.least or 0, question.most
    if number is None or number < least or (most is not None and number > most):
        return None
    return Fit((str(number),))


def _day(said: str) -> Fit | None:
    """A day with its year: which 1 April she means is not ours to say."""
    said = said.rstrip(".! ")
    if not _YEAR.search(said):
        return None
    try:
        return Fit((parse_date(said, date(2000, 1, 1)).isoformat(),))
    except Unreadable:
        return None


def _chosen(question: Question, said: str) -> Fit | None:
    if question.has_other and (found := _OTHER.match(said)):
        return Fit((OTHER,), {question.key + OTHER_WORDS: (found[1].strip(),)})
    if one := _option(question.options, said):
        return Fit((one.key,))
    if question.sort is Sort.ONE:
        return None
    parts = [part for part in _BETWEEN.split(said.rstrip(". !")) if part]
    several = [_option(question.options, part) for part in parts]
    if not several or any(one is None for one in several):
        return None
    return Fit(tuple(dict.fromkeys(one.key for one in several if one)))


def _option(options: Sequence[Option], said: str) -> Option | None:
    """The one choice that the words are, with nothing beside it but politeness."""
    tokens = [word.casefold() for word in _WORD.findall(said)]
    if not tokens or len(tokens) > 40:
        return None
    found = {o.key: o for o in options for words in (o.words.sv, o.words.en) if words and _is_said(words, tokens)}
    if len(found) > 1:  # the choice ”Ja gärna” has the choice ”Ja” and a politeness in it
        whole = [o for o in found.values() if _same(o, tokens)]
        found = {o.key: o for o in whole} if len(whole) == 1 else {}
    if found:
        return next(iter(found.values())) if len(found) == 1 else None
    bare = [token for token in tokens if token not in _POLITE]
    if len(bare) == 1 and bare[0] in _YES | _NO:
        return _that_begins(options, _YES if bare[0] in _YES else _NEGATIVE)
    return None


def _same(option: Option, tokens: Sequence[str]) -> bool:
    return any(_tokens(words) == list(tokens) for words in (option.words.sv, option.words.en) if words)


def _is_said(words: str, tokens: Sequence[str]) -> bool:
    """Whether the choice's words stand there, one after the other, and all else is politeness."""
    wanted = _tokens(words)
    starts = [n for n in range(len(tokens) - len(wanted) + 1) if list(tokens[n : n + len(wanted)]) == wanted]
    if not wanted or not starts:
        return False
    rest = [*tokens[: starts[0]], *tokens[starts[0] + len(wanted) :]]
    polite = _POLITE | (_NO if wanted[0] in _NEGATIVE else _YES if wanted[0] in _YES else frozenset())
    return all(word in polite for word in rest)


def _that_begins(options: Sequence[Option], words: frozenset[str]) -> Option | None:
    """The only choice whose first word is one of these."""
    found = [o for o in options for text in (o.words.sv, o.words.en) if text and (_tokens(text) or [""])[0] in words]
    unique = {o.key: o for o in found}
    return next(iter(unique.values())) if len(unique) == 1 else None


def _tokens(words: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(words)]
