"""The home on disk: where things lie, and whether var/ may lie where it does.

Takes   the home's folder and its settings.
Gives   the paths; the lock that only one runner holds.
Fails   AdminError when var/ is on a network disk or in a synced folder.
"""

import fcntl
import os
import re
import socket
from pathlib import Path

from mailer.errors import AdminError, Problem
from mailer.settings import Settings

# File systems on which a lock or a write may lie: over a network, or through a program.
_NETWORK = re.compile(r"nfs\d?|cifs|smb\w*|afs|ceph|glusterfs|davfs|9p|fuse\.(?!fuse-overlayfs)\w[\w.-]*|beegfs|lustre")
_SYNCED_NAMES = re.compile(
    r"(dropbox|nextcloud|owncloud|onedrive|google ?drive|icloud ?drive|syncthing|seafile)( .*| ?\(.*)?", re.I
)
_SYNCED_MARKS = (
    ".dropbox",
    ".dropbox.cache",
    ".nextcloudsync.log",
    ".owncloudsync.log",
    ".stfolder",
    ".tmp.drivedownload",
)


def var_of(home: Path, settings: Settings) -> Path:
    """The folder of what the service remembers, made when missing. AdminError when it may not lie there."""
    var = (home / settings.storage.var).absolute()
    if why := misplaced(var):
        raise AdminError(
            Problem(
                str(var),
                f"mappen ligger {why}; där kan databasen gå sönder.",
                'Välj en mapp på den egna disken: [storage] var = "…"',
            )
        )
    try:
        var.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(var, 0o700)
    except OSError as why_not:
        raise AdminError(
            Problem(str(var), f"mappen går inte att skapa ({why_not.strerror}).", "Kontrollera rättigheterna.")
        ) from why_not
    return var


def misplaced(path: Path, mounts: str | None = None) -> str:
    """Why a database may not lie here; ”” when it may. `mounts` as in /proc/mounts."""
    for folder in (path, *path.parents):
        if _SYNCED_NAMES.fullmatch(folder.name) or any((folder / mark).exists() for mark in _SYNCED_MARKS):
            return f"i en synkad mapp ({folder.name})"
    kind = _file_system(path, _mounts() if mounts is None else mounts)
    return f"på en nätverksdisk ({kind})" if _NETWORK.fullmatch(kind) else ""


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _file_system(path: Path, mounts: str) -> str:
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].encode().decode("unicode_escape")
        if len(point) >= len(best) and path.is_relative_to(point):
            best, kind = point, fields[2]
    return kind


def machine_id() -> str:
    """What tells this computer from another for as long as it lives; ”” where it has no such thing."""
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def machine() -> str:
    """The computer's id, else its name, which may be another tomorrow."""
    return machine_id() or socket.gethostname()


class Lock:
    """A lock on a file that the kernel frees when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def take(self, shared: bool = False) -> bool:
        """True when it is ours now; False when another process has it. `shared`: with others who share it."""
        if self._fd is not None:
            return True
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def free(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
