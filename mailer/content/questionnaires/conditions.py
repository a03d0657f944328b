"""”visas om: aktiv = Ja, Kanske”: on which earlier answer a question hangs.

Takes   the setting, the questions before it with the part of each, all questions there are.
Gives   a Condition; None when it cannot be one, which is noted.
Fails   never.

A question hangs on one of its own part. A signed question that only those get who chose something in the anonymous part
would tell what they chose, and the other way round a ballot's blanks would tell who it was.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailer.content.questionnaires.found import Found, meant, short
from mailer.content.questionnaires.model import OTHER, Condition, Part, Question, Sort
from mailer.content.questionnaires.outline import Setting
from mailer.content.questionnaires.questions import CHOOSING
from mailer.content.questionnaires.wording import slug

LONGEST = 1_000  # characters of a condition
MOST_COMMAS = 8  # in one choice
_EXAMPLE = "Skriv till exempel visas om: aktiv = Ja, Kanske"
_RANGE = re.compile(r"(\d{1,3})\s*[–—-]\s*(\d{1,3})")
_QUOTES = "”“„\"'’»« "
PART_WORDS = {
    Part.SIGNED: "en fråga med namn",
    Part.ANONYMOUS: "en anonym fråga",
    Part.AFTER: "en fråga i kontaktdelen",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A question and how its answer is kept."""

    question: Question
    part: Part


def read_condition(
    setting: Setting, mine: Placed, before: Sequence[Placed], everything: Mapping[str, Placed], found: Found
) -> Condition | None:
    """The condition of the question `mine`."""
    key, equals, value = setting.value.partition("=")
    key = slug(key.strip(_QUOTES))
    if not equals or not key or not value.strip() or len(value) > LONGEST:
        found.wrong(setting.line, "villkoret går inte att förstå.", _EXAMPLE)
        return None
    asked = next((p for p in before if p.question.key == key), None)
    if asked is None:
        found.wrong(setting.line, *_missing(key, mine, before, everything))
        return None
    if asked.part != mine.part and {key, mine.question.key}.isdisjoint(found.unclear):
        what = f"”{key}” är {PART_WORDS[asked.part]} och den här är {PART_WORDS[mine.part]}."
        remedy = "En fråga kan bara bero på en fråga av samma slag, annars röjer den vad någon svarade."
        found.wrong(setting.line, what, remedy)
        return None
    options = _options(value, asked.question, setting.line, found)
    return Condition(key, options) if options else None


def options_named(value: str, question: Question, line: int, found: Found) -> tuple[str, ...]:
    """The keys of the options that are written: ”Ja, Kanske”. () when one of them is none, which is noted."""
    return _options(value, question, line, found)


def _missing(key: str, mine: Placed, before: Sequence[Placed], everything: Mapping[str, Placed]) -> tuple[str, str]:
    if key == mine.question.key:
        return "frågan beror på sig själv.", "Skriv nyckeln till en fråga som står tidigare."
    if key in everything:
        return f"frågan ”{key}” kommer senare.", "Flytta den dit, eller ta bort villkoret."
    keys = [p.question.key for p in before if "." not in p.question.key]
    remedy = f"De som står före är: {', '.join(keys)}." if keys else "Ingen fråga står före. Ta bort villkoret."
    return f"ingen fråga har nyckeln ”{short(key)}”.", meant(key, keys, remedy)


def _options(value: str, question: Question, line: int, found: Found) -> tuple[str, ...]:
    """The keys of the options that are named. An option may have commas in it: as many parts as fit are taken."""
    if question.key in found.unclear:
        return ()
    if question.sort == Sort.SCALE:
        return _steps(value, question, line, found)
    if question.sort not in CHOOSING:
        remedy = "Bara frågor med val eller skala kan styra vad som visas."
        found.wrong(line, f"”{question.key}” har inga val att bero på.", remedy)
        return ()
    known = {option.key for option in question.options} | ({OTHER} if question.has_other else set())
    parts = value.split(",")
    chosen: list[str] = []
    at = 0
    while at < len(parts):
        longest = min(len(parts) - at, MOST_COMMAS)
        length = next((n for n in range(longest, 0, -1) if _key(parts[at : at + n]) in known), 0)
        if not length:
            words = [option.words.sv for option in question.options]
            remedy = meant(parts[at].strip(_QUOTES), words, f"Valen är: {', '.join(words)}.")
            found.wrong(line, f"”{short(parts[at].strip(_QUOTES))}” är inget val i ”{question.key}”.", remedy)
            return ()
        chosen.append(_key(parts[at : at + length]))
        at += length
    return tuple(dict.fromkeys(chosen))


def _key(parts: Sequence[str]) -> str:
    return slug(",".join(parts).strip(_QUOTES))


def _steps(value: str, question: Question, line: int, found: Found) -> tuple[str, ...]:
    least, most = question.least or 0, question.most or 0
    steps: list[int] = []
    for part in value.split(","):
        pair = _RANGE.fullmatch(part.strip())
        if pair:
            steps += range(int(pair[1]), int(pair[2]) + 1)
        elif part.strip().isdecimal() and len(part.strip()) <= 3:
            steps.append(int(part.strip()))
        else:
            steps.append(-1)
    if not steps or any(not least <= step <= most for step in steps):
        remedy = f"Skriv steg från {least} till {most}, till exempel {question.key} = {least}, {least + 1}"
        found.wrong(line, f"”{short(value)}” är inga steg på skalan.", remedy)
        return ()
    return tuple(dict.fromkeys(str(step) for step in steps))
