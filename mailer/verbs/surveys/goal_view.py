"""The goal's page: what its template is given, and the whole of it as one file to show at a meeting.

Takes   a Goal, today.
Gives   a View: sentences, charts, tables; HTML; files of SVG. No names.
Fails   EditorError when a file is there already; AdminError when it cannot be written.
"""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markupsafe import Markup

from mailer import words
from mailer.errors import AdminError, EditorError, Problem
from mailer.house import House
from mailer.render.templates import open_templates
from mailer.surveys.goal import charts, day_chart
from mailer.surveys.goal.charts import ON_A_PAGE, Chart
from mailer.surveys.goal.in_words import per_cent, rate, share
from mailer.surveys.goal.svg import FILE, Canvas
from mailer.verbs.surveys import goal_words
from mailer.verbs.surveys.goal import Goal

_WIDTH = 720.0  # pixels of a file
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_LEAST_DAYS = 2  # a line needs two ends


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as a template shows it."""

    title: str
    svg: Markup
    keys: tuple[tuple[Markup, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures; the first column says of what."""

    title: str
    says: str  # what the figures are of
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_folded: bool = False  # long: opened by who wants it


@dataclass(frozen=True, slots=True)
class View:
    """Everything on the page."""

    title: str
    stage: str
    sentence: str
    day: str
    figures: tuple[tuple[str, str], ...]
    to_goal: str
    charts: tuple[tuple[str, Drawn], ...]  # by name
    tables: tuple[tuple[str, Table], ...]
    nobody: tuple[str, ...]
    has_names: bool  # whether there is anybody to name
    followed: tuple[str, ...]
    by_house: tuple[str, ...]  # what comes by itself
    by_people: tuple[str, ...]  # what people have to do
    work: tuple[tuple[str, tuple[str, ...]], ...]
    is_counting: bool
    is_erased: bool

    def chart(self, name: str) -> Drawn | None:
        """The chart of that name, where there is one."""
        return dict(self.charts).get(name)

    def table(self, name: str) -> Table | None:
        """The table of that name, where there is one."""
        return dict(self.tables).get(name)


def view(goal: Goal, today: date) -> View:
    """Everything on the page."""
    stands, asked = goal.standing, goal.survey.questionnaire
    drawn = [(name, _drawn(chart)) for name, chart in _charts(goal, ON_A_PAGE)]
    return View(
        title=asked.title.sv,
        stage=_sentence(goal_words.stage(goal, today)),
        sentence=goal.sentence,
        day=words.day(min(stands.day, asked.closes), year=True),
        figures=goal_words.bars(goal),
        to_goal=goal_words.to_goal(goal),
        charts=tuple(drawn),
        tables=tuple(_tables(goal)),
        nobody=tuple(goal_words.nobody_lines(goal)) if goal.is_counting else (),
        has_names=bool(stands.untouched or stands.unreachable) and not goal.is_erased,
        followed=tuple(goal_words.followed_lines(goal)),
        by_house=tuple(goal_words.coming_line(one, today) for one in goal.coming if not one.is_for_people),
        by_people=tuple(goal_words.coming_line(one, today) for one in goal.coming if one.is_for_people),
        work=tuple(goal_words.work_lines(goal, one) for one in goal.work),
        is_counting=goal.is_counting,
        is_erased=goal.is_erased,
    )


def page(house: House, goal: Goal, path: Path) -> list[str]:
    """The whole page as one file: its style and its charts are in it, and nothing is fetched."""
    templates = open_templates(house.home)
    style = templates.fill("pages/style.css.j2").replace("</", "<\\/")
    html = templates.fill_in(
        "sv", "pages/goal.html.j2", robots=False, style=Markup(style),  # noqa: S704 - a template's own
        association=house.settings.association.name, view=view(goal, house.here().date()), names="",
    )  # fmt: skip
    _write(path, html)
    return [f"Skrev {path}. Öppna den i en webbläsare, eller skriv ut den. Där står inga namn."]


def svg(goal: Goal, folder: Path) -> list[str]:
    """Each chart as a file of its own, of a fixed width, in colours for white paper."""
    canvas = Canvas(FILE, _WIDTH)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise AdminError(Problem(str(folder), f"går inte att skapa ({why.strerror}).", "Välj en annan mapp.")) from why
    found = [(folder / f"{goal.survey.key}-{name}.svg", chart.svg) for name, chart in _charts(goal, canvas)]
    for path, _ in found:
        _must_be_new(path)
    for path, text in found:
        _write(path, text + "\n")
    return [f"Skrev {path}." for path, _ in found] or ["Det finns inget att rita än."]


def _charts(goal: Goal, canvas: Canvas) -> Iterable[tuple[str, Chart]]:
    if not goal.is_counting:
        return
    stands, asked = goal.standing, goal.survey.questionnaire
    yield "staplar", charts.three_bars(stands, canvas, "staplar")
    if len(stands.days) >= _LEAST_DAYS:
        yield (
            "dagar",
            day_chart.by_day(stands, asked.opens, asked.closes, goal.end, goal.waves, canvas, "dagar", goal.path),
        )
    of_each = "Av varje grupps medlemmar har svarat:"
    if chart := charts.parts("Svarat i varje grupp", of_each, goal_words.groups(goal), stands.goal, canvas, "grupper"):
        yield "grupper", chart
    of_way = "Av alla medlemmar har svarat genom varje kanal:"
    if chart := charts.parts(
        "Svarat genom varje kanal", of_way, goal_words.in_use(stands.channels), None, canvas, "kanaler"
    ):
        yield "kanaler", chart


def _drawn(chart: Chart) -> Drawn:
    keys = tuple((Markup(key.stroke), key.words) for key in chart.keys)  # noqa: S704 - drawn, and escaped, by us
    return Drawn(chart.title, Markup(chart.svg), keys)  # noqa: S704 - the same


def _tables(goal: Goal) -> Iterable[tuple[str, Table]]:
    stands = goal.standing
    if not goal.is_counting:
        return
    of_all = f"alla {words.number(stands.whole.of)} medlemmar på avstämningsdagen"
    heads = ("Kontaktade", "Nådda", "Svarat")
    if rows := goal_words.rows(goal_words.groups(goal)):
        yield "grupper", Table("Grupp för grupp", "Andelen är av gruppens medlemmar.", ("Grupp", *heads), rows)
    if rows := goal_words.rows(goal_words.in_use(stands.channels)):
        says = f"Allt är av {of_all}. Samma medlem kan vara kontaktad och nådd genom flera kanaler."
        yield "kanaler", Table("Kanal för kanal", says, ("Kanal", *heads), rows)
    if weeks := goal_words.weeks(goal):
        each = ((words.day(day.day), f"{new}", f"{day.answered}", _of_all(goal, day.answered)) for day, new in weeks)
        head = ("Till och med", "Nya svar", "Svar i allt", "Andel")
        yield "veckor", Table("Vecka för vecka", f"Andelen är av {of_all}.", head, tuple(each))
    changed = [
        one
        for before, one in zip((None, *stands.days), stands.days, strict=False)
        if before is None
        or (before.contacted, before.reached, before.answered) != (one.contacted, one.reached, one.answered)
    ]
    if changed:
        each_day = tuple((_date(d.day), f"{d.contacted}", f"{d.reached}", f"{d.answered}") for d in changed)
        says = f"Så många av {of_all}, när dagen var slut. Dagar då inget hände står inte med."
        yield "dagar", Table("Dag för dag", says, ("Dag", *heads), each_day, is_folded=True)
    if stands.alike:
        says = "Hur stor del av medlemmarna och av dem som har svarat som hör till varje rad."
        yield "likhet", Table("De som har svarat, och alla", says, ("Vilka", "Av alla", "Av svaren"), _alike(goal))


def _sentence(words_: str) -> str:
    return words_[:1].upper() + words_[1:]


def _alike(goal: Goal) -> tuple[tuple[str, ...], ...]:
    """Shares within each respect."""
    members: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for one in goal.standing.alike:
        members[one.respect] += one.members
        answered[one.respect] += one.answered
    return tuple(
        (
            f"{one.respect}: {one.name}",
            per_cent(share(one.members, members[one.respect])),
            per_cent(share(one.answered, answered[one.respect])) if answered[one.respect] else "–",
        )
        for one in goal.standing.alike
    )


def _of_all(goal: Goal, answered: int) -> str:
    return rate(answered, goal.standing.whole.of)


def _date(day: date) -> str:
    return charts.short(day)


def _must_be_new(path: Path) -> None:
    if path.exists():
        raise EditorError(Problem(str(path), "filen finns redan.", "Välj ett annat namn, eller ta bort den."))


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, _NEW, 0o600)
    except FileExistsError as there:
        raise EditorError(
            Problem(str(path), "filen finns redan.", "Välj ett annat namn, eller ta bort den.")
        ) from there
    except OSError as why:
        raise AdminError(Problem(str(path), f"går inte att skriva ({why.strerror}).", "Välj en annan mapp.")) from why
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
