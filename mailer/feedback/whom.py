"""Which delivery of ours a mail that came back is about, and whom it names.

Takes   a mail taken apart, the keys, the return address.
Gives   a Sender's mark: the delivery, how we know, and whether somebody wrote a mark that is not ours.
Fails   never: without a mark that we signed the delivery is None.

A mark (tag or leave code) is a MAC over the delivery's number: whoever knows it has had that one mail in her hands, and
can do by it what she could do by a link in the mail, to herself alone. So it may stand in any field that tells where
this mail was sent. In what the mail quotes it counts for reports of machines only: people quote and forward each
other's mails.
"""

import re
from dataclasses import dataclass

from flufl.bounce import all_failures

from mailer import codes
from mailer.address import Address
from mailer.feedback.mime import TORN, Mail
from mailer.feedback.report import Recipient, address_in
from mailer.keys import Keys

# Where the envelope is written down on the way in, then where the writer wrote it.
_ARRIVED = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "x-rcpt-to",
    "apparently-to",
)
_WRITTEN = ("to", "cc", "resent-to", "received")
_SENT_FROM = ("return-path", "x-envelope-from", "errors-to", "sender", "received", "list-unsubscribe")
_CODE = re.compile(r"(?<![a-z0-9])[a-z2-7]{20,80}(?![a-z0-9])", re.I)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")  # in a mailto: the space before the code
_NAMED = re.compile(
    r"(?m)^[ \t]{0,4}(?:<([^<>\s@]{1,64}@[^<>\s@]{1,190})>(?: \([^)\n]{1,120}\))?:"
    r"|([^<>\s@:]{1,64}@[^<>\s@:]{1,190}): [45]\d\d[ -])"
)
_LEAD = re.compile(
    r"(?i)did not reach|(?:not|n't) (?:be )?(?:delivered|reached?|sent)|following (?:recipient|address)"
    r"|(?:inte|ej) (?:levererats?|levereras|nått)|(?:följande|dessa) (?:mottagare|adress)"
)
_POSTMASTER = re.compile(r"(?i)postmaster@")
MOST_MARKS = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """`delivery`: whose. `forged`: this mail was sent to a mark of our shape that we never signed.

    `by_code`: known by a leave code alone. The return tag stands in the envelope; the code stands in the mail, and
    whoever it was sent on to has it.
    """

    delivery: int | None = None
    forged: bool = False
    by_code: bool = False
    because: str = ""


def on_the_outside(mail: Mail, keys: Keys, return_address: Address) -> Mark:
    """The mark in the address that this mail was sent to."""
    seen = False
    for name in (*_ARRIVED, *_WRITTEN):
        for tag in _tags(" ".join(mail.fields.all(name)), return_address):
            seen = True
            if (delivery := codes.read_return_tag(keys, tag)) is not None:
                return Mark(
                    delivery, because=f"adressen den kom till bär vår märkning (utskick till en, nr {delivery})"
                )
    if seen:
        return Mark(forged=True, because="adressen den kom till bär en märkning som vi inte har gjort")
    return Mark(because="adressen den kom till bär ingen märkning")


def on_the_inside(mail: Mail, keys: Keys, return_address: Address) -> Mark:
    """The mark in the mail that a report carries or quotes: in its fields first, then in what is quoted as text."""
    fields = [" ".join(original.all(*_SENT_FROM)) for original in mail.originals]
    quoted = [p.text for p in mail.parts if p.type.startswith(("text/", "message/"))]
    tagged = {d for text in fields + quoted for d in _tagged(text, keys, return_address)}
    found = tagged | {d for text in fields + quoted for d in marks_in(text, keys)}
    if len(found) == 1:
        delivery = found.pop()
        mark = "vår märkning" if tagged else "bara koden ur länken, som alla har som mejlet skickats vidare till"
        because = f"mejlet som rapporten bär med sig har {mark} (utskick till en, nr {delivery})"
        return Mark(delivery, by_code=not tagged, because=because)
    return Mark(because="rapporten bär med sig flera olika märkningar" if found else "")


def marks_in(text: str, keys: Keys) -> list[int]:
    """The deliveries whose leave codes stand in a text."""
    words = _CODE.findall(_ENCODED.sub(" ", text))[:MOST_MARKS]
    return [d for word in words if (d := codes.read_leave_code(keys, word)) is not None]


def failed_addresses(mail: Mail, told: list[Recipient], text: str) -> tuple[str, ...]:
    """Whom the mail says it did not reach, as it says it: for people, never to decide by.

    From the report's own fields, then X-Failed-Recipients (Exim, Gmail), then ”<address>:” (Postfix, qmail) and
    ”address: 550 …” (OpenSMTPD), then the library's knowledge of old servers, then the first address in the report's
    own words.
    """
    found = [r.address for r in told if r.address]
    found = found or [a for v in mail.fields.all("x-failed-recipients") for w in v.split(",") if (a := address_in(w))]
    found = found or [m[1] or m[2] for m in _NAMED.finditer(text)]
    if not found:
        # Some repeat the fields of our mail: neither those it went between, nor what stands before the bad news.
        writers = {address_in(v).lower() for v in mail.fields.all("from", "to", "sender", "return-path", "reply-to")}
        lead = _LEAD.search(text)
        named = [address_in(line) for line in (f"{text[lead.start() :]}\n{text}" if lead else text).splitlines()]
        known = _by_the_library(mail)
        found = [a for a in known if a.lower() not in writers]
        found = found or [a for a in named if a and a.lower() not in writers and not _POSTMASTER.match(a)][:1] or known
    return tuple(dict.fromkeys(found))


def _by_the_library(mail: Mail) -> list[str]:
    """flufl.bounce knows many servers by their phrases. It raises IndexError on a mail without From."""
    try:
        temporary, permanent = all_failures(mail.message)
    except TORN:
        return []
    return sorted(a.decode("ascii", "replace") for a in {*temporary, *permanent} if b"@" in a)


def _tagged(text: str, keys: Keys, return_address: Address) -> list[int]:
    tags = _tags(text, return_address)[:MOST_MARKS]
    return [d for tag in tags if (d := codes.read_return_tag(keys, tag)) is not None]


def _tags(text: str, return_address: Address) -> list[str]:
    """What stands after the plus in our return address, wherever it is written. Relays fold case."""
    local, _, domain = return_address.normal.rpartition("@")
    if "+" not in text:
        return []
    pattern = (
        rf"(?<![a-z0-9._-]){re.escape(local)}\+([^\s@<>\"(),;:]{{1,80}})@{re.escape(domain)}(?![a-z0-9-]|\.[a-z0-9])"
    )
    return re.findall(pattern, text.lower())
