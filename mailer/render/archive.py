"""An issue as its page in the archive: semantic HTML for everybody, made when the issue is assembled.

Takes   what of an issue anybody may read (`issue.public`), the opened templates, the home's settings, its pictures.
Gives   an ArchivePage: an article without style, script, slot or address of our own, and the pictures beside it.
Fails   AdminError when a template is wrong.

It is stored with the mailing and is part of what an approval hashes; the frame around it is made when it is read. Where
a picture stands it says ”cid:NAME”, where an event's calendar file stands ”kalender:NAME”: `with_addresses` puts in
what they are called then.
"""

import html
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote

from bs4 import BeautifulSoup
from bs4.element import Tag
from markupsafe import Markup

from mailer.content import markdown, plain
from mailer.content.blocks import Block
from mailer.content.events import Event
from mailer.content.figures import Shown
from mailer.content.images import Image
from mailer.content.invite import calendar_name
from mailer.issue.assemble import FromFeed, Issue
from mailer.issue.editions import has_content
from mailer.issue.finding import Finding
from mailer.render.archived import ArchivePage
from mailer.render.issue import NOTHING
from mailer.render.pictures import shown, travelling
from mailer.render.preflight import passage_in, repeats
from mailer.render.templates import Templates
from mailer.render.when import grouped
from mailer.settings import Settings
from mailer.slots import MARKER

EDITION = "arkivet"  # what findings call it
LINK = "kalender:"
_CAPTION = "foto"  # stands as the style of a picture's credit, until it is a figcaption
_OURS = re.compile(r'\b(src|href)="(?:cid|kalender):([^"]*)"')
_ALIGNED = re.compile(r"text-align:\s*(center|right)")
_KEPT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys("h2 h3 h4 h5 h6".split(), ("id",)),
    **dict.fromkeys("p ul li blockquote table thead tbody tr hr pre code em strong s br figure figcaption".split(), ()),
    "section": ("id",), "a": ("href",), "img": ("src", "alt", "width", "height"), "ol": ("start",),
    "th": ("scope",), "td": (), "time": ("datetime",),
}  # fmt: skip
_CLASSES = ("lead", "when", "button", "calendar", "center", "right", "vh")
_GONE = "script style iframe object embed svg math form input button link meta base template noscript".split()
_LEADS = re.compile(r"(?:https?|mailto|tel|kalender):|#", re.I)


def archive_issue(
    issue: Issue, templates: Templates, settings: Settings, images: Mapping[str, Image] = NOTHING
) -> ArchivePage:
    """The page of an issue. `issue`: its public part. `images`: as for the mail."""
    uid = uid_of(settings, f"{issue.series}/{issue.period}")
    if not has_content(issue):
        return ArchivePage(uid, issue.title, "", "", "")
    values = {
        "issue": issue,
        "groups": grouped(issue.occurrences),
        "posts": _by_feed(issue.posts),
        "year": int(issue.period[:4]),
        "calendar": partial(_calendar, settings.association.name),
    }
    subject = issue.subject if issue.subject != issue.default_subject else ""
    return _page("archive.html.j2", (uid, issue.title, subject, issue.preheader), templates, settings, values, images)


def archive_correction(
    block: Block, name: str, title: str, templates: Templates, settings: Settings, images: Mapping[str, Image] = NOTHING
) -> ArchivePage:
    """The page of a correction that is for everybody. `name`: of its mailing; `title`: as its mail has it."""
    head = (uid_of(settings, name), title, "", block.preheader)
    return _page("archive_correction.html.j2", head, templates, settings, {"block": block}, images)


def prose(text: str, top: int) -> str:
    """Markdown without pictures as HTML for a page for all: nothing in it but the tags we know, no slot, no style."""
    return _cleaned(_prose({}, text, top, "")) if text.strip() else ""


def uid_of(settings: Settings, name: str) -> str:
    """What feed readers know the page by (RFC 4287 section 4.2.6)."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{settings.association.name}/{name}')}"


def with_addresses(page: str, picture: Callable[[str], str], calendar: Callable[[str], str]) -> str:
    """The article with whole addresses where our own pictures and calendar files stand."""

    def address(found: re.Match[str]) -> str:
        made = picture if found[1] == "src" else calendar
        return f'{found[1]}="{html.escape(made(found[2]))}"'

    return _OURS.sub(address, page)


def leaks(issue: Issue, public: Issue, page: ArchivePage) -> Iterator[Finding]:
    """A second wall: nothing that stands in a part for some is to be read in the archive."""
    events = {o.event for o in public.occurrences}
    words = [page.subject, page.summary, *(f"{e.title}\n{plain.text(e.body, 10_000)}" for e in events)]
    words += [f"{b.title}\n{plain.text(b.body, 10_000)}" for b in public.blocks]
    text = "\n".join([BeautifulSoup(page.html, "html.parser").get_text(" "), *words])
    for block in issue.blocks:
        if block not in public.blocks and (passage := passage_in(text, block)):
            yield repeats(block, passage, "medlemmar" if block.readers.names else block.readers.circle, EDITION)


def _page(
    name: str,
    head: tuple[str, str, str, str],
    templates: Templates,
    settings: Settings,
    values: Mapping[str, Any],
    images: Mapping[str, Image],
) -> ArchivePage:
    pictures = shown(images)
    filled = templates.fill(
        name, prose=partial(_prose, pictures), pictures=pictures, zone=settings.association.zone, **values
    )
    clean = _cleaned(filled)
    uid, title, subject, summary = (_for_nobody(word) for word in head)
    return ArchivePage(uid, title, subject, summary, clean, travelling(clean, images))


def _prose(pictures: Mapping[str, Shown], text: str, top: int, path: str) -> Markup:
    """Markdown as HTML, without what makes a mail narrow."""
    made = markdown.html(text, top, {"caption": _CAPTION}, None, pictures, path.rpartition("/")[0])
    return Markup(made)  # noqa: S704 - `markdown` lets no HTML of an editor's through


def _calendar(association: str, event: Event) -> str:
    """The way to the event's calendar file; ”” for one that others keep: theirs is theirs to give."""
    return "" if event.is_foreign else f"{LINK}{calendar_name(event, association)}"


def _for_nobody(words: str) -> str:
    """What those read of whom nothing is known."""
    return " ".join(MARKER.sub(lambda found: found[2] or "", words).split())


def _cleaned(filled: str) -> str:
    """The article with the tags and attributes we know, each picture a figure, no slot, no link to what is not there.

    The home may have a template of its own; and what an editor wrote meets a second wall here.
    """
    soup = BeautifulSoup(MARKER.sub(lambda found: html.escape(found[2] or ""), filled), "html.parser")
    for tag in soup.find_all(_GONE):
        tag.decompose()
    for tag in soup.find_all(True):
        _clean(tag)
    for image in soup.find_all("img"):
        _as_figure(image)
    for caption in soup.select("p[style]"):  # of a picture that did not come along
        del caption["style"]
    seen: set[str] = set()
    for tag in soup.select("[id]"):
        if str(tag["id"]) in seen:
            del tag["id"]
        else:
            seen.add(str(tag["id"]))
    for link in soup.find_all("a"):
        href = str(link.get("href", ""))
        if not href or (href.startswith("#") and unquote(href[1:]) not in seen):
            link.unwrap()
    lines = (line.rstrip() for line in str(soup).split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


def _clean(tag: Tag) -> None:
    if tag.name not in _KEPT:
        tag.unwrap()
        return
    style, classes = str(tag.get("style", "")), [str(name) for name in tag.get_attribute_list("class")]
    kept = {name: tag[name] for name in _KEPT[tag.name] if name in tag.attrs}
    aligned = _ALIGNED.search(style)
    known = [name for name in (*classes, *([aligned[1]] if aligned else [])) if name in _CLASSES]
    tag.attrs = kept | ({"class": " ".join(known)} if known else {}) | ({"style": style} if style == _CAPTION else {})
    if tag.name == "th":
        tag["scope"] = "col"
    if tag.name == "a" and not _LEADS.match(str(tag.get("href", ""))):
        tag.attrs.pop("href", None)
    if tag.name == "img" and not str(tag.get("src", "")).startswith("cid:"):
        tag.replace_with(f"[Bild: {tag.get('alt', '')}]")


def _as_figure(image: Tag) -> None:
    """The paragraph that holds only the picture becomes a figure, and the credit after it what is written below."""
    paragraph = image.parent
    if paragraph is None or paragraph.name != "p":
        return
    below = paragraph.find_next_sibling()
    paragraph.name = "figure"
    if isinstance(below, Tag) and below.get("style") == _CAPTION:
        below.name, below.attrs = "figcaption", {}
        paragraph.append(below.extract())


def _by_feed(posts: Sequence[FromFeed]) -> dict[str, list[FromFeed]]:
    feeds: dict[str, list[FromFeed]] = {}
    for post in posts:
        feeds.setdefault(post.feed, []).append(post)
    return feeds
