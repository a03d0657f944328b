"""Field time needs no terminal: a link for one evening, to call with or to type paper with.

Takes   the opened house, a survey, who is to have the link, until when.
Gives   the link; the links there are; one that ends.
Fails   EditorError: no such survey, not open, no right to make links, no pages to link to.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, time

from markupsafe import Markup
from sqlalchemy import Connection

from mailer import maillog
from mailer import words as swedish
from mailer.address import parse_address
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.store import notices
from mailer.render.notice import render_notice
from mailer.render.rendering import Rendering
from mailer.render.templates import open_templates
from mailer.surveys import store
from mailer.surveys.field import paper, passes
from mailer.surveys.field.passes import Pass, Sort
from mailer.surveys.store import Surveyed
from mailer.verbs import links
from mailer.verbs.people import person

PATHS = {Sort.TELEPHONE: "/ring/", Sort.PAPER: "/papper/"}
SORT_WORDS = {Sort.TELEPHONE: "ringer", Sort.PAPER: "skriver in papper"}
LONGEST_NAME = 60  # characters; it is said in every row of what she has done


@dataclass(frozen=True, slots=True)
class Made:
    """A new link."""

    number: int
    sort: Sort
    name: str
    title: str
    url: str
    ends: datetime  # in the association's time zone
    mailed_to: str = ""


def make(house: House, key: str, sort: Sort, name: str, until: time | None, as_name: str, mail: str = "") -> Made:
    """A link for this evening, mailed too when an address is given."""
    by = person(house.settings, as_name, "administrator", "approver")
    who = named(name)
    survey, now = survey_of(house, key), house.clock.now()
    end = passes.ends_at(now, until, house.zone)
    _may_begin(house, survey, sort, now, end)
    address = parse_address(mail) if mail else None
    token = secrets.token_urlsafe(passes.TOKEN_BYTES)
    url = links.page(house, "sv", f"{PATHS[sort]}{token}")
    made = Made(0, sort, who, survey.questionnaire.title.sv, str(url), end.astimezone(house.zone), mail)
    rendering = _mail(house, made, url) if address is not None else None

    def work(connection: Connection) -> int:
        number = passes.make(connection, survey.number, sort, token, who, by.name, now, end)
        if address is not None and rendering is not None:
            # Of those whose words are emptied when they have been sent: the link is not kept.
            what = f"{notices.TO_MEMBERS}/pass/{number}"
            notices.notify(connection, what, address, address.key(house.keys), rendering, now, end - now)
        return number

    number = house.db.write(work)
    maillog.passed(number, sort.value)
    return replace(made, number=number)


def words(made: Made) -> list[str]:
    """The lines to print. The link is the right itself: it is printed once."""
    what = "ringa" if made.sort is Sort.TELEPHONE else "skriva in papper"
    lines = [
        f"{made.name} kan {what} för {made.title} till {_clock(made.ends)} i kväll:",
        made.url,
        "Den som har länken kommer in. Ge den bara till den som ska ha den, och inte i en grupp.",
    ]
    if made.mailed_to:
        lines.append("Den är också lagd i utkorgen som mejl.")
    return [*lines, f"Avsluta den i förtid: mailer survey passes --end {made.number} --as NAMN"]


def listed(house: House, key: str) -> list[str]:
    """The links of a survey, the newest first."""
    survey, now = survey_of(house, key), house.clock.now()
    found = house.db.read(lambda c: passes.listed(c, survey.number))
    if not found:
        return ["Inga länkar är gjorda. Gör en: mailer survey caller --name NAMN --as NAMN"]
    return [_line(house, one, calls, now) for one, calls in found]


def end(house: House, key: str, number: int, as_name: str) -> list[str]:
    """End a link now: it opens nothing any more."""
    person(house.settings, as_name, "administrator", "approver")
    survey = survey_of(house, key)
    if not house.db.write(lambda c: passes.end(c, survey.number, number, house.clock.now())):
        raise EditorError(
            Problem(f"länk {number}", "finns inte, eller har slutat gälla redan.", "Se: mailer survey passes")
        )
    maillog.pass_ended(number)
    return [f"Länk {number} öppnar ingenting längre."]


def survey_of(house: House, key: str) -> Surveyed:
    """The survey of that name; without one, the only one that is open. EditorError in words."""
    if key:
        if (found := house.db.read(lambda c: store.find(c, key))) is not None:
            return found
        known = ", ".join(s.key for s in house.db.read(store.all_surveys)) or "ingen"
        raise EditorError(Problem(key, "är ingen enkät som är förberedd.", f"Det finns: {known}."))
    now = house.clock.now()
    opened = [s for s in house.db.read(store.all_surveys) if s.is_open(now)]
    if len(opened) == 1:
        return opened[0]
    names = ", ".join(s.key for s in opened)
    what = f"vilken enkät? Öppna är {names}." if opened else "ingen enkät är öppen."
    raise EditorError(Problem("mailer survey", what, "Skriv enkätens namn efter kommandot."))


def _may_begin(house: House, survey: Surveyed, sort: Sort, now: datetime, end: datetime) -> None:
    title = survey.questionnaire.title.sv
    if not house.settings.web.address:
        remedy = "Fyll i address under [web] i settings.toml."
        raise EditorError(Problem("settings.toml", "tjänsten har inga sidor som en länk kan gå till.", remedy))
    if not survey.is_open(now) and not (sort is Sort.PAPER and _has_sheets(house, survey, now)):
        raise EditorError(Problem(title, "enkäten är inte öppen nu.", "Se: mailer survey status"))
    if end <= now:
        raise EditorError(
            Problem("--until", "klockslaget har redan varit.", "Skriv ett senare, till exempel --until 21:00.")
        )


def _has_sheets(house: House, survey: Surveyed, now: datetime) -> bool:
    return survey.takes_sheets(now) and house.db.read(lambda c: paper.waiting(c, survey.number)) > 0


def named(name: str) -> str:
    """The name of whoever calls or types, as it is kept. EditorError when there is none."""
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME:
        what = "namnet saknas." if not found else f"namnet är längre än {LONGEST_NAME} tecken."
        raise EditorError(Problem("--name", what, "Skriv vem som ska ha länken, till exempel --name ”Kim”."))
    return found


def _mail(house: House, made: Made, url: Markup) -> Rendering:
    return render_notice(
        open_templates(house.home), "field_pass", house.settings,
        foot=f"Systemmejl från {house.settings.association.name}.", caller=made.name, title=made.title, link=url,
        calls=made.sort is Sort.TELEPHONE, until=_clock(made.ends),
    )  # fmt: skip


def _line(house: House, one: Pass, calls: int, now: datetime) -> str:
    made, end = one.made_at.astimezone(house.zone), one.expires_at.astimezone(house.zone)
    day = swedish.day(made.date(), year=True)
    if one.ended_at is not None:
        stands = f"avslutad {_clock(one.ended_at.astimezone(house.zone))}"
    else:
        stands = f"gäller till {_clock(end)}" if one.is_alive(now) else f"gällde till {_clock(end)}"
    count = f", {swedish.count(calls, 'samtal', 'samtal')}" if one.sort is Sort.TELEPHONE else ""
    return f"{one.number}. {one.name} {SORT_WORDS[one.sort]}: {day}, {stands}{count}. Gjord av {one.made_by}."


def _clock(moment: datetime) -> str:
    """”21.00”; the end of a day is said as such."""
    return "midnatt" if (moment.hour, moment.minute) == (0, 0) else swedish.clock(moment)
