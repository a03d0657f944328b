"""The commands that keep a home: backup, restore, move.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

import os
from pathlib import Path

import click

from mailer.cli.main import opened, root, say

FILE = click.Path(path_type=Path, dir_okay=False)


@root.command()
@click.option("--to", "folder", metavar="MAPP", type=click.Path(path_type=Path, file_okay=False), default=None,
              help="En annan mapp än [backup] folder, till exempel på en annan disk. Den ska finnas.")  # fmt: skip
@click.pass_context
def backup(ctx: click.Context, folder: Path | None) -> None:
    """Skriv en säkerhetskopia: databasen i en fil, nycklarna i en annan. Tjänsten får vara igång."""
    from mailer.verbs import backup as verb

    with opened(ctx) as house:
        say(verb.backup(house, folder))


@root.command()
@click.argument("file", metavar="FIL", type=FILE)
@click.option(
    "--keys", metavar="FIL", type=FILE, default=None, help="Filen med nycklarna, när de inte är de som är här."
)
@click.option("--over", is_flag=True, help="Fast det finns en databas här. Den sparas undan.")
@click.option("--as", "name", default="", help="Ditt namn, med --over.")
@click.pass_context
def restore(ctx: click.Context, file: Path, keys: Path | None, over: bool, name: str) -> None:
    """Lägg tillbaka en säkerhetskopia i ett hem som är stoppat."""
    from mailer.verbs import restore as verb

    _speak_to_a_person()
    say(verb.restore(ctx.obj[0], file, keys, over, name))


@root.command()
@click.option("--to", "url", metavar="URL", required=True, help="postgresql+psycopg://användare@värd/databas, en tom.")
@click.pass_context
def move(ctx: click.Context, url: str) -> None:
    """Flytta ett stoppat hem från SQLite till PostgreSQL, med varje rad."""
    from mailer.verbs import move as verb

    _speak_to_a_person()
    say(verb.move(ctx.obj[0], url))


def _speak_to_a_person() -> None:
    """The verb's own words, and no lines of the log beside them."""
    from mailer import maillog

    maillog.quiet = "MAILER_LOG" not in os.environ
