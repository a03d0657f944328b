"""The talk with a relay: what may be said when, and what its replies mean, whatever they are."""

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.deliver.dialogue import LONGEST_LINE, READY, Answered, Dialogue, Lost, Ready, Refused

MAIL, RCPT = b"MAIL FROM:<studs@vallentuna.example>\r\n", b"RCPT TO:<asa@vallentuna.example>\r\n"
BODY = b"Subject: Hej\r\n\r\nHej!\r\n"
OK, GO, QUEUED = b"250 2.0.0 Ok\r\n", b"354 Go on\r\n", b"250 2.0.0 Ok: queued as 1\r\n"
TAKEN = OK + OK + GO
BOTH = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "one by one"])


def spoken(pipelining: bool, replies: bytes) -> tuple[Dialogue, list, list[bytes]]:
    """A dialogue with an envelope, and what the replies to it came to."""
    d = Dialogue(pipelining)
    written = d.envelope(MAIL, RCPT)
    events, more = d.receive(replies) if pipelining else one_by_one(d, replies)
    return d, events, written + more


def one_by_one(d: Dialogue, replies: bytes) -> tuple[list, list[bytes]]:
    """A relay without pipelining answers each command when it has come."""
    events, writes = [], []
    for line in replies.splitlines(keepends=True):
        if not d.is_waiting:
            break
        found, more = d.receive(line)
        events += found
        writes += more
    return events, writes


def test_says_the_whole_envelope_in_one_write_when_it_may() -> None:
    d = Dialogue(True)
    assert d.envelope(MAIL, RCPT) == [MAIL + RCPT + b"DATA\r\n"]
    assert d.receive(TAKEN) == ([READY], [])
    assert d.body([BODY]) == [BODY, b".\r\n"]
    assert d.envelope(MAIL, RCPT) == [MAIL + RCPT + b"DATA\r\n"]
    events, writes = d.receive(QUEUED + TAKEN)
    assert [type(e) for e in events] == [Answered, Ready]
    assert (events[0].outcome.event, events[0].outcome.text, writes) == ("accept", "2.0.0 Ok: queued as 1", [])


def test_says_one_thing_at_a_time_when_it_may_not_say_more() -> None:
    d = Dialogue(False)
    assert d.envelope(MAIL, RCPT) == [MAIL]
    assert d.receive(OK) == ([], [RCPT])
    assert d.receive(OK) == ([], [b"DATA\r\n"])
    assert d.receive(GO) == ([READY], [])
    d.body([BODY])
    assert not d.may_begin
    d.receive(QUEUED)
    assert d.may_begin


@BOTH
@pytest.mark.parametrize(
    ("replies", "stage", "event", "fault"),
    [
        (b"550 5.7.1 No\r\n503 5.5.1 MAIL first\r\n503 5.5.1 MAIL first\r\n", "mail", "defer", "ours"),
        (b"451 4.3.0 Later\r\n503 Bad sequence\r\n503 Bad sequence\r\n", "mail", "defer", "relay"),
        (OK + b"550 5.1.1 No such user\r\n554 5.5.1 No valid recipients\r\n", "rcpt", "refuse", "recipient"),
        (OK + b"450 4.2.0 Greylisted\r\n503 5.5.1 RCPT first\r\n", "rcpt", "defer", "relay"),
        (OK + OK + b"554 5.7.1 Policy\r\n", "data", "defer", "ours"),
    ],
)
def test_hears_which_command_was_refused(pipelining, replies: bytes, stage: str, event: str, fault: str) -> None:
    d, events, _ = spoken(pipelining, replies)
    (refused,) = events
    assert isinstance(refused, Refused)
    assert (refused.outcome.stage, refused.outcome.event, refused.outcome.fault) == (stage, event, fault)
    assert not refused.closing
    assert b"".join(d.envelope(MAIL, RCPT)).startswith(b"RSET\r\n"), "the transaction stands open"


def test_ends_with_a_bare_dot_a_message_that_nobody_is_to_get() -> None:
    """RFC 2920 section 3.1."""
    d, events, written = spoken(True, OK + b"550 5.1.1 No such user\r\n" + GO)
    assert events[0].outcome.event == "refuse"
    assert written[-1] == b".\r\n"
    assert d.envelope(MAIL, RCPT) == [MAIL + RCPT + b"DATA\r\n"]
    assert d.receive(b"554 5.5.1 No valid recipients\r\n" + TAKEN) == ([READY], [])


@BOTH
@pytest.mark.parametrize("at", [0, 1, 2])
def test_takes_a_goodbye_for_the_answer_to_what_it_waits_for(pipelining: bool, at: int) -> None:
    _, events, _ = spoken(pipelining, OK * at + b"421 4.3.2 Closing\r\n")
    assert events[-1].closing
    assert events[-1].outcome.event == "defer"
    assert events[-1].outcome.stage == ("mail", "rcpt", "data")[at]


@pytest.mark.parametrize(
    "replies",
    [
        OK + OK + OK,  # a reply twice
        OK + GO + OK,
        b"450 4.0.0 Later\r\n" + OK + GO,  # no MAIL, and yet a recipient
        b"550 5.0.0 No\r\n503 No\r\n" + GO,
        b"299 Well\r\n" + OK + GO,
        OK + OK + GO + OK,  # one too many
        b"Ok then\r\n",
        b"99 Ok\r\n",
        b"2500 Ok\r\n",
        b"\r\n",
        b"250-Ok\r\n251 Ok\r\n",
        b"\x00\xff\r\n",
        b"250 " + b"x" * (LONGEST_LINE + 1),
        b"250-x\r\n" * 10_000,
        "２５０ Ok\r\n".encode(),
    ],
    ids=range(15),
)
def test_believes_nothing_more_of_a_relay_that_is_out_of_step(replies: bytes) -> None:
    d = Dialogue(True)
    d.envelope(MAIL, RCPT)
    assert [e for e in d.receive(replies)[0] if not isinstance(e, Ready)] == []
    assert d.broken
    assert d.receive(OK) == ([], []), "nothing more is heard"


def test_believes_what_a_relay_said_before_it_was_out_of_step() -> None:
    d, _, _ = spoken(True, TAKEN)
    d.body([BODY])
    ((answered,), _) = d.receive(QUEUED + QUEUED)
    assert (answered.outcome.event, d.broken) == ("accept", "ett svar på ingenting")


def test_reads_a_reply_of_two_lines_before_what_a_relay_usually_says() -> None:
    d, _, _ = spoken(True, TAKEN)
    for dot in (QUEUED, b"250-2.0.0 Ok\r\n250 2.0.0 Ok: queued as 2\r\n", QUEUED):
        d.body([BODY])
        d.envelope(MAIL, RCPT)
        events, _ = d.receive(dot + TAKEN)
        assert [type(e) for e in events] == [Answered, Ready]
        assert events[0].outcome.event == "accept"
    d.body([BODY])
    d.envelope(MAIL, RCPT)
    events, _ = d.receive(b"250-2.0.0 Ok\r\n" + TAKEN)  # the second line is the one that MAIL should have had
    assert [type(e) for e in events] == [Answered]
    assert d.broken


def test_takes_no_reply_to_an_envelope_for_that_to_a_body_whatever_it_has_said_before() -> None:
    """It says the one and the other to MAIL; then it leaves out its reply to a body."""
    d, _, _ = spoken(True, TAKEN)
    other = b"250 2.1.0 Sender ok\r\n"
    for pieces in ((QUEUED, other, OK + GO), (QUEUED + TAKEN,)):
        d.body([BODY])
        d.envelope(MAIL, RCPT)
        events = [event for piece in pieces for event in d.receive(piece)[0]]
        assert [(e.outcome.event, e.unsure) for e in events if isinstance(e, Answered)] == [("accept", False)]
    d.body([BODY])
    d.envelope(MAIL, RCPT)
    answered = [e for e in d.receive(TAKEN)[0] if isinstance(e, Answered)]
    assert [e.unsure for e in answered] == [True]


def test_keeps_of_an_answer_that_is_none_what_can_be_printed() -> None:
    d, _, _ = spoken(True, TAKEN)
    d.body([BODY])
    ((answered,), _) = d.receive(b"399 \x00\x1b[31m hej\r\n")
    assert (answered.outcome.event, answered.outcome.text) == ("doubt", "??[31m hej")


def test_knows_what_was_under_way_when_the_line_went() -> None:
    d = Dialogue(True)
    assert d.lost() == Lost(False, "")
    d.envelope(MAIL, RCPT)
    assert d.lost() == Lost(False, "alone", "mail")
    d.receive(OK + OK)
    assert d.lost() == Lost(False, "alone", "data")
    d.receive(GO)
    assert d.lost() == Lost(False, "ready")
    d.body([BODY])
    assert d.lost() == Lost(True, "")
    d.envelope(MAIL, RCPT)
    assert d.lost() == Lost(True, "behind", "mail")
    d.receive(QUEUED)
    assert d.lost() == Lost(False, "alone", "mail")


@pytest.mark.parametrize(
    ("reply", "event", "closing"),
    [
        (b"250 Ok", "accept", False),
        (b"251 Will forward", "accept", False),
        (b"250-2.0.0 Ok\r\n250 2.0.0 really", "accept", False),
        (b"450 4.2.0 Later", "defer", False),
        (b"421 4.3.2 Closing", "defer", True),
        (b"552 5.2.2 Full", "refuse", False),
        (b"554 5.7.1 Spam", "defer", False),
        (b"354 Go on", "doubt", True),
    ],
)
def test_reads_the_answer_to_the_final_dot(reply: bytes, event: str, closing: bool) -> None:
    d, _, _ = spoken(True, TAKEN)
    d.body([BODY])
    ((answered,), _) = d.receive(reply + b"\r\n")
    assert (answered.outcome.event, answered.closing) == (event, closing)


# Whole dialogues, however they go


def pieces(raw: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """The bytes as a network may bring them."""
    last = 0
    for cut in sorted({c % (len(raw) + 1) for c in cuts}):
        yield raw[last:cut]
        last = cut
    yield raw[last:]


CODES = st.sampled_from([250, 250, 250, 251, 354, 354, 421, 450, 451, 452, 500, 503, 550, 552, 554, 220, 235, 299, 600])
LINES = st.one_of(
    st.builds(
        lambda code, text: f"{code} {text}\r\n".encode(), CODES, st.sampled_from(["Ok", "5.1.1 No", "4.7.1 Later", ""])
    ),
    st.builds(lambda code: f"{code}-first\r\n{code} last\r\n".encode(), CODES),
    st.sampled_from(
        [b"250\r\n", b"250 Ok\n", b"\r\n", b"garbage\r\n", b"250-\r\n", b"\xff\xfe\x00", b"354-a\r\n250 b\r\n"]
    ),
)


class Talk:
    """What a line does with its dialogue, and what the test remembers of it."""

    def __init__(self, pipelining: bool) -> None:
        self.d = Dialogue(pipelining)
        self.begun = self.sent = self.answered = self.refused = 0
        self.marking = False
        self.heard = b""
        self.accepted: list[bytes] = []
        self.broken = False

    def begin(self) -> None:
        if self.d.may_begin:
            self.d.envelope(MAIL, RCPT)
            self.begun += 1

    def go(self) -> None:
        if self.d.ready:
            self.d.body([BODY])
            self.sent += 1
            self.begin()

    def hear(self, raw: bytes) -> None:
        self.heard += raw
        events, _ = self.d.receive(raw)
        self.broken = self.broken or bool(self.d.broken)
        for event in events:
            if isinstance(event, Answered):
                self.answered += 1
                assert self.answered <= self.sent, "an answer to a body that is not out"
                if event.outcome.event == "accept":
                    assert re.search(rb"(?m)^2\d\d", self.heard), "nobody has said yes"
            elif isinstance(event, Refused):
                self.refused += 1
                assert event.outcome.event in ("refuse", "defer")
            self.broken = self.broken or getattr(event, "closing", False)

    def ends(self) -> None:
        """Each message that was begun is answered, refused, in doubt, or unsent: one of them, and once."""
        lost = self.d.lost()
        unanswered = self.sent - self.answered
        assert lost.in_doubt == (unanswered == 1) or self.broken
        assert 0 <= unanswered <= 1
        assert 0 <= self.begun - self.sent - self.refused <= 1
        if not self.broken:
            assert bool(lost.envelope) == (self.begun - self.sent - self.refused == 1)


@settings(max_examples=400, deadline=None)
@given(st.booleans(), st.lists(LINES, max_size=25), st.lists(st.integers(0, 2000), max_size=12))
def test_comes_to_one_end_for_each_message_whatever_the_relay_says(
    pipelining: bool, lines: list[bytes], cuts: list[int]
) -> None:
    talk = Talk(pipelining)
    talk.begin()
    for piece in pieces(b"".join(lines), cuts):
        talk.hear(piece)
        if talk.broken:
            break
        talk.go()
        talk.begin()
    talk.ends()


class RightRelay:
    """A relay that keeps to the rules. Message n ends as `verdicts[n]` says."""

    def __init__(self, verdicts: Sequence[str]) -> None:
        self.verdicts = list(verdicts)
        self.in_data = self.has_mail = self.has_rcpt = False
        self.bodies = 0

    def hears(self, written: bytes) -> bytes:
        """What it says to it."""
        said = b""
        for line in written.splitlines(keepends=True):
            if self.in_data:
                said += self.dot() if line == b".\r\n" else b""
            else:
                said += self.command(line)
        return said

    def command(self, line: bytes) -> bytes:
        verdict = self.verdicts[0] if self.verdicts else "take"
        verb = line[:4]
        if verb == b"RSET":
            self.has_mail = self.has_rcpt = False
            return OK
        if verb == b"MAIL":
            assert not self.has_mail, "a transaction stands open"
            self.has_mail = verdict != "mail"
            return OK if self.has_mail else self.over(b"451 4.3.0 Later\r\n")
        if verb == b"RCPT":
            self.has_rcpt = self.has_mail and verdict not in ("rcpt", "bare")
            if not self.has_mail:
                return b"503 5.5.1 MAIL first\r\n"
            return OK if self.has_rcpt else self.over(b"550 5.1.1 No\r\n")
        assert line == b"DATA\r\n"
        if not self.has_rcpt:
            self.in_data = self.has_mail and self.last == "bare"
            return GO if self.in_data else b"503 5.5.1 RCPT first\r\n"
        self.in_data = verdict != "data"
        return GO if self.in_data else self.over(b"451 4.3.0 Later\r\n")

    def dot(self) -> bytes:
        had_recipient = self.has_rcpt
        self.in_data = self.has_mail = self.has_rcpt = False
        if not had_recipient:
            return b"554 5.5.1 Nobody\r\n"
        self.bodies += 1
        return self.over(QUEUED if self.verdicts[0] == "take" else b"552 5.2.2 Full\r\n")

    def over(self, said: bytes) -> bytes:
        self.last = self.verdicts.pop(0)
        return said


@settings(max_examples=200, deadline=None)
@given(
    st.booleans(),
    st.lists(st.sampled_from(["take", "mail", "rcpt", "bare", "data", "dot"]), min_size=1, max_size=8),
    st.lists(st.integers(0, 5000), max_size=30),
)
def test_gives_each_message_its_own_verdict(pipelining: bool, verdicts: list[str], cuts: list[int]) -> None:
    """However the network cuts what a relay that keeps to the rules says."""
    d, relay, found = Dialogue(pipelining), RightRelay(verdicts), []
    waiting = [relay.hears(b"".join(d.envelope(MAIL, RCPT)))]
    begun = 1
    while waiting:
        for piece in pieces(waiting.pop(0), cuts):
            events, writes = d.receive(piece)
            found += [e.outcome.event for e in events if not isinstance(e, Ready)]
            if d.ready:
                writes = [*writes, *d.body([BODY])]
            if d.may_begin and begun < len(verdicts):
                writes = [*writes, *d.envelope(MAIL, RCPT)]
                begun += 1
            if writes:
                waiting.append(relay.hears(b"".join(writes)))
    ends = {"take": "accept", "mail": "defer", "rcpt": "refuse", "bare": "refuse", "data": "defer", "dot": "refuse"}
    assert found == [ends[v] for v in verdicts]
    assert relay.bodies == sum(v in ("take", "dot") for v in verdicts)
    assert d.lost() == Lost(False, "")
