"""The commands of the one who sends: send, follow, stop.

Takes   what was typed.
Gives   the words of the verbs, with progress while a mailing goes out.
Fails   with the verbs' errors, which the edge prints.
"""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailer.cli.editing import DRY
from mailer.cli.main import opened, root, say

if TYPE_CHECKING:
    from mailer.house import House

NAMES = click.option("--names", is_flag=True, help="Visa namnen. Att någon har sett dem antecknas.")


@root.command()
@click.argument("mailing", metavar="[UTSKICK]", default="")
@DRY
@click.pass_context
def send(ctx: click.Context, mailing: str, dry_run: bool) -> None:
    """Skicka det som är godkänt, nu."""
    from mailer.verbs import progress
    from mailer.verbs import report as reports
    from mailer.verbs import send as verb

    with opened(ctx) as house:
        sent = verb.plan(house, mailing, dry_run)
        before = reports.report(house, sent.name)
        if sent.plan is None and before.state == "finished":
            say([f"{sent.title} är redan skickat. Inget skickades nu.", *reports.lines(before)])
            return
        if sent.plan is not None and sent.plan.held:
            say(f"{sent.title} väntar: {sent.plan.held}. Godkänn det igen om det är rätt.")
            ctx.exit(1)
        if sent.plan is not None:
            counted = sent.plan.head_count
            say(f"{sent.title}: {counted.selected} utvalda, {counted.recipients} får det.")
        if dry_run:
            return
        if not watch(house, sent.mailing):
            say("En annan process skickar redan från det här hemmet; den tar hand om det. Följ: mailer report")
            return
        shown = reports.report(house, sent.name)
        say(["", *reports.lines(shown)])
        ctx.exit(_what_next(shown, sent.name, progress.next_permit(house)))


@root.command()
@click.argument("mailing", metavar="[UTSKICK]", default="")
@click.option("--json", "as_json", is_flag=True, help="Som JSON, för andra program.")
@click.option("--all", "everything", is_flag=True, help="En rad för varje utskick.")
@click.option("--post", is_flag=True, help="Postadresser till dem som e-posten inte når, som CSV.")
@click.option("--call", is_flag=True, help="Vilka att ringa: de som e-posten inte når, och de nya.")
@NAMES
@click.pass_context
def report(
    ctx: click.Context, mailing: str, as_json: bool, everything: bool, post: bool, call: bool, names: bool
) -> None:
    """Vart alla tog vägen: avstämningen av ett utskick."""
    from mailer.verbs import report as verb

    with opened(ctx) as house:
        if everything:
            say(verb.all_lines(house))
        elif post:
            click.echo("\ufeff" + verb.postal_csv(house, mailing), nl=False)  # the mark tells Excel that it is UTF-8
        elif call:
            say(verb.call_lines(house, mailing))
        else:
            shown = verb.report(house, mailing, names)
            say(json.dumps(shown.to_json(), ensure_ascii=False, indent=2) if as_json else verb.lines(shown))


@root.command("print")
@click.argument("mailing", metavar="[UTSKICK]", default="")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Mapp att skriva till.")
@click.pass_context
def print_(ctx: click.Context, mailing: str, out: Path | None) -> None:
    """Numret på papper (A4, med QR-koder), och listan på dem som ska ha det med posten."""
    from mailer.verbs import paper

    with opened(ctx) as house:
        say(paper.lines(paper.print_out(house, mailing, out)))


@root.command()
@NAMES
@click.pass_context
def owed(ctx: click.Context, names: bool) -> None:
    """Vad som är kvar att skicka, och vad som är oklart."""
    from mailer.verbs import report as verb

    with opened(ctx) as house:
        say(verb.owed_lines(house, names))


@root.command()
@click.argument("mailing", metavar="[UTSKICK]", default="")
@click.pass_context
def pause(ctx: click.Context, mailing: str) -> None:
    """Pausa ett utskick som pågår."""
    from mailer.verbs import control

    with opened(ctx) as house:
        say(control.pause(house, mailing))


@root.command()
@click.argument("mailing", metavar="[UTSKICK]", default="")
@click.pass_context
def resume(ctx: click.Context, mailing: str) -> None:
    """Fortsätt ett pausat utskick."""
    from mailer.verbs import control

    with opened(ctx) as house:
        say(control.resume(house, mailing))


@root.command()
@click.argument("mailing", metavar="UTSKICK")
@click.pass_context
def withdraw(ctx: click.Context, mailing: str) -> None:
    """Stoppa ett utskick för gott."""
    from mailer.verbs import control

    with opened(ctx) as house:
        say(control.withdraw(house, mailing))


@root.command()
@click.argument("delivery", metavar="LEVERANS", type=int)
@click.option("--arrived/--again", required=True, help="Det kom fram, eller skicka en gång till.")
@click.pass_context
def judge(ctx: click.Context, delivery: int, arrived: bool) -> None:
    """Avgör en leverans som är oklar; numret står i mailer owed --names."""
    from mailer.verbs import control

    with opened(ctx) as house:
        say(control.judge(house, delivery, arrived))


@root.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Sköt hemmet: klockan sätter samman, frågar, skickar och försöker igen."""
    from mailer.clockwork import loop

    with opened(ctx, quiet=sys.stderr.isatty()) as house:  # at a terminal a person reads the words, not the log
        loop.run(house, say)


def watch(house: "House", mailing: int) -> bool:
    """Run the sender with a progress bar. False when another process has the work."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from mailer.verbs import send as verb

    columns = (TextColumn("Skickar"), BarColumn(), MofNCompleteColumn(), TextColumn("kvar"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        done, all_ = verb.progress(house, mailing)
        task = bar.add_task("", total=all_, completed=done)
        seen = {"at": 0.0}

        def on_commit(_: Any) -> None:
            if time.monotonic() - seen["at"] > 0.5:
                seen["at"] = time.monotonic()
                bar.update(task, completed=verb.progress(house, mailing)[0])

        def on_recovered(found: Any) -> None:
            if found.in_doubt:
                bar.console.print(f"Ett tidigare utskick avbröts: {len(found.in_doubt)} leveranser är oklara.")

        ran = verb.run_until_idle(house, on_commit, on_recovered)
        bar.update(task, completed=verb.progress(house, mailing)[0])
        return ran


def _what_next(shown: Any, mailing: str, next_permit: str) -> int:
    """Say what to do next; the exit code: 0 done, 3 the administrator must mend something, 75 later."""
    word = f" {mailing}" if mailing else ""
    if shown.state == "paused":
        say(f"Rätta felet och fortsätt: mailer resume{word}")
        return 3
    if shown.balance.owed and shown.waits:
        say(f"Läs brevlådan (mailer mailbox) och kör mailer send{word} sedan, eller låt mailer run sköta båda.")
        return 75
    if shown.balance.owed:
        say([next_permit] if next_permit else [])
        say(f"{shown.balance.owed} är kvar att skicka. Kör mailer send{word} igen, eller låt mailer run sköta det.")
        return 75
    if shown.balance.in_doubt:
        say("Se vilka som är oklara: mailer owed --names")
    else:
        say(f"Se namnen bakom siffrorna: mailer report{word} --names")
    return 0
