"""The door to the folder `lists/`: each file is a list, grupper.toml holds the segments.

Takes   the folder.
Gives   Lists and Segments by key.
Fails   EditorError with all mistakes of all files at once, each with file, line and remedy.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from mailer.errors import EditorError, Problem
from mailer.register.definition import List, parse_list
from mailer.register.segment import Segment, parse_segments

SEGMENTS_FILE = "grupper.toml"


def read_lists(folder: Path) -> dict[str, List]:
    """All lists, by key (the file's name without .toml), in the order of their names."""
    if not folder.is_dir():
        raise EditorError(
            Problem(
                str(folder),
                "mappen finns inte.",
                "Skapa den; varje lista är en fil där, till exempel medlemmar.toml.",
            )
        )
    lists: dict[str, List] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name == SEGMENTS_FILE or path.name.startswith("."):
            continue
        try:
            text, values = _read(path)
        except EditorError as wrong:
            problems += wrong.problems
            continue
        found, wrong_here = parse_list(_where(path), path.stem, text, values)
        problems += wrong_here
        if found:
            lists[found.key] = found
    if problems:
        raise EditorError(*problems)
    return lists


def read_segments(folder: Path) -> dict[str, Segment]:
    """All segments, by key. A folder without grupper.toml has none."""
    path = folder / SEGMENTS_FILE
    if not path.exists():
        return {}
    text, values = _read(path)
    lists = [p.stem for p in sorted(folder.glob("*.toml")) if p.name != SEGMENTS_FILE and not p.name.startswith(".")]
    segments, problems = parse_segments(_where(path), text, values, lists)
    if problems:
        raise EditorError(*problems)
    return segments


def _where(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    where = _where(path)
    try:
        raw = path.read_bytes()
    except OSError as why:
        raise EditorError(
            Problem(where, f"filen går inte att läsa ({why.strerror}).", "Kontrollera rättigheterna.")
        ) from why
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        place = raw.count(b"\n", 0, why.start) + 1
        raise EditorError(
            Problem(where, "filen är inte sparad som UTF-8.", "Spara om den med kodningen UTF-8.", place)
        ) from why
    try:
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as why:  # TOMLDecodeError is one; a number of 5,000 digits another
        found = re.search(r"line (\d+)", str(why))
        place = int(found[1]) if found else text.count("\n") + 1  # ”at end of document”
        remedy = f"Text ska stå inom citattecken, och varje nyckel bara en gång ({why})."
        raise EditorError(Problem(where, "raden går inte att läsa.", remedy, place)) from why
