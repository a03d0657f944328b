"""What the relay answers: the normal reply, or what the script makes of it.

Takes   the stage, the normal reply, whom it is about, and at the dot how to acknowledge.
Gives   the code that was answered; 0 when it was no reply.
Fails   Gone when the fault ends the connection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.relay.relay import Relay, Transaction
from tests.relay.script import Rule
from tests.relay.wire import Wire

Acknowledge = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Event:
    """Something the client did that must be answered."""

    stage: str
    normal: str  # the reply without faults, lines apart by \n
    recipients: tuple[str, ...] = ()
    acknowledge: Acknowledge | None = None  # at the dot: to be awaited before anything positive is said


class Answers:
    """The relay's voice on one connection."""

    def __init__(self, relay: Relay, wire: Wire, number: int) -> None:
        self.relay, self.wire, self.number = relay, wire, number
        self.transaction = Transaction()
        self.said = ""  # the last reply

    async def answer(self, event: Event) -> int:
        for rule in self.relay.decide(event.stage, list(event.recipients)):
            code = await self.misbehave(rule, event)
            if rule.fault != "delay":
                return code
        return await self.reply(event, event.normal)

    async def reply(
        self, event: Event, text: str, acknowledge: bool = True, times: int = 1, byte_s: float = 0.0
    ) -> int:
        """Say `text` as the answer. A positive one after the dot is an acknowledgement, whoever wrote it."""
        code = int(text[:3]) if text[:3].isdigit() else 0
        if event.acknowledge and acknowledge and 200 <= code < 300:
            await event.acknowledge()
        if code >= 400:
            await self.note("refused", stage=event.stage, code=code, text=text, **self._whom(event))
        await self.say(text, times, byte_s)
        if code == 421:  # RFC 5321 section 3.8: it means that the channel closes
            await self.wire.close()
        return code

    async def misbehave(self, rule: Rule, event: Event) -> int:
        kept = event.acknowledge is not None and rule.when == "after_ack"
        if event.acknowledge and kept:
            await event.acknowledge()
        if rule.fault != "reply":
            await self.note("fault", fault=rule.fault, stage=rule.at, acknowledged=kept, **self._whom(event))
        match rule.fault:
            case "reply":
                return await self.reply(event, rule.text, not kept)
            case "double":
                return await self.reply(event, rule.text or event.normal, not kept, times=2)
            case "drip":
                return await self.reply(event, rule.text or event.normal, not kept, byte_s=rule.seconds)
        await self.leave_unanswered(rule)
        return 0

    async def leave_unanswered(self, rule: Rule) -> None:
        """All that is no reply."""
        match rule.fault:
            case "garbage":
                for _ in range(rule.repeat):
                    await self.wire.send(rule.text.encode("latin-1", "replace"))
            case "delay":
                await asyncio.sleep(rule.seconds)
            case "hang":
                await self.wire.be_silent(rule.seconds, lambda: 0 < rule.others <= self.relay.taken())
            case "stall":
                await self.wire.stall(rule.seconds)
            case "sip":
                self.wire.sip(rule.seconds)
            case "rst":
                await self.wire.reset()
            case _:
                await self.wire.close()

    async def say(self, text: str, times: int = 1, byte_s: float = 0.0) -> None:
        self.said = text
        await self.wire.send((text.replace("\n", "\r\n") + "\r\n").encode("utf-8") * times, byte_s)

    async def note(self, kind: str, **facts: object) -> None:
        """One line in the journal, with what the session is about."""
        about: dict[str, object] = {
            "connection": self.number,
            "mail_from": self.transaction.mail_from,
            "rcpt": list(self.transaction.recipients),
        }
        await self.relay.journal.append(kind, **about | facts)

    def _whom(self, event: Event) -> dict[str, object]:
        return {"rcpt": list(event.recipients)} if event.recipients else {}
