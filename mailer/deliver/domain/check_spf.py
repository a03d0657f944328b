"""Whether the return address's domain says which servers may send in its name, so that receivers understand it.

Takes   who sends, whoever asks the DNS.
Gives   the record that stands there, which relays pass it, and the findings.
Fails   LaterError when the DNS does not answer.

What a relay's provider sends from cannot be seen from here: its own address, where the name leads, is all we know.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mailer.deliver.domain import spf
from mailer.deliver.domain.finding import Ask, Finding, Sending, advice, fault


@dataclass(frozen=True, slots=True)
class Found:
    """What is published, and what is to be said about it."""

    published: str  # the one record; ”” when there is none, or several
    passes: frozenset[str]  # the relays all of whose own addresses are let through
    findings: tuple[Finding, ...]


def check(sending: Sending, ask: Ask, addresses: Mapping[str, tuple[str, ...]]) -> Found:
    """`addresses`: of each relay, by its name; () when they are not known."""
    domain, texts = sending.return_domain, ask.text(sending.return_domain)
    records = [text for text in texts if spf.is_spf(text)]
    if len(records) > 1:
        what = f"{len(records)} SPF-poster är publicerade; då gäller ingen av dem."
        remedy = "Slå ihop dem till en: alla ord i samma post, ”v=spf1” först och ett ”all” sist."
        return Found("", frozenset(), (fault("spf", domain, what, remedy),))
    if not records:
        return Found("", frozenset(), (_missing(domain, texts),))
    read = spf.read(records[0], domain, ask, tuple(dict.fromkeys(a for some in addresses.values() for a in some)))
    passes = frozenset(name for name, some in addresses.items() if some and read.passes.issuperset(some))
    return Found(records[0], passes, (*_faults(domain, read), *_advice(domain, read, sending, passes)))


def _missing(domain: str, texts: tuple[str, ...]) -> Finding:
    if near := next((text for text in texts if "v=spf1" in text.lower()), ""):
        what = f"en TXT-post liknar SPF men börjar inte med ”v=spf1”: ”{near[:40]}”."
        return fault("spf", domain, what, "Ta bort citattecken och blanksteg före v=spf1, och skriv blanksteg efter.")
    what = "ingen SPF-post är publicerad; mottagarna kan inte se att e-postservern får skicka för er."
    return fault("spf", domain, what, "Lägg in posten ovan i domänens DNS.")


def _faults(domain: str, read: spf.Spf) -> list[Finding]:
    found = []
    for wrong in read.wrong:
        found.append(
            fault(
                "spf", domain, f"SPF-posten går inte att läsa: {wrong}.", "Rätta ordet; tills dess gäller inte posten."
            )
        )
    if read.lookups > spf.MOST_LOOKUPS:
        so_many = f"minst {read.lookups}" if read.lookups >= spf.GIVE_UP_AT else read.lookups
        what = f"SPF-posten kostar {so_many} uppslag i DNS; efter {spf.MOST_LOOKUPS} ger mottagarna upp."
        found.append(fault("spf", domain, what, "Ta bort include för tjänster som inte längre skickar för er."))
    if read.void > spf.MOST_VOID:
        what = f"{read.void} av SPF-postens uppslag leder ingenstans; efter {spf.MOST_VOID} ger mottagarna upp."
        found.append(fault("spf", domain, what, "Ta bort de namn som inte finns längre."))
    if read.ends == "+":
        what = "SPF-posten slutar med ”+all”: vem som helst får skicka i ert namn."
        found.append(fault("spf", domain, what, "Skriv ”~all” eller ”-all” i stället."))
    return found


def _advice(domain: str, read: spf.Spf, sending: Sending, passes: frozenset[str]) -> list[Finding]:
    if read.wrong or read.lookups > spf.MOST_LOOKUPS:
        return []
    found = []
    if read.ends in ("?", ""):
        what = "SPF-posten säger inget om andra servrar än de uppräknade."
        found.append(advice("spf", domain, what, "Sätt ”~all” sist när alla som skickar för er står i den."))
    for server in (server for server in sending.relays if server.name not in passes):
        what = f"det går inte att se härifrån om SPF-posten omfattar det som {server.name} skickar."
        remedy = "Fråga e-postleverantören vilken ”include:” som hör till, och se efter att den står i posten."
        if server.is_local:
            remedy = "Se efter att den här datorns adress utåt, eller servern den lämnar mejlen till, står i posten."
        found.append(advice("spf", domain, what, remedy))
    return found
