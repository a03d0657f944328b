"""What the DNS must say of the sender's domain, whether it does, and new keys to sign with.

Takes   the home and its settings; whoever asks the DNS, or nobody.
Gives   the records to publish, what stands there now, and what is wrong or could be better, in words or as JSON.
Fails   AdminError for a key that is no good or would be written over; LaterError when the DNS does not answer.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from mailer.address import parse_address
from mailer.deliver.dkim import keys_of
from mailer.deliver.dkim_key import SigningKey, make_key, read_key
from mailer.deliver.domain import check_dkim, check_dmarc, check_mail, check_spf
from mailer.deliver.domain.finding import About, Ask, Finding, Sending, Server
from mailer.deliver.domain.records import ASK, Record, dkim_record, dmarc_record, spf_record, spf_terms
from mailer.errors import Problem
from mailer.home import var_of
from mailer.settings import Settings, is_loopback

SHORT = "e"  # after a selector: the Ed25519 key beside it
TITLES: Mapping[About, str] = {
    "spf": "SPF – vilka servrar som får skicka i ert namn",
    "dkim": "DKIM – nyckeln som signaturerna kontrolleras mot",
    "dmarc": "DMARC – vad mottagarna ska göra med mejl som bara utger sig för att vara ert",
}
KEEP_DAYS = 8  # an old key's record: a signature lives for seven, and then a mail may have waited on the way


@dataclass(frozen=True, slots=True)
class Seen:
    """What is to be published, and what is."""

    sending: Sending
    records: tuple[Record, ...]
    published: Mapping[str, tuple[str, ...]]  # name -> its texts of the kind
    findings: tuple[Finding, ...]
    is_checked: bool

    @property
    def faults(self) -> tuple[Problem, ...]:
        return tuple(f.problem for f in self.findings if f.is_fault)


def sending(home: Path, settings: Settings, selector: str = "") -> Sending:
    """Who sends, by the settings. `selector`: of keys that are made and not yet in use."""
    ours = settings.sender.from_.domain
    keys = _candidates(home, settings, selector) if selector else keys_of(settings, home)
    administrators = [parse_address(p.address) for p in settings.with_role("administrator")]
    return Sending(
        ours,
        parse_address(settings.sender.return_address).domain,
        tuple(Server(host, is_loopback(host)) for host in dict.fromkeys(r.host for r in settings.all_relays)),
        keys,
        next((a.ascii for a in administrators if a.domain == ours), ""),
    )


def look(sending: Sending, ask: Ask | None) -> Seen:
    """The records, held against the DNS when there is somebody to ask."""
    keys = tuple(dkim_record(key, sending.from_domain) for key in sending.keys)
    if ask is None:
        spf = spf_record(sending, "", spf_terms(_addresses(server, None) for server in sending.relays))
        return Seen(sending, (spf, *keys, dmarc_record(sending)), {}, (), False)
    addresses = {server.name: _addresses(server, ask) for server in sending.relays}
    spf_found = check_spf.check(sending, ask, addresses)
    signatures, dkim_findings = check_dkim.check(sending, ask)
    dmarc = check_dmarc.check(sending, ask)
    lacking = spf_terms(some for name, some in addresses.items() if name not in spf_found.passes)
    spf = spf_record(sending, spf_found.published, lacking)
    wanted = dmarc_record(sending)
    if dmarc.published:
        wanted = Record("dmarc", dmarc.name, dmarc.published)
    published = {
        **({spf.name: (spf_found.published,)} if spf_found.published else {}),
        **signatures,
        **({dmarc.name: (dmarc.published,)} if dmarc.published else {}),
    }
    findings = (*check_mail.check(sending, ask, dmarc.is_aligned), *spf_found.findings, *dkim_findings, *dmarc.findings)
    return Seen(sending, (spf, *keys, wanted), published, findings, True)


def make_keys(home: Path, settings: Settings, now: datetime, selector: str = "", both: bool = False) -> list[str]:
    """New keys in var/keys/dkim, and in words what to do with them. `both`: Ed25519 beside RSA."""
    selector = selector or f"v{now:%Y%m}"
    folder = _folder(home, settings)
    for path in (folder.parent, folder):
        path.mkdir(exist_ok=True, mode=0o700)
        os.chmod(path, 0o700)
    made = [make_key(folder / selector, selector, "rsa")]
    if both:
        made.append(make_key(folder / f"{selector}{SHORT}", f"{selector}{SHORT}", "ed25519"))
    return list(_told(settings, home, folder, made))


def lines(seen: Seen) -> Iterator[str]:
    """Facts: each record with what stands there now, then the advice. Faults are the errors' to tell."""
    yield f"Avsändare: {seen.sending.from_domain}. Returadress: {seen.sending.return_domain}."
    if len(seen.sending.relays) > 1:
        yield f"E-postservrar: {', '.join(server.name for server in seen.sending.relays)}."
    title = ""
    for record in seen.records:
        if TITLES[record.about] != title:
            title = TITLES[record.about]
            yield ""
            yield title
        yield from _shown(record, seen)
    if any(ASK in record.value for record in seen.records):
        yield ""
        yield f"Där det står {ASK}: leverantören har en färdig ”include:”, ofta under ”SPF” på hjälpsidorna."
    said = [f.problem for f in seen.findings if not f.is_fault]
    if said:
        yield ""
        yield "Råd:"
        yield from (f"  {line}" for problem in said for line in str(problem).splitlines())
    if seen.is_checked and not seen.faults:
        yield ""
        yield "Allt som behövs är publicerat."


def to_json(seen: Seen) -> dict[str, Any]:
    return {
        "from": seen.sending.from_domain,
        "return": seen.sending.return_domain,
        "checked": seen.is_checked,
        "ok": seen.is_checked and not seen.faults,
        "records": [
            {
                "about": r.about,
                "name": r.name,
                "type": "TXT",
                "value": r.value,
                "strings": r.strings,
                "published": list(seen.published.get(r.name, ())),
            }
            for r in seen.records
        ],
        "findings": [
            {
                "about": f.about,
                "fault": f.is_fault,
                "where": f.problem.where,
                "what": f.problem.what,
                "remedy": f.problem.remedy,
            }
            for f in seen.findings
        ],
    }


def _candidates(home: Path, settings: Settings, selector: str) -> tuple[SigningKey, ...]:
    """Keys that were made and are not in the settings yet."""
    folder = _folder(home, settings)
    beside = folder / f"{selector}{SHORT}"
    keys = (read_key(folder / selector, selector, "rsa"),)
    return (*keys, read_key(beside, beside.name, "ed25519")) if beside.exists() else keys


def _folder(home: Path, settings: Settings) -> Path:
    return var_of(home, settings) / "keys" / "dkim"


def _addresses(server: Server, ask: Ask | None) -> tuple[str, ...]:
    """The relay's own, as far as they can be known: as it is written, or where its name leads."""
    if server.is_local:
        return ()
    try:
        return (str(ip_address(server.name)),)
    except ValueError:
        return ask.addresses(server.name) if ask else ()


def _shown(record: Record, seen: Seen) -> Iterator[str]:
    yield f"  TXT-post under {record.name}:"
    yield f"    {record.value}"
    if len(record.strings) > 1:
        yield "  I en zonfil, i bitar som får plats:"
        yield f"    {record.zone_line}"
    if seen.is_checked:
        texts = seen.published.get(record.name, ())
        yield "  I DNS nu: " + ("stämmer." if texts == (record.value,) else " | ".join(texts) or "inget som gäller.")


def _told(settings: Settings, home: Path, folder: Path, made: list[SigningKey]) -> Iterator[str]:
    paths = {key.kind: os.path.relpath(folder / key.selector, home.absolute()) for key in made}
    yield f"Nya nycklar: {', '.join(paths.values())}. Bara du kan läsa dem. Går en förlorad gör du en ny på samma sätt."
    yield ""
    yield "1. Lägg in i domänens DNS:"
    for key in made:
        record = dkim_record(key, settings.sender.from_.domain)
        yield f"  TXT-post under {record.name}:"
        yield f"    {record.value}"
    yield ""
    yield f"2. Vänta tills de syns där: mailer dns --selector {made[0].selector}"
    yield ""
    yield "3. Skriv i settings.toml:"
    yield "  [dkim]"
    for key in made:
        before = "" if key.kind == "rsa" else "ed25519_"
        yield f'  {before}selector = "{key.selector}"'
        yield f'  {before}key_file = "{paths[key.kind]}"'
    if settings.dkim.selector:
        yield ""
        yield (
            f"4. Låt posten för {settings.dkim.selector} stå kvar i {KEEP_DAYS} dagar efter bytet: mejl som är på väg "
            "kontrolleras mot den."
        )
