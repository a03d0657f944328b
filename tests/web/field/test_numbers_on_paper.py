"""Where paper is typed in, the questions bear the numbers that they have on the paper."""

from dataclasses import replace

from mailer.content.questionnaires.model import Part
from mailer.surveys.field.passes import Sort
from mailer.web.field.filling import Filling
from tests.surveys.arranged import QUESTIONNAIRE
from tests.web.field.at_work import Working
from tests.web.field.test_papper import envelope


def test_numbers_the_questions_as_the_paper_does(one_work: Working):
    desk = one_work.desk(Sort.PAPER)
    path = desk.path
    desk.press("code", code=one_work.code(3))
    assert "1. Vill du bli aktiv?" in desk.text
    desk.press("next", q__aktiv="nej").press("submit")
    assert "3. När får vi ringa?" in desk.text  # it stands below the signed questions
    desk.press("skip")
    envelope(one_work, desk, 4)
    desk.open(f"{path}/blad")
    assert "1. Viktigast?" in desk.text  # a sheet of its own begins anew


def test_numbers_nothing_where_somebody_is_called():
    in_a_call = Filling(QUESTIONNAIRE, (Part.SIGNED,), "sv", "/ring/x/formular", "/ring/x", "Anna")
    assert in_a_call.numbers == {}
    assert replace(in_a_call, keeps=False).numbers == replace(in_a_call, is_sheet=True).numbers != {}
