"""A mailing of one text: a call, a correction, news that cannot wait for the next issue.

Takes   a Block, the opened templates, the home's settings, the series whose readers get it.
Gives   a Rendering.
Fails   AdminError when a template is wrong.
"""

from mailer.content.blocks import Block
from mailer.render.issue import EVERYONE, frame, render, series_of
from mailer.render.rendering import Rendering
from mailer.render.templates import Templates
from mailer.settings import Settings


def render_letter(
    block: Block,
    templates: Templates,
    settings: Settings,
    series: str,
    *,
    correction_of: str = "",
    edition: str = EVERYONE,
) -> Rendering:
    """The rendering of the block. `series`: the key of what a reader would stop getting.

    `correction_of`: the title of the issue it corrects (”V Aktuellt maj 2024”); the subject then says Rättelse.
    """
    subject = block.subject or block.title
    if correction_of and not subject.casefold().startswith("rättelse"):
        subject = f"Rättelse: {subject}"
    values = {"block": block, "correction_of": correction_of, **frame(settings, series_of(settings, series))}
    return render(templates, "letter", subject, edition, values)
