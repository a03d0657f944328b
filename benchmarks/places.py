"""Where benchmarks keep what they make: programs that are built once, and homes that are thrown away."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


def cache() -> Path:
    """What is compiled or unpacked once. `make clean` takes it away."""
    folder = ROOT / "build" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one benchmark's homes, on a disk: TMPDIR chooses which."""
    with tempfile.TemporaryDirectory(prefix="benchmark") as folder:
        yield Path(folder)


def file_system(folder: Path) -> str:
    """The kind of file system it lies on: what is synced to memory (tmpfs) is no figure for a disk."""
    found, kind = "", "?"
    for row in Path("/proc/mounts").read_text("utf-8").splitlines():
        _, at, what, *_ = row.split()
        is_above = folder.resolve().is_relative_to(at)
        if is_above and len(at) >= len(found):
            found, kind = at, what
    return kind


def settle() -> None:
    """What earlier runs wrote goes to the disk now, not during the next one."""
    os.sync()
