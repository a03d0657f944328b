"""The title of a block or an event: from the head, or from the heading the text begins with.

Takes   the reader of the head's fields.
Gives   the title, and the body without it. Line numbers in the body stay as they were.
Fails   never: what is wrong is added to the problems of `fields`.
"""

from mailer.content import markdown
from mailer.content.fields import Fields
from mailer.errors import Problem

LONGEST_TITLE = 120  # characters; of a subject too, though mail programs show 30–70


def title_and_body(fields: Fields, noun: str) -> tuple[str, str]:
    """The title and the body. `noun`: ”inslaget” or ”evenemanget”, for the sentence when there is no title."""
    body, first_line = fields.document.body, fields.document.line_of_body
    title = fields.line("rubrik", LONGEST_TITLE)
    heading = markdown.first_heading(body)
    if heading and heading.text and (not title or title == heading.text):  # "#" alone is no title
        lines = body.split("\n")
        lines[heading.first : heading.after] = [""] * (heading.after - heading.first)
        body = "\n".join(lines)
        if len(heading.text) > LONGEST_TITLE:
            what = f"rubriken är {len(heading.text)} tecken lång."
            remedy = f"Korta den till högst {LONGEST_TITLE} tecken."
            fields.problems.append(Problem(fields.where, what, remedy, first_line + heading.first))
        if heading.has_slot:
            what = "rubriken har ett fält, {{ … }}."
            remedy = "Fält kan bara stå i löpande text."
            fields.problems.append(Problem(fields.where, what, remedy, first_line + heading.first))
        return heading.text, body
    if not title and not fields.problems:  # a key that is misspelt has been named already
        remedy = "Skriv rubrik: i huvudet, eller en rad som börjar med # överst i texten."
        fields.problems.append(Problem(fields.where, f"{noun} saknar rubrik.", remedy))
    return title, body
