"""What a spreadsheet has done to numbers that are names: zeros at the front that are gone.

Takes   a Sheet and which of its columns is the member number; numbers of a file and of the register.
Gives   warnings: nothing can be put back, and nothing is guessed.
Fails   never.
"""

from collections.abc import Iterable, Mapping, Sequence

from mailer.errors import Problem
from mailer.register.records import Sheet, printable
from mailer.words import count, listing

SHOWN = 5  # numbers named


def lost_zeros(where: str, sheet: Sheet, columns: Mapping[int, str], numbers: Sequence[str]) -> tuple[Problem, ...]:
    """A warning when a workbook holds the member numbers as numbers and not all are equally long.

    A Swedish postcode never begins with a zero, and a telephone number without its zero can still be read as one.
    """
    widths = sorted({len(number) for number in numbers if number.isdigit()})
    as_numbers = [n for n, field in columns.items() if field == "number" and n in sheet.numbers]
    if not as_numbers or len(widths) < 2:
        return ()
    what = (
        f"kolumnen ”{printable(sheet.header[as_numbers[0]])}” är lagrad som tal, och numren är olika långa "
        f"({widths[0]}–{widths[-1]} siffror): nollor i början kan ha försvunnit."
    )
    remedy = "Jämför några nummer med registret. Saknas nollor: gör kolumnen till text och exportera igen."
    return (Problem(where, what, remedy, sheet.line),)


def nearly_known(where: str, new: Iterable[tuple[int, str]], known: Iterable[str]) -> tuple[Problem, ...]:
    """A warning for new numbers (line, number) that somebody in the register has but for zeros at the front."""
    short = {number.lstrip("0"): number for number in known if number.isdigit()}
    pairs = [(line, n, short[n.lstrip("0")]) for line, n in new if n.isdigit() and n.lstrip("0") in short]
    if not pairs:
        return ()
    shown = listing([f"{new_} ({old})" for _, new_, old in pairs[:SHOWN]])
    rest = f" och {len(pairs) - SHOWN} till" if len(pairs) > SHOWN else ""
    who = count(len(pairs), "ny person har ett nummer", "nya personer har nummer")
    what = f"{who} som finns i registret så när som på nollor i början: {shown}{rest}."
    remedy = "Är det samma människor: gör kolumnen till text och exportera igen. Annars får de dubbla mejl."
    return (Problem(where, what, remedy, pairs[0][0]),)
