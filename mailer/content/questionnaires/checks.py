"""What makes a survey impossible although each of its lines can be read.

Takes   the questionnaire, the lines of its head.
Gives   errors, noted.
Fails   never.
"""

from collections.abc import Mapping

from mailer.content.questionnaires.conditions import PART_WORDS
from mailer.content.questionnaires.found import Found, meant, short
from mailer.content.questionnaires.model import Part, Question, Questionnaire, Sort

MOST_QUESTIONS = 60
MOST_CELLS = 200  # of a cross-table; a branch of 300 fills no more
_COUNTED = (Sort.ONE, Sort.SEVERAL, Sort.SCALE)


def check(made: Questionnaire, lines: Mapping[str, int], found: Found) -> None:
    """Note what cannot be."""
    parts = {q.key: section.part for section in made.sections for q in section.questions}
    questions: dict[str, Question] = {}
    for question in made.questions:
        questions.setdefault(question.key, question)
    if not made.questions and not found.errors:
        found.wrong(0, "enkäten har inga frågor.", "Skriv en del (# Om dig) och en fråga (## …) under huvudet.")
    if len(made.questions) > MOST_QUESTIONS:
        remedy = f"En kortare enkät får fler svar. Ha högst {MOST_QUESTIONS}, helst under 20."
        found.wrong(made.questions[MOST_QUESTIONS].line, f"enkäten har {len(made.questions)} frågor.", remedy)
    _check_in_mail(made, parts, questions, lines, found)
    for pair in made.crosstabs:
        _check_crosstab(pair, parts, questions, lines.get("korstabeller", 0), found)
    _check_order(made, found)


def _check_order(made: Questionnaire, found: Found) -> None:
    """”Kontakta mig” is a page of its own after the submit: nothing can come after it."""
    after = False
    for section in made.sections:
        if after and section.part != Part.AFTER:
            line = section.questions[0].line if section.questions else 0
            remedy = "Delar med svar: kontakt visas när allt annat är inskickat. Flytta dem sist."
            found.wrong(line, f"delen ”{short(section.title.sv)}” står efter en kontaktdel.", remedy)
            return
        after = after or section.part == Part.AFTER
    if made.sections and after and all(section.part == Part.AFTER for section in made.sections):
        remedy = "Lägg till en del med svar: med namn eller svar: anonyma."
        found.wrong(0, "enkäten har bara kontaktdelar, så ingen kan svara på den.", remedy)


def _check_in_mail(
    made: Questionnaire, parts: Mapping[str, Part], questions: Mapping[str, Question],
    lines: Mapping[str, int], found: Found,
) -> None:  # fmt: skip
    key, line = made.in_mail, lines.get("fråga i mejlet", 0)
    if not key or key in found.unclear:
        return
    if key not in questions:
        found.wrong(line, f"ingen fråga har nyckeln ”{short(key)}”.", _known(key, questions, parts, Part.SIGNED))
    elif parts[key] != Part.SIGNED:
        remedy = "Det som svaras i ett mejl kommer med medlemmens namn. Välj en fråga i en del med svar: med namn."
        found.wrong(line, f"”{key}” är {PART_WORDS[parts[key]]} och kan inte stå i mejlet.", remedy)
    elif questions[key].sort != Sort.ONE:
        found.wrong(line, f"frågan ”{key}” har inte typ: en.", "I mejlet kan bara en fråga med ett val stå.")
    elif questions[key].condition:
        remedy = "Mejlet är likadant för alla och vet inget om tidigare svar. Välj en fråga som alla får."
        found.wrong(line, f"frågan ”{key}” visas bara för några.", remedy)


def _check_crosstab(
    pair: tuple[str, str], parts: Mapping[str, Part], questions: Mapping[str, Question], line: int, found: Found
) -> None:
    sides = []
    for key in pair:
        question = questions.get(key)
        if key in found.unclear:
            continue
        if question is None:
            found.wrong(line, f"ingen fråga har nyckeln ”{short(key)}”.", _known(key, questions, parts, Part.ANONYMOUS))
        elif parts[key] != Part.ANONYMOUS:
            remedy = "Bara anonyma frågor räknas mot varandra; de andra bär namn."
            found.wrong(line, f"korstabellens ”{key}” är {PART_WORDS[parts[key]]}.", remedy)
        elif question.sort not in _COUNTED:
            remedy = "En korstabell har val eller en skala på båda sidorna."
            found.wrong(line, f"korstabellens ”{key}” går inte att räkna.", remedy)
        else:
            sides.append(question)
    if pair[0] == pair[1]:
        found.wrong(line, f"korstabellen ställer ”{pair[0]}” mot sig själv.", "Välj två olika frågor.")
    elif len(sides) == 2 and (cells := _steps(sides[0]) * _steps(sides[1])) > MOST_CELLS:
        remedy = "Nästan alla rutor blir för små för att visas. Välj frågor med färre val."
        found.wrong(line, f"korstabellen {pair[0]} × {pair[1]} har {cells} rutor.", remedy)


def _steps(question: Question) -> int:
    if question.sort == Sort.SCALE:
        return (question.most or 0) - (question.least or 0) + 1
    return len(question.options) + question.has_other


def _known(key: str, questions: Mapping[str, Question], parts: Mapping[str, Part], part: Part) -> str:
    keys = [k for k in questions if parts[k] == part and "." not in k]
    return meant(key, keys, f"De som kan stå här är: {', '.join(keys)}." if keys else "Ta bort raden.")
