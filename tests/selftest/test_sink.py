"""The server of the self-test takes mail as servers do, and has written it down before it says so."""

import asyncio
import json
from pathlib import Path

import pytest

from mailer.selftest.sink import MOMENTS, Journal, Sink, Taken, listening

BODY = b"Message-ID: <1@prov.example>\r\nSubject: Prov\r\n\r\nMessage-ID: <other@prov.example>\r\n..\r\n.\r\n"


async def talk(folder: Path, *pieces: bytes) -> tuple[str, list[Taken], list[str]]:
    """What it answers until it hangs up, what it has taken, and what it told of, with the length of the journal."""
    path, told = folder / "journal", []

    def tell(moment: str) -> None:
        told.append(f"{moment} {len(path.read_text('utf-8').splitlines())}")

    journal = Journal(path)
    async with listening(Sink(journal, tell)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = await reader.readuntil(b"\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        answer += await reader.read()
        writer.close()
        await writer.wait_closed()
    journal.close()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [Taken(line["to"], line["id"]) for line in lines] == journal.taken
    return answer.decode(), journal.taken, told


def codes(answer: str) -> list[str]:
    return [line[:3] for line in answer.splitlines() if line[3:4] != "-"]


async def test_takes_a_message_command_by_command_and_tells_of_each_step(tmp_path: Path) -> None:
    answer, taken, told = await talk(
        tmp_path, b"EHLO a\r\n", b"MAIL FROM:<x@a.example> BODY=8BITMIME\r\n", b"RCPT TO:<ann@prov.example>\r\n",
        b"DATA\r\n", BODY, b"QUIT\r\n",
    )  # fmt: skip
    assert codes(answer) == ["220", "250", "250", "250", "354", "250", "221"]
    assert taken == [Taken("ann@prov.example", "<1@prov.example>")]
    assert told == [f"{m} {int(m in ('taken', 'answered'))}" for m in MOMENTS]


async def test_takes_a_body_with_the_next_envelope_behind_it(tmp_path: Path) -> None:
    envelopes = [b"MAIL FROM:<x@a.example>\r\nRCPT TO:<%s@prov.example>\r\nDATA\r\n" % n for n in (b"ann", b"bo")]
    answer, taken, _ = await talk(tmp_path, b"EHLO a\r\n" + envelopes[0], BODY + envelopes[1], BODY + b"QUIT\r\n")
    assert codes(answer) == ["220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert [one.to for one in taken] == ["ann@prov.example", "bo@prov.example"]


@pytest.mark.parametrize("cut", range(1, len(BODY), 7))
async def test_finds_the_final_dot_wherever_the_pieces_are_cut(tmp_path: Path, cut: int) -> None:
    begin = b"EHLO a\r\nMAIL FROM:<x@a.example>\r\nRCPT TO:<ann@prov.example>\r\nDATA\r\n"
    answer, taken, _ = await talk(tmp_path, begin, BODY[:cut], BODY[cut:], b"QUIT\r\n")
    assert codes(answer)[-2:] == ["250", "221"]
    assert len(taken) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [(b"DATA", "503"), (b"RCPT TO:<ann@prov.example>", "500"), (b"MAIL TO:<x>", "500"), (b"\xff\xfe", "500")],
)
async def test_answers_what_it_does_not_understand(tmp_path: Path, said: bytes, code: str) -> None:
    answer, taken, _ = await talk(tmp_path, b"EHLO a\r\n" + said + b"\r\nQUIT\r\n")
    assert codes(answer) == ["220", "250", code, "221"]
    assert taken == []
