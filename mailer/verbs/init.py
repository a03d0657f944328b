"""init: a new home in a folder, from the example, with the answers that the law asks for.

Takes   the folder, answers given beforehand, and a way to ask for the others.
Gives   what was made and what to do next.
Fails   EditorError when the folder has a home already; AdminError when an answer makes settings that cannot be read.
"""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from mailer.errors import AdminError, EditorError, Problem
from mailer.example_home import example_home
from mailer.settings import FILE, read_settings

Ask = Callable[[str], str]

QUESTIONS = {
    "name": "Föreningens namn",
    "place": "Orten",
    "responsible": "Vem är personuppgiftsansvarig? (oftast föreningen)",
    "contact": "Vilken e-postadress vänder sig medlemmar till om sina uppgifter?",
    "processor": "Vilka personuppgiftsbiträden har ni, som e-postleverantören? (komma emellan; ”inga” om inga)",
    "from_address": "Vilken adress skickar ni från, på er egen domän?",
    "relay": "Vilken e-postserver skickar vidare? (värd eller värd:port)",
}
NONE = ("inga", "ingen", "-")


def init(folder: Path, answers: Mapping[str, str | tuple[str, ...]], ask: Ask | None) -> list[str]:
    """Make the home. What is not answered is left empty; then it sends to this computer only."""
    if (folder / FILE).exists():
        raise EditorError(Problem(str(folder), "här finns redan ett hem.", "Välj en annan mapp."))
    given = {key: _answer(key, answers.get(key, ""), ask) for key in QUESTIONS}
    source = example_home()
    text = _settings((source / FILE).read_text(encoding="utf-8"), given)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source / "lists", folder / "lists", dirs_exist_ok=True)
    (folder / "content" / "evenemang").mkdir(parents=True, exist_ok=True)
    shutil.copytree(source / "content", folder / "exempel", dirs_exist_ok=True)
    (folder / "templates").mkdir(exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    _name_the_lists(folder / "lists", given["name"])
    try:
        settings = read_settings(folder)
    except AdminError:
        (folder / FILE).rename(folder / f"{FILE}.fel")
        raise
    return _next(folder, settings.responsible.is_complete)


def _answer(key: str, given: str | tuple[str, ...], ask: Ask | None) -> str:
    text = ", ".join(given) if isinstance(given, tuple) else given
    if not text and ask is not None:
        text = ask(QUESTIONS[key])
    return " ".join(text.split())


def _settings(text: str, given: Mapping[str, str]) -> str:
    """The example's settings with the answers in them, comments kept."""
    names = [n.strip() for n in given["processor"].split(",") if n.strip()]
    processors = [] if given["processor"].casefold() in NONE else names
    domain = given["from_address"].rpartition("@")[2]
    host, _, port = given["relay"].partition(":")
    values: list[tuple[str, str, str | None]] = [
        ("association", "name", _quoted(given["name"] or "Föreningen")),
        ("association", "place", _quoted(given["place"])),
        ("responsible", "name", _quoted(given["responsible"])),
        ("responsible", "contact", _quoted(given["contact"])),
        ("responsible", "processors", _list(processors) if given["processor"] else None),
        ("sender", "from_address", _quoted(given["from_address"] or "v-aktuellt@foreningen.example")),
        ("sender", "reply_to", _quoted(given["contact"] or "redaktion@foreningen.example")),
        ("sender", "return_address", _quoted(f"studs@{domain or 'foreningen.example'}")),
    ]
    if host:
        loopback = host in ("127.0.0.1", "localhost")
        values += [("relay", "host", _quoted(host)), ("relay", "port", port or ("25" if loopback else "587"))]
        values += [] if loopback else [("relay", "security", _quoted("starttls"))]
    for section, key, value in values:
        text = _put(text, section, key, value)
    return _people(text)


def _put(text: str, section: str, key: str, value: str | None) -> str:
    """Set `key` under [section]; None makes a comment of it."""
    begin = text.index(f"[{section}]")
    found = re.compile(rf"^{key} = (\"[^\"]*\"|\[[^\]]*\]|\S+)", re.M).search(text, begin)
    assert found is not None, key  # the example has every key
    line = f"# {found[0]}" if value is None else f"{key} = {value}"
    return text[: found.start()] + line + text[found.end() :]


def _people(text: str) -> str:
    """The example's people are invented; the home's own are to be written in."""
    begin = text.index("[[people]]")
    example = "\n".join(f"# {line}" if line else "#" for line in text[begin:].rstrip().splitlines())
    return f"{text[:begin]}# Skriv in era egna. Utan någon som är approver kan inget godkännas.\n{example}\n"


def _name_the_lists(folder: Path, name: str) -> None:
    for path in folder.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        new = text.replace("Vänsterpartiet Vallentuna", name or "föreningen")
        path.write_text(new, encoding="utf-8")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(texts: list[str]) -> str:
    return f"[{', '.join(_quoted(t) for t in texts)}]"


def _next(folder: Path, complete: bool) -> list[str]:
    out = [f"Hemmet finns i {folder}."]
    if not complete:
        out.append(
            "Personuppgiftsansvarig, kontakt eller biträden saknas. "
            "Hemmet skickar bara till den egna datorn tills de står i settings.toml."
        )
    return [
        *out,
        f"1. Skriv in era namn under [[people]] i {folder / FILE}.",
        f"2. Läs in registret: mailer --home {folder} import --whole medlemmar FIL.csv",
        f"3. Skriv inslag i {folder / 'content'}; se {folder / 'exempel'} för hur de kan se ut.",
        f"4. Kör mailer --home {folder} check",
    ]
