"""The command about the DNS.

Takes   what was typed.
Gives   the words of the verb; the faults go to stderr, with exit code 3.
Fails   with the verb's errors, which the edge prints.
"""

import json

import click

from mailer.cli.main import root, say


@root.command()
@click.option("--make-keys", is_flag=True, help="Gör en ny nyckel att signera med, och säg vad som ska publiceras.")
@click.option("--ed25519", "both", is_flag=True, help="Med --make-keys: gör också en kort nyckel bredvid.")
@click.option("--selector", default="", metavar="NAMN", help="Nycklar som är gjorda men inte i bruk: deras namn i DNS.")
@click.option("--no-check", is_flag=True, help="Visa bara posterna; fråga inte DNS.")
@click.option(
    "--resolver", default="", metavar="ADRESS[:PORT]", help="Fråga den här DNS-servern i stället för datorns."
)
@click.option("--json", "as_json", is_flag=True, help="För andra program.")
@click.pass_context
def dns(
    ctx: click.Context, make_keys: bool, both: bool, selector: str, no_check: bool, resolver: str, as_json: bool
) -> None:
    """Visa vad domänens DNS ska säga (SPF, DKIM, DMARC), och kontrollera att det står där."""
    from mailer.clock import Clock
    from mailer.deliver.domain.nameserver import Nameserver, parse_server
    from mailer.errors import AdminError, LaterError
    from mailer.settings.file import read_settings
    from mailer.verbs import dns as verb

    home = ctx.obj[0]
    _check_words(make_keys, both, selector, as_json)
    settings = read_settings(home)
    if make_keys:
        say(verb.make_keys(home, settings, Clock().now().astimezone(settings.association.zone), selector, both))
        return
    try:
        server = parse_server(resolver) if resolver else None
    except ValueError as why:
        raise click.BadParameter(str(why), param_hint="--resolver") from why
    sending, later = verb.sending(home, settings, selector), None
    try:
        seen = verb.look(sending, None if no_check else Nameserver(server))
    except LaterError as why:  # what is to be published is known without the DNS
        later, seen = why, verb.look(sending, None)
    say(json.dumps(verb.to_json(seen), ensure_ascii=False, indent=2) if as_json else verb.lines(seen))
    if later:
        raise later
    if seen.faults:
        raise AdminError(*seen.faults)


def _check_words(make_keys: bool, both: bool, selector: str, as_json: bool) -> None:
    import re

    if both and not make_keys:
        raise click.UsageError("--ed25519 hör till --make-keys.")
    if make_keys and as_json:
        raise click.UsageError("--make-keys och --json går inte ihop.")
    if selector and not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?", selector):
        raise click.UsageError(f"”{selector}” går inte som namn i DNS; skriv gemener, siffror och bindestreck.")
