"""The relay as a process: `python -m tests.relay.server --log FILE [--script FILE] ...`.

Takes   options; then connections on 127.0.0.1, and lines on the control port: XSTAT, XSCRIPT <json>, XPASSWORD <new>.
Gives   one line of JSON when it is ready: port, control. Stops on SIGTERM or after --max-seconds.
Fails   exit 2 on a script or an option that cannot be read.
"""

import argparse
import asyncio
import json
import signal
import ssl
import sys
from pathlib import Path

from tests.relay.journal import Journal
from tests.relay.login import MECHANISMS
from tests.relay.relay import SIZE, Offer, Relay
from tests.relay.script import Script, parse_script
from tests.relay.session import Session
from tests.relay.wire import Gone, Wire

HOST = "127.0.0.1"  # and nowhere else, ever
LONGEST_CONTROL = 4 * 1024 * 1024  # octets of an XSCRIPT line


def main() -> None:
    args = _options().parse_args()
    try:
        script = Script(parse_script(args.script.read_text("utf-8")) if args.script else ())
    except ValueError as why:
        print(f"{args.script}: {why}", file=sys.stderr)
        raise SystemExit(2) from why
    asyncio.run(_serve(args, script))


async def _serve(args: argparse.Namespace, script: Script) -> None:
    offer = Offer(
        pipelining=args.pipelining,
        size=args.size,
        user=args.user,
        password=args.password,
        mechanisms=tuple(args.mechanisms),
        tls=_tls(args.tls),
        implicit_tls=args.implicit_tls,
        auth_in_clear=args.auth_in_clear,
    )
    if args.record:
        args.record.mkdir(parents=True, exist_ok=True)
    relay = Relay(Journal(args.log), offer, script, record=args.record)
    sessions: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(Session(relay, Wire(reader, writer)).run())
        sessions.add(task)
        task.add_done_callback(sessions.discard)

    async def controlled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _control(relay, Wire(reader, writer))

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.call_later(args.max_seconds, stop.set)
    tls = offer.tls if offer.implicit_tls else None
    smtp = await asyncio.start_server(connected, HOST, args.port, ssl=tls, backlog=1024)
    control = await asyncio.start_server(controlled, HOST, 0)
    ports = [server.sockets[0].getsockname()[1] for server in (smtp, control)]
    print(json.dumps({"port": ports[0], "control": ports[1]}), flush=True)
    await stop.wait()
    smtp.close()
    control.close()
    for task in sessions:
        task.cancel()
    await asyncio.gather(*sessions, return_exceptions=True)
    await relay.journal.close()


async def _control(relay: Relay, wire: Wire) -> None:
    """The line protocol of tests: on a port of its own, so that no fault stands in its way."""
    try:
        while True:
            verb, _, rest = (await wire.line(LONGEST_CONTROL)).decode("utf-8").partition(" ")
            if verb == "XSTAT":
                answer = json.dumps(dict(relay.journal.counts) | {"connections": relay.connections})
            elif verb == "XSCRIPT":
                try:
                    relay.follow(Script(parse_script(rest)))
                    answer = "{}"
                except ValueError as why:
                    answer = json.dumps({"error": str(why)})
            elif verb == "XPASSWORD":
                relay.change_password(rest)
                answer = "{}"
            else:
                answer = json.dumps({"error": "XSTAT, XSCRIPT <json> or XPASSWORD <new>"})
            await wire.send(answer.encode() + b"\r\n")
    except Gone:
        return


def _tls(pair: list[str] | None) -> ssl.SSLContext | None:
    if not pair:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return context


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.relay.server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="JSON: see tests/relay/script.py")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--record", type=Path, help="folder for the octets of each message, dots stuffed")
    parser.add_argument("--pipelining", action="store_true")
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--mechanisms", nargs="+", default=MECHANISMS)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--implicit-tls", action="store_true")
    parser.add_argument("--auth-in-clear", action="store_true")
    parser.add_argument("--max-seconds", type=float, default=600)
    return parser


if __name__ == "__main__":
    main()
