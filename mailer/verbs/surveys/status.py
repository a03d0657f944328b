"""survey status: how a survey goes, what comes next, what people must do, what has changed in its files.

Takes   the opened house, which survey.
Gives   the lines. No names.
Fails   EditorError when it has never been approved.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from mailer import words
from mailer.errors import EditorError
from mailer.house import House
from mailer.languages import LANGUAGES
from mailer.surveys import erasing, freezing, kept, store
from mailer.surveys.field import paper
from mailer.surveys.freezing import Figures
from mailer.surveys.plan import approved_words
from mailer.surveys.plan.drawing import likely_moment
from mailer.surveys.plan.reasons import REASONS
from mailer.surveys.posting import letter_rows
from mailer.surveys.states import Ask, Survey
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, invitations
from mailer.verbs.surveys import erase, following, goal, goal_words, tell
from mailer.verbs.surveys.approve import CHANNEL_WORDS, look
from mailer.verbs.surveys.days import calendar_of
from mailer.verbs.surveys.stop import find

REMOVED_WORDS = {
    "died_before": "hade avlidit före avstämningsdagen",
    "never_member": "har aldrig varit medlem",
    "duplicate": "står två gånger",
}


def status(house: House, key: str) -> list[str]:
    """Everything an officer needs on one screen."""
    survey = find(house, key)
    figures, frozen, steps, work = house.db.read(
        lambda c: (
            freezing.figures(c, survey),
            store.is_frozen(c, survey.number),
            _steps(c, survey),
            tell.to_do(house, c, survey),
        )
    )
    asked = survey.questionnaire
    out = [f"{asked.title.sv}: {_stands(house, survey)}"]
    out += (
        _figures(house, survey, figures)
        if frozen
        else [f"Medlemmarna räknas på avstämningsdagen, {words.day(asked.freeze)}."]
    )
    out += ["", "Stegen:", *_step_lines(house, survey, steps)]
    printed = house.db.read(lambda c: letter_rows.on_table(c, survey))
    to_do = [*(_to_do(one, survey, printed) for one in work), *_pile(house, survey)]
    if to_do:
        out += ["", "Att göra:", *(f"  {line}" for line in to_do)]
    if changed := changes(house, survey):
        out += ["", *changed]
    out += _followed(house, survey)
    if said := _next(house, survey):
        out += ["", said]
    return out


def _followed(house: House, survey: Surveyed) -> list[str]:
    """Those who want to be active, in numbers; and that nothing leads to anybody any more, when it is so."""
    today = house.here().date()
    counted, is_erased = house.db.read(
        lambda c: (erasing.followed(c, survey.number, today), erasing.is_erased(c, survey.number))
    )
    out = following.status_lines(counted, survey.key, is_erased)
    return [*([""] if out else []), *out, *erase.status_lines(house, survey)]


def _figures(house: House, survey: Surveyed, figures: Figures) -> list[str]:
    """The sentence of the goal, the three bars, and what they leave out."""
    found = goal.look(house, survey)
    out = [found.sentence] if found.sentence else []
    out += figure_lines(figures, survey.questionnaire.goal)
    out += [f"  {name:<11} {words_}" for name, words_ in goal_words.bars(found)]
    nobody = found.standing.untouched
    if nobody and found.goes_on:
        who = words.count(nobody, "medlem", "medlemmar")
        out.append(f"  {who} har ingen kontaktat än: mailer survey goal {survey.key} --untouched --as NAMN")
    return out


def _pile(house: House, survey: Surveyed) -> list[str]:
    """Inner envelopes that nobody has typed: once the box is opened it takes no more."""
    number = house.db.read(lambda c: paper.waiting(c, survey.number))
    if not number or survey.state != Survey.APPROVED:
        return []
    many = words.count(number, "inre kuvert väntar", "inre kuvert väntar")
    closes = survey.questionnaire.closes
    last = "innan svarsurnan öppnas" if house.here().date() > closes else f"helst senast {words.day(closes)}"
    return [f"{many} på att skrivas in, {last}: mailer survey paper {survey.key} --name NAMN --as NAMN"]


def _stands(house: House, survey: Surveyed) -> str:
    """Where it is today: a survey that is approved is to open, open, or over."""
    asked, today = survey.questionnaire, house.here().date()
    opens, closes = words.day(asked.opens), words.day(asked.closes)
    if survey.state == Survey.COUNTED:
        return f"är avslutad och räknad. Den var öppen från {opens} till och med {closes}."
    if survey.state != Survey.APPROVED:
        return f"{store.STATE_WORDS[survey.state]}."
    if today < asked.opens:
        return f"är godkänd. Öppnar {opens}, stänger {closes}."
    if today <= asked.closes:
        return f"är öppen sedan {opens}, till och med {closes}."
    return f"stängde efter {closes}. Svaren är inte räknade än."


def _next(house: House, survey: Surveyed) -> str:
    """What somebody does next, when it is not the clock's turn."""
    if survey.state == Survey.COUNTED:
        return f"Resultatet: mailer survey report {survey.key}"
    if survey.state == Survey.APPROVED and house.here().date() > survey.questionnaire.closes:
        with_key = " --key FIL" if survey.questionnaire.is_secret else ""
        return f"Räkna svaren: mailer survey close {survey.key}{with_key}"
    return ""


def figure_lines(figures: Figures, goal: int) -> list[str]:
    """The figures, one a line."""
    f = figures
    rate = f"{f.rate:.1f} %".replace(".", ",") if f.rate is not None else "–"
    out = [f"Svarsfrekvens: {rate} ({f.answered} av {f.counted} medlemmar på avstämningsdagen). Målet är {goal} %."]
    if f.rate_today is not None:
        today = f"{f.rate_today:.1f} %".replace(".", ",")
        out.append(f"Av dagens medlemmar: {today} ({f.today_answered} av {f.today}).")
    facts = (("påbörjade svar", f.begun), ("avböjt", f.declined), ("stoppade", f.stopped))
    out.append("  " + ", ".join(f"{number} {what}" for what, number in facts))
    if f.later:
        out.append(f"  {f.later} har blivit medlemmar senare; {f.later_answered} av dem har svarat")
    out += [f"  {number} borttagna: {REMOVED_WORDS[why]}" for why, number in sorted(f.removed.items())]
    return out


def changes(house: House, survey: Surveyed) -> list[str]:
    """What is approved and what its files say now: another text in them changes nothing that is sent."""
    if survey.state not in store.LIVE:
        return []
    try:
        shown = look(house, survey.key)
    except EditorError as wrong:
        return ["Filerna går inte att läsa nu. Det ändrar inget: det som är godkänt gäller.",
                *(f"  {problem}" for problem in wrong.problems)]  # fmt: skip
    if shown.digest == survey.hash:
        return []
    kept = house.db.read(lambda c: approved_words.of_survey(c, survey.number))
    names = {step.key: step.name for step in shown.plan.steps}
    other = [names[key] for key, some in shown.words.items() if [r.hash for r in some] != _hashes(kept.get(key, ()))]
    what = f" (mejlen i {words.listing(other)} skulle bli andra)" if other else ""
    return [f"Filerna har ändrats sedan godkännandet{what}. Det som är godkänt gäller, och inget annat skickas."]


def _hashes(some: Any) -> list[str]:
    by = {r.edition: r.hash for r in some}
    return [by.get(language, "") for language in LANGUAGES]


def _steps(connection: Connection, survey: Surveyed) -> dict[str, list[tuple[str, str | None, int, datetime | None]]]:
    """step -> (state, reason, how many, the first moment)."""
    if stood := kept.read(connection, survey.number):
        rows: dict[str, list[tuple[str, str | None, int, datetime | None]]] = {}
        for one in stood.steps:
            rows.setdefault(one.step, []).append((one.state, one.reason, one.number, None))
        return rows
    a, i = asks.c, invitations.c
    query = (
        select(a.step, a.state, a.reason, func.count(), func.min(a.planned_for))
        .join(invitations, i.id == a.invitation_id)
        .where(i.survey_id == survey.number)
        .group_by(a.step, a.state, a.reason)
    )
    found: dict[str, list[tuple[str, str | None, int, datetime | None]]] = {}
    for step, state, reason, number, first in connection.execute(query):
        found.setdefault(step, []).append((state, reason, number, first))
    return found


def _step_lines(
    house: House, survey: Surveyed, steps: dict[str, list[tuple[str, str | None, int, datetime | None]]]
) -> list[str]:
    out = []
    calendar = house.db.read(lambda c: calendar_of(house, c, survey.questionnaire, survey.plan))
    for step in survey.plan.steps:
        rows = steps.get(step.key, [])
        line = f"  {step.name} ({CHANNEL_WORDS[step.channel]})"
        if not rows:
            out.append(f"{line}: {words.day(calendar.day_of(likely_moment(step, calendar)))}")
            continue
        of = {state: sum(n for s, _, n, _ in rows if s == state) for state in Ask}
        first = min((at for s, _, _, at in rows if s == Ask.PLANNED and at), default=None)
        facts = [f"{of[Ask.ASKED]} tillfrågade"] if of[Ask.ASKED] else []
        if first:
            facts.append(f"{of[Ask.PLANNED]} planerade från {words.day(first.astimezone(house.zone).date())}")
        facts += [f"{of[state]} {what}" for state, what in ENDS.items() if of[state]]
        out.append(f"{line}: {', '.join(facts)}")
        skipped = [(why, n) for s, why, n, _ in rows if s == Ask.SKIPPED]
        some = [(words.count(n, "överhoppad", "överhoppade"), why or "") for why, n in skipped]
        out += [f"    {many}: {REASONS.get(why, why)}" for many, why in some]
    return out


ENDS = {Ask.STOPPED: "behövs inte längre", Ask.NOT_ASKED: "får det inte", Ask.SKIPPED: "blev inte av"}


def print_command(key: str, step: str) -> str:
    """What prints the letters of a step."""
    return f"mailer letters print {key} {step}"


def _to_do(work: tell.Work, survey: Surveyed, printed: Mapping[str, int]) -> str:
    who = words.count(work.number, "person", "personer")
    if work.step.channel == "letter":
        on_table = min(printed.get(work.step.key, 0), work.number)
        if on_table < work.number:
            left = words.count(work.number - on_table, "person", "personer")
            return f"{work.step.name}: brev till {left}. Skriv ut: {print_command(survey.key, work.step.key)} --as NAMN"
        posted = f"mailer letters posted {survey.key} {work.step.key} --as NAMN"
        before = f"Före posten: mailer letters pull {survey.key}"
        return f"{work.step.name}: brev till {who} är utskrivna. {before}. När de är postade: {posted}"
    return f"{work.step.name}: {who} att ringa."
