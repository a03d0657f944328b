"""The post box of the demonstration: a mail server on loopback that keeps all it gets in a Maildir.

Takes   the folder of the Maildir; then mail, on 127.0.0.1.
Gives   one line of JSON when it is ready: port. One file in the Maildir for each recipient of each message.
Fails   AdminError when aiosmtpd is missing (it comes with the extra `demo`) or the folder cannot be written.

By hand: python -m mailer.demo.postbox MAILDIR. It stops on SIGTERM, and when the pipe it has as
standard input is closed: so it never outlives the demonstration that started it.
"""

import asyncio
import contextlib
import json
import mailbox
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mailer.errors import AdminError, Problem

HOST = "127.0.0.1"  # and nowhere else: nothing of a demonstration leaves the machine
LARGEST = 33_554_432  # octets of a message


@contextlib.contextmanager
def running_postbox(maildir: Path) -> Iterator[int]:
    """A post box in a process of its own, for as long as the block lasts. Gives its port. Raises AdminError."""
    _require_aiosmtpd()
    command = [sys.executable, "-m", "mailer.demo.postbox", str(maildir)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout:
        try:
            ready = process.stdout.readline()
            if not ready:
                raise AdminError(Problem(str(maildir), "brevlådan startade inte.", "Varför står ovanför."))
            yield int(json.loads(ready)["port"])
        finally:
            process.terminate()
            process.wait(10)


class Keeper:
    """Puts each message into the Maildir, once for each recipient."""

    def __init__(self, maildir: Path) -> None:
        try:
            maildir.parent.mkdir(parents=True, exist_ok=True)
            mailbox.Maildir(maildir, create=True)
        except OSError as why:
            raise AdminError(
                Problem(str(maildir), f"brevlådan går inte att öppna ({why.strerror}).", "Välj en annan mapp.")
            ) from why
        self._maildir = maildir
        self._kept = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        for rcpt in envelope.rcpt_tos:
            # What the server that delivers adds (RFC 5321 section 4.4), and whom it was for.
            trace = f"Return-Path: <{envelope.mail_from}>\nDelivered-To: {rcpt}\nX-RcptTo: {rcpt}\n"
            self._keep(trace.encode() + envelope.content.replace(b"\r\n", b"\n"))
        return "250 2.0.0 Ok"

    def _keep(self, message: bytes) -> None:
        """Into `tmp`, then by one rename into `new`, as the layout has it. Not by the library's `add`: that waits for
        the disk each time, 10 ms a message, and nothing here has to outlive a power cut."""
        self._kept += 1
        name = f"{time.time_ns() // 10**9}.P{os.getpid()}Q{self._kept}.brevlada"
        written = self._maildir / "tmp" / name
        written.write_bytes(message)
        written.rename(self._maildir / "new" / name)


async def _serve(maildir: Path) -> None:
    from aiosmtpd.smtp import SMTP  # only the demonstration needs it

    keeper = Keeper(maildir)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        await loop.connect_read_pipe(lambda: _Lifeline(stop), sys.stdin)
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="brevlada.example", data_size_limit=LARGEST, loop=loop), HOST, 0
    )
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await stop.wait()
    server.close()


class _Lifeline(asyncio.Protocol):
    """The pipe to whoever started us."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, _exc: Exception | None) -> None:
        self._stop.set()


def _require_aiosmtpd() -> None:
    if find_spec("aiosmtpd") is None:
        raise AdminError(
            Problem(
                "brevlådan",
                "paketet aiosmtpd saknas.",
                'Installera filen ni fick med tillägget demo: pip install "./v_aktuellt-….whl[demo]"',
            )
        )


def main() -> None:
    if len(sys.argv) != 2:
        print("usage: python -m mailer.demo.postbox MAILDIR", file=sys.stderr)
        raise SystemExit(2)
    try:
        _require_aiosmtpd()
        asyncio.run(_serve(Path(sys.argv[1])))
    except AdminError as why:
        print(why, file=sys.stderr)
        raise SystemExit(why.exit_code) from None


if __name__ == "__main__":
    main()
