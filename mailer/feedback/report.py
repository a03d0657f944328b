"""Reports that mail servers write for machines: what became of whom.

Takes   a mail taken apart.
Gives   the recipients it speaks of, each with what was done (failed, delayed, delivered …), status and diagnostic.
Fails   never: a field that is missing is ””.

RFC 3464. Many send the record as a text, with lines between that do not belong, or with actions of their own.
"""

import re
from dataclasses import dataclass

from mailer.feedback.mime import Fields, Mail, records
from mailer.feedback.status import enhanced

MOST_RECIPIENTS = 200
RECORD = ("message/delivery-status", "message/global-delivery-status")
_ADDRESS = re.compile(r"[^\s<>()\[\];:,\"']{1,120}@[^\s<>()\[\];:,\"']{1,190}")
_IN_TEXT = re.compile(r"(?im)^\s{0,3}final-recipient\s?:.{1,500}$")
_SAYS_ACTION = re.compile(r"(?im)^\s{0,3}action\s?:.{1,300}$")
_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_GIVEN_UP = ("expired", "bounced", "rejected", "undeliverable")  # words of their own for ”failed”


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of those the report speaks of. `address`: as we wrote it, if the report still knows; else the final one."""

    address: str
    action: str
    status: str
    diagnostic: str


def recipients(mail: Mail, from_server: bool = False) -> list[Recipient]:
    """Those the report speaks of, in its order; [] when it is no such report. `from_server`: a mail server wrote it."""
    own = [p for p in mail.parts if not p.enclosed]
    texts = [p.text for p in own if p.type in RECORD]
    found = [r for text in texts for r in _read(text)]
    if not found and from_server:  # some filters of viruses wrap the report in one of their own
        found = [r for p in mail.parts if p.type in RECORD for r in _read(p.text)]
    if not found and (
        from_server or mail.type == "multipart/report"
    ):  # as a plain text: a line for Final-Recipient and one for Action
        plain = [p.text for p in own if p.type.startswith("text/") and p.type != "text/html"]
        found = [r for text in plain if _IN_TEXT.search(text) and _SAYS_ACTION.search(text) for r in _read(text)]
    return found[:MOST_RECIPIENTS]


def is_delivery_report(mail: Mail) -> bool:
    """Whether it says of itself that it is one."""
    return mail.carries(*RECORD) or (mail.type == "multipart/report" and mail.report_type == "delivery-status")


def address_in(text: str) -> str:
    """The first address in a field or a line, without its type and brackets; ”” when there is none."""
    found = _ADDRESS.search(text.replace("mailto:", " "))
    return found[0].strip(".,*'\"`") if found else ""


def _read(text: str) -> list[Recipient]:
    """A new recipient begins where a field comes for the second time: empty lines are not always where they belong."""
    found: list[dict[str, str]] = []
    current: dict[str, str] = {}
    for block in records(text):
        for name, value in block.pairs:
            if name in current and name in ("final-recipient", "original-recipient", "action", "status"):
                found.append(current)
                current = {}
            current.setdefault(name, value)
        if (
            "final-recipient" in current
            and "action" in current
            and ("status" in current or "diagnostic-code" in current)
        ):
            found.append(current)
            current = {}
    return [_recipient(Fields(tuple(one.items()))) for one in [*found, current] if _is_recipient(one)]


def _is_recipient(one: dict[str, str]) -> bool:
    return "action" in one and ("final-recipient" in one or "original-recipient" in one)


def _recipient(one: Fields) -> Recipient:
    original, final = one.first("original-recipient"), one.first("final-recipient")
    status, diagnostic = one.first("status"), one.first("diagnostic-code")
    return Recipient(
        address_in(original) or address_in(final),
        _action(one.first("action"), status),
        status,
        re.sub(r"^[A-Za-z0-9-]{1,40}\s*;\s*", "", diagnostic),
    )


def _action(said: str, status: str) -> str:
    """One of the five, or ””. ”failed (Bad …)”, ”failure” and ”error” have been seen."""
    word = said.lower().split(" ", 1)[0].strip(";,.")
    if word in _ACTIONS:
        return word
    if word.startswith("fail") or word in _GIVEN_UP:
        return "failed"
    return {"5": "failed", "4": "delayed", "2": "delivered"}.get((enhanced(status) or status.strip())[:1], "")
