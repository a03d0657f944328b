"""What the house says by itself to one person: please approve, something is missing, it has been sent.

Takes   the name of a notice (a file in templates/notices), its values, the opened templates, the settings.
Gives   a Rendering without slots.
Fails   AdminError when a template is wrong; BrokenPromise when a value is missing.

A notice is written once, in Markdown, and becomes HTML and text. Its values are put in after the Markdown has been
read: whatever stands in a title, a file's name or a server's reply, it is only words.
"""

import re
from typing import Any

from markupsafe import Markup

from mailer.content.text import replace_forbidden
from mailer.errors import AdminError, Problem
from mailer.languages import Language
from mailer.render.issue import tidy
from mailer.render.landmarks import with_landmarks
from mailer.render.mjml import compile_mjml
from mailer.render.preview import insert_note, sample
from mailer.render.rendering import Rendering
from mailer.render.templates import Templates
from mailer.settings import Settings

EDITION = "systemmejl"
SUBJECT = "Ämne:"
LONGEST_SUBJECT = 150  # characters

_STAND_IN = re.compile(r"qz(\d+)zq")  # letters and digits: Markdown sees a word


def render_notice(
    templates: Templates, name: str, settings: Settings, language: Language = "sv", foot: str = "", **values: Any
) -> Rendering:
    """The notice. `preview`, a Rendering, is shown below it, with sample values in its slots.

    `foot`: why it came, to one who is not named in the settings: a member.
    """
    preview: Rendering | None = values.pop("preview", None)
    written: list[str] = []

    def stand_in(value: Any) -> str:
        if isinstance(value, Markup):  # an address of our own pages: Markdown makes a link of it
            return str(value)
        written.append(replace_forbidden(str(value)))
        return f"qz{len(written) - 1}zq"

    def fill(text: str) -> str:
        return _STAND_IN.sub(lambda found: written[int(found[1])], text)

    source = templates.fill_finalized(f"notices/{name}.md.j2", stand_in, language, **values)
    first, _, body = source.partition("\n")
    if not first.startswith(SUBJECT):
        remedy = f"Skriv {SUBJECT} och ämnesraden på första raden."
        raise AdminError(Problem(f"templates/notices/{name}.md.j2", "mallen saknar ämnesrad.", remedy, 1))
    subject = " ".join(fill(first.removeprefix(SUBJECT)).split())[:LONGEST_SUBJECT]
    below = sample(preview, settings.association.name) if preview else None
    words = {"subject": subject, "body": body, "fill": fill, "association": settings.association}
    words |= {"foot": foot, "language": language}
    text = tidy(templates.fill("notice.txt.j2", preview=below.text if below else "", **words))
    if below:
        html = insert_note(below.html, templates.fill("parts/note.html.j2", **words))
        return Rendering(EDITION, subject, html, text, below.parts)
    html = with_landmarks(compile_mjml(templates.fill("notice.mjml.j2", **words), "templates/notice.mjml.j2"))
    return Rendering(EDITION, subject, html, text)
