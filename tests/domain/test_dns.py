"""A table of broken zones, each with the sentence it must produce; and one where nothing is wrong."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mailer.cli import dns as _verb  # noqa: F401 - it enters its command
from mailer.cli.main import root
from mailer.deliver.dkim_key import SigningKey
from mailer.deliver.domain.finding import Sending, Server
from mailer.deliver.domain.nameserver import Nameserver, parse_server
from mailer.deliver.domain.records import dkim_record
from mailer.errors import LaterError, MailerError
from mailer.settings.file import read_settings
from mailer.verbs import dns as verb
from tests.deliver.test_dkim_key import pem, written
from tests.domain.zone import HOST, Served, nameserver, silent, txt
from tests.homes import ROOT

HOME = "vallentuna.example"
RELAY = "post.leverantor.example"
RSA = SigningKey("v1", rsa.generate_private_key(65537, 2048))
OTHER = SigningKey("v1", rsa.generate_private_key(65537, 2048))
SHORT = SigningKey("v1e", Ed25519PrivateKey.generate())
KEY, SHORT_KEY = (dkim_record(key, HOME) for key in (RSA, SHORT))
WHOLE = {
    HOME: [("MX", f"10 mx.{HOME}."), txt("v=spf1 include:spf.leverantor.example -all"), txt("annat=1")],
    f"mx.{HOME}": [("A", "192.0.2.25")],
    "spf.leverantor.example": [txt("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 -all")],
    RELAY: [("A", "198.51.100.7"), ("AAAA", "2001:db8::7")],
    KEY.name: [txt(*KEY.strings)],
    SHORT_KEY.name: [txt(*SHORT_KEY.strings)],
    f"_dmarc.{HOME}": [txt(f"v=DMARC1; p=quarantine; rua=mailto:bo@{HOME}")],
}
Zone = dict[str, list[tuple[str, str]]]


def spf(*texts: str) -> Zone:
    return {HOME: [WHOLE[HOME][0], *map(txt, texts)]}


def chain(count: int) -> Zone:
    """So many includes, each with a server of its own."""
    found = spf("v=spf1 " + " ".join(f"include:s{n}.example" for n in range(count)) + " -all")
    return found | {f"s{n}.example": [txt("v=spf1 ip4:198.51.100.7 ip6:2001:db8::7 -all")] for n in range(count)}


def key(value: str) -> Zone:
    return {KEY.name: [txt(*(value[at : at + 255] for at in range(0, len(value), 255)))]}


def dmarc(*texts: str) -> Zone:
    return {f"_dmarc.{HOME}": [txt(text) for text in texts]}


MX = WHOLE[HOME][1:]
FAULTS: dict[str, tuple[Zone, str]] = {
    "no spf": (spf(), "ingen SPF-post är publicerad"),
    "several spf": (spf("v=spf1 -all", "v=spf1 mx -all"), "2 SPF-poster är publicerade; då gäller ingen av dem"),
    "quoted spf": (spf("'v=spf1 -all'"), "liknar SPF men börjar inte med ”v=spf1”"),
    "no blank after the version": (spf("v=spf1;ip4:192.0.2.1"), "liknar SPF men börjar inte med ”v=spf1”"),
    "an unknown word": (spf("v=spf1 ip:198.51.100.7 -all"), "”ip:198.51.100.7” förstås inte"),
    "a bad address": (spf("v=spf1 ip4:198.51.100.777 -all"), "”ip4:198.51.100.777” förstås inte"),
    "the other kind of address": (spf("v=spf1 ip4:2001:db8::7 -all"), "”ip4:2001:db8::7” förstås inte"),
    "a bad prefix": (spf("v=spf1 a/33 -all"), "”a/33” förstås inte"),
    "nothing included": (spf("v=spf1 include: -all"), "”include:” förstås inte"),
    "an include that is not there": (
        spf("v=spf1 include:borta.example -all"),
        "include borta.example har ingen SPF-post",
    ),
    "an include with two": (
        spf("v=spf1 include:d.example -all") | {"d.example": [txt("v=spf1 -all"), txt("v=spf1 +all")]},
        "include d.example har flera SPF-poster",
    ),
    "a circle": (
        spf("v=spf1 include:o.example -all") | {"o.example": [txt(f"v=spf1 include:{HOME} -all")]},
        f"include {HOME} leder tillbaka till sig själv",
    ),
    "a circle further in": (
        spf("v=spf1 include:o.example -all")
        | {"o.example": [txt("v=spf1 include:p.example -all")], "p.example": [txt("v=spf1 include:o.example -all")]},
        "p.example: include o.example leder tillbaka till sig själv",
    ),
    "a fault in an include": (
        spf("v=spf1 include:o.example -all") | {"o.example": [txt("v=spf1 hej -all")]},
        "o.example: ”hej” förstås inte",
    ),
    "eleven look-ups": (chain(11), "kostar 11 uppslag i DNS; efter 10 ger mottagarna upp"),
    "eleven look-ups further in": (
        {**chain(10), "inne.example": chain(10)[HOME], **spf("v=spf1 include:inne.example -all")},
        "kostar 11 uppslag i DNS",
    ),
    "look-ups to nowhere": (
        spf("v=spf1 a:x.example a:y.example mx:z.example -all"),
        "3 av SPF-postens uppslag leder ingen",
    ),
    "everybody": (spf("v=spf1 +all"), "vem som helst får skicka i ert namn"),
    "everybody by the way": (spf("v=spf1 redirect=o.example") | {"o.example": [txt("v=spf1 all")]}, "vem som helst"),
    "no key": ({KEY.name: []}, "nyckeln är inte publicerad"),
    "a name of nothing": ({KEY.name: [("A", "192.0.2.1")]}, "nyckeln är inte publicerad"),
    "two keys": ({KEY.name: [txt(*KEY.strings), txt("v=DKIM1; p=")]}, "2 poster står under namnet"),
    "another key": (key(dkim_record(OTHER, HOME).value), "en annan nyckel är publicerad än den som signerar"),
    "a key cut off": (key(KEY.value[:255]), "nyckeln är avhuggen: 237 av 392 tecken är publicerade"),
    "revoked": (key("v=DKIM1; k=rsa; p="), "nyckeln är återkallad"),
    "of another kind": (key(f"v=DKIM1; k=ed25519; p={RSA.public}"), "posten säger k=ed25519, men nyckeln är rsa"),
    "no key at all": (key("v=spf1 -all"), "posten är ingen DKIM-nyckel: ”v=spf1 -all”"),
    "another version": (key(f"v=DKIM2; p={RSA.public}"), "posten är ingen DKIM-nyckel"),
    "another hash": (key(f"{KEY.value}; h=sha1"), "posten tillåter bara h=sha1"),
    "another service": (key(f"{KEY.value}; s=tlsrpt"), "posten gäller bara tjänsten ”tlsrpt”"),
    "short key without its kind": (
        {SHORT_KEY.name: [txt(f"v=DKIM1; p={SHORT.public}")]},
        "posten säger k=rsa, men nyckeln är ed25519",
    ),
    "no dmarc": (dmarc(), "ingen DMARC-post är publicerad"),
    "several dmarc": (dmarc("v=DMARC1; p=none", "v=DMARC1; p=reject"), "2 DMARC-poster är publicerade"),
    "dmarc without a policy": (dmarc(f"v=DMARC1; rua=mailto:bo@{HOME}"), "säger inte vad som ska göras (p= saknas)"),
    "dmarc with a word of its own": (dmarc("v=DMARC1; p=kanske"), "säger inte vad som ska göras (p=kanske)"),
    "no mail server": ({HOME: MX}, "ingen MX-post: studsar och svar kommer aldrig fram"),
    "no mail wanted": ({HOME: [("MX", "0 ."), *MX]}, "den inte tar emot mejl (MX ”.”)"),
    "a mail server of no address": ({f"mx.{HOME}": []}, f"MX-posten pekar på mx.{HOME}, som inte har någon adress"),
}
ADVICE: dict[str, tuple[Zone, str]] = {
    "nothing of others": (spf("v=spf1 include:spf.leverantor.example"), "säger inget om andra servrar"),
    "neutral": (spf("v=spf1 include:spf.leverantor.example ?all"), "säger inget om andra servrar"),
    "without the relay": (spf("v=spf1 mx -all"), f"om SPF-posten omfattar det som {RELAY} skickar"),
    "half the relay": (spf("v=spf1 ip4:198.51.100.7 -all"), f"om SPF-posten omfattar det som {RELAY} skickar"),
    "on trial": (key(f"{KEY.value}; t=y:s"), "mottagarna tar signaturen som ett prov"),
    "only reports": (dmarc(f"v=DMARC1; p=none; rua=mailto:bo@{HOME}"), "mejl i ert namn från andra släpps fram"),
    "no reports": (dmarc("v=DMARC1; p=reject"), "säger inte vart rapporterna ska gå"),
    "reports to no address": (dmarc(f"v=DMARC1; p=reject; rua=bo@{HOME}"), "är ingen adress för rapporter"),
    "reports to a stranger": (
        dmarc("v=DMARC1; p=reject; rua=mailto:v@rapport.example!10m"),
        "rapporterna ska till rapport.example, som inte har sagt ja",
    ),
    "old words": (dmarc(f"v=DMARC1; p=reject; pct=50; rua=mailto:bo@{HOME}"), "pct läses inte längre"),
    "an address for a mail server": ({HOME: [("A", "192.0.2.80"), *MX]}, "lämnas till domänens webbadress"),
}
FINE: dict[str, Zone] = {
    "as it is": {},
    "by mx and a": spf(f"v=spf1 a:{RELAY} mx ~all"),
    "by prefix": spf(f"v=SPF1 a:{RELAY}/24//48 -all"),
    "by redirect": spf("v=spf1 redirect=spf.leverantor.example"),
    "ten look-ups": chain(10),
    "what receivers pass over": spf("v=spf1 include:spf.leverantor.example ny=ord exp=x.example -all"),
    "a macro": spf("v=spf1 include:spf.leverantor.example exists:%{i}.x.example -all"),
    "a key with spaces": key(f"v=DKIM1;k=rsa ; p={RSA.public[:100]} {RSA.public[100:]}; n=Anteckning"),
    "a key by CNAME's text": key(f"p={RSA.public}"),
    "reports to one who said yes": dmarc("v=DMARC1; p=reject; rua=mailto:v@rapport.example")
    | {f"{HOME}._report._dmarc.rapport.example": [txt("v=DMARC1")]},
}  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with nameserver({}) as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hem")
    text = (ROOT / "settings.toml").read_text("utf-8")
    for name, value in (
        ("selector", "v1"),
        ("key_file", "lång"),
        ("ed25519_selector", "v1e"),
        ("ed25519_key_file", "kort"),
    ):
        text = text.replace(f'# {name} = "" ', f'{name} = "{value}" ')
    text = text.replace(
        'host = "127.0.0.1"\nport = 2525\nsecurity = "none"', f'host = "{RELAY}"\nport = 587\nsecurity = "tls"'
    )
    (folder / "settings.toml").write_text(text, "utf-8")
    written(folder / "lång", pem(RSA.key))
    written(folder / "kort", pem(SHORT.key))
    return folder


Looks = Callable[..., verb.Seen]
SENDING = Sending(HOME, HOME, (Server(RELAY, False),), (RSA, SHORT), f"bo@{HOME}")


@pytest.fixture
def looks(served: Served) -> Looks:
    """What the verb sees of the whole zone with this changed; of a sender who has this changed."""

    def look(changed: Zone, **sender: Any) -> verb.Seen:
        served.zone = {name: records for name, records in {**WHOLE, **changed}.items() if records is not None}
        return verb.look(replace(SENDING, **sender), Nameserver(served.address))

    return look


def said(seen: verb.Seen, faults: bool) -> list[str]:
    return [str(f.problem) for f in seen.findings if f.is_fault is faults]


@pytest.mark.parametrize(("changed", "sentence"), FAULTS.values(), ids=FAULTS)
def test_says_what_is_wrong(looks: Looks, changed: Zone, sentence: str) -> None:
    seen = looks(changed)
    found = [line for line in said(seen, True) if sentence in line]
    assert len(found) == 1, said(seen, True)
    assert "\n    " in found[0], "what to do about it"
    assert not verb.to_json(seen)["ok"]


@pytest.mark.parametrize(("changed", "sentence"), ADVICE.values(), ids=ADVICE)
def test_advises_what_could_be_better(looks: Looks, changed: Zone, sentence: str) -> None:
    seen = looks(changed)
    assert [line for line in said(seen, False) if sentence in line], said(seen, False)
    assert said(seen, True) == []


@pytest.mark.parametrize("changed", FINE.values(), ids=FINE)
def test_finds_nothing_where_nothing_is_wrong(looks: Looks, changed: Zone) -> None:
    seen = looks(changed)
    assert (said(seen, True), said(seen, False)) == ([], [])
    assert "Allt som behövs är publicerat." in list(verb.lines(seen))


BOUNCES = "studs.annan.example"
THEIRS: Zone = {BOUNCES: WHOLE[HOME]}


@pytest.mark.parametrize(
    ("changed", "returns_to", "signs", "sentence", "is_fault"),
    [
        ({}, f"studs.{HOME}", True, "domänen finns inte", True),
        ({f"studs.{HOME}": WHOLE[HOME]}, f"studs.{HOME}", True, "", False),
        (THEIRS, BOUNCES, True, "hör inte till avsändarens", False),
        (THEIRS, BOUNCES, False, "hör inte till avsändarens", True),
        (THEIRS, BOUNCES, False, "p=quarantine, men returadressen", True),
        (
            {f"studs.{HOME}": WHOLE[HOME], **dmarc(f"v=DMARC1; p=reject; aspf=s; rua=mailto:bo@{HOME}")},
            f"studs.{HOME}", False, "p=reject, men returadressen", True,
        ),
    ],
    ids=["nowhere", "below", "strange, signed", "strange", "strange, asked to be strict", "below, strictly"],
)  # fmt: skip
def test_sees_whether_the_return_address_belongs_to_the_sender(
    looks: Looks, changed: Zone, returns_to: str, signs: bool, sentence: str, is_fault: bool
) -> None:
    seen = looks(changed, return_domain=returns_to, keys=SENDING.keys if signs else ())
    if sentence:
        assert [line for line in said(seen, is_fault) if sentence in line], (said(seen, True), said(seen, False))
    else:
        assert (said(seen, True), said(seen, False)) == ([], [])


@pytest.mark.parametrize(
    ("above", "fault", "advice"),
    [
        (f"v=DMARC1; p=reject; rua=mailto:bo@{HOME}", "", ""),
        (f"v=DMARC1; p=reject; sp=none; rua=mailto:bo@{HOME}", "", "p=none"),
        ("v=DMARC1; p=reject; psd=y", "ingen DMARC-post", ""),
    ],
    ids=["inherited", "its own for those below", "of a registry"],
)
def test_takes_the_policy_of_the_organisation_above(looks: Looks, above: str, fault: str, advice: str) -> None:
    here = f"utskick.{HOME}"
    zone = {here: WHOLE[HOME], **{k.name.replace(HOME, here): WHOLE[k.name] for k in (KEY, SHORT_KEY)}}
    seen = looks({**zone, f"_dmarc.{HOME}": [txt(above)]}, from_domain=here, return_domain=here)
    for faults, sentence in ((True, fault), (False, advice)):
        assert all(sentence in line for line in said(seen, faults)), said(seen, faults)
        assert bool(said(seen, faults)) == bool(sentence)


def test_says_that_the_sender_does_not_exist(looks: Looks) -> None:
    seen = looks({}, from_domain="borta.example")
    assert [line for line in said(seen, True) if line.startswith("borta.example: domänen finns inte i DNS.")]


def test_says_what_to_add_to_what_is_there(looks: Looks) -> None:
    def wanted(changed: Zone, **sender: Any) -> str:
        return next(r.value for r in looks(changed, **sender).records if r.about == "spf")

    ours = "ip4:198.51.100.7 ip6:2001:db8::7"
    assert wanted({}) == "v=spf1 include:spf.leverantor.example -all"
    assert wanted(spf()) == f"v=spf1 {ours} ~all"
    assert wanted(spf("v=spf1 mx -all")) == f"v=spf1 mx {ours} -all"
    assert wanted(spf("v=spf1 mx")) == f"v=spf1 mx {ours}"
    assert wanted(spf(), relays=(Server("192.0.2.9", False),)) == "v=spf1 ip4:192.0.2.9 ~all"
    assert "FRÅGA" in wanted(spf(), relays=(Server("127.0.0.1", True),))
    assert "FRÅGA" in wanted({**spf(), RELAY: None})  # type: ignore[dict-item]


RESERVE = Server("reserv.example", False)
WITH_RESERVE = {"relays": (*SENDING.relays, RESERVE)}
THERE: Zone = {RESERVE.name: [("A", "203.0.113.9")]}


@pytest.mark.parametrize(
    ("record", "unseen", "wanted"),
    [
        ("include:spf.leverantor.example ip4:203.0.113.0/24", [], ""),
        ("include:spf.leverantor.example", [RESERVE.name], "include:spf.leverantor.example ip4:203.0.113.9"),
        ("ip4:203.0.113.9", [RELAY], "ip4:203.0.113.9 ip4:198.51.100.7 ip6:2001:db8::7"),
        ("mx", [RELAY, RESERVE.name], "mx ip4:198.51.100.7 ip6:2001:db8::7 ip4:203.0.113.9"),
    ],
    ids=["both", "not the second", "not the first", "neither"],
)
def test_looks_at_every_relay_by_its_name(looks: Looks, record: str, unseen: list[str], wanted: str) -> None:
    seen = looks({**THERE, **spf(f"v=spf1 {record} -all")}, **WITH_RESERVE)
    assert said(seen, True) == []
    advice = said(seen, False)
    assert [
        name for name in (RELAY, RESERVE.name) if any(f"det som {name} skickar" in line for line in advice)
    ] == unseen
    assert len(advice) == len(unseen)
    assert next(r.value for r in seen.records if r.about == "spf") == f"v=spf1 {wanted or record} -all"


def test_asks_for_the_words_of_a_relay_whose_address_it_cannot_know(looks: Looks) -> None:
    seen = looks({**THERE, **spf()}, relays=(Server("127.0.0.1", True), RESERVE))
    (record,) = (r.value for r in seen.records if r.about == "spf")
    assert record == "v=spf1 include:FRÅGA-ER-E-POSTLEVERANTÖR ip4:203.0.113.9 ~all"
    unchecked = verb.look(replace(SENDING, **WITH_RESERVE), None)
    assert unchecked.records[0].value == "v=spf1 include:FRÅGA-ER-E-POSTLEVERANTÖR ~all"


def test_takes_the_relays_from_the_settings(home: Path, served: Served, tmp_path: Path) -> None:
    text = (home / "settings.toml").read_text("utf-8")
    further = "".join(f'[[relays]]\nname = "{n}"\nhost = "{RESERVE.name}"\n' for n in ("reserv", "reserv2"))
    (tmp_path / "settings.toml").write_text(text.replace("\n[mailbox]\n", f"\n{further}\n[mailbox]\n"), "utf-8")
    for name in ("lång", "kort"):
        written(tmp_path / name, (home / name).read_bytes())
    served.zone = {**WHOLE, **THERE}
    done = ran(tmp_path, "--resolver", f"{HOST}:{served.port}")
    assert (done.exit_code, done.exception) == (0, None), done.output
    assert f"E-postservrar: {RELAY}, {RESERVE.name}." in done.stdout
    assert done.stdout.count(f"omfattar det som {RESERVE.name} skickar") == 1
    assert f"det som {RELAY} skickar" not in done.stdout


def test_says_that_nobody_signs_here(looks: Looks) -> None:
    seen = looks({}, keys=())
    (line,) = said(seen, False)
    assert "tjänsten signerar inte själv" in line
    assert "mailer dns --make-keys" in line
    assert [r.about for r in seen.records] == ["spf", "dmarc"]


def test_asks_for_long_answers_by_tcp(looks: Looks, served: Served) -> None:
    served.asked.clear()
    looks({HOME: [*WHOLE[HOME], *(txt(f"plats{n}=" + "x" * 200) for n in range(8))]})
    assert (HOME, "TXT", "tcp") in served.asked
    assert len(served.asked) == len(set(served.asked)), "each is asked once"


def test_says_that_the_dns_does_not_answer(tmp_path: Path) -> None:
    with nameserver(WHOLE) as running:
        ask = Nameserver(running.address)
        with pytest.raises(LaterError, match="fick inget besked från DNS"):
            ask.text("server.trasig")
    with silent() as deaf, pytest.MonkeyPatch.context() as patch:
        patch.setattr("mailer.deliver.domain.nameserver.LIFETIME_S", 0.2)
        with pytest.raises(LaterError, match="fick inget besked från DNS"):
            Nameserver((HOST, deaf.getsockname()[1])).text(HOME)


def test_lets_nothing_into_the_terminal(served: Served) -> None:
    served.zone = {HOME: [txt("v=spf1\\027[31m\\010 \\255", "å")]}
    assert Nameserver(served.address).text(HOME) == ("v=spf1\ufffd[31m\ufffd \ufffdå",)


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", ".", "åäö.example", "a b.example", "\\", "_"])
def test_takes_what_is_no_name_for_nothing(served: Served, name: str) -> None:
    served.zone = dict(WHOLE)
    ask = Nameserver(served.address)
    assert (ask.text(name), ask.exchanges(name), ask.addresses(name)) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("192.0.2.53", ("192.0.2.53", 53)), ("127.0.0.1:5353", ("127.0.0.1", 5353)), ("[::1]:53", ("::1", 53)),
     ("2001:db8::1", ("2001:db8::1", 53)), ("dns.example", None), ("127.0.0.1:0", None), ("127.0.0.1:x", None), ("", None)],
)  # fmt: skip
def test_reads_which_server_to_ask(text: str, wanted: tuple[str, int] | None) -> None:
    if wanted:
        assert parse_server(text) == wanted
    else:
        with pytest.raises(ValueError, match=r"ingen IP-adress|finns inte"):
            parse_server(text)


def ran(home: Path, *words: str) -> Result:
    return CliRunner().invoke(root, ["--home", str(home), "dns", *words])


def test_tells_it_on_the_command_line(home: Path, served: Served) -> None:
    at = f"{HOST}:{served.port}"
    served.zone = dict(WHOLE)
    done = ran(home, "--resolver", at)
    assert (done.exit_code, done.exception) == (0, None), done.output
    assert "Allt som behövs är publicerat." in done.stdout
    assert done.stdout.count("I DNS nu: stämmer.") == 4
    served.zone = {**WHOLE, **dmarc()}
    done = ran(home, "--resolver", at, "--json")
    assert isinstance(done.exception, MailerError)
    assert done.exception.exit_code == 3
    shown = json.loads(done.stdout)
    assert (shown["checked"], shown["ok"]) == (True, False)
    assert [f["where"] for f in shown["findings"] if f["fault"]] == [f"_dmarc.{HOME}"]
    dkim = next(r for r in shown["records"] if r["name"] == KEY.name)
    assert "".join(dkim["strings"]) == KEY.value
    assert max(map(len, dkim["strings"])) <= 255


def test_shows_the_records_though_the_dns_does_not_answer(home: Path, served: Served) -> None:
    served.zone = dict(WHOLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILER_SENDER__RETURN_ADDRESS", "s@server.trasig")
        done = ran(home, "--resolver", f"{HOST}:{served.port}")
    assert isinstance(done.exception, LaterError)
    assert KEY.value in done.stdout
    assert "I DNS nu" not in done.stdout
    assert ran(home, "--no-check").exit_code == 0


def test_makes_keys_and_says_what_to_do_with_them(home: Path, served: Served, tmp_path: Path) -> None:
    text = (home / "settings.toml").read_text("utf-8")
    (tmp_path / "settings.toml").write_text((ROOT / "settings.toml").read_text("utf-8"), "utf-8")
    done = ran(tmp_path, "--make-keys", "--ed25519", "--selector", "v2")
    assert done.exit_code == 0, done.output
    made = {path.name: path for path in (tmp_path / "var" / "keys" / "dkim").iterdir()}
    assert sorted(made) == ["v2", "v2e"]
    section = done.stdout[done.stdout.index("  [dkim]") :].replace("\n  ", "\n").strip()
    settings = text[: text.index("[dkim]")] + section + "\n" + text[text.index("[[series]]") :]
    (tmp_path / "settings.toml").write_text(settings, "utf-8")
    served.zone = {**WHOLE, **{r.name: [txt(*r.strings)] for r in _records(tmp_path)}}
    assert ran(tmp_path, "--resolver", f"{HOST}:{served.port}").exit_code == 0, "as it said, so it is"
    assert ran(tmp_path, "--resolver", f"{HOST}:{served.port}", "--selector", "v2").exit_code == 0
    again = ran(tmp_path, "--make-keys", "--selector", "v2")
    assert "skrivs aldrig över" in str(again.exception)
    rotated = ran(tmp_path, "--make-keys", "--selector", "v3")
    assert "Låt posten för v2 stå kvar i 8 dagar" in rotated.stdout


def _records(home: Path) -> list[Any]:
    return [r for r in verb.look(verb.sending(home, read_settings(home)), None).records if r.about == "dkim"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--ed25519"], "hör till --make-keys"),
        (["--make-keys", "--json"], "går inte ihop"),
        (["--make-keys", "--selector", "../x"], "går inte som namn i DNS"),
        (["--resolver", "dns.example"], "ingen IP-adress"),
    ],
)
def test_refuses_words_that_make_no_sense(home: Path, words: list[str], sentence: str) -> None:
    done = ran(home, *words)
    assert done.exit_code == 2
    assert sentence in done.output
