"""The addresses of the house's own pages, where it has any.

Takes   the opened house.
Gives   an address as it is written in a mail; ”” while `[web] address` is empty.
Fails   never.
"""

from markupsafe import Markup

from mailer import codes
from mailer.house import House
from mailer.languages import Language
from mailer.settings import Person

ANSWER = "/svara/"  # the page with one version of a mailing, and the buttons under it


def answer(house: House, mailing: int, version: str, person: Person) -> Markup:
    """Where this person reads this version and says yes or no. `version`: the hash that an approval would carry."""
    if not (base := house.settings.web.address):
        return Markup("")
    return Markup(base + ANSWER + codes.answer_code(house.keys, mailing, version, person.address))  # noqa: S704


def page(house: House, language: Language, path: str) -> Markup:
    """The whole address of a page of ours, in the language."""
    base = house.settings.web.address
    return Markup(f"{base}{'/en' if language == 'en' else ''}{path}" if base else "")  # noqa: S704
