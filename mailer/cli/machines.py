"""The commands for more than one machine.

Takes   what was typed.
Gives   the words of who works.
Fails   with the verbs' errors, which the edge prints.
"""

import sys

import click

from mailer.cli.main import opened, root, say


@root.command()
@click.pass_context
def migrate(ctx: click.Context) -> None:
    """Bygg om databasens tabeller för den här versionen. På PostgreSQL en gång, för alla datorer."""
    from mailer.workers.migrating import migrate_home

    home, _ = ctx.obj
    say(migrate_home(home))


@root.command()
@click.option("--name", default="", metavar="NAMN", help="Vad arbetaren heter. Förval: det första lediga numret.")
@click.option("--connections", type=click.IntRange(1, 100), default=None,
              help="Så många anslutningar till varje e-postserver. Förval: som i inställningarna.")  # fmt: skip
@click.pass_context
def worker(ctx: click.Context, name: str, connections: int | None) -> None:
    """Hjälp till att skicka, på den här eller en annan dator. Kräver PostgreSQL."""
    import os

    from mailer import maillog
    from mailer.workers import worker as work
    from mailer.workers.opening import open_worker

    home, clock = ctx.obj
    if clock:
        raise click.UsageError("--clock går inte med worker: flera datorer har ingen påhittad klocka ihop.")
    maillog.quiet = sys.stderr.isatty() and "MAILER_LOG" not in os.environ
    with open_worker(home, name) as house:
        work.run(work.with_connections(house, connections or 0), work.name_of(house), say)


@root.command()
@click.pass_context
def workers(ctx: click.Context) -> None:
    """Vilka som arbetar för hemmet just nu, på vilken dator, och vem som håller i klockan."""
    from mailer.workers.roster import lines

    with opened(ctx) as house:
        say(lines(house))
