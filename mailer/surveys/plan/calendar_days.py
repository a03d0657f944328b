"""The days when nobody is asked: Sundays, Swedish holidays and their eves, quiet months.

Takes   a day, the Limits of a plan.
Gives   the name of the holiday or eve; the key of a reason.
Fails   never for years 1583–4099 (the Gregorian Easter of `dateutil`).

The holidays are those of lag (1989:253) om allmänna helgdagar. It knows no eves; here every day before a holiday is
one, whether it is a day off (julafton) or not (the day before nationaldagen): half of the readers are on their way.
"""

from datetime import date, timedelta
from functools import cache

from dateutil.easter import easter

from mailer.content.channel_plan.model import Limits

_DAY = timedelta(days=1)
# Days that have a date of their own: lag (1989:253). (month, day): name, and what the day before is called.
_FIXED = {
    (1, 1): ("nyårsdagen", "nyårsafton"),
    (1, 6): ("trettondedag jul", "trettondagsafton"),
    (5, 1): ("första maj", "valborgsmässoafton"),
    (6, 6): ("nationaldagen", "dagen före nationaldagen"),
    (12, 25): ("juldagen", "julafton"),
    (12, 26): ("annandag jul", ""),
}
# Days that follow Easter Day by so many days.
_OF_EASTER = {
    -2: ("långfredagen", "skärtorsdagen"),
    0: ("påskdagen", "påskafton"),
    1: ("annandag påsk", ""),
    39: ("Kristi himmelsfärdsdag", "dagen före Kristi himmelsfärdsdag"),
    49: ("pingstdagen", "pingstafton"),
}
# Saturdays that move: the first of them on or after (month, day).
_SATURDAYS = {
    (6, 20): ("midsommardagen", "midsommarafton"),
    (10, 31): ("alla helgons dag", "allhelgonaafton"),
}


def holiday(day: date) -> str:
    """The name of the holiday, or of the eve of one; ”” on other days, Sundays among them."""
    # 31 December belongs to the holidays of the year after.
    return _holidays(day.year).get(day) or _holidays(day.year + 1).get(day, "")


def quiet(day: date, limits: Limits) -> str | None:
    """The key of the reason why nobody is asked on that day: quiet_month, quiet_sunday, quiet_holiday; or None."""
    if day.month in limits.quiet_months:
        return "quiet_month"
    if limits.quiet_holidays and holiday(day):
        return "quiet_holiday"
    return "quiet_sunday" if limits.quiet_sundays and day.weekday() == 6 else None


@cache
def _holidays(year: int) -> dict[date, str]:
    """All holidays of the year, and the eves before them; a holiday that is another's eve is called a holiday."""
    found = {date(year, *on): names for on, names in _FIXED.items()}
    found |= {easter(year) + offset * _DAY: names for offset, names in _OF_EASTER.items()}
    for on, names in _SATURDAYS.items():
        first = date(year, *on)
        found[first + (5 - first.weekday()) % 7 * _DAY] = names
    eves = {day - _DAY: eve for day, (_, eve) in found.items() if eve}
    return eves | {day: name for day, (name, _) in found.items()}
