"""The settings of who sends: the association, who answers for it, from which address, and its people with their roles.

Takes   the values of [association], [responsible], [sender] and [[people]] in settings.toml.
Gives   frozen sections; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

import re
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from mailer.address import Address, parse_address
from mailer.settings.section import Section

Role = Literal["editor", "owner", "approver", "administrator"]


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


class Person(Section):
    name: str = Field(min_length=1)
    address: str
    roles: tuple[Role, ...] = Field(min_length=1)

    @field_validator("address")
    @classmethod
    def _valid(cls, value: str) -> str:
        parse_address(value)
        return value
