"""The commands of field work: a link for one evening, to call with or to type paper with.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

import re
from collections.abc import Callable
from datetime import time
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
