"""One open connection to a relay, from the first envelope to the last reply: bytes between a Dialogue and a transport.

Takes   a transport on which EHLO and login are done; parcels, one envelope at a time, and the word that a body may go.
Gives   to its listener, what became of each parcel, and when the connection is over.
Fails   never: a line that breaks tells what it had under way, and is over.

It has no task of its own: a hundred of them cost nothing while they wait.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from mailer.deliver.dialogue import Answered, Dialogue, Event, Lost, Ready
from mailer.deliver.message import Message
from mailer.deliver.unconfirmed import unconfirmed
from mailer.outbox.outcome import Offered, Outcome

QUIT_S = 2.0  # how long a goodbye may take
RESTED_S = 2.0  # a relay that closes a line which has said nothing for longer has not failed
AT_ONCE, NEVER = 0.0, float("inf")


@dataclass(slots=True, eq=False)
class Parcel:
    """A delivery with its message, made."""

    offered: Offered
    message: Message
    domain: str
    relay: str = ""  # whose permit it has


class Listener(Protocol):
    """Who is told. Each parcel given to a line comes back by exactly one of answered, refused and unsent."""

    def ready(self, line: "Line", parcel: Parcel) -> None:
        """The relay waits for its body: mark it as offered, and call `go`."""

    def answered(self, line: "Line", parcel: Parcel, outcome: Outcome) -> None:
        """The final dot went out. Accepted, refused, deferred, or in doubt."""

    def refused(self, line: "Line", parcel: Parcel, outcome: Outcome) -> None:
        """It was not taken, before its body."""

    def unsent(self, line: "Line", parcel: Parcel) -> None:
        """No byte of its body went out, and it is not its fault."""

    def over(self, line: "Line", broken: Outcome | None) -> None:
        """The line is closed; with what it broke, when it was not we who closed it."""


class Line(asyncio.Protocol):
    """Call `begin` with a parcel, `go` when it may go; it is idle in between."""

    def __init__(
        self, transport: Any, listener: Listener, pipelining: bool, size_limit: int, timeout_s: float, with_size: bool
    ) -> None:
        self.accepted = 0
        self.takes_two = pipelining  # an envelope may go out behind a body
        self.size_limit = size_limit  # bytes; 0: none (RFC 1870)
        self.usable = True
        self.answer_s = 0.0  # how long the relay took over the last final dot
        self.deadline = NEVER
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        self._is_encrypted = transport.get_extra_info("sslcontext") is not None
        self._listener = listener
        self._dialogue = Dialogue(pipelining)
        self._timeout_s = timeout_s
        self._with_size = with_size
        self._sent: Parcel | None = None  # its body is out, its reply is not here
        self._unsure: Outcome | None = None  # its reply, until the envelope behind it is judged
        self._next: Parcel | None = None  # its envelope is out
        self._sent_at = 0.0
        self._heard = 0  # whole replies
        self._left = NEVER  # bytes of what was written that the relay lacked at the last look
        self._moved_at = 0.0  # when they were last seen to become others
        self._quitting = False
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self.idle_since = self._clock()
        transport.set_protocol(self)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way on it, nor an envelope that was taken back."""
        return self._sent is None and self._next is None and self._dialogue.may_begin

    def begin(self, parcel: Parcel) -> None:
        """Send the envelope. The line is idle."""
        if self._write(self._envelope(parcel)):
            self._await()

    def go(self, following: Parcel | None) -> None:
        """Send the body that the relay waits for, and the envelope of the next one behind it."""
        assert self._next is not None
        self._sent, self._next = self._next, None
        self._sent_at = self._clock()
        writes = self._dialogue.body(self._sent.message.pieces)
        if following is not None:
            writes += self._envelope(following)
        if self._write(writes):
            self._await()

    def take_back(self, now: float, patience_s: float) -> Parcel | None:
        """The parcel whose envelope lies behind a body that the relay is silent about; another line may have it. When
        its turn comes here after all, the line is closed: nothing else ends a DATA.
        """
        if self._sent is None or self._next is None or now - self._sent_at < patience_s:
            return None
        parcel, self._next = self._next, None
        return parcel

    def drop(self) -> None:
        """Close it at once; what it had under way is told. For a body that may not go: nothing else ends a DATA."""
        self._end(None)

    def cut(self, why: str) -> None:
        """Close it because the relay is silent, or we may not wait any longer."""
        self._end(None if self._quitting else Outcome("defer", "dot", text=why, fault="relay", lost_line=True))

    def quit(self) -> None:
        """Say goodbye. The line is idle."""
        if not self._quitting and self.usable:
            self._quitting = True
            self._write([b"QUIT\r\n"])
            self.deadline = self._clock() + QUIT_S

    def is_late(self, now: float) -> bool:
        """Whether the relay has been silent for longer than it may, or has not taken a byte for so long. Ask it often
        while something is under way: that all of it has come to the relay, and its time begins, is seen here.
        """
        return now > self.deadline and self._is_overdue(now)

    def data_received(self, data: bytes) -> None:
        if not self.usable:  # what TLS still had when we closed
            return
        if self._quitting:
            self._end(None)
            return
        if (outcome := self._dialogue.usual(data)) is not None:
            self._answered_in_turn(outcome)
            return
        events, writes = self._dialogue.receive(data)
        for event in events:
            self._tell(event)
            if not self.usable:
                return
        if self._dialogue.broken:
            self._end(_broken(self._dialogue.broken))
            return
        if writes:
            self._write(writes)
        if self._dialogue.heard != self._heard:  # what is no whole reply yet, be it a byte at a time, gains no time
            self._heard = self._dialogue.heard
            self._await()

    def eof_received(self) -> bool:
        self._end(None if self._quitting else _broken("förbindelsen stängdes"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(None if self._quitting else _broken(str(exc) if exc else "förbindelsen bröts"))

    def _tell(self, event: Event) -> None:
        if isinstance(event, Answered):
            self.answer_s = self._clock() - self._sent_at
            if event.unsure:
                self._unsure = event.outcome
            else:
                self._answered(event.outcome, event.closing)
            return
        if (outcome := self._unsure) is not None:  # what is behind it fits: it was meant
            self._answered(outcome, closing=False)
            if not self.usable:
                return
        if isinstance(event, Ready):
            self._begins_next()
        else:
            parcel, self._next = self._next, None
            if parcel is None:
                self._end(None)
                return
            self._listener.refused(self, parcel, event.outcome)
            if event.closing:
                self._end(event.outcome)

    def _answered_in_turn(self, outcome: Outcome) -> None:
        """What each message of thousands comes to: taken, and the next one may go."""
        self.answer_s = self._clock() - self._sent_at
        self._answered(outcome, closing=False)
        if self.usable:
            self._begins_next()
        if self.usable:
            self._heard = self._dialogue.heard
            self._await()

    def _begins_next(self) -> None:
        """The relay waits for the body of the envelope."""
        if self._next is None:
            self._end(None)  # it was taken back
            return
        self._listener.ready(self, self._next)

    def _answered(self, outcome: Outcome, closing: bool) -> None:
        parcel, self._sent, self._unsure = self._sent, None, None
        assert parcel is not None
        self.accepted += outcome.event == "accept"
        self._listener.answered(self, parcel, outcome)
        if closing:
            self._end(outcome)
        elif self._next is None and not self._dialogue.may_begin:
            self._end(None)  # the envelope behind it was taken back, and nothing else ends it

    def _envelope(self, parcel: Parcel) -> list[bytes]:
        self._next = parcel
        message = parcel.message
        size = f" SIZE={message.size}" if self._with_size else ""
        return self._dialogue.envelope(
            f"MAIL FROM:<{message.return_address}>{size}\r\n".encode("ascii"),
            f"RCPT TO:<{message.recipient}>\r\n".encode("ascii"),
        )

    def _await(self) -> None:
        """A reply was heard, or something written."""
        if self._dialogue.is_waiting:
            self.deadline, self._left = AT_ONCE, NEVER  # to be looked at
        else:
            self.deadline = NEVER
            self.idle_since = self._clock()

    def _is_overdue(self, now: float) -> bool:
        """RFC 5321 section 4.5.3.2: so long for each block of a body, so long for each reply, longest after the final
        dot; and the time of a reply runs from when it could be given.
        """
        if self._quitting:
            return True
        left = unconfirmed(self._transport, self._socket)
        if left == self._left:
            return not left or now - self._moved_at > self._timeout_s
        self._left, self._moved_at = left, now
        self.deadline = AT_ONCE if left else now + (2 if self._dialogue.waits_for_dot else 1) * self._timeout_s
        return False

    def _write(self, writes: list[bytes]) -> bool:
        if not self.usable:
            return False
        if self._is_encrypted:  # each piece would be a record of its own
            writes = [b"".join(writes)]
        self._transport.writelines(writes)
        return self.usable

    def _end(self, broken: Outcome | None) -> None:
        """Over, for whatever reason; each parcel comes back once."""
        if not self.usable:
            return
        if self.is_idle and self._clock() - self.idle_since > RESTED_S:
            broken = None  # who hangs up on one that says nothing does as relays do
        self.usable = False
        self.deadline = NEVER
        lost = self._dialogue.lost()
        self._transport.abort() if lost.in_doubt or broken else self._transport.close()
        text = broken.text if broken else "avbrutet i väntan på svar"
        if (sent := self._sent) is not None:
            self._sent = None
            self._listener.answered(self, sent, self._without_reply(lost, text))
        if (following := self._next) is not None:
            self._next = None
            if lost.envelope == "alone" and broken is not None:
                outcome = Outcome("defer", lost.stage, text=text[:200], fault="relay", lost_line=True)
                self._listener.refused(self, following, outcome)
            else:
                self._listener.unsent(self, following)
        self._listener.over(self, broken)

    def _without_reply(self, lost: Lost, text: str) -> Outcome:
        """What became of the message that is out. A no that nothing came after was a no."""
        said = self._unsure
        if said is not None and said.event != "accept" and lost.stage == "mail" and not self._dialogue.broken:
            return said
        return Outcome("doubt", "dot", text=text[:200], fault="relay", lost_line=True)


def _broken(why: str) -> Outcome:
    stage: Literal["mail"] = "mail"
    return Outcome("defer", stage, text=why[:200], fault="relay", lost_line=True)
