"""The command for answers that came by e-mail.

Takes   what was typed.
Gives   the words of the verb.
Fails   with the verb's errors, which the edge prints.
"""

import click

from mailer.cli.main import opened, say
from mailer.cli.surveying import KEY, survey


@survey.command()
@KEY
@click.option("--accept", type=int, default=None, metavar="NUMMER", help="Det är ett svar: räkna det.")
@click.option("--refuse", type=int, default=None, metavar="NUMMER", help="Inget svar, eller inte medlemmens eget.")
@click.option("--as", "name", default="", help="Ditt namn, som det står under [[people]].")
@click.pass_context
def replies(ctx: click.Context, key: str, accept: int | None, refuse: int | None, name: str) -> None:
    """Läs svaren som kommit med e-post, och säg vilka som räknas. Antecknas."""
    from mailer.verbs.surveys import replies as verb

    if accept is not None and refuse is not None:
        raise click.UsageError("Skriv --accept eller --refuse, inte båda.")
    if (accept is not None or refuse is not None) and not name:
        raise click.UsageError("Skriv vem du är: --as NAMN.")
    with opened(ctx) as house:
        if accept is not None:
            say(verb.accept(house, key, accept, name))
        elif refuse is not None:
            say(verb.refuse(house, key, refuse, name))
        else:
            say(verb.listed(house, key))
