"""”Har synken stannat?”: a folder where nothing happens while an issue waits for its copy.

Takes   the opened house, and what is remembered of its folder.
Gives   a notice to editors and administrators, at most once in seven days.
Fails   never for want of people.

What the house itself puts into the folder is no sign of life.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from mailer import words
from mailer.content import folder_store as store
from mailer.content.source import where
from mailer.house import House
from mailer.issue import deadline, moments
from mailer.settings import Role, Series
from mailer.verbs import watch
from mailer.verbs.say import say

PATIENCE = timedelta(days=7)
PATIENCE_WHEN_EMPTIED = timedelta(hours=1)  # a folder that had files; a sync that starts anew takes a while
TOLD: tuple[Role, ...] = ("editor", "administrator")
NEAR = timedelta(days=14)  # so long before a copy deadline somebody should be writing


def ask(house: House, since: Mapping[str, datetime]) -> int:
    """Ask, if there is reason to. How many were told. `since`: as in `folder_news`."""
    signs, now = house.db.read(store.read_signs), house.clock.now()
    if signs is None:
        return 0
    is_emptied = not signs.fingerprint and signs.newest
    if now - signs.changed_at < (PATIENCE_WHEN_EMPTIED if is_emptied else PATIENCE):
        return 0
    if signs.asked_at is not None and now - signs.asked_at < PATIENCE:
        return 0
    awaited = next((a for s in house.settings.series if (a := _awaited(house, s, now, since[s.key]))), None)
    if awaited is None:
        return 0
    people = {p.address: p for role in TOLD for p in house.settings.with_role(role)}
    told = say(
        house,
        f"synk/{house.here().date().isoformat()}",
        people.values(),
        "stopped",
        title=awaited[0],
        awaited=awaited[1],
        is_empty=not signs.fingerprint,
        days=(now - signs.changed_at).days,
        newest=where(signs.newest) if signs.newest else "",
        newest_at=words.day(signs.newest_at.astimezone(house.zone).date(), year=True) if signs.newest_at else "",
        folder=str(house.content),
    )
    house.db.write(lambda c: store.note_asked(c, now))
    return told


def _awaited(house: House, series: Series, now: datetime, since: datetime) -> tuple[str, str] | None:
    """The issue that waits for copy, and how, in words; None while none does. One that is proposed has got its copy."""
    period = moments.period_of(now, house.zone)
    title = f"{series.name} {words.month(period)}"
    if moments.assemble_at(series, period, house.zone) <= now:
        is_owed = moments.send_at(series, period, house.zone) >= since
        if is_owed and watch.find(house, series, period) is None and not watch.is_skipped(house, series, period):
            return title, "numret skulle ha satts samman"
        period = moments.next_period(period)
        title = f"{series.name} {words.month(period)}"
    if moments.assemble_at(series, period, house.zone) - now > NEAR or watch.is_decided(house, series, period):
        return None
    return title, f"manusstopp för {title} är {deadline.in_words(deadline.last_day(series, period))}"
