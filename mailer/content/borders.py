"""Where the head of a file begins and ends, also after a program has rewritten its borders.

Takes   the lines of a file, and the keys that are known.
Gives   a Head, None for a file without one, or a NoHead that says what is wrong with it.
Fails   never.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailer.content import mangled
from mailer.content.mangled import is_border, is_code_border, pair_in

FENCE = "---"
NEVER_ENDS = "huvudet börjar med --- men slutar aldrig."
NEVER_BEGINS = "huvudet saknar raden med --- överst."
ON_ONE_LINE = "uppgifterna i huvudet står på en och samma rad."
TABLE = "huvudet har blivit en tabell."
ONE_PER_LINE = "Ett skrivprogram har skrivit om det. Skriv en uppgift per rad, mellan två rader med ---."


@dataclass(frozen=True, slots=True)
class Head:
    """`lines` are those between the borders; `first` is the number of the line before them, from 1."""

    lines: Sequence[str]
    first: int
    body: Sequence[str]
    line_of_body: int
    is_escaped: bool = False  # a program has put backslashes before signs


@dataclass(frozen=True, slots=True)
class NoHead:
    """A head that cannot be read."""

    what: str
    remedy: str
    line: int


def find_head(lines: Sequence[str], keys: Mapping[str, str]) -> Head | NoHead | None:
    """The head of the file."""
    first = _next(lines, 0)
    if first is None:
        return None
    if is_code_border(lines[first]):
        return _in_code(lines, first, keys)
    if (table := _table(lines, first, keys)) is not None:
        return NoHead(TABLE, ONE_PER_LINE, table + 1)
    if lines[0].rstrip() == FENCE or (is_border(lines[first]) and _begins(lines, first, keys)):
        return _closed(lines, first, keys)
    glued = lines[first].lstrip("-–—*_\\ ")
    if glued != lines[first] and is_border(lines[first][: -len(glued) or None]) and pair_in(glued, keys):
        return NoHead(ON_ONE_LINE, ONE_PER_LINE, first + 1)
    return _without_first(lines, first, keys) if pair_in(lines[first], keys) else None


def _closed(lines: Sequence[str], first: int, keys: Mapping[str, str]) -> Head | NoHead:
    """From the first border to the next, or to the heading that the next one has made of the line above it."""
    end = next((n for n, line in enumerate(lines[first + 1 :], first + 1) if is_border(line)), None)
    is_escaped = "\\" in lines[first]
    for n in range(first + 1, len(lines) if end is None else end):
        said = mangled.heading_of(lines[n])
        if (pair := pair_in(said, keys)) and not _is_comment(lines, n, end, keys):
            if mangled.keys_within(pair.value, keys):
                return NoHead(ON_ONE_LINE, ONE_PER_LINE, n + 1)
            inside = [*lines[first + 1 : n], said]
            return Head(inside, first + 1, lines[n + 1 :], n + 2, is_escaped)
    if end is None:
        return NoHead(NEVER_ENDS, "Skriv --- på en egen rad efter den sista uppgiften.", first + 1)
    return Head(lines[first + 1 : end], first + 1, lines[end + 1 :], end + 2, is_escaped)


def _is_comment(lines: Sequence[str], n: int, end: int | None, keys: Mapping[str, str]) -> bool:
    """Whether a line of ## is a note among the keys: only such lines stand between it and the border."""
    if end is None:
        return False
    return all(not line.strip() or line.startswith("#") or pair_in(line, keys) for line in lines[n + 1 : end])


def _begins(lines: Sequence[str], border: int, keys: Mapping[str, str]) -> bool:
    """Whether what follows a border that is not plain, or not on the first line, is a head."""
    after = _next(lines, border + 1)
    if after is None:
        return False
    line = mangled.heading_of(lines[after]) or lines[after]
    is_plain = lines[border].rstrip() == FENCE
    return pair_in(line, keys) is not None or (is_plain and ":" in line[: mangled.LONGEST_KEY])


def _without_first(lines: Sequence[str], first: int, keys: Mapping[str, str]) -> Head | NoHead | None:
    """A head whose first border is gone. Read when a border closes it; asked about when it is a head for sure."""
    n = first
    while n < len(lines) and (not lines[n].strip() or pair_in(lines[n], keys)):
        n += 1
    if n < len(lines) and is_border(lines[n]):
        return Head(lines[first:n], first, lines[n + 1 :], n + 2)
    pairs = [pair for line in lines[first:n] if (pair := pair_in(line, keys))]
    if len(pairs) < 2 and keys[pairs[0].key] != "rubrik":
        return None  # a text may well begin with ”Foto: Bo”
    remedy = "Skriv --- på en egen rad före den första uppgiften, och en till efter den sista."
    return NoHead(NEVER_BEGINS, remedy, first + 1)


def _table(lines: Sequence[str], first: int, keys: Mapping[str, str]) -> int | None:
    """The row of a table that a program has made of the head: its first cell is a key."""
    row = _next(lines, first + 1) if is_border(lines[first]) else first
    if row is None or not lines[row].startswith("|"):
        return None
    return row if mangled.folded(lines[row].strip("| ").partition("|")[0].strip("* :")) in keys else None


def _in_code(lines: Sequence[str], code: int, keys: Mapping[str, str]) -> Head | NoHead | None:
    """A head inside a block of code, or with the signs of one as borders."""
    first = _next(lines, code + 1)
    if first is None:
        return None
    if is_border(lines[first]) and _begins(lines, first, keys):
        head = _closed(lines, first, keys)
        return _out_of_code(head) if isinstance(head, Head) else head
    if not pair_in(lines[first], keys):
        return None
    end = next((n for n in range(first, len(lines)) if is_code_border(lines[n]) or is_border(lines[n])), None)
    if end is None:
        return NoHead(
            NEVER_BEGINS, "Skriv --- i stället för ```, före den första uppgiften och efter den sista.", code + 1
        )
    return _out_of_code(Head(lines[first:end], first, lines[end + 1 :], end + 2))


def _out_of_code(head: Head) -> Head:
    """The head, and a body without the border of code that has lost its other half."""
    body = list(head.body)
    borders = [n for n, line in enumerate(body) if is_code_border(line)]
    if len(borders) % 2:
        alone = borders[0] if _next(body, 0) == borders[0] else borders[-1]
        body[alone] = ""
    return Head(head.lines, head.first, body, head.line_of_body, head.is_escaped)


def _next(lines: Sequence[str], start: int) -> int | None:
    """The next line with something on it."""
    return next((n for n in range(start, len(lines)) if lines[n].strip()), None)
