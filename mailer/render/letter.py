"""A mailing of one text: news that cannot wait for the next issue, or a correction.

Takes   a Block, the opened templates, the home's settings.
Gives   a Rendering.
Fails   AdminError when a template is wrong.
"""

from mailer.content.blocks import Block
from mailer.render.issue import EVERYONE, frame, render
from mailer.render.rendering import Rendering
from mailer.render.templates import Templates
from mailer.settings import Settings


def render_letter(
    block: Block,
    templates: Templates,
    settings: Settings,
    *,
    kind: str = "letter",
    subject: str = "",
    edition: str = EVERYONE,
) -> Rendering:
    """The rendering of the block. The subject: the one given, else the block's own, else its title."""
    subject = subject or block.subject or block.title
    is_correction = kind == "correction"
    if is_correction and not subject.casefold().startswith("rättelse"):
        subject = f"Rättelse: {subject}"
    title = subject if is_correction else block.title
    stops = settings.what_stops(None)
    values = {"block": block, "title": title, "is_correction": is_correction, **frame(settings, stops)}
    return render(templates, "letter", subject, edition, values)
