"""What only one reader's mail about a survey holds: her link, and the code she may type instead.

Takes   the home's keys, the address of its pages; an offered delivery.
Gives   the values of the slots `survey_page` and `survey_code`.
Fails   never: a mailing of another kind has none.
"""

from collections.abc import Callable, Mapping

from mailer.deliver.message import NOTHING
from mailer.keys import Keys
from mailer.languages import Language, language_of
from mailer.outbox.outcome import Offered
from mailer.surveys import codes

PAGE = "/enkat/"  # where she answers; her token follows
TYPED = "/svara"  # where a code is typed


def personal_of(keys: Keys, address: str) -> Callable[[Offered], Mapping[str, str]]:
    """What the runner asks for each message. `address`: of the home's own pages."""

    def personal(offered: Offered) -> Mapping[str, str]:
        if offered.survey is None or offered.contact is None:
            return NOTHING
        english = "/en" if language_of(offered.language) == "en" else ""
        token = codes.token(keys, offered.survey, offered.contact)
        word = codes.code(keys, offered.survey, offered.contact, offered.version or 0)
        return {"survey_page": f"{address}{english}{PAGE}{token}", "survey_code": codes.shown(word)}

    return personal


def typed_page(address: str, language: Language) -> str:
    """Where somebody types her code, as it is written by hand: without https://."""
    english = "/en" if language == "en" else ""
    return f"{address}{english}{TYPED}".removeprefix("https://").removeprefix("http://")
