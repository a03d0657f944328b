"""The settings of letters: the return address, which envelope, and windows of one's own.

Takes   the values of [letters] and [[windows]] in settings.toml.
Gives   frozen sections; the same defaults as the comments in settings.toml show. All lengths are millimetres.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from mailer.settings.section import Section

LONGEST = 60  # characters of a return address: one line in small type
WIDEST = 400  # millimetres: no envelope is wider


class Letters(Section):
    return_address: str = ""
    window: str = "e65-h2"
    households: bool = True

    @field_validator("return_address")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("ska stå på en rad, till exempel ”Box 12, 186 21 Vallentuna”")
        if len(value) > LONGEST:
            raise ValueError(f"får vara högst {LONGEST} tecken: det är en rad i liten stil på brevets framsida")
        return value.strip()


class WindowProfile(Section):
    key: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$")
    name: str = Field(min_length=1)
    envelope_width: float = Field(gt=0, le=WIDEST)
    envelope_height: float = Field(gt=0, le=WIDEST)
    sheet_width: float = Field(gt=0, le=WIDEST)
    sheet_height: float = Field(gt=0, le=WIDEST)
    window_x: float = Field(ge=0, le=WIDEST)
    window_y: float = Field(ge=0, le=WIDEST)
    window_width: float = Field(gt=0, le=WIDEST)
    window_height: float = Field(gt=0, le=WIDEST)
    paper: Literal["A4", "A5"] = "A4"

    @model_validator(mode="after")
    def _fits(self) -> "WindowProfile":
        if self.sheet_width > self.envelope_width or self.sheet_height > self.envelope_height:
            raise ValueError("arket är större än kuvertet; måtten är millimeter, bredd före höjd")
        right, bottom = self.window_x + self.window_width, self.window_y + self.window_height
        if right > self.envelope_width or bottom > self.envelope_height:
            raise ValueError("fönstret går utanför kuvertet; mät från framsidans övre vänstra hörn, i millimeter")
        return self
