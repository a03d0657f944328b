"""A branch in miniature, and its mail as a mail program decodes it."""

import email
import email.policy
from base64 import b64encode
from datetime import date
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from mailer.content.blocks import Block, parse_block
from mailer.content.events import Event, parse_event
from mailer.content.folder import read_folder, read_picture
from mailer.content.images import Image, prepare
from mailer.content.parse import parse
from mailer.issue.assemble import Issue, assemble
from mailer.render.issue import render_issue
from mailer.render.mould import cut
from mailer.render.rendering import Rendering
from mailer.render.templates import Templates, open_templates
from mailer.settings import Association, Person, Responsible, Sender, Series, Settings

ZONE = ZoneInfo("Europe/Stockholm")
MONTHS = ("2024-03", "2024-04", "2024-05")
OPEN_CIRCLES = ("alla", "medlemmar")  # what most readers are in needs no mark
CONTENT = Path(__file__).parents[2] / "content"
SETTINGS = Settings(
    association=Association(name="Vänsterpartiet Vallentuna", place="Vallentuna"),
    responsible=Responsible(
        name="Vänsterpartiet Vallentuna",
        contact="styrelsen@vallentuna.example",
        processors=("E-postleverantören AB", "Backup & Co"),
    ),
    sender=Sender(
        from_name="V Aktuellt",
        from_address="v-aktuellt@vallentuna.example",
        reply_to="redaktion@vallentuna.example",
        return_address="studs@vallentuna.example",
    ),
    series=(Series(key="v-aktuellt", name="V Aktuellt", lists=("medlemmar",)),),
    people=(Person(name="Anna Redaktör", address="anna@vallentuna.example", roles=("editor",)),),
)
READER = {
    "first_name": "Åsa",
    "last_name": "Öberg",
    "why": "du är medlem i Vänsterpartiet Vallentuna",
    "origin": "Vänsterpartiets medlemsregister",
    "leave_code": "abcdefghij234567",
    "leave_page": "https://utskick.vallentuna.example/sluta/abcdefghij234567",
    "survey_page": "https://utskick.vallentuna.example/enkat/abcdefghij234567",
    "survey_code": "ACEF-HJKM-NPRT",
}


@cache
def templates() -> Templates:
    return open_templates()


def may() -> Issue:
    """The worked example: V Aktuellt of May 2024."""
    return of_month("2024-05")


@cache
def of_month(period: str) -> Issue:
    """The issue of the period, as the examples in content/ make it on the 3rd: all of it, for all readers."""
    third = date.fromisoformat(f"{period}-03")
    folder = read_folder(CONTENT, settle_s=0)
    content = parse(folder.files, third.replace(day=15), ZONE, folder.problems)
    assert content.problems == ()
    return assemble(SETTINGS.series[0], period, content.blocks, content.events, third, ZONE, {})


def render_month(period: str) -> Rendering:
    """The whole issue with its pictures and marks, as those get it who may read everything."""
    made = of_month(period)
    marks = {b.path: f"Endast för {b.readers.circle}" for b in made.blocks if b.readers.circle not in OPEN_CIRCLES}
    return render_issue(made, templates(), SETTINGS, images=pictures_of(made), marks=marks)


def pictures_of(made: Issue) -> dict[str, Image]:
    """The pictures of the blocks, from the folder, prepared."""
    named = {p.path: b.path for b in made.blocks for p in b.pictures}
    return {path: prepare(read_picture(CONTENT, path, settle_s=0), by) for path, by in named.items()}


def issue(blocks: tuple[Block, ...], events: tuple[Event, ...] = ()) -> Issue:
    return assemble(SETTINGS.series[0], "2024-05", blocks, events, date(2024, 5, 3), ZONE, {})


def block(text: str, name: str = "a") -> Block:
    return parse_block(f"2024-05/{name}.md", text, "hash", date(2024, 5, 15))


def event(text: str, name: str = "a") -> Event:
    return parse_event(f"evenemang/{name}.md", text, "hash", date(2024, 5, 15), ZONE)


def message(rendering: Rendering, **values: str) -> EmailMessage:
    """The body that one reader's mail program gets."""
    mould = cut(rendering)
    raw = f"MIME-Version: 1.0\r\nContent-Type: {mould.content_type}\r\n\r\n".encode() + mould.fill(READER | values)
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def received(rendering: Rendering, **values: str) -> tuple[str, str]:
    """The text and the HTML that one reader's mail program shows."""
    read = message(rendering, **values)
    text, html = (read.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    return text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


def shown(rendering: Rendering, **values: str) -> str:
    """The HTML with its pictures in place, as a mail program shows it."""
    html = received(rendering, **values)[1]
    for part in message(rendering, **values).walk():
        if name := part.get("Content-ID", "").strip("<>"):
            raw = part.get_content()
            html = html.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{b64encode(raw).decode()}")
    assert "cid:" not in html
    return html
