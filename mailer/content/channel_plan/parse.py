"""A channel plan's file, read.

Takes   its path relative to content/, its bytes, the survey it belongs to.
Gives   the ChannelPlan, or everything that is wrong, by line.
Fails   never.
"""

import hashlib

from mailer.content import frontmatter
from mailer.content.channel_plan.checks import check
from mailer.content.channel_plan.head import KEYS, read_costs, read_limits
from mailer.content.channel_plan.model import ChannelPlan
from mailer.content.channel_plan.sections import read_steps
from mailer.content.fields import Fields
from mailer.content.questionnaires.found import Found, capped
from mailer.content.questionnaires.model import Questionnaire
from mailer.content.source import where
from mailer.content.text import decode
from mailer.errors import EditorError, Problem

LARGEST = 400_000  # bytes; forty steps in two languages take a tenth of it


def parse_plan(path: str, raw: bytes, questionnaire: Questionnaire) -> tuple[ChannelPlan | None, tuple[Problem, ...]]:
    """The plan, or None and all Problems. Its days are checked against the survey's."""
    found = Found(where(path))
    if len(raw) > LARGEST:
        return None, (Problem(found.where, f"filen är större än {LARGEST // 1000} kB.", "Korta texterna."),)
    try:
        text = decode(raw, found.where)
    except EditorError as wrong:
        return None, wrong.problems
    document, problems = frontmatter.split(text, found.where, KEYS)
    found.errors.extend(problems)
    fields = Fields(document, found.where, questionnaire.opens, found.errors)
    limits, costs = read_limits(fields), read_costs(fields)
    opens, closes = questionnaire.opens, questionnaire.closes
    steps = read_steps(document.body, document.line_of_body, opens, closes, limits, found)
    if not steps and not found.errors:
        remedy = "Börja varje steg med ## och stegets namn. Hela grundplanen skrivs av mailer survey plan --write."
        found.wrong(0, "planen har inga steg.", remedy)
    check(steps, limits, opens, closes, found)
    if found.errors:
        return None, capped(found.errors, found.where)
    return ChannelPlan(path, hashlib.sha256(raw).hexdigest(), steps, limits, costs), ()
