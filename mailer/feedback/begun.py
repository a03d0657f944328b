"""Which mails were begun and never finished, on disk, so that one that ends the process is known by the next.

Takes   a file in var/.
Gives   how often a mail was begun and never finished.
Fails   AdminError when the file cannot be written.

Anybody in the world may put a mail in the mailbox. One that our reading dies of would stop all that come after it. It
is set aside after three attempts, for a person.
"""

from collections.abc import Iterable
from pathlib import Path

from mailer.errors import AdminError, Problem

ATTEMPTS = 3  # without an end, after which a mail is not read again
MOST = 50  # mails remembered: each has ended a process, and is done with when it is read or laid aside


class Begun:
    """The mail under way, and those before it that ended the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mail = ""

    def begin(self, mail: str) -> bool:
        """Write down that the mail, by its hash, is being read. False when it must not be: it was the end thrice.

        What is read before it meanwhile says nothing of it: those lie in the mailbox until all of a bunch is taken.
        """
        begun, self._mail = self._begun(), mail
        attempts = begun.pop(mail, 0)
        if attempts < ATTEMPTS:
            self._write([*begun.items(), (mail, attempts + 1)][-MOST:])
        return attempts < ATTEMPTS

    def end(self) -> None:
        """It was read, or what went wrong was not its doing."""
        self._write([one for one in self._begun().items() if one[0] != self._mail])

    def _begun(self) -> dict[str, int]:
        """mail -> how often it was begun, the latest last."""
        try:
            lines = [line.partition(" ") for line in self._path.read_text("ascii").splitlines()]
        except (OSError, UnicodeDecodeError):
            return {}
        return {name: int(times) for name, _, times in lines if times.isdigit()}

    def _write(self, begun: Iterable[tuple[str, int]]) -> None:
        """No fsync: it must outlast the process, not the machine."""
        try:
            self._path.touch(mode=0o600)
            self._path.write_text("".join(f"{mail} {times}\n" for mail, times in begun), "ascii")
        except OSError as why:
            raise AdminError(
                Problem(str(self._path), f"går inte att skriva ({why.strerror}).", "Kontrollera disken.")
            ) from why
