"""How far it is to the goal, behind a personal link; and those whom nobody has contacted, by name, behind a button.

Takes   the opened house, and the pages' looks.
Gives   Responses. GET shows figures and no name, and writes nothing. POST shows the names, and each is recorded first:
        a program that follows links never reads them, and is never taken for her.
Fails   Refused when names are asked for too often; LaterError and AdminError, which the routes put into words.

A link of somebody who is no longer among the people opens nothing, as one that was never made.
"""

from dataclasses import dataclass
from time import monotonic

from starlette.responses import Response

from mailer import words
from mailer.house import House
from mailer.settings import Person
from mailer.surveys import store
from mailer.surveys.goal import link
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys import goal, goal_link, goal_untouched, goal_view
from mailer.web import guard
from mailer.web.approving.visitor import Today
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

NAMES = "/kvar"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose link it is, and to which survey."""

    person: Person
    survey: Surveyed

    @property
    def may_see_names(self) -> bool:
        """Editors see figures; names are for those who answer for the register."""
        return bool(set(goal_link.NAMES) & set(self.person.roles))


class Malet:
    """The pages of one home."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._today = Today(house)
        self._pages = pages
        self._pace = guard.Pace()

    def routes(self) -> tuple[Page, ...]:
        """The figures, and the names."""
        one = f"{link.PAGE}{{code}}"
        return (
            Page("GET", one, self._figures),
            Page("GET", one + NAMES, self._before_names),
            Page("POST", one + NAMES, self._names),
        )

    def _figures(self, ask: Ask) -> Response:
        house = self._today.house()
        if (reader := _reader(house, ask)) is None:
            return self._pages.message(404)
        found = goal.look(house, reader.survey)
        shown = goal_view.view(found, house.here().date())
        names = self._pages.address("sv", _at(ask) + NAMES) if reader.may_see_names else ""
        return self._pages.member("goal", "sv", _at(ask), view=shown, names=names)

    def _before_names(self, ask: Ask) -> Response:
        """The button."""
        house = self._today.house()
        reader = _reader(house, ask)
        if reader is None or not reader.may_see_names:
            return self._pages.message(404)
        untouched = goal.look(house, reader.survey).standing.untouched
        count = f"{words.count(untouched, 'medlem', 'medlemmar')} har ingen kontaktat än."
        return self._shown(ask, reader, None, count)

    def _names(self, ask: Ask) -> Response:
        house = self._today.house()
        reader = _reader(house, ask)
        if reader is None or not reader.may_see_names:
            return self._pages.message(404)
        self._pace.take(ask.path["code"], monotonic())
        if ask.form.get("button") != "names":
            return self._pages.message(400)
        return self._shown(ask, reader, goal_untouched.seen_by(house, reader.survey, reader.person))

    def _shown(self, ask: Ask, reader: Reader, found: object, count: str = "") -> Response:
        return self._pages.member(
            "goal_names", "sv", _at(ask) + NAMES, title=reader.survey.questionnaire.title.sv, found=found, count=count,
            told=goal_untouched.told, at=_at(ask) + NAMES, back=self._pages.address("sv", _at(ask)),
        )  # fmt: skip


def _at(ask: Ask) -> str:
    return f"{link.PAGE}{ask.path['code']}"


def _reader(house: House, ask: Ask) -> Reader | None:
    """Whose code it is, among the people of today. The same None for all that is not hers."""
    people = {p.address: p for role in goal_link.ROLES for p in reversed(house.settings.with_role(role))}
    found = link.read_code(house.keys, ask.path["code"], people)
    if found is None:
        return None
    number, address = found
    surveys = {one.number: one for one in house.db.read(store.all_surveys)}
    survey = surveys.get(number)
    if survey is None or survey.state == Survey.PREPARED:
        return None
    return Reader(people[address], survey)
