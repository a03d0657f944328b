"""The commands for the survey's file: what is wrong with it, and one to begin with.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

from typing import cast

import click

from mailer.cli.main import complain, opened, say
from mailer.cli.surveying import KEY, survey
from mailer.languages import LANGUAGES, Language


@survey.command()
@KEY
@click.option("--show", type=click.Choice(LANGUAGES), default=None, help="Visa enkäten som en medlem läser den.")
@click.pass_context
def check(ctx: click.Context, key: str, show: str | None) -> None:
    """Läs enkäten och kanalplanen och säg vad som behöver rättas."""
    from mailer.verbs.surveys import check as verb

    with opened(ctx) as house:
        if show:
            say(verb.show(house, key, cast(Language, show)))
            return
        checked = verb.check(house, key)
        say(verb.lines(house, checked))
        complain(checked.problems)
        complain(checked.remarks)
        ctx.exit(1 if checked.problems else 0)


@survey.command()
@click.argument("key", metavar="ENKÄT")
@click.pass_context
def new(ctx: click.Context, key: str) -> None:
    """Gör en fil att börja med i content/enkater/."""
    from mailer.verbs.surveys import new as verb

    with opened(ctx) as house:
        say(verb.new(house, key))
