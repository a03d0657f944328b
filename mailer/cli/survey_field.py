"""The commands of field work: a link for one evening, to call with or to type paper with.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

import re
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import click

from mailer.cli.main import opened, say
from mailer.cli.surveying import KEY, survey


class Clock(click.ParamType[time]):
    """A time of day: 21:00, 21.00 or 21."""

    name = "klockslag"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> time:
        if isinstance(value, time):
            return value
        found = re.fullmatch(r"([01]?[0-9]|2[0-3])(?:[:.]([0-5][0-9]))?", value.strip())
        if found is None:
            self.fail(f"”{value}” är inget klockslag. Skriv till exempel 21:00.", param, ctx)
        return time(int(found[1]), int(found[2] or 0))


def _link(command: Callable[..., None]) -> Callable[..., None]:
    """What both sorts of links are told."""
    for option in (
        click.option("--mail", default="", metavar="ADRESS", help="Skicka länken dit också, som ett systemmejl."),
        click.option("--until", type=Clock(), default=None, help="När den slutar gälla. Förval: vid midnatt."),
        click.option("--as", "as_name", required=True, metavar="NAMN", help="Ditt namn, som under [[people]]."),
        click.option("--name", required=True, metavar="NAMN", help="Den som ska ha länken. Namnet antecknas."),
        KEY,
    ):  # fmt: skip
        command = option(command)
    return command


@survey.command()
@_link
@click.pass_context
def caller(ctx: click.Context, key: str, name: str, as_name: str, until: time | None, mail: str) -> None:
    """En länk för en kväll vid telefonen: en medlem i taget, med namn, nummer och formulär."""
    from mailer.surveys.field.passes import Sort
    from mailer.verbs.surveys import field

    with opened(ctx) as house:
        say(field.words(field.make(house, key, Sort.TELEPHONE, name, until, as_name, mail)))


@survey.command()
@_link
@click.pass_context
def paper(ctx: click.Context, key: str, name: str, as_name: str, until: time | None, mail: str) -> None:
    """En länk för en kväll med svaren på papper: ytterkuvert för ytterkuvert, och sedan högen med inre."""
    from mailer.surveys.field.passes import Sort
    from mailer.verbs.surveys import field

    with opened(ctx) as house:
        say(field.words(field.make(house, key, Sort.PAPER, name, until, as_name, mail)))


@survey.command()
@KEY
@click.option("--end", "number", type=click.IntRange(1, (1 << 63) - 1), metavar="NUMMER", help="Avsluta den här nu.")
@click.option("--as", "as_name", default="", metavar="NAMN", help="Ditt namn, som det står under [[people]].")
@click.pass_context
def passes(ctx: click.Context, key: str, number: int | None, as_name: str) -> None:
    """Länkarna till ringare och pappersinmatare: vilka, hur länge, hur många samtal. --end avslutar en."""
    from mailer.verbs.surveys import field

    if bool(number) != bool(as_name):
        raise click.UsageError("Skriv både vilken som ska avslutas och vem du är: --end NUMMER --as NAMN.")
    with opened(ctx) as house:
        say(field.end(house, key, number, as_name) if number else field.listed(house, key))


class Moment(click.ParamType["tuple[date | None, time]"]):
    """A time of day, or a day and a time: 21:00, or 2024-04-11 21:00."""

    name = "tid"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "tuple[date | None, time]":
        if isinstance(value, tuple):
            return value
        day, _, hour = value.strip().rpartition(" ")
        try:
            return (date.fromisoformat(day.strip()) if day else None), Clock().convert(hour, param, ctx)
        except ValueError:
            self.fail(f"”{value}” är ingen tid. Skriv till exempel 21:00 eller 2024-04-11 21:00.", param, ctx)


AS = click.option("--as", "as_name", required=True, metavar="NAMN", help="Ditt namn, som under [[people]].")
NUMBER = click.argument("number", metavar="NR", type=click.IntRange(1, 1_000_000))


@survey.command()
@KEY
@click.option("--name", required=True, metavar="NAMN", help="Den som ska ringa. Namnet står på bladet och antecknas.")
@click.option("--people", type=click.IntRange(1, 10), default=10, show_default=True, help="Hur många att ringa.")
@click.option("--until", type=Moment(), default=None, help="När det ska vara tillbaka. Förval: när ringtiden slutar.")
@AS
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Vart. Förval: under var/.")
@click.pass_context
def sheet(
    ctx: click.Context, key: str, name: str, people: int, until: "tuple[date | None, time] | None", as_name: str,
    out: Path | None,
) -> None:  # fmt: skip
    """Ett numrerat ringblad på papper, för den som ringer utan skärm. Ingen annan ringer dem under tiden."""
    from mailer.verbs.surveys import sheet_print

    with opened(ctx) as house:
        say(sheet_print.words(house, sheet_print.make(house, key, name, people, until, as_name, out)))


@survey.command("sheets")
@KEY
@click.pass_context
def sheets_(ctx: click.Context, key: str) -> None:
    """Ringbladen: vem som har dem, vilka som är tillbaka, hur många rader som är inskrivna."""
    from mailer.verbs.surveys import sheets

    with opened(ctx) as house:
        say(sheets.listed(house, key))


@survey.command("sheet-back")
@NUMBER
@KEY
@AS
@click.option("--lost", is_flag=True, help="Det är borta: visa vad som måste göras, och vilka det gäller.")
@click.pass_context
def sheet_back(ctx: click.Context, number: int, as_name: str, key: str, lost: bool) -> None:
    """Kvittera ett ringblad som är tillbaka, eller borta med --lost."""
    from mailer.verbs.surveys import sheets

    with opened(ctx) as house:
        say(sheets.lose(house, key, number, as_name) if lost else sheets.give_back(house, key, number, as_name))


# As verbs/surveys/sheets.py: IN_WORDS, which is not imported for the sake of ”--help”.
OUTCOMES = ("svarade-inte", "upptaget", "igen", "själv", "nej", "fel-nummer", "borta")


@survey.command("sheet-line")
@NUMBER
@click.argument("line", metavar="RAD", type=click.IntRange(1, 10))
@click.argument("outcome", metavar="UTFALL", type=click.Choice(OUTCOMES))
@KEY
@click.option("--again", type=Moment(), default=None, help="Med ”igen”: när personen vill bli uppringd.")
@AS
@click.pass_context
def sheet_line(
    ctx: click.Context, number: int, line: int, outcome: str, again: "tuple[date | None, time] | None", as_name: str,
    key: str,
) -> None:  # fmt: skip
    """Skriv in vad som kom av en rad på ett ringblad. Svaren på frågorna skrivs in på ringarens sida.

    UTFALL är svarade-inte, upptaget, igen, själv (vill svara själv), nej, fel-nummer eller borta (avliden eller
    inte medlem längre).
    """
    from mailer.verbs.surveys import sheets

    with opened(ctx) as house:
        say(sheets.line(house, key, number, line, sheets.IN_WORDS[outcome], again, as_name))
