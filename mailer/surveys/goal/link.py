"""The word in a link to the goal's page: one survey, one person of the association's own.

Takes   the home's keys; the survey's number; the person's address.
Gives   lower-case base32; read back, the survey and the address, for a word that we made for one of those addresses.
Fails   never: what we did not make reads as None.

It lives as long as she has a role: whoever reads it looks among the people of today. The key is that of the approvers'
links, over parts that none of them has.
"""

import base64
import hmac
import re
from collections.abc import Iterable

from mailer.keys import Keys

PAGE = "/malet/"
MAC_BYTES = 16  # 128 bits, as all words in web addresses
_NUMBER = 8  # bytes
_WORD = re.compile(r"[a-z2-7]{39}")
_PURPOSE, _PART = "answer", "goal"


def code(keys: Keys, survey: int, address: str) -> str:
    """The word."""
    return _word(keys.mac(_PURPOSE, _PART, survey, address, size=MAC_BYTES) + survey.to_bytes(_NUMBER, "big"))


def read_code(keys: Keys, word: str, addresses: Iterable[str]) -> tuple[int, str] | None:
    """(survey, address) of a word made for one of the addresses; None when it is not."""
    if not _WORD.fullmatch(word):
        return None
    raw = base64.b32decode(word.upper() + "=")
    survey = int.from_bytes(raw[MAC_BYTES:], "big")
    for address in addresses:  # the whole word: another spelling of the same is not ours either
        if hmac.compare_digest(word, code(keys, survey, address)):
            return survey, address
    return None


def _word(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
