"""The signatures: held against another's verifier, which must say yes to ours and no to whatever was done to them."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailer.deliver.dkim import SIGNED, Signer
from mailer.deliver.dkim_key import SigningKey
from mailer.deliver.dkim_relaxed import is_relaxed, relaxed_body

RSA = SigningKey("v1", rsa.generate_private_key(65537, 2048))
ED25519 = SigningKey("v1e", Ed25519PrivateKey.generate())
BOTH = (RSA, ED25519)
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
keys = pytest.mark.parametrize("key", BOTH, ids=lambda key: key.kind)


def published(name: bytes, timeout: int = 5) -> bytes:
    """What the DNS would say."""
    (key,) = [k for k in BOTH if name == f"{k.selector}._domainkey.vallentuna.example.".encode()]
    return f"v=DKIM1; k={key.kind}; p={key.public}".encode()


def signed(head: bytes = HEAD, body: bytes = BODY, now: datetime = NOW, key: SigningKey = RSA) -> bytes:
    return Signer("vallentuna.example", (key,)).fields(head, body, now) + head + body


def holds(message: bytes, which: int = 0) -> bool:
    """Whether the signature holds that stands as number `which`."""
    try:
        return bool(dkim.DKIM(message).verify(which, dnsfunc=published))
    except dkim.ValidationError:
        return False


@keys
def test_is_believed_by_another(key: SigningKey) -> None:
    message = signed(key=key)
    assert holds(message)
    assert max(len(line) for line in message.split(b"\r\n")) < 90


def test_signs_twice_and_each_holds_alone() -> None:
    message = Signer("vallentuna.example", BOTH).fields(HEAD, BODY, NOW) + HEAD + BODY
    assert message.count(b"DKIM-Signature:") == 2
    assert [holds(message, 0), holds(message, 1)] == [True, True]
    changed = message.replace(b"Hej!", b"Nej!")
    assert [holds(changed, 0), holds(changed, 1)] == [False, False]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([b"Hej", b"  ny", b"\t", b" ", b"", b"=C3=A5 ", b".", b"a\tb  c"]), max_size=12))
@example([])
@example([b""])
@example([b"Hej", b"", b""])
def test_is_believed_whatever_the_body(lines: list[bytes]) -> None:
    body = b"\r\n".join(lines) + b"\r\n"  # as it stands before the final dot
    assert holds(signed(body=body))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    name=st.sampled_from([b"Subject", b"SUBJECT", b"List-Id", b"X-Annat"]),
    value=st.lists(st.sampled_from([b"ord", b" ", b"  ", b"\t", b"\r\n ", b"\r\n\t", b":", b"%d"]), max_size=10),
)
def test_is_believed_however_a_field_is_folded(name: bytes, value: list[bytes]) -> None:
    field = re.sub(rb"(\r\n[ \t]+)+(?=\r\n|$)", b"", name + b":" + b"".join(value))  # no line of white space alone
    assert holds(signed(head=HEAD.replace(b"Subject: V Aktuellt\r\n maj 2024", field)))


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"", b""),
        (b"\r\n", b""),
        (b"\r\n\r\n", b""),
        (b" \r\n\t\r\n", b""),
        (b"a", b"a\r\n"),
        (b"a ", b"a\r\n"),
        (b"a\r\n", b"a\r\n"),
        (b"a \t b\r\n\r\n\r\n", b"a b\r\n"),
        (b" a\r\n \r\nb\r\n", b" a\r\n\r\nb\r\n"),
    ],
)
def test_has_one_relaxed_form_for_a_body(body: bytes, wanted: bytes) -> None:
    assert relaxed_body(body) == wanted
    assert is_relaxed(relaxed_body(body))
    assert relaxed_body(wanted, is_known=True) == wanted


def test_does_not_rewrite_what_is_in_its_form() -> None:
    body = b"En rad som slutar med =\r\nmjuk brytning=20\r\n"
    assert relaxed_body(body) is body


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("where", ["before", "after"])
def test_breaks_when_a_field_is_added(name: str, where: str) -> None:
    field = f"{name}: <https://b.example>\r\n".encode()
    signature = Signer("vallentuna.example", (RSA,)).fields(HEAD, BODY, NOW)
    head = field + HEAD if where == "before" else HEAD[:-2] + field + b"\r\n"
    assert not holds(signature + head + BODY)


@keys
@pytest.mark.parametrize(
    ("old", "new"),
    [(b"asa@hem.example", b"bo@hem.example"), (b"maj 2024", b"juni 2024"), (b"/sluta/abc", b"/sluta/abd"),
     (b"=One-Click", b"=Two-Click"), (b"Hej!", b"Nej!"), (b"--=_1--\r\n", b"--=_1--\r\nMera\r\n")],
    ids=["another recipient", "subject", "link", "one click", "body", "more body"],
)  # fmt: skip
def test_breaks_when_anything_is_changed(old: bytes, new: bytes, key: SigningKey) -> None:
    message = signed(key=key)
    assert old in message
    assert not holds(message.replace(old, new))


def test_signs_what_stands_twice_from_the_bottom_up() -> None:
    head = b"Subject: Ett\r\n" + HEAD
    message = signed(head=head)
    assert holds(message)
    assert not holds(message.replace(b"Subject: Ett\r\n", b""))


def test_lives_for_a_week_and_never_covers_a_part_of_the_body() -> None:
    head = signed().partition(b"From:")[0].decode()
    begins, ends = (int(n) for n in re.search(r"t=(\d+); x=(\d+)", head).groups())  # type: ignore[union-attr]
    assert ends - begins == 7 * 24 * 3600
    assert not re.search(r"\bl=", head)
    assert not holds(signed(now=datetime(2024, 5, 10, tzinfo=UTC)))


def test_signs_in_several_threads_at_once_each_its_own() -> None:
    """With and without the list's fields in turn: what is made once must not be another's."""
    signer = Signer("vallentuna.example", BOTH)
    plain = re.sub(rb"List-[^\r]*\r\n", b"", HEAD)

    def one(n: int) -> bytes:
        head, body = (plain, HEAD)[n % 2], b"Nummer %d\r\n" % n
        return signer.fields(head, body, NOW) + head + body

    with ThreadPoolExecutor(4) as threads:
        assert all(holds(message, 0) and holds(message, 1) for message in threads.map(one, range(40)))
