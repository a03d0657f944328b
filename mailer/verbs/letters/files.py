"""The files of runs: they hold names, addresses and codes, and lie no longer than somebody is to print them.

Takes   the opened house, a survey.
Gives   var/letters without the runs of which nothing is left to post. A letter can be printed again at any time.
Fails   never: what cannot be removed now is looked for at the next verb of the post, and at the erasure.
"""

import shutil
from pathlib import Path

from mailer.house import House
from mailer.surveys.posting import letter_rows
from mailer.surveys.states import Letter
from mailer.surveys.store import Surveyed

LATER = "Filerna raderas när allt i körningen är postat, uttaget eller kasserat."
BY_HAND = "Radera filerna när breven är postade: där står namn, adresser och svarskoder."


def folder_of(house: House, survey: Surveyed, run: int) -> Path:
    """Where a run's files lie, if nobody has said otherwise."""
    return house.var / "letters" / survey.key / str(run)


def remove_done(house: House, survey: Surveyed) -> None:
    """The folders of all its runs that have nothing printed and not posted."""
    runs = house.db.read(lambda c: letter_rows.runs(c, survey))
    for folder in (folder_of(house, survey, run.number) for run in runs if not run.of(Letter.PRINTED)):
        if folder.is_symlink():
            folder.unlink(missing_ok=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
