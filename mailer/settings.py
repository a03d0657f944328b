"""The settings of a home, as values. `mailer.settings_file` reads them.

Takes   the values of settings.toml and of the environment.
Gives   a frozen Settings; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words; AdminError when a password's file cannot be read.
"""

import re
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mailer.address import Address, parse_address
from mailer.errors import AdminError, Problem

FILE = "settings.toml"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
Role = Literal["editor", "owner", "approver", "administrator"]


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


class Web(Section):
    address: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8025, ge=1, le=65535)

    @field_validator("address")
    @classmethod
    def _a_base(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?(/[\w./-]*[\w-])?", value):
            raise ValueError(
                "ska vara en webbadress utan snedstreck sist, till exempel https://utskick.vallentuna.example"
            )
        return value


class Feed(Section):
    name: str = Field(min_length=1)
    address: str = Field(pattern=r"^(https?|webcal)://")
    kind: Literal["calendar", "posts"]
    circle: str = "alla"
    every_h: float = Field(default=6, ge=1)
    floating: Literal["here", "utc"] = "here"


class Column(Section):
    key: str = Field(pattern=r"^[a-zåäö0-9]([a-zåäö0-9-]{0,30}[a-zåäö0-9])?$")
    name: str = Field(min_length=1)
    owner: str = ""
    order: int = Field(default=50, ge=0, le=9999)
    meetings: str = ""


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
    web: Web = Web()
    circles: dict[str, tuple[str, ...]] = {}
    series: tuple[Series, ...] = ()
    columns: tuple[Column, ...] = ()
    feeds: tuple[Feed, ...] = ()
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

    @field_validator("series", "columns", "feeds", "people")
    @classmethod
    def _each_once(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [v.key if isinstance(v, Series | Column) else v.name for v in value]
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
