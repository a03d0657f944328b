"""The letters of the half-year: printed, posted the day after, read by those who get them; some come back.

Takes   a Playing.
Gives   nothing; what members now have, and what they make up their minds to, stands in it.
Fails   BrokenPromise when a letter goes to somebody for whom it is over, or a code on paper is nobody's.
"""

import shutil
from datetime import time, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from mailer.content.channel_plan.model import Channel
from mailer.demo.by_mail import asked
from mailer.demo.letter_box import codes_on
from mailer.demo.playing import Playing
from mailer.errors import BrokenPromise
from mailer.surveys.plan.asking import OPEN
from mailer.surveys.posting import letter_rows
from mailer.surveys.posting.tables import letters
from mailer.surveys.states import Ask, Letter
from mailer.surveys.tables import asks, invitations
from mailer.verbs.letters import posted, printing, pull, returned
from mailer.verbs.surveys import answer

BY = "Bo Godkännare"
IN_THE_BOX = time(15)
BACK_AFTER = timedelta(days=8)  # until a letter that nobody could deliver is back
WEEKEND = 5


def print_due(play: Playing, folder: Path) -> None:
    """Print each letter step that has somebody waiting for it; a copy to look at goes into `folder`."""
    for step in play.stage.house.db.read(lambda c: _waiting(c, play)):
        done = printing.print_run(play.stage.house, (play.survey.key, step), BY)
        pdf = next(file for file in done.files if file.name == "brev.pdf")
        play.printed.append((done.run, step, play.today, pdf))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(pdf, folder / f"{done.run}-{step}.pdf")


def post(play: Playing) -> None:
    """What was printed before today goes in the box, when somebody has taken out those who have answered meanwhile."""
    if play.today.weekday() >= WEEKEND:
        return
    play.stage.at(play.today, IN_THE_BOX)
    for run, step, day, pdf in list(play.printed):
        if day < play.today:
            play.printed.remove((run, step, day, pdf))
            _post_run(play, run, step, pdf)


def come_back(play: Playing) -> None:
    """Letters that the post could not deliver lie in the box this morning."""
    for day, number in list(play.returned):
        if day <= play.today:
            play.returned.remove((day, number))
            returned.returned(play.stage.house, (play.survey.key, number), BY)
            play.tally["returned"] += 1


def _post_run(play: Playing, run: int, step: str, pdf: Path) -> None:
    house = play.stage.house
    hers = _codes(play, pdf)  # its file is gone when the run is posted
    pull.pull(house, (play.survey.key, str(run)), BY, done=True)
    _, done = posted.posted(house, (play.survey.key, str(run)), BY)
    sheets = house.db.read(lambda c: letter_rows.sheets(c, play.survey, None, letters.c.run_id == run))
    play.tally["letters"] += done.letters
    play.tally["pulled"] += sum(sheet.state == Letter.PULLED for sheet in sheets)
    with_form = next(one.with_form for one in play.survey.plan.steps if one.key == step)
    for number in sorted(play.by_invitation[sheet.invitation] for sheet in sheets if sheet.state == Letter.POSTED):
        asked(play, number)
        if play.cast.lives_there(number):
            play.codes[number] = hers[number]
            play.cast.lettered(number, play.today, with_form)
        else:
            play.returned.append((play.today + BACK_AFTER, number))


def _codes(play: Playing, pdf: Path) -> dict[str, str]:
    """Whose each code on the pages is, as the home's own page says when it is typed there."""
    found: dict[str, str] = {}
    for code in codes_on(pdf):
        word = answer.link_word(play.stage.house, code)
        if word is None:
            raise BrokenPromise("en svarskod på ett brev leder ingenstans")
        found[play.by_token[word]] = code
    return found


def _waiting(connection: Connection, play: Playing) -> list[str]:
    """The letter steps that somebody waits for, and has no printed letter of."""
    a, i, now = asks.c, invitations.c, play.stage.house.clock.now()
    query = select(a.step).distinct().join(invitations, i.id == a.invitation_id)
    due = query.where(i.survey_id == play.survey.number, a.channel == Channel.LETTER, a.state == Ask.PLANNED,
                      a.reason == OPEN, a.planned_for <= now)  # fmt: skip
    on_table = {step for _, step, _, _ in play.printed}
    return sorted(step for step in connection.execute(due).scalars() if step not in on_table)
