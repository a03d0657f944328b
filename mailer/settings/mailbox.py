"""The settings of the mailbox that bounces, leaves and replies come to.

Takes   the values of [mailbox] in settings.toml.
Gives   frozen sections; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from mailer.settings.relay import LOOPBACK
from mailer.settings.section import Section


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
