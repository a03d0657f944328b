"""Whether a mail that came back counts, where it is put, and why.

Takes   a Reading, what is known of the delivery it names, the moment now.
Gives   a Verdict.
Fails   never.

Only a mark that we signed says whom a mail is about, and only while it can be true: a bounce or a complaint is about
a message that went out, at most 30 days ago. A leave and a reply have no such limit: who wants to stop may always.
A bounce needs the return tag: the leave code is anybody's whom the mail was sent on to.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mailer.feedback.meaning import Kind, Reading
from mailer.outbox.states import Delivery

Folder = Literal["", "hanterade", "okända"]  # ””: it stays where it is
OLDEST = timedelta(days=30)
A_DAY = timedelta(days=1)
NOT_SPAM = "not-spam"  # a feedback report that takes a complaint back: RFC 5965 section 7.3
REPLIES_A_DAY = 10  # to one delivery; more than that is no conversation

HARMLESS = (Kind.delayed, Kind.auto_reply, Kind.report, Kind.loop)
# In the words of `mailer trace`, after ”räknades inte:”.
WHY = {
    "not_ours": "det bär ingen av våra koder",
    "no_delivery": "utskicket finns inte kvar",
    "to_staff": "det svarar på ett systemmejl till husets egna",
    "no_contact": "personen finns inte kvar i registret",
    "only_code": "det bär bara koden ur länken, som alla har som mejlet skickats vidare till",
    "never_sent": "det gäller ett mejl som aldrig gick ut",
    "too_old": "det gäller ett mejl som är äldre än 30 dagar",
    "repeated": "det var redan räknat",
    "too_many": "det var för många på en dag",
    "not_understood": "det gick inte att förstå",
    "harmless": "det ändrar ingenting",
}


# What is left for a person to look at, by why it changed nothing.
_FOR_A_PERSON = (
    "not_ours",
    "no_delivery",
    "to_staff",
    "no_contact",
    "only_code",
    "never_sent",
    "too_old",
    "too_many",
    "not_understood",
)


def folder_of(ignored: str) -> Folder:
    """Where a mail is put, from why it changed nothing; ””: it counted."""
    return "okända" if ignored in _FOR_A_PERSON else "hanterade"


@dataclass(frozen=True, slots=True)
class Subject:
    """The delivery a mail is about, as it stands."""

    delivery: int
    state: str
    doubts: int
    kind: str  # of its mailing
    contact: int | None
    went_at: datetime | None  # settled, or tried
    counted: bool = False  # a mail of this kind has counted against it
    replies_today: int = 0
    to_staff: bool = False  # a notice of the house's to one of its own people


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ignored` ””: it counts. `later`: what became of the message is not known yet; look again at the next round."""

    folder: Folder
    ignored: str = ""
    later: bool = False


COUNTS = Verdict("hanterade")
LATER = Verdict("", later=True)


def _ignored(why: str) -> Verdict:
    return Verdict(folder_of(why), why)


def weigh(reading: Reading, subject: Subject | None, now: datetime) -> Verdict:
    """What to do with a mail."""
    kind = reading.kind
    if kind in HARMLESS or (kind is Kind.complaint and reading.status == NOT_SPAM):
        return _ignored("harmless")
    if kind is Kind.unknown:
        return _ignored("not_understood")
    if reading.delivery is None:
        return _ignored("not_ours")
    if subject is None:
        return _ignored("no_delivery")
    if kind is Kind.bounce and reading.by_code:
        return _ignored("only_code")
    if subject.to_staff and kind in (Kind.reply, Kind.leave):
        return _ignored("to_staff")  # handed over it would come to the same robot, which would answer again
    if kind is Kind.reply:
        return _ignored("too_many") if subject.replies_today >= REPLIES_A_DAY else COUNTS
    if kind is Kind.leave:
        return COUNTS if subject.contact is not None else _ignored("no_contact")
    return _about_a_message(subject, now)


def _about_a_message(subject: Subject, now: datetime) -> Verdict:
    """A bounce or a complaint: true only of what went out, once, and not for ever."""
    may_have_gone = subject.doubts > 0 and subject.state in (Delivery.PLANNED, Delivery.DEFERRED)
    if subject.state in (Delivery.CLAIMED, Delivery.OFFERED) or may_have_gone:
        return LATER
    if subject.counted:
        return _ignored("repeated")
    if subject.state not in (Delivery.ACCEPTED, Delivery.IN_DOUBT, Delivery.BOUNCED):
        return _ignored("never_sent")
    if subject.went_at is not None and now - subject.went_at > OLDEST:
        return _ignored("too_old")
    return COUNTS
