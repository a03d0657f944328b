"""One line to a relay: what becomes of its two parcels, whatever the relay says and when."""

import asyncio
from typing import Any

import pytest

from mailer.deliver.line import Line, Parcel
from mailer.deliver.message import Message
from mailer.outbox.outcome import Offered, Outcome

OK, GO, QUEUED = b"250 2.1.0 Ok\r\n", b"354 Go on\r\n", b"250 2.0.0 Ok: queued as 1\r\n"
TAKEN = OK + OK + GO
NO = b"451 4.3.0 Not now\r\n"
LATER = 10.0  # seconds of silence, longer than anybody waits


class Wire(asyncio.Transport):
    """What was written, and whether it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.is_open = b"", True

    def set_protocol(self, protocol: Any) -> None: ...

    def writelines(self, list_of_data: Any) -> None:
        self.written += b"".join(list_of_data)

    def close(self) -> None:
        self.is_open = False

    abort = close


class Heard:
    """All that the line has told, and the line's clock."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, str]] = []
        self.broken: list[Outcome | None] = []
        self.rests = 0

    def ready(self, line: Line, parcel: Parcel) -> None:
        self.told.append(("ready", parcel.offered.delivery, ""))

    def answered(self, line: Line, parcel: Parcel, outcome: Outcome) -> None:
        self.told.append(("answered", parcel.offered.delivery, outcome.event))
        self.rests += line.is_idle and line.usable

    def refused(self, line: Line, parcel: Parcel, outcome: Outcome) -> None:
        self.told.append(("refused", parcel.offered.delivery, outcome.event))

    def unsent(self, line: Line, parcel: Parcel) -> None:
        self.told.append(("unsent", parcel.offered.delivery, ""))

    def over(self, line: Line, broken: Outcome | None) -> None:
        self.broken.append(broken)


def parcel(number: int) -> Parcel:
    address = f"medlem{number}@vallentuna.example"
    offered = Offered(number, 1, 1, "issue", "medlemmar", number, address, "Åsa", "Ek", 0, None)
    return Parcel(offered, Message("studs@vallentuna.example", address, b"Subject: Hej\r\n\r\nHej!\r\n"), "x")


@pytest.fixture
async def two() -> tuple[Line, Wire, Heard]:
    """A line with the body of 1 and, behind it, the envelope of 2."""
    wire, heard = Wire(), Heard()
    line = Line(wire, heard, True, 0, 300, False)
    line.begin(parcel(1))
    line.data_received(TAKEN)
    line.go(parcel(2))
    heard.told.clear()
    return line, wire, heard


def later(line: Line, seconds: float = LATER) -> float:
    """So much later, by the line's clock."""
    now = asyncio.get_running_loop().time() + seconds
    line._clock = lambda: now
    return now


async def test_ends_when_what_lay_behind_a_slow_body_was_taken_back_and_the_body_is_answered_alone(two) -> None:
    line, wire, heard = two
    taken = line.take_back(later(line), 5.0)
    assert taken is not None
    assert taken.offered.delivery == 2
    line.data_received(QUEUED)  # the replies to the envelope come in a packet of their own, or never
    assert heard.told == [("answered", 1, "accept")]
    assert (heard.rests, line.usable, wire.is_open) == (0, False, False)
    line.data_received(TAKEN)
    assert heard.told == [("answered", 1, "accept")]
    assert heard.broken == [None]


@pytest.mark.parametrize("in_one", [True, False])
async def test_ends_when_what_was_taken_back_is_answered_too(two, in_one: bool) -> None:
    line, _, heard = two
    assert line.take_back(later(line), 5.0) is not None
    for packet in (QUEUED + TAKEN,) if in_one else (QUEUED, TAKEN):
        line.data_received(packet)
    assert heard.told == [("answered", 1, "accept")]
    assert (heard.rests, line.usable) == (0, False)


@pytest.mark.parametrize(
    ("reply", "then", "first"),
    [
        (QUEUED, b"", "accept"),  # unlike what it says to MAIL: it counts at once
        (NO, b"", "defer"),  # a no that nothing came after
        (OK, b"", "doubt"),  # it may be the reply to MAIL
        (NO, OK, "doubt"),  # a no that may be the reply to MAIL, for something came after it
        (OK, b"nonsense\r\n", "doubt"),
        (NO, b"nonsense\r\n", "doubt"),
        (OK, TAKEN, "accept"),
        (NO, TAKEN, "defer"),
    ],
)
async def test_believes_a_reply_that_may_be_the_next_ones_when_the_next_one_fits(two, reply, then, first) -> None:
    line, _, heard = two
    line.data_received(reply)
    if then:
        line.data_received(then)
    line.connection_lost(None)
    assert [(event, number, word) for event, number, word in heard.told if number == 1] == [("answered", 1, first)]
    assert len([1 for event, number, _ in heard.told if number == 2 and event != "ready"]) == 1
    assert len(heard.broken) == 1


async def test_gives_back_what_lies_behind_a_no_that_the_relay_is_silent_after(two) -> None:
    line, _, heard = two
    line.data_received(NO)
    taken = line.take_back(later(line), 5.0)
    assert taken is not None
    line.data_received(TAKEN)
    assert heard.told == [("answered", 1, "defer")]
    assert not line.usable


@pytest.mark.parametrize(("seconds", "is_failure"), [(0.5, True), (LATER, False)])
async def test_blames_no_relay_that_hangs_up_on_a_line_that_has_long_said_nothing(
    seconds: float, is_failure: bool
) -> None:
    wire, heard = Wire(), Heard()
    line = Line(wire, heard, True, 0, 300, False)
    later(line, seconds)
    line.connection_lost(ConnectionResetError())
    assert [broken is not None for broken in heard.broken] == [is_failure]


async def test_blames_no_relay_for_a_slow_goodbye() -> None:
    wire, heard = Wire(), Heard()
    line = Line(wire, heard, True, 0, 300, False)
    line.quit()
    assert line.is_late(later(line, 2.5))
    line.cut("inget svar i tid")
    assert heard.broken == [None]
