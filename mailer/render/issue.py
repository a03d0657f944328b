"""An issue as its readers get it.

Takes   an Issue, the opened templates, the home's settings.
Gives   a Rendering: subject, HTML and text, slots still open. The same input gives the same bytes.
Fails   AdminError when a template is wrong.
"""

import re
from typing import Any

from mailer.issue.assemble import Issue
from mailer.render.mjml import compile_mjml
from mailer.render.rendering import Rendering
from mailer.render.templates import Templates
from mailer.settings import Settings

EVERYONE = "alla"  # the edition that leaves nothing out


def render_issue(issue: Issue, templates: Templates, settings: Settings, edition: str = EVERYONE) -> Rendering:
    """The rendering of one edition of the issue."""
    name = next(s.name for s in settings.series if s.key == issue.series)
    values = {"issue": issue, "series": name, "year": int(issue.period[:4]), **frame(settings, stops=name)}
    return render(templates, "issue", issue.subject, edition, values)


def render(templates: Templates, name: str, subject: str, edition: str, values: dict[str, Any]) -> Rendering:
    """The rendering that the two templates `name`.mjml.j2 and `name`.txt.j2 make of the values."""
    values = {"subject": subject, **values}
    html = compile_mjml(templates.fill(f"{name}.mjml.j2", **values), f"templates/{name}.mjml.j2")
    return Rendering(edition, subject, html, tidy(templates.fill(f"{name}.txt.j2", **values)))


def frame(settings: Settings, stops: str) -> dict[str, Any]:
    """What every mailing says about itself: who sends it, who answers for personal data, and how to stop it.

    `stops`: what one would stop getting, after ”Sluta få”.
    """
    return {
        "association": settings.association,
        "responsible": settings.responsible,
        "reply_to": settings.sender.reply_to,
        "zone": settings.association.zone,
        "stops": stops,
    }


def tidy(text: str) -> str:
    """No spaces at the ends of lines, never more than two empty lines, one line end last."""
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return re.sub(r"\n{4,}", "\n\n\n", lines).strip("\n") + "\n"
