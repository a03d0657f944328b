"""One step of a survey's plan as its readers get it by e-mail, in one of the languages.

Takes   a Questionnaire, the Step with its words, the opened templates, the home's settings, what the pages are called.
Gives   a Rendering whose edition is the language: the same input gives the same bytes.
Fails   AdminError when a template is wrong.

Each message has one link and one code, in the slots `survey_page` and `survey_code`: the only words that differ
between two readers, beside their names.
"""

from typing import Any

from mailer.content.channel_plan.model import Step, Whom
from mailer.content.questionnaires.model import Part, Questionnaire
from mailer.languages import Language, say
from mailer.languages.days import day
from mailer.render.issue import frame, tidy
from mailer.render.landmarks import with_landmarks
from mailer.render.mjml import compile_mjml
from mailer.render.rendering import Rendering
from mailer.render.templates import Templates
from mailer.settings import Settings
from mailer.slots import EDITORS_FIELDS, Slot


def render_step(
    asked: Questionnaire,
    step: Step,
    language: Language,
    templates: Templates,
    settings: Settings,
    *,
    typed: str,
) -> Rendering:
    """The rendering. `typed`: where a code is typed, as one writes it by hand."""
    subject = step.subject.say(language) or asked.title.say(language)
    words = step.text.say(language)
    values = {
        **frame(settings, settings.what_stops(None)),
        "subject": subject,
        "title": subject,
        "greets": "{{" not in words.strip().partition("\n")[0],  # the editor's own greeting stands
        "greeting": say(language, "Hej %(name)s!", name=_first_name(language).marker),
        "words": words,
        "signed_by": step.signed_by,
        "has_link": step.whom is not Whom.ANSWERED,
        "first": _first_question(asked, language),
        "minutes": asked.minutes,
        "closes": day(language, asked.closes),
        "readers": asked.readers.say(language),
        "promise": _promise(asked, language),
        "typed": typed,
    }
    mjml = templates.fill_in(language, "survey.mjml.j2", **values)
    html = with_landmarks(compile_mjml(mjml, "templates/survey.mjml.j2"))
    return Rendering(language, subject, html, tidy(templates.fill_in(language, "survey.txt.j2", **values)))


def _promise(asked: Questionnaire, language: Language) -> str:
    """What is kept with her name and what is not, true of the whole survey; each section says its own on the page."""
    is_signed = any(section.questions for section in asked.of_part(Part.SIGNED))
    if asked.is_secret and is_signed:
        return say(
            language,
            "En del av frågorna är anonyma och en del sparas med ditt namn; på sidan står det vid varje avsnitt "
            "vilket som gäller. Att du har svarat, vilken dag och på vilket sätt sparas med ditt namn.",
        )
    if asked.is_secret:
        return say(
            language,
            "Det du svarar är anonymt. Att du har svarat, vilken dag och på vilket sätt sparas med ditt namn, så att "
            "vi kan sluta påminna dig.",
        )
    return say(language, "Det du svarar sparas med ditt namn.")


def _first_name(language: Language) -> Slot:
    return EDITORS_FIELDS["förnamn"] if language == "sv" else Slot("first_name", "there")


def _first_question(asked: Questionnaire, language: Language) -> dict[str, Any] | None:
    """The question whose choices stand in the mail, each a link that fills it in beforehand: it submits nothing."""
    found = next((q for q in asked.questions if q.key == asked.in_mail), None)
    if found is None:
        return None
    options = [{"key": o.key, "words": o.words.say(language)} for o in found.options]
    return {"key": found.key, "words": found.words.say(language), "options": options}
