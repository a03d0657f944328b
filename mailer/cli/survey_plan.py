"""The command that shows a survey's channel plan.

Takes   what was typed.
Gives   the words of the verb.
Fails   with the verb's errors, which the edge prints.
"""

from pathlib import Path

import click

from mailer.cli.main import opened, say
from mailer.cli.surveying import KEY, survey


@survey.command()
@KEY
@click.option("--words", "show_words", is_flag=True, help="Visa också alla ord i alla steg, på svenska och engelska.")
@click.option("--members", is_flag=True, help="Visa varje person, med kanal och dag för varje steg eller varför inte.")
@click.option("--names", is_flag=True, help="Med namn i stället för bara nummer. Att du har sett dem antecknas.")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FIL",
              help="Skriv varje person till en fil för kalkylprogram.")  # fmt: skip
@click.option("--write", is_flag=True, help="Skriv planen som en fil bredvid enkäten, att ändra i.")
@click.pass_context
def plan(
    ctx: click.Context, key: str, show_words: bool, members: bool, names: bool, table: Path | None, write: bool
) -> None:
    """Vem som skulle få vad och när, eller varför inte; alla ord, och vad det kostar. Inget skickas."""
    from mailer.verbs.surveys import plan as verb
    from mailer.verbs.surveys import plan_table, plan_words

    if write and (show_words or members or names or table):
        raise click.UsageError("Skriv --write för sig.")
    with opened(ctx) as house:
        if write:
            say(verb.write(house, key))
            return
        drawing = verb.read(house, key)
        shown = verb.show(drawing)
        say(plan_words.lines(shown))
        if show_words:
            say(["", *plan_words.word_lines(shown)])
        named = verb.names_of(house, drawing) if names else {}
        if members or (names and table is None):
            say(["", *plan_words.member_lines(drawing, named)])
        if table is not None:
            say(plan_table.write(drawing, named, table))
