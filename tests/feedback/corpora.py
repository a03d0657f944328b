"""The mails that others have collected, and what we have judged of them by hand.

They are fetched by tests/oracles/fetch-bounces and never committed; expectations.toml names them by file, and addresses
by a hash. A third, chosen by the hash of the mail, was not looked at until the words had been learned from the others;
what it then taught (docs/decisions.md has the figures before and after) has been learned too.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "oracles" / "bounces"
EXPECTATIONS = Path(__file__).with_name("expectations.toml")
NOT_FETCHED = "De insamlade mejlen är inte hämtade. Kör: make oracles"


@dataclass(frozen=True, slots=True)
class Collected:
    """A mail and what it is: kind, hardness (”” when nobody can tell), the hashes of those it did not reach."""

    name: str
    raw: bytes
    kind: str
    hardness: str
    failed: frozenset[str]
    is_held_out: bool


def hashed(address: str) -> str:
    return hashlib.sha256(address.lower().encode()).hexdigest()[:12]


def is_held_out(raw: bytes) -> bool:
    return hashlib.sha256(raw).digest()[0] % 3 == 0


@cache
def bounces() -> list[Collected]:
    """All that are judged."""
    judged = tomllib.loads(EXPECTATIONS.read_text("utf-8"))
    assert (FOLDER / "ready").exists(), NOT_FETCHED
    found = []
    for group, rows in judged.items():
        for file, (kind, hardness, *failed) in rows.items():
            raw = (FOLDER / group / file).read_bytes()
            found.append(Collected(f"{group}/{file}", raw, kind, hardness, frozenset(failed), is_held_out(raw)))
    return found


def ordinary() -> Iterator[tuple[str, bytes]]:
    """Mails that people and lists wrote."""
    assert (FOLDER / "ready").exists(), NOT_FETCHED
    for path in sorted((FOLDER / "ordinary").glob("*.json")):
        yield path.name, json.loads(path.read_text("utf-8"))["text"].encode("latin-1", "replace")
