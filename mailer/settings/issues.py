"""The settings of the issues: which series come when, their columns, kinds of events, and the sources they read.

Takes   the values of [[series]], [[columns]], [[kinds]] and [[feeds]] in settings.toml.
Gives   frozen sections; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from mailer.settings.section import Section


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
