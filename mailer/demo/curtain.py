"""The end of the half-year: the box is opened, the keys destroyed, the figures compared with what was foretold.

Takes   a Playing whose last day is over; the sentences of earlier days.
Gives   a folder with what there is to look at, and the lines that say where.
Fails   BrokenPromise when what must hold does not.
"""

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from pathlib import Path

from mailer import words
from mailer.demo import by_paper, by_the_board, kept_promises
from mailer.demo.playing import Playing
from mailer.surveys.goal.in_words import rate
from mailer.verbs.surveys import close, goal, goal_block, goal_view, goal_words, key, report

SURVEY = "medlemsenkat-2024"
OFFICERS = ("Anna Redaktör", "Bo Godkännare")
TO_SEE = "att-se"
MORNING = time(9)


def copies_in(folder: Path) -> tuple[tuple[Path, str], ...]:
    """Where each officer has her copy of the key."""
    return tuple((folder / f"nyckel-{n}", name) for n, name in enumerate(OFFICERS, 1))


def show_goal(play: Playing, found: goal.Goal, folder: Path, when: str) -> None:
    """The goal's page and charts as they are this day."""
    to_see = folder / TO_SEE
    to_see.mkdir(exist_ok=True)
    goal_view.page(play.stage.house, found, to_see / f"malet-{when}.html")
    goal_view.svg(found, to_see / f"diagram-{when}")


def fall(play: Playing, folder: Path, foretold: Mapping[int, str], say: Callable[[str], None]) -> int:
    """Close, count, and show. How many have answered."""
    house, asked = play.stage.house, play.survey.questionnaire
    play.stage.at(asked.closes + timedelta(1), MORNING)
    play.stage.turn()
    by_paper.type_pile(play, at_last=True)
    file = next(copies_in(folder)[0][0].iterdir())
    closed = close.close(house, SURVEY, file, lambda _: "")
    for name in OFFICERS:
        key.destroyed(house, SURVEY, name, key.sentence(play.survey, name))
    found = goal.goal(house, SURVEY)
    kept_promises.box(play, closed)
    kept_promises.caps(play)
    lines = [kept_promises.members(found.standing), *kept_promises.balances(play)]
    show_goal(play, found, folder, "slutet")
    _files(play, found, folder / TO_SEE)
    for line in _end(play, found, foretold, lines, folder):
        say(line)
    return len(play.answered)


def _files(play: Playing, found: goal.Goal, to_see: Path) -> None:
    """The block for V Aktuellt, the tables, the report."""
    house, today = play.stage.house, play.today
    (to_see / "inslag.md").write_text(goal_block.text(house, found), encoding="utf-8")
    (to_see / "malet.csv").write_text(goal_words.table(found), encoding="utf-8")
    (to_see / "malet.txt").write_text("\n".join(goal_words.lines(found, today)) + "\n", encoding="utf-8")
    (to_see / "resultatet.txt").write_text("\n".join(report.words(house, SURVEY)) + "\n", encoding="utf-8")


def _end(
    play: Playing, found: goal.Goal, foretold: Mapping[int, str], balances: list[str], folder: Path
) -> list[str]:  # fmt: skip
    whole, to_see, opened = found.standing.whole, folder / TO_SEE, play.survey.questionnaire.opens
    said = [f"  {words.day(opened + timedelta(days))} (dag {days}): {text}" for days, text in foretold.items()]
    return [
        "",
        f"Enkäten är stängd. {whole.answered} av {whole.of} har svarat, {rate(whole.answered, whole.of, 1)}. "
        f"Målet var {found.standing.goal} %.",
        "Svarsurnan är öppnad och räknad, och båda kopiorna av nyckeln är förstörda.",
        *by_the_board.lines(play),
        "",
        "Så här sade tjänsten på vägen:",
        *said,
        f"  Så blev det: {rate(whole.answered, whole.of, 1)}.",
        "",
        "Avstämningen:",
        *(f"  {line}" for line in balances),
        "",
        "Titta:",
        f"  målet           {to_see / 'malet-slutet.html'}     (och malet-dag-60.html: mitt i enkäten)",
        f"  diagrammen      {to_see / 'diagram-slutet'}",
        f"  breven          {to_see / 'brev'}",
        f"  resultatet      {to_see / 'resultatet.txt'}",
        f"  inslaget        {to_see / 'inslag.md'}     (klart att lägga i V Aktuellt)",
        f"  mejlen          mutt -f {folder / 'maildir'}     (eller filerna i {folder / 'maildir' / 'new'})",
        f"  vem som saknas  mailer --home {folder / 'hem'} --clock {play.today}T12:00 survey goal --untouched "
        f'--as "{OFFICERS[1]}"',
    ]  # fmt: skip
