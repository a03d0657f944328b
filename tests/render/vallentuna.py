"""A branch in miniature, and its mail as a mail program decodes it."""

import email
import email.policy
from datetime import date
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from mailer.content.blocks import Block, parse_block
from mailer.content.events import Event, parse_event
from mailer.content.folder import read_folder
from mailer.content.parse import parse
from mailer.issue.assemble import Issue, assemble
from mailer.render.mould import cut
from mailer.render.rendering import Rendering
from mailer.render.templates import Templates, open_templates
from mailer.settings import Association, Person, Responsible, Sender, Series, Settings

ZONE = ZoneInfo("Europe/Stockholm")
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
}


@cache
def templates() -> Templates:
    return open_templates()


def may() -> Issue:
    """The worked example: V Aktuellt of May 2024."""
    folder = read_folder(CONTENT, settle_s=0)
    content = parse(folder.files, date(2024, 5, 15), ZONE, folder.problems)
    assert content.problems == ()
    return issue(content.blocks, content.events)


def issue(blocks: tuple[Block, ...], events: tuple[Event, ...] = ()) -> Issue:
    return assemble(SETTINGS.series[0], "2024-05", blocks, events, date(2024, 5, 3), ZONE, {})


def block(text: str, name: str = "a") -> Block:
    return parse_block(f"2024-05/{name}.md", text, "hash", date(2024, 5, 15))


def event(text: str, name: str = "a") -> Event:
    return parse_event(f"evenemang/{name}.md", text, "hash", date(2024, 5, 15), ZONE)


def received(rendering: Rendering, **values: str) -> tuple[str, str]:
    """The text and the HTML that one reader's mail program shows."""
    mould = cut(rendering)
    raw = f"MIME-Version: 1.0\r\nContent-Type: {mould.content_type}\r\n\r\n".encode() + mould.fill(READER | values)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    text, html = (part.get_content().replace("\r\n", "\n") for part in message.iter_parts())
    return text, html
