"""A signed mailing through a real Postfix, by TLS and a login, into a real Dovecot: each mail once, and as it was meant."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from html import escape
from imaplib import IMAP4
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from mailer.address import parse_address
from mailer.deliver.dkim_key import SigningKey
from mailer.deliver.domain.records import dkim_record
from mailer.house import House, open_house
from mailer.register.tables import contacts
from mailer.render.rendering import Rendering
from mailer.slots import EDITORS_FIELDS, TEMPLATE_SLOTS
from mailer.verbs import send
from tests.deliver.test_dkim_key import pem, written
from tests.homes import add_people, make_home, plan_letter
from tests.postoffice.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.postoffice.opendkim import judged
from tests.postoffice.postfix import Gate, Postfix, running_postfix
from tests.postoffice.programs import HOST, reachable_folder, wait
from tests.relay.client import CERTIFICATES

FROM = "v-aktuellt@vänstern-åäö.example"
KEYS = (SigningKey("v1", rsa.generate_private_key(65537, 2048)), SigningKey("v1e", Ed25519PrivateKey.generate()))
NAMES = [
    ("Åsa", "Öberg"), ("Gülşen", "Çelik"), ("Ingemar ”Kulan”", "O'Brien, d.y."), ("李", "小龍"), ("محمد", "عبد الله"),
    ('Karl "Kalle"', "Ek <x@y.example>"), ("=?utf-8?q?Anna?=", "Bo"), ("Þóra 🌹", "Ærøskøbing"), ("A" * 60, "Ö" * 60), ("Ö", ""),
]  # fmt: skip
DOMAINS = ("medlem.example", "åäö.example", "bücher.example", "例え.example")
LONG = "Ordetutanslut" * 200  # one word over the 998 that a line may hold
# What ends a message, a header section or a mail in a folder, when somebody on the way reads it otherwise.
ODD = [
    ".", "..", ".\r\n.", "QUIT", "From styrelsen med hälsning", ">From dem", "före.\n.\nefter", "slut\n.\nMAIL FROM:<x@y.example>",
    "två  blanksteg\toch tabb", "sist ett blanksteg ", "=20=\n=", "åäö " * 300, LONG, "\n\n", "-- ", "--=_1--", "Bcc: x@y.example",
]  # fmt: skip
PUBLISHED = {r.name: r.value for k in KEYS for r in [dkim_record(k, parse_address(FROM).domain)]}
BARE = "pipelining size 8bitmime enhancedstatuscodes chunking smtputf8 dsn etrn vrfy"


def rendering() -> Rendering:
    name, code = EDITORS_FIELDS["förnamn"].marker, TEMPLATE_SLOTS["leave_code"].marker
    odd = "\n".join(ODD)
    subject = "Maj – vår tid är nu: å, ä och ö i ämnesraden, som är lång nog för att vikas flera gånger"
    page = f"<p>Hej {name}!</p>\n<pre>\n{escape(odd)}\n</pre>\n<p>{code}</p>\n"
    return Rendering("alla", subject, page, f"Hej {name}!\n{odd}\n{code}\nSlut.\n")


def address(n: int) -> str:
    return f"medlem{n}@{DOMAINS[n % len(DOMAINS)]}"


def name(n: int) -> tuple[str, str]:
    return NAMES[n % len(NAMES)]


@contextmanager
def post_office(folder: Path, members: int, security: str, hides: str) -> Iterator[tuple[Postfix, Dovecot]]:
    with ExitStack() as both:
        (folder / "mail").mkdir()
        (folder / "mail").chmod(0o777)
        dovecot = both.enter_context(running_dovecot(folder / "mail", takes_post=True))
        boxes = {parse_address(address(n)).ascii: f"m{n}" for n in range(1, members + 1)}
        gate = Gate(dovecot.auth_port, dovecot.lmtp_port, security, hides)
        yield both.enter_context(running_postfix(folder / "unused", boxes, gate=gate)), dovecot


def planned(folder: Path, port: int, members: int) -> Path:
    """A home that signs with both keys, its mailing planned to everybody."""
    more = {
        'from_address = "v-aktuellt@vallentuna.example"': f'from_address = "{FROM}"',
        '# selector = "" ': 'selector = "v1" ',
    }
    more |= {'# key_file = "" ': 'key_file = "lång" ', '# ed25519_selector = "" ': 'ed25519_selector = "v1e" '}
    home = make_home(folder, port, **more, **{'# ed25519_key_file = ""': 'ed25519_key_file = "kort"'})
    for key, file in zip(KEYS, ("lång", "kort"), strict=True):
        written(home / file, pem(key.key))
    with open_house(home) as house:
        fill(house, members)
    return home


def fill(house: House, members: int) -> None:
    now = house.clock.now()

    def write(c: Any) -> None:
        add_people(c, house.keys, range(1, members + 1), now)
        for n in range(1, members + 1):
            at = parse_address(address(n))
            values = {"address": at.ascii, "address_shown": at.shown, "address_key": at.key(house.keys)}
            first, last = name(n)
            c.execute(update(contacts).where(contacts.c.id == n).values(first_name=first, last_name=last, **values))
        plan_letter(c, now, rendering=rendering())

    house.db.write(write)


def fetched(dovecot: Dovecot, n: int) -> list[bytes]:
    """All that lies in a member's mailbox, as IMAP gives it."""
    with IMAP4(HOST, dovecot.port) as box:
        box.login(parse_address(address(n)).ascii, PASSWORD)
        box.select(readonly=True)
        _, (found,) = box.search(None, "ALL")
        return [box.fetch(number.decode(), "(BODY.PEEK[])")[1][0][1] for number in found.split()]  # type: ignore[index,misc]


@pytest.mark.parametrize(
    ("members", "security", "hides"),
    [
        (12, "starttls", ""),
        pytest.param(200, "starttls", "", marks=pytest.mark.soak),
        pytest.param(200, "tls", BARE, marks=pytest.mark.soak),
    ],
    ids=["a dozen", "two hundred", "two hundred, to a server that offers nothing"],
)
def test_reaches_everybody_once_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: int, security: str, hides: str
) -> None:
    for key, value in {"SECURITY": security, "USERNAME": "hemmet", "PASSWORD": PASSWORD}.items():
        monkeypatch.setenv(f"MAILER_RELAY__{key}", value)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "good.pem"))
    with reachable_folder("th") as folder, post_office(folder, members, security, hides) as (postfix, dovecot):
        home = planned(tmp_path / "home", postfix.port, members)
        with open_house(home) as house:
            assert send.run_until_idle(house)
        wait(postfix.is_idle, postfix.process, postfix.folder / "log")
        came = {n: fetched(dovecot, n) for n in range(1, members + 1)}
        log = (postfix.folder / "log").read_text("utf-8")
    assert {n: len(mails) for n, mails in came.items()} == dict.fromkeys(came, 1)
    raw = [mails[0] for mails in came.values()]
    assert not [mail for mail in raw if re.search(rb"\r(?!\n)|(?<!\r)\n", mail)]
    assert max(len(line) for mail in raw for line in mail.split(b"\r\n")) <= 998
    assert log.count("sasl_username=hemmet") == members
    assert not re.search(r"bare <|NOQUEUE|improper command|fatal:|panic:", log)
    both = ["rsa-sha256 v1 pass", "ed25519-sha256 v1e pass"]
    assert judged(tmp_path, raw, PUBLISHED) == [both] * members
    for n, mail in zip(came, raw, strict=True):
        assert all(dkim.DKIM(mail).verify(k, dnsfunc=published) for k in range(2))
        check(n, mail)


def published(record: bytes, timeout: int = 5) -> bytes:
    return PUBLISHED[record.decode().rstrip(".")].encode()


def recipient(raw: bytes) -> tuple[str, str]:
    """Name and address. By the parser of old: the new one leaves a space between encoded words of a name."""
    phrase, at = parseaddr(BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)["To"])
    return str(make_header(decode_header(phrase))), at


def check(n: int, raw: bytes) -> None:
    """The reader sees what was written."""
    mail: EmailMessage = BytesParser(policy=policy.default).parsebytes(raw)
    assert recipient(raw) == (" ".join(name(n)).strip(), parse_address(address(n)).ascii)
    assert mail["From"].addresses[0].addr_spec == parse_address(FROM).ascii
    assert mail["Subject"] == rendering().subject
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    expected = rendering().text.replace("\r\n", "\n").split("\n")
    expected[0] = f"Hej {name(n)[0]}!"
    lines = text.replace("\r\n", "\n").split("\n")
    assert len(lines) == len(expected)
    assert [(a, b) for a, b in zip(lines, expected, strict=True) if a != b and "leave_code" not in b] == []
    shown = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert LONG in shown
