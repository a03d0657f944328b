"""The house reads back the words it has signed, and no others."""

import base64
import hashlib
import hmac
import string
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer import codes
from mailer.keys import PURPOSES, Keys

READERS = {
    "leave code": (codes.leave_code, codes.read_leave_code, codes.read_return_tag),
    "return tag": (codes.return_tag, codes.read_return_tag, codes.read_leave_code),
}
ALPHABET = string.ascii_lowercase + "234567"
KINDS = pytest.mark.parametrize("kind", READERS)


def keys_in(folder: Path) -> Keys:
    keys = Keys(folder)
    keys.make_missing()
    return keys


@KINDS
@pytest.mark.parametrize("number", [0, 1, 255, 256, 4711, 2**31, 2**63 - 1])
def test_reads_what_it_made_however_the_case_was_folded(keys: Keys, kind: str, number: int) -> None:
    make, read, _ = READERS[kind]
    word = make(keys, number)
    assert len(word) <= 64 - len("studs+")
    assert read(keys, word) == read(keys, f" {word.upper()} ") == number


@KINDS
def test_refuses_a_word_with_one_character_changed(keys: Keys, kind: str) -> None:
    make, read, _ = READERS[kind]
    word = make(keys, 4711)
    for n, right in enumerate(word):
        for wrong in ALPHABET.replace(right, ""):
            assert read(keys, word[:n] + wrong + word[n + 1 :]) is None


@KINDS
def test_refuses_a_word_that_was_cut_or_grew(keys: Keys, kind: str) -> None:
    make, read, _ = READERS[kind]
    word = make(keys, 4711)
    for other in [*(word[:n] for n in range(len(word))), f"{word}a", f"a{word}", f"{word} {word}", f"{word}="]:
        assert read(keys, other) is None


@KINDS
def test_refuses_a_word_of_another_purpose_or_home(keys: Keys, tmp_path: Path, kind: str) -> None:
    make, _, read_as_another = READERS[kind]
    assert read_as_another(keys, make(keys, 4711)) is None
    assert READERS[kind][1](keys, make(keys_in(tmp_path / "other"), 4711)) is None


def test_calls_a_message_the_same_each_time_and_every_message_something_else(keys: Keys) -> None:
    made = [codes.message_id(keys, m, r, "hem.example") for m in range(1, 20) for r in ("1", "11", "a@b.example")]
    again = [codes.message_id(keys, m, r, "hem.example") for m in range(1, 20) for r in ("1", "11", "a@b.example")]
    assert made == again
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    "deliveries",
    [(), (0,), (1, 255, 256, 4711, 2**32 - 1), (2**32 - 1, 2**32), (2**63 - 1,), range(4700, 4760)],
)
def test_makes_the_words_of_many_messages_as_one_by_one(keys: Keys, deliveries: Sequence[int]) -> None:
    whom = [(delivery, 3, f"{delivery}@b.example") for delivery in deliveries]
    made = codes.of_messages(keys, whom, "hem.example")
    assert len(made) == len(whom)
    for (delivery, mailing, recipient), (tag, leave, number) in zip(whom, made, strict=True):
        assert tag == codes.return_tag(keys, delivery)
        assert leave == codes.leave_code(keys, delivery)
        assert number == codes.message_id(keys, mailing, recipient, "hem.example")
        assert codes.read_return_tag(keys, tag) == codes.read_leave_code(keys, leave) == delivery


@given(raw=st.binary(max_size=60))
@example(raw=bytes(20))
@example(raw=b"\xff" * 21)
def test_writes_base32_as_everybody_does(raw: bytes) -> None:
    assert codes._word(raw) == base64.b32encode(raw).decode().rstrip("=").lower()


@pytest.mark.parametrize("parts", [(), ("",), (0,), (4711, "a"), ("a", "b"), ("ab",), (2**63 - 1,), ("å" * 200, 1)])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_signs_as_rfc_2104_says_each_time(
    keys: Keys, tmp_path: Path, purpose: str, parts: tuple[str | int, ...]
) -> None:
    folder = tmp_path / "keys"
    made = keys_in(folder)
    said = b"".join(struct.pack(">I", len(raw)) + raw for raw in (str(part).encode() for part in parts))
    whole = hmac.digest((folder / purpose).read_bytes(), said, hashlib.sha256)
    for size in (16, 12, 32):
        assert made.mac(purpose, *parts, size=size) == whole[:size]


def test_signs_alike_in_many_threads_at_once(tmp_path: Path) -> None:
    alone = keys_in(tmp_path / "keys")
    meant = [codes.leave_code(alone, n) for n in range(500)]
    for _ in range(5):
        shared = Keys(tmp_path / "keys")  # nothing is begun yet
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(lambda n, keys=shared: codes.leave_code(keys, n), range(500))) == meant
