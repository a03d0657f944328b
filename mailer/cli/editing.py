"""The editor's commands.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

import os
import sys
from pathlib import Path

import click

from mailer.cli.main import complain, opened, root, say

DRY = click.option("--dry-run", is_flag=True, help="Visa vad som skulle hända, men gör inget.")
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def has_screen() -> bool:
    """Whether there is a desktop to open a page on; over a plain terminal a text browser would take it over."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@root.command()
@click.argument("period", metavar="[MÅNAD]", default="")
@click.pass_context
def check(ctx: click.Context, period: str) -> None:
    """Läs alla filer och säg vad som behöver rättas."""
    from mailer.verbs import check as verb

    with opened(ctx) as house:
        result = verb.check(house, period)
        say(verb.lines(result))
        complain(result.problems)
        complain(result.warnings)
        ctx.exit(1 if result.problems else 0)


@root.command()
@DRY
@click.pass_context
def fetch(ctx: click.Context, dry_run: bool) -> None:
    """Hämta hemsidans inlägg och andras kalendrar nu."""
    from mailer.verbs import fetch as verb

    with opened(ctx) as house:
        verb.require_feeds(house)
        tried = verb.fetch_all(house, dry_run=dry_run)
        say(verb.lines(tried, dry_run))
        complain(p for one in tried for p in one.problems)
        ctx.exit(max(one.exit_code for one in tried))


@root.command()
@click.argument("period", metavar="MÅNAD")
@DRY
@click.pass_context
def assemble(ctx: click.Context, period: str, dry_run: bool) -> None:
    """Sätt samman månadens nummer, till exempel 2024-05."""
    from mailer.verbs import month, which

    with opened(ctx) as house:
        series, month_ = which.series_and_period(house, period)
        done = month.assemble(house, series, month_, dry_run)
        complain(done.problems)
        say(month.lines(house, done))


@root.command()
@click.argument("mailing", metavar="[UTSKICK]", default="")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Mapp att skriva till.")
@click.option("--for", "contact", default="", metavar="KONTAKT", help="Läs det som denna person får det. Antecknas.")
@click.option("--open/--no-open", "show", default=None, help="Öppna sidan i webbläsaren. Förval: vid en skärm.")
@click.pass_context
def preview(ctx: click.Context, mailing: str, out: Path | None, contact: str, show: bool | None) -> None:
    """Visa utskicket som läsarna får det: ljust, mörkt, smalt och som text, varje version."""
    from mailer.verbs import preview as verb

    with opened(ctx) as house:
        done = verb.preview(house, mailing, out, contact)
        say(verb.lines(done))
        if show or (show is None and sys.stdout.isatty() and has_screen()):
            click.launch(done.page.as_uri())


@root.command()
@click.argument("mailing", metavar="[UTSKICK]", default="")
@click.option("--to", required=True, help="E-postadressen som får provmejlet.")
@click.pass_context
def test(ctx: click.Context, mailing: str, to: str) -> None:
    """Skicka ett provmejl, märkt [Test], till en adress."""
    from mailer.verbs import test_letter

    with opened(ctx) as house:
        say(test_letter.send_test(house, mailing, to))


@root.command()
@click.argument("mailing", metavar="[UTSKICK]", default="")
@click.option("--as", "name", required=True, help="Ditt namn, som det står under [[people]].")
@click.option("--reason", default="", help="Varför det går ändå, när registret är gammalt eller månaden slut.")
@click.option("--despite", default="", metavar="SKÄL", help="Varför det går fast slutkontrollen stoppar. Antecknas.")
@click.option("--version", default="", metavar="KOD", help="Den du har läst; koden står i mejlet med frågan.")
@DRY
@click.pass_context
def approve(
    ctx: click.Context, mailing: str, name: str, reason: str, despite: str, version: str, dry_run: bool
) -> None:
    """Godkänn orden och mottagarna som de är nu."""
    from mailer.verbs import approve as verb

    with opened(ctx) as house:
        say(verb.lines(house, verb.approve(house, mailing, name, reason, dry_run, version, despite)))


@root.command("return")
@click.argument("mailing", metavar="[UTSKICK]", default="")
@click.option("--as", "name", required=True, help="Ditt namn, som det står under [[people]].")
@click.option("--remark", required=True, help="Vad som ska ändras. Redaktören får det i ett mejl.")
@click.option("--version", default="", metavar="KOD", help="Den du har läst; koden står i mejlet med frågan.")
@click.pass_context
def return_(ctx: click.Context, mailing: str, name: str, remark: str, version: str) -> None:
    """Skicka tillbaka ett förslag till redaktören, med en anmärkning."""
    from mailer.verbs import send_back as verb

    with opened(ctx) as house:
        say(verb.lines(verb.send_back(house, mailing, name, remark, version)))


@root.command()
@click.argument("period", metavar="MÅNAD")
@click.option("--as", "name", required=True, help="Ditt namn, som det står under [[people]].")
@click.option("--reason", required=True, help="Varför. Det står i årets redovisning.")
@DRY
@click.pass_context
def skip(ctx: click.Context, period: str, name: str, reason: str, dry_run: bool) -> None:
    """Besluta att en månad inte får något nummer. Den räknas som missad."""
    from mailer.verbs import skip as verb

    with opened(ctx) as house:
        say(verb.lines(verb.skip(house, period, name, reason, dry_run)))


@root.command()
@click.argument("file", metavar="FIL", type=FILE)
@click.option("--to", "lists", required=True, multiple=True, help="Listan som får mejlet. Kan anges flera gånger.")
@click.option("--segment", default="", help="Bara denna grupp ur listan.")
@click.option("--subject", default="", help="Ämnesraden. Förval: rubriken.")
@DRY
@click.pass_context
def write(ctx: click.Context, file: Path, lists: tuple[str, ...], segment: str, subject: str, dry_run: bool) -> None:
    """Gör ett enskilt utskick av en Markdown-fil."""
    from mailer.verbs import letter

    with opened(ctx) as house:
        say(letter.lines(house, letter.write(house, file, lists, segment, subject, dry_run)))


@root.command()
@click.argument("mailing", metavar="UTSKICK")
@click.argument("file", metavar="FIL", type=FILE)
@DRY
@click.pass_context
def correct(ctx: click.Context, mailing: str, file: Path, dry_run: bool) -> None:
    """Gör en rättelse till dem som fick ett utskick, eller kan ha fått det."""
    from mailer.verbs import letter

    with opened(ctx) as house:
        say(letter.lines(house, letter.correct(house, mailing, file, dry_run)))


@root.command()
@click.option("--withdraw", "down", default="", metavar="MÅNAD", help="Ta bort sidan: 2024-05; 2024-05/rattelse-1.")
@click.option("--restore", "back", default="", metavar="MÅNAD", help="Lägg tillbaka sidan, som den godkändes.")
@click.option("--as", "name", default="", metavar="NAMN", help="Ditt namn, som det står under [[people]].")
@click.option("--reason", default="", metavar="SKÄL", help="Varför den tas bort. Skriv inga namn: det sparas.")
@DRY
@click.pass_context
def archive(ctx: click.Context, down: str, back: str, name: str, reason: str, dry_run: bool) -> None:
    """Vad som står i arkivet; ta bort en sida ur det, eller lägg tillbaka den."""
    from mailer.verbs import archive as verb

    if down and back:
        raise click.UsageError("Skriv antingen --withdraw eller --restore.")
    if bool(down or back) != bool(name) or (reason and not down):
        raise click.UsageError("Skriv månaden och vem du är: --withdraw MÅNAD --as NAMN --reason SKÄL.")
    with opened(ctx) as house:
        if down:
            say(verb.withdraw(house, down, name, reason, dry_run))
        else:
            say(verb.restore(house, back, name, dry_run) if back else verb.listed(house))
