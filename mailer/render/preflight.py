"""The preflight of what was rendered: links within the mail, its size, colours, and words outside their circle.

Takes   the editions with their renderings; the parts that are not for everybody.
Gives   Findings.
Fails   never.
"""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from bs4 import BeautifulSoup

from mailer.content import plain
from mailer.content.blocks import Block
from mailer.content.source import where
from mailer.issue.assemble import Issue
from mailer.issue.editions import Edition
from mailer.issue.finding import Finding, stop, warning
from mailer.register.personnummer import holds_personnummer
from mailer.render.contrast import weakest
from mailer.render.mould import html_size
from mailer.render.rendering import Rendering

# Gmail cuts a message whose HTML is longer and hides the rest behind a link: the footer too, with how to leave.
LARGEST_HTML = 102 * 1024  # bytes
SHORTEST_PASSAGE = 40  # characters: shorter ones stand in many texts by chance
MOST_SHOWN = 60


def preflight(
    issue: Issue, editions: Sequence[Edition], renderings: Sequence[Rendering], gated: Mapping[str, str]
) -> tuple[Finding, ...]:
    """All findings. `gated`: path -> its circle, of the blocks that not everybody may read."""
    found: list[Finding] = []
    for nth, (edition, rendering) in enumerate(zip(editions, renderings, strict=True)):
        soup = BeautifulSoup(rendering.html, "lxml")
        found += _of_any(issue.title, rendering, soup)
        found += _size(issue, rendering)
        found += _colours(soup) if nth == 0 else ()  # the editions have their templates in common
        found += _leaks(issue, edition, rendering, gated)
    return tuple(dict.fromkeys(found))


def of_letter(title: str, rendering: Rendering) -> tuple[Finding, ...]:
    """The findings of a mailing of one text."""
    return tuple(_of_any(title, rendering, BeautifulSoup(rendering.html, "lxml")))


def of_survey(title: str, rendering: Rendering) -> tuple[Finding, ...]:
    """The findings of one step of a survey's plan: as of any mailing, its colours too."""
    soup = BeautifulSoup(rendering.html, "lxml")
    found = [*_of_any(title, rendering, soup), *_colours(soup)]
    if html_size(rendering) > LARGEST_HTML:
        what = f"mejlet ({rendering.edition}) är så långt att Gmail klipper av det."
        found.append(stop(title, what, "Korta stegets text i planen."))
    return tuple(dict.fromkeys(found))


def _of_any(title: str, rendering: Rendering, soup: BeautifulSoup) -> Iterator[Finding]:
    yield from _anchors(title, rendering, soup)
    hidden = [str(tag[name]) for tag in soup.find_all(True) for name in ("alt", "href", "title") if name in tag.attrs]
    if any(holds_personnummer(text) for text in (rendering.subject, soup.get_text(" "), *hidden)):
        what = f"i versionen {rendering.edition} står vad som ser ut som ett personnummer."
        yield stop(title, what, "Sök i rubriker, ämnesrad, ingress, bildtexter och länkar, och ta bort det.")


def _anchors(title: str, rendering: Rendering, soup: BeautifulSoup) -> Iterator[Finding]:
    known = {str(tag["id"]) for tag in soup.select("[id]")} | {str(tag["name"]) for tag in soup.select("a[name]")}
    for link in soup.select('a[href^="#"]'):
        target = unquote(str(link["href"]).removeprefix("#"))
        if target not in known:
            words = link.get_text(" ", strip=True)
            what = f"länken ”{words}” pekar på #{target}, som inte finns i version {rendering.edition}."
            remedy = "Skriv filens namn utan siffror: 03-eu-valet.md är #eu-valet. Målet måste ha samma läsare."
            yield stop(title, what, remedy)


def _size(issue: Issue, rendering: Rendering) -> Iterator[Finding]:
    size = html_size(rendering)
    if size > LARGEST_HTML:
        what = f"version {rendering.edition} är {size // 1024} kB; Gmail klipper efter {LARGEST_HTML // 1024} kB."
        yield warning(issue.title, what, "Korta de längsta inslagen, och länka till resten på hemsidan.")


def _colours(soup: BeautifulSoup) -> Iterator[Finding]:
    for scheme in ("light", "dark"):
        for pair in weakest(soup, scheme == "dark"):
            mode = "mörkt" if scheme == "dark" else "ljust"
            what = f"texten ”{pair.words}” syns dåligt i {mode} läge: {pair.text} på {pair.ground}, {pair.ratio:.1f}:1."
            yield warning("templates", what, "Ge den en färg med kontrast 4,5:1 eller mer (WCAG 1.4.3).")


def _leaks(issue: Issue, edition: Edition, rendering: Rendering, gated: Mapping[str, str]) -> Iterator[Finding]:
    """A second wall: nothing that stands in a part for some is to be read in an edition without it."""
    inside = {b.path for b in edition.issue.blocks}
    text = rendering.text
    for block in issue.blocks:
        if block.path in inside or block.path not in gated:
            continue
        if passage := passage_in(text, block):
            yield repeats(block, passage, gated[block.path], f"version {rendering.edition}")


def passage_in(text: str, block: Block) -> str:
    """The first sentence of the block that is to be read in `text` too; ”” when there is none."""
    flat = _flat(text)
    return next((p for p in _passages(block.title, block.body) if p in flat), "")


def repeats(block: Block, passage: str, circle: str, place: str) -> Finding:
    """A sentence of a block for some stands where others read it. `place`: ”version övriga”, ”arkivet”."""
    shown = passage if len(passage) <= MOST_SHOWN else passage[: MOST_SHOWN - 1] + "…"
    what = f"”{shown}” är bara för {circle}, men står även i {place}."
    return stop(where(block.path), what, "Ta bort meningen ur det andra inslaget, eller låt alla läsa det här.")


def _passages(title: str, body: str) -> Iterator[str]:
    for paragraph in (title, *plain.text(body, width=10_000).split("\n")):
        for sentence in _flat(paragraph).replace("! ", ". ").replace("? ", ". ").split(". "):
            if len(sentence) >= SHORTEST_PASSAGE:
                yield sentence


def _flat(text: str) -> str:
    return " ".join(text.replace("\xad", "").split())
