"""Answers in words, as people read them.

Takes   a questionnaire, answers, a language.
Gives   a line for each question that is answered.
Fails   never: an answer to a choice that is no longer there is shown as it was kept.
"""

from mailer.content.questionnaires.model import OTHER, OTHER_WORDS, Answers, Question, Questionnaire
from mailer.languages import Language


def in_words(made: Questionnaire, answers: Answers, language: Language = "sv") -> list[str]:
    """”Vill du bli aktiv? Ja”, in the order of the questions."""
    return [
        f"{question.words.say(language)} {'; '.join(_said(question, word, answers, language) for word in chosen)}"
        for question in made.questions
        if (chosen := answers.get(question.key))
    ]


def _said(question: Question, word: str, answers: Answers, language: Language) -> str:
    if word == OTHER and question.has_other:
        return ", ".join(answers.get(question.key + OTHER_WORDS, ())) or word
    return next((o.words.say(language) for o in question.options if o.key == word), word)
