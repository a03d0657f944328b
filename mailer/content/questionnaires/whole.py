"""A survey's file as a whole: cut, read, put together, checked.

Takes   its path relative to content/, and its bytes.
Gives   a Reading: the Questionnaire when nothing stops it; errors; remarks.
Fails   never.
"""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from mailer.content import frontmatter
from mailer.content.fields import Fields
from mailer.content.questionnaires import checks, remarks
from mailer.content.questionnaires.conditions import Placed, read_condition
from mailer.content.questionnaires.following import read_following
from mailer.content.questionnaires.found import Found, capped
from mailer.content.questionnaires.head import KEYS, Head, read_head
from mailer.content.questionnaires.model import Part, Questionnaire, Section, Words
from mailer.content.questionnaires.outline import Piece, outline
from mailer.content.questionnaires.place import KEY, PLAN_SUFFIX, SUFFIX
from mailer.content.questionnaires.questions import Draft, read_question
from mailer.content.questionnaires.sections import read_section, read_text
from mailer.content.source import where
from mailer.content.text import decode
from mailer.errors import EditorError, Problem

LARGEST = 256 * 1024  # bytes; `folder.LARGEST` is the same
MOST_PIECES = 200  # headings that are looked at
NO_HEAD = "Överst står --- , en uppgift per rad (rubrik: …), och --- igen. Se mailer survey new."


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says. `questionnaire`: None when there are errors. `remarks`: what works but may not be meant."""

    questionnaire: Questionnaire | None
    errors: tuple[Problem, ...]
    remarks: tuple[Problem, ...] = ()


def read_questionnaire(path: str, raw: bytes) -> Reading:
    """The file, read."""
    found = Found(where(path))
    if len(raw) > LARGEST:
        remedy = "En enkät är frågor. Lägg bilder och bilagor på hemsidan."
        return _stopped(found, f"filen är större än {LARGEST // 1024} kB.", remedy)
    try:
        text = decode(raw, found.where)
    except EditorError as wrong:
        return Reading(None, wrong.problems)
    if not text.strip():
        return _stopped(found, "filen är tom.", "Gör en att börja med: mailer survey new NYCKEL")
    document, wrong_head = frontmatter.split(text, found.where, KEYS)
    found.errors.extend(wrong_head)
    if not document.fields and not wrong_head:
        found.wrong(1, "enkäten har inget huvud.", NO_HEAD)
    head = read_head(document, found)
    pieces = outline(document.body, document.line_of_body)
    if len(pieces) > MOST_PIECES:
        return _stopped(found, f"enkäten har {len(pieces)} rubriker.", "Dela den. Ingen svarar på så mycket.")
    intro, sections = _sections(pieces, found)
    made = _whole(path, raw, head, intro, sections, found)
    fields = Fields(document, found.where, made.opens, found.errors)
    made = dataclasses.replace(made, following=read_following(fields, made, found))
    checks.check(made, head.lines, found)
    if found.errors:
        return Reading(None, capped(found.errors, found.where), capped(found.remarks, found.where))
    remarks.add(made, head.lines, found)
    return Reading(made, (), capped(found.remarks, found.where))


def _stopped(found: Found, what: str, remedy: str) -> Reading:
    return Reading(None, (Problem(found.where, what, remedy),))


def _whole(path: str, raw: bytes, head: Head, intro: Words, sections: Sequence[Section], found: Found) -> Questionnaire:
    name = path.rpartition("/")[2]
    key = name.removesuffix(PLAN_SUFFIX).removesuffix(SUFFIX).casefold()
    if not KEY.fullmatch(key):
        remedy = "Bara små bokstäver, siffror och bindestreck, högst 64 tecken, till exempel medlemsenkat-2024.md"
        found.wrong(0, "filens namn går inte att använda.", remedy)
    return Questionnaire(
        key, where(path), hashlib.sha256(raw).hexdigest(), head.title, intro,
        head.opens, head.closes, head.freeze, head.goal, head.list_key, head.home_branch, head.readers, head.minutes,
        tuple(sections), head.crosstabs, head.in_mail,
    )  # fmt: skip


def _sections(pieces: Sequence[Piece], found: Found) -> tuple[Words, tuple[Section, ...]]:
    """The intro, and the sections with their questions."""
    intro = Words("")
    drafts: list[tuple[Section, int, list[Draft]]] = []
    for piece in pieces:
        if piece.level == 0:
            intro = read_text(piece, found)
        elif piece.level == 1:
            drafts.append((read_section(piece, found), piece.line, []))
        elif piece.level > 2:
            remedy = "# är en del av enkäten och ## en fråga. Annan text står utan #."
            found.wrong(piece.line, f"rubriken har {piece.level} #.", remedy)
        elif not drafts:
            remedy = "Skriv en rad som # Om dig och en som svar: med namn före den första frågan."
            found.wrong(piece.line, "frågan står inte i någon del.", remedy)
            drafts.append((Section("", Part.SIGNED, Words("-"), Words(""), ()), 0, [read_question(piece, found)]))
            found.unclear.add(drafts[-1][2][0].question.key)
        else:
            drafts[-1][2].append(read_question(piece, found))
    _check_sections(drafts, found)
    return intro, _put_together(drafts, found)


def _check_sections(drafts: Sequence[tuple[Section, int, list[Draft]]], found: Found) -> None:
    seen: dict[str, int] = {}
    for section, line, questions in drafts:
        if not line:
            continue
        if not questions:
            found.wrong(line, f"delen ”{section.title.sv}” har inga frågor.", "Skriv en rad som börjar med ##.")
        if section.key in seen:
            what = f"en del med rubriken ”{section.title.sv}” står redan på rad {seen[section.key]}."
            found.wrong(line, what, "Ge en av dem en annan rubrik.")
        seen.setdefault(section.key, line)


def _put_together(drafts: Sequence[tuple[Section, int, list[Draft]]], found: Found) -> tuple[Section, ...]:
    """The sections, each question with its condition."""
    everything: dict[str, Placed] = {}
    for section, _, questions in drafts:
        for draft in questions:
            key = draft.question.key
            if key in everything:
                line = everything[key].question.line
                remedy = "En nyckel är en fråga. Ge den ena en annan."
                found.wrong(draft.line_of_key, f"nyckeln ”{key}” har redan frågan på rad {line}.", remedy)
            everything.setdefault(key, Placed(draft.question, section.part))
    before: list[Placed] = []
    made = []
    for section, _, questions in drafts:
        whole = []
        for draft in questions:
            mine = Placed(draft.question, section.part)
            said = draft.condition
            condition = read_condition(said, mine, before, everything, found) if said else None
            before.append(mine)
            whole.append(dataclasses.replace(draft.question, condition=condition))
        made.append(dataclasses.replace(section, questions=tuple(whole)))
    return tuple(made)
