"""Answers on paper in the half-year: envelopes that have come are typed on the page for it, and later the pile.

Takes   a Playing; whose forms have come by post today.
Gives   nothing; who has answered stands in it.
Fails   BrokenPromise when the page takes no form that is filled in.
"""

from datetime import time

from mailer.demo.browser import Visit, fill_in
from mailer.demo.opinions import opinions
from mailer.demo.playing import Playing
from mailer.surveys.field.paper import PILE
from mailer.surveys.field.passes import Sort
from mailer.verbs.surveys import field, paper_in

TYPISTS = ("Ingrid", "Hugo")  # never the same one at both piles on one day
# A page takes twenty presses a minute with one link, and a form is some five of them.
FORMS = 3
AFTERNOON = time(14)


def came_back(play: Playing, numbers: list[str]) -> None:
    """Outer envelopes: the code on the slip, the signed form; the inner one goes on the pile, unopened."""
    play.stage.at(play.today, AFTERNOON)
    for first in range(0, len(numbers), FORMS):
        link = _link(play, TYPISTS[0])
        for number in numbers[first : first + FORMS]:
            desk = Visit(play.stage.browser, link).press("code", {"code": play.codes[number]})
            form = fill_in(desk, opinions(play.cast.draw(number, "åsikter")))
            if "skip" in form.buttons:
                form.press("skip")
            play.has_answered(number, "paper")


def type_pile(play: Playing, at_last: bool = False) -> None:
    """The inner envelopes, when there are enough of them that nobody can guess whose one is; `at_last`: all."""
    waiting = paper_in.waiting(play.stage.house, play.survey)
    if not waiting or (waiting < PILE and not at_last):
        return
    for first in range(0, waiting, FORMS):
        link = _link(play, TYPISTS[1])
        for _ in range(first, min(waiting, first + FORMS)):
            play.sheets += 1
            fill_in(Visit(play.stage.browser, f"{link}/blad"), opinions(play.cast.draw("blad", play.sheets)))


def _link(play: Playing, name: str) -> str:
    return field.make(play.stage.house, play.survey.key, Sort.PAPER, name, None, "Bo Godkännare").url
