"""A home with the three example months published, a register of invented people, and an issue that is made to be hard.

Takes   a folder, perhaps the URL of a database and the path below which the pages lie.
Gives   the opened house, in June; and every address for everybody that leads out of its pages.
Fails   AssertionError when an example no longer is one.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from sqlalchemy import insert

from mailer.address import parse_address
from mailer.demo import register as demo
from mailer.house import House, open_house
from mailer.register.tables import contacts, list_entries
from mailer.verbs import approve, calendar, month, send, which
from tests.homes import ROOT, make_home
from tests.web.month import BO, ZONE, at, whole_imports, write
from tests.web.serving import Got, Served, free_port

PUBLISHED = {"2024-03": "2024-03-10T09:00", "2024-04": "2024-04-10T09:00", "2024-05": "2024-05-10T09:00"}
HARD = "2024-06"
SECRET = "hemlig"  # in every word of the hard issue that is not for all
HARD_FILES = {
    "01-oppet.md": "---\nrubrik: Öppet om torget\nfår läsas av: alla\n---\n"
    "Hej {{ förnamn }} {{ efternamn | granne }}! Se [kalendern](#hemligt-forslag) och [mera](#mera).\n",
    "02-hemligt-forslag.md": "---\nrubrik: Hemligt förslag\nämnesrad: Hemlig ämnesrad\ningress: Hemlig ingress\n"
    "bild: hemlig-karta.png\nalt: Hemlig karta\nfoto: Hemlig fotograf\nknapp: Hemlig knapp\n"
    "länk: https://hemlig.example/\n---\nHemlig text för medlemmar. [Hemlig länk](https://hemlig.example/a).\n",
    "03-mera.md": "---\nrubrik: Mera om torget\nfår läsas av: alla\n---\nKom alla.\n",
    "04-hemlig-budget.md": "---\nrubrik: Hemlig budget\nfår läsas av: styrelsen\n---\nHemligt.\n\n"
    '![Hemlig bild](hemlig-karta.png "Foto: Hemlig fotograf")\n',
    "05-till-nagra.md": "---\nrubrik: Hemligt för Brottby\nfår läsas av: alla\nläsare: Boende i Brottby\npraktiskt: ja\n---\n"
    "Hemligt.\n",
    "06-hemlig-slarvig.md": "---\nrubrik: Hemligt utkast\nhemlig: ja\n---\nHemligt.\n",
}
HARD_EVENTS = {
    "2024-06-20-hemligt-mote.md": "---\nrubrik: Hemligt styrelsemöte\ndatum: 2024-06-20\ntid: 18\nplats: Hemlig lokal\n"
    "får läsas av: styrelsen\n---\nHemlig dagordning.\n",
    "2024-06-21-hemlig-fest.md": "---\nrubrik: Hemlig medlemsfest\ndatum: 2024-06-21\n---\nHemligt.\n",
    "2024-06-22-hemlig-trasig.md": "---\nrubrik: Hemligt\ndatum: i övermorgon\nfår läsas av: alla\n---\nHemligt.\n",
    "2024-06-23-torgmote.md": "---\nrubrik: Torgmöte\ndatum: 2024-06-23\ntid: 11–13\nfår läsas av: alla\n---\n"
    "Hej {{ förnamn }}!\n",
}


@contextmanager
def published(folder: Path, database_url: str = "", path: str = "") -> Iterator[House]:
    """The opened house on 11 June, four issues sent."""
    port = free_port()
    address = f'address = "http://127.0.0.1:{port}{path}" '
    home = make_home(folder, 2525, database_url, **{'# address = ""   ': address, "# port = 8025": f"port = {port}"})
    for file in sorted((ROOT / "content").rglob("*")):
        if file.is_file():
            _copy(file, home / "content" / file.relative_to(ROOT / "content"))
    with open_house(home, "2024-06-11T09:00,0") as house:
        house.db.write(lambda c: _people(c, house))
        for period, moment in PUBLISHED.items():
            publish(at(house, moment), period)
        for name, text in HARD_FILES.items():
            write(home, f"{HARD}/{name}", text)
        for name, text in HARD_EVENTS.items():
            write(home, f"evenemang/{name}", text)
        a_picture(home / "content" / HARD / "hemlig-karta.png")
        publish(at(house, "2024-06-10T09:00"), HARD)
        calendar.remember(house)
        yield house


def publish(house: House, period: str) -> None:
    """Assemble, approve and plan it."""
    month.assemble(house, *which.series_and_period(house, period))
    approve.approve(house, period, BO, reason="-", despite="-")
    send.plan(house, period)


def everything_public(site: Served) -> dict[str, Got]:
    """Path -> answer, of all that is for everybody and leads from one to another; feeds and files too."""
    prefix = urlsplit(site.house.settings.web.address)
    start = f"{prefix.scheme}://{prefix.netloc}"
    todo = [prefix.path + path for path in ("/", "/en/", "/arkiv", "/kalender", "/robots.txt")]
    found: dict[str, Got] = {}
    while todo:
        if (path := todo.pop()) in found:
            continue
        found[path] = site.get(path)
        text = found[path].raw.decode("utf-8", "replace")
        links = re.findall(r'(?:href|src)="([^"#]+)"|<link>([^<]+)</link>', text)
        whole = [link for pair in links for link in pair if link.startswith(start)]
        todo += [p for w in whole if is_public(p := urlsplit(w).path, prefix.path)]
    return found


def is_public(path: str, prefix: str = "") -> bool:
    return bool(re.match(rf"{prefix}(/en)?(/?$|/arkiv|/kalender|/robots)", path))


def _people(c, house: House) -> None:
    now, people = house.clock.now(), demo.members()
    rows = []
    for n, person in enumerate(people, 1):
        try:
            parsed = parse_address(person.address)
            shown = {"address": parsed.ascii, "address_shown": person.address, "address_key": parsed.key(house.keys)}
        except ValueError:
            shown = {"address": None, "address_shown": None, "address_key": None}
        names = {"number": person.number, "first_name": person.first_name, "last_name": person.last_name}
        rows.append({"id": n, **names, **shown, "created_at": now, "updated_at": now})
    c.execute(insert(contacts), rows)
    lists = [("medlemmar", n) for n in range(1, len(rows) + 1)] + [("styrelsen", n) for n in range(1, 8)]
    c.execute(insert(list_entries), [{"list": key, "contact_id": n, "since": now} for key, n in lists])
    whole_imports(c, datetime(2024, 3, 1, tzinfo=ZONE))


def _copy(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, to)
    write_stamp(to)


def write_stamp(path: Path) -> None:
    os.utime(path, (1_700_000_000, 1_700_000_000))


def a_picture(path: Path) -> None:
    raw = BytesIO()
    Image.new("RGB", (40, 30), "red").save(raw, "PNG")
    path.write_bytes(raw.getvalue())
    write_stamp(path)
