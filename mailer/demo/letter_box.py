"""What lies in the members' letter boxes: letters as they were printed, read from their own pages.

Takes   the PDF of a run.
Gives   the codes that stand on it, page by page.
Fails   AdminError when pypdfium2 is missing (it comes with the extra `demo`).
"""

import re
from importlib.util import find_spec
from pathlib import Path

from mailer.errors import AdminError, Problem

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")  # surveys/codes.py shown


def codes_on(letters: Path) -> list[str]:
    """Every code that a reader finds on the pages, each once."""
    import pypdfium2  # only the demonstration needs it

    document = pypdfium2.PdfDocument(letters)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return list(dict.fromkeys(code for text in pages for code in CODE.findall(text)))


def require_reader() -> None:
    """AdminError when letters cannot be read."""
    if find_spec("pypdfium2") is None:
        raise AdminError(
            Problem(
                "breven",
                "paketet pypdfium2 saknas.",
                'Installera filen ni fick med tillägget demo: pip install "./v_aktuellt-….whl[demo]"',
            )
        )
