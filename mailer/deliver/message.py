"""From a mould and a recipient to the bytes of one message and its envelope.

Takes   the letterhead (who sends, from the settings), a mould, the list it is reached through; then Offered deliveries.
Gives   a Message for each: the return address, the recipient, the bytes without the final dot, in pieces.
Fails   BrokenPromise when a value would break the header section.

All that is the same for a rendering and a list is made once. What is made for each message is held against it again:
the header section must hold the fields that were set, and no others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple

from mailer import codes
from mailer.audience.rule import Source
from mailer.codes import OfMessage
from mailer.deliver import headers
from mailer.deliver.dkim_relaxed import is_relaxed
from mailer.deliver.headers import Form, Open
from mailer.deliver.letterhead import LEAVE, ONE_CLICK, Letterhead, fields, leave_page, wish_to_leave
from mailer.keys import Keys
from mailer.outbox.outcome import Offered
from mailer.render.mould import Mould
from mailer.slots import Slot, split

__all__ = ["LEAVE", "NOTHING", "ONE_CLICK", "Composer", "Letterhead", "Message", "compose", "leave_page", "words_of"]

NOTHING: Mapping[str, str] = {}
NOTHING_PERSONAL = {"survey_page": "", "survey_code": ""}  # of a mailing that is no survey's


class Message(NamedTuple):
    """Bytes and envelope. Exactly one recipient. RFC 5321 section 2.3.1.

    In pieces, most of which are the mould's own and the same for all: where nothing is signed or encrypted they are
    copied to the wire and nowhere else. A named tuple, which is made in a third of a frozen dataclass's time."""

    return_address: str
    recipient: str
    pieces: Sequence[bytes]
    size: int  # bytes, of all pieces

    @classmethod
    def of(cls, return_address: str, recipient: str, pieces: Sequence[bytes]) -> "Message":
        return cls(return_address, recipient, pieces, sum(map(len, pieces)))

    @property
    def whole(self) -> bytes:
        """All of it in one, without the final dot."""
        return b"".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Composer:
    """One rendering and one list of a home. May be called from several threads at once: it holds nothing that changes.

    The same delivery gets the same Message-ID however often it is composed."""

    head: Letterhead
    keys: Keys
    zone: tzinfo  # of the reader: for the Date
    around_tag: tuple[str, str]  # in the return address
    form: Form
    mould: Mould
    subject: tuple[str | Slot, ...]  # when it has slots; else it stands in the form
    wish: str  # what follows the address in a leave by mail
    is_relaxed: bool  # whether the mould's own bytes are as a signature wants them

    @classmethod
    def of(
        cls, head: Letterhead, keys: Keys, mould: Mould, subject: str, source: Source, stops: str, zone: tzinfo
    ) -> "Composer":
        """`source`: the list, whose words on why and from where fill the mould here. `stops`: what a leave ends, in the
        reader's words."""
        pieces = (head.marked, *split(subject))
        has_slots = any(isinstance(piece, Slot) for piece in pieces)
        said = Open("subject") if has_slots else "".join(str(piece) for piece in pieces)
        form = Form.of(fields(head, source, said, mould.content_type))
        given = mould.given({"why": source.why, "origin": source.origin})
        relaxed = all(is_relaxed(piece) for piece in given.pieces if isinstance(piece, bytes))
        slots = pieces if has_slots else ()
        wish = wish_to_leave(stops)
        return cls(head, keys, zone, head.around_tag, form, given, slots, wish, relaxed)

    def compose(
        self, offered: Offered, now: datetime, personal: Mapping[str, str] = NOTHING, words: OfMessage | None = None
    ) -> Message:
        """The message for one recipient. `now`: aware, in any zone. `personal`: what else the slots hold for her.
        `words`: hers, where they were made for many at once."""
        head = self.head
        tag, leave_code, message_id = words or words_of([offered], head, self.keys)[0]
        before, behind = self.around_tag
        return_address = f"{before}{tag}{behind}"
        by_mail = f"mailto:{return_address if head.reads_mail else head.reply_to.ascii}{self.wish}{leave_code}"
        values = {
            **NOTHING_PERSONAL,
            "first_name": offered.first_name,
            "last_name": offered.last_name,
            "leave_code": leave_code,
            "leave_page": leave_page(head.pages, offered.language) + leave_code if head.pages else by_mail,
            **personal,
        }
        section = self.form.filled(
            {
                "to": headers.named("To", f"{offered.first_name} {offered.last_name}", offered.address),
                "reply_to": self._replies_to(return_address, values),
                "subject": self._subject(values),
                "date": _date(int(now.timestamp()), self.zone),
                "message_id": message_id,
                "leave_code": leave_code,
                "by_mail": by_mail,
            }
        )
        return Message.of(return_address, offered.address, self._signed(section, values, now))

    def _signed(self, section: bytes, values: Mapping[str, str], now: datetime) -> Sequence[bytes]:
        if not self.head.signer:
            return self.mould.pieces_for(values, section)
        body = self.mould.fill(values)
        # A value stands on a line of its own between soft breaks, and its white space at an end is encoded.
        known = self.is_relaxed and not any("  " in value or "\t" in value for value in values.values())
        return self.head.signer.fields(section, body, now, known), section, body

    def _replies_to(self, return_address: str, values: Mapping[str, str]) -> str:
        """Where an answer goes: to a person. Of a survey's mail to where we read it, since only a reply to the signed
        address is known to be hers; what answers no question is handed on to a person from there."""
        if not (self.head.reads_mail and values["survey_page"]):
            return self.head.reply_to.ascii
        return headers.named("Reply-To", self.head.from_name, return_address)

    def _subject(self, values: Mapping[str, str]) -> str:
        if not self.subject:
            return ""
        filled = [(values[p.name] or p.fallback) if isinstance(p, Slot) else p for p in self.subject]
        return headers.words("Subject", "".join(filled))


def words_of(some: Sequence[Offered], head: Letterhead, keys: Keys) -> list[OfMessage]:
    """The signed words of each of their messages, whatever they are made from. UnicodeError when one of them has an
    address of half letters."""
    edition = f" {head.edition}" if head.edition else ""
    return codes.of_messages(keys, [(o.delivery, o.mailing, o.recipient + edition) for o in some], head.domain)


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
    """One message alone. `now`: in the reader's zone."""
    assert now.tzinfo is not None
    return Composer.of(head, keys, mould, subject, source, stops, now.tzinfo).compose(offered, now, personal)


@lru_cache(maxsize=8)
def _date(second: int, zone: tzinfo) -> str:
    return format_datetime(datetime.fromtimestamp(second, zone))
