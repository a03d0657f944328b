"""The house reads back the words it has signed, and no others."""

import string
from pathlib import Path

import pytest

from mailer import codes
from mailer.keys import Keys

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
