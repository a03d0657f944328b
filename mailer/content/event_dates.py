"""When an event is, of what its head says: its date and times, how it repeats, which dates are called off.

Takes   the reader of the head's fields, the zone, a day near which the dates are wanted.
Gives   Times: the first date, and of what repeats the dates around that day.
Fails   never: what is wrong is added to the problems of `fields`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from mailer.content.dates import Unreadable, at, midnight_after, parse_date, parse_dates, parse_times
from mailer.content.fields import Fields
from mailer.content.recurrence import Rule, days
from mailer.content.repeats import parse_rule
from mailer.words import day as day_words

# What repeats without an end goes on: each reading sees it this far, and no issue looks further.
BEFORE, AHEAD = timedelta(days=62), timedelta(days=730)
MOST_DATES = 400
_ALL_DAY = ("hela dagen", "heldag", "all day")
_HALF_A_YEAR = timedelta(days=182)  # dates without a year, of a series: those in the year after its first day


@dataclass(frozen=True, slots=True)
class Span:
    """One date of an event: from when until when, aware."""

    begins: datetime
    ends: datetime
    cancelled: bool = False  # this date alone
    planned: datetime | None = None  # where it was moved from: what it keeps its name by


@dataclass(frozen=True, slots=True)
class Times:
    """The first date, and all dates near. Without an end the day's end: until then it may be going on."""

    first: Span
    spans: tuple[Span, ...]
    is_all_day: bool
    has_end: bool


@dataclass(frozen=True, slots=True)
class _Hours:
    """What the head says of a day: when it begins, on which day and when it ends."""

    first: date
    last: date
    begin: time | None
    end: time | None
    has_end: bool


def read_times(fields: Fields, zone: ZoneInfo, near: date) -> Times | None:
    """When the event is. None: a Problem has been noted."""
    known = len(fields.problems)
    hours = _hours(fields)
    if hours is None:
        return None
    first = _first(fields, hours, zone)
    dates = _dates(fields, hours, near)
    if first is None or len(fields.problems) > known:
        return None
    spans = tuple(replace(_span(hours, day, zone), cancelled=is_off) for day, is_off in dates)
    return Times(first, spans, hours.begin is None, hours.has_end)


def says_all_day(fields: Fields) -> bool:
    """Whether the head says that it is all day, and not just no time."""
    return fields.bare("tid").casefold() in _ALL_DAY


def _hours(fields: Fields) -> _Hours | None:
    known = len(fields.problems)
    first, last = fields.day("datum"), fields.day("slutdatum")
    if first is None:
        if not fields.text("datum") and not known:
            fields.wrong("datum", "evenemanget saknar datum.", "Skriv till exempel datum: 2024-05-14.")
        return None
    if last and last < first:
        fields.wrong("slutdatum", f"evenemanget slutar {last}, innan det börjar {first}.", "Rätta ett av datumen.")
    begin = end = None
    if fields.bare("tid") and not says_all_day(fields):
        try:
            begin, end = parse_times(fields.bare("tid"))
        except Unreadable as why:
            fields.wrong("tid", why.what, why.remedy)
    if len(fields.problems) > known:
        return None
    return _Hours(first, last or first, begin, end, last is not None or end is not None)


def _first(fields: Fields, hours: _Hours, zone: ZoneInfo) -> Span | None:
    """The date the head names; it must exist on the clock, and end after it begins."""
    try:
        for day, hour in ((hours.first, hours.begin), (hours.last, hours.end)):
            at(day, hour or time(), zone)
    except Unreadable as why:
        fields.wrong("tid", why.what, why.remedy)
        return None
    span = _span(hours, hours.first, zone)
    if span.ends <= span.begins:
        remedy = f"Slutar det efter midnatt? Lägg till slutdatum: {hours.first + timedelta(days=1)}."
        fields.wrong("tid", "evenemanget slutar innan det börjar.", remedy)
        return None
    return span


def _span(hours: _Hours, day: date, zone: ZoneInfo) -> Span:
    """The date `day`. Later dates of a series that fall in the hour the clock skips are an hour later."""
    last = day + (hours.last - hours.first)
    begins = datetime.combine(day, hours.begin or time(), zone)
    ends = datetime.combine(last, hours.end, zone) if hours.end else midnight_after(last, zone)
    real_begins, real_ends = begins.astimezone(UTC), ends.astimezone(UTC)
    if real_ends <= real_begins and ends.replace(tzinfo=None) > begins.replace(tzinfo=None):
        real_ends = real_begins + (ends.replace(tzinfo=None) - begins.replace(tzinfo=None))
    return Span(real_begins.astimezone(zone), real_ends.astimezone(zone))


def _dates(fields: Fields, hours: _Hours, near: date) -> list[tuple[date, bool]]:
    """The days near, and whether each is called off."""
    if not fields.text("upprepas"):
        for key in ("upprepas till", "antal", "utom"):
            if fields.text(key):
                remedy = "Skriv hur ofta det upprepas, till exempel upprepas: varje vecka. Eller ta bort raden."
                fields.wrong(key, f"”{key}” står där, men inte ”upprepas”.", remedy)
        return [(hours.first, False)]
    rule, count = _rule(fields, hours), _count(fields)
    if rule is None or _overlaps(fields, hours, rule):
        return []
    off = _days_of(fields, "inställt", rule, hours.first) if _names_days(fields.bare("inställt")) else []
    without = _days_of(fields, "utom", rule, hours.first)
    return list(islice(_near(rule, hours.first, near, count, without, off), MOST_DATES))


def _near(
    rule: Rule, first: date, near: date, count: int | None, without: list[date], off: list[date]
) -> Iterator[tuple[date, bool]]:
    """The days that are left. ”antal” counts the dates that the readers see, so what is left out is none of them."""
    since = near - BEFORE
    seen = (day for day in days(rule, first, first if count else since, near + AHEAD) if day not in without)
    return ((day, day in off) for day in islice(seen, count) if day >= since)


def _rule(fields: Fields, hours: _Hours) -> Rule | None:
    try:
        rule = parse_rule(fields.bare("upprepas"), hours.first)
    except Unreadable as why:
        fields.wrong("upprepas", why.what, why.remedy)
        return None
    try:
        text = fields.bare("upprepas till")
        until = parse_date(text, hours.first + _HALF_A_YEAR) if text else None
    except Unreadable as why:
        fields.wrong("upprepas till", why.what, why.remedy)
        return None
    if until and until < hours.first:
        what = f"evenemanget upprepas till {until}, innan det börjar {hours.first}."
        fields.wrong("upprepas till", what, "Rätta ett av datumen.")
    return replace(rule, until=until)


def _count(fields: Fields) -> int | None:
    known = len(fields.problems)
    count = fields.number("antal", 0)
    if not fields.text("antal") or len(fields.problems) > known:
        return None
    if not 2 <= count <= MOST_DATES:
        what = f"”antal” ska vara mellan 2 och {MOST_DATES}: så många gånger blir det av."
        fields.wrong("antal", what, "Ta bort raden om det upprepas tills vidare.")
    if fields.text("upprepas till"):
        fields.wrong("antal", "både ”antal” och ”upprepas till” säger när det tar slut.", "Ta bort en av raderna.")
    return count


def _overlaps(fields: Fields, hours: _Hours, rule: Rule) -> bool:
    """Whether one date would not be over when the next begins: then ”slutdatum” was meant as the end of it all."""
    length = hours.last - hours.first
    two = list(islice(days(rule, hours.first, hours.first, date.max), 2)) if length else []
    if len(two) < 2 or two[0] + length < two[1]:
        return False
    what = f"varje gång slutar först {day_words(hours.last)}, efter att nästa har börjat."
    fields.wrong("slutdatum", what, f"Slutar alltihop då? Skriv upprepas till: {hours.last} i stället för slutdatum.")
    return True


def _names_days(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _days_of(fields: Fields, key: str, rule: Rule, first: date) -> list[date]:
    """The days that the field names, which must be days of the series."""
    try:
        named = parse_dates(fields.bare(key), first + _HALF_A_YEAR)
    except Unreadable as why:
        fields.wrong(key, why.what, why.remedy)
        return []
    series = set(days(rule, first, first, max(named))) if named else set()
    if strange := [day for day in named if day not in series]:
        what = f"evenemanget har inget datum {_listed(strange)}."
        near = sorted(series, key=lambda day: abs(day - strange[0]))[:1]
        remedy = f"Närmast ligger {_listed(near)}. Rätta datumet, eller ta bort det." if near else "Rätta datumet."
        fields.wrong(key, what, remedy)
    return named


def _listed(some: Iterable[date]) -> str:
    return ", ".join(day_words(day, year=True) for day in some)
