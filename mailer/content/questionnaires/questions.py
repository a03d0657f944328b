"""One question of a survey's file: its heading, its settings, its choices and its help.

Takes   a Piece of level 2.
Gives   a Draft: the Question without its condition, and the condition as it is written; what is wrong is noted.
Fails   never.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailer.content import markdown
from mailer.content.questionnaires.found import Found, meant, short
from mailer.content.questionnaires.model import NO_WORDS, OTHER, Option, Question, Sort, Words
from mailer.content.questionnaires.outline import Piece, Said, Setting, setting_in
from mailer.content.questionnaires.sorts import Want, read_want
from mailer.content.questionnaires.wording import foreign_letter, of_paragraphs, slug

# As written -> the name we use.
KEYS = {
    "nyckel": "nyckel", "key": "nyckel",
    "typ": "typ", "type": "typ", "svarstyp": "typ",
    "obligatorisk": "obligatorisk", "required": "obligatorisk", "måste besvaras": "obligatorisk",
    "visas om": "visas om", "show if": "visas om", "visas bara om": "visas om", "villkor": "visas om",
    "annat": "annat", "other": "annat", "eget svar": "annat",
}  # fmt: skip
LONGEST_QUESTION, LONGEST_CHOICE, LONGEST_HELP, LONGEST_END = 300, 120, 1_000, 60  # characters
MOST_CHOICES = 30
_YES, _NO = ("ja", "yes", "x", "sant", "true"), ("nej", "no", "falskt", "false", "")
_END = re.compile(r"(\d{1,3})(?: betyder| är| means)?")
CHOOSING = (Sort.ONE, Sort.SEVERAL)


@dataclass(frozen=True, slots=True)
class Draft:
    """A question; its condition is read when all questions are known."""

    question: Question
    condition: Setting | None
    line_of_key: int


def read_question(piece: Piece, found: Found) -> Draft:
    """The question. One that is wrong is there all the same, so that others may name it."""
    words = found.words(piece.line, piece.title, "frågan", LONGEST_QUESTION)
    if not words.sv:
        found.wrong(piece.line, "frågan har inga ord.", "Skriv frågan efter ##, på samma rad.")
    settings = _settings(piece, found)
    before = len(found.errors)
    ends = {int(key): s for key, s in settings.items() if key.isdigit()}
    want = _want(piece, settings, found)
    required, has_other = (_yes(settings, key, found) for key in ("obligatorisk", "annat"))
    options = _options(piece, want, has_other, found)
    low, high = _ends(want, ends, found) if len(found.errors) == before else (NO_WORDS, NO_WORDS)
    is_unclear = len(found.errors) > before
    key, line_of_key = _key(piece, words, settings, found)
    question = Question(
        key, want.sort, words, piece.line, _help(piece, found), required, options, has_other,
        want.least, want.most, low, high,
    )  # fmt: skip
    if is_unclear:
        found.unclear.add(key)
    _check_bounds(question, settings, found)
    return Draft(question, settings.get("visas om"), line_of_key)


def _settings(piece: Piece, found: Found) -> dict[str, Setting]:
    """The settings by the names we use; the ends of a scale by their numbers."""
    known: dict[str, Setting] = {}
    for setting in piece.settings:
        end = _END.fullmatch(setting.key)
        key = str(int(end[1])) if end else KEYS.get(setting.key)
        if key is None:
            remedy = f"Det som finns är: {', '.join(dict.fromkeys(KEYS.values()))}. En hjälptext har en tom rad före."
            found.wrong(setting.line, f"okänd uppgift ”{short(setting.written)}”.", meant(setting.key, KEYS, remedy))
        elif key in known:
            what = f"”{short(setting.written)}” står redan på rad {known[key].line}."
            found.wrong(setting.line, what, "Ta bort en av raderna.")
        else:
            known[key] = setting
    return known


def _key(piece: Piece, words: Words, settings: Mapping[str, Setting], found: Found) -> tuple[str, int]:
    said = settings.get("nyckel")
    key = slug(said.value) if said else ""
    line = said.line if said else piece.line
    if said and (foreign := foreign_letter(said.value)):
        remedy = "Det liknar en vanlig bokstav men är en annan. Skriv om nyckeln på tangentbordet."
        found.wrong(line, f"nyckeln ”{short(said.value)}” har tecknet ”{foreign}”.", remedy)
    if not key:
        if words.sv:
            remedy = f"Skriv till exempel nyckel: {slug(words.sv)} på raden under. Den ska stå kvar när orden rättas."
            found.wrong(line, f"frågan ”{short(words.sv)}” har ingen nyckel.", remedy)
        return f"{slug(words.sv)}.{piece.line}", line  # a point: no key that anybody wrote
    return key, line


def _want(piece: Piece, settings: Mapping[str, Setting], found: Found) -> Want:
    said = settings.get("typ")
    want = read_want(said.value if said else "")
    if isinstance(want, Want):
        return want
    late = next((p for p in piece.paragraphs if said is None and _is_late(p)), None)
    if late:
        what = f"”{short(late.text.splitlines()[0])}” står för långt ner."
        found.wrong(late.line, what, "Flytta upp raden så att den står direkt under frågan, utan tom rad emellan.")
    else:
        found.wrong(said.line if said else piece.line, want.what, want.remedy)
    return Want(Sort.TEXT, None, 1)


def _is_late(paragraph: Said) -> bool:
    pair = setting_in(paragraph.text.split("\n", 1)[0])
    return pair is not None and " ".join(pair[0].casefold().split()) in KEYS


def _yes(settings: Mapping[str, Setting], key: str, found: Found) -> bool:
    said = settings.get(key)
    value = said.value.casefold() if said else ""
    if said and value not in _YES + _NO:
        found.wrong(said.line, f"”{key}” ska vara ja eller nej.", "Skriv ja eller nej.")
    return value in _YES


def _options(piece: Piece, want: Want, has_other: bool, found: Found) -> tuple[Option, ...]:
    if want.sort not in CHOOSING:
        if piece.choices and want.most != 1:
            remedy = "Ta bort listan, eller skriv typ: en eller typ: flera."
            found.wrong(piece.choices[0].line, "här står val, men frågan har inga.", remedy)
        if has_other:
            found.wrong(piece.line, "”annat” hör till frågor med val.", "Ta bort raden med annat.")
        return ()
    options: dict[str, Option] = {}
    for choice in piece.choices:
        words = found.words(choice.line, choice.text, "valet", LONGEST_CHOICE)
        key = slug(words.sv)
        if not words.sv:
            found.wrong(choice.line, "valet har inga ord på svenska.", "Skriv valet som - Skolan | School")
        elif key == OTHER:
            remedy = "Ta bort den ur listan och skriv annat: ja under frågan. Då kommer en rad att skriva på."
            found.wrong(choice.line, f"”{short(words.sv)}” är ett val utan någonstans att skriva.", remedy)
        elif key in options:
            remedy = "Ta bort det ena, eller skriv dem så att det syns vad som skiljer."
            found.wrong(choice.line, f"valet ”{short(words.sv)}” står två gånger.", remedy)
        else:
            options[key] = Option(key, words)
    if len(options) + has_other < 2 and len(piece.choices) < 2:
        remedy = "Skriv dem under frågan, ett per rad: - Skolan | School"
        found.wrong(piece.line, "frågan har färre än två val.", remedy)
    if len(options) > MOST_CHOICES:
        remedy = f"Ingen läser så många. Ha högst {MOST_CHOICES}, eller dela frågan."
        found.wrong(piece.choices[MOST_CHOICES].line, f"frågan har {len(options)} val.", remedy)
    return tuple(options.values())


def _ends(want: Want, ends: Mapping[int, Setting], found: Found) -> tuple[Words, Words]:
    """What the first and the last step of a scale are called."""
    for number, setting in ends.items():
        if want.sort != Sort.SCALE:
            remedy = "Är det ett val, skriv det som - Ja | Yes. Annars ta bort raden."
            found.wrong(setting.line, f"”{number}:” hör till en skala.", remedy)
        elif number not in (want.least, want.most):
            remedy = f"Bara ändarna har namn: {want.least}: och {want.most}:"
            found.wrong(setting.line, f"”{number}” är inte skalans första eller sista tal.", remedy)
    named = {n: found.words(s.line, s.value, "namnet", LONGEST_END) for n, s in ends.items()}
    if want.sort != Sort.SCALE:
        return NO_WORDS, NO_WORDS
    return named.get(want.least or 0, NO_WORDS), named.get(want.most or 0, NO_WORDS)


def _help(piece: Piece, found: Found) -> Words:
    words = of_paragraphs(p.text for p in piece.paragraphs)
    line = piece.paragraphs[0].line if piece.paragraphs else piece.line
    for text in (words.sv, words.en):
        found.length(line, text, "hjälptexten", LONGEST_HELP)
    for paragraph in piece.paragraphs if max(len(words.sv), len(words.en)) <= LONGEST_HELP else ():
        found.errors.extend(markdown.problems(paragraph.text, found.where, paragraph.line))
    return words


def _check_bounds(question: Question, settings: Mapping[str, Setting], found: Found) -> None:
    """Choices of SEVERAL that nobody can make."""
    if question.sort != Sort.SEVERAL or "typ" not in settings:
        return
    line, there = settings["typ"].line, len(question.options) + question.has_other
    for bound in (question.least, question.most):
        if bound is not None and not 1 <= bound <= max(there, 1):
            remedy = f"Det finns {there} val. Skriv ett tal från 1 till {there}."
            found.wrong(line, f"det går inte att välja {bound}.", remedy)
            return
