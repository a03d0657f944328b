"""A bounce that is about us: what it complains of, and its words without addresses.

Takes   the enhanced status and the diagnostic of a report.
Gives   a class, for one alarm per class and day; the words, shortened.
Fails   never.
"""

import re

LONGEST = 160  # characters of a diagnostic that people are shown
CLASSES = {
    "auth": "avsändaren går inte att bekräfta (SPF, DKIM eller DMARC)",
    "blocked": "vår e-postserver står på en spärrlista",
    "rate": "vi skickar fler eller fortare än mottagarens server vill",
    "spam": "mejlet togs för skräppost",
    "policy": "mottagarens server vill inte ta emot från oss",
}
NOTICE = "notice"
# The first that fits. 5.7.20 to 5.7.27 are about authentication (RFC 7372, 7505), 5.7.28 is about too much mail.
_FITS = (
    ("auth", re.compile(r"5\.7\.2[0-7]\b|\b(spf|dkim|dmarc|arc|unauthenticated|authentication)\b", re.I)),
    ("rate", re.compile(r"\b(rate|quota|limit|too many|throttl\w*|[45]\.7\.28)\b", re.I)),
    ("blocked", re.compile(r"\b(block\w*|black\s?list\w*|deny\s?list\w*|block\s?list\w*|listed|rbl|dnsbl|reputation)\b",
                           re.I)),
    ("spam", re.compile(r"\b(spam|junk|skräp\w*|uce|bulk|content)\b", re.I)),
)  # fmt: skip
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']*@[^\s<>()\[\]:;,\"']*")


def classed(status: str, text: str) -> str:
    """The class: a key of CLASSES."""
    whole = f"{status} {text}"
    return next((name for name, fits in _FITS if fits.search(whole)), "policy")


def shortened(status: str, text: str) -> str:
    """”auth|5.7.26 Unauthenticated mail from […]”: the class, a bar, and what people may see."""
    return f"{classed(status, text)}|{without_addresses(status, text)}"


def without_addresses(status: str, text: str) -> str:
    """”5.1.1 No such user …”: what people may see of a diagnostic."""
    shown = " ".join(_ADDRESS.sub("…", f"{'' if status in text else status} {text}").split())
    return "".join(c if c.isprintable() else "?" for c in shown)[:LONGEST]


def about_a_notice(status: str, text: str) -> str:
    """The same for what the house itself said to somebody, whoever's fault it is."""
    return f"{NOTICE}|{shortened(status, text).partition('|')[2]}"


def parted(word: str) -> tuple[str, str]:
    """(class, what people may see) again."""
    name, _, shown = word.partition("|")
    return name, shown
