"""The signature: held against another's verifier, which must say yes to ours and no to whatever was done to it."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.deliver.dkim import Signer, open_signer
from mailer.errors import AdminError
from mailer.house import open_house
from mailer.verbs import send
from tests.homes import add_people, make_home, plan_letter
from tests.relay.client import running_relay

KEY = rsa.generate_private_key(65537, 2048)
NOW = datetime.now(UTC)  # the verifier looks at its own clock
HEAD = (
    b"From: V Aktuellt <v-aktuellt@vallentuna.example>\r\nTo: =?utf-8?b?w4VzYQ==?= <asa@hem.example>\r\n"
    b"Reply-To: redaktion@vallentuna.example\r\nSubject: V Aktuellt\r\n maj 2024\r\n"
    b"Date: Fri, 10 May 2024 09:00:00 +0200\r\nMessage-ID: <a@vallentuna.example>\r\n"
    b"List-Unsubscribe: <https://utskick.vallentuna.example/sluta/abc/direkt>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_1"\r\n\r\n'
)
BODY = b"--=_1\r\nContent-Type: text/plain\r\n\r\nHej!  Tv=C3=A5 mellanslag\t och tabb. \r\n\r\n--=_1--\r\n\r\n\r\n"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def published(name: bytes, timeout: int = 5) -> bytes:
    """What the DNS would say."""
    assert name == b"v1._domainkey.vallentuna.example."
    der = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def signed(head: bytes = HEAD, body: bytes = BODY, now: datetime = NOW) -> bytes:
    return Signer("vallentuna.example", "v1", KEY).field(head, body, now) + head + body


def holds(message: bytes) -> bool:
    return bool(dkim.verify(message, dnsfunc=published))


def test_is_believed_by_another() -> None:
    message = signed()
    assert holds(message)
    assert max(len(line) for line in message.split(b"\r\n")) < 90


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([b"Hej", b"  ny", b"\t", b" ", b"", b"=C3=A5 ", b".", b"a\tb  c"]), max_size=12))
def test_is_believed_whatever_the_body(lines: list[bytes]) -> None:
    body = b"\r\n".join(lines) + b"\r\n"  # as it stands before the final dot
    assert holds(signed(body=body))


@pytest.mark.parametrize(
    "field",
    [b"From: a@b.example", b"Subject: Annat", b"To: b@b.example", b"Reply-To: b@b.example", b"Cc: b@b.example",
     b"Date: Fri, 10 May 2024 09:00:01 +0200", b"List-Unsubscribe: <https://b.example>", b"Content-Type: text/html",
     b"Content-Transfer-Encoding: base64", b"MIME-Version: 1.0"],
    ids=lambda f: f.partition(b":")[0].decode(),
)  # fmt: skip
@pytest.mark.parametrize("where", ["before", "after"])
def test_breaks_when_a_field_is_added(field: bytes, where: str) -> None:
    signature = Signer("vallentuna.example", "v1", KEY).field(HEAD, BODY, NOW)
    head = field + b"\r\n" + HEAD if where == "before" else HEAD[:-2] + field + b"\r\n\r\n"
    assert holds(signature + HEAD + BODY)
    assert not holds(signature + head + BODY)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"asa@hem.example", b"bo@hem.example"), (b"maj 2024", b"juni 2024"), (b"/sluta/abc", b"/sluta/abd"),
     (b"Hej!", b"Nej!"), (b"--=_1--\r\n", b"--=_1--\r\nMera\r\n")],
    ids=["another recipient", "subject", "link", "body", "more body"],
)  # fmt: skip
def test_breaks_when_anything_is_changed(old: bytes, new: bytes) -> None:
    message = signed()
    assert old in message
    assert not holds(message.replace(old, new))


def test_lives_for_a_week_and_never_covers_a_part_of_the_body() -> None:
    head = signed().partition(b"From:")[0].decode()
    begins, ends = (int(n) for n in re.search(r"t=(\d+); x=(\d+)", head).groups())  # type: ignore[union-attr]
    assert ends - begins == 7 * 24 * 3600
    assert not re.search(r"\bl=", head)
    assert not holds(signed(now=datetime(2024, 5, 10, tzinfo=UTC)))


def written(path: Path, raw: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(raw)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("raw", "mode", "said"),
    [
        (pem(KEY), 0o644, "kan läsas av andra"),
        (b"hemligt", 0o600, "ingen signeringsnyckel"),
        (pem(rsa.generate_private_key(65537, 1024)), 0o600, "minst 2048 bitar"),
        (pem(ec.generate_private_key(ec.SECP256R1())), 0o600, "ingen RSA-nyckel"),
    ],
    ids=["open", "no key", "weak", "another kind"],
)
def test_refuses_a_key_that_is_no_good(tmp_path: Path, raw: bytes, mode: int, said: str) -> None:
    with pytest.raises(AdminError, match=said):
        open_signer(written(tmp_path / "nyckel", raw, mode), "vallentuna.example", "v1")


def test_says_when_there_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(AdminError, match="går inte att läsa"):
        open_signer(tmp_path / "nyckel", "vallentuna.example", "v1")


@pytest.fixture
def delivered(tmp_path: Path) -> Iterator[list[bytes]]:
    """What a relay got from a home that signs."""
    (tmp_path / "relay").mkdir()
    with running_relay(folder=tmp_path / "relay", record=True) as relay:
        more = {'# selector = "" ': 'selector = "v1" ', '# key_file = "" ': 'key_file = "nyckel" '}
        home = make_home(tmp_path / "hem", relay.port, **more)
        written(home / "nyckel", pem(KEY))
        with open_house(home) as house:
            house.db.write(lambda c: add_people(c, house.keys, range(1, 4), house.clock.now()))
            house.db.write(lambda c: plan_letter(c, house.clock.now()))
            assert send.run_until_idle(house)
        yield [relay.recorded(line) for line in relay.acknowledged()]


def test_signs_every_message_that_it_sends(delivered: list[bytes]) -> None:
    assert len(delivered) == 3
    assert all(holds(message) for message in delivered)
    names = [re.search(rb"h=([\w:\r\n -]+);", message)[1].replace(b"\r\n ", b"") for message in delivered]  # type: ignore[index]
    assert all(b"List-Unsubscribe:List-Unsubscribe:" in of for of in names)
