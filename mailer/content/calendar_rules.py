"""The RRULE of a calendar, read with care: what a meeting may say, and nothing that is made to keep us busy.

Takes   a line, the first moment, the zones.
Gives   a Rule of days.
Fails   Misread, with what is wrong, for rules that are broken, or finer than days.
"""

from dataclasses import replace
from datetime import timedelta

from mailer.content.calendar_lines import Line, Misread, shown
from mailer.content.calendar_times import Moment, Zones
from mailer.content.recurrence import Every, Rule

LEFT_OUT = "Evenemanget tas inte med. Lägg det som en egen fil i evenemang/, om det ska med."
MOST_NUMBERS = 64  # in one part of the rule
LONGEST_INTERVAL = 1_000
MOST_COUNT = 1_000_000
_EVERY = {"DAILY": Every.DAY, "WEEKLY": Every.WEEK, "MONTHLY": Every.MONTH, "YEARLY": Every.YEAR}
_FINER = ("HOURLY", "MINUTELY", "SECONDLY")
_WEEKDAYS = {name: n for n, name in enumerate("MO TU WE TH FR SA SU".split())}
_LARGEST = {"BYMONTHDAY": 31, "BYMONTH": 12, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_CLOCK = {"BYHOUR": "%H", "BYMINUTE": "%M", "BYSECOND": "%S"}


def parse_rrule(line: Line, first: Moment, zones: Zones) -> Rule:
    """The rule in the line, of a series that begins at `first`."""
    parts: dict[str, str] = {}
    for part in line.value.upper().strip().rstrip(";").split(";"):
        name, _, value = part.partition("=")
        if name.strip() in parts:
            raise _broken(line)
        parts[name.strip()] = value.strip()
    rule = Rule(_every(parts.pop("FREQ", ""), line), _whole(parts.pop("INTERVAL", "1"), LONGEST_INTERVAL, line))
    for name, value in parts.items():
        rule = _with(rule, name, value, first, zones, line)
    if rule.positions and not (rule.weekdays or rule.month_days or rule.year_days or rule.weeks or rule.months):
        raise _broken(line)
    if any(nth for nth, _ in rule.weekdays) and rule.every in (Every.DAY, Every.WEEK):
        raise _broken(line)
    return rule


def _with(rule: Rule, name: str, value: str, first: Moment, zones: Zones, line: Line) -> Rule:
    """The rule with one part more."""
    if name in _LARGEST:
        return _with_numbers(rule, name, _numbers(value, _LARGEST[name], line))
    if name in _CLOCK:
        if value.lstrip("0") != first.wall.strftime(_CLOCK[name]).lstrip("0"):
            what = "evenemanget upprepas flera gånger om dagen."
            raise Misread(what, LEFT_OUT, line.number)
        return rule
    if name == "BYDAY":
        return replace(rule, weekdays=_weekdays(value, line))
    if name == "WKST" and value in _WEEKDAYS:
        return replace(rule, week_begins=_WEEKDAYS[value])
    if name == "COUNT":
        return replace(rule, count=_whole(value, MOST_COUNT, line))
    if name == "UNTIL":
        return _until(rule, value, first, zones, line)
    if name.startswith("X-"):
        return rule
    raise _broken(line)


def _with_numbers(rule: Rule, name: str, numbers: tuple[int, ...]) -> Rule:
    if name == "BYMONTHDAY":
        return replace(rule, month_days=numbers)
    if name == "BYMONTH":
        return replace(rule, months=numbers)
    if name == "BYYEARDAY":
        return replace(rule, year_days=numbers)
    return replace(rule, weeks=numbers) if name == "BYWEEKNO" else replace(rule, positions=numbers)


def _until(rule: Rule, value: str, first: Moment, zones: Zones, line: Line) -> Rule:
    """With its last day: the one before, when the series begins later in the day than the limit lies."""
    try:
        until = zones.moment(replace(line, parameters={}), value)
    except Misread:
        if value[:4].isdigit() and int(value[:4]) > first.wall.year:  # 99991231: for ever
            return rule
        raise _broken(line) from None
    floats = not value.endswith("Z")
    wall = until.wall if floats else until.within(first.zone)
    too_late = not until.is_date and first.wall.time() > wall.time() and not first.is_date
    return replace(rule, until=wall.date() - timedelta(days=int(too_late)))


def _every(value: str, line: Line) -> Every:
    if value in _FINER:
        raise Misread("evenemanget upprepas oftare än en gång om dagen.", LEFT_OUT, line.number)
    if value not in _EVERY:
        raise _broken(line)
    return _EVERY[value]


def _weekdays(value: str, line: Line) -> tuple[tuple[int, int], ...]:
    found = []
    for part in _few(value, line):
        name, nth = part.strip()[-2:], part.strip()[:-2]
        if name not in _WEEKDAYS:
            raise _broken(line)
        found.append((_number(nth, 53, line) if nth else 0, _WEEKDAYS[name]))
    return tuple(dict.fromkeys(found))


def _numbers(value: str, largest: int, line: Line) -> tuple[int, ...]:
    return tuple(_number(part, largest, line) for part in _few(value, line))


def _few(value: str, line: Line) -> list[str]:
    if value.count(",") >= MOST_NUMBERS:
        raise _broken(line)
    return value.split(",")


def _number(text: str, largest: int, line: Line) -> int:
    """A number from 1, or to -1."""
    text = text.strip()
    digits = text.lstrip("+-")
    if len(text) - len(digits) > 1 or not (digits.isascii() and digits.isdigit()) or len(digits) > 4:
        raise _broken(line)
    if not 1 <= int(digits) <= largest:
        raise _broken(line)
    return int(text)


def _whole(text: str, largest: int, line: Line) -> int:
    """A number from 1; what is larger than `largest` is that."""
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or int(text) < 1:
        raise _broken(line)
    return min(int(text), largest)


def _broken(line: Line) -> Misread:
    return Misread(f"upprepningen ”{shown(line.value)}” går inte att förstå.", LEFT_OUT, line.number)
