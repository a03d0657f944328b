"""From MJML to HTML.

Takes   a filled template.
Gives   HTML in one line, markers of slots untouched.
Fails   AdminError on MJML that is wrong; BrokenPromise when a marker is lost or something would be fetched.
"""

import hashlib
import re

from mjml import mjml2html

from mailer.errors import AdminError, BrokenPromise, Problem
from mailer.render.check import check_document
from mailer.render.fetched import fetched
from mailer.slots import MARKER


def compile_mjml(mjml: str, where: str) -> str:
    """The HTML. `where` names the template in Problems."""
    if problems := check_document(mjml, where):
        raise AdminError(*problems)
    hidden, markers = _hide(mjml)
    try:
        html = str(mjml2html(hidden, disable_comments=True, fonts={}))
    except ValueError as why:
        raise AdminError(Problem(where, f"mallen går inte att göra HTML av ({why}).", "Rätta mallen.")) from why
    if found := fetched(html):
        raise BrokenPromise(f"{where}: {found} skulle hämtas från någon annan")
    return _restore(html, markers)


def _hide(mjml: str) -> tuple[str, list[tuple[str, str]]]:
    """Markers as plain letters. The compiler writes private-use characters in attributes as ”\\u{e000}”.

    The letters come out of a hash of the whole text, so that nothing in the text can contain them.
    """
    key = hashlib.sha256(mjml.encode()).hexdigest()[:24]
    markers: list[tuple[str, str]] = []

    def stand_in(found: re.Match[str]) -> str:
        markers.append((f"slot{key}n{len(markers)}e", found[0]))
        return markers[-1][0]

    return MARKER.sub(stand_in, mjml), markers


def _restore(html: str, markers: list[tuple[str, str]]) -> str:
    for letters, marker in markers:
        if html.count(letters) != 1:
            raise BrokenPromise(f"en lucka finns {html.count(letters)} gånger efter MJML: {marker!r}")
        html = html.replace(letters, marker)
    return html
