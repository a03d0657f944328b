"""Those who want to be active: on Mondays whoever has promised it gets in touch with them, and forgets a few.

Takes   a Playing.
Gives   nothing; the tasks of those who were spoken with are done.
Fails   with what the verb fails with.
"""

from mailer.demo.playing import Playing
from mailer.surveys.following import tasks
from mailer.verbs.surveys import following

FORGETS = 0.08  # of them: nobody is perfect, and the board is to see who they are


def get_in_touch(play: Playing) -> None:
    """Everybody who waits gets a call today, but for the forgotten."""
    house = play.stage.house
    for task in house.db.read(lambda c: tasks.all_open(c, play.survey.number)):
        number = play.numbers.get(task.contact or 0, "")
        if number and play.cast.draw(number, "glömd").random() >= FORGETS:
            following.followed(house, str(task.number), task.owner)
            play.tally["followed"] += 1


def lines(play: Playing) -> list[str]:
    """How it stands with them."""
    house = play.stage.house
    counted = house.db.read(lambda c: tasks.count(c, play.survey.number, play.today))
    return following.status_lines(counted, play.survey.key)[:1]
