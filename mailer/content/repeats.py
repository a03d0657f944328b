"""How often, as editors write it: ”varje vecka”, ”måndagar och onsdagar”, ”sista lördagen i månaden”.

Takes   the words after ”upprepas:”, and the first day.
Gives   a Rule.
Fails   Unreadable, with what is wrong and the remedy in Swedish.
"""

import re
from datetime import date, timedelta
from itertools import islice

from mailer.content.dates import LONGEST_SHOWN, Unreadable
from mailer.content.recurrence import Every, Rule, days
from mailer.words import WEEKDAYS, day

LAST_IN_ALL = 28  # the day of the month that every month has
_WEEK = timedelta(days=7)
_ENGLISH = "monday tuesday wednesday thursday friday saturday sunday".split()

# What stands before the unit, or before a weekday, and how many of them it skips to.
_EVERY = {"varje": 1, "var": 1, "every": 1, "each": 1, "en gång i": 1, "en gång per": 1, "once a": 1,
          "varannan": 2, "vartannat": 2, "vartannan": 2, "varannat": 2, "every other": 2, "every second": 2,
          "var tredje": 3, "vart tredje": 3, "every third": 3, "var fjärde": 4, "vart fjärde": 4, "every fourth": 4,
          "var femte": 5, "var sjätte": 6, "var fjortonde": 14}  # fmt: skip
_UNIT = {
    **dict.fromkeys("dag dagar day days".split(), (Every.DAY, 1)),
    **dict.fromkeys("vecka veckan veckor week weeks".split(), (Every.WEEK, 1)),
    **dict.fromkeys("månad månaden månader month months".split(), (Every.MONTH, 1)),
    **dict.fromkeys("kvartal kvartalet quarter".split(), (Every.MONTH, 3)),
    **dict.fromkeys("halvår halvåret".split(), (Every.MONTH, 6)),
    **dict.fromkeys("år året year years".split(), (Every.YEAR, 1)),
}
_WORKDAYS = Rule(Every.WEEK, weekdays=tuple((0, n) for n in range(5)))
_WHOLE = {
    **dict.fromkeys(("dagligen", "daily", "alla dagar"), Rule(Every.DAY)),
    **dict.fromkeys(("vardagar", "varje vardag", "weekdays", "every weekday"), _WORKDAYS),
    **dict.fromkeys(("veckovis", "weekly"), Rule(Every.WEEK)),
    **dict.fromkeys(("månadsvis", "monthly"), Rule(Every.MONTH)),
    **dict.fromkeys(("kvartalsvis", "quarterly"), Rule(Every.MONTH, 3)),
    **dict.fromkeys(("halvårsvis",), Rule(Every.MONTH, 6)),
    **dict.fromkeys(("årligen", "yearly"), Rule(Every.YEAR)),
}
_NTH = {"första": 1, "1:a": 1, "andra": 2, "2:a": 2, "tredje": 3, "3:e": 3, "fjärde": 4, "4:e": 4, "sista": -1,
        "näst sista": -2, "first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}  # fmt: skip
_TH = ("första", "andra", "tredje", "fjärde", "femte")
_OF_MONTH = re.compile(r"(.+?) (?:i |of |in )?(?:the |every |each |varje )?(?:månaden|månad|month)")
_OF_SOME_MONTHS = re.compile(r"(.+?) (?:i |of |in )?(varannan|var tredje|every other|every third) (?:månad|month)")
_AND = re.compile(r"\s*,\s*|\s+(?:och|and|&|samt)\s+")
_ORDINAL = re.compile(rf"(?:den |the )?({'|'.join(sorted(map(re.escape, _NTH), key=len, reverse=True))})(?: (.+))?")


def parse_rule(text: str, first: date) -> Rule:
    """The Rule in `text`, with which `first` must agree: a series that begins on another day hides a slip."""
    folded = " ".join(text.casefold().split()).rstrip(".")
    rule = _WHOLE.get(folded) or _of_month(folded) or _every(folded)
    if rule is None:
        shown = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
        remedy = (
            "Skriv till exempel varje vecka, varannan vecka, måndagar och onsdagar, varje månad eller "
            "sista lördagen i månaden."
        )
        raise Unreadable(f"”{shown}” går inte att läsa som en upprepning.", remedy)
    _agree(rule, first, folded)
    return rule


def _of_month(text: str) -> Rule | None:
    """”första måndagen i månaden”, ”första och tredje torsdagen varje månad”."""
    found = _OF_SOME_MONTHS.fullmatch(text) or _OF_MONTH.fullmatch(text)
    if not found:
        return None
    interval = _EVERY[found[2]] if len(found.groups()) > 1 else 1
    numbers: list[int] = []
    weekdays: list[tuple[int, int]] = []
    for part in _AND.split(found[1]):
        ordinal = _ORDINAL.fullmatch(part)
        if not ordinal:
            return None
        numbers.append(_NTH[ordinal[1]])
        if ordinal[2]:
            if (weekday := _weekday(ordinal[2])) is None:
                return None
            weekdays += [(nth, weekday) for nth in numbers]
            numbers = []
    return Rule(Every.MONTH, interval, tuple(weekdays)) if weekdays and not numbers else None


def _every(text: str) -> Rule | None:
    """”varannan vecka”, ”varje måndag”, ”måndagar och onsdagar”, ”every 2 weeks”."""
    if found := re.fullmatch(r"(?:var|every) ([2-9])(?::?[ae])? (\w+)", text):
        every, times = _UNIT.get(found[2], (None, 1))
        return Rule(every, int(found[1]) * times) if every else None
    text = text.removeprefix("varje vecka på ")
    lead = max((w for w in _EVERY if text.startswith(f"{w} ")), key=len, default="")
    rest = text[len(lead) :].strip()
    if lead and rest in _UNIT:
        every, times = _UNIT[rest]
        return Rule(every, _EVERY[lead] * times)
    weekdays = [_weekday(part.removeprefix(f"{lead} ")) for part in _AND.split(rest)]
    named = tuple((0, n) for n in weekdays if n is not None)
    return Rule(Every.WEEK, _EVERY.get(lead, 1), named) if len(named) == len(weekdays) else None


def _weekday(word: str) -> int | None:
    """The number of ”måndag”, ”måndagen”, ”måndagar”, ”måndagarna” or ”mondays”."""
    word = word.removeprefix("på ").removeprefix("on ")
    for n, (swedish, english) in enumerate(zip(WEEKDAYS, _ENGLISH, strict=True)):
        if word in (swedish, f"{swedish}en", f"{swedish}ar", f"{swedish}arna", english, f"{english}s"):
            return n
    return None


def _agree(rule: Rule, first: date, text: str) -> None:
    """Unreadable, when the first day is none of the days that the rule names, or not every month has it."""
    if not rule.weekdays:
        _exists_always(rule, first)
        return
    # Asked from a week earlier, so that the first day must fit by itself.
    fitting = list(islice(days(Rule(rule.every, 1, rule.weekdays), first - _WEEK, first, first + 9 * _WEEK), 1))
    if fitting == [first]:
        return
    weekday, nth = WEEKDAYS[first.weekday()], _TH[(first.day - 1) // 7]
    is_nth = any(n for n, _ in rule.weekdays)
    which = f"den {nth} {weekday}en i månaden" if is_nth else f"en {weekday}"
    what = f"{day(first).partition(' ')[2]} är {which}, men evenemanget ska upprepas ”{text}”."
    remedy = f"Första dagen som stämmer är {day(fitting[0])}: skriv datum: {fitting[0]}, eller rätta ”upprepas”."
    raise Unreadable(what, remedy)


def _exists_always(rule: Rule, first: date) -> None:
    """Unreadable for a 31st of each month or a 29 February of each year: would it be the last day, or the one after?"""
    if rule.every is Every.MONTH and first.day > LAST_IN_ALL:
        what = f"alla månader har inte någon {first.day}:{_ending(first.day)}."
        remedy = f"Skriv en dag som alla har, eller upprepas: sista {WEEKDAYS[first.weekday()]}en i månaden."
        raise Unreadable(what, remedy)
    if rule.every is Every.YEAR and (first.month, first.day) == (2, 29):
        raise Unreadable("alla år har inte någon 29 februari.", "Skriv en fil för varje år, eller välj en annan dag.")


def _ending(number: int) -> str:
    return "a" if number % 10 in (1, 2) and number not in (11, 12) else "e"
