"""The short address of a letter: type the code, or come by its QR code.

Takes   the opened house, and the pages' looks.
Gives   Responses: to the form of the one whose code it is.
Fails   Refused when one network tries too many codes that nobody has.

A wrong character is told as such, by the check character, before anything is looked up.
"""

import time

from starlette.responses import RedirectResponse, Response

from mailer import maillog
from mailer.house import House
from mailer.languages import Language, say
from mailer.surveys import codes
from mailer.verbs.surveys import answer
from mailer.web.answering.guesses import MANY, Guesses
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

LONGEST = 60  # characters of what is shown again


class Codes:
    """The pages of one home."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._guesses = Guesses()

    def routes(self) -> tuple[Page, ...]:
        """The page to type it on, and the short address in the QR code, in capitals too."""
        return (
            Page("GET", "/svara", self._form, in_english=True),
            Page("POST", "/svara", self._typed, in_english=True),
            Page("GET", "/s/{code}", self._scanned, in_english=True),
            # A QR code in capitals alone has fewer and larger squares (ISO/IEC 18004, alphanumeric mode).
            Page("GET", "/S/{code}", self._scanned),
        )

    def _form(self, ask: Ask) -> Response:
        return self._page(ask.language, ask.query.get("kod", ""))

    def _typed(self, ask: Ask) -> Response:
        typed = ask.form.get("kod", "")
        if wrong := what_is_wrong(typed, ask.language):
            return self._page(ask.language, typed, 422, wrong)
        if (word := self._word(ask, typed)) is not None:
            return self._to(ask, f"/enkat/{word}")
        wrong = say(ask.language, "Ingen har den koden. Jämför med brevet, tecken för tecken.")
        return self._page(ask.language, typed, 404, wrong)

    def _scanned(self, ask: Ask) -> Response:
        """A wrong one, whichever, lands on the same page, to type it."""
        typed = ask.path["code"]
        if what_is_wrong(typed, ask.language) or (word := self._word(ask, typed)) is None:
            return self._page(ask.language, "", 404, say(
                ask.language, "Koden gick inte att läsa. Skriv den som den står i brevet."))  # fmt: skip
        return self._to(ask, f"/enkat/{word}")

    def _word(self, ask: Ask, typed: str) -> str | None:
        """The link's word. One that nobody has is counted, written down without the code, and told of when many."""
        now = time.monotonic()
        self._guesses.may_try(ask.network, now)
        word = answer.link_word(self._house, typed)
        if word is None:
            maillog.unknown_code()
            if self._guesses.count(ask.network, now):
                answer.tell_of_guesses(self._house, MANY)
        return word

    def _page(self, language: Language, typed: str, status: int = 200, wrong: str = "") -> Response:
        return self._pages.member("survey_code", language, "/svara", status, typed=typed[:LONGEST], wrong=wrong)

    def _to(self, ask: Ask, path: str) -> Response:
        return RedirectResponse(self._pages.address(ask.language, path), 303, headers=self._pages.headers())


def what_is_wrong(typed: str, language: Language) -> str:
    """Why this is no code, in words; ”” when it is written as one."""
    word = codes.letters(typed)
    if not word:
        return say(language, "Skriv svarskoden som står i brevet.")
    if strange := next((sign for sign in word if sign not in codes.ALPHABET), ""):
        if not strange.isalnum():
            return say(language, "I koden finns bara bokstäver och siffror. Jämför med brevet.")
        return say(language, "Tecknet ”%(sign)s” finns inte i någon kod. Jämför med brevet, tecken för tecken.",
                   sign=strange)  # fmt: skip
    if len(word) != codes.LENGTH:
        return say(language, "Koden har %(length)s tecken, och du har skrivit %(number)s.", length=codes.LENGTH,
                   number=len(word))  # fmt: skip
    if codes.read_code(word) is None:
        return say(language, "Något tecken är fel. Jämför med brevet, tecken för tecken.")
    return ""
