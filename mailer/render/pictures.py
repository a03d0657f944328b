"""The pictures of an edition: what the HTML says of them, and the files that travel with it.

Takes   prepared images, by the path the editor wrote.
Gives   how each is shown (its address, its size), and a Part for each that the HTML shows.
Fails   never.
"""

import re
from collections.abc import Mapping

from mailer.content.figures import Shown
from mailer.content.images import SHOWN_WIDTH, Image
from mailer.render.rendering import Part

_USED = re.compile(r'\bsrc="cid:([^"]+)"')


def shown(images: Mapping[str, Image]) -> dict[str, Shown]:
    """path -> how it is shown: never wider than the text, never larger than it is."""
    return {path: _shown(image) for path, image in images.items()}


def travelling(html: str, images: Mapping[str, Image]) -> tuple[Part, ...]:
    """The Parts that the HTML shows, each once, in the order of the HTML."""
    by_name = {image.name: image for image in images.values()}
    used = dict.fromkeys(name for name in _USED.findall(html) if name in by_name)
    return tuple(Part(name, by_name[name].kind, by_name[name].raw, is_inline=True) for name in used)


def _shown(image: Image) -> Shown:
    width = min(image.width, SHOWN_WIDTH)
    return Shown(f"cid:{image.name}", width, max(1, round(image.height * width / image.width)))
