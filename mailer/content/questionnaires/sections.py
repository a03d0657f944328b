"""One section of a survey's file: its heading, how its answers are kept, its words.

Takes   a Piece of level 1.
Gives   a Section without questions; what is wrong is noted.
Fails   never.
"""

from mailer.content import markdown
from mailer.content.questionnaires.found import Found, meant, short
from mailer.content.questionnaires.model import Part, Section, Words
from mailer.content.questionnaires.outline import Piece
from mailer.content.questionnaires.wording import of_paragraphs, slug

# As written after ”svar:” -> how they are kept.
PARTS = {
    "med namn": Part.SIGNED, "namn": Part.SIGNED, "signed": Part.SIGNED, "med ditt namn": Part.SIGNED,
    "anonyma": Part.ANONYMOUS, "anonymt": Part.ANONYMOUS, "anonym": Part.ANONYMOUS, "utan namn": Part.ANONYMOUS,
    "anonymous": Part.ANONYMOUS,
    "kontakt": Part.AFTER, "kontakta mig": Part.AFTER, "contact": Part.AFTER,
}  # fmt: skip
_KEYS = {"svar": "svar", "answers": "svar"}
_CHOICES = "Skriv svar: med namn, svar: anonyma eller svar: kontakt på raden under rubriken."
LONGEST_TITLE, LONGEST_TEXT = 120, 4_000  # characters


def read_section(piece: Piece, found: Found) -> Section:
    """The section. Without a word about its answers it counts as signed until that is mended."""
    title = found.words(piece.line, piece.title, "delens rubrik", LONGEST_TITLE)
    if not title.sv:
        found.wrong(piece.line, "delen har ingen rubrik.", "Skriv den efter #, på samma rad.")
    part = None
    for setting in piece.settings:
        if setting.key not in _KEYS:
            remedy = meant(setting.key, _KEYS, f"{_CHOICES} En text har en tom rad före.")
            found.wrong(setting.line, f"okänd uppgift ”{short(setting.written)}”.", remedy)
        elif part is not None:
            found.wrong(setting.line, "”svar” står två gånger.", "Ta bort en av raderna.")
        elif (part := PARTS.get(" ".join(setting.value.casefold().split()))) is None:
            found.wrong(setting.line, f"”svar: {short(setting.value)}” finns inte.", _CHOICES)
            part = Part.SIGNED
    if part is None and not any(s.key not in _KEYS for s in piece.settings):
        remedy = _CHOICES
        found.wrong(piece.line, f"delen ”{short(title.sv)}” säger inte hur svaren sparas.", remedy)
    return Section(slug(title.sv), part or Part.SIGNED, title, read_text(piece, found), ())


def read_text(piece: Piece, found: Found) -> Words:
    """The paragraphs below a heading, or before the first."""
    words = of_paragraphs(p.text for p in piece.paragraphs)
    line = piece.paragraphs[0].line if piece.paragraphs else piece.line
    for text in (words.sv, words.en):
        found.length(line, text, "texten", LONGEST_TEXT)
    for paragraph in piece.paragraphs if max(len(words.sv), len(words.en)) <= LONGEST_TEXT else ():
        found.errors.extend(markdown.problems(paragraph.text, found.where, paragraph.line))
    return words
