"""An edition on paper: what was approved for the mail, as a page for A4.

Takes   a Rendering, filled for nobody in particular; the association's name.
Gives   one HTML document with its style, pictures and QR codes in it.
Fails   AdminError when a template is wrong.

It is made from the frozen rendering and not from the editors' files: what goes by post is what was approved. A link
on paper is an address to type, and a QR code.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import segno
from bs4 import BeautifulSoup
from bs4.element import Tag
from markupsafe import Markup

from mailer.render.rendering import Part, Rendering
from mailer.render.templates import Templates
from mailer.settings import Settings

LONGEST_IN_CODE = 300  # bytes; a longer one becomes a code that no telephone reads at 24 mm
_KEPT = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "blockquote", "hr", "pre")
_ATTRIBUTES = {"a": ("href",), "img": ("src", "alt"), "th": ("colspan",), "td": ("colspan",), "ol": ("start",)}
_ALIGNED = re.compile(r"text-align:\s*(center|right)")


@dataclass(frozen=True, slots=True)
class Link:
    """A link under its section: where it leads, and the code that a telephone reads."""

    address: str
    code: Markup  # SVG


@dataclass(slots=True)
class Section:
    """From one heading of the second level to the next."""

    html: list[Markup] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def paper(rendering: Rendering, title: str, templates: Templates, settings: Settings) -> str:
    """The page. `title`: of the issue, ”V Aktuellt maj 2024”. Slots must be filled."""
    main = BeautifulSoup(rendering.html, "lxml").select_one("[role=main]")
    sections = list(_sections(main, _pictures(rendering.parts))) if main else []
    return templates.fill(
        "print.html.j2", title=title, sections=sections, association=settings.association,
        responsible=settings.responsible, reply_to=settings.sender.reply_to,
    )  # fmt: skip


def _sections(main: Tag, pictures: dict[str, str]) -> Iterator[Section]:
    section = Section()
    for tag in _readable(main):
        if tag.name == "h2" and section.html:
            yield section
            section = Section()
        for address in _addresses(tag):
            if address not in {link.address for link in section.links}:
                section.links.append(Link(address, _code(address)))
        section.html.append(_clean(tag, pictures))
    if section.html:
        yield section


def _readable(tag: Tag) -> Iterator[Tag]:
    """What is read, in order: the layout's tables and ornaments are left behind."""
    for child in tag.find_all(True, recursive=False):
        if child.get("aria-hidden") == "true" or "display:none" in str(child.get("style", "")).replace(" ", ""):
            continue
        if child.name in _KEPT or (child.name == "table" and child.get("role") != "presentation"):
            if child.get_text(strip=True) or child.find("img"):
                yield child
        elif child.name in ("img", "a"):
            yield child
        else:
            yield from _readable(child)


def _addresses(tag: Tag) -> Iterator[str]:
    links = [tag] if tag.name == "a" else tag.select("a[href]")
    for link in links:
        if str(link.get("href", "")).startswith(("https://", "http://")):
            yield str(link["href"])


def _clean(tag: Tag, pictures: dict[str, str]) -> Markup:
    """The tag without the mail's styles. Letters go by post in the colours of the printer."""
    for each in (tag, *tag.find_all(True)):
        aligned = _ALIGNED.search(str(each.get("style", "")))
        kept = {name: each[name] for name in _ATTRIBUTES.get(each.name, ()) if name in each.attrs}
        each.attrs = kept | ({"style": f"text-align:{aligned[1]}"} if aligned and each.name in ("td", "th") else {})
        if each.name == "img":
            each["src"] = pictures.get(str(each.get("src", "")).removeprefix("cid:"), "")
    return Markup(str(tag))  # noqa: S704 - of an approved rendering, which lets no HTML of an editor's through


def _pictures(parts: Iterable[Part]) -> dict[str, str]:
    """name -> the picture as an address: the page asks nobody for anything."""
    return {p.name: f"data:{p.kind};base64,{base64.b64encode(p.raw).decode()}" for p in parts if p.is_inline}


def _code(address: str) -> Markup:
    """The QR code; level M, 4 modules of quiet around it (ISO/IEC 18004). None for an address that is too long."""
    if len(address.encode()) > LONGEST_IN_CODE:
        return Markup("")
    svg = segno.make(address, error="m", micro=False).svg_inline(scale=2, border=4, omitsize=True)
    return Markup(svg.replace("<svg ", '<svg role="img" aria-label="QR-kod" ', 1))  # noqa: S704
