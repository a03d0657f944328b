"""The commands of the ballot box: its key, the closing, the report.

Takes   what was typed.
Gives   the words of the verbs.
Fails   with the verbs' errors, which the edge prints.

A passphrase is asked for, and is never an argument: those can be read by everybody on the machine.
"""

from pathlib import Path

import click

from mailer.cli.main import opened, say
from mailer.cli.surveying import KEY, survey

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@survey.command("key")
@KEY
@click.option(
    "--to", "folders", type=FOLDER, multiple=True, help="En mapp på en persons eget medium. Anges två gånger."
)
@click.option("--name", "names", multiple=True, help="Vem som har mediet. Anges efter varje --to.")
@click.option("--passphrase", is_flag=True, help="Lås varje kopia med en lösenfras; den frågas efter.")
@click.option("--despite", default="", metavar="SKÄL", help="Skriv ändå på hemmets disk, eller båda på samma medium.")
@click.option("--test", "tried", type=FILE, default=None, help="Öppna en provsedel med kopian i filen.")
@click.pass_context
def key_command(
    ctx: click.Context, key: str, folders: tuple[Path, ...], names: tuple[str, ...], passphrase: bool, despite: str,
    tried: Path | None,
) -> None:  # fmt: skip
    """Gör nyckeln till svarsurnan på två personers medier, eller pröva en kopia."""
    from mailer.verbs.surveys import key as verb

    if tried is None and (len(folders) < 2 or len(folders) != len(names)):
        raise click.UsageError("Skriv: --to MAPP --name NAMN --to MAPP2 --name NAMN2, eller --test FIL --name NAMN.")
    if tried is not None and (folders or len(names) != 1):
        raise click.UsageError("Skriv: --test FIL --name NAMN.")
    with opened(ctx) as house:
        if tried is not None:
            found = verb.try_copy(house, key, tried, names[0], _passphrase)
            say([f"Kopian hos {names[0]} öppnade en provsedel i {found.key}. Ta ut mediet och lås in det.",
                 f"Är alla kopior prövade? Läs och godkänn: mailer survey approve {found.key}"])  # fmt: skip
            return
        ask = _new_passphrase if passphrase else _none
        made = verb.make(house, key, tuple(zip(folders, names, strict=True)), despite, ask)
        say([f"Nyckeln till {made.key} finns på två ställen och ingen annanstans:"])
        say([f"  {name}: {path}" for name, path in made.copies])
        say("Pröva varje kopia innan enkäten godkänns:")
        say([f'    mailer survey key {made.key} --test {path} --name "{name}"' for name, path in made.copies])


@survey.command("close")
@KEY
@click.option("--key", "file", type=FILE, default=None, help="Filen med en av kopiorna av nyckeln.")
@click.option("--leave-sheets", type=int, default=None, metavar="ANTAL", help="Så många inre kuvert räknas inte.")
@click.pass_context
def close_command(ctx: click.Context, key: str, file: Path | None, leave_sheets: int | None) -> None:
    """Öppna svarsurnan när enkäten är stängd: blanda, räkna och radera sedlarna."""
    from mailer.verbs.surveys import close as verb

    with opened(ctx) as house:
        say(verb.words(house, verb.close(house, key, file, _passphrase, leave_sheets)))


@survey.command("destroyed")
@KEY
@click.option("--as", "name", required=True, help="Vem som intygar.")
@click.pass_context
def destroyed_command(ctx: click.Context, key: str, name: str) -> None:
    """Intyga att din kopia av nyckeln är förstörd."""
    from mailer.verbs.surveys import key as verb
    from mailer.verbs.surveys.kept import kept

    with opened(ctx) as house:
        wanted = verb.sentence(kept(house, key), name)
        say(["Intyga genom att skriva av meningen:", f"    {wanted}"])
        left = verb.destroyed(
            house, key, name, str(click.prompt(">", default="", show_default=False, prompt_suffix=" "))
        )
        say("Det är antecknat.")
        say(f"Kvar att intyga: {', '.join(left)}" if left else f"Resultatet: mailer survey report {key}".rstrip())


@survey.command("report")
@KEY
@click.option("--json", "as_json", is_flag=True, help="Som JSON.")
@click.pass_context
def report_command(ctx: click.Context, key: str, as_json: bool) -> None:
    """Hur många som har svarat; när nycklarna är förstörda, vad de svarade."""
    import json

    from mailer.verbs.surveys import report as verb

    with opened(ctx) as house:
        if as_json:
            click.echo(json.dumps(verb.values(house, key), ensure_ascii=False, indent=2))
        else:
            say(verb.words(house, key))


@survey.command("answers")
@KEY
@click.option("--as", "name", required=True, help="Vem som läser: godkännare eller administratör. Det antecknas.")
@click.option("--csv", "as_csv", is_flag=True, help="Som tabell för ett kalkylprogram.")
@click.pass_context
def answers_command(ctx: click.Context, key: str, name: str, as_csv: bool) -> None:
    """Svaren under namn: vem som vill bli aktiv, och vem som vill bli kontaktad."""
    from mailer.verbs.surveys import signed as verb

    with opened(ctx) as house:
        questions, found = verb.answers(house, key, name)
        if as_csv:
            click.echo(verb.table(questions, found), nl=False)
        else:
            say(verb.lines(questions, found))


def _passphrase(name: str) -> str:
    return str(click.prompt(f"Lösenfrasen för kopian hos {name}", hide_input=True))


def _new_passphrase(name: str) -> str:
    ask = f"Lösenfras för kopian hos {name} (skriv den aldrig bredvid mediet)"
    return str(click.prompt(ask, hide_input=True, confirmation_prompt="En gång till"))


def _none(_name: str) -> str:
    return ""
