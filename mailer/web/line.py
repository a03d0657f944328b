"""One client's connection: how much it may say before it is understood, and how long it may take.

Takes   bytes as they come, from whoever likes.
Gives   whole requests to the pages. uvicorn itself waits for ever for a head to end, an answer to be read.
Fails   never: a line that is too slow is cut, and the one that has waited longest makes room when there are too many.

A web server in front has limits of its own (docs/proxy.md); these hold without it. A line costs a file descriptor, and
the sending and the database need theirs.
"""

import asyncio
from typing import Any, Literal

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from mailer.web import guard

LONGEST_HEAD = 16 * 1024  # bytes: request line and all header fields
MOST_LINES = 200  # open at once
Phase = Literal["head", "body", "rest", "answer"]
# Seconds. A body has 10 (guard.LONGEST_POST_S) until the pages say in words that it came too late; this is behind it.
LONGEST: dict[Phase, float] = {
    "head": 10.0,  # until the next request has been read to the end of its head
    "body": 15.0,
    "rest": 2.0,  # of a body that was answered before it ended: the client may read why
    "answer": 120.0,  # to be made, and to be taken by a slow telephone
}


class Line(H11Protocol):
    """A connection with a deadline for each phase, which no trickle of bytes moves."""

    _phase: Phase = "answer"
    _since: float = 0.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look()
        if len(self.connections) > MOST_LINES:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        cycle = self.cycle
        super().handle_events()
        self._look(is_another=cycle is not self.cycle)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered with the headers that every answer has."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        plain = {"content-type": "text/plain; charset=utf-8", "connection": "close"}
        head = guard.headers("", guard.FILE_POLICY) | plain
        fields = [(name.lower().encode(), value.encode()) for name, value in head.items()]
        for event in (
            h11.Response(status_code=400, headers=fields, reason=b"Bad Request"),
            h11.Data(data=b"400\n"),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _look(self, is_another: bool = False) -> None:
        """Which phase it is in now; a new one has its own time."""
        phase = self._now_in()
        if phase == self._phase and not is_another:
            return
        self._phase, self._since = phase, self.loop.time()
        self._wait(LONGEST[phase])

    def _now_in(self) -> Phase:
        if self.conn.their_state is h11.IDLE:
            return "head"
        if self.conn.their_state is h11.SEND_BODY:
            return "rest" if self.conn.our_state is h11.DONE else "body"
        return "answer"

    def _wait(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._end)

    def _end(self) -> None:
        """The time is out. An earlier answer that is still being taken may have the rest of its own."""
        left = self._since + LONGEST["answer"] - self.loop.time()
        if self._owes and self._phase == "head" and left > 0:
            self._wait(left)
        else:
            self.transport.abort()

    @property
    def _owes(self) -> bool:
        """Whether something of an answer has not been taken yet."""
        return self.transport.get_write_buffer_size() > 0

    def _make_room(self) -> None:
        """Cut the line that has been in its phase longest. One whose answer is being made is left alone."""
        lines: list[Any] = [line for line in self.connections if isinstance(line, Line) and line is not self]
        idle = [n for n in lines if not n.transport.is_closing() and (n._phase != "answer" or n._owes)]
        if idle:
            min(idle, key=lambda line: line._since).transport.abort()
