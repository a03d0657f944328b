"""The answers as HTML: the page, a mail as its readers get it, a message.

Takes   the opened templates, what is to be shown.
Gives   Responses with all their headers; every link in them is relative, so that any prefix and any host will do.
Fails   AdminError when a template is wrong.
"""

import html
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from mailer.errors import AdminError
from mailer.house import House
from mailer.languages import Language, say
from mailer.render.archive import with_addresses
from mailer.render.archived import ArchivePage
from mailer.render.preview import insert_note
from mailer.render.rendering import Part, Rendering, with_sources
from mailer.render.templates import Templates
from mailer.web import guard

# Pictures that a browser may show as they are; anything else is a file to save. An SVG can hold scripts.
SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp")

# Status -> (heading, what to do). Whoever has no right to a page is told nothing about why.
MESSAGES: Mapping[int, tuple[str, str]] = {
    400: ("Svaret gick inte att läsa", "Gå tillbaka och försök igen."),
    403: (
        "Svaret kom inte från sidan",
        "Öppna länken i mejlet igen och tryck på knappen där. Händer det igen: prova en nyare webbläsare.",
    ),
    404: ("Här finns ingenting", "Länken har slutat gälla, eller så är den inte hel. Öppna den ur det senaste mejlet."),
    405: ("Det går inte så", "Öppna länken i mejlet igen."),
    408: ("Svaret kom inte fram i tid", "Gå tillbaka och försök igen. Inget är ändrat."),
    413: ("Svaret är för långt", "Gå tillbaka, korta texten och försök igen."),
    415: ("Svaret gick inte att läsa", "Gå tillbaka och försök igen."),
    429: ("För många svar på en gång", "Vänta en minut och försök igen."),
    431: ("Frågan är för lång", "Öppna länken i mejlet igen."),
    500: (
        "Något gick fel hos oss",
        "Inget är förlorat. Försök igen om en stund. Händer det igen: säg till den som sköter utskicken.",
    ),
    503: ("Sidan hinner inte med just nu", "Vänta en stund och försök igen. Inget är förlorat."),
}


class Pages:
    """The opened templates, and the address that the pages are known by."""

    def __init__(self, house: House, templates: Templates) -> None:
        self._address = house.settings.web.address
        self._association = house.settings.association.name
        self._templates = templates

    def answer(self, status: int = 200, **values: Any) -> Response:
        """The page with everything about a mailing."""
        return self._page("answer", status, values)

    def message(
        self, status: int, link: str = "", heading: str = "", words: str = "", language: Language = "sv"
    ) -> Response:
        """A page with one message. Without words of its own, those of the status. Never fails."""
        known = MESSAGES.get(status, MESSAGES[500])
        heading, words = heading or say(language, known[0]), words or say(language, known[1])
        return self._message(status, language, heading, words, link)

    def again(self, typed: Mapping[str, str], language: Language) -> Response:
        """What was posted could not be saved: it is in the form of this page, and one press sends it once more."""
        heading = say(language, MESSAGES[503][0])
        words = say(language, "Det du skickade är inte sparat än, men det finns kvar här. Vänta en stund och tryck på "
                    "knappen, så skickas det en gång till.")  # fmt: skip
        return self._message(503, language, heading, words, typed=typed)

    def _message(
        self, status: int, language: Language, heading: str, words: str, link: str = "",
        typed: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        values = {"heading": heading, "words": words, "link": link, "typed": typed}
        try:
            return self._page("message", status, values | {"front": self.address(language, "/")}, language)
        except AdminError:  # the home's own template is wrong: the words without their looks
            return PlainTextResponse(f"{heading}. {words}", status, headers=self.headers() | _retry_after(status))

    def member(
        self, name: str, language: Language, path: str, status: int = 200, robots: bool = False,
        images: bool = False, **values: Any,
    ) -> Response:  # fmt: skip
        """A page for members or for everybody: templates/pages/NAME.html.j2, in the language.

        `path`: its own, without /en: the page in the other language lies there. `robots`: whether it may be found by
        search engines and kept in caches: only what is about nobody. `images`: whether it shows some of ours. The
        template has `here(path)`, which gives the whole address of another page in the same language, from the settings
        and never from the request; `swedish(path)`: of what is the same in both.
        """
        other: Language = "sv" if language == "en" else "en"
        values |= {"here": partial(self.address, language), "other": self.address(other, path)}
        values |= {"swedish": partial(self.address, "sv")}
        return self._page(name, status, values, language=language, robots=robots, images=images)

    def address(self, language: Language, path: str) -> str:
        """The whole address of a page: what stands in links, mails and feeds. From the settings (W13)."""
        return f"{self._address}{'/en' if language == 'en' else ''}{path}"

    def headers(self) -> dict[str, str]:
        """Of an answer that shows nothing."""
        return guard.headers(self._address, guard.FILE_POLICY)

    def text(self, rendering: Rendering, title: str, back: str) -> Response:
        """The text part."""
        return self._page("text", 200, {"title": title, "text": rendering.text, "back": back})

    def mail(self, rendering: Rendering, number: str, title: str, back: str) -> Response:
        """The mail with our note above it and its pictures from beside it."""
        note = self._templates.fill("pages/note.html.j2", title=title, back=back, subject=rendering.subject)
        shown = with_sources(rendering.html, lambda name: html.escape(f"{number}/file/{quote(name)}"))
        return HTMLResponse(insert_note(shown, note), headers=guard.headers(self._address, guard.MAIL_POLICY))

    def proof(self, page: ArchivePage, back: str) -> Response:
        """The archive's page as it will stand there, for those who approve it: its pictures lie beside it."""
        shown = with_addresses(
            page.html,
            lambda name: f"arkiv/file/{quote(name)}",
            lambda name: self.address("sv", f"/kalender/{quote(name)}.ics"),
        )
        article = Markup(shown)  # noqa: S704 - cleaned when it was made
        return self._page("archive_proof", 200, {"page": page, "article": article, "back": back}, images=True)

    def file(self, rendering: Rendering, name: str) -> Response:
        """A picture of the mail, or a file to save."""
        return self.picture(rendering.parts, name)

    def picture(self, parts: Iterable[Part], name: str) -> Response:
        """The part of that name: a picture, or a file to save."""
        part = next((p for p in parts if p.name == name), None)
        if part is None:
            return self.message(404)
        place = "inline" if part.kind in SHOWN else f"attachment; filename*=utf-8''{quote(part.name, safe='')}"
        headers = guard.headers(self._address, guard.FILE_POLICY) | {"Content-Disposition": place}
        return Response(part.raw, media_type=part.kind, headers=headers)

    def _page(
        self,
        name: str,
        status: int,
        values: Mapping[str, Any],
        language: Language = "sv",
        robots: bool = False,
        images: bool = False,
    ) -> Response:
        style = self._templates.fill("pages/style.css.j2").replace("</", "<\\/")
        body = self._templates.fill_in(
            language,
            f"pages/{name}.html.j2",
            robots=robots,
            style=Markup(style),  # noqa: S704 - a template's, and its hash is in the policy
            association=self._association,
            **values,
        )
        headers = guard.headers(self._address, guard.page_policy(style, images), robots)
        return HTMLResponse(body, status, headers=headers | _retry_after(status))


def _retry_after(status: int) -> dict[str, str]:
    """What tells one who is asked to come back when to (RFC 9110 section 10.2.3)."""
    return {"Retry-After": "60"} if status in (429, 503) else {}
