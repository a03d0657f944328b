"""What can go wrong, sorted by who can mend it.

Takes   a Problem: where, what, remedy; in the reader's words.
Gives   four kinds of error, each with the exit code of the command that meets it.
Fails   never.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where (a file or a key), on which line, what, and the remedy."""

    where: str
    what: str
    remedy: str = ""
    line: int = 0  # 1-based; 0 when the whole file is meant

    def __str__(self) -> str:
        place = f"{self.where}, rad {self.line}" if self.line else self.where
        head = f"{place}: {self.what}" if place else self.what
        return f"{head}\n    {self.remedy}" if self.remedy else head


class MailerError(Exception):
    """Any error of ours. Carries all Problems at once."""

    exit_code = 70

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem("", p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> "MailerError":
        return cls(*problems)


class EditorError(MailerError):
    """Words or lists are wrong; the editor mends them."""

    exit_code = 1


class AdminError(MailerError):
    """Settings or the machine are wrong; the administrator mends them."""

    exit_code = 3


class NoRoom(AdminError):
    """The disk is full. What was to be written is not; a little more may fit when something is let go."""


class LaterError(MailerError):
    """Someone else failed; waiting may mend it, and nothing is lost."""

    exit_code = 75


class Busy(LaterError):
    """Another process is writing to SQLite's file, and has been for longer than is waited for. Nothing was written."""


class BrokenPromise(MailerError):
    """A room broke its contract. Ours to mend; never caught but at the outermost edge."""

    exit_code = 70
