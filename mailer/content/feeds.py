"""What an RSS or Atom feed says: the posts of a homepage.

Takes   the bytes as they were fetched, and what the server called them.
Gives   Posts in plain words, the newest first, and Problems; those that an issue should print.
Fails   LaterError when the bytes are no feed.

Nothing is looked up: feedparser would open bytes that look like a path, so it is given a file in memory.
"""

import calendar
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from xml.sax import SAXException

import feedparser  # type: ignore[import-untyped]

from mailer.content.escape import plain_text
from mailer.content.text import has_forbidden
from mailer.content.xml_text import as_utf8
from mailer.errors import LaterError, Problem
from mailer.words import count

LARGEST = (
    2_000_000  # bytes; ten posts of a homepage are a tenth of it, and reading the worst of this size takes seconds
)
MOST_TAGS = 150_000
MOST_POSTS = 200  # the newest
LONGEST_TITLE = 200  # characters
LONGEST_EXCERPT = 300
LONGEST_LINK = 1_000
LOOKED_AT = 4_000  # characters of a post's text
OLDEST = datetime(1, 1, 1, tzinfo=UTC)

# The last words that WordPress puts into an excerpt, in its English and its Swedish.
_TAIL = re.compile(
    r"\s*(The post .{1,300} (first appeared|appeared first) on .{1,200}"
    r"|Inlägget .{1,300} dök först upp på .{1,200})\.$"
)
_CUT_OFF = re.compile(
    r"\s*(\[(…|\.\.\.)\]|…|\.\.\.)\s*(Läs mer|Fortsätt läsa|Read more|Continue reading)?\W{0,3}$", re.I
)
_BARE_ADDRESS = re.compile(r" \(https?://[^\s()]+\)")  # `plain_text` writes it after the words of a link
# What feedparser stumbles over in a feed made to trip it. It has no error of its own.
_STUMBLES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    SAXException,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a homepage, in plain words: nothing in them is HTML or Markdown."""

    id: str  # what the feed calls it; else its link, else its title
    title: str
    link: str  # http or https; ”” when it has none that can be used
    published: datetime | None  # aware, UTC
    excerpt: str  # at most LONGEST_EXCERPT characters, cut between words
    author: str = ""

    @property
    def key(self) -> str:
        """The name under which issues remember that they have printed it."""
        return f"flöde:{hashlib.sha256(self.id.encode('utf-8', 'replace')).hexdigest()[:16]}"


@lru_cache(maxsize=8)  # a kept copy is read each time an issue is looked at
def read_posts(
    raw: bytes, where: str, content_type: str = "", address: str = ""
) -> tuple[tuple[Post, ...], tuple[Problem, ...]]:
    """The newest posts, and what is wrong with others.

    `content_type` as in the header, where it may name the encoding; `address` for links that are relative to it.
    """
    if len(raw) > LARGEST or raw.count(b"<") > MOST_TAGS:
        what = f"flödet är större än {LARGEST // 1_000_000} MB eller har fler än {MOST_TAGS} taggar."
        raise LaterError(Problem(where, what, "Be den som sköter sidan att visa färre inlägg i flödet."))
    parsed = _parsed(raw, where, content_type, address)
    if not parsed.get("version") and not parsed.get("entries"):
        what = f"det som kom är inte ett flöde{', utan en webbsida' if _is_page(raw) else ''}."
        remedy = "Flödets adress slutar ofta på /feed/. Kontrollera address i settings.toml."
        raise LaterError(Problem(where, what, remedy))
    newest = sorted(parsed.entries, key=lambda e: _moment_of(e) or OLDEST, reverse=True)[:MOST_POSTS]
    posts, untitled = _distinct(map(_post, newest))
    undated = sum(1 for p in posts if p.published is None)
    problems = []
    if untitled:
        what = f"{count(untitled, 'inlägg', 'inlägg')} i flödet saknar både rubrik och text."
        problems.append(Problem(where, what, "De tas inte med."))
    if undated:
        what = f"{count(undated, 'inlägg', 'inlägg')} i flödet saknar datum, så ingen vet om de är nya."
        problems.append(Problem(where, what, "De tas inte med. Länka till dem i ett inslag, om de ska med."))
    return tuple(sorted(posts, key=_newest_first)), tuple(problems)


def new_posts(
    posts: Iterable[Post], used: Mapping[str, str], period: str, since: datetime, until: datetime
) -> tuple[Post, ...]:
    """The posts published from `since` up to `until` that no other period has printed, the newest first.

    `used`: path -> period, as issues remember their blocks; a post's path is its key.
    """
    found = {
        p.key: p for p in posts if p.published and since <= p.published < until and used.get(p.key, period) == period
    }
    return tuple(sorted(found.values(), key=_newest_first))


def _parsed(raw: bytes, where: str, content_type: str, address: str) -> Any:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": address}
    try:
        return feedparser.parse(
            io.BytesIO(as_utf8(raw, content_type)),
            response_headers=headers,
            sanitize_html=False,  # no HTML is kept: `words_of_html` takes the words out
            resolve_relative_uris=False,  # of that HTML; links of posts are resolved
        )
    except _STUMBLES as why:
        what = "flödet är så trasigt att det inte går att läsa."
        raise LaterError(Problem(where, what, "Säg till den som sköter sidan.")) from why


def _is_page(raw: bytes) -> bool:
    return re.search(rb"<(!doctype\s+html|html|body)\b", raw[:2000], re.I) is not None


def _distinct(posts: Iterable[Post | None]) -> tuple[list[Post], int]:
    """Each post once, the first that has its id; and how many were nothing."""
    found: dict[str, Post] = {}
    nothing = 0
    for post in posts:
        if post is None:
            nothing += 1
        else:
            found.setdefault(post.id, post)
    return list(found.values()), nothing


def _newest_first(post: Post) -> tuple[float, str]:
    return (-post.published.timestamp() if post.published else 0.0, post.id)


def _post(entry: Any) -> Post | None:
    """The post of one entry; None when there is nothing in it to print."""
    link = _link(_text(entry, "link"))
    excerpt = _excerpt(_text(entry, "summary")) or _excerpt(_content(entry))
    title = _shortened(_words(_text(entry, "title")), LONGEST_TITLE) or _shortened(excerpt, 60)
    if not title:
        return None
    author = _shortened(_words(_text(entry, "author")), LONGEST_TITLE)
    return Post(_text(entry, "id") or link or title, title, link, _moment_of(entry), excerpt, author)


def _text(entry: Any, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _content(entry: Any) -> str:
    """The text of a post whose feed gives all of it (content:encoded)."""
    contents = entry.get("content") or []
    return next((_text(c, "value") for c in contents if isinstance(c, Mapping)), "")


def _words(text: str) -> str:
    return " ".join(_BARE_ADDRESS.sub("", plain_text(text[:LOOKED_AT])).split())


def _excerpt(text: str) -> str:
    """The first words of the post; what WordPress adds after them is gone."""
    words, cut = _CUT_OFF.subn("", _TAIL.sub("", _words(text)))
    return _shortened(f"{words} …" if cut and words else words, LONGEST_EXCERPT)


def _shortened(words: str, longest: int) -> str:
    """The words, or as many whole ones as there is room for and an ellipsis."""
    if len(words) <= longest:
        return words
    room = longest - 2
    return (words[: room + 1].rpartition(" ")[0] or words[:room]).rstrip(" ,;:–—-(.…") + " …"


def _link(address: str) -> str:
    """The address, when a reader can follow it; spaces in it mended."""
    address = address.strip().replace(" ", "%20")
    if len(address) > LONGEST_LINK or has_forbidden(address):
        return ""
    return address if re.fullmatch(r"https?://[^\s/?#<>\"\\{}|^`]+[^\s<>\"\\{}|^`]*", address, re.I) else ""


def _moment_of(entry: Any) -> datetime | None:
    """When the post was published, else when it was changed; feedparser's own `get` warns about the latter."""
    return _moment(dict.get(entry, "published_parsed")) or _moment(dict.get(entry, "updated_parsed"))


def _moment(parsed: Any) -> datetime | None:
    """The aware moment of feedparser's time, which is UTC."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=calendar.timegm(parsed)) if parsed else None
    except _STUMBLES:
        return None
