"""The message: its header section, its envelope, and everything a name could try."""

import dataclasses
import email
import email.policy
import unicodedata
from datetime import UTC, datetime
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer import codes
from mailer.address import parse_address
from mailer.audience.rule import Source
from mailer.deliver import headers
from mailer.deliver.dkim import Signer
from mailer.deliver.dkim_key import SigningKey
from mailer.deliver.headers import Form, Open
from mailer.deliver.message import NOTHING, Letterhead, compose
from mailer.deliver.smtp import size_limit
from mailer.errors import BrokenPromise
from mailer.keys import Keys
from mailer.outbox.outcome import Offered
from mailer.render.mould import cut
from mailer.slots import TEMPLATE_SLOTS
from tests.homes import MEMBERS, a_rendering

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
HEAD = Letterhead(
    "V Aktuellt",
    parse_address("v-aktuellt@vallentuna.example"),
    parse_address("redaktion@vallentuna.example"),
    parse_address("studs@vallentuna.example"),
    parse_address("styrelsen@vallentuna.example"),
)
ED25519 = SigningKey("v1e", Ed25519PrivateKey.generate())
FIELDS = (
    "From To Reply-To Subject Date Message-ID Auto-Submitted List-Id List-Unsubscribe List-Help List-Owner Precedence "
    "X-Auto-Response-Suppress MIME-Version Content-Type"
).split()


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Keys:
    keys = Keys(tmp_path_factory.mktemp("home") / "keys")
    keys.make_missing()
    return keys


def offered(delivery=7, contact=3, first="Åsa", last="Öberg", address="asa@exempel.example", language=None) -> Offered:
    return Offered(delivery, 1, 1, "letter", "medlemmar", contact, address, first, last, 0, None, language)


def composed(keys, subject="V Aktuellt maj 2024", source: Source = MEMBERS, head=HEAD, personal=NOTHING, **more):
    page = TEMPLATE_SLOTS["leave_page"].marker
    rendering = a_rendering(subject)
    rendering = dataclasses.replace(rendering, html=f"{rendering.html}<p>{page}</p>", text=f"{rendering.text}{page}\n")
    message = compose(head, keys, cut(rendering), subject, offered(**more), source, "V Aktuellt", NOW, personal)
    return message, email.message_from_bytes(message.whole, policy=email.policy.default)


def test_sets_exactly_the_fields_it_means_to(keys):
    message, read = composed(keys)
    assert read.keys() == FIELDS
    assert read["From"] == "V Aktuellt <v-aktuellt@vallentuna.example>"
    assert read["To"] == "Åsa Öberg <asa@exempel.example>"
    assert read["Subject"] == "V Aktuellt maj 2024"
    assert read["List-Id"] == "Medlemmar <medlemmar.vallentuna.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert message.recipient == "asa@exempel.example"


def test_leaves_the_list_by_a_mail_to_a_person_with_a_code_that_says_who(keys):
    raw = email.message_from_bytes(composed(keys)[0].whole)["List-Unsubscribe"]
    assert raw.startswith("<mailto:redaktion@vallentuna.example?subject=Sluta%20f%C3%A5%20V%20Aktuellt%20")
    assert "=?" not in raw
    code = raw.rstrip(">").rpartition("%20")[2]
    assert codes.read_leave_code(keys, code) == 7
    assert code in composed(keys)[0].whole.decode().replace("=\r\n", "")


@pytest.mark.parametrize(
    ("reads_mail", "page", "to"),
    [
        (True, "https://utskick.vallentuna.example/enkat/kod", "V Aktuellt <studs+{tag}@vallentuna.example>"),
        (False, "https://utskick.vallentuna.example/enkat/kod", "redaktion@vallentuna.example"),
        (True, "", "redaktion@vallentuna.example"),
    ],
)
def test_has_a_reply_to_a_survey_come_to_the_signed_address_where_it_is_read(keys, reads_mail, page, to):
    head = dataclasses.replace(HEAD, reads_mail=reads_mail)
    personal = {"survey_page": page, "survey_code": "ACEF-HJKM-NPRT"} if page else NOTHING
    _, read = composed(keys, head=head, personal=personal)
    assert read["Reply-To"] == to.format(tag=codes.return_tag(keys, 7))


def fields_of(message) -> dict[str, str]:
    """The fields as they lie on the wire, unfolded and not decoded."""
    head = message.whole.partition(b"\r\n\r\n")[0].decode("ascii")
    return dict(line.split(": ", 1) for line in head.replace("\r\n ", " ").split("\r\n"))


def with_pages(**more) -> Letterhead:
    return dataclasses.replace(HEAD, pages="https://utskick.vallentuna.example/post", **more)


@pytest.mark.parametrize("language", [None, "sv", "en"])
def test_leaves_the_list_by_one_click_where_it_has_pages(keys, language):
    message, _ = composed(keys, head=with_pages(), language=language)
    fields = fields_of(message)
    code = codes.leave_code(keys, 7)
    at_once, by_mail = fields["List-Unsubscribe"].split(", ")
    assert at_once == f"<https://utskick.vallentuna.example/post/sluta/{code}/direkt>"
    assert by_mail.startswith("<mailto:redaktion@vallentuna.example?subject=Sluta%20f%C3%A5%20V%20Aktuellt%20")
    assert fields["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for line in message.whole.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.startswith(b"List-Unsubscribe"):
            assert b"=?" not in line
    english = "/en" if language == "en" else ""
    page = f"https://utskick.vallentuna.example/post{english}/sluta/{code}"
    body = message.whole.decode().replace("=\r\n", "")
    assert body.count(f">{page}<") == 1, "in the HTML"
    assert body.count(page) == (2 if english else 3), "in the text too; and begins the address for one click"


def test_leaves_by_mail_to_where_it_is_read(keys):
    message, _ = composed(keys, head=with_pages(reads_mail=True))
    assert f"<mailto:{message.return_address}?subject=" in fields_of(message)["List-Unsubscribe"]
    assert "/sluta/" not in message.return_address
    plain, _ = composed(keys, head=dataclasses.replace(HEAD, reads_mail=True))
    assert fields_of(plain)["List-Unsubscribe"].startswith(f"<mailto:{message.return_address}?subject=")
    assert "List-Unsubscribe-Post" not in fields_of(plain)


def test_gives_a_delivery_the_same_message_id_every_time_and_another_no_one_elses(keys):
    first, again = composed(keys)[1], composed(keys, subject="Annat", delivery=8)[1]
    assert first["Message-ID"] == again["Message-ID"]
    assert composed(keys, contact=4)[1]["Message-ID"] != first["Message-ID"]


def test_signs_its_return_address_in_a_form_that_relays_may_fold(keys):
    message, _ = composed(keys)
    local, _, domain = message.return_address.partition("@")
    assert (local.split("+")[0], domain) == ("studs", "vallentuna.example")
    assert len(local) <= 64
    tag = local.split("+")[1]
    assert tag == tag.lower()
    assert codes.read_return_tag(keys, tag.upper()) == 7
    for n in range(len(tag)):
        other = tag[:n] + ("a" if tag[n] != "a" else "b") + tag[n + 1 :]
        assert codes.read_return_tag(keys, other) is None


def test_reads_no_code_it_did_not_make(keys):
    assert codes.read_leave_code(keys, codes.return_tag(keys, 7)) is None
    for word in ("", "a", "åäö", "a" * 60, "=" * 20, codes.leave_code(keys, 7) + "a"):
        assert codes.read_leave_code(keys, word) is None


@given(
    first=st.text(max_size=200),
    last=st.text(max_size=60),
    subject=st.text(max_size=300),
    label=st.text(max_size=100),
)
@settings(max_examples=500, deadline=None)
def test_lets_no_name_or_subject_make_a_header(keys, first, last, subject, label):
    try:
        message, read = composed(keys, subject, Source("medlemmar", label, "w", "o"), first=first, last=last)
    except BrokenPromise:
        assert any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in first + last + subject + label)
        return
    assert read.keys() == FIELDS
    head = message.whole.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert (
        str(make_header(decode_header(email.message_from_bytes(message.whole)["Subject"]))).split() == subject.split()
    )


HOSTILE = [
    "a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\0b", "a\u2028b", "a\u2029b", "\x0b", "\x85", "\n", "a\r\n b",
    "=?utf-8?q?a=0D=0ABcc:_x@y.example?=", "=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=", "x =?UTF-8?Q?=0a?= y",
    "=?utf-8?q?a=E2=80=A8b?=", "=?utf-8*sv?q?=0A?=", "=?nobody's?q?=0A?=", "=?utf-8?b?Cg?=", "=?utf-7?q?+AAo-?=",
    "=?utf-8?b?!!!!!?= =?utf-8?q?=0A?=", "=?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0A=3F=3D?=", "=??q?=0A?=",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("place", ["first", "last", "subject", "list", "sender", "slot"])
def test_refuses_what_would_end_a_line_however_it_is_written(keys, hostile, place):
    """Also where only a program that decodes what it should not would see it."""
    arguments = {
        "first": {"first": hostile},
        "last": {"last": hostile},
        "subject": {"subject": hostile},
        "list": {"source": Source("medlemmar", hostile, "", "")},
        "sender": {"head": dataclasses.replace(HEAD, from_name=hostile)},
        "slot": {"subject": TEMPLATE_SLOTS["survey_code"].marker, "personal": {"survey_code": hostile}},
    }
    with pytest.raises(BrokenPromise):
        composed(keys, **arguments[place])


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: x@y.example", "a@b.example>\r\nRCPT TO:<x@y.example", "a@b.example\r\n x", "a@b.example\n",
        "a@b.example, x@y.example", "<a@b.example>", "a b@c.example", "å@b.example", "a@räksmörgås.example", "", "a", "a@b@c.example",
        "a(b)@c.example", '"a"@b.example', "a@b.example\0", "a@b.example\u2028",
    ],
)  # fmt: skip
def test_writes_to_no_address_that_is_not_one(keys, address):
    with pytest.raises(BrokenPromise):
        composed(keys, address=address)


def test_refuses_half_a_character_in_a_name(keys):
    with pytest.raises(BrokenPromise):
        composed(keys, first="a\ud800b")


@pytest.mark.parametrize("harmless", ["=?utf-8?q?hej?=", "=?utf-8?b?w6U=?=", "a =? b ?=", "=?x?q?y?=", "=?utf-8?b?!?="])
def test_shows_an_encoded_word_in_a_name_as_what_was_typed(keys, harmless):
    _, read = composed(keys, f"Hej {harmless}", first=harmless, last="")
    assert read["To"].addresses[0].display_name == harmless
    assert read["Subject"] == f"Hej {harmless}"


BROKEN = [
    "a\r\nBcc: b", "a\r\n\r\nbody", "x" * 1000, "a\r\n \r\n b", "a\r\n", "a\nb", "a\rb", "a\r\n\tb\r\n" + " " * 999, "a\0b", "å", "a\x7f",
    "a\r\n " + "x" * 998, "a\r\n.", "a\r\n\t ",
]  # fmt: skip


@pytest.mark.parametrize("value", BROKEN)
def test_checks_the_section_it_wrote(value):
    with pytest.raises(BrokenPromise):
        headers.section([headers.Field("Subject", value)])
    with pytest.raises(BrokenPromise):
        headers.section([headers.Field("Subject", value), headers.Field("To", "a@b.example")])
    form = Form.of([headers.structured("To", "%s, ", Open("to")), headers.structured("Date", "x")])
    assert form.filled({"to": "100 %"}) == b"To: %s, 100 %\r\nDate: x\r\n\r\n"
    with pytest.raises(BrokenPromise):
        form.filled({"to": value})


@pytest.mark.parametrize("value", ["", "x" * 989, "a\r\n b\r\n\tc", "a\r\n " + "x" * 997, "a:b", "%"])
def test_lets_a_section_through_that_is_as_it_should(value):
    assert headers.section([headers.Field("Subject", value)]) == f"Subject: {value}\r\n\r\n".encode()


def test_reads_a_long_section_once_however_it_is_broken():
    """If it went back over what it has read, this would not end today."""
    form = Form.of([headers.structured("A", Open("a")), headers.structured("B", "b")])
    for value in ("x\r\n y" * 20_000, "\r\n\t \t y" * 20_000, " " * 900 + "\r\n " * 20_000):
        with pytest.raises(BrokenPromise):
            form.filled({"a": f"{value}\0"})


def test_sends_a_notice_without_list_fields(keys):
    _, read = composed(keys, source=Source("", "", "", ""), contact=None)
    assert not [name for name in read if name.startswith("List-")]


def test_writes_idn_domains_as_ascii(keys):
    address = parse_address("eva@räksmörgås.example")
    message, _ = composed(keys, address=address.ascii)
    assert message.recipient == "eva@xn--rksmrgs-5wao1o.example"


def test_keeps_a_key_file_to_itself(keys, tmp_path: Path):
    for path in (tmp_path / "x").parent.glob("**/keys/*"):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("signer", [None, Signer("vallentuna.example", (ED25519,))], ids=["unsigned", "signed"])
def test_knows_its_size_to_the_byte(keys, signer):
    message, _ = composed(keys, head=dataclasses.replace(HEAD, signer=signer))
    assert (b"DKIM-Signature" in message.whole) == (signer is not None)
    assert message.size == len(message.whole)


@pytest.mark.parametrize(
    ("said", "limit"), [("", 0), ("0", 0), (" 35882577 ", 35882577), ("²", 0), ("-5", 0), ("9" * 5000, 0), ("10 MB", 0)]
)
def test_reads_no_limit_in_what_is_no_number(said, limit):
    assert size_limit(said) == limit
