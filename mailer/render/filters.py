"""What templates can do with a value: the filters.

Takes   what the templates hand them.
Gives   Markdown as HTML and as text, dates and numbers in words, lines of 72 columns.
Fails   BrokenPromise on Markdown or an address that has Problems.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markdown_it.common.normalize_url import normalizeLink
from markupsafe import Markup, escape

from mailer.content import markdown, plain
from mailer.content.figures import Shown
from mailer.errors import BrokenPromise
from mailer.render.narrow import narrow, soften_heading
from mailer.render.when import short_month, when, when_group
from mailer.words import count, day, month, number

_HOURS = re.compile(r"kl\.\u00a0[\d.]+–[\d.]+")


def html(
    text: str,
    top: int = 3,
    styles: Mapping[str, str] | None = None,
    pictures: Mapping[str, Shown] | None = None,
    path: str = "",
    fill: markdown.Fill | None = None,
) -> Markup:
    """Markdown as HTML that needs no more escaping: `markdown` lets no HTML of an editor's through.

    `path`: of the file the text stands in, relative to content/: pictures lie beside it.
    """
    return Markup(narrow(markdown.html(text, top, styles, fill, pictures, path.rpartition("/")[0])))  # noqa: S704


def wrap(text: str, first: str = "", rest: str = "") -> str:
    """Lines of at most 72 columns; `first` and `rest` stand before them."""
    return "\n".join(plain.wrap(text, first=first, rest=rest))


def underline(text: str, with_: str = "-") -> str:
    """A heading of the text part: wrapped, and a line under it as long as its longest."""
    lines = plain.wrap(text) or [""]
    return "\n".join([*lines, with_ * max(map(len, lines))])


def hold(said: str) -> Markup:
    """What `when` says, as HTML whose hours stay on one line: ”kl. 18.30–20.00”."""
    held = r'<span style="white-space:nowrap">\g<0></span>'
    return Markup(_HOURS.sub(held, str(escape(said))))  # noqa: S704


def on(value: datetime, zone: ZoneInfo, year: int) -> str:
    """”fredag 3 maj”; the year is named when it is another than `year`."""
    local = value.astimezone(zone).date()
    return day(local, local.year != year)


def href(address: str) -> str:
    """An address as links have it: å ä ö percent-encoded and as punycode. Nothing else than one may stand there."""
    if wrong := markdown.wrong_link(address):
        raise BrokenPromise(f"en adress med fel kom förbi kontrollen: {wrong[0]}")
    return normalizeLink(address)


def bare(address: str) -> str:
    """An address as one writes it by hand: without mailto: and tel:."""
    return address.removeprefix("mailto:").removeprefix("tel:")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "html": html,
    "text": lambda text, fill=None: plain.text(text, fill=fill),
    "picture": lambda alt, credit="": "\n".join(plain.picture(alt, credit)),
    "soft": soften_heading,
    "wrap": wrap,
    "underline": underline,
    "sentence": lambda text: text[:1].upper() + text[1:],
    "when": when,
    "when_group": when_group,
    "hold": hold,
    "on": on,
    "short_month": short_month,
    "month": month,
    "number": number,
    "count": count,
    "href": href,
    "bare": bare,
    "quote": lambda text: quote(text, safe=""),
}
