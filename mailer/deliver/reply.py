"""What an SMTP reply means for a delivery.

Takes   the stage of the transaction, the code and the text of the reply.
Gives   an Outcome: which event, and whose fault.
Fails   never: what is neither 2yz nor 5yz is deferred, for waiting is cheap.

A reply can speak of the recipient, of the relay's moment, or of us (login, policy, size). Only the first is held
against the member. RFC 5321 section 4.2, RFC 3463.
"""

import re

from mailer.outbox.outcome import Fault, Outcome, Stage

_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# Enhanced classes about the mailbox: 5.1.x addressing, 5.2.x mailbox. 5.1.7 and 5.1.8 are about our return address.
_RECIPIENT = re.compile(r"5\.(1\.(?!7$|8$)|2\.)")
# Codes that at RCPT speak of the recipient when no enhanced status says otherwise. RFC 5321 section 4.2.3.
_RECIPIENT_CODES = frozenset({510, 511, 512, 513, 521, 525, 550, 551, 553, 556})
TEXT_LIMIT = 200
_TAKEN = re.compile(rb"250 ([ -~]{0,200}+)\r").fullmatch


def status_of(text: str) -> str:
    """The enhanced status code a reply begins with, or ””."""
    found = _STATUS.match(text)
    return found[1] if found else ""


def read_reply(stage: Stage, code: int, text: str) -> Outcome:
    """The outcome of a reply that was not the one hoped for, or of the 2yz after the final dot."""
    text = shorten(text)
    status = status_of(text)
    if stage == "dot" and 200 <= code < 300:
        return Outcome("accept", stage, code, status, text)
    if not 500 <= code < 600:
        return Outcome("defer", stage, code, status, text, "relay", lost_line=code == 421)
    fault = _fault(stage, code, status)
    return Outcome("refuse" if fault == "recipient" else "defer", stage, code, status, text, fault)


def taken(line: bytes) -> Outcome | None:
    """The outcome of a reply to the final dot by its line without the LF, where it says what nearly all say: the same
    as `read_reply`, in a third of the time. None: read it there."""
    found = _TAKEN(line)
    if found is None:
        return None
    text = found[1].decode("ascii").strip()
    return Outcome("accept", "dot", 250, status_of(text), text) if "  " not in text else None


def _fault(stage: Stage, code: int, status: str) -> Fault:
    if stage not in ("rcpt", "data", "dot"):
        return "ours"
    if status:
        return "recipient" if _RECIPIENT.match(status) else "ours"
    return "recipient" if stage == "rcpt" and code in _RECIPIENT_CODES else "ours"


def shorten(text: str) -> str:
    """One printable line of a reply."""
    if len(text) <= TEXT_LIMIT and text.isascii() and text.isprintable() and "  " not in text:
        return text  # as nearly all are
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in line)[:TEXT_LIMIT]
