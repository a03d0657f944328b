"""One SMTP session: the commands, their order and the message.

Takes   a wire and the relay it belongs to.
Gives   entries in the journal; an acknowledged message is there before its 250 is written.
Fails   never: the session ends.
"""

import re

from tests.relay.answers import Acknowledge, Answers, Event
from tests.relay.login import LONGEST, TOKEN, credentials, token_refused
from tests.relay.received import Received
from tests.relay.relay import Relay, Transaction
from tests.relay.wire import PIECE, Gone, Wire

NAME = "relay.example"
LAST_OF_GROUP = ("EHLO", "HELO", "STARTTLS", "AUTH", "DATA", "NOOP", "QUIT")  # RFC 2920 section 3.1
_PATH = re.compile(r"(FROM|TO):\s*<([^<>]*)>\s*(.*)", re.IGNORECASE)


class Session:
    """A connection, and how far the client has come on it."""

    def __init__(self, relay: Relay, wire: Wire) -> None:
        relay.connections += 1
        self.relay, self.wire = relay, wire
        self.answers = Answers(relay, wire, relay.connections)
        self.secure = relay.offer.implicit_tls
        self.welcome = self.greeted = self.pipelining = self.known = False
        self.commands = {
            "EHLO": self.ehlo, "HELO": self.helo, "STARTTLS": self.starttls, "AUTH": self.auth,
            "MAIL": self.mail, "RCPT": self.rcpt, "DATA": self.data, "RSET": self.rset,
            "NOOP": self.noop, "QUIT": self.quit,
        }  # fmt: skip

    @property
    def transaction(self) -> Transaction:
        return self.answers.transaction

    async def run(self) -> None:
        """The whole session, until somebody ends it."""
        note = self.answers.note
        try:
            await note("connect")
            self.welcome = await self.answer("connect", f"220 {NAME} ESMTP") < 400
            while True:
                await self.command((await self.wire.line()).decode("utf-8", "replace"))
        except Gone:
            if self.transaction.recipients:
                await note("abandoned")
            await note("disconnect")

    async def command(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        if self.wire.is_ahead and not self.pipelining:
            await self.answers.note("pipelined_unasked", stage=verb)
        if not self.welcome and verb != "QUIT":
            await self.say(f"503 5.5.1 {NAME} is not at your service")
        elif verb not in self.commands:
            await self.say("500 5.5.2 Command unknown")
        else:
            if verb in LAST_OF_GROUP and self.wire.is_ahead:
                await self.answers.note("talked_early", stage=verb)
            await self.commands[verb](rest.strip())

    async def ehlo(self, _: str) -> None:
        offer = self.relay.offer
        lines = [NAME, "8BITMIME", "ENHANCEDSTATUSCODES"]
        lines += [f"SIZE {offer.size}"] if offer.size else []
        lines += ["PIPELINING"] if offer.pipelining else []
        lines += ["STARTTLS"] if offer.tls and not self.secure else []
        lines += [f"AUTH {' '.join(offer.mechanisms)}"] if self.offers_auth else []
        await self.hello("\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"]))

    async def helo(self, _: str) -> None:
        await self.hello(f"250 {NAME}")

    async def hello(self, normal: str) -> None:
        self.greeted = await self.answer("ehlo", normal) == 250
        self.pipelining = "PIPELINING" in self.answers.said
        self.end_transaction()

    async def starttls(self, _: str) -> None:
        tls = self.relay.offer.tls
        if tls is None or self.secure:
            await self.say("503 5.5.1 TLS is not available")
        elif await self.answer("starttls", "220 2.0.0 Ready") == 220:
            await self.wire.secure(tls)
            self.secure, self.greeted, self.pipelining, self.known = True, False, False, False
            await self.answers.note("tls")

    @property
    def offers_auth(self) -> bool:
        offer = self.relay.offer
        return offer.user is not None and (self.secure or offer.tls is None or offer.auth_in_clear)

    async def auth(self, rest: str) -> None:
        offer = self.relay.offer
        mechanism, _, initial = rest.partition(" ")
        # Noted before it is judged: a name or a password in clear has been sent either way.
        await self.answers.note("auth", mechanism=mechanism.upper(), tls=self.secure)
        if not self.offers_auth or mechanism.upper() not in offer.mechanisms or not self.greeted:
            return await self.say("504 5.5.4 Not offered")
        try:
            given = await credentials(mechanism.upper(), initial, self.ask)
        except ValueError:
            return await self.say("501 5.5.2 Cannot decode")
        right = given == (offer.user, offer.password)
        if mechanism.upper() == TOKEN and not right:
            answer = await self.ask(token_refused())
            await self.answers.note("challenged", answer=answer)
            if answer:
                return await self.say("501 5.5.2 An empty line, please")
        normal = "235 2.7.0 Welcome" if right else "535 5.7.8 Wrong name or password"
        self.known = await self.answer("auth", normal) == 235
        return None

    async def ask(self, challenge: str) -> str:
        await self.say(f"334 {challenge}")
        return (await self.wire.line(LONGEST)).decode("ascii")

    async def mail(self, rest: str) -> None:
        path = _PATH.fullmatch(rest)
        if not self.greeted or self.transaction.mail_from is not None:
            return await self.say("503 5.5.1 Not now")
        if not path or path[1].upper() != "FROM":
            return await self.say("501 5.5.4 MAIL FROM:<address>")
        stated = re.search(r"\bSIZE=(\d+)", path[3], re.IGNORECASE)
        limit = self.relay.offer.size
        normal = "250 2.1.0 Ok"
        if self.relay.offer.user is not None and not self.known:
            normal = "530 5.7.0 Authentication required"
        elif stated and limit and int(stated[1]) > limit:
            normal = f"552 5.3.4 The limit is {limit} octets"
        if await self.answer("mail", normal) == 250:
            self.transaction.mail_from = path[2]
        return None

    async def rcpt(self, rest: str) -> None:
        path = _PATH.fullmatch(rest)
        if self.transaction.mail_from is None:
            return await self.say("503 5.5.1 MAIL first")
        if not path or path[1].upper() != "TO" or not path[2]:
            return await self.say("501 5.5.4 RCPT TO:<address>")
        if await self.answer("rcpt", "250 2.1.5 Ok", path[2]) in (250, 251):
            self.transaction.recipients.append(path[2])
        return None

    async def data(self, _: str) -> None:
        to = self.transaction.recipients
        if self.transaction.mail_from is None:
            return await self.say("503 5.5.1 MAIL first")
        normal = "354 End data with <CR><LF>.<CR><LF>" if to else "554 5.5.1 No valid recipients"
        if await self.answer("data", normal, *to) == 354:
            await self.message()
        return None

    async def message(self) -> None:
        """Read it, then answer its final dot."""
        relay, to = self.relay, self.transaction.recipients
        relay.messages += 1
        name = f"{self.answers.number:05d}-{relay.messages:06d}.eml"
        part = relay.record / f"{name}.part" if relay.record else None
        spool = part.open("wb") if part else None
        received = Received(spool.write if spool else None)
        try:
            await self.receive(received)
        finally:
            if spool:
                spool.close()

        async def acknowledge() -> None:
            if part:
                part.rename(part.with_suffix(""))
            recorded = name if part else None
            await self.answers.note("accepted", tls=self.secure, recorded=recorded, **received.known())

        normal = f"250 2.0.0 Ok: queued as {relay.messages}" if to else "554 5.5.1 No valid recipients"
        if relay.offer.size and received.size > relay.offer.size:
            normal = "552 5.3.4 Too large"
        await self.answer("dot", normal, *to, acknowledge=acknowledge if to else None)
        self.end_transaction()

    async def receive(self, received: Received) -> None:
        """Take the message to its final dot, with the faults that come on the way."""
        event = Event("body", "", tuple(self.transaction.recipients))
        faults = sorted(self.relay.decide("body", list(event.recipients)), key=lambda rule: rule.bytes)
        while True:
            while faults and received.taken >= faults[0].bytes:
                await self.answers.misbehave(faults.pop(0), event)
            rest = received.feed(await self.wire.piece(faults[0].bytes - received.taken if faults else PIECE))
            if rest is not None:
                self.wire.put_back(rest)
                if rest and not self.pipelining:
                    await self.answers.note("pipelined_unasked", stage="dot")
                return

    async def rset(self, _: str) -> None:
        self.end_transaction()
        await self.say("250 2.0.0 Ok")

    async def noop(self, _: str) -> None:
        await self.say("250 2.0.0 Ok")

    async def quit(self, _: str) -> None:
        self.end_transaction()
        await self.say("221 2.0.0 Bye")
        await self.wire.close()

    def end_transaction(self) -> None:
        self.answers.transaction = Transaction()

    async def answer(self, stage: str, normal: str, *to: str, acknowledge: Acknowledge | None = None) -> int:
        return await self.answers.answer(Event(stage, normal, to, acknowledge))

    async def say(self, text: str) -> None:
        await self.answers.say(text)
