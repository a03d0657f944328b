"""Reading a home's settings: settings.toml, overridden by MAILER_<SECTION>__<KEY>.

Takes   the home's folder and the environment.
Gives   a frozen Settings.
Fails   AdminError with all mistakes at once, each with its line or variable; the nearest known for unknown keys.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from mailer.errors import AdminError, Problem
from mailer.settings import (
    FILE,
    Association,
    Column,
    Feed,
    Mailbox,
    Person,
    Responsible,
    Sender,
    Series,
    Settings,
    Storage,
    Web,
)
from mailer.settings.letters import Letters, WindowProfile
from mailer.settings.relay import Domain, Relay
from mailer.settings.sending import Outbox

OWN_VARIABLES = ("MAILER_HOME", "MAILER_LOG", "MAILER_DEBUG", "MAILER_GOLDEN")  # not settings
SECRET = ("relay", "relays", "mailbox")  # sections with a password


def read_settings(home: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the home. `environment` is looked through for misspelt names; pydantic reads os.environ."""
    path = home / FILE
    text, values = _read_toml(path)
    problems = [*_secrets_in_file(path, text, values), *_unknown_environment(environment)]
    for section in SECRET:
        for table in _tables(values, section):
            table.pop("password", None)
    try:
        settings = Settings(**values)
    except SettingsError as wrong:
        problem = Problem("miljön", f"en MAILER_-variabel går inte att läsa ({wrong}).", "Ta bort den.")
        raise AdminError(*problems, problem) from wrong
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False)
        inner = {error["loc"][:-1] for error in errors}  # what holds a mistake is not one more
        said = {p.where for p in problems} - {path.name}
        found = [_problem(path, text, error, environment) for error in errors if error["loc"] not in inner]
        problems += [p for p in found if p.where not in said]
    if problems:
        raise AdminError(*problems)
    return settings


def _read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    where = path.name
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as why:
        raise AdminError(
            Problem(
                str(path),
                "filen finns inte.",
                "Ange hemmets mapp med --home, eller skapa ett hem: mailer init MAPP",
            )
        ) from why
    except OSError as why:
        raise AdminError(
            Problem(str(path), f"filen går inte att läsa ({why.strerror}).", "Kontrollera rättigheterna.")
        ) from why
    except UnicodeDecodeError as why:
        raise AdminError(
            Problem(where, "filen är inte sparad som UTF-8.", "Spara om den med kodningen UTF-8.")
        ) from why
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        found = re.search(r"line (\d+)", str(why))
        raise AdminError(
            Problem(
                where,
                "raden går inte att läsa.",
                f"Jämför med exemplet i handboken ({why}).",
                int(found[1]) if found else 0,
            )
        ) from why


def _secrets_in_file(path: Path, text: str, values: dict[str, Any]) -> list[Problem]:
    return [
        Problem(
            path.name,
            "lösenord får inte stå i settings.toml.",
            _where_instead(section),
            _line(text, (section, nth, "password")),
        )
        for section in SECRET
        for nth, table in enumerate(_tables(values, section))
        if "password" in table
    ] + [
        Problem(
            path.name,
            "lösenord får inte stå i settings.toml.",
            "Låt PostgreSQL läsa det ur ~/.pgpass eller PGPASSWORD, eller skriv hela adressen i miljön som "
            "MAILER_STORAGE__DATABASE.",
            _line(text, ("storage", 0, "database")),
        )
        for table in _tables(values, "storage")
        if re.search(r"://[^/@:]*:[^/@]+@|[?&]password=", str(table.get("database", "")))
    ]


def _where_instead(section: str) -> str:
    if section == "relays":  # no variable has a name for the third of them
        return "Lägg det i en egen fil och skriv password_file."
    return f"Lägg det i en egen fil och skriv password_file, eller i miljön som MAILER_{section.upper()}__PASSWORD."


def _tables(values: dict[str, Any], section: str) -> list[dict[str, Any]]:
    """The tables of a section, whether there is one or an array of them."""
    found = values.get(section)
    return [table for table in (found if isinstance(found, list) else [found]) if isinstance(table, dict)]


def _unknown_environment(environment: Mapping[str, str]) -> list[Problem]:
    """A misspelt override would otherwise be silently without effect."""
    problems = []
    for name in environment:
        if name.startswith("MAILER_") and "__" not in name and name not in OWN_VARIABLES:
            what = "miljövariabeln svarar inte mot någon inställning."
            problems.append(Problem(name, what, "En inställning skrivs MAILER_AVSNITT__NYCKEL."))
        section, double, key = name.removeprefix("MAILER_").lower().partition("__")
        if not name.startswith("MAILER_") or not double:
            continue
        if key not in _keys_at((section,)):
            problems.append(Problem(name, "miljövariabeln svarar inte mot någon inställning.", _nearest(section, key)))
    return problems


def _nearest(section: str, key: str) -> str:
    keys = _keys_at((section,))
    near = difflib.get_close_matches(key, keys, 1) if keys else difflib.get_close_matches(section, _keys_at(()), 1)
    return f"Menade du ”{near[0]}”?" if near else "Ta bort den, eller se settings.toml för vad som finns."


_SWEDISH = {
    "missing": "saknas",
    "extra_forbidden": "okänd inställning",
    "int_parsing": "ska vara ett heltal",
    "int_type": "ska vara ett heltal",
    "float_parsing": "ska vara ett tal",
    "float_type": "ska vara ett tal",
    "bool_parsing": "ska vara true eller false",
    "bool_type": "ska vara true eller false",
    "string_type": "ska vara text inom citattecken",
    "string_too_short": "får inte vara tom",
    "tuple_type": "ska vara en lista inom hakparenteser",
    "too_short": "får inte vara tom",
    "greater_than_equal": "är för litet; minst {ge}",
    "less_than_equal": "är för stort; högst {le}",
    "greater_than": "ska vara större än {gt}",
    "literal_error": "ska vara något av {expected}",
    "string_pattern_mismatch": "får bara ha gemener a–z, siffror och bindestreck",
    "model_type": "ska vara ett avsnitt inom hakparenteser",
}


def _problem(path: Path, text: str, error: Any, environment: Mapping[str, str]) -> Problem:
    location = tuple(p for p in error["loc"])
    variable = f"MAILER_{'__'.join(str(p) for p in location)}".upper()
    kind, context = error["type"], error.get("ctx") or {}
    name = ".".join(str(p) for p in location)
    if kind == "value_error":
        what = f"{name}: {context['error']}."
    else:
        shown = {key: str(value).replace(" or ", " eller ") for key, value in context.items()}
        what = f"{name}: {_SWEDISH.get(kind, error['msg']).format(**shown)}."
    if kind == "extra_forbidden":
        remedy = _nearest_of(str(location[-1]), location[:-1])
    else:
        remedy = "Rätta raden." if kind != "missing" else f"Lägg till {location[-1]} under [{location[0]}]."
    if variable in environment:
        return Problem(variable, what, remedy.replace("raden", "miljövariabeln"))
    return Problem(path.name, what, remedy, _line(text, location))


def _nearest_of(key: str, parents: tuple[Any, ...]) -> str:
    near = difflib.get_close_matches(key, _keys_at(tuple(p for p in parents if isinstance(p, str))), 1)
    return f"Menade du ”{near[0]}”?" if near else "Ta bort raden, eller se exemplet för vad som finns."


def _keys_at(parents: tuple[str, ...]) -> list[str]:
    """The known keys under a section, whether a table or an array of tables."""
    sections: dict[str, type[BaseModel]] = {
        "association": Association, "responsible": Responsible, "sender": Sender, "relay": Relay, "mailbox": Mailbox,
        "storage": Storage, "outbox": Outbox, "web": Web, "series": Series, "columns": Column, "feeds": Feed,
        "people": Person, "letters": Letters, "windows": WindowProfile, "relays": Relay, "domains": Domain,
    }  # fmt: skip
    if not parents:
        return [*sections, "circles"]
    return list(sections[parents[0]].model_fields) if parents[0] in sections else []


def _line(text: str, location: tuple[Any, ...]) -> int:
    """The line of a key: after the n-th header of its section. 0 when it is not in the file."""
    section = str(location[0])
    nth = next((p for p in location if isinstance(p, int)), 0)
    keys = [p for p in location[1:] if isinstance(p, str)]
    seen, inside, header = -1, False, 0
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", line):
            inside = found[1] == section
            seen += inside
            header = number if inside and seen == nth else header
        elif inside and seen == nth and keys and re.match(rf"\s*{re.escape(keys[0])}\s*=", line):
            return number
    return header
