"""The administrator's commands.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.
"""

from pathlib import Path

import click

from mailer.cli.main import complain, opened, root, say


@root.command()
@click.argument("folder", metavar="MAPP", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", default="", help="Föreningens namn.")
@click.option("--place", default="", help="Orten.")
@click.option("--register", default="", help="Vad medlemsregistret heter; står i sidfoten på varje mejl.")
@click.option("--series", default="", help="Vad månadsbrevet heter. Förval: V Aktuellt.")
@click.option("--responsible", default="", help="Personuppgiftsansvarig.")
@click.option("--contact", default="", help="Adressen dit medlemmar vänder sig om sina uppgifter.")
@click.option("--processor", multiple=True, help="Personuppgiftsbiträde; kan anges flera gånger. ”inga” om inga finns.")
@click.option("--from-address", default="", help="Avsändarens adress, på föreningens egen domän.")
@click.option("--relay", default="", metavar="VÄRD[:PORT]", help="E-postservern som skickar vidare.")
@click.option("--no-input", is_flag=True, help="Fråga inget; det som inte anges lämnas tomt.")
def init(folder: Path, no_input: bool, **answers: str | tuple[str, ...]) -> None:
    """Skapa ett nytt hem i en mapp, och fråga vem som ansvarar."""
    from mailer.verbs import init as verb

    def ask(question: str, why: str) -> str:
        if why:
            click.echo(f"Det går inte: {why}.", err=True)
        return str(click.prompt(question, default="", show_default=False))

    say(verb.init(folder, answers, None if no_input else ask))


@root.command()
@click.option("--as", "name", default="", help="Ditt namn, när du bekräftar.")
@click.pass_context
def adopt(ctx: click.Context, name: str) -> None:
    """Se efter, och bekräfta, att ett kopierat eller återställt hem är hemmet nu."""
    from mailer.verbs import adopt as verb

    with opened(ctx) as house:
        say(verb.adopt(house, name) if name else verb.look(house))


@root.command()
@click.argument("folder", metavar="MAPP", type=click.Path(path_type=Path, file_okay=False), default=Path("var/demo"))
def demo(folder: Path) -> None:
    """Kör en hel månad och ett halvår med enkät, med ett påhittat register, på den egna datorn."""
    from mailer.cli.sending import watch
    from mailer.demo import whole

    whole.play(folder, say, watch)


@root.command()
@click.option(
    "--members", type=click.IntRange(20, 100_000), default=500, show_default=True, help="Påhittade medlemmar."
)
@click.option(
    "--kills", type=click.IntRange(1, 1000), default=5, show_default=True, help="Så många gånger slås sändaren av."
)
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=None,
              help="Mapp att prova i, på den disk där hemmet ligger. Förval: systemets tillfälliga.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=None, help="Upprepa ett prov.")
@click.option("--json", "as_json", is_flag=True, help="Som JSON, för andra program.")
@click.pass_context
def selftest(
    ctx: click.Context, members: int, kills: int, folder: Path | None, seed: int | None, as_json: bool
) -> None:
    """Slå av sändaren mitt i ett påhittat utskick, och visa att ingen glöms bort."""
    from mailer.selftest import whole

    ctx.exit(whole.selftest(folder, members, kills, seed, as_json, say, complain))


@root.command()
@click.option("--names", is_flag=True, help="Visa vem varje mejl är från. Att du har tittat antecknas.")
@click.option("--dry-run", is_flag=True, help="Visa vad som skulle ske, och ändra inget.")
@click.pass_context
def mailbox(ctx: click.Context, names: bool, dry_run: bool) -> None:
    """Läs brevlådan nu: studsar, klagomål, svar. ”run” gör det av sig själv."""
    from mailer.verbs import mailbox as verb

    with opened(ctx) as house:
        verb.may_read(house)
        box = verb.open_mailbox(house)
        try:
            done = verb.read_mailbox(house, box, names=names, dry_run=dry_run)
        finally:
            box.close()
        say(verb.lines(done, dry_run))
