"""A new file in a month's folder of content/, made by the house for an editor to write in.

Takes   the path of content/, the folder's and the file's names, the text.
Gives   whether it was made. What is there is never touched, not even by a hair's breadth of time.
Fails   AdminError when the folder cannot be written to.
"""

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from mailer.content.source import where
from mailer.errors import AdminError, Problem

# It comes whole, so nobody has to wait until it has come to rest: `verbs.changes.REST_S` is shorter.
OLDER_S = 3600.0
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def make_folder(content: Path, name: str) -> bool:
    """Make the folder, for those who may write in content/. Whether it was missing."""
    try:
        like = content.stat()
        try:
            (content / name).mkdir()
        except FileExistsError:
            return False
        _give(content / name, like, stat.S_IMODE(like.st_mode))
    except OSError as why:
        raise _cannot(name, why) from why
    return True


def make_file(content: Path, folder: str, name: str, text: str) -> bool:
    """Put the file there, whole or not at all. False when something of that name is there."""
    try:
        fd = os.open(content / folder, _FOLDER)
        try:
            return _make(fd, name, text.encode())
        finally:
            os.close(fd)
    except OSError as why:
        raise _cannot(f"{folder}/{name}", why) from why


def _make(folder: int, name: str, raw: bytes) -> bool:
    """Written under a name that nobody reads, and linked: unlike a rename, a link never takes another's place."""
    like = os.fstat(folder)
    draft = f".{name}.{os.getpid()}.part"
    with suppress(FileNotFoundError):
        os.unlink(draft, dir_fd=folder)  # of a process that was killed
    _write(folder, draft, raw, like)
    try:
        os.link(draft, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:  # a disk without links, as a memory stick's: then not whole, but never in another's place
        return _write(folder, name, raw, like)
    finally:
        os.unlink(draft, dir_fd=folder)
    return True


def _write(folder: int, name: str, raw: bytes, like: os.stat_result) -> bool:
    try:
        fd = os.open(name, _NEW, dir_fd=folder)
    except FileExistsError:
        return False
    with open(fd, "wb") as file:
        _give(fd, like, stat.S_IMODE(like.st_mode) & 0o666)
        file.write(raw)
        file.flush()
        then = time.time() - OLDER_S
        os.utime(fd, (then, then))
        os.fsync(fd)
    return True


def _give(file: "int | Path", like: os.stat_result, mode: int) -> None:
    """To whom the folder belongs, as far as we and the disk may: the editor is to write in it, not we."""
    with suppress(PermissionError):
        os.chmod(file, mode)
    with suppress(PermissionError):
        os.chown(file, like.st_uid, like.st_gid)


def _cannot(path: str, why: OSError) -> AdminError:
    remedy = "Låt den användare som kör mailer skriva i content/, eller gör mappen och filerna för hand."
    return AdminError(Problem(where(path), f"går inte att skapa ({why.strerror}).", remedy))
