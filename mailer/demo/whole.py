"""The whole demonstration: one month of V Aktuellt, then the half-year with the member survey.

Takes   a folder of its own, emptied first.
Gives   what the two leave in it, and lines that tell how it went and where to look.
Fails   AdminError when the folder holds something that is not an earlier demonstration, or a package is missing.
"""

import time
from collections.abc import Callable
from pathlib import Path

from mailer.demo import half_year, letter_box, month
from mailer.demo.postbox import running_postbox
from mailer.house import House

HALF_YEAR = "halvar"


def play(folder: Path, say: Callable[[str], None], watch: Callable[[House, int], bool]) -> None:
    """Empty the folder, and play both in it, each in a home of its own."""
    letter_box.require_reader()
    month.play(folder, say, watch)
    began, half = time.monotonic(), folder.absolute() / HALF_YEAR
    say("")
    say("Nu halvåret: medlemsenkäten från mars till juni, dag för dag, med 400 påhittade medlemmar.")
    with running_postbox(half / "maildir") as port:
        half_year.play(half, port, half / "maildir", say)
    say(f"Klart på {time.monotonic() - began:.0f} sekunder.")
