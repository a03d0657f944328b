"""The commands of the one who keeps the register.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

import json
from pathlib import Path
from typing import BinaryIO

import click

from mailer.cli.editing import DRY, FILE
from mailer.cli.main import complain, opened, root, say


@root.command("import")
@click.option("--add", is_flag=True, help="Lägg till och uppdatera; den som saknas i filen står kvar.")
@click.option("--whole", is_flag=True, help="Filen är hela listan; den som saknas har lämnat.")
@click.option("--mailchimp", is_flag=True, help="Filerna är Mailchimps export: ZIP, eller dess tre CSV-filer.")
@click.argument("list_key", metavar="LISTA")
@click.argument("files", metavar="FIL...", type=FILE, nargs=-1, required=True)
@click.option("--map", "mapped", multiple=True, metavar="KOLUMN=FÄLT", help="Läs kolumnen som fältet, den här gången.")
@click.option("--names", is_flag=True, help="Visa vilka det gäller vid namn. Att någon har sett dem antecknas.")
@click.option("--accept", default="", metavar="KOD", help="Gör det som förhandsvisningen visade.")
@click.option("--allow-removals", type=int, default=None, metavar="ANTAL", help="Så många får tas bort.")
@DRY
@click.pass_context
def import_(
    ctx: click.Context,
    add: bool,
    whole: bool,
    mailchimp: bool,
    list_key: str,
    files: tuple[Path, ...],
    mapped: tuple[str, ...],
    names: bool,
    accept: str,
    allow_removals: int | None,
    dry_run: bool,
) -> None:
    """Läs in ett register: visa först skillnaden, skriv när den är godkänd."""
    from mailer.cli.import_progress import reading
    from mailer.verbs import import_ as verb
    from mailer.verbs import import_words

    if add + whole + mailchimp != 1:
        both = ", inte båda" if add and whole else ""
        words = f"Skriv --add (ingen tas bort) eller --whole (filen är hela listan){both}."
        raise click.UsageError(f"{words} För Mailchimps export: --mailchimp.")
    if mailchimp:
        _mailchimp(ctx, list_key, files, accept, dry_run)
        return
    if len(files) > 1:
        raise click.UsageError("Läs in en fil i taget. Bara --mailchimp tar flera.")
    with opened(ctx) as house, reading(files[0].name) as progress:
        result: import_words.Preview | import_words.Imported
        if accept:
            result = verb.accept(house, list_key, files[0], whole, accept, allow_removals, dry_run, mapped, progress)
        else:
            result = verb.preview(house, list_key, files[0], whole, allow_removals, mapped, names, progress)
    complain(result.problems)
    complain(import_words.first_warnings(result.warnings))
    say(import_words.words(result))


def _mailchimp(ctx: click.Context, list_key: str, files: tuple[Path, ...], accept: str, dry_run: bool) -> None:
    from mailer.cli.import_progress import reading
    from mailer.verbs import import_mailchimp as verb
    from mailer.verbs import import_words

    with opened(ctx) as house, reading(files[0].name) as progress:
        if accept:
            result = verb.accept(house, list_key, files, accept, dry_run, progress)
        else:
            result = verb.preview(house, list_key, files, progress)
    complain(result.problems)
    complain(import_words.first_warnings(result.plan.diff.warnings))
    say(verb.words(result))


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
@click.option("--list", "list_key", default=None, help="Listan, eller ”alla”. Behövs inte med en kod ur ett mejl.")
@click.option("--undo", is_flag=True, help="Personen har ångrat sig.")
@DRY
@click.pass_context
def leave(ctx: click.Context, contact: str, list_key: str | None, undo: bool, dry_run: bool) -> None:
    """Någon vill sluta få ett utskick: koden ur mejlet (eller hela ämnesraden), medlemsnummer eller adress."""
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
@click.argument("contact", metavar="[KONTAKT]", default="")
@click.pass_context
def trace(ctx: click.Context, contact: str) -> None:
    """Vad som har kommit tillbaka och vad det ändrade: för en person, eller det senaste. Att du har sett antecknas."""
    from mailer.verbs import consequences

    with opened(ctx) as house:
        say(consequences.trace(house, contact))


@root.command()
@click.argument("number", metavar="NUMMER", type=click.IntRange(1, (1 << 63) - 1))
@click.option("--as", "name", required=True, metavar="NAMN", help="Ditt namn, som det står under [[people]].")
@click.pass_context
def undo(ctx: click.Context, number: int, name: str) -> None:
    """Ta tillbaka en händelse som mailer trace visar: en studs, en spärr, ett nej."""
    from mailer.verbs import consequences

    with opened(ctx) as house:
        say(consequences.undo(house, number, name))


@root.command()
@click.argument("contact", metavar="KONTAKT")
@click.option("--json", "as_json", is_flag=True, help="Som JSON, för andra program.")
@click.pass_context
def about(ctx: click.Context, contact: str, as_json: bool) -> None:
    """Allt som finns lagrat om en person. Att någon har sett det antecknas."""
    from mailer.verbs import about as verb

    with opened(ctx) as house:
        facts = verb.about(house, contact)
        say(json.dumps(facts, ensure_ascii=False, indent=2, default=str) if as_json else verb.words(facts, house.zone))


@root.command()
@click.argument("key", metavar="[GRUPP]", default="")
@click.option("--explain", is_flag=True, help="Hur många som är kvar efter varje villkor.")
@click.option("--list", "lists", metavar="LISTA", multiple=True, help="Bara av dem på denna lista.")
@click.option("--names", is_flag=True, help="Visa namnen. Att någon har sett dem antecknas.")
@click.pass_context
def segment(ctx: click.Context, key: str, explain: bool, lists: tuple[str, ...], names: bool) -> None:
    """Grupperna i lists/grupper.toml: hur många de har, och varför."""
    from mailer.verbs import segment as verb

    if names and not key:
        raise click.UsageError("Skriv vilken grupp som ska visas med namn.")
    with opened(ctx) as house:
        if key:
            say(verb.lines(verb.explain(house, key, lists, names), explain))
        else:
            say(verb.all_lines(house, lists))


@root.command()
@click.argument("file", metavar="FIL", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Som JSON, för andra program.")
@click.pass_context
def read(ctx: click.Context, file: BinaryIO, as_json: bool) -> None:
    """Hur ett mejl som kommit tillbaka tolkas, och varför. Ändrar ingenting. ”-” läser det som klistras in."""
    from mailer.verbs import read as verb

    with opened(ctx) as house:
        reading = verb.read_mail(house, file.read(verb.MOST))
        say(json.dumps(verb.facts(reading), ensure_ascii=False, indent=2) if as_json else verb.words(reading))


@root.command()
@click.argument("contact", metavar="KONTAKT")
@click.option("--accept", default="", metavar="KOD", help="Koden som visas först: det är den personen.")
@DRY
@click.pass_context
def forget(ctx: click.Context, contact: str, accept: str, dry_run: bool) -> None:
    """Radera en person ur allt som finns här. Medlemsnummer, adress eller #id. Visar först vem; går inte att ångra."""
    from mailer.errors import EditorError, Problem
    from mailer.verbs import forget as verb
    from mailer.verbs.backup import kept_for

    with opened(ctx) as house:
        would = verb.preview(house, contact)
        if accept and accept != would.code:
            raise EditorError(Problem(contact, "koden hör till någon annan.", "Kör utan --accept och läs vem det är."))
        say(verb.words(verb.forget(house, f"#{would.contact_id}") if accept and not dry_run else would))
        say(kept_for(house))


@root.command()
@click.option("--done", metavar="NUMMER", type=click.IntRange(1, (1 << 63) - 1), help="Den är klar, eller besvarad.")
@click.option("--as", "name", default="", metavar="NAMN", help="Ditt namn, som det står under [[people]].")
@click.option("--refused", is_flag=True, help="En radering som ni har svarat nej på: personen står kvar.")
@click.pass_context
def requests(ctx: click.Context, done: int | None, name: str, refused: bool) -> None:
    """Vad medlemmar har bett om och en människa ska göra: rätta, radera, ändra. Att du har sett antecknas."""
    from mailer.verbs import requests as verb

    if bool(done) != bool(name):
        raise click.UsageError("Skriv både vilken som är klar och vem du är: --done NUMMER --as NAMN.")
    with opened(ctx) as house:
        if done:
            verb.finish(house, done, name, refused)
            say([f"Nummer {done} är klar."])
        else:
            say(verb.words(verb.listed(house), house))
