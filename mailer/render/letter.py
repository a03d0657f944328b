"""A mailing of one text: news that cannot wait for the next issue, or a correction.

Takes   a Block, the opened templates, the home's settings.
Gives   a Rendering.
Fails   AdminError when a template is wrong.
"""

from collections.abc import Mapping, Sequence

from mailer.content.blocks import Block
from mailer.content.images import Image
from mailer.issue.editions import EVERYONE
from mailer.render.issue import NOTHING, frame, render
from mailer.render.rendering import Part, Rendering
from mailer.render.templates import Templates
from mailer.settings import Settings

CORRECTS = "Det här rättar något i ett tidigare utskick."


def render_letter(
    block: Block,
    templates: Templates,
    settings: Settings,
    *,
    kind: str = "letter",
    subject: str = "",
    edition: str = EVERYONE,
    images: Mapping[str, Image] = NOTHING,
    mark: str = "",
    attached: Sequence[Part] = (),
) -> Rendering:
    """The rendering of the block. The subject: the one given, else the block's own, else its title.

    `images`, `mark`, `attached`: as for an issue; the mark is the block's.
    """
    subject = subject or block.subject or block.title
    is_correction = kind == "correction"
    if is_correction and not subject.casefold().startswith("rättelse"):
        subject = f"Rättelse: {subject}"
    title = subject if is_correction else block.title
    note = CORRECTS if is_correction else ""
    values = {"block": block, "title": title, "mark": mark, "note": note, **frame(settings, settings.what_stops(None))}
    return render(templates, "letter", subject, edition, values, images, attached)
