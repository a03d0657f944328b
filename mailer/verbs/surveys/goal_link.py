"""A link to the goal's page: each of the association's people has one of her own, and it ends with her task.

Takes   the opened house, a survey, a person.
Gives   her link; in the outbox too, as a notice, when she asks for it.
Fails   EditorError: no such survey, no right to a link, no pages to link to.
"""

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.settings import Person, Role
from mailer.surveys.goal import link as links_to
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.verbs import links
from mailer.verbs.people import person
from mailer.verbs.say import say
from mailer.verbs.surveys.kept import kept

ROLES: tuple[Role, ...] = ("administrator", "approver", "editor")  # who may see the figures
NAMES: tuple[Role, ...] = ("administrator", "approver")  # and who may see names


def url_of(house: House, survey: Surveyed, who: Person) -> str:
    """Her own way to the page; ”” while there are no pages, or she has no role that opens it."""
    if not house.settings.web.address or not set(ROLES) & set(who.roles):
        return ""
    return str(links.page(house, "sv", links_to.PAGE + links_to.code(house.keys, survey.number, who.address)))


def link(house: House, key: str, as_name: str, by_mail: bool = False) -> list[str]:
    """Her link to print; by mail too when she asks."""
    who, survey = person(house.settings, as_name, *ROLES), kept(house, key)
    if survey.state == Survey.PREPARED:
        what, remedy = "enkäten är inte godkänd, så det finns inget att visa än.", "Se: mailer survey approve"
        raise EditorError(Problem(survey.questionnaire.title.sv, what, remedy))
    if not (url := url_of(house, survey, who)):
        remedy = "Fyll i address under [web] i settings.toml, eller skriv sidan till en fil: --page FIL."
        raise EditorError(Problem("settings.toml", "tjänsten har inga sidor som en länk kan gå till.", remedy))
    lines = [f"{who.name} läser hur det går för {survey.questionnaire.title.sv}:", url,
             "Länken är personlig och gäller så länge du står under [[people]]. Skicka den inte vidare."]  # fmt: skip
    if by_mail:
        name = f"enkät/{survey.key}/målet/{house.here().date()}"
        told = say(house, name, [who], "goal_link", title=survey.questionnaire.title.sv, link=url)
        mailed = "Den är också lagd i utkorgen som mejl." if told else "Den har redan gått till dig som mejl i dag."
        lines.append(mailed)
    return lines
