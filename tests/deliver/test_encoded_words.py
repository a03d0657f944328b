"""Encoded words: read back by the standard library, and by their own rules. RFC 2047."""

import email
import email.policy
import re
from base64 import b64decode
from email.header import decode_header, make_header
from quopri import decodestring

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailer.deliver.encoded_words import encoded, layers
from mailer.errors import BrokenPromise

WORD = re.compile(r"=\?utf-8\?([qb])\?([A-Za-z0-9!*+/=_-]*)\?=")
texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=300)
mixed = st.text(st.sampled_from("aåß李😀 =?_.-"), min_size=1, max_size=300)


@given(text=texts | mixed, begins_at=st.integers(0, 51))
@example(text="å" * 300, begins_at=51)
@example(text="😀" * 300, begins_at=51)
@example(text="a" * 300, begins_at=9)
@example(text="a" * 300, begins_at=0)
@example(text="å" * 300, begins_at=0)
@settings(max_examples=500, deadline=None)
def test_writes_words_of_whole_characters_on_lines_with_room(text: str, begins_at: int) -> None:
    check(text, begins_at)


@pytest.mark.parametrize("odd", ["å", "李", "😀", "=", "😀å"])
def test_cuts_between_characters_wherever_they_fall(odd: str) -> None:
    """Mostly plain, so that Q is shorter: each octet of it comes to lie at the end of a line once."""
    for before in range(30, 80):
        text = f"{'a' * before}{odd}{'b' * 70}{odd}{'c' * 70}å"
        assert encoded(text, 9).startswith("=?utf-8?q?")
        check(text, 9)


def check(text: str, begins_at: int) -> None:
    lines = encoded(text, begins_at).split("\r\n ")
    assert begins_at + len(lines[0]) <= 76
    read = ""
    for line in lines:
        assert len(line) <= 75
        found = WORD.fullmatch(line)
        assert found, line
        raw = b64decode(found[2], validate=True) if found[1] == "b" else decodestring(found[2], header=True)
        read += raw.decode()  # a character cut in two is no UTF-8
    assert read == text


@given(text=texts | mixed)
@settings(max_examples=300, deadline=None)
def test_is_read_back_by_the_standard_library(text: str) -> None:
    raw = f"Subject: {encoded(text, len('Subject: '))}\r\n\r\n".encode("ascii")
    assert email.message_from_bytes(raw, policy=email.policy.default)["Subject"] == text
    assert str(make_header(decode_header(email.message_from_bytes(raw)["Subject"]))) == text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Karin Öberg", "=?utf-8?q?Karin_=C3=96berg?="),
        ("Åsa Öberg", "=?utf-8?b?w4VzYSDDlmJlcmc=?="),
        ("さくら", "=?utf-8?b?44GV44GP44KJ?="),
        ("abcdefghijklmnopqrstuvw _?=!*+-/å", "=?utf-8?q?abcdefghijklmnopqrstuvw_=5F=3F=3D!*+-/=C3=A5?="),
        ("Så", "=?utf-8?b?U8Ol?="),
    ],
)
def test_takes_the_shorter_way_to_write_it(text: str, word: str) -> None:
    assert encoded(text, 4) == word


def test_writes_no_half_of_a_character() -> None:
    with pytest.raises(BrokenPromise):
        encoded("a\ud83d", 4)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Åsa", ["Åsa"]),
        ("=?utf-8?q?=C3=85sa_=5F?=", ["=?utf-8?q?=C3=85sa_=5F?=", "Åsa _"]),
        ("=?UTF-8?B?w4U?= x", ["=?UTF-8?B?w4U?= x", "Å x"]),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=", ["=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=", "=?utf-8?q?a?=", "a"]),
        ("=?x-unknown?q?=E5?=", ["=?x-unknown?q?=E5?=", "å"]),
        ("=?utf-8?b?!?=", ["=?utf-8?b?!?=", ""]),
        ("=?utf-8?z?a?=", ["=?utf-8?z?a?="]),
        ("a =? b", ["a =? b"]),
    ],
)
def test_sees_what_a_lenient_program_would_show(text: str, shown: list[str]) -> None:
    assert list(layers(text)) == shown


@given(text=st.text(st.sampled_from("=?utf-8qbQB_AAo=\ud800åhex\0*"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_looks_into_anything(text: str) -> None:
    assert len(list(layers(text))) <= 5
