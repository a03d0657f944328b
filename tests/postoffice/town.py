"""A town of members whose mail goes through a real Postfix, and comes home to a mailbox that we read.

Takes   how many members are of each kind.
Gives   a Town: a home with everybody in its register and a mailing planned to all; what the members do with it; the
        mailbox; what the house knows in the end.
Fails   as the programs do.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from smtplib import SMTP
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select, update

from mailer.address import parse_address
from mailer.feedback.tables import consequences, points, received
from mailer.house import House, open_house
from mailer.register.tables import contacts, leaves, suppressions
from tests.crash.kills import LETTER, mailer, said
from tests.homes import add_people, make_home, plan_letter
from tests.postoffice.dovecot import PASSWORD, running_dovecot
from tests.postoffice.postfix import Postfix, running_postfix
from tests.postoffice.programs import HOST, reachable_folder, wait
from tests.relay.client import running_relay

# Kinds of members, in the order of their numbers; the rest only read.
ROLES = {"hard": 20, "soft": 10, "away": 5, "complains": 3, "leaves": 2}
MEMBERS = 200
DOMAINS = {"hard": "hard.example", "soft": "soft.example"}  # which another server answers for
HERE = "medlem.example"
FAR = [
    {"at": "rcpt", "do": "reply", "match": "@hard", "text": "550 5.1.1 No such user here"},
    {"at": "rcpt", "do": "reply", "match": "@soft", "text": "452 4.2.2 The mailbox is full"},
]
STUDS = "studs"  # the local part of the return address, and the Maildir that it goes to


@dataclass(slots=True)
class Town:
    """A home, its members and the post office between them."""

    home: Path
    postfix: Postfix
    roles: dict[str, list[int]]  # role -> numbers of members

    @property
    def studs(self) -> Path:
        return self.postfix.maildir(STUDS)

    def send(self) -> None:
        """The mailing goes out, and the post office has done what it can with it."""
        said(self.home, "send", LETTER)
        wait(self.postfix.is_idle, self.postfix.process, self.postfix.folder / "log")

    def react(self) -> None:
        """What the members' programs do by themselves, and what they do by hand."""
        with SMTP(HOST, self.postfix.port) as post:
            for n in self.roles["away"]:
                came = self._letter(n)
                post.sendmail("", [return_path(came)], auto_reply(n, came))
            for n in self.roles["complains"]:
                raw = self._raw(n)
                post.sendmail("klagomal@provider.example", [return_path(parsed(raw))], complaint(n, raw))
            for n in self.roles["leaves"]:
                wish = leave(n, self._letter(n))
                post.sendmail(address(n, "leaves"), [str(wish["To"])], wish.as_bytes())
        wait(self.postfix.is_idle, self.postfix.process, self.postfix.folder / "log")

    def reader(self) -> "subprocess.Popen[str]":
        """A process that reads the mailbox once."""
        return mailer(self.home, "mailbox")

    def lies_in(self, folder: str = "") -> int:
        """How many files lie in a folder of the mailbox; the inbox without one."""
        return sum(1 for part in ("new", "cur") for _ in (self.studs / folder / part).glob("[!.]*"))

    def put_back(self) -> None:
        """Somebody moves all that is handled to the inbox again."""
        for part in ("new", "cur"):
            for path in (self.studs / ".hanterade" / part).glob("[!.]*"):
                path.rename(self.studs / "new" / path.name.partition(":")[0])

    def _raw(self, n: int) -> bytes:
        (raw,) = self.postfix.received(f"medlem{n}")
        return raw

    def _letter(self, n: int) -> Any:
        return parsed(self._raw(n))


@contextmanager
def town(
    kind: str = "maildir", database_url: str = "", roles: dict[str, int] = ROLES, members: int = MEMBERS
) -> Iterator[Town]:
    """The town, its mailing planned and not sent. `kind`: of [mailbox]."""
    numbers, of = iter(range(1, members + 1)), {}
    for role, count in roles.items():
        of[role] = [next(numbers) for _ in range(count)]
    readers = [n for n in range(1, members + 1) if n not in {*of["hard"], *of["soft"]}]
    boxes = {f"{STUDS}@vallentuna.example": STUDS} | {f"medlem{n}@{HERE}": f"medlem{n}" for n in readers}
    boxes |= {f"{name}@vallentuna.example": name for name in ("anna", "bo", "redaktion", "v-aktuellt")}
    with ExitStack() as all_of_it:
        folder = all_of_it.enter_context(reachable_folder("tn"))
        far = all_of_it.enter_context(running_relay(FAR, folder=folder))
        elsewhere = dict.fromkeys(DOMAINS.values(), far.port)
        postfix = all_of_it.enter_context(running_postfix(folder / "mail", boxes, elsewhere))
        section = f'kind = "maildir"\npath = "{postfix.maildir(STUDS)}"\n'
        if kind == "imap":
            dovecot = all_of_it.enter_context(running_dovecot(folder / "mail"))
            (folder / "home").mkdir()
            (folder / "home" / "ord").write_text(PASSWORD, "utf-8")
            section = f'kind = "imap"\nhost = "{HOST}"\nport = {dovecot.port}\nsecurity = "none"\n'
            section += f'username = "{STUDS}"\npassword_file = "ord"\n'
        home = make_home(folder / "home", postfix.port, database_url, **{"[mailbox]\n": f"[mailbox]\n{section}"})
        role_of = {n: role for role, some in of.items() for n in some}
        with open_house(home) as house:
            _fill(house, members, role_of)
        yield Town(home, postfix, of)


def _fill(house: House, members: int, role_of: dict[int, str]) -> None:
    now = house.clock.now()

    def write(c: Any) -> None:
        add_people(c, house.keys, range(1, members + 1), now)
        for n in range(1, members + 1):
            at = parse_address(address(n, role_of.get(n, "")))
            values = {"address": at.ascii, "address_shown": at.ascii, "address_key": at.key(house.keys)}
            c.execute(update(contacts).where(contacts.c.id == n).values(**values))
        plan_letter(c, now)

    house.db.write(write)


def address(n: int, role: str) -> str:
    return f"medlem{n}@{DOMAINS.get(role, HERE)}"


def parsed(raw: bytes) -> Any:
    return BytesParser().parsebytes(raw, headersonly=True)


def return_path(came: Any) -> str:
    return str(came["Return-Path"]).strip("<>")


def auto_reply(n: int, came: Any) -> bytes:
    """As RFC 3834 section 3 wants it."""
    out = EmailMessage()
    out["From"] = address(n, "away")
    out["To"] = return_path(came)
    out["Subject"] = f"Autosvar: {' '.join(str(came['Subject']).split())}"
    out["Message-ID"] = f"<away{n}@{HERE}>"
    out["In-Reply-To"] = str(came["Message-ID"])
    out["Auto-Submitted"] = "auto-replied"
    out.set_content("Jag är på semester till den 12 augusti och läser inte min e-post.\n")
    return out.as_bytes()


def complaint(n: int, raw: bytes) -> bytes:
    """As RFC 5965 section 2 wants it, with the whole message it is about."""
    report = (
        "Feedback-Type: abuse\r\nUser-Agent: provider/1.0\r\nVersion: 1\r\n"
        f"Original-Mail-From: <{return_path(parsed(raw))}>\r\nArrival-Date: Fri, 10 May 2024 09:05:00 +0200\r\n"
    )
    head = (
        "From: Provider <klagomal@provider.example>\r\n"
        f"To: <{return_path(parsed(raw))}>\r\nSubject: complaint about message\r\nMessage-ID: <arf{n}@provider.example>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary="=_arf"\r\n\r\n'
    )
    parts = (
        "--=_arf\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis is an email abuse report.\r\n\r\n",
        f"--=_arf\r\nContent-Type: message/feedback-report\r\n\r\n{report}\r\n",
        "--=_arf\r\nContent-Type: message/rfc822\r\n\r\n",
    )
    return (
        (head + "".join(parts)).encode("ascii")
        + raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        + b"\r\n--=_arf--\r\n"
    )


def leave(n: int, came: Any) -> EmailMessage:
    """What a mail program sends for the button beside the sender: List-Unsubscribe's mailto (RFC 2369 section 3.2)."""
    fields = "".join(str(came["List-Unsubscribe"]).split())
    found = re.search(r"<(mailto:[^>]+)>", fields)
    assert found, fields
    link = urlsplit(found[1])
    out = EmailMessage()
    out["From"] = address(n, "leaves")
    out["To"] = unquote(link.path)
    out["Message-ID"] = f"<leave{n}@{HERE}>"
    out["Subject"] = unquote(link.query.removeprefix("subject="))
    out.set_content("")
    return out


def known(home: Path) -> dict[str, Any]:
    """What the house knows when all is read: every figure that a mail can have changed."""
    report = json.loads(said(home, "report", LETTER, "--json", "--names"))
    with open_house(home) as house:
        read = house.db.read
        groups = {(d["state"], d["reason"] or ""): [] for d in report["deliveries"]}
        for d in report["deliveries"]:
            groups[d["state"], d["reason"] or ""].append(int(d["number"]))
        return {
            "balance": {name: n for name, n in report["balance"].items() if n},
            "deliveries": {group: sorted(numbers) for group, numbers in groups.items()},
            "unknown_mails": report["unknown_mails"],
            "kinds": dict(Counter(read(lambda c: c.execute(select(received.c.kind)).scalars().all()))),
            "suppressed": dict(Counter(read(lambda c: c.execute(select(suppressions.c.reason)).scalars().all()))),
            "left": sorted(read(lambda c: c.execute(select(leaves.c.contact_id)).scalars().all())),
            "points": dict(Counter(read(lambda c: c.execute(select(points.c.weight)).scalars().all()))),
            "consequences": dict(
                read(lambda c: c.execute(select(consequences.c.what, func.count()).group_by(consequences.c.what)).all())
            ),
        }
