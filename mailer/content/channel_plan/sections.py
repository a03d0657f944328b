"""The body of a plan's file: one section per step, and what stands in each.

Takes   the body and the number of its first line; the survey's days; the limits, for the hours.
Gives   Steps, each with the line of its heading.
Fails   never: what is wrong is noted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from mailer.content import markdown
from mailer.content.channel_plan.days import EXAMPLES, When, parse_when
from mailer.content.channel_plan.model import Channel, Limits, Step, Whom
from mailer.content.channel_plan.wording import CHANNEL_WORD, CHANNELS, WHOM, WHOM_WORD
from mailer.content.dates import Unreadable, parse_times
from mailer.content.questionnaires.found import Found, meant, short
from mailer.content.questionnaires.model import Words
from mailer.content.questionnaires.wording import slug
from mailer.words import listing

KEYS = {
    "när": "när", "when": "när",
    "kanal": "kanal", "channel": "kanal",
    "till": "till", "to": "till",
    "klockslag": "klockslag", "klockan": "klockslag", "at": "klockslag",
    "ämne": "ämne", "ämnesrad": "ämne", "subject": "ämne",
    "ämne (en)": "ämne (en)", "ämnesrad (en)": "ämne (en)", "subject (en)": "ämne (en)",
    "undertecknas av": "undertecknas av", "signed by": "undertecknas av",
    "formulär": "formulär", "med formulär": "formulär", "form": "formulär",
}  # fmt: skip
LONGEST_NAME, LONGEST_SUBJECT, LONGEST_SIGNED, LONGEST_KEY = 60, 120, 120, 32  # characters; asks.step takes 32
MOST_STEPS = 40
ENGLISH = "--- in English ---"  # the line that parts the Swedish words from the English ones
_ENGLISH = re.compile(r"-{2,}\s*(?:in english|english|på engelska|engelska)\s*-*\s*", re.I)
_HEADING = re.compile(r" {0,3}#{1,2}\s+(.*?)\s*#*\s*")
_FIELD = re.compile(r"([^\W\d_][\w åäöÅÄÖ]{0,30}?(?:\s*\(en\))?)\s*[:：]\s*(.*)")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_DEFAULT_WHOM = {Channel.TELEPHONE: Whom.SILENT, Channel.ISSUE: Whom.EVERYBODY, Channel.IN_PERSON: Whom.EVERYBODY}
_MORNING = time(10)
_YES, _NO = ("ja", "yes", "x"), ("", "nej", "no")


@dataclass(slots=True)
class Section:
    """A heading and what stands below it."""

    name: str
    line: int
    fields: dict[str, tuple[str, int]] = field(default_factory=dict)
    swedish: list[str] = field(default_factory=list)
    english: list[str] = field(default_factory=list)
    line_of_words: int = 0
    line_of_english: int = 0

    def text(self, key: str) -> str:
        return self.fields.get(key, ("", 0))[0]

    def line_of(self, key: str) -> int:
        return self.fields.get(key, ("", self.line))[1]


def read_steps(body: str, first_line: int, opens: date, closes: date, limits: Limits, found: Found) -> tuple[Step, ...]:
    """All steps that can be read, in the file's order."""
    lines = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), body).split("\n")
    sections = list(_sections(lines, first_line, found))
    if len(sections) > MOST_STEPS:
        found.wrong(sections[MOST_STEPS].line, f"planen har {len(sections)} steg.", f"Ha högst {MOST_STEPS}.")
        sections = sections[:MOST_STEPS]
    steps: list[Step] = []
    for section in sections:
        step = _step(section, opens, closes, limits, found)
        if step and any(other.key == step.key for other in steps):
            found.wrong(section.line, f"två steg heter ”{short(section.name)}”.", "Ge dem var sitt namn.")
        elif step:
            steps.append(step)
    return tuple(steps)


def _sections(lines: Sequence[str], first_line: int, found: Found) -> Iterator[Section]:
    section: Section | None = None
    below: list[tuple[int, str]] = []
    for number, line in enumerate(lines, first_line):
        if heading := _HEADING.fullmatch(line):
            if section:
                yield _filled(section, below, found)
            section, below = Section(heading[1], number), []
        elif section:
            below.append((number, line))
        elif line.strip():
            found.wrong(number, "här står text före det första steget.", "Börja varje steg med ## och stegets namn.")
            section = Section("", number)  # once is enough
    if section:
        yield _filled(section, below, found)


def _filled(section: Section, below: list[tuple[int, str]], found: Found) -> Section:
    start = next((n for n, (_, line) in enumerate(below) if line.strip()), len(below))
    for n, (number, line) in enumerate(below[start:], start):
        if not (pair := _FIELD.fullmatch(line.strip())):
            start = n
            break
        _field(section, pair[1], pair[2], number, found)
        start = n + 1
    words = below[start:]
    cut = next((n for n, (_, line) in enumerate(words) if _ENGLISH.fullmatch(line.strip())), len(words))
    section.swedish = [line for _, line in words[:cut]]
    section.english = [line for _, line in words[cut + 1 :]]
    section.line_of_words = words[0][0] if words else section.line
    section.line_of_english = words[cut][0] + 1 if cut < len(words) else section.line
    return section


def _field(section: Section, written: str, value: str, number: int, found: Found) -> None:
    key = KEYS.get(" ".join(written.casefold().split()).replace("( ", "("))
    if key is None:
        otherwise = "Är det början på texten, lämna en tom rad före den."
        found.wrong(number, f"okänd uppgift ”{short(written)}”.", meant(written.casefold(), KEYS, otherwise))
    elif key in section.fields:
        what = f"”{key}” står redan på rad {section.fields[key][1]}."
        found.wrong(number, what, "Ta bort en av raderna.")
    else:
        section.fields[key] = (value.strip(), number)


def _step(section: Section, opens: date, closes: date, limits: Limits, found: Found) -> Step | None:
    if not section.name:
        return None
    found.length(section.line, section.name, "stegets namn", LONGEST_NAME)
    channel = _channel(section, found)
    whom = _whom(section, channel, found)
    when = _when(section, opens, closes, found)
    at = _at(section, channel, limits, found)
    words = Words(_words(section.swedish, section.line_of_words, found),
                  _words(section.english, section.line_of_english, found))  # fmt: skip
    subject = Words(_line(section, "ämne", LONGEST_SUBJECT, found), _line(section, "ämne (en)", LONGEST_SUBJECT, found))
    signed = _line(section, "undertecknas av", LONGEST_SIGNED, found)
    with_form = _yes(section, "formulär", found)
    if channel is None or whom is None or when is None:
        return None
    return Step(
        key=slug(section.name)[:LONGEST_KEY].strip("-"), name=section.name, channel=channel, whom=whom,
        offset=when.offset, from_end=when.from_end, weekday=when.weekday, at=at, until=when.until,
        with_form=with_form, is_ask=is_ask(channel, whom), subject=subject, text=words, signed_by=signed,
        line=section.line,
    )  # fmt: skip


def is_ask(channel: Channel, whom: Whom) -> bool:
    """Whether a step wants something of somebody: thanks, a notice and a stand on the square do not."""
    return channel in (Channel.EMAIL, Channel.LETTER, Channel.TELEPHONE) and whom is not Whom.ANSWERED


def _channel(section: Section, found: Found) -> Channel | None:
    known = listing(list(CHANNEL_WORD.values()), "eller")
    if not (value := section.text("kanal")):
        found.wrong(section.line, f"steget ”{short(section.name)}” saknar kanal.", f"Skriv kanal: och {known}.")
        return None
    channel = CHANNELS.get(value.casefold())
    if channel is None:
        remedy = meant(value.casefold(), CHANNELS, f"Skriv {known}.")
        found.wrong(section.line_of("kanal"), f"kanalen ”{short(value)}” finns inte.", remedy)
    return channel


def _whom(section: Section, channel: Channel | None, found: Found) -> Whom | None:
    value = section.text("till")
    if not value and channel in _DEFAULT_WHOM:
        return _DEFAULT_WHOM[channel]
    known = listing([f"”{word}”" for word in WHOM_WORD.values()], "eller")
    if not value:
        found.wrong(section.line, f"steget ”{short(section.name)}” säger inte till vem.", f"Skriv till: och {known}.")
        return None
    whom = WHOM.get(value.casefold())
    if whom is None:
        remedy = meant(value.casefold(), WHOM, f"Skriv {known}.")
        found.wrong(section.line_of("till"), f"”{short(value)}” är ingen mottagare som finns.", remedy)
    elif channel in (Channel.ISSUE, Channel.IN_PERSON) and whom is not Whom.EVERYBODY:
        what = f"{CHANNEL_WORD[channel]} är till alla, inte till ”{short(value)}”."
        found.wrong(section.line_of("till"), what, "Skriv till: alla, eller välj en annan kanal.")
    elif channel is Channel.EMAIL and whom in (Whom.WITHOUT_EMAIL, Whom.EMAIL_FAILED):
        what = "ett mejl når ingen som mejl inte når."
        found.wrong(section.line_of("till"), what, "Skriv kanal: brev, eller till: den som har e-post.")
    return whom


def _when(section: Section, opens: date, closes: date, found: Found) -> When | None:
    if not (value := section.text("när")):
        found.wrong(section.line, f"steget ”{short(section.name)}” har ingen dag.", EXAMPLES)
        return None
    try:
        return parse_when(value, opens, closes)
    except Unreadable as why:
        found.wrong(section.line_of("när"), why.what, why.remedy)
        return None


def _at(section: Section, channel: Channel | None, limits: Limits, found: Found) -> time:
    by_telephone = channel is Channel.TELEPHONE
    default = limits.call_earliest if by_telephone else max(_MORNING, limits.earliest)
    if not (value := section.text("klockslag")):
        return default
    try:
        at, _ = parse_times(value)
    except Unreadable as why:
        found.wrong(section.line_of("klockslag"), why.what, why.remedy)
        return default
    first, last = (limits.call_earliest, limits.call_latest) if by_telephone else (limits.earliest, limits.latest)
    if channel is not Channel.IN_PERSON and not first <= at <= last:
        hours = f"{_clock(first)} och {_clock(last)}"
        what = f"klockan {_clock(at)} är utanför de tillåtna klockslagen."
        key = "ringtid" if by_telephone else "klockslag"
        found.wrong(section.line_of("klockslag"), what, f"Välj mellan {hours}, eller ändra {key} i huvudet.")
    return at


def _clock(at: time) -> str:
    return f"{at.hour}.{at.minute:02}"


def _line(section: Section, key: str, longest: int, found: Found) -> str:
    value = section.text(key)
    found.length(section.line_of(key), value, f"”{key}”", longest)
    return value


def _yes(section: Section, key: str, found: Found) -> bool:
    value = section.text(key).casefold()
    if value not in _YES + _NO:
        found.wrong(section.line_of(key), f"”{key}” ska vara ja eller nej.", "Skriv ja eller nej.")
    return value in _YES


def _words(lines: Sequence[str], first: int, found: Found) -> str:
    text = "\n".join(lines)
    found.errors.extend(markdown.problems(text, found.where, first))
    return text.strip("\n").rstrip()
