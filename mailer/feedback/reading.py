"""What one mail that came back is, whom it is about, and why we think so.

Takes   the bytes, the home's keys, its return address, and the domains and addresses that are its own.
Gives   a Reading.
Fails   never, on any bytes: what we do not understand is unknown, and kept for a person.

The order is the decision: what is written for machines first, then what is said by machines, then people. A mail whose
address bears a mark that we never made is unknown, whatever it says.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from mailer.address import Address
from mailer.feedback import authenticity, complaint, leaving, report, robots, whom
from mailer.feedback.meaning import Hardness, Kind, Reading
from mailer.feedback.mime import Mail, take_apart
from mailer.feedback.reply_text import new_text
from mailer.feedback.report import address_in
from mailer.feedback.status import Judgement, basic, enhanced, judge, mildest
from mailer.feedback.told import diagnostic_in, own_words
from mailer.keys import Keys

__all__ = ["Hardness", "Kind", "Reading", "read"]

MOST_TEXT = 2_000  # characters of a diagnostic
_SEALED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


@dataclass(frozen=True, slots=True)
class _Desk:
    """All that the readers of one mail look at."""

    mail: Mail
    keys: Keys
    return_address: Address
    ours: frozenset[str]
    outside: whom.Mark

    def inside(self) -> whom.Mark:
        """The mark on the outside, else that of the mail which a report of a machine carries."""
        if self.outside.delivery is not None:
            return self.outside
        return whom.on_the_inside(self.mail, self.keys, self.return_address)


def read(
    raw: bytes, keys: Keys, return_address: Address, ours: AbstractSet[str] = frozenset(), checked_by: str = ""
) -> Reading:
    """The mail, read. `return_address`: without a tag. `ours`: our domains and addresses, lower case.

    `checked_by`: the name under which our own server writes down what it has found of a sender; ””: it does not.
    """
    mail = take_apart(raw)
    outside = whom.on_the_outside(mail, keys, return_address)
    desk = _Desk(mail, keys, return_address, frozenset(ours) | {return_address.domain}, outside)
    found = _read(desk)
    if outside.forged and found.kind is not Kind.loop:
        found = Reading(
            Kind.unknown, why=(*found.why, outside.because, "därför ändrar det ingenting"), address=found.address
        )
    fields = mail.fields
    return replace(
        found,
        subject=fields.first("subject")[:300],
        message_id=fields.first("message-id")[:300],
        from_address=address_in(fields.first("from"))[:254],
        dmarc=authenticity.dmarc(fields, checked_by),
    )


def _read(desk: _Desk) -> Reading:
    for reader in (
        _goes_round,
        _complaint,
        _statistics,
        _delivery_report,
        _coded_leave,
        _plain_bounce,
        _loop,
        _automatic,
    ):
        if (found := reader(desk)) is not None:
            return found
    return _person(desk)


def _goes_round(desk: _Desk) -> Reading | None:
    if len(desk.mail.fields.all("received")) <= robots.MOST_HOPS:
        return None
    return Reading(Kind.loop, why=(robots.loop(desk.mail, desk.ours),))


def _loop(desk: _Desk) -> Reading | None:
    why = robots.loop(desk.mail, desk.ours)
    return Reading(Kind.loop, why=(why,)) if why else None


def _complaint(desk: _Desk) -> Reading | None:
    said = complaint.feedback_type(desk.mail)
    if not said:
        return None
    mark = desk.inside()
    kind = Kind.complaint if said in complaint.COMPLAINTS else Kind.report
    why = (f"det är en återkopplingsrapport av typen ”{said}”", mark.because)
    if kind is Kind.complaint and mark.by_code:  # no more than its holder could do by the link: leave the list
        return Reading(Kind.leave, mark.delivery, complaint.complained(desk.mail), why=_said(why), leaves="list")
    return Reading(kind, mark.delivery, complaint.complained(desk.mail), status=said, why=_said(why))


def _statistics(desk: _Desk) -> Reading | None:
    """A receipt that says ”rejected” in words is how some servers bounce (Dovecot's reject)."""
    what = complaint.statistics(desk.mail)
    if not what:
        return None
    if what == "ett läskvitto" and (bounced := _plain_bounce(desk)):
        return bounced
    return Reading(Kind.report, desk.outside.delivery, why=_said((f"det är {what}", desk.outside.because)))


def _delivery_report(desk: _Desk) -> Reading | None:
    told = report.recipients(desk.mail, robots.is_daemon(desk.mail))
    if not told:
        return None
    actions = {r.action for r in told}
    words = own_words(desk.mail)
    why = (f"det är en leveransrapport (RFC 3464) som säger {', '.join(sorted(actions - {''})) or 'ingenting'}",)
    failed = [r for r in told if r.action == "failed"]
    if failed and (asked := _asked(desk, failed[0])):
        return Reading(Kind.auto_reply, desk.outside.delivery, failed[0].address, why=(asked,))
    if not failed:
        kind = Kind.delayed if "delayed" in actions else Kind.report if actions - {""} else Kind.unknown
        mark = desk.inside()
        first = told[0]
        said = Reading(
            kind, mark.delivery, first.address, why=_said((*why, mark.because)), text=first.diagnostic[:MOST_TEXT]
        )
        return replace(said, status=judge(first.status, first.diagnostic).status)
    judged = [judge(r.status, r.diagnostic or _one_of(failed, words), words) for r in failed]
    if {"delivered", "relayed", "expanded"} & actions:
        judged.append(Judgement(Hardness.soft, judged[0].status, "en del av mottagarna fick det"))
    return _bounced(desk, mildest(judged), failed, words, failed[0].diagnostic or words, why)


def _asked(desk: _Desk, failed: report.Recipient) -> str:
    """Why a report is a challenge in truth: they hold the mail until the sender has done something."""
    if not enhanced(failed.status).startswith(("4.7.", "5.7.")) or robots.is_daemon(desk.mail):
        return ""
    return robots.asks_to_confirm(desk.mail, failed.diagnostic)


def _one_of(failed: list[report.Recipient], words: str) -> str:
    """What the text quotes of the other server's answer: of use when it is about one recipient."""
    return diagnostic_in(words) if len(failed) == 1 else ""


def _plain_bounce(desk: _Desk) -> Reading | None:
    words = own_words(desk.mail)
    why = robots.plain_bounce(desk.mail, words)
    if not why or _subject_is_a_reply(desk.mail):
        return None
    if robots.is_delay(desk.mail, words):
        mark = desk.inside()
        named = whom.failed_addresses(desk.mail, [], words)
        return Reading(
            Kind.delayed,
            mark.delivery,
            named[0] if named else "",
            why=_said((why, "de försöker fortfarande", mark.because)),
        )
    subject = desk.mail.fields.first("subject")
    judgement = judge("", diagnostic_in(words), f"{words}\n{subject}")
    if judgement.status == "" and (code := basic(words)):
        judgement = replace(judgement, because=f"{judgement.because} (svarskod {code})")
    return _bounced(desk, judgement, [], words, diagnostic_in(words) or words, (why,))


def _bounced(
    desk: _Desk, judged: Judgement, told: list[report.Recipient], words: str, text: str, why: tuple[str, ...]
) -> Reading:
    mark = desk.inside()
    named = whom.failed_addresses(desk.mail, told, words)
    return Reading(
        Kind.bounce,
        mark.delivery,
        named[0] if named else "",
        judged.hardness,
        judged.status,
        _said((*why, judged.because, mark.because)),
        text=" ".join(text.split())[:MOST_TEXT],
        failed=named,
        by_code=mark.by_code,
    )


def _coded_leave(desk: _Desk) -> Reading | None:
    """Before automatic replies: some programs send the wish by themselves. Not after them: ours is the code."""
    if desk.mail.fields.first("auto-submitted").lower().startswith("auto-replied"):
        return None
    wish = leaving.by_code(desk.mail, desk.keys)
    return _left(desk, wish) if wish else None


def _left(desk: _Desk, wish: leaving.Wish) -> Reading:
    why = (wish.because, f"det gäller {'alla utskick' if wish.leaves == 'all' else 'listan som utskicket gick till'}")
    return Reading(Kind.leave, wish.delivery, address_in(desk.mail.fields.first("from")), why=why, leaves=wish.leaves)


def _automatic(desk: _Desk) -> Reading | None:
    mail = desk.mail
    if why := robots.asks_to_confirm(mail) or ("" if _is_calendar(mail) else robots.automatic(mail)):
        return Reading(Kind.auto_reply, desk.outside.delivery, why=_said((why, desk.outside.because)))
    if why := robots.bulk(mail):
        # Old answering machines say ”bulk”; to a marked address nobody else writes.
        is_answer = (
            desk.outside.delivery is not None and mail.fields.has("precedence") and not mail.fields.has("list-id")
        )
        return Reading(Kind.auto_reply if is_answer else Kind.unknown, desk.outside.delivery, why=(why,))
    return None


def _person(desk: _Desk) -> Reading:
    """A reply, a leave in words, or somebody who writes to us without having got anything: unknown."""
    mail, delivery = desk.mail, desk.outside.delivery
    text = new_text(mail)
    wish = leaving.by_words(mail.fields.first("subject"), text, delivery, leaving.answers(mail))
    if wish and delivery is not None:
        return replace(_left(desk, wish), text=text)
    domains = {one.rpartition("@")[2] for one in desk.ours}
    threads = " ".join(mail.fields.all("in-reply-to", "references"))
    why = [desk.outside.because]
    if robots.is_our_message_id(threads, domains):
        why.append("det svarar på ett mejl från oss")
    elif delivery is None:
        why.append("det svarar inte på något från oss")
        return Reading(Kind.unknown, None, why=_said(why), text=text)
    if wish:
        why.append(f"{wish.because}, men ingen märkning säger vem hon är")
    return Reading(
        Kind.reply,
        delivery,
        address_in(mail.fields.first("from")),
        why=_said((*why, *_of_its_own(mail, text))),
        text=text,
    )


def _of_its_own(mail: Mail, text: str) -> list[str]:
    """What a person should know about a reply that is more or less than text."""
    said = []
    if _is_calendar(mail):
        said.append("det är ett svar från en kalender")
    if mail.carries(*_SEALED):
        said.append("det är krypterat och kan bara läsas av den som har nyckeln")
    if mail.carries(*_TNEF):
        said.append("det har en bilaga i Microsofts eget format (winmail.dat)")
    if not text:
        said.append("det har ingen ny text")
    return said or ["en människa har skrivit det"]


def _is_calendar(mail: Mail) -> bool:
    return any(
        p.type == "text/calendar" and not p.enclosed and re.search(r"(?im)^METHOD:\s*(?:REPLY|COUNTER)", p.text)
        for p in mail.parts
    )


def _subject_is_a_reply(mail: Mail) -> bool:
    """A person's answer in a discussion about a bounce: her program says which mail she answers."""
    fields = mail.fields
    answers = re.match(r"(?i)\s*(?:re|sv|vs|aw|fw|fwd|vb)\s?:", fields.first("subject")) is not None
    return answers and bool(fields.first("in-reply-to")) and not robots.is_daemon(mail)


def _said(why: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return tuple(one for one in why if one)
