"""When the misbehaving relay misbehaves, and what it knows of a message that goes by."""

import hashlib
import json
from typing import Any

import pytest

from tests.relay.received import Received
from tests.relay.script import Script, parse_script

A, B = "anna@hem.example", "bo@hem.example"


def script(*rules: dict[str, Any]) -> Script:
    return Script(parse_script(json.dumps(rules)))


def fired(tried: Script, *events: tuple[str, list[str]], elapsed_s: float = 0.0) -> list[bool]:
    return [bool(tried.decide(at, to, elapsed_s)) for at, to in events]


@pytest.mark.parametrize(
    ("rule", "events", "expected"),
    [
        ({"at": "rcpt"}, [("mail", []), ("rcpt", [A]), ("dot", [A])], [False, True, False]),
        ({"at": "rcpt", "match": "^anna@"}, [("rcpt", [A]), ("rcpt", [B])], [True, False]),
        ({"at": "connect", "match": "anna"}, [("connect", [])], [False]),
        ({"at": "dot", "match": "anna"}, [("dot", [B, A])], [True]),
        ({"at": "mail", "nth": 3}, [("mail", [])] * 7, [False, False, True] * 2 + [False]),
        ({"at": "mail", "nth": [1, 4]}, [("mail", [])] * 5, [True, False, False, True, False]),
        # Only the events it fits are counted: Bo's do not move Anna's.
        (
            {"at": "rcpt", "match": "anna", "nth": 2},
            [("rcpt", [A]), ("rcpt", [B]), ("rcpt", [A])],
            [False, False, True],
        ),
        # Greylisting: each recipient's first.
        ({"at": "rcpt", "first": 1}, [("rcpt", [t]) for t in (A, B, A, B)], [True, True, False, False]),
        ({"at": "connect", "first": 2}, [("connect", [])] * 3, [True, True, False]),
    ],
)
def test_fires_a_rule_at(rule: dict[str, Any], events: Any, expected: list[bool]) -> None:
    assert fired(script({"do": "drop", **rule}), *events) == expected


@pytest.mark.parametrize(("elapsed_s", "expected"), [(0.9, False), (1.0, True), (1.9, True), (2.0, False)])
def test_keeps_a_rule_to_its_time(elapsed_s: float, expected: bool) -> None:
    tried = script({"at": "mail", "do": "drop", "between_s": [1, 2]})
    assert fired(tried, ("connect", []), ("mail", []), elapsed_s=7) == [False, False]  # its time begins here
    assert fired(tried, ("mail", []), elapsed_s=7 + elapsed_s) == [expected]


def test_fires_every_delay_but_only_one_other_fault() -> None:
    tried = script(
        {"at": "mail", "do": "drop"},
        {"at": "mail", "do": "delay", "seconds": 1},
        {"at": "mail", "do": "rst"},
        {"at": "mail", "do": "delay", "seconds": 2},
    )
    assert [rule.fault for rule in tried.decide("mail", [], 0)] == ["delay", "delay", "drop"]


@pytest.mark.parametrize(
    "rule",
    [
        {"at": "lunch", "do": "drop"},
        {"at": "mail", "do": "sing"},
        {"at": "mail", "do": "drop", "nht": 3},
        {"at": "mail", "do": "drop", "nth": 0},
        {"at": "mail", "do": "drop", "nth": []},
        {"at": "rcpt", "do": "drop", "when": "after_ack"},
        {"at": "rcpt", "do": "drop", "when": "later"},
        "drop",
    ],
)
def test_refuses_a_rule_it_would_not_follow(rule: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_script(json.dumps([rule]))


MESSAGES: list[tuple[bytes, bytes, dict[str, Any]]] = [
    (b"", b"", {"size": 0, "message_id": None, "header_names": []}),
    (b"A: b\r\n\r\nhej\r\n", b"A: b\r\n\r\nhej\r\n", {"longest_line": 4, "bare_cr_lf": False}),
    (b"..\r\n...x\r\n", b".\r\n..x\r\n", {"longest_line": 3}),
    (
        b"A: b\r\n\r\nx\n.\nMAIL\r\n",
        b"A: b\r\n\r\nx\n.\nMAIL\r\n",
        {"bare_cr_lf": True, "header_names": ["A"]},
    ),
    (b"A: b\r\n\r\nx\r.\r\r\n", b"A: b\r\n\r\nx\r.\r\r\n", {"bare_cr_lf": True}),
    (
        b"message-id: <1@x>\r\nList-Id: V Aktuellt\r\n <v.hem.example>\r\n\r\nMessage-ID: <2@x>\r\n",
        b"message-id: <1@x>\r\nList-Id: V Aktuellt\r\n <v.hem.example>\r\n\r\nMessage-ID: <2@x>\r\n",
        {
            "message_id": "<1@x>",
            "list": "V Aktuellt <v.hem.example>",
            "header_names": ["message-id", "List-Id"],
        },
    ),
]


@pytest.mark.parametrize(("wire", "content", "known"), MESSAGES)
def test_knows_a_message_however_it_is_cut_into_pieces(wire: bytes, content: bytes, known: dict[str, Any]) -> None:
    sent = wire + b".\r\n" + b"QUIT\r\n"
    for size in range(1, len(sent) + 1):
        kept: list[bytes] = []
        received = Received(kept.append)
        rest = None
        pieces = [sent[n : n + size] for n in range(0, len(sent), size)]
        while rest is None:
            rest = received.feed(pieces.pop(0))
        assert rest + b"".join(pieces) == b"QUIT\r\n"
        assert b"".join(kept) == wire
        assert received.taken == len(wire)
        assert received.known() | known == received.known()
        assert received.known()["sha256"] == hashlib.sha256(content).hexdigest()
        body = content.partition(b"\r\n\r\n")[2]
        assert received.known()["body_sha256"] == hashlib.sha256(body).hexdigest()


def test_does_not_hold_back_a_line_that_never_ends() -> None:
    received = Received()
    for _ in range(40):
        assert received.feed(b"x" * 50_000) is None
    assert received.feed(b"\r\n.\r\n") == b""
    assert (received.size, received.longest_line) == (2_000_002, 2_000_000)
    assert received.taken == 2_000_002
