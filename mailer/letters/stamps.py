"""Stamps: what is drawn once on a page of a document, and then repeated on others for next to nothing.

Takes   a document whose page is open, with nothing on it yet.
Gives   a Stamp: the page's content as it was drawn.
Fails   BrokenPromise when the library keeps a page in another way than it did.

A document's typefaces hold only the signs that it uses, numbered as they come: a stamp is of one document.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fpdf import FPDF
from fpdf.enums import PDFResourceType

from mailer.errors import BrokenPromise


@dataclass(slots=True)
class Stamp:
    """What was drawn."""

    content: bytes = b""
    resources: tuple[tuple[PDFResourceType, Any], ...] = ()

    def repeat(self, pdf: FPDF) -> None:
        """Draw it on the page that is open."""
        pdf._out(self.content)  # the library has no name for it in public
        for kind, resource in self.resources:
            pdf._resource_catalog.add(kind, resource, pdf.page)


@contextmanager
def stamped(pdf: FPDF) -> Iterator[Stamp]:
    """What is drawn inside is kept in the stamp."""
    stamp = Stamp()
    contents = pdf.pages[pdf.page].contents
    if not isinstance(contents, bytearray):
        raise BrokenPromise("a page of the document has no bytes to copy")
    begun = len(contents)
    pdf.current_font_is_set_on_page = False  # the stamp brings its typeface
    yield stamp
    stamp.content = bytes(contents[begun:]).rstrip(b"\n")
    pdf.current_font_is_set_on_page = False
    used = pdf._resource_catalog.resources_per_page
    kinds = [kind for page, kind in used if page == pdf.page]
    stamp.resources = tuple((kind, resource) for kind in kinds for resource in used[(pdf.page, kind)])
