"""letters form, poster, calibrate: paper that is nobody's. Blank forms, a sign, a sheet to measure an envelope with.

Takes   the opened house; which survey, step or window; where to write.
Gives   the lines: the file, and what to do with it.
Fails   AdminError when the home has no pages of its own or no such window; EditorError when there is no such step.
"""

from collections.abc import Sequence
from pathlib import Path

from mailer.content.channel_plan.model import Step
from mailer.errors import AdminError, Problem
from mailer.house import House
from mailer.languages import Language
from mailer.letters import windows
from mailer.letters.calibration import print_calibration
from mailer.letters.form import print_form
from mailer.letters.poster import print_poster
from mailer.surveys.personal import TYPED, typed_page
from mailer.surveys.store import Surveyed
from mailer.verbs.letters import which
from mailer.verbs.letters.printing import own_windows, words_of
from mailer.verbs.preview import make_private
from mailer.words import listing


def form(house: House, words: Sequence[str], language: Language, copies: int, out: Path | None) -> list[str]:
    """Blank paper forms, for the square and the meeting: the code is written by hand."""
    survey = which.survey(house, words).survey
    path = _file(house, survey, out, f"formular-{language}.pdf")
    print_form(path, survey.questionnaire, language, copies)
    return [f"  {path}", "Skriv ut i 100 % storlek. Bladet utan kod läggs i ett eget, inre kuvert.",
            f"När svaren skrivs in: mailer survey paper {survey.key} --name NAMN --as NAMN"]  # fmt: skip


def poster(house: House, words: Sequence[str], out: Path | None) -> list[str]:
    """A sign for the table: scan it, type your code. With the words of the step, else of the first letter."""
    address = house.settings.web.address
    if not address:
        what = "hemmet har inga egna sidor, så skylten skulle inte leda någonstans."
        raise AdminError(Problem("settings.toml", what, "Skriv address under [web]."))
    meant = which.survey(house, words)
    step = _any_step(house, meant.survey, words)
    path = _file(house, meant.survey, out, f"skylt-{step.key}.pdf")
    letter = words_of(step, house.settings)
    print_poster(path, f"{address}{TYPED}", typed_page(address, "sv"), letter, house.settings.association.name)
    others = [one for one in meant.survey.plan.steps if one.channel == "in_person" and one.text.sv and one != step]
    mine = f"Orden är de i planens steg {step.name}."
    if others:
        theirs = listing([one.name for one in others])
        mine += f" Skylten till {theirs}: mailer letters poster {meant.survey.key} {others[0].key}"
    return [f"  {path}", mine,
            "Den som har sitt brev eller sitt mejl med sig svarar på plats, med sin egen svarskod.",
            f"Till den som hellre svarar på papper: mailer letters form {meant.survey.key}"]  # fmt: skip


def calibrate(house: House, key: str, out: Path | None) -> list[str]:
    """A sheet with a ruler and the window drawn on it: print it, fold it, hold the envelope against the light."""
    window = windows.window(key or house.settings.letters.window, own_windows(house.settings))
    folder = out or house.var / "letters"
    make_private(folder)
    path = folder / f"matark-{window.key}.pdf"
    print_calibration(path, window)
    return [f"  {path}", f"{window.name}: skriv ut i 100 % storlek, vik, lägg i kuvertet och skjut arket åt alla håll.",
            "Den tjocka ramen ska följa fönstrets kant. Gör den inte det står på arket vad som ändras; kör sedan igen: "
            "mailer letters calibrate", "Stämmer det? Nästa: mailer letters print STEG --as NAMN"]  # fmt: skip


def _any_step(house: House, survey: Surveyed, words: Sequence[str]) -> Step:
    """The step whose words the sign has: any of the plan's, for one on the square is often in person."""
    rest = which.survey(house, words).rest
    named = next((step for step in survey.plan.steps if rest and rest[0] in (step.key, step.name)), None)
    if rest and named is None:
        return which.step(house, words).step or survey.plan.steps[0]
    in_person = [step for step in survey.plan.steps if step.channel == "in_person" and step.text.sv]
    letters = [step for step in survey.plan.steps if step.channel == "letter"]
    return named or (*in_person, *letters, *survey.plan.steps)[0]


def _file(house: House, survey: Surveyed, out: Path | None, name: str) -> Path:
    folder = out or house.var / "letters" / survey.key
    make_private(folder)
    return folder / name
