"""Whether a member's answers ask somebody to get in touch with her.

Takes   a questionnaire, what she has answered under her name.
Gives   the question that says so, or None.
Fails   never.
"""

from mailer.content.questionnaires.model import Answers, Part, Questionnaire
from mailer.surveys.answers import form

PARTS = (Part.SIGNED, Part.AFTER)


def wished(questionnaire: Questionnaire, given: Answers) -> str | None:
    """The key of the first question, in the head's order, whose answer is one to be followed up."""
    if questionnaire.following is None:
        return None
    asked = {question.key for question in form.asked(questionnaire, given, PARTS)}
    for wish in questionnaire.following.wishes:
        answer = given.get(wish.question, ()) if wish.question in asked else ()
        if any(one in wish.options or not wish.options for one in answer if one.strip()):
            return wish.question
    return None
