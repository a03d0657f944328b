"""The relay's log: JSON lines that are on disk before anyone acts on them.

Takes   a file to append to; then one entry at a time.
Gives   nothing, when the entry is durable; how many there are of each kind.
Fails   OSError when the disk does.
"""

import asyncio
import json
import os
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path


class Journal:
    """One file. Entries that wait at the same time share one fsync."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.truncate(self._file, _whole(path))
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self.counts: Counter[str] = Counter()

    async def append(self, kind: str, **facts: object) -> None:
        """Write one line; return when it would survive a power cut."""
        entry = {"kind": kind, "at": datetime.now(UTC).isoformat(), "at_ns": time.monotonic_ns(), **facts}
        durable = asyncio.get_running_loop().create_future()
        self._waiting.append((json.dumps(entry, ensure_ascii=False).encode() + b"\n", durable))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        await asyncio.shield(durable)
        self.counts[kind] += 1

    async def close(self) -> None:
        """Finish what waits."""
        if self._writer:
            await self._writer
        os.close(self._file)

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await asyncio.to_thread(self._write, b"".join(line for line, _ in batch))
            for _, durable in batch:
                durable.set_result(None)
        self._writer = None

    def _write(self, lines: bytes) -> None:
        while lines:
            lines = lines[os.write(self._file, lines) :]
        os.fsync(self._file)


def _whole(path: Path) -> int:
    """Bytes of whole lines. Who was killed in the middle of one has told nobody of it."""
    return path.read_bytes().rfind(b"\n") + 1
