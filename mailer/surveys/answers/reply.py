"""What of a reply by mail answers questions of a survey.

Takes   the questionnaire, and the new text of a reply: without what it quotes.
Gives   an Understood: answers to signed questions, for a person to confirm; the text without lines that answer
        anonymous ones; whether there were any.
Fails   never: what is not clearly an answer stays words, and goes to a person.

Never a guess. An answer has a label (”aktiv: kanske”, ”2. ja”, the question's own words), or is what the reply begins
with and can be the answer to one question alone. A mail bears its writer's name, so nothing in it can be an anonymous
answer: such lines are cut out here, before anybody has read them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mailer.content.questionnaires.model import Answers, Part, Question, Questionnaire, Sort
from mailer.content.questionnaires.wording import slug
from mailer.surveys.answers.reply_words import Fit, fit, is_greeting

MOST_LINES = 200
CUT = "[En rad som svarade på en anonym fråga är borttagen.]"
_NUMBERED = re.compile(r"(?:(?:fråga|question|nr|no)\.?\s*)?(\d{1,2})\s*[.):=–-]\s*(.*)$", re.I)
_LABELLED = re.compile(r"([^:=]{1,300}?)\s*[:=]\s*(.*)$")
_ASKED = re.compile(r"(.{1,300}?\?)\s*(.*)$")
_DASHED = re.compile(r"([\w åäöÅÄÖ-]{1,60}?)\s+[-–—]\s+(.*)$")
_BULLET = re.compile(r"^\s*(?:[-*•–—]\s+)?")
_MARKED = re.compile(r"^\s*[\[(]\s*([xX✓✔*]?)\s*[\])]\s*(.*)$")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Understood:
    """`text`: hers, less the lines that answer anonymous questions. `unclear`: keys answered in more than one way."""

    answers: Answers
    text: str
    is_anonymous: bool = False
    unclear: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reader:
    """One reply, as it is read."""

    questionnaire: Questionnaire
    parts: dict[str, Part]
    found: dict[str, list[Fit]] = field(default_factory=dict)
    cut: set[int] = field(default_factory=set)  # numbers of lines

    @property
    def signed(self) -> list[Question]:
        return [q for q in self.questionnaire.questions if self.parts[q.key] is Part.SIGNED]

    def named(self, label: str) -> list[Question]:
        """The questions that a label names: by key, or by their words in either language."""
        wanted = slug(label)
        return [
            q
            for q in self.questionnaire.questions
            if wanted and wanted in (q.key, slug(q.words.sv), slug(q.words.en) if q.words.en else q.key)
        ]

    def numbered(self, number: int) -> list[Question]:
        """The question of that number on paper, and the one that stands alone in the mail when it is number one."""
        every = self.questionnaire.questions
        found = [every[number - 1]] if 1 <= number <= len(every) else []
        alone = [q for q in every if number == 1 and q.key == self.questionnaire.in_mail]
        return list({q.key: q for q in (*found, *alone)}.values())

    def is_anonymous(self, questions: Sequence[Question]) -> bool:
        return any(self.parts[q.key] is Part.ANONYMOUS for q in questions)


def understand(questionnaire: Questionnaire, text: str) -> Understood:
    """What the reply answers."""
    parts = {q.key: section.part for section in questionnaire.sections for q in section.questions}
    reader = _Reader(questionnaire, parts)
    lines = text.split("\n")[:MOST_LINES]
    hers = lines[: _begins_ours(questionnaire, lines)]
    is_first = True  # nothing but greetings so far
    waits: list[Question] = []  # a label stood alone: its answer is on the next line
    for n, line in enumerate(hers):
        if not line.strip():
            continue
        if waits:
            _answer(reader, waits, line, [n - 1, n])
            waits, is_first = [], False
            continue
        questions, said = _label(reader, line)
        if questions and not said.strip():
            waits = questions
            reader.cut |= {n} if _only_anonymous(reader, questions) else set()
        elif questions:
            _answer(reader, questions, said, [n])
        elif is_first and not is_greeting(line):
            _alone(reader, hers, n)
        is_first = is_first and is_greeting(line)
    return _understood(reader, lines)


def _begins_ours(questionnaire: Questionnaire, lines: Sequence[str]) -> int:
    """Where our own mail begins, quoted without any mark: a question with its choices below, one on each line."""
    words = {
        slug(text): {slug(w) for o in q.options for w in (o.words.sv, o.words.en)}
        for q in questionnaire.questions
        for text in (q.words.sv, q.words.en)
        if text and q.options
    }
    for n, line in enumerate(lines):
        if choices := words.get(slug(line)):
            below = [other for other in lines[n + 1 : n + 2 * len(choices) + 3] if not _MARKED.match(other)]
            if len({slug(other) for other in below} & choices) > 1:
                return n
    return len(lines)


def _only_anonymous(reader: _Reader, questions: Sequence[Question]) -> bool:
    return bool(questions) and all(reader.parts[q.key] is Part.ANONYMOUS for q in questions)


def _label(reader: _Reader, line: str) -> tuple[list[Question], str]:
    """The questions that the line names, and what it says of them."""
    bare = _BULLET.sub("", line).strip().strip("*_")
    if (found := _NUMBERED.match(bare)) and (questions := reader.numbered(int(found[1]))):
        named, said = _named(reader, found[2])
        return (named, said) if named else (questions, found[2])
    return _named(reader, bare)


def _named(reader: _Reader, bare: str) -> tuple[list[Question], str]:
    """The questions whose key or words the line begins with, and the rest of it."""
    for pattern in (_ASKED, _LABELLED, _DASHED):
        if (found := pattern.match(bare)) and (questions := reader.named(found[1])):
            return questions, found[2]
    return (questions, "") if (questions := reader.named(bare)) else ([], "")


def _answer(reader: _Reader, questions: Sequence[Question], said: str, lines: Sequence[int]) -> None:
    """A labelled answer: of the questions that may be meant, the one it fits."""
    said = marked[2] if (marked := _MARKED.match(said)) and marked[1] else said
    fits = [(q, found) for q in questions if reader.parts[q.key] is Part.SIGNED and (found := fit(q, said, True))]
    if len(fits) == 1:
        reader.found.setdefault(fits[0][0].key, []).append(fits[0][1])
    elif not fits and reader.is_anonymous(questions):
        reader.cut |= set(lines)


def _alone(reader: _Reader, lines: Sequence[str], n: int) -> None:
    """What the reply begins with, without a label."""
    if any(_MARKED.match(line) for line in lines):
        _ticked(reader, lines)
        return
    for said in dict.fromkeys((lines[n], _SENTENCE.split(lines[n].strip(), maxsplit=1)[0])):
        bare = _BULLET.sub("", said).strip()
        signed = [(q, found) for q in reader.signed if (found := fit(q, bare, False))]
        asked = [pair for pair in signed if pair[0].key == reader.questionnaire.in_mail]
        others = [q for q in reader.questionnaire.questions if reader.parts[q.key] is not Part.SIGNED]
        elsewhere = [q for q in others if fit(q, bare, False)]
        if asked or (len(signed) == 1 and not elsewhere):
            question, found = (asked or signed)[0]
            if not _takes_back(question, lines[n:], said):
                reader.found.setdefault(question.key, []).append(found)
            return
        if not signed and reader.is_anonymous(elsewhere):
            reader.cut.add(n)
            return


def _ticked(reader: _Reader, lines: Sequence[str]) -> None:
    """A copied list with marks: the ticked ones that only one signed question has."""
    for n, line in enumerate(lines):
        found = _MARKED.match(line)
        if not found or not found[1]:
            continue
        fits = [(q, f) for q in reader.questionnaire.questions if (f := fit(q, found[2], False))]
        if len(fits) == 1 and reader.parts[fits[0][0].key] is Part.SIGNED:
            reader.found.setdefault(fits[0][0].key, []).append(fits[0][1])
        elif fits and all(reader.parts[q.key] is Part.ANONYMOUS for q, _ in fits):
            reader.cut.add(n)


def _takes_back(question: Question, lines: Sequence[str], said: str) -> bool:
    """Whether what follows names another of the choices: ”Ja. Eller nej, förresten.”"""
    rest = "\n".join(lines).replace(said, "", 1)
    chosen = fit(question, _BULLET.sub("", said).strip(), False)
    words = set(re.findall(r"\w+", rest.casefold()))
    others = [o for o in question.options if chosen and o.key not in chosen.answer]
    named = (one.say(language) for one in (o.words for o in others) for language in ("sv", "en"))
    return any(set(re.findall(r"\w+", name.casefold())) <= words for name in named if name)


def _understood(reader: _Reader, lines: Sequence[str]) -> Understood:
    answers: dict[str, tuple[str, ...]] = {}
    unclear = []
    for key, fits in reader.found.items():
        question = next(q for q in reader.questionnaire.questions if q.key == key)
        if question.sort is Sort.SEVERAL:
            chosen = tuple(dict.fromkeys(one for each in fits for one in each.answer))
            fits = [Fit(chosen, {k: v for each in fits for k, v in each.words.items()})]
        if len({each.answer for each in fits}) > 1 or _too_many(question, fits[0]):
            unclear.append(key)
            continue
        answers |= {key: fits[0].answer, **fits[0].words}
    return Understood(answers, "\n".join(_kept(lines, reader.cut)).strip(), bool(reader.cut), tuple(unclear))


def _too_many(question: Question, found: Fit) -> bool:
    return question.sort is Sort.SEVERAL and question.most is not None and len(found.answer) > question.most


def _kept(lines: Sequence[str], cut: set[int]) -> Iterator[str]:
    """The lines, one sentence in the place of each run that is cut."""
    for n, line in enumerate(lines):
        if n not in cut:
            yield line
        elif n - 1 not in cut:
            yield CUT
