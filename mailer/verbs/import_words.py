"""What an import says: what has happened or would, and what to do next.

Takes   a Preview or what was done.
Gives   the lines to print; the warnings, cut to what a person reads.
Fails   never.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailer.errors import Problem
from mailer.register import missing, standing
from mailer.register.definition import List
from mailer.register.diff import Diff
from mailer.register.fields import why_refused
from mailer.register.groups import Group
from mailer.register.missing import Missing
from mailer.words import count, listing

WARNINGS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """What accepting would do. `hash` names exactly this."""

    list: List
    path: Path
    whole: bool
    allow_removals: int | None
    diff: Diff
    hash: str
    not_read: tuple[str, ...]
    groups: tuple[Group, ...]  # who is behind the numbers
    missing: tuple[Missing, ...]
    mapped: tuple[str, ...] = ()
    sheet: str = ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.diff.problems

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self.diff.warnings


@dataclass(frozen=True, slots=True)
class Imported:
    """What was done; with `dry_run`, what would have been."""

    list: List
    whole: bool
    diff: Diff
    dry_run: bool
    missing: tuple[Missing, ...] = ()
    sheet: str = ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.diff.problems

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self.diff.warnings


def words(result: Preview | Imported) -> list[str]:
    """The lines to print; the last says what to do next. The Problems are printed apart."""
    diff, chosen = result.diff, result.list
    lines = [
        f"OBS: {missing.sentence(one, diff.without_address)} {missing.remedy(one, chosen)}" for one in result.missing
    ]
    lines.append(f"{chosen.name}: {diff.words(chosen.members)}.")
    lines += standing.words(diff.left_off)
    if diff.resigned:
        who = count(diff.resigned, "person", "personer")
        lines.append(f"{who} i filen har lämnat föreningen och får inget utskick.")
    if diff.doubles:
        lines.append(f"{count(diff.doubles, 'rad', 'rader')} gällde samma person som en tidigare rad.")
    if diff.problems:
        bad = len({problem.line for problem in diff.problems})
        lines.append(f"{count(bad, 'rad', 'rader')} har fel; se ovan.")
    if result.sheet:
        lines.append(f"Läst ur bladet ”{result.sheet}”.")
    if isinstance(result, Preview):
        return lines + _preview_words(result)
    if result.dry_run:
        return [*lines, "Inget är sparat (--dry-run)."]
    return [*lines, "Importen är sparad. Nästa steg: mailer check."]


def first_warnings(warnings: Sequence[Problem]) -> list[Problem]:
    """The first of them, and how many more there are."""
    shown = [Problem(w.where, f"OBS: {w.what}", w.remedy, w.line) for w in warnings[:WARNINGS_SHOWN]]
    rest = len(warnings) - len(shown)
    return [*shown, Problem("", f"OBS: {rest} till av samma slag. De hindrar inte importen.")] if rest else shown


def _preview_words(shown: Preview) -> list[str]:
    lines = [str(group) for group in shown.groups]
    refused = [(title, why_refused(title)) for title in shown.not_read]
    lines += [f"Kolumnen ”{title}” läses inte in: {why}." for title, why in refused if why]
    if others := [f"”{title}”" for title, why in refused if not why]:
        lines.append(f"Andra kolumner som inte läses in: {listing(others)}.")
    command = ["mailer", "import", "--whole" if shown.whole else "--add", shown.list.key, str(shown.path)]
    for pair in shown.mapped:
        command += ["--map", pair]
    if shown.allow_removals is not None:
        command += ["--allow-removals", str(shown.allow_removals)]
    return [
        *lines,
        "Inget är sparat än. Stämmer det? Kör:",
        f"    {shlex.join([*command, '--accept', shown.hash])}",
    ]
