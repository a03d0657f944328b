"""The drawn plan as a file for a spreadsheet.

Takes   a Drawing, names or none, a path.
Gives   a file that only its owner reads; the line that says so.
Fails   EditorError when something of that name is there; AdminError when it cannot be written.
"""

import csv
import os
from collections.abc import Mapping
from pathlib import Path

from mailer import words
from mailer.errors import AdminError, EditorError, Problem
from mailer.verbs.paper import cell
from mailer.verbs.surveys.plan import Drawing
from mailer.verbs.surveys.plan_words import rows

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def write(drawing: Drawing, names: Mapping[int, str], path: Path) -> list[str]:
    """Write one row per person, as a Swedish spreadsheet opens it: semicolons, and no cell that is run as a formula."""
    try:
        descriptor = os.open(path, _NEW, 0o600)
    except FileExistsError as there:
        raise EditorError(Problem(str(path), "filen finns redan.", "Välj ett annat namn.")) from there
    except OSError as why:
        raise AdminError(Problem(str(path), f"går inte att skriva ({why.strerror}).", "Välj en annan mapp.")) from why
    with open(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([cell(value) for value in row] for row in rows(drawing, names))
    who = words.count(len(drawing.people), "person", "personer")
    return ["", f"Skrev {path}: {who}. Radera den när du är klar med den."]
