"""Short signed words that stand for a person or a delivery in an address, a header or a mail.

Takes   the home's keys, and the number of a delivery, mailing or contact.
Gives   lower-case base32 (relays fold case) that can be read back, and only if we made it.
Fails   never: what we did not make reads as None.
"""

import base64
import hmac
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from mailer.keys import Keys

VERSION_BYTES = 6  # of a mailing's hash: what tells two versions apart
ANSWER_BYTES = 16  # 128 bits: it stands in a web address, where nothing is short of room
MAC_BYTES = 12  # 96 bits: with the number it stays under the 64 characters of a local part
LEAVE_BYTES = 16  # 128 bits: it stands in a web address too
ID_BYTES = 20
_RETURN, _LEAVE, _ID = "return-address", "leave", "message-id"  # the keys' purposes
# Three words are made for each message, and the standard library's way takes eight times as long as all at once.
_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567".ljust(256, b"\0")
_CELL, _FIVES = 20, 32  # bytes of a word that are spread together, and so many letters they come to
_ROOM = bytes(_FIVES - _CELL)
_ANSWER = re.compile(r"[a-z2-7]{20,80}")
_TAG = re.compile(r"[a-z2-7]{8,60}")


class OfMessage(NamedTuple):
    """The words of one message."""

    return_tag: str
    leave_code: str
    id: str  # its Message-ID, as `message_id` gives it


def of_messages(keys: Keys, whom: Sequence[tuple[int, int, str]], domain: str) -> list[OfMessage]:
    """What `return_tag`, `leave_code` and `message_id` give for each (delivery, mailing, recipient), in a third of the
    time: all words are spread together."""
    cells: list[bytes] = []
    for delivery, mailing, recipient in whom:
        number = _number(delivery)
        if len(number) > _CELL - LEAVE_BYTES:  # after four thousand million deliveries
            return [_of_message(keys, *one, domain) for one in whom]
        cells += (
            keys.mac(_RETURN, delivery, size=MAC_BYTES) + number,
            keys.mac(_LEAVE, delivery, size=LEAVE_BYTES) + number,
            keys.mac(_ID, mailing, recipient, size=ID_BYTES),
        )
    letters = _spread(cells)
    found: list[OfMessage] = []
    for n in range(len(whom)):
        at, more = 3 * _FIVES * n, len(cells[3 * n]) - MAC_BYTES
        found.append(
            OfMessage(
                letters[at : at + ((MAC_BYTES + more) * 8 + 4) // 5],
                letters[at + _FIVES : at + _FIVES + ((LEAVE_BYTES + more) * 8 + 4) // 5],
                f"<{letters[at + 2 * _FIVES : at + 3 * _FIVES]}@{domain}>",
            )
        )
    return found


def _of_message(keys: Keys, delivery: int, mailing: int, recipient: str, domain: str) -> OfMessage:
    return OfMessage(
        return_tag(keys, delivery), leave_code(keys, delivery), message_id(keys, mailing, recipient, domain)
    )


def return_tag(keys: Keys, delivery: int) -> str:
    """The tag of a return address: the delivery's number and a MAC. RFC 5321 section 4.5.3.1.1 (64 octets)."""
    return _sign(keys, _RETURN, delivery)


def read_return_tag(keys: Keys, tag: str) -> int | None:
    """The delivery's number, or None when the tag is not ours."""
    return _read(keys, _RETURN, tag)


def leave_code(keys: Keys, delivery: int) -> str:
    """The code in ”Sluta få V Aktuellt”: says which delivery, and so whose leave from which list."""
    return _sign(keys, _LEAVE, delivery, LEAVE_BYTES)


def read_leave_code(keys: Keys, code: str) -> int | None:
    """The delivery's number, or None when the code is not ours."""
    return _read(keys, _LEAVE, code, LEAVE_BYTES)


def answer_code(keys: Keys, mailing: int, version: str, address: str) -> str:
    """The code in a link that asks one person for a yes to one version of a mailing. `version`: its hash, in hex."""
    number, cut = mailing.to_bytes(8, "big"), bytes.fromhex(version)[:VERSION_BYTES]
    return _word(keys.mac("answer", mailing, cut.hex(), address, size=ANSWER_BYTES) + number + cut)


def read_answer_code(keys: Keys, code: str, addresses: Iterable[str]) -> tuple[int, str, str] | None:
    """(mailing, first digits of the version, address) of a code made for one of the addresses; None when it is not."""
    if not _ANSWER.fullmatch(code.strip()):
        return None
    try:
        raw = base64.b32decode(code.strip().upper() + "=" * (-len(code.strip()) % 8))
    except ValueError:
        return None
    number, version = int.from_bytes(raw[ANSWER_BYTES : ANSWER_BYTES + 8], "big"), raw[ANSWER_BYTES + 8 :].hex()
    for address in addresses:
        mine = _word(keys.mac("answer", number, version, address, size=ANSWER_BYTES) + raw[ANSWER_BYTES:])
        if hmac.compare_digest(mine, code.strip()):
            return number, version, address
    return None


def message_id(keys: Keys, mailing: int, recipient: str, domain: str) -> str:
    """`<word@domain>`: the same for the same mailing and recipient, however often it is made. RFC 5322 3.6.4."""
    return f"<{_word(keys.mac(_ID, mailing, recipient, size=ID_BYTES))}@{domain}>"


def _sign(keys: Keys, purpose: str, number: int, size: int = MAC_BYTES) -> str:
    return _word(keys.mac(purpose, number, size=size) + _number(number))


def _number(number: int) -> bytes:
    return number.to_bytes(8, "big").lstrip(b"\0") or b"\0"


def _read(keys: Keys, purpose: str, word: str, size: int = MAC_BYTES) -> int | None:
    word = word.strip().lower()
    if not _TAG.fullmatch(word):
        return None
    try:
        raw = base64.b32decode(word.upper() + "=" * (-len(word) % 8))
    except ValueError:
        return None
    number = int.from_bytes(raw[size:], "big")
    if number >= 1 << 63:
        return None
    # The whole word is compared: another spelling of the same number is not ours either.
    return number if hmac.compare_digest(word, _sign(keys, purpose, number, size)) else None


def _word(raw: bytes) -> str:
    """Base32 in lower case, without what fills it up. RFC 4648 section 6."""
    return _spread([raw[at : at + _CELL] for at in range(0, len(raw), _CELL)])[: (len(raw) * 8 + 4) // 5]


def _spread(cells: Sequence[bytes]) -> str:
    """32 letters for each: halves are moved apart until each has five bits in a byte of its own."""
    n = int.from_bytes(b"".join([_ROOM + cell.ljust(_CELL, b"\0") for cell in cells]), "big")
    for bits, room, kept in _halves(len(cells)):
        n = (n >> bits & kept) << room | n & kept
    return n.to_bytes(len(cells) * _FIVES, "big").translate(_LETTERS).decode()


@lru_cache(maxsize=16)
def _halves(cells: int) -> tuple[tuple[int, int, int], ...]:
    """What each step moves: how many bits a half has, in how much room it is to lie, and which bits stay in place."""
    return tuple(
        (bits, room, int.from_bytes(((1 << bits) - 1).to_bytes(room // 4, "big") * (cells * _FIVES * 4 // room), "big"))
        for bits, room in ((80, 128), (40, 64), (20, 32), (10, 16), (5, 8))
    )
