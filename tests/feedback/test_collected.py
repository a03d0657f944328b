"""Real bounces and ordinary mail of others: how many the house reads right, of those it learned from and of those it did not.

The figures are printed with -s. A mail counts as hard only when the reading says hard; ”ours” and soft both let the member be.
"""

from dataclasses import dataclass, field

import pytest

from mailer import codes
from mailer.feedback.meaning import Hardness, Kind
from mailer.feedback.reading import read
from mailer.keys import Keys
from tests.feedback.corpora import bounces, hashed, ordinary
from tests.feedback.mails import DELIVERY, OURS, RETURN, arf, to


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    made = Keys(tmp_path_factory.mktemp("nycklar"))
    made.make_missing()
    return made


@dataclass
class Share:
    """How many of how many."""

    of: int = 0
    hits: int = 0
    misses: list[str] = field(default_factory=list)

    def count(self, is_hit, name):
        self.of += 1
        self.hits += bool(is_hit)
        if not is_hit:
            self.misses.append(name)

    @property
    def percent(self):
        return 100 * self.hits / self.of if self.of else 100.0

    def __str__(self):
        return f"{self.hits} av {self.of} = {self.percent:.1f} % {self.misses or ''}"


@pytest.mark.parametrize("held_out", [False, True], ids=["learned from", "held out"])
def test_reads_the_bounces_of_others(keys, held_out):
    address, hard, not_hard, others = Share(), Share(), Share(), Share()
    for one in (b for b in bounces() if b.is_held_out == held_out):
        found = read(one.raw, keys, RETURN, OURS)
        assert found.delivery is None, one.name
        if one.kind != Kind.bounce:
            others.count(found.kind is not Kind.bounce, one.name)
            continue
        named = {hashed(a) for a in found.failed}
        for right in one.failed:
            address.count(right in named, one.name)
        if one.hardness == Hardness.hard:
            hard.count(found.hardness is Hardness.hard, one.name)
        elif one.hardness:
            not_hard.count(found.hardness is not Hardness.hard, one.name)
    print(
        f"\nadress rätt: {address}\nhårda kallade hårda: {hard}\nmjuka inte kallade hårda: {not_hard}\nannat inte kallat studs: {others}"
    )
    assert address.of > 70
    assert address.percent >= 95
    assert hard.percent >= 90
    assert not_hard.percent >= 98
    assert others.percent == 100


def test_calls_no_ordinary_mail_a_bounce(keys):
    """Even when it is sent to a marked address: then a mail is a person's, a list's, or an answering machine's."""
    mark, kinds = f"Delivered-To: {to(keys)}\n".encode(), set()
    for number, (name, raw) in enumerate(ordinary()):
        if number % 4 == 0:
            raw = raw.split(b"\n", 1)[1] if raw.startswith(b"From ") else raw
            found = read(mark + raw, keys, RETURN, OURS)
            assert found.kind in (Kind.reply, Kind.unknown, Kind.auto_reply), (name, found.why)
            assert found.delivery in (DELIVERY, None)
            kinds.add(found.kind)
    assert Kind.reply in kinds


def test_finds_whose_a_real_bounce_is_by_our_mark_alone(keys):
    """The same bounces, as they would come to us: to a marked address. One comes from a person's address."""
    right = Share()
    for one in (b for b in bounces() if b.kind == Kind.bounce):
        found = read(f"X-Original-To: {to(keys)}\n".encode() + _without_postmark(one.raw), keys, RETURN, OURS)
        assert found.delivery == DELIVERY, one.name
        right.count(found.kind is Kind.bounce, one.name)
    assert right.percent > 99, right


def _without_postmark(raw):
    return raw.split(b"\n", 1)[1] if raw.startswith(b"From ") else raw


def test_finds_all_complaints(keys):
    """Seventeen forms: each type, with the mark in its record, in the mail it carries, or in neither."""
    kinds = ["abuse", "fraud", "virus", "opt-out", "opt-out-list", "other"]
    assert all(read(arf(keys, k), keys, RETURN, OURS).delivery == DELIVERY for k in kinds)
    assert all(read(arf(keys, k, marked=False), keys, RETURN, OURS).kind is Kind.complaint for k in kinds)
    code = codes.leave_code(keys, DELIVERY)
    for was, now in [
        (b"Return-Path", b"X-Old"),
        (b"Original-Mail-From", b"X-Old"),
        (b"Feedback-Type: abuse", b"FEEDBACK-TYPE: Abuse "),
    ]:
        found = read(arf(keys).replace(was, now), keys, RETURN, OURS)
        assert (found.kind, found.status, found.delivery) == (Kind.complaint, "abuse", DELIVERY)
    bare = (
        arf(keys)
        .replace(to(keys).encode(), b"borttagen")
        .replace(b"Subject: V Aktuellt", f"List-Unsubscribe: <https://x.example/sluta/{code}>".encode())
    )
    assert read(bare, keys, RETURN, OURS).delivery == DELIVERY
    text = arf(keys).replace(b"message/feedback-report", b"text/plain")
    assert read(text, keys, RETURN, OURS).kind is Kind.complaint
