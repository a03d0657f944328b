"""The settings of a home: settings.toml, overridden by MAILER_<SECTION>__<KEY>.

Takes   the home's folder and the environment.
Gives   a frozen Settings; the same defaults as the comments in settings.toml show.
Fails   AdminError with all mistakes at once, each with its line and, for unknown keys, the nearest known.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from mailer.address import Address, parse_address
from mailer.errors import AdminError, Problem

FILE = "settings.toml"
OWN_VARIABLES = ("MAILER_HOME", "MAILER_LOG", "MAILER_DEBUG", "MAILER_GOLDEN")  # not settings
LOOPBACK = ("127.0.0.1", "localhost", "::1")
Role = Literal["editor", "approver", "administrator"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Association(Section):
    name: str = Field(min_length=1)
    place: str = ""
    time_zone: str = "Europe/Stockholm"

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as why:
            raise ValueError(f"tidszonen ”{value}” finns inte; skriv till exempel Europe/Stockholm") from why
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Responsible(Section):
    name: str = ""
    contact: str = ""
    processors: tuple[str, ...] | None = None  # None: nobody has answered; (): there are none

    @property
    def is_complete(self) -> bool:
        """Whether a home may send to others than itself (GDPR art. 13 and 14)."""
        return bool(self.name and self.contact and self.processors is not None)


class Sender(Section):
    from_name: str = Field(min_length=1)
    from_address: str
    reply_to: str
    return_address: str

    @field_validator("from_name")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("namnet innehåller ett styrtecken")
        return value

    @field_validator("from_address", "reply_to", "return_address")
    @classmethod
    def _valid(cls, value: str) -> str:
        parse_address(value)
        return value

    @field_validator("from_address")
    @classmethod
    def _own_domain(cls, value: str) -> str:
        address = parse_address(value)
        if address.is_free_mail:
            raise ValueError(
                f"{address.domain} är en gratistjänst; mottagarna avvisar brev som andra skickar i dess namn. "
                "Använd en adress på föreningens egen domän"
            )
        return value

    @field_validator("return_address")
    @classmethod
    def _short(cls, value: str) -> str:
        if len(parse_address(value).ascii.partition("@")[0]) > 24:
            raise ValueError("delen före @ får vara högst 24 tecken, för koden ska också få plats")
        return value

    @property
    def from_(self) -> Address:
        return parse_address(self.from_address)


class Relay(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=25, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")  # only from the environment
    password_file: str = ""
    connections: int = Field(default=4, ge=1, le=100)
    per_hour: int = Field(default=150, ge=0)
    timeout_s: float = Field(default=300, gt=0)

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK

    @property
    def key(self) -> str:
        """What the relay's rate is counted under."""
        return f"{self.host}:{self.port}"

    @model_validator(mode="after")
    def _no_clear_text(self) -> "Relay":
        if self.security == "none" and not self.is_loopback:
            raise ValueError('security = "none" går bara till den egna datorn; skriv "starttls" eller "tls"')
        return self


class Storage(Section):
    database: str = ""
    var: str = "var"

    @field_validator("database")
    @classmethod
    def _an_engine_of_ours(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("ska vara tom (SQLite) eller börja med postgresql+psycopg://")
        return value


class Outbox(Section):
    in_doubt: Literal["again", "hold"] = "again"
    give_up_after_h: float = Field(default=48, gt=0)
    whole_import_max_age_d: float = Field(default=14, gt=0)


class Series(Section):
    key: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$")
    name: str = Field(min_length=1)
    lists: tuple[str, ...] = Field(min_length=1)
    segment: str = ""
    subject: str = "{name} {month}"
    assemble_day: int = Field(default=3, ge=1, le=28)
    send_day: int = Field(default=10, ge=1, le=28)
    send_time: str = "09:00"
    events_weeks: int = Field(default=6, ge=1, le=26)
    one_per_address: bool = False

    @field_validator("send_time")
    @classmethod
    def _outside_the_dst_hour(cls, value: str) -> str:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError('klockslaget skrivs som "09:00"')
        if value.startswith("02"):
            raise ValueError(
                "mellan 02 och 03 finns klockslag noll eller två gånger när klockan ställs om; välj ett annat"
            )
        return value

    @model_validator(mode="after")
    def _in_order(self) -> "Series":
        if self.assemble_day > self.send_day:
            raise ValueError("assemble_day ska vara före send_day i månaden")
        return self


class Person(Section):
    name: str = Field(min_length=1)
    address: str
    roles: tuple[Role, ...] = Field(min_length=1)

    @field_validator("address")
    @classmethod
    def _valid(cls, value: str) -> str:
        parse_address(value)
        return value


class Settings(BaseSettings):
    """All settings. Sections are frozen values; `home` is the folder they were read from."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="MAILER_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,
    )

    association: Association
    responsible: Responsible = Responsible()
    sender: Sender
    relay: Relay = Relay()
    storage: Storage = Storage()
    outbox: Outbox = Outbox()
    series: tuple[Series, ...] = ()
    people: tuple[Person, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @field_validator("series", "people")
    @classmethod
    def _each_once(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [v.key if isinstance(v, Series) else v.name for v in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"”{name}” står två gånger")
        return value

    def with_role(self, role: Role) -> tuple[Person, ...]:
        """The people who have the role today, in the order of the file."""
        return tuple(p for p in self.people if role in p.roles)

    def what_stops(self, series_key: str | None) -> str:
        """What a reader stops getting, after ”Sluta få”: the series, else what the association sends on occasion."""
        name = next((s.name for s in self.series if s.key == series_key), "")
        return name or f"utskick från {self.association.name}"

    def password(self, home: Path) -> str:
        """The relay's password, from the environment or its file. AdminError when the file cannot be read."""
        if secret := self.relay.password.get_secret_value():
            return secret
        if not self.relay.password_file:
            return ""
        path = home / self.relay.password_file
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as why:
            raise AdminError(
                Problem(str(path), "lösenordet går inte att läsa.", f"Kontrollera filen ({why}).")
            ) from why


def read_settings(home: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the home. `environment` is looked through for misspelt names; pydantic reads os.environ."""
    path = home / FILE
    text, values = _read_toml(path)
    problems = [*_secrets_in_file(path, text, values), *_unknown_environment(environment)]
    if "relay" in values and isinstance(values["relay"], dict):
        values["relay"].pop("password", None)
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
    relay = values.get("relay")
    if isinstance(relay, dict) and "password" in relay:
        remedy = "Lägg det i en egen fil och skriv password_file, eller i miljön som MAILER_RELAY__PASSWORD."
        return [
            Problem(
                path.name,
                "lösenord får inte stå i settings.toml.",
                remedy,
                _line(text, ("relay", "password")),
            )
        ]
    return []


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
        "association": Association, "responsible": Responsible, "sender": Sender, "relay": Relay,
        "storage": Storage, "outbox": Outbox, "series": Series, "people": Person,
    }  # fmt: skip
    if not parents:
        return list(sections)
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
