"""Joining a list that anybody may join: the form, its answer, and the link in the mail.

Takes   the opened house, and the pages' looks.
Gives   Responses. The answer to the form is the same whoever the address belongs to.
Fails   Refused; EditorError, LaterError and AdminError, which the routes put into words.

Some scanners open links and press buttons: what confirms wants a box too, that only a human ticks.
"""

import time
from collections.abc import Mapping, Sequence

from starlette.responses import RedirectResponse, Response

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.languages import Language, language_of, say
from mailer.verbs import joining, wanted
from mailer.web.members.networks import Networks
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

NOTHING_TYPED: Mapping[str, str] = {}


class Joining:
    """The way in for one who is no member."""

    def __init__(self, house: House, pages: Pages, networks: Networks) -> None:
        self._house = house
        self._pages = pages
        self._networks = networks

    def routes(self) -> tuple[Page, ...]:
        """The form, its answer, and the link. A home without such a list has no form."""
        return (
            Page("GET", "/bli-mottagare", lambda ask: self._form(ask.language), in_english=True),
            Page("POST", "/bli-mottagare", self._asked, in_english=True),
            Page("GET", "/bli-mottagare/skickad", lambda ask: self._told(ask.language), in_english=True),
            Page("GET", "/bli-mottagare/klart", lambda ask: self._done(ask.language), in_english=True),
            Page("GET", "/bekrafta/{token}", self._button, in_english=True),
            Page("POST", "/bekrafta/{token}", self._confirm, in_english=True),
        )

    def _form(
        self, language: Language, status: int = 200, wrong: Sequence[str] = (), typed: Mapping[str, str] = NOTHING_TYPED
    ) -> Response:
        house = self._house
        lists = joining.joinable(house)
        if not lists:
            return self._pages.message(404, language=language)
        wordings = [
            (one, joining.wording(one, language), self._spoken(one.consent_en, language)) for one in lists.values()
        ]
        return self._pages.member(
            "join", language, "/bli-mottagare", status, wrong=wrong, typed=typed, wordings=wordings,
            responsible=house.settings.responsible,
        )  # fmt: skip

    def _spoken(self, english: str, language: Language) -> Language:
        """The language that the words of a consent are in."""
        return "en" if language == "en" and english else "sv"

    def _asked(self, ask: Ask) -> Response:
        language, form = ask.language, ask.form
        wants = [name.removeprefix("list-") for name in form if name.startswith("list-")]
        if not joining.joinable(self._house):
            return self._pages.message(404, language=language)
        problems: list[Problem] = []
        for check in (
            lambda: wanted.address_in(form.get("address", "")),
            lambda: wanted.name_in(form.get("first_name", "")),
            lambda: joining.chosen(self._house, wants),
        ):
            try:
                check()
            except EditorError as why:
                problems += why.problems
        if problems:
            said = [" ".join(say(language, s) for s in (p.what, p.remedy)) for p in problems]
            return self._form(language, 422, said, form)
        self._networks.take(ask.network, time.monotonic())
        spoken = language_of(form.get("language", language))
        keys = joining.chosen(self._house, wants)
        wanted.put(self._house, "join", form.get("address", ""), spoken, form.get("first_name", ""), keys)
        return self._to(language, "/bli-mottagare/skickad")

    def _told(self, language: Language) -> Response:
        paragraphs = [
            say(language, "Snart kommer ett mejl till adressen. Öppna länken inom två dygn och tryck på knappen."),
            say(language, "Förrän du har gjort det är du inte anmäld. Kom det inget? Se efter bland skräpposten. Vi "
                "skickar högst ett sådant mejl om dagen till en adress."),
        ]  # fmt: skip
        return self._pages.member(
            "told", language, "/bli-mottagare/skickad", heading=say(language, "Nästan klart: titta i din inkorg"),
            paragraphs=paragraphs,
        )  # fmt: skip

    def _button(self, ask: Ask, status: int = 200) -> Response:
        language, token = ask.language, ask.path["token"]
        names = joining.find(self._house, token)
        if names is None:
            return self._pages.message(404, language=language)
        if joining.is_confirmed(self._house, token):
            return self._done(language)
        paragraphs = [
            say(language, "Kryssa i rutan och tryck på knappen, så får du det som går till %(lists)s.",
                lists=", ".join(names)),
            say(language, "Du kan sluta när du vill, med länken längst ned i varje mejl."),
        ]  # fmt: skip
        heading = say(language, "Bekräfta din anmälan")
        button = say(language, "Ja, jag vill ha utskicken")
        return self._pages.member(
            "press", language, f"/bekrafta/{token}", status, heading=heading, paragraphs=paragraphs, button=button,
            sure=say(language, "Ja, det är jag som vill ha mejlen hit."), wrong=status == 422,
        )  # fmt: skip

    def _confirm(self, ask: Ask) -> Response:
        if ask.form.get("sure") != "yes":
            return self._button(ask, 422)
        if not joining.confirm(self._house, ask.path["token"]):
            return self._pages.message(404, language=ask.language)
        return self._to(ask.language, "/bli-mottagare/klart")

    def _done(self, language: Language) -> Response:
        paragraphs = [
            say(language, "Välkommen! Du får nästa utskick när det går ut."),
            say(language, "Vill du se vad vi har om dig, ändra eller sluta? Då får du en länk till din e-post."),
        ]
        return self._pages.member(
            "told", language, "/bli-mottagare/klart", heading=say(language, "Du är anmäld"), paragraphs=paragraphs,
            way=("/lank", say(language, "Be om en länk till mina uppgifter")),
        )  # fmt: skip

    def _to(self, language: Language, path: str) -> Response:
        return RedirectResponse(self._pages.address(language, path), 303, headers=self._pages.headers())
