"""The questions that init asks, and which answers will do.

Takes   an answer as typed.
Gives   it tidied; why it will not do; the server and port it means.
Fails   ValueError, in Swedish, on a server that cannot be one.
"""

import re

from mailer.address import parse_address
from mailer.settings.relay import LOOPBACK

QUESTIONS = {
    "name": "Föreningens namn",
    "place": "Orten",
    "register": "Vad heter registret ni hämtar medlemmarna ur? (tomt: föreningens medlemsregister)",
    "series": "Vad heter månadsbrevet? (tomt: V Aktuellt)",
    "responsible": "Vem är personuppgiftsansvarig? (oftast föreningen)",
    "contact": "Vilken e-postadress vänder sig medlemmar till om sina uppgifter?",
    "processor": "Vilka personuppgiftsbiträden har ni, som e-postleverantören? (komma emellan; ”inga” om inga)",
    "from_address": "Vilken adress skickar ni från, på er egen domän?",
    "relay": "Vilken e-postserver skickar vidare? (värd eller värd:port)",
}
_SERVER = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:]+)\]|(?P<host>\w(?:[\w.-]*\w)?))(?::(?P<port>[0-9]+))?")


def option(key: str) -> str:
    """What the answer is called on the command line."""
    return f"--{key.replace('_', '-')}"


def tidy(text: str) -> str:
    """The answer on one line, with single spaces."""
    return " ".join(text.split())


def why_not(key: str, text: str) -> str:
    """Why this is no answer to the question; ”” when it is. All but the name may be left empty."""
    answer = tidy(text)
    if not answer:
        return "föreningen måste ha ett namn" if key == "name" else ""
    if not answer.isprintable():  # it stands in headers and footers of every message
        return "svaret innehåller ett styrtecken; skriv det för hand"
    try:
        if key == "relay":
            server(answer)
        elif key == "contact":
            parse_address(answer)
        elif key == "from_address":
            _sender(answer)
    except ValueError as why:
        return str(why)
    return ""


def server(answer: str) -> tuple[str, int]:
    """Host and port of ”smtp.exempel.se:587”. Without a port: 25 on this computer, 587 elsewhere (RFC 6409)."""
    found = _SERVER.fullmatch(answer)
    if found is None:
        raise ValueError(f"”{answer}” är ingen e-postserver; skriv till exempel smtp.exempel.se:587")
    host = found["v6"] or found["host"]
    port = int(found["port"]) if found["port"] else (25 if host in LOOPBACK else 587)
    if not 1 <= port <= 65535:
        raise ValueError(f"porten {port} finns inte; den är ett tal mellan 1 och 65535, oftast 587")
    return host, port


def _sender(answer: str) -> None:
    """ValueError with what [sender] in the settings would refuse, before it is written there."""
    address = parse_address(answer)
    if address.is_free_mail:
        raise ValueError(f"{address.domain} är en gratistjänst; skriv en adress på föreningens egen domän")


def return_address(from_address: str) -> str:
    """Where bounces go: at the sender's own domain."""
    return f"studs@{from_address.rpartition('@')[2]}"
