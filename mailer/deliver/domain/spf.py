"""Which servers may send in a domain's name: reading SPF as a receiver does.

Takes   the texts of a domain, whoever asks the DNS, the addresses that send.
Gives   an Spf: which of the addresses pass, how many look-ups it costs, what a receiver would not understand.
Fails   LaterError when the DNS does not answer.

RFC 7208. Look-ups are counted as if nothing matched: so many it costs for the mail of a stranger.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from mailer.deliver.domain.finding import Ask

MOST_LOOKUPS = 10  # section 4.6.4; one more, and every mail fails
MOST_VOID = 2  # section 4.6.4: look-ups that find nothing
GIVE_UP_AT = 40  # look-ups: we do not count on
_COSTS = ("include", "a", "mx", "ptr", "exists", "redirect")
_KNOWN = (*_COSTS, "all", "ip4", "ip6", "exp")


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a record: `-all`, `ip4:192.0.2.0/24`, `redirect=example.org`."""

    qualifier: str  # + - ~ ?
    name: str
    value: str = ""
    prefix4: str = ""  # /24
    prefix6: str = ""  # //64


@dataclass(slots=True)
class Spf:
    """What a receiver makes of it."""

    passes: set[str] = field(default_factory=set)  # of the addresses asked about
    lookups: int = 0
    void: int = 0
    ends: str = ""  # the qualifier of the last `all`; ””: none
    wrong: list[str] = field(default_factory=list)  # in Swedish, each a reason for ”permerror”


def is_spf(text: str) -> bool:
    """Whether a TXT record is one of these. Section 4.5."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def read(record: str, domain: str, ask: Ask, addresses: tuple[str, ...] = ()) -> Spf:
    """The record as it is read for mail from `domain`."""
    spf = Spf()
    _count(record, domain, ask, spf, (domain,))
    if not spf.wrong and spf.lookups <= MOST_LOOKUPS:  # else no receiver gets as far
        spf.ends = _ends(record, ask, 0)
        spf.passes = {a for a in addresses if _result(record, domain, ask, a, 0) == "+"}
    return spf


def terms(record: str) -> Iterator[Term]:
    """The words after the version. ValueError, with the word, for one that no receiver knows."""
    for word in record.split()[1:]:
        bare = word[1:] if word[0] in "+-~?" else word
        at = min((n for n in (bare.find(c) for c in ":=/") if n >= 0), default=len(bare))
        name, value, four, six = bare[:at].lower(), bare[at:], "", ""
        if name not in _KNOWN:
            if bare[at : at + 1] == "=" and name:  # an unknown modifier is passed over: section 6
                continue
            raise ValueError(word)
        if name in ("a", "mx"):
            value, _, six = value.partition("//")
            value, _, four = value.partition("/")
        value = value[1:] if value[:1] in (":", "=") else value
        yield _valid(Term(word[0] if word[0] in "+-~?" else "+", name, value, four, six), word)


def _valid(term: Term, word: str) -> Term:
    try:
        if term.name in ("ip4", "ip6") and ip_network(term.value, strict=False).version != int(term.name[2]):
            raise ValueError(word)
    except ValueError as why:
        raise ValueError(word) from why
    if term.name in ("include", "exists", "redirect") and not term.value:
        raise ValueError(word)
    if not all(
        p == "" or (p.isascii() and p.isdigit() and int(p) <= most)
        for p, most in ((term.prefix4, 32), (term.prefix6, 128))
    ):
        raise ValueError(word)
    return term


def _count(record: str, domain: str, ask: Ask, spf: Spf, path: tuple[str, ...]) -> None:
    try:
        found = list(terms(record))
    except ValueError as wrong:
        spf.wrong.append(f"{domain}: ”{str(wrong)[:60]}” förstås inte av mottagarna")
        return
    for term in found:
        if term.name == "all" or spf.lookups >= GIVE_UP_AT:
            return  # what stands after `all` is never read: section 5.1
        if term.name not in _COSTS or (term.name == "redirect" and any(t.name == "all" for t in found)):
            continue
        spf.lookups += 1
        _follow(term, domain, ask, spf, path)


def _follow(term: Term, domain: str, ask: Ask, spf: Spf, path: tuple[str, ...]) -> None:
    to = (term.value or domain).lower().rstrip(".")
    if "%" in to:  # a macro: known only when a mail comes
        return
    if term.name in ("a", "mx", "exists"):
        spf.void += not (ask.exchanges(to) if term.name == "mx" else ask.addresses(to))
        return
    if term.name == "ptr":
        return
    if to in path:
        spf.wrong.append(f"{domain}: {term.name} {to} leder tillbaka till sig själv")
        return
    records = [text for text in ask.text(to) if is_spf(text)]
    spf.void += not ask.text(to)
    if len(records) != 1:
        spf.wrong.append(f"{domain}: {term.name} {to} har {'ingen SPF-post' if not records else 'flera SPF-poster'}")
        return
    _count(records[0], to, ask, spf, (*path, to))


def _ends(record: str, ask: Ask, depth: int) -> str:
    found = list(terms(record))
    if every := [t.qualifier for t in found if t.name == "all"]:
        return every[0]
    to = next((t.value for t in found if t.name == "redirect"), "")
    return _ends(_record(to, ask), ask, depth + 1) if to and depth < MOST_LOOKUPS else ""


def _record(domain: str, ask: Ask) -> str:
    return next((text for text in ask.text(domain) if is_spf(text)), "v=spf1")


def _result(record: str, domain: str, ask: Ask, address: str, depth: int) -> str:
    """The qualifier that the address gets; ”?” when nothing matches. Section 4.6."""
    redirect = ""
    for term in terms(record):
        if term.name == "redirect":
            redirect = term.value
        elif _matches(term, domain, ask, address, depth):
            return term.qualifier
    if redirect and depth < MOST_LOOKUPS:
        return _result(_record(redirect, ask), redirect, ask, address, depth + 1)
    return "?"


def _matches(term: Term, domain: str, ask: Ask, address: str, depth: int) -> bool:
    to = term.value or domain
    if term.name == "all":
        return True
    if term.name in ("ip4", "ip6"):
        return ip_address(address) in ip_network(term.value, strict=False)
    if "%" in to or term.name in ("ptr", "exists", "exp"):
        return False
    if term.name == "include":
        return depth < MOST_LOOKUPS and _result(_record(to, ask), to, ask, address, depth + 1) == "+"
    hosts = ask.exchanges(to)[:10] if term.name == "mx" else (to,)
    prefix = term.prefix4 if ip_address(address).version == 4 else term.prefix6
    return any(
        ip_address(address) in ip_network(f"{a}/{prefix}" if prefix else a, strict=False)
        for host in hosts
        for a in ask.addresses(host)
        if ip_address(a).version == ip_address(address).version
    )
