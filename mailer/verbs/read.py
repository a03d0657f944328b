"""How one mail that came back is read, and why. Changes nothing.

Takes   the opened house; the bytes of a mail.
Gives   the Reading, as lines or as facts for JSON.
Fails   never on any bytes.
"""

from dataclasses import asdict
from typing import Any

from mailer.address import parse_address
from mailer.feedback.reading import Hardness, Kind, Reading, read
from mailer.house import House

MOST = 50_000_000  # bytes looked at
_KINDS = {
    Kind.bounce: "studs: mejlet nådde inte fram",
    Kind.delayed: "försening: servern försöker fortfarande, och inget ändras",
    Kind.complaint: "klagomål: mottagaren har anmält mejlet",
    Kind.auto_reply: "autosvar: en maskin svarar, och inget ändras",
    Kind.leave: "någon vill sluta få utskick",
    Kind.reply: "ett svar från en människa",
    Kind.report: "en rapport som inte stoppar någon",
    Kind.loop: "ett mejl som går runt, runt",
    Kind.unknown: "okänt: en människa får titta",
}
_HARDNESS = {
    Hardness.hard: "hård: mottagaren finns inte",
    Hardness.soft: "mjuk: det kan gå nästa gång",
    Hardness.ours: "vårt fel: det räknas inte mot mottagaren",
}
_LEAVES = {"list": "listan som utskicket gick till", "all": "alla utskick"}


def read_mail(house: House, raw: bytes) -> Reading:
    """The mail, read with the home's keys and addresses."""
    sender = house.settings.sender
    ours = (sender.from_address, sender.reply_to, sender.return_address)
    return_address, checked_by = parse_address(sender.return_address), house.settings.mailbox.checked_by
    return read(raw, house.keys, return_address, frozenset(a.lower() for a in ours), checked_by)


def facts(reading: Reading) -> dict[str, Any]:
    """For JSON: as the Reading is, enums as their words."""
    return asdict(reading)


def words(reading: Reading) -> list[str]:
    """The lines to print: what it is, about whom, and every step of why."""
    lines = [f"Sort: {_KINDS[reading.kind]}"]
    about = f"nr {reading.delivery}" if reading.delivery is not None else "ingen som går att bekräfta, så inget ändras"
    lines.append(f"Gäller leverans: {about}")
    if named := reading.failed or (reading.address,) * bool(reading.address):
        lines.append(f"Adress i mejlet: {', '.join(named[:5])}{' …' if len(named) > 5 else ''}")
    if reading.hardness:
        lines.append(f"Studsen är {_HARDNESS[reading.hardness]}")
    if reading.status:
        lines.append(f"Status: {reading.status}")
    if reading.leaves:
        lines.append(f"Vill sluta få: {_LEAVES[reading.leaves]}")
    return [*lines, *(f"Därför att {why}" for why in reading.why)]
