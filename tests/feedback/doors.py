"""Every door to a mailbox, onto a new empty Maildir each time.

Takes   the name of a door: the Maildir itself, or IMAP as one kind of server speaks it.
Gives   an Entrance: the Maildir, and how to open the door to it.
Fails   as the servers do.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mailer.feedback.imap import Imap
from mailer.feedback.mailbox import Folder, Mailbox
from mailer.feedback.maildir import Maildir
from mailer.settings import Mailbox as At
from tests.postoffice.dovecot import PASSWORD, PLAIN, Dovecot, running_dovecot
from tests.postoffice.programs import HOST, NOBODY, make_maildir, reachable_folder

SERVERS: dict[str, dict[str, str]] = {
    "imap": {},
    "imap, folders below INBOX.": {"prefix": "INBOX.", "separator": "."},
    "imap without MOVE": {"can": f"{PLAIN} UIDPLUS"},
    "imap without MOVE or UIDPLUS": {"can": PLAIN},
}
DOORS = ("maildir", *SERVERS)
ON_DISK = {Folder.handled: ".hanterade", Folder.unknown: ".ok&AOQ-nda"}
_numbers = itertools.count(1)


@dataclass(slots=True)
class Entrance:
    """A Maildir and the door to it."""

    path: Path
    open: Callable[[], Mailbox]
    server: Dovecot | None = None
    user: str = ""
    came: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1_700_000_000))

    def deliver(self, raw: bytes) -> str:
        """A mail comes, after all others. Its name."""
        name = f"{next(self.came)}.M1P1.{HOST}"
        path = self.path / "new" / name
        path.write_bytes(raw)
        _give(path)
        return name

    def there(self, folder: Folder | None = None) -> list[bytes]:
        """What lies in the folder, the inbox without one: sorted, line ends as on this machine."""
        path = self.path / ON_DISK[folder] if folder else self.path
        files = [file for part in ("new", "cur") for file in (path / part).glob("[!.]*")]
        kept = [file for file in files if "T" not in file.name.partition(":2,")[2]]
        return sorted(file.read_bytes().replace(b"\r\n", b"\n") for file in kept)


def _give(path: Path) -> None:
    import os

    os.chown(path, NOBODY, NOBODY)


@dataclass(slots=True)
class Doors:
    """The servers of one run of tests, each started when it is first asked for."""

    root: Path
    running: ExitStack
    servers: dict[str, Dovecot] = field(default_factory=dict)

    def entrance(self, name: str) -> Entrance:
        user = f"studs{next(_numbers)}"
        path = make_maildir(self.root / user)
        if name == "maildir":
            return Entrance(path, lambda: Maildir(path))
        server = self.server(name)
        at = At(kind="imap", host=HOST, port=server.port, security="none", username=user)
        return Entrance(path, lambda: Imap(at, PASSWORD), server, user)

    def server(self, name: str) -> Dovecot:
        if name not in self.servers:
            self.servers[name] = self.running.enter_context(running_dovecot(self.root, **SERVERS[name]))
        return self.servers[name]


@contextmanager
def all_doors() -> Iterator[Doors]:
    with reachable_folder("md") as root, ExitStack() as running:
        yield Doors(root, running)
