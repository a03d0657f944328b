"""The settings of the e-mail servers: which they are, how to log in, and how fast messages may go.

Takes   the values of [relay], [[relays]] and [[domains]] in settings.toml.
Gives   frozen sections; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from mailer.limits import Limits
from mailer.settings.section import Section

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EACH_OTHER = "*"  # the name under [[domains]] that each domain answers to that has none of its own


class Paced(Section):
    """What has limits. 0: none."""

    per_second: int = Field(default=0, ge=0)
    per_minute: int = Field(default=0, ge=0)
    per_hour: int = Field(default=0, ge=0)
    per_day: int = Field(default=0, ge=0)

    @property
    def limits(self) -> Limits:
        return Limits(self.per_second, self.per_minute, self.per_hour, self.per_day)


class Relay(Paced):
    name: str = Field(default="", pattern=r"^([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?)?$")
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=25, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")  # only from the environment, and only of the first
    password_file: str = ""
    login: Literal["password", "xoauth2"] = "password"
    connections: int = Field(default=4, ge=1, le=100)
    per_hour: int = Field(default=150, ge=0)
    timeout_s: float = Field(default=300, gt=0)

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK

    @property
    def key(self) -> str:
        """What the relay's pace is counted under, and what a delivery says it went through. At most 64 characters."""
        return self.name or f"{self.host[:58]}:{self.port}"

    @field_validator("host")
    @classmethod
    def _can_be_looked_up(cls, value: str) -> str:
        try:
            value.encode("idna")
        except UnicodeError:
            raise ValueError(
                f"”{value}” är inget namn på en server; skriv till exempel smtp.leverantor.example"
            ) from None
        return value

    @model_validator(mode="after")
    def _no_clear_text(self) -> "Relay":
        if self.security == "none" and not self.is_loopback:
            raise ValueError('security = "none" går bara till den egna datorn; skriv "starttls" eller "tls"')
        return self

    @model_validator(mode="after")
    def _has_a_token(self) -> "Relay":
        if self.login == "xoauth2" and not (self.username and (self.password_file or self.password.get_secret_value())):
            raise ValueError('login = "xoauth2" behöver username, och password_file med åtkomstkoden')
        return self


class Domain(Paced):
    """How fast messages may go to those who have their addresses there."""

    name: str = Field(min_length=1, max_length=253)

    @field_validator("name")
    @classmethod
    def _as_in_addresses(cls, value: str) -> str:
        if value == EACH_OTHER:
            return value
        try:
            name = value.strip().lower().encode("idna").decode("ascii")
        except UnicodeError:
            name = ""
        if "." not in name or "@" in name or "*" in name or " " in name:
            raise ValueError(f"”{value}” är ingen domän; skriv till exempel gmail.com, eller * för alla andra")
        return name

    @model_validator(mode="after")
    def _says_something(self) -> "Domain":
        if not self.limits:
            raise ValueError("ingen gräns är angiven; skriv till exempel per_minute = 60")
        return self
