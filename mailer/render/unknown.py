"""A name in a template that there is nothing behind: which, where, and what was perhaps meant.

Takes   what the template engine raises.
Gives   the name asked for, the nearest known one, the file and the line.
Fails   never.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, UndefinedError
from jinja2.utils import missing


class UnknownName(UndefinedError):
    """`asked`: the name. `known`: those that there are beside it, when it was asked of a value."""

    def __init__(self, message: str | None = None, asked: str = "", known: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.asked, self.known = asked, known


class Unknown(StrictUndefined):
    """A missing value, which raises UnknownName as soon as it is used."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[Exception] = UndefinedError,
    ) -> None:
        raised = partial(UnknownName, asked=name or "", known=_names_of(obj))
        super().__init__(hint, obj, name, raised)  # type: ignore[arg-type]


def nearest(why: UnknownName, given: Iterable[str]) -> str:
    """The known name that is most like it, or ””. `given`: the names that stand by themselves."""
    close = difflib.get_close_matches(why.asked, why.known or list(given), 1)
    return close[0] if close else ""


def place(why: BaseException, folders: Iterable[Path]) -> tuple[str, int]:
    """The template and the line in it where it went wrong; (””, 0) outside templates."""
    found, trace = ("", 0), why.__traceback__
    roots = tuple(str(folder) for folder in folders)
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(roots):
            found = (file, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _names_of(value: Any) -> list[str]:
    if value is missing:
        return []
    names = value if isinstance(value, Mapping) else dir(value)
    return sorted(name for name in names if isinstance(name, str) and not name.startswith("_"))
