"""Any bytes, any forgery: the house reads on, and nothing changes that should not."""

import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer import codes
from mailer.feedback import whom
from mailer.feedback.mime import take_apart
from mailer.feedback.reading import Kind, read
from mailer.keys import Keys
from tests.feedback.corpora import bounces
from tests.feedback.mails import DELIVERY, OURS, RETURN, arf, dsn, mail, to
from tests.feedback.test_reading import AWAY

LOCAL, _, DOMAIN = RETURN.ascii.rpartition("@")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    made = Keys(tmp_path_factory.mktemp("nycklar"))
    made.make_missing()
    return made


@given(raw=st.binary(max_size=3_000))
@settings(max_examples=150, deadline=None)
def test_reads_any_bytes(keys, raw):
    assert read(raw, keys, RETURN, OURS).delivery is None


WORDS = st.sampled_from(
    b"Content-Type: |multipart/report; boundary=g|message/delivery-status|message/rfc822|text/html|\n\n|\n|\r|--g\n|--g--|"
    b"charset=punycode|=?utf-8?q?=C3?=|=?x?b?!!?=|Action: failed|Status: 5.1.1|Final-Recipient: rfc822; a@b.se|Subject: |To: |"
    b"base64|Content-Transfer-Encoding: |uuencode|begin 666 x|\x00|\xff\xfe|Received: |<blockquote>|>|Den 3 maj skrev V:|; filename*0*=x|"
    b"Feedback-Type: abuse|message/feedback-report|text/calendar|METHOD:REPLY|From: |@|\xc3\xa5".split(b"|")
)


@given(pieces=st.lists(WORDS, max_size=40))
@settings(max_examples=250, deadline=None)
def test_reads_any_jumble_of_what_mails_are_made_of(keys, pieces):
    assert read(b"".join(pieces), keys, RETURN, OURS).delivery is None


def test_reads_real_mails_with_bytes_changed_cut_and_moved(keys):
    chance = random.Random(4)
    for raw in [b.raw for b in bounces()][::2]:
        for _ in range(4):
            torn = bytearray(raw)
            for _ in range(chance.randrange(1, 30)):
                at = chance.randrange(len(torn))
                torn[at : at + chance.choice((0, 1, 40))] = chance.choice(
                    (b"", b"\n", b"\x00", b"\xe5", b"--", torn[:50])
                )
            assert read(bytes(torn), keys, RETURN, OURS).delivery is None


def test_takes_no_forged_mark_for_its_own(keys):
    """10,000 forged marks: none is read as ours, and what bears them is never a bounce, a complaint or a leave."""
    chance, real = random.Random(7), codes.return_tag(keys, DELIVERY)
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    for number in range(10_000):
        made = "".join(chance.choices(letters, k=chance.choice((4, len(real) - 1, len(real), len(real) + 1))))
        forged = made if number % 2 else real[:-4] + made[:4]
        if forged == real:
            continue
        raw = b"To: " + f"{LOCAL}+{forged}@{DOMAIN}".encode() + b"\n\n"
        mark = whom.on_the_outside(take_apart(raw), keys, RETURN)
        assert (mark.delivery, mark.forged) == (None, True)
        if number % 40 == 0:
            raw = dsn(keys, "5.1.1").replace(to(keys).encode(), f"{LOCAL}+{forged}@{DOMAIN}".encode())
            found = read(raw, keys, RETURN, OURS)
            assert (found.kind, found.delivery, found.hardness) == (Kind.unknown, None, None)


def test_refuses_every_mark_with_one_letter_changed(keys):
    real = codes.return_tag(keys, DELIVERY)
    for at in range(len(real)):
        for letter in "abcdefghijklmnopqrstuvwxyz234567":
            forged = real[:at] + letter + real[at + 1 :]
            raw = dsn(keys, "5.1.1").replace(to(keys).encode(), f"{LOCAL}+{forged}@{DOMAIN}".encode())
            assert (read(raw, keys, RETURN, OURS).delivery == DELIVERY) == (forged == real)


FOREIGN = [
    f"{LOCAL}+{{}}@annan.example.se",
    f"{LOCAL}+{{}}@{DOMAIN}.annan.example",
    f"x{LOCAL}+{{}}@{DOMAIN}",
    f"{LOCAL}-{{}}@{DOMAIN}",
    f"{LOCAL}+{{}}x@{DOMAIN}",
]


@pytest.mark.parametrize("address", FOREIGN)
def test_takes_no_mark_from_an_address_that_is_not_ours(keys, address):
    raw = dsn(keys, "5.1.1").replace(to(keys).encode(), address.format(codes.return_tag(keys, DELIVERY)).encode())
    assert read(raw, keys, RETURN, OURS).delivery is None


def test_takes_no_mark_of_another_home(keys, tmp_path):
    others = Keys(tmp_path / "annan")
    others.make_missing()
    for raw in (dsn(others, "5.1.1"), arf(others), mail(AWAY | {"Subject": "stop", "To": to(others)}, "")):
        assert read(raw, keys, RETURN, OURS).delivery is None


HEADS = b"From: a@b.example\nTo: x@y.example\n"
HOSTILE = {
    "levels": HEADS + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(1_000)) + b"\nhej",
    "enclosed": HEADS + b"Content-Type: message/rfc822\n\n" * 1_000 + b"hej",
    "parts": HEADS + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "lines": HEADS + b"\n" + b"\r\n" * 3_000_000,
    "fields": b"a:b\n" * 1_000_000,
    "parameters": HEADS + b"Content-Type: text/plain" + b";\n a=b" * 200_000 + b"\n\nx",
    "quotes": HEADS + b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
    "words": b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nx",
    "spaces": HEADS + b"Subject: Sv:" + b" " * 900_000 + b"\n\n" + b" " * 900_000,
    "one line": HEADS + b"\nDen 3 maj " + b"skrev " * 150_000,
    "attributions": HEADS + b"\n" + b"Den 3 maj\n" * 90_000,
    "marks": b"To: " + b"studs+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@v-aktuellt.example.se, " * 15_000 + b"\n\nx",
    "daemon": b"From: MAILER-DAEMON@x.example\nSubject: failure\n\n" + b"user is not recipient was delivery to " * 25_000,
    "records": b"From: a@b.example\nContent-Type: message/delivery-status\n\n" + b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n" * 8_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_reads_hostile_mails_within_bounds(keys, name):
    """Bounded in memory: 200 MB. That they are bounded in time shows in how long this takes."""
    tracemalloc.start()
    try:
        assert read(HOSTILE[name], keys, RETURN, OURS).delivery is None
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
