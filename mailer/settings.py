"""The settings of a home, as values. `mailer.settings_file` reads them.

Takes   the values of settings.toml and of the environment.
Gives   a frozen Settings; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words; AdminError when a password's file cannot be read.
"""

import ipaddress
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mailer.address import Address, parse_address
from mailer.errors import AdminError, Problem
from mailer.settings_backup import Backup
from mailer.settings_letters import Letters, WindowProfile
from mailer.settings_relay import LOOPBACK, Domain, Relay

FILE = "settings.toml"
Role = Literal["editor", "owner", "approver", "administrator"]


def is_loopback(host: str) -> bool:
    """Whether the name or the address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_private(host: str) -> bool:
    """Whether it is an address in a network of one's own (RFC 1918, 4193). No name is: nobody knows what it will be."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    inside = getattr(address, "ipv4_mapped", None) or address
    return inside.is_private and not inside.is_unspecified


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Association(Section):
    name: str = Field(min_length=1)
    place: str = ""
    telephone: str = ""  # the one number that callers, call sheets and letters give
    time_zone: str = "Europe/Stockholm"

    @field_validator("telephone")
    @classmethod
    def _dialled(cls, value: str) -> str:
        if value and (re.fullmatch(r"\+?[0-9() -]+", value) is None or sum(c.isdigit() for c in value) < 5):
            raise ValueError(f"”{value}” är inget telefonnummer; skriv till exempel 08-123 456 78")
        return value

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
                f"{address.domain} är en gratistjänst; mottagarna avvisar mejl som andra skickar i dess namn. "
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


class Mailbox(Section):
    kind: Literal["", "imap", "maildir"] = ""
    host: str = ""
    port: int = Field(default=993, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: SecretStr = SecretStr("")  # only from the environment
    password_file: str = ""
    folder: str = Field(default="INBOX", min_length=1)
    path: str = ""
    every_min: float = Field(default=10, ge=0.1, le=1440)
    checked_by: str = Field(default="", max_length=253, pattern=r"^[^\s;]*$")

    @model_validator(mode="after")
    def _whole(self) -> "Mailbox":
        if self.kind == "maildir" and not self.path:
            raise ValueError('kind = "maildir" behöver path: mappen som har cur, new och tmp i sig')
        if self.kind == "imap" and not (self.host and self.username):
            raise ValueError('kind = "imap" behöver host och username')
        if self.security == "none" and self.host not in ("", *LOOPBACK):
            raise ValueError('security = "none" går bara till den egna datorn; skriv "tls" eller "starttls"')
        if self.security == "starttls" and self.port == 993:
            raise ValueError('på port 993 är allt krypterat från början: skriv security = "tls", eller port = 143')
        return self


POSTGRES = "postgresql+psycopg://"


def unreadable(url: str) -> str:
    """Why the address of a PostgreSQL database cannot be read, ”” when it can: never with what stands in it, which may
    be a password. One with / or @ in it would else be looked up in the DNS, and shown, as if it were the host."""
    try:
        parts = urlsplit(url)
        wrong = parts.netloc.count("@") > 1 or parts.port == 0
    except ValueError:
        wrong = True
    said = f"går inte att läsa; skriv {POSTGRES}användare@värd/databas"
    return f"{said}. Tecken som / @ : och % i ett lösenord skrivs %2F %40 %3A och %25" if wrong else ""


class Storage(Section):
    database: str = ""
    var: str = "var"

    @field_validator("database")
    @classmethod
    def _an_engine_of_ours(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", POSTGRES)):
            raise ValueError(f"ska vara tom (SQLite) eller börja med {POSTGRES}")
        if value.startswith(POSTGRES) and (why := unreadable(value)):
            raise ValueError(why)
        return value


class Outbox(Section):
    in_doubt: Literal["again", "hold"] = "again"
    give_up_after_h: float = Field(default=48, gt=0)
    whole_import_max_age_d: float = Field(default=14, gt=0)
    wave_wait_min: float = Field(default=15, ge=0, le=1440)


class Dkim(Section):
    selector: str = Field(default="", pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$")
    key_file: str = ""
    ed25519_selector: str = Field(default="", pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$")
    ed25519_key_file: str = ""

    @model_validator(mode="after")
    def _both_or_none(self) -> "Dkim":
        if bool(self.selector) != bool(self.key_file):
            raise ValueError("selector och key_file hör ihop; skriv båda, eller ingen")
        if bool(self.ed25519_selector) != bool(self.ed25519_key_file):
            raise ValueError("ed25519_selector och ed25519_key_file hör ihop; skriv båda, eller ingen")
        if self.ed25519_selector and not self.selector:
            raise ValueError("ed25519_selector står bara bredvid selector; många mottagare läser ännu bara RSA")
        if self.selector and self.ed25519_selector == self.selector:
            raise ValueError("ed25519_selector och selector är var sitt namn; skriv till exempel v1 och v1e")
        return self


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
        if value.startswith("http:") and not is_loopback(urlsplit(value).hostname or ""):
            raise ValueError(
                "börjar med http: och går till andra än den egna datorn; koderna i länkarna går då att läsa på vägen. "
                "Skriv https: och låt Caddy eller nginx framför sköta certifikatet"
            )
        return value

    @field_validator("host")
    @classmethod
    def _not_open_to_all(cls, value: str) -> str:
        if not is_loopback(value) and not _is_private(value):
            raise ValueError(
                f"”{value}” kan vara öppen för hela nätet, och tjänsten talar bara vanlig http. Skriv 127.0.0.1 och "
                "sätt Caddy eller nginx framför; står webbservern på en annan dator, skriv den här datorns IP-adress i "
                "det egna nätet"
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


class Kind(Section):
    key: str = Field(pattern=r"^[a-zåäö0-9]([a-zåäö0-9-]{0,30}[a-zåäö0-9])?$")
    name: str = Field(min_length=1)
    english: str = ""


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
    relays: tuple[Relay, ...] = ()
    domains: tuple[Domain, ...] = ()
    mailbox: Mailbox = Mailbox()
    storage: Storage = Storage()
    backup: Backup = Backup()
    outbox: Outbox = Outbox()
    dkim: Dkim = Dkim()
    web: Web = Web()
    letters: Letters = Letters()
    circles: dict[str, tuple[str, ...]] = {}
    series: tuple[Series, ...] = ()
    columns: tuple[Column, ...] = ()
    kinds: tuple[Kind, ...] = Field(default=(), max_length=12)
    feeds: tuple[Feed, ...] = ()
    windows: tuple[WindowProfile, ...] = ()
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

    @field_validator("relays")
    @classmethod
    def _told_apart(cls, value: tuple[Relay, ...], others: ValidationInfo) -> tuple[Relay, ...]:
        names = [relay.name for relay in value]
        if "" in names:
            raise ValueError('en av dem saknar name; skriv till exempel name = "reserv"')
        if (first := others.data.get("relay")) and first.name in names:
            raise ValueError(f"”{first.name}” heter redan den första, under [relay]")
        return value

    @field_validator("relays", "domains", "series", "columns", "kinds", "feeds", "windows", "people")
    @classmethod
    def _each_once(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [v.key if isinstance(v, Series | Column | Kind | WindowProfile) else v.name for v in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"”{name}” står två gånger")
        return value

    @property
    def all_relays(self) -> tuple[Relay, ...]:
        """The e-mail servers in the order they are tried."""
        return (self.relay, *self.relays)

    @property
    def stays_here(self) -> bool:
        """Whether no message can leave this machine."""
        return all(relay.is_loopback for relay in self.all_relays)

    def with_role(self, role: Role) -> tuple[Person, ...]:
        """The people who have the role today, in the order of the file."""
        return tuple(p for p in self.people if role in p.roles)

    def what_stops(self, series_key: str | None) -> str:
        """What a reader stops getting, after ”Sluta få”: the series, else what the association sends on occasion."""
        name = next((s.name for s in self.series if s.key == series_key), "")
        return name or f"utskick från {self.association.name}"

    def password_of(self, relay: Relay, home: Path) -> str:
        """A relay's password or access token, from the environment or its file. AdminError when it cannot be read.

        Read anew for each connection: a token lives an hour, and another program renews it.
        """
        return _secret(relay.password, relay.password_file, home)

    def password(self, home: Path) -> str:
        """The first relay's."""
        return self.password_of(self.relay, home)

    def mailbox_password(self, home: Path) -> str:
        """The mailbox's password, as the relay's."""
        return _secret(self.mailbox.password, self.mailbox.password_file, home)


def _secret(given: SecretStr, file: str, home: Path) -> str:
    if secret := given.get_secret_value():
        return secret
    if not file:
        return ""
    path = home / file
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as why:
        raise AdminError(Problem(str(path), "lösenordet går inte att läsa.", f"Kontrollera filen ({why}).")) from why
