"""What in an HTML a reader's mail program would ask somebody for: nothing may be.

Takes   HTML as the compiler and `markdown` write it: words escaped, a tag's end its own.
Gives   the first thing that would be fetched, or ””. A picture that travels with the message is not.
Fails   never.

No mail of ours makes the reader's program ask anyone for anything: no tracking, and Art. 9 data stays put. Conditional
comments count, for Outlook reads them. Words do not: a block may tell about ”url(…)”.
"""

import html
import re
from collections.abc import Iterator

_OPENS = re.compile(r"<[a-z]", re.I)
_TAG = re.compile(r"""<([a-z][\w:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.I)
_ATTRIBUTE = re.compile(r"""([^\s="'<>/]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_STYLES = re.compile(r"<style\b[^>]*>(.*?)</style", re.I | re.S)
_IN_STYLES = re.compile(r"url\s*\(|@import|image-set|\\", re.I)  # a backslash can spell any of them
_OURS = re.compile(r"cid:[a-z0-9][a-z0-9._-]*")

ELEMENTS = frozenset(
    "link script iframe frame object embed applet video audio source track picture svg image input base".split()
)
ATTRIBUTES = frozenset("background srcset poster dynsrc lowsrc data code archive profile manifest".split())


def fetched(document: str) -> str:
    """The element, attribute or style that would be fetched, as it is written."""
    return next(_found(document), "")


def _found(document: str) -> Iterator[str]:
    tags = list(_TAG.finditer(document))
    if len(tags) != len(_OPENS.findall(document)):
        yield "<"  # a tag without its end: who knows what it is
    for tag in tags:
        name = tag[1].lower()
        if name in ELEMENTS:
            yield f"<{name}"
        yield from _attributes(name, {key.lower(): html.unescape(value) for key, value in _ATTRIBUTE.findall(tag[2])})
    for style in _STYLES.findall(document):
        yield from _IN_STYLES.findall(style)


def _attributes(element: str, values: dict[str, str]) -> Iterator[str]:
    for name, written in values.items():
        value = written.strip("\"'")
        if name in ATTRIBUTES:
            yield f"{name}="
        elif name == "src" and not (element == "img" and _OURS.fullmatch(value)):
            yield f"src={value}"
        elif name == "style":
            yield from _IN_STYLES.findall(value)
    if element == "img" and "src" not in values:
        yield "<img"
