"""How far the reading of a large file has come, on stderr.

Takes   the file's name; then how many rows are read, and about how many there are.
Gives   a bar with an estimate, once a file has shown itself large.
Fails   never.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

LARGE = 5_000  # rows; less is read before anybody wonders


@contextmanager
def reading(name: str) -> Iterator[Callable[[int, int], None]]:
    """What to call with (rows read, rows in all)."""
    with ExitStack() as bars:
        shown: list[tuple[Any, Any]] = []

        def progress(read: int, of: int) -> None:
            if not shown and of < LARGE:
                return
            if not shown:
                bar = bars.enter_context(_bar(name))
                shown.append((bar, bar.add_task("", total=of)))
            bar, task = shown[0]
            bar.update(task, completed=read, total=of)

        yield progress


def _bar(name: str) -> Any:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(f"Läser {escape(name)}"), BarColumn(), MofNCompleteColumn(), TextColumn("kvar"))
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
