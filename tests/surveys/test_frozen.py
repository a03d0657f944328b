"""What is approved is kept whole."""

import json

from mailer.content.channel_plan.model import ChannelPlan
from mailer.content.questionnaires.model import Questionnaire
from mailer.surveys import store
from mailer.surveys.frozen import from_json, to_json
from tests.surveys.arranged import NOON, PLAN, QUESTIONNAIRE, open_survey, people


def test_reads_back_what_was_kept():
    kept = json.loads(json.dumps(to_json(QUESTIONNAIRE)))
    assert from_json(Questionnaire, kept) == QUESTIONNAIRE
    assert from_json(ChannelPlan, json.loads(json.dumps(to_json(PLAN)))) == PLAN


def test_keeps_a_survey_and_its_plan(db, keys):
    number = db.write(lambda c: open_survey(c, keys, people(c, 3)))
    kept = db.read(lambda c: store.read(c, number))
    assert (kept.questionnaire, kept.plan) == (QUESTIONNAIRE, PLAN)
    assert kept.is_open(NOON)
