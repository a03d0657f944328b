"""Programs of others, each with a folder of its own under /tmp, on free ports of 127.0.0.1; nothing of the machine's own.

Takes   what a program needs.
Gives   a folder that servers which drop root's rights can reach; a free port; a wait for a port or a file.
Fails   AssertionError in words when a program is missing or does not start; TimeoutError when it does not answer.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import until

HOST = "127.0.0.1"
PATIENCE_S = 60.0
NOBODY = 65534  # whose mail it is: neither Postfix nor Dovecot hands mail to root
_given: set[int] = set()  # ports already handed out in this process: a server opens its own only later


def program(*places: str) -> str:
    """The program's path. What is missing is said in words."""
    assert os.geteuid() == 0, "Postfix och Dovecot startas som root: sudo make test"
    found = next((path for name in places if (path := shutil.which(name))), None)
    assert found, (
        f"{places[0]} saknas. På Debian: apt-get install postfix dovecot-imapd dovecot-lmtpd opendkim, eller make oracles"
    )
    return found


@contextmanager
def reachable_folder(prefix: str) -> Iterator[Path]:
    """A new folder that everybody may enter; short, for it holds sockets."""
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        os.chmod(name, 0o755)
        yield Path(name)


def free_port() -> int:
    """A port that nobody listens on, below those that outgoing connections take for themselves; never the same twice."""
    while True:
        port = random.randrange(20_000, 32_000)
        if port in _given:
            continue
        with socket.socket() as asked:
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                asked.bind((HOST, port))
            except OSError:
                continue
            _given.add(port)
            return port


def greeted(port: int, sign: bytes, waits: bool = True) -> bool:
    """Whether a server on the port begins with the sign; when it is not waited for, whether there is one."""
    try:
        with socket.create_connection((HOST, port), timeout=5) as line:
            return not waits or line.recv(200).startswith(sign)
    except OSError:
        return False


def wait(done: Callable[[], bool], process: "subprocess.Popen[bytes] | None" = None, log: Path | None = None) -> None:
    """Until it is done. AssertionError when the process has ended before."""

    def said() -> str:
        return log.read_text("utf-8", "replace")[-2000:] if log and log.exists() else ""

    def is_over() -> bool:
        assert process is None or process.poll() is None, said()
        return done()

    until(is_over, said, PATIENCE_S)


def end(process: "subprocess.Popen[bytes]", how: int = signal.SIGTERM, patience_s: float = 20) -> None:
    """The signal, and wait; whoever does not hear it is killed."""
    process.send_signal(how)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def make_maildir(path: Path) -> Path:
    """An empty Maildir that belongs to nobody."""
    for part in (path, *(path / name for name in ("cur", "new", "tmp"))):
        part.mkdir(parents=True, exist_ok=True)
        os.chown(part, NOBODY, NOBODY)
    return path
