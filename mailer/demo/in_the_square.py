"""The day in the square: those who come by and want to answer type their code on a telephone there and then.

Takes   a Playing, on the day of the occasion.
Gives   nothing; who has answered stands in it.
Fails   never.
"""

from datetime import datetime, timedelta

from mailer.content.channel_plan.model import Channel, Step
from mailer.demo.playing import Playing
from mailer.surveys.plan.drawing import own_moment
from mailer.verbs.surveys.days import calendar_of

A_WHILE = timedelta(minutes=10)  # between two who answer


def occasions(play: Playing) -> dict[Step, datetime]:
    """The plan's occasions in person, and when each begins."""
    house, plan = play.stage.house, play.survey.plan
    calendar = house.db.read(lambda c: calendar_of(house, c, play.survey.questionnaire, plan))
    zone = house.zone
    return {
        step: own_moment(step, calendar).astimezone(zone) for step in plan.steps if step.channel is Channel.IN_PERSON
    }


def stand(play: Playing, step: Step, begins: datetime) -> None:
    """Everybody who is still silent, has a code and comes by."""
    play.stage.at(begins.date(), begins.time())
    for number in sorted(play.cast.silent & play.codes.keys()):
        if play.cast.met(number, step.key):
            play.stage.hand.moment += A_WHILE
            play.answer_by_code(number, "square")
