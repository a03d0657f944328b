"""The records to publish for the sender's domain.

Takes   who sends, and what is published already.
Gives   Records: a name, a value, and the value in the strings that a zone file wants.
Fails   never.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from mailer.deliver.dkim_key import SigningKey
from mailer.deliver.domain.finding import About, Sending

LONGEST_STRING = 255  # bytes: RFC 1035 section 3.3
ASK = "include:FRÅGA-ER-E-POSTLEVERANTÖR"


@dataclass(frozen=True, slots=True)
class Record:
    """One TXT record."""

    about: About
    name: str
    value: str

    @property
    def strings(self) -> tuple[str, ...]:
        """The value in pieces that a record can hold; who reads it joins them without a space."""
        starts = range(0, len(self.value), LONGEST_STRING)
        return tuple(self.value[at : at + LONGEST_STRING] for at in starts)

    @property
    def zone_line(self) -> str:
        """As in a zone file."""
        quoted = '" "'.join(self.strings)
        return f'{self.name}. IN TXT "{quoted}"'


def dkim_name(selector: str, domain: str) -> str:
    """RFC 6376 section 3.6.2.1."""
    return f"{selector}._domainkey.{domain}"


def dkim_record(key: SigningKey, domain: str) -> Record:
    return Record("dkim", dkim_name(key.selector, domain), f"v=DKIM1; k={key.kind}; p={key.public}")


def spf_terms(addresses: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """What lets relays of these addresses send, as far as it can be known: if each is itself the server that sends."""
    terms: list[str] = []
    for some in addresses:
        terms += [f"ip{ip_address(a).version}:{a}" for a in some] or [ASK]
    return tuple(dict.fromkeys(terms))


def spf_record(sending: Sending, published: str, terms: tuple[str, ...]) -> Record:
    """The record with these terms in it: what is published, and what it lacks, before its `all`."""
    if not published:
        return Record("spf", sending.return_domain, " ".join(["v=spf1", *terms, "~all"]))
    if not terms:
        return Record("spf", sending.return_domain, published)
    words = published.split()
    ends = next(
        (n for n, w in enumerate(words) if w.lstrip("+-~?").lower() == "all" or w.startswith("redirect=")), len(words)
    )
    lacking = [term for term in terms if term not in words]
    return Record("spf", sending.return_domain, " ".join([*words[:ends], *lacking, *words[ends:]]))


def dmarc_record(sending: Sending) -> Record:
    """To begin with one that only asks for reports. RFC 9989 section 4."""
    to = sending.administrator or f"dmarc@{sending.from_domain}"
    return Record("dmarc", f"_dmarc.{sending.from_domain}", f"v=DMARC1; p=none; rua=mailto:{to}")
