"""The root of the command line, and its outermost edge.

Takes   --home DIR, --clock, and a verb.
Gives   exit 0 done, 1 the editor must act, 2 usage, 3 the administrator must act, 75 try later, 70 our bug.
Fails   never: every error becomes a sentence and an exit code.

Rooms are imported inside the commands, so that `mailer --help` answers at once.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mailer.house import House

SECTIONS = {
    "För redaktören": tuple("check fetch assemble preview test approve return skip send write correct archive".split()),
    "För den som har registret": (
        "import",
        "resign",
        "leave",
        "suppress",
        "about",
        "trace",
        "undo",
        "forget",
        "requests",
        "segment",
        "report",
        "print",
        "owed",
    ),
    "För enkäten": ("survey", "letters"),
    "För den som sköter utskicken": ("pause", "resume", "withdraw", "judge", "mailbox", "read", "run"),
    "För administratören": (
        "init",
        "dns",
        "backup",
        "restore",
        "adopt",
        "move",
        "migrate",
        "worker",
        "workers",
        "selftest",
        "demo",
    ),
}


# What Python says, beside MemoryError, when there is no memory: for a thread, for a library.
NO_MEMORY = ("can't start new thread", "failed to map segment from shared object")
_home = Path(".")  # as --home named it


class Sections(click.Group):
    """A group whose help follows the readers: editor, keeper of the register, sender, administrator."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in SECTIONS.items():
            commands = [(n, c) for n in names if (c := self.get_command(ctx, n)) is not None]
            with formatter.section(title):
                formatter.write_dl([(n, c.get_short_help_str(90)) for n, c in commands])


@click.group(cls=Sections, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=Path("."), envvar="MAILER_HOME",
              help="Hemmets mapp. Förval: den mapp du står i.")  # fmt: skip
@click.option(
    "--clock", default="", hidden=True, help="En påhittad klocka: start,fart. Bara för hem på den egna datorn."
)
@click.version_option(package_name="v-aktuellt", prog_name="mailer")
@click.pass_context
def root(ctx: click.Context, home: Path, clock: str) -> None:
    """V Aktuellt: månadsbrev och utskick för föreningar.

    Månadens gång: check → assemble → preview → approve → send. Med ”run” sköter klockan det själv.
    """
    global _home
    _home = home
    ctx.obj = (home, clock)


@contextmanager
def opened(ctx: click.Context, quiet: bool = True) -> "Iterator[House]":
    """The house that --home names."""
    from mailer import maillog
    from mailer.house import open_house

    home, clock = ctx.obj
    maillog.quiet = quiet and "MAILER_LOG" not in os.environ
    with open_house(home, clock) as house:
        yield house


def say(lines: Iterable[str] | str) -> None:
    """Facts, to stdout."""
    for line in [lines] if isinstance(lines, str) else lines:
        click.echo(pasteable(line))
    sys.stdout.flush()  # `mailer run` speaks to a log as well as to a person


def complain(problems: Iterable[Any]) -> None:
    """Problems, to stderr."""
    for problem in problems:
        click.echo(pasteable(str(problem)), err=True)


def pasteable(text: str) -> str:
    """The text, each command in it written so that it works when it is pasted where the reader stands."""
    verbs = "|".join(name for names in SECTIONS.values() for name in names)
    program = "mailer" if shutil.which("mailer") else os.path.relpath(sys.argv[0])
    home = "" if _home == Path(".") or "MAILER_HOME" in os.environ else f"--home {shlex.quote(str(_home))} "
    return re.sub(rf"(?<![\w/])mailer (?=({verbs})\b)", lambda _: f"{program} {home}", text)


def main() -> None:
    """The entry point."""
    from mailer.cli import (  # noqa: F401 - they enter their commands
        dns,
        editing,
        keeping,
        letters,
        machine,
        machines,
        people,
        sending,
        surveying,
    )
    from mailer.errors import BrokenPromise, MailerError, Problem

    try:
        code = root(_home_first(sys.argv[1:]), standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)  # what a command left by ctx.exit
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except BrokenPromise as ours:
        _ours(ours)
    except MailerError as wrong:
        complain(wrong.problems)
        sys.exit(wrong.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as why:
        complain(
            [
                Problem(
                    str(why.filename or "filsystemet"),
                    f"går inte ({why.strerror or why}).",
                    "Kontrollera rättigheterna och disken.",
                )
            ]
        )
        sys.exit(3)
    except Exception as ours:  # noqa: BLE001 - the outermost edge
        if not isinstance(ours, MemoryError) and not any(words in str(ours) for words in NO_MEMORY):
            _ours(ours)
        remedy = "Inget är förlorat. Ge den mer minne, eller stäng något annat, och kör igen."
        complain([Problem("minnet", "räcker inte.", remedy)])
        sys.exit(3)


def _home_first(arguments: list[str]) -> list[str]:
    """`mailer check --home hem` means `mailer --home hem check`."""
    moved, rest, left = [], [], list(arguments)
    while left:
        word = left.pop(0)
        if word == "--home" and left:
            moved += [word, left.pop(0)]
        elif word.startswith("--home="):
            moved.append(word)
        else:
            rest.append(word)
    return moved + rest


def _ours(error: Exception) -> None:
    """A bug of ours: where it happened, never what data it met."""
    if "MAILER_DEBUG" in os.environ:
        raise error
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    click.echo(f"Ett fel i programmet ({type(error).__name__} i {place}). Inget är förlorat.", err=True)
    click.echo("Rapportera det. Med MAILER_DEBUG=1 visas allt; det kan innehålla personuppgifter.", err=True)
    sys.exit(70)
