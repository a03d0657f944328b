"""What a page is to the routes: an address, a method, and a function from what was asked to an answer.

Takes   one request, read and cleaned.
Gives   an Ask, which every page is given, and the Page that a table of routes is made of.
Fails   never.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from mailer.languages import Language

SESSION = "v"  # the name of the one cookie there is: set when a fresh link is opened, and needed for nothing else


def session_name(address: str) -> str:
    """What the cookie is called where the pages have `address`. Over https the name itself makes browsers keep it
    from other hosts and paths (RFC 6265bis section 4.1.3.2)."""
    return f"__Host-{SESSION}" if address.startswith("https:") else SESSION


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    path: Mapping[str, str]  # the named parts of the address
    query: Mapping[str, str]  # the last of each name
    form: Mapping[str, str]  # of a POST: the last of each name, clean words
    language: Language
    session: str = ""  # the cookie, as the browser sent it
    network: str = ""  # where it came from, shortened (a /24 or a /56): what a limit may count by
    since: str = ""  # If-None-Match, of those who ask for a feed again


Answer = Callable[[Ask], Response]


@dataclass(frozen=True, slots=True)
class Page:
    """One route. GET shows (and HEAD with it), POST changes. It is called in a thread and may block.

    `posted_by`: ”us”: a POST must come from a page of ours (Origin, Sec-Fetch-Site). ”anyone”: RFC 8058 and the like,
    where the address itself is the right. `in_english`: whether it lies below /en too. `carries`: its form holds
    anonymous answers, which are nowhere else: it may be long, is not lost when we are busy, and is no line of the log,
    for how many pages somebody came by at which minute says which questions she got.
    """

    method: Literal["GET", "POST"]
    path: str
    answer: Answer
    posted_by: Literal["us", "anyone"] = "us"
    in_english: bool = False
    carries: bool = False
