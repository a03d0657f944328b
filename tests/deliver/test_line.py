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
    """What was written, how much of it the relay has not taken yet, and whether it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.is_open = b"", True
        self.left = 0

    def get_write_buffer_size(self) -> int:
        return self.left

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
    return Parcel(offered, Message.of("studs@vallentuna.example", address, [b"Subject: Hej\r\n\r\nHej!\r\n"]), "x")


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


class Looks:
    """Time passes, and the line is looked at as the exchange does."""

    def __init__(self, line: Line) -> None:
        self.line, self.now = line, later(line, 0)

    def after(self, seconds: float) -> bool:
        """Whether it is late, so much later."""
        self.now += seconds
        now = self.now
        self.line._clock = lambda: now
        return self.line.is_late(now)


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


# How long the relay may take (RFC 5321 section 4.5.3.2): 300 s for a reply and for a block, 600 s after the final dot


@pytest.mark.parametrize("each", [b"2", b"250-2.0.0 Ok\r\n"], ids=["bytes", "lines without an end"])
async def test_gives_no_more_time_for_a_reply_that_does_not_end(two, each: bytes) -> None:
    line, _, heard = two
    look = Looks(line)
    assert not look.after(0)
    for _ in range(9):
        line.data_received(each)
        assert not look.after(60)
    line.data_received(each)
    assert look.after(61)
    line.cut("inget svar i tid")
    assert heard.told == [("answered", 1, "doubt"), ("unsent", 2, "")]


async def test_gives_each_reply_its_own_time() -> None:
    wire, heard = Wire(), Heard()
    line = Line(wire, heard, True, 0, 300, False)
    line.begin(parcel(1))
    look = Looks(line)
    for reply in (OK, OK):
        assert not look.after(0)
        assert not look.after(299)
        line.data_received(reply)
    assert not look.after(0)
    assert look.after(301)
    assert heard.told == []


async def test_waits_twice_as_long_for_the_answer_to_a_body(two) -> None:
    line, _, _ = two
    look = Looks(line)
    assert not look.after(0)
    assert not look.after(599)
    line.data_received(QUEUED)  # and now for the envelope behind it
    assert not look.after(0)
    assert not look.after(299)
    assert look.after(2)


async def test_waits_for_a_body_that_is_taken_little_by_little_and_then_for_its_answer(two) -> None:
    line, wire, _ = two
    look = Looks(line)
    for wire.left in range(5000, 0, -1000):
        assert not look.after(290), "a block is under way"
    wire.left = 0
    assert not look.after(290)
    assert not look.after(599)
    assert look.after(2)


async def test_does_not_wait_for_one_that_takes_nothing(two) -> None:
    line, wire, _ = two
    look = Looks(line)
    wire.left = 5000
    assert not look.after(0)
    assert not look.after(299)
    assert look.after(2)


async def test_looks_once_more_at_what_seemed_to_have_arrived(two) -> None:
    """With TLS the kernel may have nothing left for a moment while the body lies above it."""
    line, wire, _ = two
    look = Looks(line)
    assert not look.after(0)
    wire.left = 5000
    assert not look.after(601)
    wire.left = 0
    assert not look.after(1)
    assert look.after(601)


async def test_expects_nothing_of_a_line_that_rests(two) -> None:
    line, _, _ = two
    line.data_received(QUEUED + TAKEN)
    assert not Looks(line).after(1e6), "it waits for us"
