"""What is the same on all messages of a home: who sends, where answers and leaves go, and the fields that say so.

Takes   the settings; then the list a message goes to.
Gives   a Letterhead, and its fields as `headers` writes them, with places open for what one message alone holds.
Fails   BrokenPromise when a setting would break the header section.
"""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from mailer.address import Address, parse_address
from mailer.audience.rule import Source
from mailer.deliver import headers
from mailer.deliver.dkim import Signer
from mailer.deliver.headers import Field, Open
from mailer.languages import language_of
from mailer.settings import Settings

LEAVE = "/sluta/"  # the page where one stops, rests and chooses; a code follows
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

    @property
    def marked(self) -> str:
        """What a subject begins with."""
        if not self.test:
            return ""
        return f"[Test: {self.edition}] " if self.edition else "[Test] "

    @property
    def around_tag(self) -> tuple[str, str]:
        """What stands before and behind a delivery's tag in the return address."""
        local, _, domain = self.return_address.ascii.rpartition("@")
        return f"{local}+", f"@{domain}"


def fields(head: Letterhead, source: Source, subject: str | Open, content_type: str) -> list[Field]:
    """All fields of a message, in order. Left open: `to`, `date`, `message_id`; `leave_code` and `by_mail` when it is
    for a list; `reply_to` where a reply may come to us."""
    return [
        headers.mailbox("From", head.from_name, head.from_address.ascii),
        headers.structured("To", Open("to")),
        headers.structured("Reply-To", Open("reply_to") if head.reads_mail else head.reply_to.ascii),
        headers.structured("Subject", subject) if isinstance(subject, Open) else headers.text("Subject", subject),
        headers.structured("Date", Open("date")),
        headers.structured("Message-ID", Open("message_id")),
        headers.structured("Auto-Submitted", "auto-generated"),
        *(_list_fields(head, source) if source.key else ()),
        headers.structured("MIME-Version", "1.0"),
        headers.structured("Content-Type", content_type),
    ]


def wish_to_leave(stops: str) -> str:
    """What follows the address in ”mailto:…” when a leave goes by mail; a code follows. `stops`: what a leave ends."""
    return f"?subject={quote(f'Sluta få {stops} ')}"


@lru_cache(maxsize=64)
def leave_page(pages: str, language: str | None = None) -> str:
    """Where the reader stops, rests and chooses, in her language; a code follows. ”” without pages."""
    english = "/en" if language_of(language) == "en" else ""
    return f"{pages}{english}{LEAVE}" if pages else ""


def _list_fields(head: Letterhead, source: Source) -> list[Field]:
    """RFC 2369, 2919 and 8058. Until the home has a web address a leave is a mail."""
    owner = head.help_address.ascii
    stop = [headers.structured("List-Unsubscribe", "<", Open("by_mail"), ">")]
    if head.pages:
        at_once = (f"<{leave_page(head.pages)}", Open("leave_code"), f"{ONE_CLICK}>, <", Open("by_mail"), ">")
        stop = [
            headers.structured("List-Unsubscribe", *at_once),
            headers.structured("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    return [
        headers.list_id("List-Id", source.name, f"{source.key}.{head.domain}"),
        *stop,
        headers.structured("List-Help", f"<mailto:{owner}?subject={quote('Hjälp')}>"),
        headers.structured("List-Owner", f"<mailto:{owner}>"),
        headers.structured("Precedence", "list"),
        headers.structured("X-Auto-Response-Suppress", "OOF, AutoReply"),
    ]


def _address_in(text: str) -> Address | None:
    """The address, when that is all there is; a name, a telephone number and the like are for people to read."""
    try:
        return parse_address(text)
    except ValueError:
        return None
