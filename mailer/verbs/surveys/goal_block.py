"""A block about the survey, ready for V Aktuellt: how many have answered, thanks, how long is left and where to answer.

Takes   a Goal, the day its readers get it; the month's folder.
Gives   Markdown with its head, as editors write it; a file of it, never over one that is there.
Fails   EditorError: the survey is not open for answers or over, or the file is there; AdminError: it cannot be written.

It says how many have, not how few, and nothing of where it will end: people do what they hear that others do, and a
forecast of a miss helps it come true. No group and no channel is in it.
"""

from collections.abc import Iterator
from datetime import date

from mailer import words
from mailer.content.new_file import make_file, make_folder
from mailer.content.source import where
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue import moments
from mailer.languages import days as dates
from mailer.surveys.personal import typed_page
from mailer.surveys.states import Survey
from mailer.verbs import which
from mailer.verbs.surveys.goal import Goal

NUMBER = 42  # of the file: after what editors number from 1, and after the plan's own notice (tell.FIRST_NUMBER)
FEW = 5  # answers; fewer are no number to tell


def text(house: House, goal: Goal, read_on: date | None = None) -> str:
    """The whole block. `read_on`: the day it is sent, from which the days that are left are counted; None: not told."""
    _may_be_told(goal, house.here().date())
    paragraphs = list(_thanks(goal) if goal.is_over else _asks(house, goal, read_on))
    if goal.survey.questionnaire.title.en:
        paragraphs.append(_english(goal))
    head = f"---\nrubrik: {_heading(goal)}\nfår läsas av: medlemmar\n---\n\n"
    return head + "\n\n".join(paragraphs) + "\n"


def put(house: House, goal: Goal, month: str) -> list[str]:
    """The block as a file in the month's folder. What to do with it."""
    series, period = which.series_and_period(house, month)
    written = text(house, goal, moments.send_day(series, period))
    name = f"{NUMBER}-{goal.survey.key}-svar.md"
    make_folder(house.content, period)
    if not make_file(house.content, period, name, written):
        remedy = "Ändra i den, eller ta bort den och skriv kommandot igen."
        raise EditorError(Problem(where(f"{period}/{name}"), "filen finns redan.", remedy))
    return [f"Skrev {where(f'{period}/{name}')}. Läs den, ändra vad du vill, och pröva: mailer check {period}"]


def _may_be_told(goal: Goal, today: date) -> None:
    asked = goal.survey.questionnaire
    if goal.survey.state not in (Survey.APPROVED, Survey.COUNTED) or not goal.is_counting or today < asked.opens:
        what = "enkäten har inte öppnat, så det finns inget att tacka för än."
        raise EditorError(Problem(asked.title.sv, what, f"Se: mailer survey status {goal.survey.key}"))


def _heading(goal: Goal) -> str:
    answered = goal.standing.whole.answered
    if goal.is_over:
        return f"Tack för {words.number(answered)} svar" if answered >= FEW else "Enkäten är stängd"
    if answered < FEW:
        return "Medlemsenkäten är öppen"
    return f"{words.number(answered)} har svarat på enkäten. Har du?"


def _asks(house: House, goal: Goal, read_on: date | None) -> Iterator[str]:
    asked, answered = goal.survey.questionnaire, goal.standing.whole.answered
    told = f"**{words.number(answered)} av oss har svarat på {asked.title.sv}. Tack!**" if answered >= FEW else (
        f"**{asked.title.sv} är öppen, och de första svaren har kommit. Tack!**")  # fmt: skip
    yield f"{told} {_goal(goal)}"
    days = (asked.closes - read_on).days if read_on is not None else 0
    rest = f", {words.count(days, 'dag', 'dagar')} till" if days > 1 else ""
    secret = " Det du tycker sparas utan ditt namn." if asked.is_secret else ""
    yield (
        f"Har du inte svarat än? Du hinner: enkäten är öppen till och med {words.day(asked.closes)}{rest}. "
        f"Den tar ungefär {words.count(asked.minutes, 'minut', 'minuter')}.{secret}"
    )
    typed = typed_page(house.settings.web.address, "sv")
    there = f" Koden skriver du på [{typed}]({house.settings.web.address}/svara)." if house.settings.web.address else ""
    yield f"Din egen länk står i mejlet om enkäten. Har du fått brev står din svarskod där.{there}"
    yield "**Har du redan svarat?** Tack! Fråga gärna en annan medlem."


def _goal(goal: Goal) -> str:
    answers, per_cent = words.number(goal.wanted), goal.standing.goal
    share = "hälften av alla medlemmar" if per_cent == 50 else f"{per_cent} procent av alla medlemmar"
    if not goal.missing:
        return f"Målet, minst {share}, är nått. Varje svar till gör bilden säkrare."
    return f"Målet är att minst {share} svarar: {answers} svar."


def _thanks(goal: Goal) -> Iterator[str]:
    asked, answered = goal.survey.questionnaire, goal.standing.whole.answered
    many = f"{words.number(answered)} av oss svarade på {asked.title.sv}." if answered >= FEW else "Enkäten är stängd."
    reached = " Målet är nått." if not goal.missing else ""
    yield f"**{many} Tack!**{reached}"
    yield "Vad svaren säger berättar vi här när de är sammanställda, och då också vad vi gör av dem."


def _english(goal: Goal) -> str:
    asked, answered = goal.survey.questionnaire, goal.standing.whole.answered
    if goal.is_over:
        many = f"{answered} of us answered the survey. " if answered >= FEW else ""
        return f"*In English:* {many}Thank you! We will tell you here what the answers say, and what we do about it."
    many = f"{answered} of us have answered the survey. " if answered >= FEW else ""
    closes = dates.day("en", asked.closes, weekday=False, year=False)
    return (
        f"*In English:* {many}Thank you! If you have not answered yet, it is open until {closes}. "
        "Your own link is in our e-mail about the survey, and your reply code in the letter."
    )
