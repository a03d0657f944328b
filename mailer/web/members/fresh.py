"""”I lost the mail”, and what the link in the answer opens.

Takes   the opened house, and the pages' looks.
Gives   Responses. Whether an address is known changes nothing in them: it is looked up later, by the clock.
Fails   Refused; LaterError and AdminError, which the routes put into words.

A GET on a link shows a button and uses nothing up: link scanners open everything. The button's POST opens a visit.

Some scanners press buttons too. So what changes something for good, that mail goes to a new address, wants a box that
only a human ticks. To open a visit wants none: a scanner that does so has used up a link, changed nothing, and shown
nobody anything. Nor does leaving with the link in a mailing: it must be one press, and can be undone there.
"""

import time
from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from mailer.errors import EditorError
from mailer.house import House
from mailer.languages import Language, say
from mailer.verbs import fresh, wanted
from mailer.web.members.networks import Networks
from mailer.web.members.visit import Visits
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page


class Fresh:
    """The way in to my pages."""

    def __init__(self, house: House, pages: Pages, networks: Networks, visits: Visits) -> None:
        self._house = house
        self._pages = pages
        self._networks = networks
        self._visits = visits

    def routes(self) -> tuple[Page, ...]:
        """The form, its answer, the link, and the word that an address is changed."""
        return (
            Page("GET", "/lank", lambda ask: self._form(ask.language), in_english=True),
            Page("POST", "/lank", self._asked, in_english=True),
            Page("GET", "/lank/skickad", lambda ask: self._told(ask.language), in_english=True),
            Page("GET", "/lank/ny-adress", lambda ask: self._changed(ask.language), in_english=True),
            Page("GET", "/oppna/{token}", self._button, in_english=True),
            Page("POST", "/oppna/{token}", self._open, in_english=True),
        )

    def _form(self, language: Language, status: int = 200, wrong: Sequence[str] = (), typed: str = "") -> Response:
        responsible = self._house.settings.responsible
        return self._pages.member("lank", language, "/lank", status, wrong=wrong, typed=typed, responsible=responsible)

    def _asked(self, ask: Ask) -> Response:
        typed = ask.form.get("address", "")
        try:
            wanted.address_in(typed)
        except EditorError as why:
            said = [" ".join(say(ask.language, s) for s in (p.what, p.remedy)) for p in why.problems]
            return self._form(ask.language, 422, said, typed)
        self._networks.take(ask.network, time.monotonic())
        wanted.put(self._house, "link", typed, ask.language)
        return self._to(ask.language, "/lank/skickad")

    def _told(self, language: Language) -> Response:
        paragraphs = [
            say(language, "Om adressen finns hos oss kommer snart ett mejl dit, med en länk till dina uppgifter."),
            say(language, "Länken gäller i en halvtimme. Kom det inget? Se efter bland skräpposten, och att du skrev "
                "den adress som vi har. Vi skickar högst ett sådant mejl i timmen."),
        ]  # fmt: skip
        return self._pages.member(
            "told", language, "/lank/skickad", heading=say(language, "Titta i din inkorg"), paragraphs=paragraphs
        )

    def _changed(self, language: Language) -> Response:
        paragraphs = [say(language, "Från och med nu skickar vi till den nya adressen.")]
        heading = say(language, "Din adress är ändrad")
        return self._pages.member("told", language, "/lank/ny-adress", heading=heading, paragraphs=paragraphs)

    def _button(self, ask: Ask, status: int = 200) -> Response:
        language, token = ask.language, ask.path["token"]
        what = fresh.find(self._house, token)
        sure = ""
        if not what:
            return self._pages.message(404, language=language)
        if what == "address":
            heading = say(language, "Är det här din nya adress?")
            words = say(
                language, "Kryssa i rutan och tryck på knappen, så skickar vi hit i stället för till den gamla."
            )
            sure = say(language, "Ja, det är jag som vill ha mejlen hit.")
            button = say(language, "Ja, det här är min adress")
        else:
            heading = say(language, "Öppna dina uppgifter")
            words = say(language, "Länken går att använda en gång. Sedan är dina uppgifter öppna här i en halvtimme.")
            button = say(language, "Öppna mina uppgifter")
        return self._pages.member(
            "press", language, f"/oppna/{token}", status, heading=heading, paragraphs=[words], button=button, sure=sure,
            wrong=status == 422,
        )  # fmt: skip

    def _open(self, ask: Ask) -> Response:
        token = ask.path["token"]
        if fresh.find(self._house, token) == "address" and ask.form.get("sure") != "yes":
            return self._button(ask, 422)
        opened = fresh.use(self._house, token)
        if opened is None:  # pressed twice: the first press has opened it in this very browser
            visitor = self._visits.who(ask)
            if visitor is not None and fresh.was_opened_by(self._house, token, visitor):
                return self._to(ask.language, "/mina")
            return self._pages.message(404, language=ask.language)
        if not opened.visit:
            return self._to(ask.language, "/lank/ny-adress")
        return self._visits.begin(self._to(ask.language, "/mina"), opened.visit)

    def _to(self, language: Language, path: str) -> Response:
        return RedirectResponse(self._pages.address(language, path), 303, headers=self._pages.headers())
