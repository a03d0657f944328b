"""Room on the disk that is held for what is under way when the disk becomes full.

Takes   where the file that holds it lies, and for how many connections.
Gives   keep: the room is held; release: it is free, for the answers of what is out.
Fails   NoRoom when there is not so much room.

Without it the yes of the relay to a message that is out could not be written down, and its member would get it twice.
SQLite alone: another machine's disk is not ours to hold.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path

from mailer.errors import NoRoom, Problem

# An answer that is written down alone, at worst, is a dozen pages of 4 kB; leaving takes some more.
FOR_EACH, FOR_THE_END = 128 * 1024, 2 * 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Reserve:
    """One per runner, and `keep` before it begins."""

    def __init__(self, path: Path, connections: int) -> None:
        self.path = path
        self.size = FOR_THE_END + connections * FOR_EACH

    def keep(self) -> None:
        """Hold the room. A file system that cannot hold any is sent from without."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(file, 0, self.size)
            finally:
                os.close(file)
        except OSError as why:
            if why.errno not in _FULL:
                return
            self.release()
            what = f"disken är full: minst {self.size / 1024**2:.0f} MB måste vara lediga när något skickas."
            raise NoRoom(Problem(str(self.path.parent), what, "Gör plats på disken; kör sedan igen.")) from why

    def release(self) -> bool:
        """Free the room. False when none was held."""
        with suppress(OSError):
            self.path.unlink()
            return True
        return False
