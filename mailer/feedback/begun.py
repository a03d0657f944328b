"""Which mail is being read just now, on disk, so that one that ends the process is known when the next one begins.

Takes   a file in var/.
Gives   how often a mail was begun and never finished.
Fails   AdminError when the file cannot be written.

Anybody in the world may put a mail in the mailbox. One that our reading dies of would stop all that come after it. It
is set aside after three attempts, for a person.
"""

from pathlib import Path

from mailer.errors import AdminError, Problem

ATTEMPTS = 3  # without an end, after which a mail is not read again


class Begun:
    """The one mail under way."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, mail: str) -> bool:
        """Write down that the mail, by its hash, is being read. False when it must not be: it was the end thrice."""
        attempts = self._attempts(mail)
        if attempts < ATTEMPTS:
            self._write(f"{mail} {attempts + 1}")
        return attempts < ATTEMPTS

    def end(self) -> None:
        """It was read, or what went wrong was not its doing."""
        self._write("")

    def _attempts(self, mail: str) -> int:
        try:
            name, _, times = self._path.read_text("ascii").partition(" ")
        except (OSError, UnicodeDecodeError):
            return 0
        return int(times) if name == mail and times.isdigit() else 0

    def _write(self, text: str) -> None:
        """No fsync: it must outlast the process, not the machine."""
        try:
            self._path.touch(mode=0o600)
            self._path.write_text(text, "ascii")
        except OSError as why:
            raise AdminError(
                Problem(str(self._path), f"går inte att skriva ({why.strerror}).", "Kontrollera disken.")
            ) from why
