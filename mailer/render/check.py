"""The strict check of our MJML: the compiler drops what it does not know without a word.

Takes   MJML, or the source of a template that makes it.
Gives   Problems with file and line: unknown elements and attributes, wrong parents, text where none may stand.
Fails   never.

The schema is that of the official compiler (npm mjml 5.4.1), less what ours does not do or we do not want.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

from mailer.errors import Problem

# Ours leaves `inline` styles out and fails on html-attributes; fonts and previews from elsewhere we do not want:
# a font is a third-party request, and mj-preview costs points in spam filters (parts/preheader does it).
UNWANTED = {"mj-include", "mj-font", "mj-html-attributes", "mj-preview", "mj-carousel", "mj-carousel-image"}
_EVERYWHERE = {"css-class", "mj-class"}
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)


def check_template(source: str, where: str) -> list[Problem]:
    """What is wrong in a template's own source: Jinja is blanked out, so the lines are the file's."""
    blank = _JINJA.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source)
    return _check(f"<fragment>{blank}</fragment>", where)


def check_document(mjml: str, where: str) -> list[Problem]:
    """What is wrong in a whole document, ready for the compiler. Lines are those of the filled template."""
    problems = _check(mjml, where)
    if not problems:
        root = _parse(mjml)
        if root.tag != "mjml" or not root.get("lang"):
            problems.append(
                Problem(where, 'dokumentet ska börja med <mjml lang="sv">.', "Annars läses det upp fel.", 1)
            )
        if not (root.findtext("mj-head/mj-title") or "").strip():
            problems.append(Problem(where, "dokumentet saknar <mj-title>.", "Lägg den i <mj-head>.", 1))
    return problems


def _check(source: str, where: str) -> list[Problem]:
    try:
        root = _parse(source)
    except etree.XMLSyntaxError as why:
        line = why.lineno or 0
        return [Problem(where, "mallen är inte välformad.", f"Stäng varje element: <br />, &amp;. ({why.msg})", line)]
    problems: list[Problem] = []
    for element in root.iter(etree.Element):
        if not _is_inside_html(element):
            problems += [Problem(where, *wrong, element.sourceline or 0) for wrong in _wrong(element)]
        elif str(element.tag).startswith("mj"):
            what = f"<{element.tag}> står inne i <{_html_parent(element)}>, där bara HTML kan stå."
            problems.append(Problem(where, what, "Flytta ut det.", element.sourceline or 0))
    return problems


def _wrong(element: Any) -> list[tuple[str, str]]:
    tag, parent = str(element.tag), element.getparent()
    if tag == "fragment":
        return []
    allowed = _attributes(tag, None if parent is None else str(parent.tag))
    if allowed is None or tag in UNWANTED:
        return [(f"<{tag}> går inte att använda här.", "Se vilka element de andra mallarna använder.")]
    found = []
    if parent is not None and parent.tag != "fragment" and tag not in _children(str(parent.tag)):
        found.append((f"<{tag}> får inte stå direkt i <{parent.tag}>.", "Flytta det."))
    for name in element.attrib:
        if name not in allowed:
            found.append((f"<{tag}> har inget attribut {name}.", "Rätta stavningen, eller ta bort det."))
    if tag == "mj-image" and element.get("alt") is None:
        found.append(("<mj-image> saknar alt.", 'Skriv vad bilden visar, eller alt="" om den bara är till prydnad.'))
    if not _takes_html(tag) and any((t or "").strip() for t in (element.text, *(c.tail for c in element))):
        found.append((f"i <{tag}> står text som skulle försvinna.", "Lägg den i <mj-text>."))
    return found


def _attributes(tag: str, parent: str | None) -> set[str] | None:
    """The attributes an element may have; None when there is no such element."""
    if parent == "mj-attributes":
        if tag == "mj-all" or tag == "mj-class":
            return {"name"} | {a for c in _schema()["components"].values() for a in c["allowed"] or ()}
        parent = None
    if tag == "mjml":
        return {"lang", "dir", "owa"}
    component = _schema()["components"].get(tag)
    return None if component is None else {*(component["allowed"] or ()), *_EVERYWHERE} - {"inline"}


def _children(tag: str) -> list[str]:
    if tag == "mj-attributes":
        return ["mj-all", "mj-class", *_schema()["components"]]
    return [c for c in _schema()["deps"].get(tag, []) if isinstance(c, str)]


def _takes_html(tag: str) -> bool:
    """Whether HTML stands in the element (its ”ending” tags), and no element of MJML."""
    return bool(_schema()["components"].get(tag, {}).get("ending")) or tag == "mj-raw"


def _html_parent(element: Any) -> str:
    return next((str(a.tag) for a in element.iterancestors() if _takes_html(str(a.tag))), "")


def _is_inside_html(element: Any) -> bool:
    return bool(_html_parent(element))


def _parse(source: str) -> Any:
    """No entities, no network, no file: what is parsed is only what is given."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    return etree.fromstring(source.encode(), parser)


@cache
def _schema() -> Any:
    return json.loads((files("mailer.render") / "mjml-schema.json").read_text(encoding="utf-8"))
