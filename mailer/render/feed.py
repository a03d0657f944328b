"""What the archive holds, as files for feed readers: RSS 2.0 and Atom (RFC 4287).

Takes   Posts with whole addresses, what the feed is called and where it is.
Gives   bytes: the same for the same posts.
Fails   never.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml import etree

from mailer.content.text import replace_forbidden

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
LANGUAGE = "sv"
_BREAKS = re.compile("[\x0b\x0c]")  # XML 1.0 section 2.2 has no such characters


@dataclass(frozen=True, slots=True)
class Post:
    """One page of the archive."""

    uid: str  # urn:uuid:…
    title: str
    address: str  # whole
    summary: str  # plain text
    html: str  # whole addresses in it; ”” when there is none
    published: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """What the feed says of itself."""

    uid: str
    title: str
    about: str
    author: str
    page: str  # the address of the archive
    address: str  # its own


def rss(feed: Feed, posts: Sequence[Post]) -> bytes:
    """RSS 2.0, with the whole text of each post beside its summary."""
    root = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": ATOM, "content": CONTENT})
    channel = etree.SubElement(root, "channel")
    for name, text in (("title", feed.title), ("link", feed.page), ("description", feed.about), ("language", LANGUAGE)):
        _add(channel, name, text)
    _add(channel, f"{{{ATOM}}}link", "", href=feed.address, rel="self", type="application/rss+xml")
    if posts:
        _add(channel, "lastBuildDate", _rfc_822(max(p.updated for p in posts)))
    for post in posts:
        one = etree.SubElement(channel, "item")
        _add(one, "title", post.title)
        _add(one, "link", post.address)
        _add(one, "guid", post.uid, isPermaLink="false")
        _add(one, "pubDate", _rfc_822(post.published))
        _add(one, "description", post.summary)
        if post.html:
            _add(one, f"{{{CONTENT}}}encoded", post.html)
    return _bytes(root)


def atom(feed: Feed, posts: Sequence[Post]) -> bytes:
    """Atom 1.0."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    root.set("{http://www.w3.org/XML/1998/namespace}lang", LANGUAGE)
    updated = max((p.updated for p in posts), default=datetime(1970, 1, 1, tzinfo=UTC))
    for name, text in (
        ("id", feed.uid),
        ("title", feed.title),
        ("subtitle", feed.about),
        ("updated", _rfc_3339(updated)),
    ):
        _add(root, f"{{{ATOM}}}{name}", text)
    _add(root, f"{{{ATOM}}}link", "", href=feed.address, rel="self", type="application/atom+xml")
    _add(root, f"{{{ATOM}}}link", "", href=feed.page, rel="alternate", type="text/html")
    author = etree.SubElement(root, f"{{{ATOM}}}author")
    _add(author, f"{{{ATOM}}}name", feed.author)
    for post in posts:
        one = etree.SubElement(root, f"{{{ATOM}}}entry")
        for name, text in (("id", post.uid), ("title", post.title)):
            _add(one, f"{{{ATOM}}}{name}", text)
        _add(one, f"{{{ATOM}}}link", "", href=post.address, rel="alternate", type="text/html")
        _add(one, f"{{{ATOM}}}published", _rfc_3339(post.published))
        _add(one, f"{{{ATOM}}}updated", _rfc_3339(post.updated))
        _add(one, f"{{{ATOM}}}summary", post.summary)
        if post.html:
            _add(one, f"{{{ATOM}}}content", post.html, type="html")
    return _bytes(root)


def _add(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
    child = etree.SubElement(parent, name, attributes)
    child.text = replace_forbidden(_BREAKS.sub(" ", text)) or None


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _rfc_822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _rfc_3339(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
