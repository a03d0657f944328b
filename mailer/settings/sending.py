"""The settings of how it is sent: what becomes of what is late or in doubt, and who signs.

Takes   the values of [outbox] and [dkim] in settings.toml.
Gives   frozen sections; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

from typing import Literal

from pydantic import Field, model_validator

from mailer.settings.section import Section


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
