"""The benchmarks' own instruments: the sink counts right and answers in order, and what is counted is judged right."""

import json
import smtplib
import socket
import subprocess
import sys
from argparse import Namespace
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import bench, relays, send
from benchmarks.planned import address_of

ROOT = Path(__file__).parents[2]
LETTER = b"Subject: V Aktuellt\r\n\r\n.en punkt\r\nHej!\r\n"
# Not run by `make bench`: what the others are made of, what they send, and the runner of them all.
PARTS = {"bench", "members", "newsletter", "places", "planned", "postfix", "relays", "sender"}


def test_runs_every_benchmark_there_is() -> None:
    programs = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - PARTS
    assert {one.program for one in bench.BENCHMARKS} == {f"{name}.py" for name in programs}


def test_counts_in_its_sink_what_was_taken_and_by_whom() -> None:
    with relays.opened("") as relay:
        with smtplib.SMTP(relay.host, relay.port) as line:
            for to in ("a@brev.example", "b@brev.example", "a@brev.example"):
                line.sendmail("v@brev.example", to, LETTER)
        taken, got = relay.taken(), relay.recipients()
        assert taken is not None
        assert (taken.messages, taken.bytes) == (3, len(LETTER) + 1)  # the dot was doubled on the way
        assert got == Counter({"a@brev.example": 2, "b@brev.example": 1})
        relay.forget()
        assert relay.recipients() == Counter()


@pytest.mark.parametrize("wait_ms", [0, 3])
def test_answers_in_its_sink_in_the_order_of_what_was_said(wait_ms: int) -> None:
    envelope = b"MAIL FROM:<v@brev.example>\r\nRCPT TO:<%d@brev.example>\r\nDATA\r\n"
    said = b"EHLO x\r\n" + envelope % 1 + LETTER + b".\r\n" + envelope % 2 + LETTER + b".\r\nQUIT\r\n"
    with (
        relays.opened("", wait_ms) as relay,
        socket.create_connection((relay.host, relay.port)) as line,
        line.makefile("rb") as heard,
    ):
        # In pieces, so that commands and the final dot are cut in two.
        for n in range(0, len(said), 7):
            line.sendall(said[n : n + 7])
        replies = [row[:3] for row in heard if row[3:4] != b"-"]
        assert b" ".join(replies) == b"220 250 250 250 354 250 250 250 354 250 221"
        assert relay.recipients() == Counter({"1@brev.example": 1, "2@brev.example": 1})


@pytest.mark.parametrize(
    ("got", "judged"),
    [
        ([1, 1, 1], (0, 0)),
        ([3, 1, 1], (2, 0)),
        ([1, 0, 1], (0, 1)),
        ([2, 0, 0], (1, 2)),
    ],
)
def test_calls_what_a_member_got_beyond_the_first_a_duplicate_and_none_a_loss(
    got: list[int], judged: tuple[int, int]
) -> None:
    counted = Counter({address_of(n): count for n, count in enumerate(got, 1)})
    counted["redaktion@vallentuna.example"] = 2  # told that the mailing began, and that it is over
    assert send.judged(counted, len(got)) == judged
    assert send.judged(None, len(got)) == (None, None)


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        ({}, True),
        ({"rate": 11_999}, False),
        ({"ratio": 0.49}, False),
        ({"ratio": None}, True),  # the machine was too slow to say
        ({"cpu_us_per_message": 80.1}, False),
        ({"peak_rss_mb": 101}, False),
        ({"lost": 1}, False),
        ({"duplicates": 1}, False),
    ],
)
def test_says_whether_a_run_met_every_bar(found: dict[str, float], holds: bool) -> None:
    asked = Namespace(delay_ms=0, relay="", dkim="", engine="sqlite")
    fine = {"rate": 12_000, "ratio": 0.5, "cpu_us_per_message": 80, "peak_rss_mb": 100, "lost": 0, "duplicates": 0}
    assert send.holds(fine | found, send.bars(asked)) == holds


@pytest.mark.soak
@pytest.mark.parametrize("more", [[], ["--engine", "postgres", "--workers", "2"], ["--dkim", "both"]])
def test_sends_its_benchmark_to_everybody_once(more: list[str]) -> None:
    words = ["--recipients", "200", "--connections", "5", "--runs", "1", *more]
    command = [sys.executable, str(ROOT / "benchmarks" / "send.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["lost"], found["duplicates"]) == (0, 0)
    assert found["rate"] > 0
