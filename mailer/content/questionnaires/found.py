"""What is found wrong while a survey's file is read, and what is worth a thought.

Takes   a file's name.
Gives   errors, which stop the survey, and remarks, which do not; each with its line.
Fails   never.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from mailer.content.questionnaires.model import Words
from mailer.content.questionnaires.wording import two
from mailer.errors import Problem

LONGEST_SHOWN = 40  # characters of what is quoted back
MOST = 60  # errors of one file; nobody reads more


@dataclass(frozen=True, slots=True)
class Found:
    """Errors and remarks so far."""

    where: str
    errors: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    unclear: set[str] = field(default_factory=set)  # keys of questions with a mistake: what hangs on one is left

    def wrong(self, line: int, what: str, remedy: str) -> None:
        """Note a mistake."""
        self.errors.append(Problem(self.where, what, remedy, line))

    def remark(self, line: int, what: str, remedy: str) -> None:
        """Note what works, but may not be meant."""
        self.remarks.append(Problem(self.where, what, remedy, line))

    def words(self, line: int, written: str, noun: str, longest: int) -> Words:
        """”Svenska | English”, checked. `noun`: what it is, in the definite form."""
        found, is_three = two(written)
        if is_three:
            remedy = "Skriv svenska | engelska. Ska tecknet | stå i texten, skriv \\|."
            self.wrong(line, f"{noun} har mer än ett |.", remedy)
        for text in (found.sv, found.en):
            self.length(line, text, noun, longest)
        return found

    def length(self, line: int, text: str, noun: str, longest: int) -> None:
        """Note a text that is too long, or that has a field of the e-mails."""
        if len(text) > longest:
            self.wrong(line, f"{noun} är {len(text)} tecken lång.", f"Korta den till högst {longest} tecken.")
        if "{{" in text:
            remedy = "Fält fylls bara i i mejl och brev. Ta bort det."
            self.wrong(line, f"{noun} har ett fält, {{{{ … }}}}.", remedy)


def capped(problems: Iterable[Problem], where: str) -> tuple[Problem, ...]:
    """By line, each once, and not more than anybody reads."""
    ordered = sorted(set(problems), key=lambda p: (p.line, p.what))
    rest = len(ordered) - MOST
    if rest <= 0:
        return tuple(ordered)
    return (*ordered[:MOST], Problem(where, f"och {rest} fel till i filen.", "Börja med dem ovan."))


def short(text: str) -> str:
    """What is quoted back of a text."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def meant(written: str, known: Iterable[str], otherwise: str) -> str:
    """”Menade du ”aktiv”?”, or what there is."""
    near = difflib.get_close_matches(written[:LONGEST_SHOWN], list(known), 1, cutoff=0.6)
    return f"Menade du ”{near[0]}”?" if near else otherwise
