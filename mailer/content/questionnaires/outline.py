"""The body of a survey's file as headings, and what stands below each: settings, choices, paragraphs.

Takes   the body, and the number of its first line.
Gives   Pieces in order: what stands before the first heading, then sections (#) and questions (##).
Fails   never: what is no part of a survey is a paragraph, and its reader says what is wrong with it.

Settings are the lines ”key: value” right below a heading, until an empty line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailer.content.questionnaires.wording import english_of

LONGEST_LINE = 6_000  # characters: more than any text may have, so that what is cut is named as too long
_HEADING = re.compile(r" {0,3}(#{1,6})(?!#)")
_SETTING = re.compile(r"\s{0,3}([\wåäöÅÄÖ][\w åäöÅÄÖ-]{0,39}?)\s*[:：]\s*(.*)$")
_CHOICE = re.compile(r"\s{0,8}(?:[-*+•–]|\[ ?\]|☐|\d{1,2}[.)])\s+(\S.*)$")


@dataclass(frozen=True, slots=True)
class Said:
    """A text and the line it begins on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Setting:
    """”key: value”. `key` is folded; `written` is as it stands."""

    key: str
    value: str
    line: int
    written: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A heading (level 1 a section, 2 a question, 0 what stands before them) and all below it."""

    level: int
    title: str
    line: int
    settings: tuple[Setting, ...]
    choices: tuple[Said, ...]
    paragraphs: tuple[Said, ...]


def outline(body: str, first_line: int) -> tuple[Piece, ...]:
    """The pieces of the body. Comments (<!-- … -->) are notes of the editor's."""
    lines = [line[:LONGEST_LINE] for line in _without_comments(body).split("\n")]
    return tuple(_piece(level, title, line, below) for level, title, line, below in _cut(lines, first_line))


def setting_in(line: str) -> tuple[str, str] | None:
    """(key as written, value) of a line that looks like a setting."""
    found = _SETTING.match(line)
    return (found[1], found[2].strip()) if found else None


def _without_comments(body: str) -> str:
    """The body, an empty line for each of a comment's. One that never ends is none."""
    kept = []
    rest = body
    while "<!--" in rest:
        before, _, after = rest.partition("<!--")
        comment, end, after = after.partition("-->")
        if not end:
            break
        kept += [before, "\n" * comment.count("\n")]
        rest = after
    return "".join(kept) + rest


Numbered = Sequence[tuple[int, str]]


def _cut(lines: Sequence[str], first_line: int) -> Iterator[tuple[int, str, int, Numbered]]:
    level, title, at, below = 0, "", first_line, list[tuple[int, str]]()
    for number, line in enumerate(lines, first_line):
        if found := _HEADING.match(line):
            yield level, title, at, below
            title = line[found.end() :].strip().rstrip("#").rstrip()
            level, at, below = len(found[1]), number, []
        else:
            below.append((number, line))
    yield level, title, at, below


def _piece(level: int, title: str, line: int, below: Numbered) -> Piece:
    settings, rest = _settings(below) if level else ((), below)
    choices: list[Said] = []
    paragraphs: list[Said] = []
    is_open = False  # whether the paragraph before goes on
    for number, text in rest:
        found = _CHOICE.match(text) if level == 2 else None
        english = english_of(text)
        if found:
            choices.append(Said(found[1], number))
            is_open = False
        elif choices and english is not None and number == choices[-1].line + 1 and "|" not in choices[-1].text:
            choices[-1] = Said(f"{choices[-1].text} | {english}", choices[-1].line)
        elif not text.strip():
            is_open = False
        elif is_open and english is None:
            paragraphs[-1] = Said(f"{paragraphs[-1].text}\n{text.strip()}", paragraphs[-1].line)
        else:
            paragraphs.append(Said(text.strip(), number))
            is_open = True
    return Piece(level, title, line, settings, tuple(choices), tuple(paragraphs))


def _settings(below: Numbered) -> tuple[tuple[Setting, ...], Numbered]:
    """The settings, and what is left. A line among them that is none ends them."""
    start = next((n for n, (_, text) in enumerate(below) if text.strip()), len(below))
    found: list[Setting] = []
    for n, (number, text) in enumerate(below[start:], start):
        pair = setting_in(text)
        if pair is None or english_of(text) is not None:
            return tuple(found), below[n:]
        found.append(Setting(" ".join(pair[0].casefold().split()), pair[1], number, pair[0]))
    return tuple(found), ()
