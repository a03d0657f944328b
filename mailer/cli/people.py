"""The commands of the one who keeps the register.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

import json
from pathlib import Path

import click

from mailer.cli.editing import DRY, FILE
from mailer.cli.main import complain, opened, root, say


@root.command("import")
@click.option("--add", is_flag=True, help="Lägg till och uppdatera; ingen tas bort.")
@click.option("--whole", is_flag=True, help="Filen är hela listan; den som saknas har lämnat.")
@click.argument("list_key", metavar="LISTA")
@click.argument("file", type=FILE)
@click.option("--accept", default="", metavar="KOD", help="Gör det som förhandsvisningen visade.")
@click.option("--allow-removals", type=int, default=None, metavar="ANTAL", help="Så många får tas bort.")
@DRY
@click.pass_context
def import_(
    ctx: click.Context,
    add: bool,
    whole: bool,
    list_key: str,
    file: Path,
    accept: str,
    allow_removals: int | None,
    dry_run: bool,
) -> None:
    """Läs in ett register: visa först skillnaden, skriv när den är godkänd."""
    from mailer.verbs import import_ as verb

    if add == whole:
        both = ", inte båda" if add else ""
        raise click.UsageError(f"Skriv --add (ingen tas bort) eller --whole (filen är hela listan){both}.")
    with opened(ctx) as house:
        if accept:
            result = verb.accept(house, list_key, file, whole, accept, allow_removals, dry_run)
            complain(result.problems)
            say(verb.words(result))
        else:
            shown = verb.preview(house, list_key, file, whole, allow_removals)
            complain(shown.problems)
            say(verb.words(shown))


@root.command()
@click.argument("contact", metavar="KONTAKT")
@DRY
@click.pass_context
def resign(ctx: click.Context, contact: str, dry_run: bool) -> None:
    """Någon har lämnat föreningen: ut ur allt, i dag. Medlemsnummer, adress eller #id."""
    from mailer.verbs import resign as verb

    with opened(ctx) as house:
        say(verb.words(verb.resign(house, contact, dry_run)))


@root.command()
@click.argument("contact", metavar="KONTAKT")
@click.option("--list", "list_key", default=None, help="Listan, eller ”alla”. Behövs inte med en kod ur ett brev.")
@click.option("--undo", is_flag=True, help="Personen har ångrat sig.")
@DRY
@click.pass_context
def leave(ctx: click.Context, contact: str, list_key: str | None, undo: bool, dry_run: bool) -> None:
    """Någon vill sluta få ett utskick: koden ur brevet (eller hela ämnesraden), medlemsnummer eller adress."""
    from mailer.verbs import leave as verb

    with opened(ctx) as house:
        say(verb.words((verb.undo if undo else verb.leave)(house, contact, list_key, dry_run)))


@root.command()
@click.argument("contact", metavar="KONTAKT")
@click.option("--undo", is_flag=True, help="Häv spärren.")
@DRY
@click.pass_context
def suppress(ctx: click.Context, contact: str, undo: bool, dry_run: bool) -> None:
    """Spärra en adress: ingen skriver dit mer."""
    from mailer.verbs import suppress as verb

    with opened(ctx) as house:
        done = verb.unsuppress(house, contact, dry_run) if undo else verb.suppress(house, contact, dry_run=dry_run)
        say(verb.words(done))


@root.command()
@click.argument("contact", metavar="KONTAKT")
@click.option("--json", "as_json", is_flag=True, help="Maskinläsbart.")
@click.pass_context
def about(ctx: click.Context, contact: str, as_json: bool) -> None:
    """Allt som finns lagrat om en person. Att någon har sett det antecknas."""
    from mailer.verbs import about as verb

    with opened(ctx) as house:
        facts = verb.about(house, contact)
        say(json.dumps(facts, ensure_ascii=False, indent=2, default=str) if as_json else verb.words(facts, house.zone))
