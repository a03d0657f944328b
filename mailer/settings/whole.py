"""The settings of a home, as values. `mailer.settings.file` reads them.

Takes   the values of settings.toml and of the environment.
Gives   a frozen Settings; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words; AdminError when a password's file cannot be read.
"""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mailer.errors import AdminError, Problem
from mailer.settings.association import Association, Person, Responsible, Role, Sender
from mailer.settings.backup import Backup
from mailer.settings.issues import Column, Feed, Kind, Series
from mailer.settings.letters import Letters, WindowProfile
from mailer.settings.mailbox import Mailbox
from mailer.settings.relay import Domain, Relay
from mailer.settings.sending import Dkim, Outbox
from mailer.settings.storage import Storage
from mailer.settings.web import Web

FILE = "settings.toml"


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
