"""A questionnaire as text, as a member would read it.

Takes   a questionnaire and a language.
Gives   lines.
Fails   never.
"""

from mailer.content import plain
from mailer.content.questionnaires.model import Option, Part, Question, Questionnaire, Sort, Words
from mailer.languages import Language

# The marks of this text alone: what the form says around the questions is the pages' own.
_KEPT = {
    Part.SIGNED: Words("Sparas med ditt namn.", "Kept with your name."),
    Part.ANONYMOUS: Words("Anonymt.", "Anonymous."),
    Part.AFTER: Words("Efteråt, frivilligt, med ditt namn.", "Afterwards, optional, with your name."),
}
_REQUIRED = Words("måste besvaras", "required")
_OTHER = Words("Annat: ______", "Other: ______")
_ONLY = Words("Bara om du svarat", "Only if you answered")
_ON = Words("på", "to")


def as_text(made: Questionnaire, language: Language) -> list[str]:
    """The title, the words and all questions. Those that hang on others say on which."""
    out = [made.title.say(language), "=" * len(made.title.say(language)), ""]
    out += _prose(made.intro, language)
    number = 0
    for section in made.sections:
        title = section.title.say(language)
        out += [title, "-" * len(title), f"[{_KEPT[section.part].say(language)}]", ""]
        out += _prose(section.text, language)
        for question in section.questions:
            number += 1
            out += _question(made, question, number, language)
    return out


def _question(made: Questionnaire, question: Question, number: int, language: Language) -> list[str]:
    mark = f" ({_REQUIRED.say(language)})" if question.required else ""
    out = plain.wrap(f"{number}. {question.words.say(language)}{mark}")
    if question.condition:
        out += plain.wrap(f"[{_condition(made, question, language)}]", first="   ", rest="   ")
    out += [f"   {line}" if line else "" for line in _prose(question.help, language)[:-1]]
    return [*out, *_answers(question, language), ""]


def _answers(question: Question, language: Language) -> list[str]:
    sort = question.sort
    if sort in (Sort.ONE, Sort.SEVERAL):
        box = "( )" if sort == Sort.ONE else "[ ]"
        out = [f"   {box} {option.words.say(language)}" for option in question.options]
        return [*out, f"   {box} {_OTHER.say(language)}"] if question.has_other else out
    if sort == Sort.SCALE:
        steps = range(question.least or 0, (question.most or 0) + 1)
        ends = (question.low.say(language), question.high.say(language))
        line = "  ".join(f"( ) {step}" for step in steps)
        return [f"   {ends[0]}  {line}  {ends[1]}".rstrip()]
    return ["   ____-__-__" if sort == Sort.DATE else "   ______"]


def _condition(made: Questionnaire, question: Question, language: Language) -> str:
    assert question.condition is not None
    on = next(q for q in made.questions if q.key == question.condition.question)
    chosen = [_named(on.options, key, language) for key in question.condition.options]
    return f"{_ONLY.say(language)} {', '.join(chosen)} {_ON.say(language)} ”{on.words.say(language)}”"


def _named(options: tuple[Option, ...], key: str, language: Language) -> str:
    return next((f"”{option.words.say(language)}”" for option in options if option.key == key), key)


def _prose(words: Words, language: Language) -> list[str]:
    said = words.say(language)
    return [*plain.text(said).split("\n"), ""] if said else []
