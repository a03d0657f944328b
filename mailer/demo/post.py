"""The post of the half-year: mails that have arrived are read as their receivers read them, and some come back.

Takes   the Maildir of the post box; the Maildir that is the home's mailbox; the address of the home's pages.
Gives   what has arrived since last; bounces (RFC 3464) and replies, as files in the mailbox.
Fails   never.
"""

import mailbox
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

GONE = "mx.hem.example"  # the server that says that an address is none
REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@{server}>
To: {returns_to}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: <studs.{number}@{server}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="studs"

--studs
Content-Type: text/plain; charset=utf-8

I could not deliver your message.

--studs
Content-Type: message/delivery-status

Reporting-MTA: dns; {server}

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: User unknown

--studs--
"""  # RFC 3464


@dataclass(frozen=True, slots=True)
class Came:
    """A mail in somebody's inbox."""

    to: str
    returns_to: str
    reply_to: str
    subject: str
    message_id: str
    text: str
    link: str  # to her own form; ””: it holds none

    @property
    def is_ask(self) -> bool:
        return bool(self.link)


class PostOffice:
    """What lies in the receivers' inboxes, and the way back."""

    def __init__(self, maildir: Path, inbox: Path, address: str) -> None:
        self._new = maildir / "new"
        self._inbox = mailbox.Maildir(inbox, create=False)
        self._seen: set[str] = set()
        self._link = re.compile(re.escape(address) + r"(?:/en)?/enkat/[A-Za-z0-9_-]+")
        self._written = 0

    def arrived(self) -> list[Came]:
        """What has come since last, by receiver: the order in which connections finished means nothing."""
        new = [path for path in self._new.iterdir() if path.name not in self._seen] if self._new.is_dir() else []
        self._seen.update(path.name for path in new)
        return sorted(
            (self._read(path.read_bytes()) for path in new), key=lambda came: (came.to, came.subject, came.link)
        )

    def bounce(self, came: Came, now: datetime) -> None:
        """The receiver's server cannot deliver it: the address is none."""
        self._written += 1
        self._into(came.returns_to, "", REPORT.format(
            number=self._written, server=GONE, to=came.to, returns_to=came.returns_to, date=format_datetime(now)
        ).encode())  # fmt: skip

    def reply(self, came: Came, text: str, now: datetime) -> None:
        """She presses ”svara” and writes."""
        self._written += 1
        letter = EmailMessage(policy=policy.SMTP)
        letter["From"] = came.to
        letter["To"] = came.reply_to
        letter["Subject"] = f"Sv: {came.subject}"
        letter["Date"] = format_datetime(now)
        letter["Message-ID"] = f"<svar.{self._written}@{came.to.partition('@')[2]}>"
        letter["In-Reply-To"] = came.message_id
        letter["References"] = came.message_id
        letter.set_content(text)
        self._into(came.reply_to, came.to, letter.as_bytes())

    def _read(self, raw: bytes) -> Came:
        letter = message_from_bytes(raw)
        plain = next(part for part in letter.walk() if part.get_content_type() == "text/plain")
        text = bytes(plain.get_payload(decode=True) or b"").decode()
        found = self._link.search(text)
        return Came(
            str(letter["X-RcptTo"]), str(letter["Return-Path"]).strip("<> "), str(letter["Reply-To"]),
            str(make_header(decode_header(str(letter["Subject"])))), str(letter["Message-ID"]), text,
            found[0] if found else "",
        )  # fmt: skip

    def _into(self, to: str, sender: str, raw: bytes) -> None:
        """As the server that delivers writes it into the mailbox."""
        trace = f"Return-Path: <{sender}>\nDelivered-To: {to}\n".encode()
        self._inbox.add(trace + raw.replace(b"\r\n", b"\n"))
