"""The numbers that the questions bear on paper, and where paper is typed in.

Takes   a questionnaire.
Gives   question -> its number, from 1 on each of the two sheets.
Fails   never.

The signed sheet has the questions with a name, then those of ”contact me”; the ballot sheet begins at 1 again, for
whoever has one of them before her sees nothing of the other.
"""

from mailer.content.questionnaires.model import Part, Questionnaire, Section

SIGNED_SHEET = (Part.SIGNED, Part.AFTER)
BALLOT_SHEET = (Part.ANONYMOUS,)


def of_sheet(questionnaire: Questionnaire, parts: tuple[Part, ...]) -> tuple[Section, ...]:
    """The sections of one sheet, in the order in which they are printed."""
    return tuple(section for part in parts for section in questionnaire.of_part(part))


def on_paper(questionnaire: Questionnaire) -> dict[str, int]:
    """Question -> number."""
    numbers: dict[str, int] = {}
    for parts in (SIGNED_SHEET, BALLOT_SHEET):
        asked = [question for section in of_sheet(questionnaire, parts) for question in section.questions]
        numbers |= {question.key: number for number, question in enumerate(asked, 1)}
    return numbers
