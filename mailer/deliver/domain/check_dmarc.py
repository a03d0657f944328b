"""What receivers are asked to do with mail that only pretends to come from the domain, and whether ours passes.

Takes   who sends, whether its SPF and its signatures are in order, whoever asks the DNS.
Gives   the record in force and its name, and the findings.
Fails   LaterError when the DNS does not answer.

RFC 9989: the record of the domain, else that of its organisation (section 4.10). Alignment: the domain of the
return address (for SPF) or of the signature must belong to the same organisation as that of From.
"""

from dataclasses import dataclass

from mailer.deliver.domain.finding import Ask, Finding, Sending, advice, fault, tags

POLICIES = ("none", "quarantine", "reject")
MOST_LABELS = 8  # section 4.10: from a longer name the walk skips down to seven labels after the first question
MOST_PLACES = 5  # for reports, that are asked about
GONE = ("pct", "rf", "ri")  # of RFC 7489, no longer read


@dataclass(frozen=True, slots=True)
class Found:
    """The record in force."""

    name: str  # _dmarc.example.org; ”” when there is none
    published: str
    is_aligned: bool  # whether the return address belongs to the organisation of From
    findings: tuple[Finding, ...]


def check(sending: Sending, ask: Ask) -> Found:
    """The policy for mail from the sender's domain."""
    for domain in dict.fromkeys((sending.from_domain, organisation(sending.from_domain, ask))):
        records = _records(domain, ask)
        if len(records) > 1:
            what = f"{len(records)} DMARC-poster är publicerade; då gäller ingen av dem."
            several = fault("dmarc", f"_dmarc.{domain}", what, "Ta bort alla utom en.")
            return Found("", "", _aligned(sending, ask, False), (several,))
        if records:
            strict = tags(records[0]).get("aspf", "r").lower() == "s"
            aligned = _aligned(sending, ask, strict)
            return Found(
                f"_dmarc.{domain}", records[0], aligned, tuple(_judge(sending, domain, records[0], aligned, ask))
            )
    what = "ingen DMARC-post är publicerad; stora mottagare vill ha en, och vem som helst kan låna ert namn."
    missing = fault("dmarc", f"_dmarc.{sending.from_domain}", what, "Lägg in posten ovan i domänens DNS.")
    return Found("", "", _aligned(sending, ask, False), (missing,))


def path(domain: str) -> list[str]:
    """The names that are asked in turn: the domain and those above it, but no top domain alone."""
    labels = domain.split(".")
    starts = [0, *range(max(1, len(labels) - MOST_LABELS + 1), len(labels) - 1)]
    return [".".join(labels[n:]) for n in starts]


def _records(domain: str, ask: Ask) -> list[str]:
    return [t for t in ask.text(f"_dmarc.{domain}") if t.replace(" ", "").lower().startswith("v=dmarc1")]


def _judge(sending: Sending, domain: str, record: str, aligned: bool, ask: Ask) -> list[Finding]:
    name, found = f"_dmarc.{domain}", tags(record)
    inherited = domain != sending.from_domain
    policy = found.get("sp" if inherited and "sp" in found else "p", "").lower()
    if policy not in POLICIES:
        what = f"posten säger inte vad som ska göras (p={policy or ' saknas'})."
        return [fault("dmarc", name, what, "Skriv p=none till att börja med.")]
    said = []
    if policy == "none":
        what = "posten ber bara om rapporter (p=none); mejl i ert namn från andra släpps fram."
        remedy = "Byt till p=quarantine när rapporterna i några veckor visar att allt ni själva skickar går igenom."
        said.append(advice("dmarc", name, what, remedy))
    elif not sending.keys and not aligned:
        what = (
            f"p={policy}, men returadressen ({sending.return_domain}) hör inte till {sending.from_domain}, och "
            "tjänsten signerar inte: mejlen kan hamna i skräpposten eller avvisas."
        )
        remedy = f"Ta en return_address under {sending.from_domain}, eller signera: mailer dns --make-keys"
        said.append(fault("dmarc", name, what, remedy))
    if old := [tag for tag in GONE if tag in found]:
        said.append(
            advice("dmarc", name, f"{', '.join(old)} läses inte längre av mottagarna.", "Ta bort dem ur posten.")
        )
    return [*said, *_reports(sending, domain, found.get("rua", ""), ask)]


def _reports(sending: Sending, domain: str, rua: str, ask: Ask) -> list[Finding]:
    name = f"_dmarc.{domain}"
    to = [uri.strip().partition("!")[0].lower() for uri in rua.split(",") if uri.strip()]
    if not to:
        return [advice("dmarc", name, "posten säger inte vart rapporterna ska gå.", "Lägg till rua=mailto:ADRESS.")]
    if wrong := [uri for uri in to if not uri.startswith("mailto:") or "@" not in uri]:
        return [advice("dmarc", name, f"”{wrong[0]}” är ingen adress för rapporter.", "Skriv rua=mailto:ADRESS.")]
    found = []
    for there in sorted({uri.rpartition("@")[2] for uri in to})[:MOST_PLACES]:
        permit = f"{domain}._report._dmarc.{there}"
        if organisation(there, ask) != organisation(domain, ask) and not any(
            "v=dmarc1" in t.lower() for t in ask.text(permit)
        ):
            what = f"rapporterna ska till {there}, som inte har sagt ja; de kommer inte att skickas."
            found.append(advice("dmarc", name, what, f"Be {there} publicera TXT ”v=DMARC1” under {permit}."))
    return found


def organisation(domain: str, ask: Ask) -> str:
    """The organisation's domain: the highest above it with a record of its own. Section 4.10.2."""
    found = domain
    for name in path(domain):
        if records := _records(name, ask):
            psd = tags(records[0]).get("psd", "u").lower()
            if psd == "n":
                return name
            if psd == "y":
                return found
            found = name
    return found


def _aligned(sending: Sending, ask: Ask, strict: bool) -> bool:
    ours, back = sending.from_domain, sending.return_domain
    if ours == back or strict:
        return ours == back
    # Without any record the one we ask for will stand at From's domain, and holds for all below it.
    return back.endswith(f".{ours}") or organisation(ours, ask) == organisation(back, ask)
