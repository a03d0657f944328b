"""The commands that carry a survey's plan out: approve, status, stop, withdraw.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

import click

from mailer.cli.main import complain, opened, say
from mailer.cli.surveying import KEY, survey


@survey.command()
@KEY
@click.option("--as", "name", default="", metavar="NAMN", help="Vem som godkänner. Utan det visas bara vad det gäller.")
@click.option("--version", default="", help="Det du har läst, med de tecken som visas sist.")
@click.option("--reason", default="", help="Varför, när öppningsdagen redan har varit.")
@click.option("--dry-run", is_flag=True, help="Visa bara.")
@click.pass_context
def approve(ctx: click.Context, key: str, name: str, version: str, reason: str, dry_run: bool) -> None:
    """Godkänn hela enkäten på en gång: frågorna, stegen och alla ord på båda språken."""
    from mailer.verbs.surveys import approve as verb

    with opened(ctx) as house:
        if name and not dry_run:
            say(verb.lines(house, verb.approve(house, key, name, reason, version), everything=False))
            return
        shown = verb.look(house, key)
        say(verb.lines(house, shown))
        if shown.problems:
            complain(())
            ctx.exit(1)


@survey.command()
@KEY
@click.pass_context
def status(ctx: click.Context, key: str) -> None:
    """Hur det går: svarsfrekvens, nästa steg, vad som ska göras, och om filerna har ändrats."""
    from mailer.verbs.surveys import status as verb

    with opened(ctx) as house:
        say(verb.status(house, key))


@survey.command()
@click.argument("key", metavar="ENKÄT")
@click.argument("who", metavar="MEDLEM")
@click.option("--because", default="", metavar="SKÄL",
              help="avliden, vill-inte; eller avliden-före, aldrig-medlem, dubblett: den räknas inte med.")  # fmt: skip
@click.option("--undo", is_flag=True, help="Det var fel: medlemmen får frågor igen och räknas med.")
@click.option("--as", "name", required=True, metavar="NAMN", help="Vem som säger det.")
@click.pass_context
def stop(ctx: click.Context, key: str, who: str, because: str, undo: bool, name: str) -> None:
    """Fråga inte en medlem något mer om enkäten, eller ta tillbaka det."""
    from mailer.verbs.surveys import stop as verb

    if undo == bool(because):
        raise click.UsageError("skriv --because SKÄL för att stoppa, eller --undo för att ta tillbaka.")
    with opened(ctx) as house:
        say(verb.undo(house, key, who, name) if undo else verb.stop(house, key, who, because, name))


@survey.command()
@click.argument("key", metavar="ENKÄT")
@click.option("--because", required=True, metavar="SKÄL", help="Varför.")
@click.option("--as", "name", required=True, metavar="NAMN", help="Vem som säger det.")
@click.pass_context
def withdraw(ctx: click.Context, key: str, because: str, name: str) -> None:
    """Stoppa hela enkäten: ingen frågas mer, och det som är på väg tas tillbaka."""
    from mailer.verbs.surveys import stop as verb

    with opened(ctx) as house:
        say(verb.withdraw(house, key, name, because))
