"""The talk with a relay on one connection: what may be said now, and what its replies mean. No input or output.

Takes   the envelope of the next message, and the body of the one that the relay waits for; then the relay's bytes.
Gives   the bytes to write; for each message what became of it: Ready, Refused, Answered.
Fails   never. When the relay says what no relay may, `broken` says what: close the connection, and ask `lost`.

RFC 5321 and, where the relay offers it, RFC 2920: MAIL, RCPT and DATA go in one write, behind the body and the final
dot of the message before. An envelope is judged when all its three replies are there and fit each other: a reply too
many puts everything out of step, and no member is blamed for it.

Diagnostics (of `broken`): a line that is too long; a reply without a number; a reply to nothing; replies that do
not fit each other.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mailer.deliver.reply import read_reply, shorten, taken
from mailer.outbox.outcome import Outcome, Stage

LONGEST_LINE = 4096  # RFC 5321 section 4.5.3.1.5 asks for 512; some explain themselves at length
LONGEST_REPLY = 32_768  # with all its lines: what came in one piece is never more than a relay has to say
CLOSING = 421  # RFC 5321 section 3.8: may come instead of any reply, and the last of all
Step = Literal["mail", "rcpt", "data"]
_ENVELOPE: tuple[Step, ...] = ("mail", "rcpt", "data")
_RSET, _DATA, _DOT = b"RSET\r\n", b"DATA\r\n", b".\r\n"

_BEHIND_A_BODY: deque["Awaited"] = deque(("dot", "mail", "rcpt", "data"))

# What a reply is awaited to: a stage of a message, the reset after a refusal, the bare dot after DATA without RCPT.
Awaited = Literal["mail", "rcpt", "data", "dot", "rset", "bare"]


class _Nonsense(Exception):
    """The relay is out of step."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The relay waits for the body of the envelope."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The envelope was not taken. `closing`: the relay says goodbye."""

    outcome: Outcome
    closing: bool = False


class Answered(NamedTuple):
    """The reply to the final dot. `closing`: the relay says goodbye, or what it said is no answer. `unsure`: it could
    be the reply to the envelope behind, from a relay that has left one out: it counts when that one is judged.
    A named tuple: each message makes one.
    """

    outcome: Outcome
    closing: bool = False
    unsure: bool = False


Event = Ready | Refused | Answered
READY = Ready()


@dataclass(frozen=True, slots=True)
class Lost:
    """What a connection had under way when it went."""

    in_doubt: bool  # a final dot may be out and has no reply
    envelope: Literal["", "behind", "alone", "ready"]  # behind that body, by itself, or taken by the relay
    stage: Stage = "mail"  # of an envelope by itself: where it was


class Dialogue:
    """One connection, after EHLO and login. Not a value: it counts what is awaited."""

    __slots__ = (
        "_awaited",
        "_buffer",
        "_is_over",
        "_lines",
        "_mail_reply",
        "_pending",
        "_queued",
        "_replies",
        "_reset",
        "_usual",
        "broken",
        "heard",
        "pipelining",
        "ready",
    )

    def __init__(self, pipelining: bool) -> None:
        self.pipelining = pipelining
        self.ready = False  # the relay waits for a body
        self.broken = ""  # why nothing more that the relay says on this connection can be believed
        self.heard = 0  # whole replies to something
        self._awaited: deque[Awaited] = deque()
        self._queued: deque[tuple[Awaited, bytes]] = deque()  # commands held back, without pipelining
        self._buffer = b""
        self._usual = b""  # the replies to an envelope that was taken, when they came together
        self._lines: list[bytes] = []  # of a reply that has more to come
        self._replies: list[tuple[int, str]] = []  # to the envelope so far
        self._mail_reply = (0, b"")  # the last one to MAIL
        self._pending = False  # an envelope has no verdict yet
        self._reset = False  # the last envelope was refused: its transaction stands open
        self._is_over = False  # the relay has said goodbye: what else it says is for nobody

    @property
    def may_begin(self) -> bool:
        """Whether an envelope may go out now (with a body, or behind one)."""
        return not self._pending and not self.ready and (self.pipelining or not self._awaited)

    @property
    def is_waiting(self) -> bool:
        """Whether the relay owes a reply."""
        return bool(self._awaited)

    @property
    def waits_for_dot(self) -> bool:
        """Whether the reply owed next is that to a final dot, for which it may take longest."""
        return bool(self._awaited) and self._awaited[0] == "dot"

    def body(self, pieces: Sequence[bytes]) -> list[bytes]:
        """What to write for the message the relay waits for: CRLF lines, none that begins with a dot."""
        assert self.ready
        self.ready = False
        self._awaited.append("dot")
        return [*pieces, _DOT]

    def envelope(self, mail: bytes, rcpt: bytes) -> list[bytes]:
        """What to write for the next message: both commands with their CRLF."""
        assert self.may_begin
        self._pending = True
        if self.pipelining and not self._reset:
            self._awaited.extend(_ENVELOPE)
            return [b"".join((mail, rcpt, _DATA))]
        steps: list[tuple[Awaited, bytes]] = [("mail", mail), ("rcpt", rcpt), ("data", _DATA)]
        if self._reset:
            self._reset = False
            steps.insert(0, ("rset", _RSET))
        if not self.pipelining:
            self._queued.extend(steps)
            return self._next_command()
        self._awaited.extend(kind for kind, _ in steps)
        return [b"".join(command for _, command in steps)]

    def usual(self, raw: bytes) -> Outcome | None:
        """The plain yes to a body, when behind it stands, to the letter, what the relay has said to an envelope before,
        and no more: nearly all that a relay ever says. It waits for the next body then. None: `receive` it."""
        usual, at = self._usual, len(raw) - len(self._usual) - 1
        if not usual or self._awaited != _BEHIND_A_BODY or raw.find(b"\n") != at or not raw.endswith(usual):
            return None
        if self._buffer or self._lines or raw[4:at] == self._mail_reply[1] or (outcome := taken(raw[:at])) is None:
            return None
        self.heard += 1
        self._awaited.clear()
        self._end_envelope()
        self.ready = True
        return outcome

    def receive(self, raw: bytes) -> tuple[list[Event], list[bytes]]:
        """(what it means, what to write at once). What came before nonsense counts; after it look at `broken`."""
        if (outcome := self.usual(raw)) is not None:
            return [Answered(outcome), READY], []
        events: list[Event] = []
        writes: list[bytes] = []
        buffer = self._buffer + raw if self._buffer else raw
        at, begun = 0, -1  # where the replies to an envelope begin
        try:
            while not self._is_over and (end := buffer.find(b"\n", at)) >= 0:
                if self._awaited and self._awaited[0] == "mail" and not self._lines:
                    begun = at
                self._line(buffer[at:end], events, writes)
                at = end + 1
            if begun >= 0 and self.ready and at == len(buffer) and not self._lines:
                self._usual = buffer[begun:]
            self._buffer = buffer[at:] if at else buffer
            if len(self._buffer) > LONGEST_LINE:
                raise _Nonsense("en rad är för lång")
        except _Nonsense as why:
            self.broken, self._is_over = str(why), True
        return events, writes

    def lost(self) -> Lost:
        """What was under way. Call it once, when the connection is gone or given up."""
        in_doubt = "dot" in self._awaited
        if self.ready:
            return Lost(in_doubt, "ready")
        if not self._pending:
            return Lost(in_doubt, "")
        return Lost(in_doubt, "behind" if in_doubt else "alone", _ENVELOPE[min(len(self._replies), 2)])

    def _line(self, line: bytes, events: list[Event], writes: list[bytes]) -> None:
        """One line of a reply, without its LF."""
        if line[3:4] == b"-" and line[:3].isdigit():
            self._lines.append(line)
            if sum(map(len, self._lines)) > LONGEST_REPLY:
                raise _Nonsense("ett svar är för långt")
            return
        if len(line) > LONGEST_LINE:
            raise _Nonsense("en rad är för lång")
        code = line[:3]
        if not code.isdigit() or not b"200" <= code <= b"599" or line[3:4] not in (b" ", b"", b"\r"):
            raise _Nonsense("ett svar utan nummer")
        text = line[4:]
        if self._lines:
            if any(earlier[:3] != code for earlier in self._lines):
                raise _Nonsense("ett svar med flera nummer")
            text = b" ".join([*(earlier[4:].rstrip(b"\r") for earlier in self._lines), text])
            self._lines = []
        self._reply(int(code), text, events, writes)

    def _reply(self, code: int, text: bytes, events: list[Event], writes: list[bytes]) -> None:
        if not self._awaited:
            raise _Nonsense("ett svar på ingenting")
        awaited = self._awaited.popleft()
        self.heard += 1
        if awaited == "dot":
            answered = _answered(code, text)
            self._is_over = answered.closing
            # Few relays say the same to both, and few say no here: those alone are waited with.
            if self._pending and not answered.closing and (code >= 400 or (code, text) == self._mail_reply):
                answered = Answered(answered.outcome, unsure=True)
            events.append(answered)
        elif awaited in ("rset", "bare"):
            if code == CLOSING or (awaited == "rset" and code != 250):
                raise _Nonsense("återställningen togs inte emot")
            if not self.pipelining:
                writes += self._next_command()
        else:
            if awaited == "mail" and (code, text) != self._mail_reply:
                self._mail_reply, self._usual = (code, text), b""
            self._replies.append((code, text.decode("utf-8", "replace").strip()))
            self._judge(awaited, events, writes)  # type: ignore[arg-type]

    def _judge(self, stage: Stage, events: list[Event], writes: list[bytes]) -> None:
        """What the replies to the envelope come to, when they are all there."""
        replies = self._replies
        code, text = replies[-1]
        if code == CLOSING:
            self._end_envelope()
            self._is_over = True
            events.append(Refused(read_reply(stage, code, text), closing=True))
            return
        if not _fits(stage, code) and not 400 <= code < 600:
            raise _Nonsense("svaren passar inte ihop")
        if not self.pipelining and (_fits(stage, code) and stage != "data"):
            writes += self._next_command()
            return
        if self.pipelining and stage != "data":
            return
        self._end_envelope()
        codes = [c for c, _ in replies]
        if len(codes) == 3 and all(map(_fits, _ENVELOPE, codes)):
            self.ready = True
            events.append(READY)
            return
        n = next((n for n, c in enumerate(codes) if not _fits(_ENVELOPE[n], c)))
        if not _consistent(n, codes):
            raise _Nonsense("svaren passar inte ihop")
        if codes[-1] == 354:  # RFC 2920 section 3.1: DATA without a recipient was taken: a bare dot ends it
            self._awaited.append("bare")
            writes.append(_DOT)
        else:
            self._reset = True
        events.append(Refused(read_reply(_ENVELOPE[n], *replies[n])))

    def _end_envelope(self) -> None:
        self._pending = False
        self._replies = []
        self._queued.clear()

    def _next_command(self) -> list[bytes]:
        if not self._queued:
            return []
        awaited, command = self._queued.popleft()
        self._awaited.append(awaited)
        return [command]


def _fits(stage: Stage | Step, code: int) -> bool:
    """Whether the reply is the one hoped for. RFC 5321 section 4.3.2."""
    return code == 354 if stage == "data" else code == 250 or (stage == "rcpt" and code == 251)


def _consistent(refused: int, codes: Sequence[int]) -> bool:
    """Whether what follows a refusal can follow it: after MAIL no recipient is taken; without one DATA may be."""
    return all(
        400 <= code < 600 or (n == 2 and refused == 1 and code == 354) for n, code in enumerate(codes) if n > refused
    )


def _answered(code: int, text: bytes) -> Answered:
    """A 2yz is an acceptance, 4yz and 5yz are a no; anything else is no answer, and the message is in doubt."""
    said = text.decode("utf-8", "replace").strip()
    if 200 <= code < 300:
        return Answered(read_reply("dot", code, said))
    if not 400 <= code < 600:
        return Answered(Outcome("doubt", "dot", code, "", shorten(said), "relay"), closing=True)
    return Answered(read_reply("dot", code, said), closing=code == CLOSING)
