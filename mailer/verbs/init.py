"""init: a new home in a folder, from the example, with the answers that the law asks for.

Takes   the folder, answers given beforehand, and a way to ask for the others.
Gives   what was made and what to do next.
Fails   EditorError when the folder has a home already or an answer cannot be used; AdminError when the home may not lie
        there or cannot be written. Nothing is written then.
"""

import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from mailer.errors import AdminError, EditorError, Problem
from mailer.example_home import example_home
from mailer.home import misplaced
from mailer.register.lists import read_lists, read_segments
from mailer.settings import FILE, Settings
from mailer.settings.file import read_settings
from mailer.verbs import init_files as files
from mailer.verbs.init_answers import QUESTIONS, option, tidy, why_not

Ask = Callable[[str, str], str]  # the question, and why the last answer to it would not do


def init(folder: Path, answers: Mapping[str, str | tuple[str, ...]], ask: Ask | None) -> list[str]:
    """Make the home. What is not answered is left empty; then it sends to this computer only."""
    _may_lie_in(folder)
    given = _answers(answers, ask)
    existed = folder.exists()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            made = Path(scratch) / "hem"
            settings = _make(made, given)
            _copy(made, folder)
    except OSError as why:
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
        raise _cannot_write(folder, why) from why
    return _next(folder, settings)


def _may_lie_in(folder: Path) -> None:
    """EditorError when something would be overwritten, AdminError when the database could not lie there."""
    try:
        there = [name for name in (FILE, "lists") if (folder / name).exists()]
        why = misplaced(folder.absolute() / "var") or misplaced(folder.resolve() / "var")
    except OSError as why_not:
        raise _cannot_write(folder, why_not) from why_not
    if there:
        raise EditorError(Problem(str(folder), f"här finns redan ett hem ({there[0]}).", "Välj en annan mapp."))
    if why:
        what = f"mappen ligger {why}; där kan databasen gå sönder."
        raise AdminError(Problem(str(folder), what, "Välj en mapp på den egna disken."))


def _answers(answers: Mapping[str, str | tuple[str, ...]], ask: Ask | None) -> dict[str, str]:
    """Every answer, tidied. Without a way to ask, EditorError with all that cannot be used, by option."""
    given: dict[str, str] = {}
    problems = []
    for key, question in QUESTIONS.items():
        found = answers.get(key, "")
        text = tidy(", ".join(found) if isinstance(found, tuple) else found)
        why = why_not(key, text) if text else ""
        if why and ask is None:
            problems.append(Problem(option(key), f"{why}.", f"Frågan är: {question}"))
        if ask is not None and (why or not text):
            text = tidy(ask(question, why))
            while why := why_not(key, text):
                text = tidy(ask(question, why))
        given[key] = text
    if problems:
        raise EditorError(*problems)
    return given


def _make(folder: Path, given: Mapping[str, str]) -> Settings:
    """The home's files in a folder of our own, read back before anybody else gets them."""
    source = example_home()
    shutil.copytree(source / "lists", folder / "lists")
    shutil.copytree(source / "content", folder / "exempel")
    (folder / "templates").mkdir()
    (folder / "content" / "evenemang").mkdir(parents=True)
    files.write_readme(source, folder, given)
    files.write_settings(source, folder, given)
    files.write_lists(folder, given)
    read_lists(folder / "lists")
    read_segments(folder / "lists")
    return read_settings(folder)


def _copy(made: Path, folder: Path) -> None:
    """What was made, into a folder whose own permissions stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in made.iterdir():
        if path.is_dir():
            shutil.copytree(path, folder / path.name, dirs_exist_ok=True)
        else:
            shutil.copy(path, folder)


def _cannot_write(folder: Path, why: OSError) -> AdminError:
    reason = why.args[0][0][2] if isinstance(why, shutil.Error) else why.strerror
    what = f"mappen går inte att skriva i ({reason})."
    return AdminError(Problem(str(folder), what, "Välj en annan mapp, eller kontrollera rättigheterna och disken."))


def _next(folder: Path, settings: Settings) -> list[str]:
    out = [f"Hemmet finns i {folder}."]
    if not settings.responsible.is_complete:
        out.append(
            "Personuppgiftsansvarig, kontakt eller biträden saknas. "
            "Hemmet skickar bara till den egna datorn tills de står i settings.toml."
        )
    mailer = f"mailer --home {shlex.quote(str(folder))}"
    lists = folder / "lists"
    log_in = "Kräver e-postservern inloggning: skriv username och password_file under [relay] i samma fil."
    steps = [
        f"Läs igenom {lists / 'medlemmar.toml'}, styrelsen.toml och sympatisorer.toml: bekräfta den lagliga grunden "
        "(basis), och orden om varför och varifrån (why och origin), som står i varje mejl. Ska vem som helst få "
        "anmäla sig på en sida: consent och joinable i sympatisorer.toml.",
        f"Skriv in era namn under [[people]] i {folder / FILE}.",
        *([] if settings.relay.is_loopback else [log_in]),
        f"Läs in registret: {mailer} import --whole medlemmar FIL.csv",
        f"Läs in sympatisörerna på samma sätt, eller ta bort ”sympatisorer” ur lists i {folder / FILE}.",
        f"Skriv inslag i {folder / 'content'}; se {folder / 'exempel'} för hur de kan se ut.",
        f"Kör {mailer} check",
    ]
    return out + [f"{n}. {step}" for n, step in enumerate(steps, 1)]
