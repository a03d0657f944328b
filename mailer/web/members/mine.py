"""My pages: everything stored about one person, and what she may change by herself.

Takes   the opened house, and the pages' looks; a visit (a fresh link that was opened here).
Gives   Responses. Without a visit, for whatever reason, the same page with the way to a new link.
Fails   Refused; LaterError and AdminError, which the routes put into words.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from mailer.errors import EditorError
from mailer.house import House
from mailer.languages import Language, language_of, say
from mailer.register.requests import LONGEST
from mailer.verbs import forget, mine, wishes
from mailer.verbs.about import everything
from mailer.web import guard
from mailer.web.members.mine_words import Words
from mailer.web.members.visit import Visits
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

# What was done, as the page says it afterwards. Nothing else in the address is shown.
DONE = {
    "val": "Dina val är sparade.",
    "sprak": "Ditt språk är sparat.",
    "adress": "Vi har skickat en länk till den nya adressen. Öppna den där. Tills dess är inget ändrat.",
    "ratta": "Tack! Den som sköter registret har fått veta det och svarar inom en månad.",
    "radera": "Vi har tagit emot det. En människa svarar dig inom en månad.",
    "snart": "Du raderas så snart det mejl som är på väg till dig just nu har kommit fram.",
}


class Mine:
    """Where somebody sees and changes what there is about her."""

    def __init__(self, house: House, pages: Pages, visits: Visits) -> None:
        self._house = house
        self._pages = pages
        self._visits = visits
        self._pace = guard.Pace()

    def routes(self) -> tuple[Page, ...]:
        """The page, the file, each form, and the way out."""
        forms: tuple[tuple[str, Callable[[Ask, int], str]], ...] = (
            ("val", self._choose),
            ("sprak", self._language),
            ("adress", self._address),
            ("ratta", self._correct),
        )
        return (
            Page("GET", "/mina", self._show, in_english=True),
            Page("GET", "/mina/uppgifter.json", self._file, in_english=True),
            *(Page("POST", f"/mina/{name}", self._form(act), in_english=True) for name, act in forms),
            Page("POST", "/mina/radera", self._erase, in_english=True),
            Page("POST", "/mina/klar", self._end, in_english=True),
            Page("GET", "/mina/klar", lambda ask: self._over(ask.language, 200), in_english=True),
            Page("GET", "/mina/raderad", lambda ask: self._gone(ask.language), in_english=True),
        )

    def _show(self, ask: Ask) -> Response:
        if (who := self._visits.who(ask)) is None:
            return self._over(ask.language, 403)
        return self._page(ask, who)

    def _page(self, ask: Ask, who: int, status: int = 200, wrong: Sequence[str] = ()) -> Response:
        house, language = self._house, ask.language
        lists = wishes.lists_of(house)  # none while a file is broken: then they are called by their keys
        facts, today = house.db.read(lambda c: everything(c, who)), house.here().date()
        words = Words(language, house.zone, {key: one.name for key, one in lists.items()})
        done = DONE.get(ask.query.get("gjort", ""), "")
        return self._pages.member(
            "mine", language, "/mina", status, wrong=wrong, done=say(language, done) if done else "",
            person=facts["contact"], sections=words.sections(facts), looks=words.looks(facts),
            lists=mine.offered(house, who, lists, words.shown), kinds=mine.kinds(house, who),
            first=(today + timedelta(days=1)).isoformat(),
            last=wishes.months_after(today, wishes.LONGEST_REST).isoformat(),
            spoken=language_of(facts["contact"]["language"]),
            longest=LONGEST, typed=ask.form, is_member=mine.is_member(house, who), is_known=bool(lists),
            responsible=house.settings.responsible,
        )  # fmt: skip

    def _file(self, ask: Ask) -> Response:
        if (who := self._visits.who(ask)) is None:
            return self._over(ask.language, 403)
        facts = self._house.db.read(lambda c: everything(c, who))
        headers = self._pages.headers() | {"Content-Disposition": 'attachment; filename="mina-uppgifter.json"'}
        raw = json.dumps(facts, ensure_ascii=False, indent=2, default=str).encode()
        return Response(raw, media_type="application/json", headers=headers)

    def _form(self, act: Callable[[Ask, int], str]) -> Callable[[Ask], Response]:
        """What a form does, and the page that says so; what is wrong in it is said beside what was typed."""

        def answer(ask: Ask) -> Response:
            if (who := self._visits.who(ask)) is None:
                return self._over(ask.language, 403)
            self._pace.take(str(who), time.monotonic())
            try:
                done = act(ask, who)
            except EditorError as why:
                said = [" ".join(say(ask.language, s) for s in (p.what, p.remedy) if s) for p in why.problems]
                return self._page(ask, who, 422, said)
            return self._to(self._language_now(ask, done), f"/mina?gjort={done}")

        return answer

    def _choose(self, ask: Ask, who: int) -> str:
        mine.choose(self._house, who, ask.form)
        return "val"

    def _language(self, ask: Ask, who: int) -> str:
        mine.speak(self._house, who, ask.form.get("language", ""))
        return "sprak"

    def _address(self, ask: Ask, who: int) -> str:
        mine.change_address(self._house, who, ask.form.get("address", ""), ask.language)
        return "adress"

    def _correct(self, ask: Ask, who: int) -> str:
        mine.correct(self._house, who, ask.form.get("text", ""))
        return "ratta"

    def _erase(self, ask: Ask) -> Response:
        if (who := self._visits.who(ask)) is None:
            return self._over(ask.language, 403)
        self._pace.take(str(who), time.monotonic())
        if ask.form.get("sure") != "yes":
            return self._page(ask, who, 422, [say(ask.language, "Kryssa i rutan om du är säker, och tryck igen.")])
        done = forget.erase(self._house, who)
        if done == "gone":
            return self._visits.clear(self._to(ask.language, "/mina/raderad"))
        return self._to(ask.language, f"/mina?gjort={'radera' if done == 'asked' else 'snart'}")

    def _end(self, ask: Ask) -> Response:
        return self._visits.end(self._to(ask.language, "/mina/klar"), ask)

    def _over(self, language: Language, status: int) -> Response:
        """She has said that she is done, or the half hour is over, or she never was here: it looks the same."""
        return self._pages.member("over", language, "/mina", status)

    def _gone(self, language: Language) -> Response:
        paragraphs = [
            say(language, "Vi har inget kvar om dig, utom ett märke som hindrar att vi skriver till adressen igen. "
                "Det går inte att läsa ut vem det är."),
            say(language, "I säkerhetskopior finns uppgifterna tills de kastas."),
        ]  # fmt: skip
        heading = say(language, "Du är raderad")
        return self._pages.member("told", language, "/mina/raderad", heading=heading, paragraphs=paragraphs)

    def _language_now(self, ask: Ask, done: str) -> Language:
        """Whoever chooses a language reads on in it."""
        return mine.language_in(ask.form) if done == "sprak" else ask.language

    def _to(self, language: Language, path: str) -> Response:
        return RedirectResponse(self._pages.address(language, path), 303, headers=self._pages.headers())
