"""”följs upp om: aktiv = Ja, Kanske”: which answers make somebody get in touch with a member, and who that is.

Takes   the head, the questions as they were read.
Gives   a Following, or None when nobody is followed up; what is wrong is noted.
Fails   never.

Only what stands under a name can be followed up. Of a signed question choices are named; in the contact part, which is
there for nothing else, a question by itself will do: whoever has written something wants to be spoken with.
"""

from mailer.content.fields import Fields
from mailer.content.questionnaires.conditions import PART_WORDS, options_named
from mailer.content.questionnaires.found import Found, meant, short
from mailer.content.questionnaires.model import Following, Part, Question, Questionnaire, Sort, Wish
from mailer.content.questionnaires.wording import slug

WISHES, OWNER, RESPONSIBLE = "följs upp om", "följs upp av", "ansvarig"
MOST = 5  # questions; whoever asks more often asks the same
LONGEST_NAME = 200  # characters; follow_ups.owner in the database
_EXAMPLE = "Skriv till exempel följs upp om: aktiv = Ja, Kanske"
_QUOTES = "”“„\"'’»« "


def read_following(fields: Fields, made: Questionnaire, found: Found) -> Following | None:
    """What the head says of it. Who is named has to be one of [[people]], which the reading of the home looks up."""
    written, line = fields.bare(WISHES), fields.line_of(WISHES)
    if not written:
        if fields.bare(OWNER):
            found.wrong(fields.line_of(OWNER), f"”{OWNER}” säger vem, men inte vad som ska följas upp.", _EXAMPLE)
        return None
    parts = [part.strip() for part in written.split(";") if part.strip()]
    if not parts or len(parts) > MOST:
        found.wrong(line, f"”{WISHES}” ska ha mellan en och {MOST} frågor.", _EXAMPLE)
        return None
    wishes = [wish for part in parts if (wish := _wish(part, line, made, found)) is not None]
    owner = fields.bare(OWNER) or fields.bare(RESPONSIBLE)
    if len(owner) > LONGEST_NAME:
        found.wrong(fields.line_of(OWNER), f"”{OWNER}” är {len(owner)} tecken lång.", "Skriv ett namn.")
    return Following(tuple(wishes), owner[:LONGEST_NAME]) if wishes else None


def _wish(written: str, line: int, made: Questionnaire, found: Found) -> Wish | None:
    key, equals, value = written.partition("=")
    key = slug(key.strip(_QUOTES))
    of = {q.key: (q, section.part) for section in made.sections for q in section.questions}
    if key in found.unclear:
        return None
    if key not in of:
        keys = [k for k, (_, part) in of.items() if part is not Part.ANONYMOUS]
        remedy = meant(key, keys, f"De som kan stå här är: {', '.join(keys)}." if keys else "Ta bort raden.")
        found.wrong(line, f"ingen fråga har nyckeln ”{short(key)}”.", remedy)
        return None
    question, part = of[key]
    if part is Part.ANONYMOUS:
        remedy = "Bara den som svarar med namn kan kontaktas. Välj en fråga i en del med svar: med namn eller kontakt."
        found.wrong(line, f"”{key}” är {PART_WORDS[part]} och kan inte följas upp.", remedy)
        return None
    if not equals:
        return _any_answer(question, part, line, found)
    if question.sort not in (Sort.ONE, Sort.SEVERAL):
        found.wrong(line, f"frågan ”{key}” har inga val.", "Välj en fråga med typ: en eller typ: flera.")
        return None
    options = options_named(value, question, line, found)
    return Wish(key, options) if options else None


def _any_answer(question: Question, part: Part, line: int, found: Found) -> Wish | None:
    if part is Part.AFTER:
        return Wish(question.key)
    choices = [option.words.sv for option in question.options]
    remedy = f"Skriv vilka val: {WISHES}: {question.key} = {choices[0]}" if choices else _EXAMPLE
    found.wrong(line, f"alla som svarar på ”{question.key}” skulle följas upp.", remedy)
    return None
