"""The whole self-test, from what was asked for to the last word.

Takes   a folder, figures, a seed or None; where facts and problems are said.
Gives   the exit code: 0 when nobody was forgotten, 70 when a promise is broken; what it has found is said.
Fails   EditorError on more kills than there is mailing to strike in; what the trial fails with.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mailer.errors import BrokenPromise, EditorError, Problem
from mailer.selftest import telling, trial
from mailer.selftest.verdict import Stop

APART = 4  # messages, at least, between two strikes
Say = Callable[[Iterable[str] | str], None]
Complain = Callable[[Iterable[Any]], None]


def selftest(
    folder: Path | None,
    members: int,
    kills: int,
    seed: int | None,
    as_json: bool,
    say: Say,
    complain: Complain,
    sender: tuple[str, ...] = trial.SENDER,
) -> int:
    """Hold the trial and tell of it; `sender` is the command that is to be tried."""
    if members < APART * (kills + 2):
        most = members // APART - 2
        raise EditorError(
            Problem("--kills", f"{members} medlemmar räcker till {most} avbrott.", "Välj fler medlemmar eller färre.")
        )
    began = time.monotonic()
    chosen = trial.Trial(members, kills, secrets.randbelow(2**31) if seed is None else seed, sender)

    def tell(n: int, stop: Stop) -> None:
        if not as_json:
            say(telling.stop(n, stop))

    if not as_json:
        say(telling.opening(chosen))
    found = trial.hold(folder, chosen, tell)
    seconds = time.monotonic() - began
    if as_json:
        say(json.dumps(telling.as_json(chosen, found, seconds), ensure_ascii=False))
    elif found.ok:
        say(telling.closing(chosen, found, seconds))
    if not found.ok:
        complain(telling.wrong(found, chosen.seed))
    return 0 if found.ok else BrokenPromise.exit_code
