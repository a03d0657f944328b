"""A calendar file taken apart: its events and time zones, line by line, so that a mistake can be named by its line.

Takes   bytes, and the name of the file or feed for Problems.
Gives   a File of Components. Values stay as they are written; `value` and `parameters` are read when asked for.
Fails   EditorError when it is no calendar, or too large.

RFC 5545 section 3.1. What a newsletter has no use for (tasks, alarms) is passed over unread.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from icalendar.parser import Contentline

from mailer.content.dates import Unreadable
from mailer.content.text import decode, replace_forbidden
from mailer.errors import EditorError, Problem

LARGEST = 5 * 1024 * 1024  # bytes
MOST_LINES = 300_000
MOST_LINES_OF_ONE = 5_000  # of one event; the longest description is one
MOST_EVENTS = 10_000
MOST_ZONES = 100
LONGEST_LINE = 100_000  # characters, unfolded; no description is that long
LONGEST_SHOWN = 40
MOST_NOTED = 1_000  # broken lines; nobody reads more
DEEPEST = 20  # components within components whose END is looked for
_HEAD = re.compile(r'([A-Za-z0-9-]+)((?:;[^:"\n]*)?):(.*)', re.S)
_SOUND = re.compile(r"[A-Za-z0-9-]+[;:]")
_CONTROLS = bytes(c for c in (*range(32), 127) if c not in b"\t\n")
_ESCAPED = re.compile(r"\\([\\,;:\"nN])")


class Misread(Unreadable):
    """A line that cannot be understood."""

    def __init__(self, what: str, remedy: str, line: int) -> None:
        super().__init__(what, remedy)
        self.line = line


@dataclass(frozen=True, slots=True)
class Line:
    """One content line, unfolded."""

    number: int  # of its first line in the file, 1-based
    name: str  # upper case
    parameters: Mapping[str, str]  # names in upper case
    value: str  # as written

    @property
    def text(self) -> str:
        """The value, its escapes undone (RFC 5545 section 3.3.11)."""
        return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], self.value)


@dataclass(frozen=True, slots=True)
class Component:
    """An event or a time zone: the lines between BEGIN and END, without those of what is nested in an event."""

    number: int  # the line of its BEGIN
    lines: list[tuple[int, str]] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        """The lines of that name that can be read, in order."""
        start = (f"{name};", f"{name}:")
        found = (parsed(n, text) for n, text in self.lines if text[: len(name) + 1].upper() in start)
        return [line for line in found if line]

    def get(self, name: str) -> Line | None:
        """The first line of that name."""
        return next(iter(self.all(name)), None)


@dataclass(frozen=True, slots=True)
class File:
    """A calendar, or several in one file."""

    head: Component
    events: list[Component]
    zones: list[Component]
    problems: list[Problem]


def take_apart(raw: bytes, where: str) -> File:
    """The events and zones of the calendar, and what is wrong with its lines."""
    if len(raw) > LARGEST or raw.count(b"\n") + raw.count(b"\r") > 2 * MOST_LINES:
        what = f"kalendern är större än {LARGEST // 1024**2} MB eller {MOST_LINES} rader."
        raise EditorError(Problem(where, what, "Be den som har kalendern om en utan gamla evenemang."))
    problems: list[Problem] = []
    file = File(Component(0), [], [], problems)
    lines = _unfolded(raw, where, problems)
    if not any(text[:15].upper().rstrip() == "BEGIN:VCALENDAR" for _, text in lines):
        remedy = "En kalenderfil slutar ofta på .ics och börjar med BEGIN:VCALENDAR. Hämta den på nytt."
        raise EditorError(Problem(where, "det här är ingen kalender.", remedy))
    sorter = _Sorter(file, where)
    for number, text in lines:
        sorter.take(number, text)
    sorter.cut_off()
    _cap(file, where)
    return file


def parsed(number: int, text: str) -> Line | None:
    """The line, or None when it is none."""
    if found := _HEAD.fullmatch(text):
        pairs = (part.partition("=") for part in found[2].split(";")[1:])
        return Line(number, found[1].upper(), {key.upper(): value for key, _, value in pairs}, found[3])
    try:
        name, parameters, value = Contentline(text).parts()  # type: ignore[no-untyped-call]
    except ValueError:
        return None
    return Line(number, name.upper(), {k.upper(): str(v) for k, v in parameters.items()}, value)


def shown(text: str) -> str:
    """What is quoted back, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


@dataclass(slots=True)
class _Sorter:
    """Gives each line to the component it belongs to."""

    file: File
    where: str
    open: list[str] = field(default_factory=list)  # names, the outermost first
    component: Component | None = None  # the event or zone that is open

    def take(self, number: int, text: str) -> None:
        mark, _, name = text.strip().upper().partition(":")
        if mark == "BEGIN":
            self._begin(number, text, name)
        elif mark == "END":
            self._end(number, text, name)
        elif self.component is None:
            if len(self.open) == 1:
                self._line(number, text, self.file.head)
        elif len(self.open) == 2 or self.open[1] == "VTIMEZONE":
            self._line(number, text, self.component)

    def cut_off(self) -> None:
        """The END of the component that is open is missing."""
        if self.component is not None and self.open[1:2] == ["VEVENT"]:
            what = "evenemanget som börjar här har inget slut: filen är avbruten eller trasig."
            remedy = "Det tas inte med. Hämta kalendern på nytt."
            self.file.problems.append(Problem(self.where, what, remedy, self.component.number))
        self.component = None

    def _begin(self, number: int, text: str, name: str) -> None:
        if name == "VEVENT" and self.open[1:2] == ["VEVENT"] and set(self.open[2:]) <= {"VALARM"}:
            self.cut_off()
            del self.open[1:]
        self.open.append(name)
        if len(self.open) == 2 and name in ("VEVENT", "VTIMEZONE"):
            self.component = Component(number)
        elif self.component is not None and self.open[1] == "VTIMEZONE":
            self.component.lines.append((number, text))  # of its parts: STANDARD, DAYLIGHT

    def _end(self, number: int, text: str, name: str) -> None:
        if self.component is not None and self.open[1] == "VTIMEZONE" and len(self.open) > 2:
            self.component.lines.append((number, text))
        if name in self.open[-DEEPEST:]:
            while self.open.pop() != name:
                pass
        if self.component is not None and len(self.open) < 2:
            (self.file.events if name == "VEVENT" else self.file.zones).append(self.component)
            self.component = None

    def _line(self, number: int, text: str, component: Component) -> None:
        if _SOUND.match(text):
            if len(component.lines) < MOST_LINES_OF_ONE:
                component.lines.append((number, text))
        elif text.strip() and len(self.file.problems) < MOST_NOTED:
            what = f"raden går inte att läsa: ”{shown(text)}”."
            remedy = "Den hoppas över; resten av kalendern läses."
            self.file.problems.append(Problem(self.where, what, remedy, number))


def _cap(file: File, where: str) -> None:
    if len(file.events) > MOST_EVENTS:
        what = f"kalendern har {len(file.events)} evenemang; bara de första {MOST_EVENTS} läses."
        file.problems.append(Problem(where, what, "Be den som har kalendern om en utan gamla evenemang."))
    del file.events[MOST_EVENTS:], file.zones[MOST_ZONES:]


def _unfolded(raw: bytes, where: str, problems: list[Problem]) -> list[tuple[int, str]]:
    """The content lines with their numbers. Unfolded before they are decoded: some fold within a letter."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raw = raw.decode("utf-16", errors="replace").encode()
    numbers: list[int] = []
    pieces: list[list[bytes]] = []
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", raw), 1):
        if line[:1] in (b" ", b"\t") and pieces:
            pieces[-1].append(line[1:])
        elif line:
            numbers.append(number)
            pieces.append([line])
    if not numbers:
        return []
    joined = b"\n".join(b"".join(piece) for piece in pieces)
    text = _characters(joined.translate(None, _CONTROLS), where, problems, numbers)
    return list(zip(numbers, (line[:LONGEST_LINE] for line in text.split("\n")), strict=True))


def _characters(raw: bytes, where: str, problems: list[Problem], numbers: list[int]) -> str:
    """UTF-8, else Windows Swedish by the rule of the house, else what can be saved of it."""
    try:
        return replace_forbidden(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    try:
        return decode(raw, where)
    except EditorError as wrong:
        line = min(max(wrong.problems[0].line, 1), len(numbers))
        what = "kalendern är inte sparad som UTF-8, så en del tecken går inte att läsa."
        problems.append(Problem(where, what, "Be den som har kalendern att spara den som UTF-8.", numbers[line - 1]))
        return replace_forbidden(raw.decode("utf-8-sig", errors="replace"))
