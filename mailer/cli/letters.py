"""The commands of the post: letters of a survey, from the printer to the letter box and back.

Takes   what was typed after `mailer letters`.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, cast

import click

from mailer.cli.main import opened, root, say
from mailer.languages import LANGUAGES, Language

AS = click.option("--as", "name", required=True, metavar="NAMN", help="Ditt namn, som det står under [[people]].")
OUT = click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="MAPP",
                   help="Skriv filerna hit. Förval: var/letters.")  # fmt: skip
WINDOW = click.option("--window", default="", metavar="KUVERT", help="Annat fönsterkuvert än det i settings.toml.")


def _words(metavar: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.argument("words", metavar=metavar, nargs=-1)


class Day(click.ParamType[date]):
    """A day: 2024-03-21."""

    name = "datum"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value.strip())
        except ValueError:
            self.fail(f"”{value}” är inget datum. Skriv till exempel 2024-03-21.", param, ctx)


@root.group()
def letters() -> None:
    """Enkätens brev: skriv ut, ta ur, posta, returer.

    Gången: calibrate → print → pull → posted → returned.
    """


@letters.command("print")
@_words("[ENKÄT] STEG")
@AS
@WINDOW
@click.option("--to", multiple=True, metavar="MEDLEM", help="Bara till den här, en gång till. Kan upprepas.")
@click.option("--again", is_flag=True, help="Skriv ut alla på nytt: det som är utskrivet och inte postat kasseras.")
@OUT
@click.option("--dry-run", is_flag=True, help="Visa hur många det blir och vilka som inte kan få brev.")
@click.pass_context
def print_(
    ctx: click.Context, words: tuple[str, ...], name: str, window: str, to: tuple[str, ...], again: bool,
    out: Path | None, dry_run: bool,
) -> None:  # fmt: skip
    """Skriv ut breven i ett steg som PDF, med packlista: ett kuvert per hushåll, ett blad och en svarskod var."""
    from mailer.verbs.letters import printing as verb

    with opened(ctx) as house:
        say(verb.lines(verb.print_run(house, words, name, window, again, out, dry_run, to)))


@letters.command()
@_words("[ENKÄT] [KÖRNING]")
@click.option("--done", is_flag=True, help="De är uttagna.")
@click.option("--as", "name", default="", metavar="NAMN", help="Vem som har tagit ut dem.")
@click.pass_context
def pull(ctx: click.Context, words: tuple[str, ...], done: bool, name: str) -> None:
    """Vilka kuvert som ska tas ut innan de postas: de som har svarat eller sagt nej sedan breven skrevs ut."""
    from mailer.verbs.letters import pull as verb

    if done and not name:
        raise click.UsageError("Skriv vem som har tagit ut dem: --done --as NAMN.")
    with opened(ctx) as house:
        say(verb.pull(house, words, name, done))


@letters.command()
@_words("[ENKÄT] STEG|KÖRNING [KUVERT]...")
@AS
@click.option("--on", "day", type=Day(), default=None, help="Dagen då de postades. Förval: i dag.")
@click.option("--to", multiple=True, metavar="MEDLEM", help="Utskrivet på annat sätt: brevet till den här är postat.")
@click.option("--all", "everyone", is_flag=True, help="Utskrivna på annat sätt: alla öppna brev i steget är postade.")
@click.pass_context
def posted(
    ctx: click.Context, words: tuple[str, ...], name: str, day: date | None, to: tuple[str, ...], everyone: bool
) -> None:
    """Breven är postade: alla i ett steg eller en körning, eller kuverten du nämner (12 14 20-25)."""
    from mailer.verbs.letters import posted as verb

    if to and everyone:
        raise click.UsageError("Skriv --to eller --all, inte båda.")
    with opened(ctx) as house:
        say(verb.lines(house, *verb.posted(house, words, name, day, to, everyone)))


@letters.command()
@_words("[ENKÄT] KÖRNING/KUVERT|KOD|MEDLEM...")
@AS
@click.option("--because", default="", metavar="SKÄL", help="flyttat, okänd, adress eller ej-hämtad.")
@click.option("--undo", is_flag=True, help="Det var ett annat brev: det här är framme.")
@click.pass_context
def returned(ctx: click.Context, words: tuple[str, ...], name: str, because: str, undo: bool) -> None:
    """Brev har kommit i retur: posten stängs för dem tills adressen är rättad, allt annat går vidare."""
    from mailer.verbs.letters import returned as verb

    if undo and because:
        raise click.UsageError("Skriv --because eller --undo, inte båda.")
    with opened(ctx) as house:
        say(verb.lines(*verb.returned(house, words, name, because, undo), undo))


@letters.command()
@_words("[ENKÄT] KOD|MEDLEM...")
@AS
@click.pass_context
def revoke(ctx: click.Context, words: tuple[str, ...], name: str) -> None:
    """En svarskod har kommit på avvägar: den öppnar inget mer, och medlemmen får en ny."""
    from mailer.verbs.letters import revoke as verb

    with opened(ctx) as house:
        say(verb.revoke(house, words, name))


@letters.command()
@_words("[ENKÄT]")
@click.pass_context
def runs(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Körningarna: vad som är utskrivet, postat, uttaget och i retur."""
    from mailer.verbs.letters import runs as verb

    with opened(ctx) as house:
        say(verb.listed(house, words))


@letters.command()
@_words("[ENKÄT] KÖRNING")
@AS
@click.pass_context
def discard(ctx: click.Context, words: tuple[str, ...], name: str) -> None:
    """Kasta en körning: det som inte är postat i den blir aldrig det, och kan skrivas ut på nytt."""
    from mailer.verbs.letters import runs as verb

    with opened(ctx) as house:
        say(verb.discard(house, words, name))


@letters.command()
@_words("[ENKÄT]")
@click.option("--language", type=click.Choice(LANGUAGES), default="sv", help="sv eller en.")
@click.option("--copies", type=click.IntRange(1, 200), default=1, metavar="ANTAL", help="Så många exemplar.")
@OUT
@click.pass_context
def form(ctx: click.Context, words: tuple[str, ...], language: str, copies: int, out: Path | None) -> None:
    """Enkäten som pappersformulär utan svarskod, för torget och mötet."""
    from mailer.verbs.letters import blanks as verb

    with opened(ctx) as house:
        say(verb.form(house, words, cast(Language, language), copies, out))


@letters.command()
@_words("[ENKÄT] [STEG]")
@OUT
@click.pass_context
def poster(ctx: click.Context, words: tuple[str, ...], out: Path | None) -> None:
    """En skylt med QR-kod till bordet på torget: skriv din kod och svara."""
    from mailer.verbs.letters import blanks as verb

    with opened(ctx) as house:
        say(verb.poster(house, words, out))


@letters.command()
@WINDOW
@OUT
@click.pass_context
def calibrate(ctx: click.Context, window: str, out: Path | None) -> None:
    """Ett mätark: skriv ut, vik, och se om adressen syns i ert fönsterkuvert."""
    from mailer.verbs.letters import blanks as verb

    with opened(ctx) as house:
        say(verb.calibrate(house, window, out))
