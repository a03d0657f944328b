"""The mails of the half-year: they go out when the clock says so, some bounce, and some are answered with a reply.

Takes   a Playing.
Gives   nothing; what members now have, and what they make up their minds to, stands in it.
Fails   BrokenPromise when somebody is asked who should not be.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from mailer.content.channel_plan.model import Channel
from mailer.demo.letter_box import CODE
from mailer.demo.playing import Playing
from mailer.demo.post import Came
from mailer.errors import BrokenPromise
from mailer.outbox.states import Mailing
from mailer.outbox.tables import mailings
from mailer.surveys.answers.proposing import undecided
from mailer.surveys.states import Ask
from mailer.surveys.tables import asks, invitations
from mailer.verbs import control
from mailer.verbs.surveys import replies

A_WHILE = timedelta(minutes=16)  # longer than [outbox] wave_wait_min
SLACK = timedelta(hours=1)  # a mail of the last time was waiting for its turn: the first wave, a look at the bounces
ROUNDS = 4  # of mail out and in, in one evening
REPLIES = 3  # members who answer the mail by replying to it
REST_AFTER = 2  # days until they answer what a reply cannot
ANSWER = "Hej!\n\naktiv: kanske\n\nHälsningar\n"


def moments_of(play: Playing) -> list[time]:
    """When today the plan has anything that is due, by the association's clock."""
    house, a, i = play.stage.house, asks.c, invitations.c
    begins = datetime.combine(play.today, time(0), house.zone)
    query = select(a.planned_for).join(invitations, i.id == a.invitation_id).distinct()
    due = query.where(i.survey_id == play.survey.number, a.state == Ask.PLANNED, a.planned_for >= begins,
                      a.planned_for < begins + timedelta(1))  # fmt: skip
    found = house.db.read(lambda c: c.execute(due).scalars().all())
    return sorted({moment.astimezone(house.zone).time() for moment in found})


def mail(play: Playing) -> None:
    """This moment's mails, with all that follows within the hour: bounces, the first wave, a person who looks."""
    for _ in range(ROUNDS):
        came = play.stage.turn()
        if not came:
            return
        _receive(play, came)
        play.stage.hand.moment += A_WHILE
        play.stage.read()
        _look_at_paused(play)


def reply(play: Playing, ready: Iterable[str]) -> set[str]:
    """The first few of those who are to answer press ”svara” in their mail program instead. A person decides about
    each, and the member is told what is missing; she answers the rest by her link some days later."""
    today = [number for number in ready if number in play.mails and number not in play.replied]
    today = today[: REPLIES - len(play.replied)]
    if not today:
        return set()
    house = play.stage.house
    for number in today:
        play.stage.post.reply(play.mails[number], ANSWER, play.stage.hand.moment)
        play.replied.add(number)
        play.put_off(number, REST_AFTER)
    play.stage.read()
    replies.propose(house)
    for found in house.db.read(lambda c: undecided(c, play.survey.number)):
        replies.accept(house, play.survey.key, found.number, "Bo Godkännare")
        play.tally["replies"] += 1
    return set(today)


def _receive(play: Playing, came: Iterable[Came]) -> None:
    """Each in her inbox, or back."""
    asks_by = {step.subject.sv for step in play.survey.plan.steps if step.channel is Channel.EMAIL and step.is_ask}
    for one in came:
        if not one.link:
            continue  # to the association's own people
        if play.cast.bounces(one.to):
            play.stage.post.bounce(one, play.stage.hand.moment)
            play.tally["bounced"] += 1
            continue
        number = play.whose(one.link)
        play.links[number], play.mails[number] = one.link, one
        if code := CODE.search(one.text):
            play.codes[number] = code[0]
        if one.subject in asks_by:
            asked(play, number)
            play.tally["mails"] += 1
            play.cast.mailed(number, play.today)
        else:
            play.tally["others"] += 1


def asked(play: Playing, number: str, chosen: bool = False) -> None:
    """BrokenPromise when she is asked although it is over for her, or too soon after the last time. `chosen`: she has
    asked for this hour herself."""
    if (since := play.ended.get(number)) is not None:
        raise BrokenPromise(f"medlem {number} blev tillfrågad {play.today} fast det var över {since}")
    now, before = play.stage.hand.moment, play.last_asked.get(number)
    quiet = timedelta(hours=play.survey.plan.limits.hours_between)
    if before is not None and now - before < quiet - SLACK and not chosen:
        raise BrokenPromise(f"medlem {number} blev tillfrågad {now} fast det sista var {before}")
    play.last_asked[number] = now


def _look_at_paused(play: Playing) -> None:
    """A mailing that stopped by itself, because many bounced: somebody looks, and lets it go on."""
    house = play.stage.house
    paused = select(func.count()).select_from(mailings).where(mailings.c.state == Mailing.PAUSED)
    if house.db.read(lambda c: c.execute(paused).scalar_one()):
        control.resume(house, "")
        play.tally["paused"] += 1
