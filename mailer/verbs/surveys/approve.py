"""survey approve: a named person's yes to all the words and steps of a survey, at once.

Takes   the opened house, which survey, the approver's name, a reason where one is called for.
Gives   a Shown: every word of every mail in both languages, how many each step is for, what is wrong.
Fails   EditorError with everything that stands in the way.

From then on the files are nobody's but their editors': what is approved is kept whole, and nothing else is sent.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from mailer import maillog, words
from mailer.audience.rule import Rule
from mailer.content.channel_plan.model import Channel, ChannelPlan, Step, Whom
from mailer.content.questionnaires.model import Questionnaire
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue.finding import Finding
from mailer.languages import LANGUAGES
from mailer.render.preflight import of_survey
from mailer.render.preview import sample
from mailer.render.rendering import Rendering
from mailer.render.survey import render_step
from mailer.render.templates import open_templates
from mailer.surveys import freezing, store
from mailer.surveys.box import store as box
from mailer.surveys.people import members
from mailer.surveys.personal import typed_page
from mailer.surveys.plan import approved_words
from mailer.surveys.plan.approved_words import Words
from mailer.surveys.plan.drawing import Drawn, draw
from mailer.surveys.plan.reasons import REASONS
from mailer.surveys.plan.rules import Calendar
from mailer.surveys.store import Surveyed
from mailer.verbs import prepare
from mailer.verbs.people import person
from mailer.verbs.surveys import ask, plan_words, reading
from mailer.verbs.surveys import plan as plan_verb
from mailer.verbs.surveys.days import calendar_of

VERSION = 12  # characters of the hash that a person repeats


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to say yes to; or what was said yes to."""

    questionnaire: Questionnaire
    plan: ChannelPlan
    words: Words
    digest: str
    drawn: Drawn
    calendar: Calendar
    problems: tuple[Problem, ...]  # what stops it
    warnings: tuple[Problem, ...]
    by: str = ""  # who approved it
    invited: int = 0


def look(house: House, key: str) -> Shown:
    """All that an approval would be a yes to, and what stands in its way. Nothing is written."""
    return look_at(house, *reading.read(house, key))


def look_at(house: House, asked: Questionnaire, plan: ChannelPlan) -> Shown:
    """The same, of questions and a plan that have been read."""
    rule = _rule(house, asked)
    texts = render_all(house, asked, plan)
    now = house.here()

    def read(connection: Connection) -> tuple[Drawn, Calendar, list[Problem]]:
        people = members(connection, asked, house.zone, now)
        calendar = calendar_of(house, connection, asked, plan, now)
        wrong = list(_in_the_way(house, connection, asked, plan, len(people)))
        return draw(asked, plan, people, calendar), calendar, wrong

    drawn, calendar, wrong = house.db.read(read)
    found = _findings(asked, plan, texts)
    stops = (*wrong, *(f.problem for f in found if f.stops))
    warnings = tuple(f.problem for f in found if not f.stops)
    digest = approved_words.digest(asked, plan, rule, texts)
    return Shown(asked, plan, texts, digest, drawn, calendar, stops, warnings)


def approve(house: House, key: str, name: str, reason: str = "", version: str = "") -> Shown:
    """Say yes. `version`: what the approver has read. `reason`: why, although the opening day has been."""
    approver = person(house.settings, name, "approver")
    shown = look(house, key)
    asked = shown.questionnaire
    late = tuple(_late(house, asked, reason.strip()))
    if shown.problems or late:
        raise EditorError(*shown.problems, *late)
    if not shown.digest.startswith(version):
        remedy = f"Läs det nya: mailer survey approve {asked.key}"
        raise EditorError(Problem(asked.title.sv, "enkäten eller planen har ändrats sedan du läste dem.", remedy))

    return put(house, shown, approver.name)


def put(house: House, shown: Shown, name: str) -> Shown:
    """Keep what is approved, draw up the invitations when it is time, and let the plan begin."""
    asked, plan = shown.questionnaire, shown.plan

    def write(connection: Connection) -> int:
        house.db.last_look(connection, wish=True)  # of two approvals at once one comes first, and the other is told so
        number = store.prepare(connection, asked, plan, shown.digest, house.zone)
        survey = store.read(connection, number)
        if wrong := box.ready(connection, survey):
            raise EditorError(wrong)
        approved_words.keep(connection, number, _rule(house, asked), shown.words)
        now = house.clock.now()
        by = {"approved_by": name, "approved_os_user": house.os_user, "approved_at": now}
        store.step(connection, number, "approve", **by)
        if not freezing.is_time(survey, house.here().date()):
            return 0
        new = freezing.freeze(connection, house.keys, survey, house.zone, now)
        ask.draw_up(house, connection, survey, new)
        return len(new)

    invited = house.db.write(write)
    maillog.survey_approved(asked.key, invited)
    return replace(shown, problems=(), by=name, invited=invited)


def render_all(house: House, asked: Questionnaire, plan: ChannelPlan) -> Words:
    """The mails of all steps, in both languages."""
    templates, address = open_templates(house.home), house.settings.web.address
    mails = [step for step in plan.steps if step.channel is Channel.EMAIL]

    def rendered(step: Step) -> tuple[Rendering, ...]:
        return tuple(
            render_step(
                asked, step, language, templates, house.settings, typed=typed_page(address, language),
            )
            for language in LANGUAGES
        )  # fmt: skip

    return {step.key: rendered(step) for step in mails}


def lines(house: House, shown: Shown, everything: bool = True) -> list[str]:
    """What the approver reads: each step, how many it is for, and its words."""
    asked = shown.questionnaire
    out = [f"{asked.title.sv}: öppnar {_day(asked.opens)}, stänger {_day(asked.closes)}."]
    out.append(f"Frågorna går till {words.count(len(shown.drawn.people), 'medlem', 'medlemmar')}.")
    for step in shown.plan.steps:
        out += ["", *_step_lines(house, shown, step)]
        if everything:
            for rendering in shown.words.get(step.key, ()):
                read = sample(rendering, house.settings.association.name)
                out += ["", f"  ({rendering.edition}) Ämne: {read.subject}", ""]
                out += [f"  | {line}".rstrip() for line in read.text.splitlines()]
            if step.channel is not Channel.EMAIL:
                out += _own_words(step)
    return [*out, "", *_costs(shown), "", *_end(shown)]


def _own_words(step: Step) -> list[str]:
    """The words of a step that is no mail, as they stand in the plan, in each language that has some."""
    out = []
    for language in LANGUAGES:
        text = step.text.sv if language == "sv" else step.text.en
        if text.strip():
            subject = step.subject.say(language)
            out += ["", f"  ({language}){f' Rubrik: {subject}' if subject else ''}", ""]
            out += [f"  | {line}".rstrip() for line in text.strip().splitlines()]
    return out


def _costs(shown: Shown) -> list[str]:
    """What it costs, as `survey plan` has it."""
    people = [person for person, _ in shown.drawn.people]
    counted = plan_verb.show(plan_verb.Drawing(shown.questionnaire, shown.plan, "", shown.calendar, people))
    return plan_words.cost_lines(counted.cost, counted)


def _end(shown: Shown) -> list[str]:
    key = shown.questionnaire.key
    if shown.by:
        who = words.count(shown.invited, "inbjudan", "inbjudningar")
        drawn = f"{who} är gjorda" if shown.invited else "Inbjudningarna görs på avstämningsdagen"
        return [f"Enkäten och hela dess plan är godkända av {shown.by}. {drawn}.",
                f"Klockan sköter resten: mailer run. Hur det går: mailer survey status {key}"]  # fmt: skip
    out = [f"Tänk på: {problem}" for problem in shown.warnings]
    if shown.problems:
        return [*out, "Det här måste rättas först:", *(f"  {problem}" for problem in shown.problems)]
    command = f"mailer survey approve {key} --version {shown.digest[:VERSION]} --as NAMN"
    return [*out, "Ett ja gäller alla ord och alla steg ovan. Dagar och antal kan flytta sig; orden kan det inte.",
            f"Godkänn: {command}"]  # fmt: skip


def _step_lines(house: House, shown: Shown, step: Step) -> list[str]:
    channel = CHANNEL_WORDS[step.channel]
    of = [line for _, some in shown.drawn.people for line in some if line.step == step.key]
    gets = [line for line in of if line.moment is not None]
    days = Counter(line.moment.astimezone(house.zone).date() for line in gets if line.moment)
    if step.channel in (Channel.ISSUE, Channel.IN_PERSON):
        return [f"{step.name} ({channel})", *(f"  {_day(day)}" for day in sorted(days))]
    may = "högst " if step.whom in (Whom.ANSWERED, Whom.EMAIL_FAILED) else ""
    out = [f"{step.name} ({channel}): {may}{words.count(len(gets), 'person', 'personer')}"]
    out += [f"  {_day(day)}: {number}" for day, number in sorted(days.items())]
    whys = Counter(line.reason for line in of if line.moment is None)
    return [*out, *(f"  {number} får det inte: {REASONS.get(why, why)}" for why, number in sorted(whys.items()))]


CHANNEL_WORDS = {
    Channel.ISSUE: "V Aktuellt",
    Channel.EMAIL: "mejl",
    Channel.LETTER: "brev",
    Channel.TELEPHONE: "telefon",
    Channel.IN_PERSON: "på plats",
}


def _in_the_way(
    house: House, connection: Connection, asked: Questionnaire, plan: ChannelPlan, people: int
) -> Iterator[Problem]:
    title = asked.title.sv
    if any(step.channel is Channel.EMAIL for step in plan.steps) and not house.settings.web.address:
        what = "hemmet har inga egna sidor, så ett mejl har ingenstans att leda den som vill svara."
        yield Problem("settings.toml", what, "Fyll i address under [web], och se till att tjänsten nås där.")
    if not people:
        yield Problem(title, "det finns ingen att fråga.", "Läs in medlemmarna: mailer import, och se listan i filen.")
    survey = store.find(connection, asked.key)
    if survey is not None and survey.state != "prepared":
        remedy = "Gör en ny enkät med ett annat filnamn, om den ska gå en gång till."
        yield Problem(title, f"enkäten {store.STATE_WORDS[survey.state]}.", remedy)
    if asked.is_secret:
        missing = Problem(
            title,
            "svarsurnan har ingen nyckel än.",
            f"Gör den: mailer survey key {asked.key} --to MAPP --name NAMN --to MAPP2 --name NAMN2",
        )
        wrong = box.ready(connection, _as_now(survey, asked)) if survey is not None else missing
        if wrong:
            yield wrong
    if house.here().date() > asked.closes:
        yield Problem(title, "stängningsdagen har redan varit.", "Skriv en dag som kommer i enkätens fil.")


def _as_now(survey: Surveyed, asked: Questionnaire) -> Surveyed:
    """What is kept, with the questions as the file has them now."""
    return Surveyed(
        survey.number, survey.key, survey.state, asked, survey.plan, survey.hash,
        survey.opens_at, survey.closes_at, survey.public_key, survey.ballot_size,
    )  # fmt: skip


def _late(house: House, asked: Questionnaire, reason: str) -> Iterator[Problem]:
    if house.here().date() > asked.opens and not reason:
        what = f"öppningsdagen, {_day(asked.opens)}, har redan varit; steg vars dag har gått blir inte av."
        yield Problem(asked.title.sv, what, 'Ändra dagen i filen. Ska det vara så: lägg till --reason "…"')


def _findings(asked: Questionnaire, plan: ChannelPlan, texts: Words) -> list[Finding]:
    names = {step.key: step.name for step in plan.steps}
    return [f for key, some in texts.items() for r in some for f in of_survey(names[key], r)]


def _rule(house: House, asked: Questionnaire) -> Rule:
    return prepare.rule_of(house, (asked.list_key,))


def _day(day: date) -> str:
    return words.day(day)
