"""The home of the self-test: invented members, one letter that is approved and planned, and nowhere to send but here.

Takes   an empty folder, the port of the sink, how many members.
Gives   an opened House; the name of the letter that waits to be sent.
Fails   AdminError when the folder cannot be used, or the example it is made of names something real.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailer.errors import AdminError, Problem
from mailer.example_home import example_home
from mailer.house import House, open_house
from mailer.selftest.sink import HOST
from mailer.settings import FILE, Settings, Storage
from mailer.settings.backup import Backup
from mailer.settings.file import read_settings
from mailer.verbs import approve, import_, letter, send

CONNECTIONS = 4  # the settings' own default
APPROVER = "Bo Godkännare"  # of the example's people
LIST = "medlemmar"
OWN = "MAILER_"  # variables of the environment go before settings.toml: one could name a real server
COLUMNS = "Medlemsnummer;Förnamn;Efternamn;E-post"
TEXT = """\
# Prov av utskicket

Hej {förnamn}! Det här mejlet finns bara på den här datorn.

Det går till påhittade medlemmar, för att visa att ingen glöms bort när sändaren slås av mitt i.
"""


def environment() -> dict[str, str]:
    """The environment without the product's own variables."""
    return {key: value for key, value in os.environ.items() if not key.startswith(OWN)}


@contextmanager
def a_home(folder: Path, port: int, members: int) -> Iterator[tuple[House, str]]:
    """The home in `folder`, opened to look; its letter, planned and not begun."""
    _settings(folder, port)
    with _alone():
        stay_inside(read_settings(folder), port)
    with _alone(), open_house(folder) as house:
        _people(house, members)
        yield house, _letter(house)


def stay_inside(settings: Settings, port: int) -> None:
    """AdminError when the home would open or reach anything but its own folder and the sink: who works in the
    repository may have made its example a home of her own."""
    reached = {
        "[relay]": any((r.host, r.port) != (HOST, port) for r in settings.all_relays),
        "[storage]": settings.storage != Storage(),
        "[backup]": settings.backup != Backup(),
        "[mailbox]": bool(settings.mailbox.kind),
        "[dkim]": bool(settings.dkim.selector),
    }
    if named := [section for section, is_so in reached.items() if is_so]:
        what = f"exempelhemmet är ändrat ({', '.join(named)}), och provet skulle nå något riktigt. Inget är gjort."
        remedy = "Kör mailer selftest från en installation, inte ur mappen med källkoden."
        raise AdminError(Problem("självtestet", what, remedy))


@contextmanager
def _alone() -> Iterator[None]:
    """Without the product's variables in our own environment either: the settings are read with them."""
    kept = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith(OWN)}
    try:
        yield
    finally:
        os.environ.update(kept)


def _settings(folder: Path, port: int) -> None:
    source = example_home()
    folder.mkdir(parents=True)
    shutil.copytree(source / "lists", folder / "lists")
    (folder / "content").mkdir()
    text = (source / FILE).read_text(encoding="utf-8")
    text = re.sub(r"^port = \d+", f"port = {port}", text, count=1, flags=re.M)
    text = re.sub(r"^# per_hour = \d+", "per_hour = 0", text, count=1, flags=re.M)
    text = re.sub(r"^# connections = \d+", f"connections = {CONNECTIONS}", text, count=1, flags=re.M)
    (folder / FILE).write_text(text, encoding="utf-8")


def _people(house: House, members: int) -> None:
    """Through the same door as a real register."""
    rows = [f"{n:06d};Prov;Nummer {n};{address_of(n)}" for n in range(1, members + 1)]
    file = house.home / "medlemmar.csv"
    file.write_text("\r\n".join([COLUMNS, *rows, ""]), encoding="utf-8", newline="")
    shown = import_.preview(house, LIST, file, whole=True)
    import_.accept(house, LIST, file, True, shown.hash)


def address_of(number: int) -> str:
    """Of an invented member, from 1."""
    return f"prov{number}@prov.example"


def _letter(house: House) -> str:
    file = house.home / "prov.md"
    file.write_text(TEXT, encoding="utf-8")
    name = letter.write(house, file, (LIST,)).proposal.name
    approve.approve(house, name, APPROVER)
    send.plan(house, name)
    return name
