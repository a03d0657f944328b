"""The command of the goal: how far it is, where it ends, whom nobody has contacted; as words, page, block and tables.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

from pathlib import Path

import click

from mailer.cli.main import opened, say
from mailer.cli.surveying import KEY, survey

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@survey.command()
@KEY
@click.option("--json", "as_json", is_flag=True, help="Som JSON.")
@click.option(
    "--csv", "as_csv", is_flag=True, help="Som tabell för ett kalkylprogram: en rad per dag, grupp och kanal."
)
@click.option("--svg", "folder", type=FOLDER, default=None, help="Skriv diagrammen som filer i mappen.")
@click.option("--page", "file", type=FILE, default=None, help="Skriv hela sidan till en fil, att visa på ett möte.")
@click.option("--block", is_flag=True, help="Ett inslag till V Aktuellt: hur många som har svarat, och ett tack.")
@click.option("--into", "month", default="", metavar="MÅNAD", help="Lägg inslaget i månadens mapp, t.ex. 2024-05.")
@click.option("--untouched", is_flag=True, help="De som ingen har kontaktat, med namn. Det antecknas.")
@click.option("--link", is_flag=True, help="Din egen länk till sidan.")
@click.option("--mail", is_flag=True, help="Skicka länken som mejl till dig också.")
@click.option("--as", "name", default="", metavar="NAMN", help="Ditt namn, som under [[people]].")
@click.pass_context
def goal(
    ctx: click.Context, key: str, as_json: bool, as_csv: bool, folder: Path | None, file: Path | None, block: bool,
    month: str, untouched: bool, link: bool, mail: bool, name: str,
) -> None:  # fmt: skip
    """Hur långt det är till målet, var det slutar, och vad som är kvar att göra."""
    chosen = [as_json, as_csv, bool(folder), bool(file), block or bool(month), untouched, link or mail]
    if sum(chosen) > 1:
        raise click.UsageError("Välj en sak i taget: --json, --csv, --svg, --page, --block, --untouched eller --link.")
    if (untouched or link or mail) != bool(name):
        raise click.UsageError("--untouched och --link behöver veta vem du är: --as NAMN. Annat behöver det inte.")
    with opened(ctx) as house:
        if untouched:
            from mailer.verbs.surveys import goal_untouched

            say(goal_untouched.lines(goal_untouched.by_name(house, key, name)))
            return
        if link or mail:
            from mailer.verbs.surveys import goal_link

            say(goal_link.link(house, key, name, mail))
            return
        from mailer.verbs.surveys import goal as verb

        found, today = verb.goal(house, key), house.here().date()
        if folder or file:
            from mailer.verbs.surveys import goal_view

            say(goal_view.svg(found, folder) if folder else goal_view.page(house, found, file or Path()))
            return
        if block or month:
            from mailer.verbs.surveys import goal_block

            if month:
                say(goal_block.put(house, found, month))
            else:
                click.echo(goal_block.text(house, found), nl=False)
            return
        from mailer.verbs.surveys import goal_words

        if as_json:
            import json

            click.echo(json.dumps(goal_words.values(found, today), ensure_ascii=False, indent=2))
        elif as_csv:
            click.echo(goal_words.table(found), nl=False)
        else:
            say(goal_words.lines(found, today))
