"""The commands for those who want to be active, and the erasure of what a survey holds of people.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

import click

from mailer.cli.main import opened, say
from mailer.cli.surveying import KEY, survey


@survey.command("follow")
@KEY
@click.option("--as", "name", required=True, metavar="NAMN", help="Vem som läser. Det antecknas.")
@click.option("--all", "everybody", is_flag=True, help="Allas uppgifter; för godkännare och administratörer.")
@click.pass_context
def follow_command(ctx: click.Context, key: str, name: str, everybody: bool) -> None:
    """Vilka som vill bli aktiva och väntar på att du hör av dig."""
    from mailer.verbs.surveys import following as verb

    with opened(ctx) as house:
        say(verb.follow(house, key, name, everybody))


@survey.command("followed")
@click.argument("who", metavar="NR|MEDLEM")
@click.option("--as", "name", required=True, metavar="NAMN", help="Vem som säger det.")
@click.option("--no", "no", is_flag=True, help="Medlemmen vill inte längre.")
@click.option("--to", "to", default="", metavar="NAMN", help="Någon annan under [[people]] tar över.")
@click.option("--undo", is_flag=True, help="Det var fel: uppgiften väntar igen.")
@click.pass_context
def followed_command(ctx: click.Context, who: str, name: str, no: bool, to: str, undo: bool) -> None:
    """Säg att du har talat med en medlem som ville bli aktiv, eller lämna över uppgiften."""
    from mailer.verbs.surveys import following as verb

    if no + bool(to) + undo > 1:
        raise click.UsageError("--no, --to och --undo är tre olika saker. Skriv en av dem.")
    with opened(ctx) as house:
        say(verb.followed(house, who, name, no, to, undo))


@survey.command("erase")
@KEY
@click.option("--as", "name", default="", metavar="NAMN", help="Vem som raderar. Utan det visas bara vad det gäller.")
@click.pass_context
def erase_command(ctx: click.Context, key: str, name: str) -> None:
    """Radera allt om enskilda ur en räknad enkät i förtid. Annars görs det sex månader efter stängningen."""
    from mailer.verbs.surveys import erase as verb

    with opened(ctx) as house:
        say(verb.erase(house, key, name))
