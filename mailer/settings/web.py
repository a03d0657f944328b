"""The settings of the home's own pages: their address, and where they are served.

Takes   the values of [web] in settings.toml.
Gives   frozen sections; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from mailer.settings.section import Section


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
