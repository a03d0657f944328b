"""What the clock does with those who want to be active: keep their tasks true, and tell whoever has one.

Takes   the opened house.
Gives   notices, each said once, without names; tasks dropped of members who are gone, and moved from owners who are.
Fails   never for want of people.

A new task is told the next morning and not when it comes: by the moment of the notice her visit would be found in the
log of a web server.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from mailer import words
from mailer.house import House
from mailer.settings import Person
from mailer.surveys import store
from mailer.surveys.following import tasks
from mailer.surveys.following.tasks import Task
from mailer.surveys.store import Surveyed
from mailer.verbs.say import digest, each_once, say
from mailer.verbs.surveys import owners

MORNING = 8  # o'clock; nothing is said before it
AHEAD = timedelta(days=3)  # before it is due
GRACE = timedelta(days=1)  # after it the board hears of it
MONDAY = 0


def tend(house: House) -> None:
    """All of it. Without a task it only looks."""
    if house.db.read(lambda c: bool(tasks.gone(c) or tasks.back(c))):
        house.db.write(lambda c: tasks.keep(c, house.clock.now()))
    waiting = house.db.read(tasks.all_open)
    if not waiting:
        return
    surveys = {one.number: one for one in house.db.read(store.all_surveys)}
    for number in sorted({task.survey for task in waiting}):
        of_survey = _with_owners(house, surveys[number], [task for task in waiting if task.survey == number])
        if house.here().hour >= MORNING:
            _tell_owners(house, surveys[number], of_survey)
            _tell_board(house, surveys[number], [task for tasks_ in of_survey.values() for task in tasks_])


def _with_owners(house: House, survey: Surveyed, waiting: Sequence[Task]) -> dict[Person, list[Task]]:
    """Whose each is. What belongs to nobody any more falls to an administrator, and that is said once."""
    found: dict[Person, list[Task]] = {}
    lost: dict[str, list[Task]] = {}
    for task in waiting:
        if owner := owners.find(house.settings, task.owner):
            found.setdefault(owner, []).append(task)
        else:
            lost.setdefault(task.owner, []).append(task)
    all_of_them = owners.administrators(house.settings)
    for name, theirs in lost.items():
        if not all_of_them:
            continue
        heir = all_of_them[0]
        if name:
            _say(house, survey, f"utan/{digest(name)}", all_of_them, "follow_fallen", theirs, owner=name,
                 heir=heir.name)  # fmt: skip
        house.db.write(lambda c, t=theirs, h=heir: tasks.hand_over(c, [one.number for one in t], h.name))  # type: ignore[misc]
        found.setdefault(heir, []).extend(theirs)
    return found


def _tell_owners(house: House, survey: Surveyed, of: dict[Person, list[Task]]) -> None:
    """New ones, those due soon, those whose day has gone: one notice of each sort a day at most."""
    today = house.here().date()
    for owner, mine in of.items():
        known = [task for task in mine if task.asked_on < today]
        soon = [task for task in mine if task.due_on - AHEAD <= today <= task.due_on]
        late = [task for task in mine if task.is_late(today)]
        if known:
            newest = max(task.asked_on for task in known)
            _say(house, survey, f"nya/{newest}", [owner], "follow_new", known)
        for kind, some in (("soon", soon), ("late", late)):
            if some:
                last = max(task.due_on for task in some)
                _say(house, survey, f"{kind}/{last}", [owner], "follow_due", some, kind=kind)


def _tell_board(house: House, survey: Surveyed, waiting: Sequence[Task]) -> None:
    """Once a week, from Monday on: how many were forgotten by then."""
    today = house.here().date()
    monday = today - timedelta(days=(today.weekday() - MONDAY) % 7)
    forgotten = [task for task in waiting if task.due_on + GRACE < monday]
    if forgotten:
        _say(house, survey, f"glömda/{monday}", owners.board(house.settings), "follow_forgotten", forgotten)


def _say(
    house: House, survey: Surveyed, thing: str, to: Sequence[Person], template: str, of: Sequence[Task], **more: Any
) -> None:
    for one in each_once(to):
        say(
            house, f"uppföljning/{survey.key}/{thing}", [one], template,
            title=survey.questionnaire.title.sv,
            number=words.count(len(of), "medlem", "medlemmar"),
            due=words.day(min(task.due_on for task in of)),
            command=house.command(f'survey follow {survey.key} --as "{one.name}"'),
            status_command=house.command(f"survey status {survey.key}"),
            **more,
        )  # fmt: skip
