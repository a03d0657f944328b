"""The demonstration's half-year: the example survey with 400 invented members, day by day, through the real parts.

Takes   a folder of the demonstration's own; how many members, a Behaviour, a seed.
Gives   a home in it where the survey is over, a folder with what there is to look at, and lines that tell how it went.
Fails   BrokenPromise when something that the service promises does not hold.

The clock is moved by hand. All else is what an association uses: the tick, the outbox and a mail server, a mailbox with
bounces, the pages, the letters, the ballot box. V Aktuellt has gone out in the month before, and is skipped here.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mailer import words
from mailer.demo import by_letter, by_mail, by_paper, by_telephone, by_the_board, curtain, in_the_square, register, told
from mailer.demo.behaviour import Behaviour
from mailer.demo.cast import Cast, cast
from mailer.demo.curtain import OFFICERS, SURVEY
from mailer.demo.playing import Playing, playing
from mailer.demo.stage import Stage, a_stage
from mailer.verbs import import_, resign, skip
from mailer.verbs.surveys import approve, goal, key
from mailer.verbs.surveys.kept import kept

ZONE = ZoneInfo("Europe/Stockholm")
BEGINS = datetime(2024, 3, 1, 9, tzinfo=ZONE)
SKIPPED = ("2024-03", "2024-04", "2024-05", "2024-06", "2024-07", "2024-08")
MORNING, EVENING = time(8), time(20, 30)
MONDAY = 0
FORETOLD_AFTER = (30, 60)  # days from the opening
DECLINES_ON, DECLINES = date(2024, 4, 9), 3  # the day after the second reminder
RESIGNS_ON = date(2024, 4, 17)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Played:
    """How it went."""

    play: Playing
    foretold: dict[int, str] = field(default_factory=dict)  # days from the opening -> the sentence of that day


def play(
    folder: Path, port: int, maildir: Path, say: Say, size: int = register.MEMBERS,
    behaviour: Behaviour | None = None, seed: int = register.SEED,
) -> Played:  # fmt: skip
    """The whole half-year in `folder`, which holds no home yet; all mail goes to the post box at `port`."""
    players = cast(size, behaviour or Behaviour(), seed)
    with a_stage(folder / "hem", port, maildir, BEGINS) as stage:
        _prepare(stage, folder, players, say)
        done = Played(playing(stage, players, kept(stage.house, SURVEY)))
        _all_days(done, folder, say)
        curtain.fall(done.play, folder, done.foretold, say)
        return done


def _prepare(stage: Stage, folder: Path, players: Cast, say: Say) -> None:
    """The members, the key in two people's hands, and a yes to every word of the plan."""
    house, file = stage.house, folder / "medlemmar.csv"
    rows = (astuple(player.person) for player in players.players.values())
    file.write_text(register.to_csv(register.MEMBER_COLUMNS, rows), encoding="utf-8", newline="")
    shown = import_.preview(house, "medlemmar", file, whole=True)
    import_.accept(house, "medlemmar", file, True, shown.hash)
    copies = curtain.copies_in(folder)
    for copy, _ in copies:
        copy.mkdir()
    made = key.make(house, SURVEY, copies, "demonstration", lambda _: "")
    for name, copy in made.copies:
        key.try_copy(house, SURVEY, copy, name, lambda _: "")
    for period in SKIPPED:
        skip.skip(house, period, OFFICERS[0], "demonstrationens halvår")
    done = approve.approve(house, SURVEY, OFFICERS[1])
    say(f"Nyckeln till svarsurnan är gjord och prövad. {OFFICERS[1]} har läst och godkänt enkäten och hela dess plan.")
    say(f"{words.count(done.invited, 'medlem', 'medlemmar')} är inbjudna. V Aktuellt hoppas över i det här hemmet.")


def _all_days(done: Played, folder: Path, say: Say) -> None:
    """From the freeze date to the closing, told at the end of each month."""
    now, asked = done.play, done.play.survey.questionnaire
    square = {begins.date(): (step, begins) for step, begins in in_the_square.occasions(now).items()}
    day = BEGINS.date() + timedelta(1)
    while day <= asked.closes:
        _a_day(now, day, folder / curtain.TO_SEE / "brev")
        if day in square:
            in_the_square.stand(now, *square[day])
        _answers(now)
        since = (day - asked.opens).days
        if since in FORETOLD_AFTER:
            found = goal.goal(now.stage.house, SURVEY)
            done.foretold[since] = found.sentence
            curtain.show_goal(now, found, folder, f"dag-{since}")
        day += timedelta(1)
        if day.month != (day - timedelta(1)).month:
            for line in told.month(day - timedelta(1), now.tally, len(now.answered), len(now.cast.players)):
                say(line)
            now.tally.clear()


def _a_day(play: Playing, day: date, letters: Path) -> None:
    """What the clock and the association's own people do, from morning to evening."""
    play.stage.at(day, MORNING)
    if day.weekday() == MONDAY:  # on other days the clock ticks when the plan has something for it, and that is enough
        by_mail.mail(play)
        by_the_board.get_in_touch(play)
    by_letter.come_back(play)
    for moment in by_mail.moments_of(play):
        play.stage.at(day, moment)
        by_mail.mail(play)
        by_letter.print_due(play, letters)
    by_letter.post(play)
    if day == RESIGNS_ON:
        _resigns(play)
    if day == DECLINES_ON:
        for number in sorted(play.cast.silent & play.links.keys())[:DECLINES]:
            play.decline(number)
    by_telephone.evening(play)


def _answers(play: Playing) -> None:
    """Those whose day it is answer: by a form on paper, a reply, their link or their code."""
    today = play.today
    ready = sorted(number for number, on in play.cast.answers_on.items() if on <= today)
    papers = [number for number in ready if number in play.cast.on_paper]
    if papers:
        by_paper.came_back(play, papers)
    by_paper.type_pile(play)
    play.stage.at(today, EVENING)
    others = [number for number in ready if number not in papers]
    replying = by_mail.reply(play, others)
    for number in others:
        if number not in replying:
            play.answer(number)


def _resigns(play: Playing) -> None:
    """One of the silent leaves the party."""
    number = min(play.cast.silent & play.links.keys())
    resign.resign(play.stage.house, number)
    play.end(number)
    play.tally["resigned"] += 1
