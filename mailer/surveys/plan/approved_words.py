"""What a plan's approval is a yes to: every word of every step, kept so that nothing else can be sent.

Takes   a connection inside a transaction; the questionnaire, the plan, the audience's words, the renderings.
Gives   one hash over all of it; the renderings of a step, as they were approved.
Fails   AdminError when what is kept is not what was approved.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from mailer.audience.rule import Rule
from mailer.content.channel_plan.model import ChannelPlan
from mailer.content.questionnaires.model import Questionnaire
from mailer.errors import AdminError, Problem
from mailer.render.rendering import Rendering
from mailer.surveys.frozen import to_json
from mailer.surveys.tables import survey_texts, surveys

Words = Mapping[str, Sequence[Rendering]]  # step -> its renderings, one for each language


def digest(questionnaire: Questionnaire, plan: ChannelPlan, rule: Rule, words: Words) -> str:
    """SHA-256 over the questions, the plan, the audience's words and each step's renderings. Where the files lie and
    on which lines is no part of it: a comment in a file changes nothing that anybody reads."""
    texts = {step: sorted([r.edition, r.hash] for r in some) for step, some in words.items()}
    signed = [_without_places(to_json(questionnaire)), _without_places(to_json(plan)), rule.to_json(), texts]
    return hashlib.sha256(json.dumps(signed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def keep(connection: Connection, survey: int, rule: Rule, words: Words) -> None:
    """Keep the words of a survey that is about to be approved, in the place of those it had."""
    connection.execute(delete(survey_texts).where(survey_texts.c.survey_id == survey))
    connection.execute(update(surveys).where(surveys.c.id == survey).values(rule=rule.to_json()))
    rows = [
        {"survey_id": survey, "step": step, "edition": r.edition, "subject": r.subject,
         "html": r.html, "text": r.text, "hash": r.hash}
        for step, some in words.items() for r in some
    ]  # fmt: skip
    if rows:
        connection.execute(insert(survey_texts), rows)


def of_survey(connection: Connection, survey: int) -> dict[str, tuple[Rendering, ...]]:
    """All words that are kept: step -> renderings."""
    c = survey_texts.c
    found: dict[str, tuple[Rendering, ...]] = {}
    query = select(c.step, c.edition, c.subject, c.html, c.text).where(c.survey_id == survey)
    for step, edition, subject, html, text in connection.execute(query.order_by(c.step, c.edition)):
        found[step] = (*found.get(step, ()), Rendering(edition, subject, html, text))
    return found


def rule_of(connection: Connection, survey: int) -> Rule:
    """The audience's words, as approved."""
    return Rule.from_json(connection.execute(select(surveys.c.rule).where(surveys.c.id == survey)).scalar_one())


def approved(connection: Connection, survey: int, questionnaire: Questionnaire, plan: ChannelPlan, hash_: str) -> Words:
    """The words of all steps. AdminError unless everything that is kept has the hash that was approved."""
    words = of_survey(connection, survey)
    if digest(questionnaire, plan, rule_of(connection, survey), words) == hash_:
        return words
    remedy = "Någon har ändrat i databasen. Lägg tillbaka säkerhetskopian, eller stoppa enkäten: mailer survey withdraw"
    raise AdminError(Problem(questionnaire.title.sv, "enkätens ord är inte de som godkändes; inget skickas.", remedy))


def _unsaid(key: str, value: object) -> bool:
    """A field that surveys approved by an older release do not have, with nothing in it: their hash stands."""
    return key == "following" and value is None


def _without_places(value: object) -> object:
    if isinstance(value, dict):
        kept = ((k, v) for k, v in value.items() if k not in ("path", "hash", "line") and not _unsaid(k, v))
        return {k: _without_places(v) for k, v in kept}
    return [_without_places(one) for one in value] if isinstance(value, list) else value
