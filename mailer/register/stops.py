"""When a file must not be accepted as it is: too much wrong, or too many gone.

Takes   a Diff, the List, and what a person has allowed.
Gives   the Problem that stops it, or none.
Fails   never.
"""

from collections.abc import Sequence

from mailer.errors import Problem
from mailer.register.definition import List
from mailer.register.diff import Diff
from mailer.words import count, listing

# Above both of these, a file that takes people off is more likely wrong than right.
STOP_SHARE = 0.05
STOP_PEOPLE = 5
# Above both of these, a whole file is not trusted to say who is absent. One bad row of seven is nothing.
BAD_ROWS_SHARE = 0.10
BAD_ROWS = 5


def stop(
    where: str, diff: Diff, chosen: List, whole: bool, allow_removals: int | None, removed_as: Sequence[str] = ()
) -> list[Problem]:
    """Why the file must not be accepted as it is; empty when it may. `removed_as`: what to call those who leave."""
    if not whole:
        if not diff.rows:
            return [Problem(where, "filen har ingen rad med en person.", "Exportera registret igen.")]
        return _too_many(where, diff, chosen, allow_removals, removed_as) if diff.removed else []
    if not diff.rows:
        return [
            Problem(
                where,
                "filen har ingen rad med en person; då skulle alla tas bort.",
                "Exportera registret igen.",
            )
        ]
    bad = len({problem.line for problem in diff.problems})
    if bad >= BAD_ROWS and bad > BAD_ROWS_SHARE * diff.rows:
        what = f"{bad} av {count(diff.rows, 'rad', 'rader')} har fel; då går det inte att lita på vilka som saknas."
        return [Problem(where, what, "Rätta registret eller exporten och kör igen, eller läs in med --add.")]
    if diff.removed and diff.unknown:
        lines = ", ".join(map(str, diff.unknown[:10]))
        what = f"det går inte att se vem rad {lines} gäller, så det är ovisst vilka som saknas."
        return [Problem(where, what, "Rätta raden och kör igen, eller läs in med --add.", diff.unknown[0])]
    return _too_many(where, diff, chosen, allow_removals, removed_as)


def _too_many(
    where: str, diff: Diff, chosen: List, allow_removals: int | None, removed_as: Sequence[str]
) -> list[Problem]:
    gone = len(diff.removed)
    if allow_removals == gone:
        return []
    would = "skulle räknas som utträdda" if chosen.members else "skulle tas av listan"
    what = f"{gone} av {diff.on_list} på listan {chosen.name} {would}. {diff.words(chosen.members)}."
    what += f" De som skulle bort: {first_of(removed_as, gone)}." if removed_as else ""
    if allow_removals is not None:
        return [
            Problem(
                where,
                f"{what} Det är inte {allow_removals}.",
                f"Stämmer antalet? Skriv --allow-removals {gone}.",
            )
        ]
    if gone <= max(STOP_SHARE * diff.on_list, STOP_PEOPLE):
        return []
    remedy = f"Är filen hel? Stämmer antalet, skriv --allow-removals {gone}. Annars: exportera igen."
    return [Problem(where, what, remedy)]


def first_of(names: Sequence[str], number: int) -> str:
    """”nr 17, nr 18 och 3 till”: the names there are, and how many more there would be."""
    rest = number - len(names)
    return listing([*names, *([f"{rest} till"] if rest > 0 else [])])
