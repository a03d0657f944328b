"""The languages that members are spoken to in: Swedish as it is written in the code, English from the catalogue.

Takes   a language; Swedish sentences (the keys of the catalogue, en/*.po).
Gives   their translations, and what a template asks for them by.
Fails   AdminError when the catalogue cannot be read.
"""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

from mailer.errors import AdminError, Problem

Language = Literal["sv", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
CATALOGUE = Path(__file__).parent


def language_of(text: str | None) -> Language:
    """The language a register or a browser names (”en”, ”en-GB”, ”engelska”); Swedish when it is none of ours."""
    return "en" if (text or "").strip().lower().startswith("en") else "sv"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """What turns a Swedish sentence into one of the language. A sentence that is missing stays Swedish."""
    if language == "sv":
        return gettext.NullTranslations()
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    whole = Catalog(locale=language)
    for path in sorted((CATALOGUE / language).glob("*.po")):
        try:
            with path.open("rb") as file:
                for message in read_po(file, locale=language, abort_invalid=True):
                    if message.id:
                        whole[message.id] = message
        except (PoFileError, OSError, UnicodeDecodeError) as why:
            raise AdminError(
                Problem(str(path), f"översättningen går inte att läsa ({why}).", "Installera om.")
            ) from why
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def say(language: Language, swedish: str, **values: object) -> str:
    """The sentence in the language, with its values: ”%(name)s”."""
    said = translations(language).gettext(swedish)
    return said % values if values else said
