"""What works in a survey and may still not be meant.

Takes   a questionnaire without errors.
Gives   remarks, noted.
Fails   never.
"""

from collections.abc import Iterator, Mapping

from mailer.content.questionnaires.found import Found, short
from mailer.content.questionnaires.model import Part, Questionnaire, Sort, Words

# Seconds for a member who reads on a telephone: ours, from reading the example aloud; a line of text takes the most.
SECONDS = {Sort.ONE: 12, Sort.SEVERAL: 18, Sort.SCALE: 9, Sort.NUMBER: 12, Sort.DATE: 12, Sort.TEXT: 45}
READING_S = 30
SLACK = 1.3  # so much longer than said before anybody is told
LONG = 20  # questions; Cochrane 2023: a shorter questionnaire, 58 % higher odds of an answer


def add(made: Questionnaire, lines: Mapping[str, int], found: Found) -> None:
    """Note them."""
    _translations(made, lines, found)
    _required(made, found)
    seconds = READING_S + sum(SECONDS[q.sort] * (0.5 if q.condition else 1) for q in made.questions)
    if seconds > made.minutes * 60 * SLACK:
        remedy = "Skriv det, eller ta bort frågor. Den som lovas för lite slutar mitt i."
        what = f"enkäten lovar {made.minutes} min men tar nog {round(seconds / 60)}."
        found.remark(lines.get("minuter", 0), what, remedy)
    if len(made.questions) > LONG:
        found.remark(0, f"enkäten har {len(made.questions)} frågor.", "En kortare enkät får fler svar.")
    if made.opens.year < made.closes.year - 1:
        found.remark(lines.get("stänger", 0), f"enkäten är öppen till {made.closes}.", "Är årtalet rätt?")
    texts = [q for q in made.questions if q.sort == Sort.TEXT and q.required]
    for question in texts:
        remedy = "Den som inte vill skriva slutar där. Ta bort obligatorisk: ja."
        found.remark(question.line, f"frågan ”{question.key}” kräver egna ord.", remedy)


def _required(made: Questionnaire, found: Found) -> None:
    for part, words in ((Part.SIGNED, "med namn"), (Part.ANONYMOUS, "anonyma")):
        sections = made.of_part(part)
        if sections and not any(q.required for section in sections for q in section.questions):
            remedy = "Skriv obligatorisk: ja på den viktigaste, så räknas inte ett tomt svar."
            line = sections[0].questions[0].line
            found.remark(line, f"ingen fråga i delarna med svar: {words} är obligatorisk.", remedy)


def _translations(made: Questionnaire, lines: Mapping[str, int], found: Found) -> None:
    """Each English sentence that is missing, when the file has any at all; else one remark for them all."""
    texts = [(line, words) for line, words in _texts(made, lines) if words.sv]
    missing = [(line, words) for line, words in texts if not words.en]
    if len(missing) == len(texts):
        remedy = "Den som läser engelska får se svenskan. Skriv engelskan efter |, eller i stycken som börjar med en:"
        found.remark(0, "enkäten finns bara på svenska.", remedy)
        return
    for line, words in missing:
        what = f"”{short(words.sv)}” saknar engelska; svenskan visas."
        found.remark(line, what, "Skriv den efter |, eller efter en:")


def _texts(made: Questionnaire, lines: Mapping[str, int]) -> Iterator[tuple[int, Words]]:
    """Every text with its line; names of people need no translation, and neither do numbers."""
    yield lines.get("rubrik", 0), made.title
    yield 0, made.intro
    for section in made.sections:
        line = section.questions[0].line if section.questions else 0
        yield line, section.title
        yield line, section.text
        for q in section.questions:
            for words in (q.words, q.help, q.low, q.high, *(option.words for option in q.options)):
                yield q.line, words
