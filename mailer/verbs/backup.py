"""backup: write the database and the keys to files of their own; before each mailing it is done without being asked.

Takes   the opened house; a folder, when it is not the settings'.
Gives   what was written and what was thrown away, in words.
Fails   AdminError when there is no room or the folder is missing; LaterError while another process makes one.

An automatic backup that fails keeps the mailing waiting: the disk is full, or the one it should lie on is gone, and
that is worth a person's look before a thousand people get something. `[backup] folder = "none"` turns them off.
"""

from datetime import timedelta
from pathlib import Path

from mailer import backups, maillog, words
from mailer.errors import AdminError, Problem
from mailer.house import House

LATELY = timedelta(hours=1)  # within which the small steps of a survey, and its other days, share one
MB = 1_000_000


def backup(house: House, to: Path | None = None) -> list[str]:
    """Write one now; what is older than the settings allow goes from the same folder."""
    folder = backups.existing(to) if to is not None else _folder(house)
    now = house.clock.now()
    made = backups.make(house.db, house.var, folder, now)
    gone = backups.thin(folder, _keep(house), now)
    maillog.backed_up(made.size, len(gone))
    size = f"{made.size / MB:.1f}".replace(".", ",")
    out = [f"Databasen: {made.database} ({words.number(made.rows)} rader, {size} MB), läst igen och hel."]
    out.append(f"Nycklarna: {made.keys}" if made.keys else "Nycklarna är desamma som i den senaste filen med nycklar.")
    if gone:
        kept = words.count(house.settings.backup.keep_days, "dag", "dagar")
        out.append(f"{words.count(len(gone), 'fil', 'filer')} äldre än {kept} är kastade.")
    return [*out, "Databasen har alla namn och adresser i sig: förvara den som medlemsregistret.",
            "Lägg nycklarna på ett annat ställe: den som har båda kan göra era koder och länkar.",
            "Återställ med: mailer restore FIL"]  # fmt: skip


def before_mailing(house: House, unless_within: timedelta = timedelta(0)) -> None:
    """The automatic one. With `unless_within`, one that is not older than that will do."""
    if house.settings.backup.is_off:
        return
    try:
        folder, now = _folder(house), house.clock.now()
        newest = backups.newest(folder)
        if newest is not None and timedelta(0) <= now - newest[0] < unless_within:
            return
        made = backups.make(house.db, house.var, folder, now)
        maillog.backed_up(made.size, len(backups.thin(folder, _keep(house), now)))
    except AdminError as why:
        remedy = 'Utskicket väntar tills det är gjort. Utan säkerhetskopior: [backup] folder = "none".'
        what = "säkerhetskopian före utskicket blev inte av."
        raise AdminError(*why.problems, Problem("utskicket", what, remedy)) from why


def tend(house: House) -> None:
    """Old ones go on their day, also while nothing is sent; the last one not before there is a newer."""
    now, keep = house.clock.now(), _keep(house)
    own = (
        backups.beside(Path(house.db.url.database or ""), house.var)
        if house.db.is_sqlite
        else house.var / backups.FOLDER
    )
    if house.settings.backup.is_off:
        if own.is_dir():
            backups.thin(own, keep, now)
        return
    folder = _folder(house)
    newest = backups.newest(folder)
    if newest is not None and now - newest[0] > keep:
        backups.make(house.db, house.var, folder, now)
    for each in {folder, own}:
        if each.is_dir():
            backups.thin(each, keep, now)


def kept_for(house: House) -> str:
    """What somebody who erases a person should know of the backups."""
    days = words.count(house.settings.backup.keep_days, "dag", "dagar")
    made = "" if house.settings.backup.is_off else f"De som tjänsten gör kastas efter {days}. "
    return f"Säkerhetskopior har kvar uppgifterna tills de kastas. {made}Egna kopior kastar ni själva."


def _folder(house: House) -> Path:
    return backups.folder_of(house.settings.backup, house.home, house.var)


def _keep(house: House) -> timedelta:
    return timedelta(days=house.settings.backup.keep_days)
