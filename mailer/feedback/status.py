"""Whose fault a bounce is: from a status code, a diagnostic and the words around them.

Takes   the enhanced status, the diagnostic, and the text of the report.
Gives   a Judgement.
Fails   never: what we do not understand is soft, for a member wrongly stopped is worse than one mail more.

The diagnostic's words come before its codes: servers put ”5.7.1” on ”no such user” and ”5.1.1” on ”spam”. RFC 3463.
"""

import re
from dataclasses import dataclass

from mailer.feedback.meaning import Hardness
from mailer.feedback.phrases import meant

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
# What was refused was our server or our return address, not the member: whatever the words, it says nothing about her.
_OF_THE_SENDER = re.compile(
    r"(?i)(?:in reply to|after) (?:initial connection|(?:helo|ehlo)\b|starttls|mail from)"
    r"|refused to talk to me|5\.1\.[78]\b"
)
# After DATA her domain has long been accepted: words about a domain are about ours.
_AFTER_DATA = re.compile(r"(?i)(?:in reply to|after) end of data")
_BASIC = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -]|$)")
_WORDS = {
    Hardness.hard: "mottagaren finns inte",
    Hardness.soft: "mottagaren tog inte emot mejlet den här gången",
    Hardness.ours: "servern avvisade oss som avsändare, det säger inget om mottagaren",
}
# Subjects and details of class 5. RFC 3463 section 3 and the registry it opened; 5.1.7 and 5.1.8 are about the sender.
_HARD = re.compile(r"5\.(1\.(?:0|1|2|3|4|6|10)|2\.1|4\.310)$")
_OURS = re.compile(r"[45]\.(7\.\d+|1\.[78])$")


@dataclass(frozen=True, slots=True)
class Judgement:
    """`status`: the most telling enhanced status, or ””. `because`: Swedish."""

    hardness: Hardness
    status: str
    because: str


def judge(status: str, diagnostic: str, told: str = "") -> Judgement:
    """The judgement on one failed recipient. `told`: what the report says in words, without the original."""
    known = enhanced(diagnostic) or enhanced(status)
    said = enhanced(status) if not known or known.endswith(".0.0") else known
    tries_again = (enhanced(diagnostic) or str(basic(diagnostic) or "")).startswith("4") or said.startswith("4")
    tries_again = tries_again or enhanced(status).startswith("4")

    def judged(hardness: Hardness, code: str, because: str) -> Judgement:
        """Not hard: what is about our return address, or what they would have tried again."""
        if hardness is Hardness.hard and _is_about_us(f"{diagnostic} {told}"[:8_000], because):
            return Judgement(Hardness.ours, code, f"{because}, men det gäller vår server eller vår returadress")
        if hardness is Hardness.hard and tries_again:
            return Judgement(Hardness.soft, code, f"{because}, men koden är en tillfällig")
        return Judgement(hardness, code, f"{because}: {_WORDS[hardness]}")

    for words, where in ((diagnostic, "servern sade"), (status, "statusraden säger")):
        if found := meant(words):
            return judged(found[0], said, f"{where} ”{found[1]}”")
    coded = _of_status(said)
    if coded and not (coded is Hardness.soft and said.startswith("5.") and said.endswith(".0")):  # x.y.0: ”other”
        return judged(coded, said, f"status {said}")
    if found := meant(told):
        return judged(found[0], said or enhanced(told), f"rapporten säger ”{found[1]}”")
    if coded := _of_status(enhanced(told)):
        return judged(coded, enhanced(told), f"rapporten nämner status {enhanced(told)}")
    return Judgement(Hardness.soft, said, "inget vi förstår säger att mottagaren inte finns")


def _is_about_us(whole: str, because: str) -> bool:
    """Whether the words that sound hard were said of us. `whole`: all that the report says."""
    return bool(_OF_THE_SENDER.search(whole)) or ("domain" in because and bool(_AFTER_DATA.search(whole)))


def enhanced(text: str) -> str:
    """The first enhanced status in a text that says more than x.0.0, else the first, else ””."""
    found = [".".join(m.groups()) for m in _ENHANCED.finditer(text[:4_000])]
    return next((s for s in found if not s.endswith(".0.0")), found[0] if found else "")


def basic(text: str) -> int | None:
    """The first SMTP reply code in a text. RFC 5321 section 4.2."""
    found = _BASIC.search(text[:4_000])
    return int(found[1]) if found else None


def mildest(judgements: list[Judgement]) -> Judgement:
    """Of many recipients: hard only if all are, for then one of them may still read us."""
    order = (Hardness.soft, Hardness.ours, Hardness.hard)
    return min(judgements, key=lambda j: order.index(j.hardness))


def _of_status(status: str) -> Hardness | None:
    """What the code alone says; None for one that says nothing, like 5.0.0."""
    if _OURS.match(status):
        return Hardness.ours
    if _HARD.match(status):
        return Hardness.hard
    if status[:2] in ("4.", "5.") and not status.endswith(".0.0"):
        return Hardness.soft
    return None
