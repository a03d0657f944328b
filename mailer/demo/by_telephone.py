"""A telephone evening of the half-year: callers with a link each, one person at a time, through the caller's own page.

Takes   a Playing, on an evening of the round.
Gives   nothing; who has answered or said no stands in it.
Fails   BrokenPromise when a caller gets somebody for whom it is over, or two get the same person.
"""

from dataclasses import dataclass
from datetime import time, timedelta

from mailer.demo.browser import Visit, fill_in
from mailer.demo.by_mail import asked
from mailer.demo.opinions import opinions
from mailer.demo.playing import Playing
from mailer.demo.register import MEMBERS
from mailer.errors import BrokenPromise
from mailer.surveys.field.passes import Sort
from mailer.surveys.field.queue import why_closed
from mailer.verbs.surveys import field
from mailer.verbs.surveys.days import calendar_of

CALLERS = ("Kim", "Åsa", "Mehmet", "Tove")
BEGINS = time(17, 5)
A_CALL = timedelta(minutes=9)
WEEKDAYS = (1, 3)  # Tuesday and Thursday: they have other evenings too
CALLS = 9  # a caller and evening
# Her page takes twenty presses a minute, and here an evening is over in a second: she stops before.
PRESSES = 17
TALKS = 2  # with the whole form
# Of those who are spoken with and do not answer: what they say, of a hundred.
INSTEAD = {"herself": 55, "declined": 30, "again": 15}
SILENT = {"no_answer": 80, "busy": 20}
WRONG = 4  # the call of the whole round that is answered by somebody else


@dataclass(slots=True)
class Caller:
    """One of those who call, with her page before her."""

    desk: Visit
    presses: int = 0
    talks: int = 0

    @property
    def is_tired(self) -> bool:
        return self.presses > PRESSES or self.talks == TALKS

    def press(self, button: str) -> Visit:
        self.presses += 1
        return self.desk.press(button)


def evening(play: Playing) -> None:
    """The evening, if there is one today."""
    house = play.stage.house
    play.stage.at(play.today, BEGINS)
    calendar = house.db.read(lambda c: calendar_of(house, c, play.survey.questionnaire, play.survey.plan))
    if play.today.weekday() not in WEEKDAYS or why_closed(play.survey.plan, calendar, house.clock.now()) is not None:
        return
    # The plan says how many of the example's 400; a smaller branch has fewer.
    names = CALLERS[: max(1, play.survey.plan.costs.callers * len(play.cast.players) // MEMBERS)]
    made = [field.make(house, play.survey.key, Sort.TELEPHONE, name, None, "Bo Godkännare") for name in names]
    callers = [Caller(Visit(play.stage.browser, one.url)) for one in made]
    play.tally["evenings"] += 1
    for _ in range(CALLS):
        for caller, number in _each_a_person(play, callers):
            asked(play, number, chosen=number in play.call_back)
            _call(play, caller, number)
        play.stage.hand.moment += A_CALL


def _each_a_person(play: Playing, callers: list[Caller]) -> list[tuple[Caller, str]]:
    """All of them press ”Nästa person” before anybody has spoken."""
    held: dict[str, Caller] = {}
    for caller in callers:
        if caller.is_tired or "next" not in caller.desk.buttons:
            continue
        if who := caller.press("next").hidden("who"):
            number = play.by_invitation[int(who)]
            if number in held:
                raise BrokenPromise(f"två som ringer fick medlem {number} på en gång")
            held[number] = caller
    return [(caller, number) for number, caller in held.items()]


def _call(play: Playing, caller: Caller, number: str) -> None:
    """What came of it is pressed; one who answers is asked the questions."""
    play.tally["calls"] += 1
    play.calls += 1
    if play.calls == WRONG:
        caller.press("wrong_number")
        play.tally["wrong_numbers"] += 1
        return
    spoken, answers = play.cast.called(number)
    if spoken:
        caller.press("talking")
    if answers:
        caller.talks += 1
        form = fill_in(caller.desk.begin(), opinions(play.cast.draw(number, "åsikter")))
        if "skip" in form.buttons:
            form.press("skip")
        play.has_answered(number, "telephone")
        return
    rng = play.cast.draw(number, "i luren", play.cast.calls[number])
    said = INSTEAD if spoken else SILENT
    outcome = rng.choices(list(said), list(said.values()))[0]
    caller.press(outcome)
    play.call_back.add(number) if outcome == "again" else play.call_back.discard(number)
    if outcome == "declined":
        play.end(number)
        play.tally["declined"] += 1
