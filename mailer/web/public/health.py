"""/health: whether the service does all of its work, for a program that watches it.

Takes   the opened house, with the pulse of its parts.
Gives   200 when all is well, else 503; JSON with the parts that are not. No figures: nobody is counted here.
Fails   never: a database that does not answer is a part that is not well.
"""

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from mailer import lineage
from mailer.errors import LaterError
from mailer.house import House
from mailer.outbox import outage
from mailer.outbox.store import outages
from mailer.pulse import Part
from mailer.web.pages import Pages
from mailer.web.route import Page

# Seconds of silence until a part is not well. The clock ticks every 20; the runner goes round every second, and a
# commit that waits for the disk may take half a minute.
CLOCK_S = 180.0
RUNNER_S = 60.0
MAILBOX_ROUNDS = 3  # a mail server may be away for a round or two


class Health:
    """The page that says how the service is."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    def routes(self) -> tuple[Page, ...]:
        """One page, in no language."""
        return (Page("GET", "/health", lambda _: self.show()),)

    def show(self) -> Response:
        """The answer, from memory and a row or two."""
        ailing = self.ailing()
        said = {"status": "failing" if ailing else "ok", "failing": ailing}
        return JSONResponse(said, 503 if ailing else 200, headers=self._pages.headers())

    def ailing(self) -> list[str]:
        """The parts that are not well: database, held (the home waits for a person), clock, runner, mailbox, relay."""
        try:
            held = bool(lineage.held(self._house.db))
            no_relay = not held and self._house.db.read(self._is_relay_away)
        except LaterError:
            return ["database", *self._silent(("clock", CLOCK_S))]
        parts: list[tuple[Part, float]] = [("clock", CLOCK_S)]
        parts += [] if held else [("runner", RUNNER_S)]
        if minutes := self._mailbox_min():
            parts += [] if held else [("mailbox", MAILBOX_ROUNDS * minutes * 60)]
        return [*(["held"] if held else []), *self._silent(*parts), *(["relay"] if no_relay else [])]

    def _is_relay_away(self, connection: Connection) -> bool:
        """Whether something has waited for so long that no relay takes."""
        relays = [relay.key for relay in self._house.settings.all_relays]
        stopped = outage.nothing_goes(outages.read_open(connection), relays)
        if not stopped or self._house.clock.now() - outage.nothing_goes_since(stopped) < outage.NEWS_AFTER:
            return False
        return outages.is_waited_for(connection)

    def _silent(self, *parts: tuple[Part, float]) -> list[str]:
        found = ((part, self._house.pulse.silent_s(part), longest) for part, longest in parts)
        return [part for part, silent, longest in found if silent is None or silent > longest]

    def _mailbox_min(self) -> float:
        """Minutes between two readings of the mailbox; 0 when the home has none."""
        mailbox = self._house.settings.mailbox
        return mailbox.every_min if mailbox.kind else 0
