"""A visit: the one cookie there is, from the press on a fresh link until she is done.

Takes   a request's cookie; an answer to set it on.
Gives   whose pages may be shown.
Fails   never.
"""

from starlette.responses import Response

from mailer.house import House
from mailer.register import fresh_links
from mailer.web.route import Ask, session_name


class Visits:
    """Who has opened a fresh link. The cookie is random, and known here by its hash alone."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._address = house.settings.web.address
        self._name = session_name(self._address)

    def who(self, ask: Ask) -> int | None:
        """The contact, while the visit lasts."""
        now = self._house.clock.now()
        return self._house.db.read(lambda c: fresh_links.visitor(c, ask.session, now)) if ask.session else None

    def begin(self, response: Response, token: str) -> Response:
        """The answer with the cookie. No script reads it, and no other site's page sends it."""
        response.set_cookie(
            self._name, token, max_age=int(fresh_links.VISIT.total_seconds()), path="/", httponly=True,
            secure=self._address.startswith("https:"), samesite="strict",
        )  # fmt: skip
        return response

    def end(self, response: Response, ask: Ask) -> Response:
        """She is done: the visit is over, and the cookie gone."""
        if ask.session:
            self._house.db.write(lambda c: fresh_links.end_visit(c, ask.session))
        return self.clear(response)

    def clear(self, response: Response) -> Response:
        """Without the cookie."""
        response.delete_cookie(
            self._name, path="/", httponly=True, secure=self._address.startswith("https:"), samesite="strict"
        )
        return response
