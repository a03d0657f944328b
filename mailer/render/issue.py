"""An issue as its readers get it.

Takes   an Issue (one edition's part of it), the opened templates, the home's settings; pictures and files with it.
Gives   a Rendering: subject, HTML and text, slots still open, and its parts. The same input gives the same bytes.
Fails   AdminError when a template is wrong.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mailer.content.images import Image
from mailer.issue.assemble import FromFeed, Issue
from mailer.issue.editions import EVERYONE
from mailer.render.landmarks import with_landmarks
from mailer.render.mjml import compile_mjml
from mailer.render.pictures import shown, travelling
from mailer.render.rendering import Part, Rendering
from mailer.render.templates import Templates
from mailer.render.when import grouped
from mailer.settings import Settings

CALENDAR = "text/calendar"
NOTHING: Mapping[str, Any] = {}


def render_issue(
    issue: Issue,
    templates: Templates,
    settings: Settings,
    edition: str = EVERYONE,
    images: Mapping[str, Image] = NOTHING,
    marks: Mapping[str, str] = NOTHING,
    attached: Sequence[Part] = (),
    calendars: Mapping[str, str] = NOTHING,
) -> Rendering:
    """The rendering of one edition of the issue.

    `images`: path -> prepared image, of the pictures its blocks name; one that is missing is left out. `marks`: path
    -> ”Endast för styrelsen”, of what not everybody may read. `attached`: files that go with it, as a calendar.
    `calendars`: uid of an event -> the address of its calendar file, of those that are for everybody.
    """
    name = next(s.name for s in settings.series if s.key == issue.series)
    values = {
        "issue": issue,
        "series": name,
        "year": int(issue.period[:4]),
        "marks": marks,
        "groups": grouped(issue.occurrences),
        "posts": _by_feed(issue.posts),
        "calendars": calendars,
        "calendar_page": f"{settings.web.address}/kalender" if calendars else "",
        "has_calendar": any(part.kind.startswith(CALENDAR) for part in attached),
        **frame(settings, stops=name),
    }
    return render(templates, "issue", issue.subject, edition, values, images, attached)


def render(
    templates: Templates,
    name: str,
    subject: str,
    edition: str,
    values: Mapping[str, Any],
    images: Mapping[str, Image] = NOTHING,
    attached: Sequence[Part] = (),
) -> Rendering:
    """The rendering that the two templates `name`.mjml.j2 and `name`.txt.j2 make of the values."""
    values = {"subject": subject, "pictures": shown(images), **values}
    mjml = templates.fill(f"{name}.mjml.j2", **values)
    html = with_landmarks(compile_mjml(mjml, f"templates/{name}.mjml.j2"))
    text = tidy(templates.fill(f"{name}.txt.j2", **values))
    return Rendering(edition, subject, html, text, (*travelling(html, images), *attached))


def frame(settings: Settings, stops: str) -> dict[str, Any]:
    """What every mailing says about itself: who sends it, who answers for personal data, and how to stop it.

    `stops`: what one would stop getting, after ”Sluta få”.
    """
    return {
        "association": settings.association,
        "responsible": settings.responsible,
        "has_pages": bool(settings.web.address),
        # A leave by mail goes to where it is read: by us, where the house has a mailbox, else by a person.
        "leave_to": settings.sender.return_address if settings.mailbox.kind else settings.sender.reply_to,
        "reply_to": settings.sender.reply_to,
        "zone": settings.association.zone,
        "stops": stops,
    }


def tidy(text: str) -> str:
    """No spaces at the ends of lines, never more than two empty lines, one line end last."""
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return re.sub(r"\n{4,}", "\n\n\n", lines).strip("\n") + "\n"


def _by_feed(posts: Sequence[FromFeed]) -> dict[str, list[FromFeed]]:
    """The posts under the name of the feed they come from, in order."""
    feeds: dict[str, list[FromFeed]] = {}
    for post in posts:
        feeds.setdefault(post.feed, []).append(post)
    return feeds
