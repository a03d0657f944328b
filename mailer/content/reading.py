"""One file of the editors' folder, read whole or not at all.

Takes   where it lies, how much of it may be read, and the time now.
Gives   its bytes.
Fails   Unsettled while somebody is writing it; OSError when it cannot be opened or is a link; NotPlain when it is no
        file. A pipe or a device is never waited for.
"""

import os
import stat

SETTLE_S = 2.0  # a file that was written to more recently may be half of one


class Unsettled(Exception):
    """The file changed while we looked, or a moment before."""


class NotPlain(Exception):
    """It is a folder, a pipe, a socket or a device."""


def read_plain(path: str, limit: int, now: float, settle_s: float = SETTLE_S, beside: int | None = None) -> bytes:
    """The bytes of a plain file that nobody is writing to; one more than `limit` when there are more.

    `now`: seconds since 1970 by the clock that stamps files. `beside`: the opened folder that `path` is relative to.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=beside)
    try:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise NotPlain(path)
        with open(fd, "rb", closefd=False) as file:
            raw = file.read(limit + 1)
        after = os.fstat(fd)
    finally:
        os.close(fd)
    # A stamp from another computer may lie ahead of our clock; only near it does it mean ”just now”.
    is_fresh = abs(now - after.st_mtime) < settle_s
    is_changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if is_fresh or is_changed or len(raw) != min(after.st_size, limit + 1):
        raise Unsettled
    return raw
