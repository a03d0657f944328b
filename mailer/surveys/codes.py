"""The code a member types from her letter, and the longer one in her link.

Takes   the home's keys; a survey and a contact.
Gives   twelve letters and digits with a check character; a link's token of 128 bits; keyed hashes to look codes up by.
Fails   never: what is no code reads as None.

The letters are those that nobody takes for another, however it is printed or written: no 0 O D Q, 1 I L, 2 Z, 5 S, 8 B,
6 G, U V. There are 19, a prime, so that the check character finds every single wrong character and every two that have
changed places (ISO 7064 has the method; the weights here are 1 … 11).
"""

import base64
import hmac
import re

from mailer.keys import Keys

ALPHABET = "34679ACEFHJKMNPRTWX"  # 19
LENGTH = 12  # 11 drawn by the key, and the check character: 46 bits
TOKEN_BYTES = 16  # 128 bits
_BETWEEN = re.compile(r"[\s\-–—‐‑.·_]+")
_TOKEN = re.compile(r"[a-z2-7]{28,60}")
_BASE = len(ALPHABET)


def code(keys: Keys, survey: int, contact: int, version: int = 0) -> str:
    """The code: 12 characters without dashes. `version`: raised when a code is revoked, or by chance was taken."""
    number = int.from_bytes(keys.mac("survey", "code", survey, contact, version, size=16), "big")
    digits = []
    for _ in range(LENGTH - 1):
        number, digit = divmod(number, _BASE)
        digits.append(digit)
    return "".join(ALPHABET[d] for d in [*digits, _check(digits)])


def shown(word: str) -> str:
    """As it is printed: ABCD-EFGH-JKMN."""
    return "-".join(word[i : i + 4] for i in range(0, len(word), 4))


def letters(typed: str) -> str:
    """What was typed, without spaces and dashes, in capitals."""
    return _BETWEEN.sub("", typed).upper()


def read_code(typed: str) -> str | None:
    """The code that was typed, whatever its case, spaces and dashes; None when no code is written so."""
    word = letters(typed)
    if len(word) != LENGTH or any(letter not in ALPHABET for letter in word):
        return None
    digits = [ALPHABET.index(letter) for letter in word]
    return word if digits[-1] == _check(digits[:-1]) else None


def code_key(keys: Keys, survey: int, word: str) -> str:
    """What a code is found by: a keyed hash, 32 hex digits. The database alone cannot try codes."""
    return keys.mac("survey", "lookup", survey, word, size=16).hex()


def token(keys: Keys, survey: int, contact: int) -> str:
    """The word in a member's link: who, of which survey, and 128 bits that only we can make."""
    raw = survey.to_bytes(4, "big") + contact.to_bytes(8, "big")
    return _word(keys.mac("survey", "token", survey, contact, size=TOKEN_BYTES) + raw)


def read_token(keys: Keys, word: str) -> tuple[int, int] | None:
    """(survey, contact), or None when the token is not ours."""
    word = word.strip().lower()
    if not _TOKEN.fullmatch(word):
        return None
    try:
        raw = base64.b32decode(word.upper() + "=" * (-len(word) % 8))
    except ValueError:
        return None
    if len(raw) != TOKEN_BYTES + 12:
        return None
    survey, contact = int.from_bytes(raw[TOKEN_BYTES:-8], "big"), int.from_bytes(raw[-8:], "big")
    # The whole word is compared: another spelling of the same numbers is not ours either.
    return (survey, contact) if hmac.compare_digest(word, token(keys, survey, contact)) else None


def _check(digits: list[int]) -> int:
    return sum(place * digit for place, digit in enumerate(digits, 1)) % _BASE


def _word(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
