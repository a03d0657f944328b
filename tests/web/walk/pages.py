"""Every page for members and for all, by a name: what the walk goes through. A new page is a new line here.

Takes   the whole home.
Gives   name -> the page's path, without its language.
Fails   KeyError when no mail and no page leads to it.
"""

import re
from urllib.parse import urlsplit

from tests.web.expected import EXPECTED
from tests.web.whole import Whole

PAGES = {
    "front": "/",
    "archive": "/arkiv",
    "issue": "/arkiv/{part1}",
    "calendar": "/kalender",
    "leave": "/sluta/{code}",
    "left": "/sluta/{code}/klart",
    "lost": "/lank",
    "lost_sent": "/lank/skickad",
    "address_changed": "/lank/ny-adress",
    "open": "/oppna/{token}",
    "mine": "/mina",
    "mine_done": "/mina/klar",
    "mine_erased": "/mina/raderad",
    "join": "/bli-mottagare",
    "join_sent": "/bli-mottagare/skickad",
    "join_done": "/bli-mottagare/klart",
    "confirm": "/bekrafta/{token}",
    "survey": "/enkat/{token}",
    "survey_signed": "/enkat/{token}?sida=om-dig",
    "survey_secret": "/enkat/{token}?sida=vad-tycker-du",
    "survey_review": "/enkat/{token}?sida=.las",
    "survey_paused": "/enkat/{token}/paus",
    "survey_no": "/enkat/{token}/nej",
    "survey_receipt": "/enkat/{token}/klart",
    "survey_code": "/svara",
    "nothing": "/finns-inte",
}
# Files, what a program asks for, and other shapes of a page that is walked.
NOT_WALKED = ("/health", "/en", "/mina/uppgifter.json", "/sluta/{code}/direkt", "/s/{code}", "/S/{code}")


def paths(whole: Whole) -> dict[str, str]:
    """The pages, as they are in this home."""
    return {name: _path(whole, pattern) for name, pattern in PAGES.items()}


def not_on_the_list() -> list[str]:
    """Pages of the table of routes, in two languages, that nobody walks."""
    shown = {p for (m, p), e in EXPECTED.items() if m == "GET" and e.in_english and not re.search(r"\{part[2-4]\}", p)}
    return sorted(shown - set(PAGES.values()) - set(NOT_WALKED))


def _path(whole: Whole, pattern: str) -> str:
    if "{" not in pattern:
        return pattern
    pattern, mark, query = pattern.partition("?")
    fits = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/.]+", re.escape(pattern)))
    found = {urlsplit(p).path for p in whole.found} | {
        urlsplit(p).path + "/klart" for p in whole.found if re.fullmatch(r"/sluta/\w+", p)
    }
    paths = [p for p in sorted(found) if fits.fullmatch(p)]
    if query:  # a page of the form: of somebody who has not answered
        paths = [p for p in paths if f"{p}/nej" in found]
    return paths[0] + mark + query
