"""From a mould and a recipient to the bytes of one message and its envelope.

Takes   the letterhead (who sends, from the settings), a mould, an Offered delivery, the list it is reached through.
Gives   a Message: the return address, the recipient, the bytes without the final dot.
Fails   BrokenPromise when a value would break the header section.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from mailer import codes
from mailer.address import Address, parse_address
from mailer.audience.rule import Source
from mailer.deliver import headers
from mailer.deliver.dkim import Signer
from mailer.keys import Keys
from mailer.languages import language_of
from mailer.outbox.outcome import Offered
from mailer.render.mould import Mould
from mailer.settings import Settings
from mailer.slots import Slot, split

LEAVE = "/sluta/"  # the page where one stops, rests and chooses; a code follows
NOTHING: Mapping[str, str] = {}
NOTHING_PERSONAL = {"survey_page": "", "survey_code": ""}  # of a mailing that is no survey's
ONE_CLICK = "/direkt"  # below it: where a mail program stops a list by one POST (RFC 8058)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What is the same on all messages of a home."""

    from_name: str
    from_address: Address
    reply_to: Address
    return_address: Address
    help_address: Address  # to a person
    test: bool = False  # the subject begins with [Test]
    pages: str = ""  # the address of the home's own pages, where it has any
    reads_mail: bool = False  # whether what comes to the return address is read by us
    edition: str = ""  # of a test letter, when there are several: one reader gets them all
    signer: Signer | None = None  # None: the relay signs, or nobody

    @classmethod
    def of(cls, settings: Settings, test: bool = False, signer: Signer | None = None) -> "Letterhead":
        sender, responsible = settings.sender, settings.responsible
        reply_to = parse_address(sender.reply_to)
        return cls(
            sender.from_name,
            sender.from_,
            reply_to,
            parse_address(sender.return_address),
            _address_in(responsible.contact) or reply_to,
            test,
            settings.web.address,
            bool(settings.mailbox.kind),
            signer=signer,
        )

    @property
    def domain(self) -> str:
        return self.from_address.domain

    def returns_to(self, keys: Keys, delivery: int) -> str:
        """The return address of a delivery, with its tag."""
        local, _, domain = self.return_address.ascii.rpartition("@")
        return f"{local}+{codes.return_tag(keys, delivery)}@{domain}"


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes and envelope. Exactly one recipient. RFC 5321 section 2.3.1."""

    return_address: str
    recipient: str
    data: bytes


def compose(
    head: Letterhead,
    keys: Keys,
    mould: Mould,
    subject: str,
    offered: Offered,
    source: Source,
    stops: str,
    now: datetime,
    personal: Mapping[str, str] = NOTHING,
) -> Message:
    """The message for one recipient. `stops`: what a leave ends, in the reader's words. `now`: in the reader's zone.
    `personal`: what else the mailing's slots hold for her.

    The same delivery gets the same Message-ID however often it is composed."""
    leave_code = codes.leave_code(keys, offered.delivery)
    recipient = f"{offered.recipient} {head.edition}" if head.edition else offered.recipient
    by_mail = _leave_by_mail(head, keys, offered.delivery, f"Sluta få {stops} {leave_code}")
    values = {
        "first_name": offered.first_name,
        "last_name": offered.last_name,
        "why": source.why,
        "origin": source.origin,
        "leave_code": leave_code,
        "leave_page": leave_page(head.pages, leave_code, offered.language) or by_mail,
        **NOTHING_PERSONAL,
        **personal,
    }
    fields = [
        headers.mailbox("From", head.from_name, head.from_address),
        headers.mailbox("To", f"{offered.first_name} {offered.last_name}", _registered(offered.address)),
        _replies_to(head, keys, offered.delivery, values),
        headers.text("Subject", _subject(subject, values, head)),
        headers.structured("Date", format_datetime(now)),
        headers.structured("Message-ID", codes.message_id(keys, offered.mailing, recipient, head.domain)),
        headers.structured("Auto-Submitted", "auto-generated"),
        *(_list_fields(head, source, leave_code, by_mail) if source.key else ()),
        headers.structured("MIME-Version", "1.0"),
        headers.structured("Content-Type", mould.content_type),
    ]
    section = headers.section(fields)
    whole = mould.fill(values, before=section)
    if head.signer:
        whole = head.signer.field(section, whole[len(section) :], now) + whole
    return Message(head.returns_to(keys, offered.delivery), offered.address, whole)


def leave_page(pages: str, leave_code: str, language: str | None = None) -> str:
    """Where the reader stops, rests and chooses, in her language; ”” without pages."""
    english = "/en" if language_of(language) == "en" else ""
    return f"{pages}{english}{LEAVE}{leave_code}" if pages else ""


def _replies_to(head: Letterhead, keys: Keys, delivery: int, values: Mapping[str, str]) -> headers.Field:
    """Where an answer goes: to a person. Of a survey's mail to where we read it, since only a reply to the signed
    address is known to be hers; what answers no question is handed on to a person from there."""
    if not (head.reads_mail and values["survey_page"]):
        return headers.mailbox("Reply-To", "", head.reply_to)
    return headers.mailbox("Reply-To", head.from_name, _registered(head.returns_to(keys, delivery)))


def _leave_by_mail(head: Letterhead, keys: Keys, delivery: int, wish: str) -> str:
    """A mail that stops it: to where we read it, else to a person."""
    to = head.returns_to(keys, delivery) if head.reads_mail else head.reply_to.ascii
    return f"mailto:{to}?subject={quote(wish)}"


def _registered(address: str) -> Address:
    """The address of a delivery: it was parsed when the register, or who asked for a notice, took it."""
    return Address(address, address)


def _address_in(text: str) -> Address | None:
    """The address, when that is all there is; a name, a telephone number and the like are for people to read."""
    try:
        return parse_address(text)
    except ValueError:
        return None


def _subject(subject: str, values: dict[str, str], head: Letterhead) -> str:
    filled = "".join((values[p.name] or p.fallback) if isinstance(p, Slot) else p for p in split(subject))
    if not head.test:
        return filled
    return f"[Test: {head.edition}] {filled}" if head.edition else f"[Test] {filled}"


def _list_fields(head: Letterhead, source: Source, leave_code: str, by_mail: str) -> list[headers.Field]:
    """RFC 2369, 2919 and 8058. Until the home has a web address a leave is a mail."""
    owner = head.help_address.ascii
    at_once = leave_page(head.pages, leave_code) + ONE_CLICK
    stop = [headers.structured("List-Unsubscribe", f"<{at_once}>, <{by_mail}>" if head.pages else f"<{by_mail}>")]
    if head.pages:
        stop.append(headers.structured("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return [
        headers.list_id("List-Id", source.name, f"{source.key}.{head.domain}"),
        *stop,
        headers.structured("List-Help", f"<mailto:{owner}?subject={quote('Hjälp')}>"),
        headers.structured("List-Owner", f"<mailto:{owner}>"),
        headers.structured("Precedence", "list"),
        headers.structured("X-Auto-Response-Suppress", "OOF, AutoReply"),
    ]
