"""Numbers and days in ranges that hold enough people each.

Takes   value -> how many; how many a range must hold.
Gives   range -> how many, in order: ”0–9”, ”högst 9”, ”2024-03”.
Fails   never.

The ends lie on a grid (round numbers; days, months, years) as fine as the middle of the answers is wide, and the
outermost are open: who is far out, or how far, is not to be seen.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from mailer.content.questionnaires.model import Sort

MOST = 8  # ranges: more is no overview
STEPS = 6  # of the grid, at most, between the tenth and the ninetieth of a hundred answers


def of(sort: Sort, values: Mapping[str, int], least: int) -> dict[str, int]:
    """The finest ranges there can be. Fewer than `least` people in all: one range, for the caller to hide."""
    if not values:
        return {}
    ways = _by_days() if sort is Sort.DATE else _by_numbers()
    for way, name in ways:
        counts: Counter[int] = Counter()
        for value, number in values.items():
            counts[way(value)] += number
        if _width(counts) <= STEPS and len(found := _merged(counts, least)) <= MOST:
            return {name(*ends): number for *ends, number in found}
    return {"alla": sum(values.values())}


def _width(counts: Counter[int]) -> int:
    """Steps between the tenth and the ninetieth of a hundred answers."""
    answers = sorted(counts.elements())
    return answers[len(answers) * 9 // 10] - answers[len(answers) // 10]


def _merged(counts: Counter[int], least: int) -> list[tuple[int | None, int | None, int]]:
    """(first, last, how many): neighbours together until each has enough; None for an open end."""
    found: list[tuple[int, int, int]] = []
    first, held = None, 0
    for at in sorted(counts):
        first, held = (at if first is None else first), held + counts[at]
        if held >= least:
            found.append((first, at, held))
            first, held = None, 0
    if first is not None:  # what is left over belongs to the last
        start, _, before = found.pop() if found else (first, first, 0)
        found.append((start, max(counts), before + held))
    # A range begins where the one before ends, so that no end says where somebody's value lies.
    last = len(found) - 1
    return [
        (None if n == 0 else found[n - 1][1] + 1, None if n == last else end, number)
        for n, (_, end, number) in enumerate(found)
    ]


Way = tuple[Callable[[str], int], Callable[[int | None, int | None], str]]


def _by_numbers() -> Iterator[Way]:
    for power in range(12):
        for lead in (1, 2, 5):
            step = lead * 10**power
            yield (
                lambda value, step=step: int(value) // step,  # type: ignore[misc]
                lambda first, last, step=step: _between(  # type: ignore[misc]
                    None if first is None else str(first * step), None if last is None else str(last * step + step - 1)
                ),
            )


def _by_days() -> Iterator[Way]:
    """By day, month, year, ten years."""
    yield (lambda v: int(v.replace("-", "")), lambda a, b: _between(_day(a), _day(b)))
    yield (lambda v: int(v[:4]) * 12 + int(v[5:7]) - 1, lambda a, b: _between(_month(a), _month(b)))
    yield (lambda v: int(v[:4]), lambda a, b: _between(_text(a), _text(b)))
    yield (lambda v: int(v[:4]) // 10, lambda a, b: _between(_text(a, 10, 0), _text(b, 10, 9)))


def _between(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return f"högst {last}" if last is not None else f"minst {first}" if first is not None else "alla"
    return first if first == last else f"{first}–{last}"


def _text(number: int | None, step: int = 1, more: int = 0) -> str | None:
    return None if number is None else str(number * step + more)


def _month(number: int | None) -> str | None:
    return None if number is None else f"{number // 12}-{number % 12 + 1:02}"


def _day(number: int | None) -> str | None:
    return None if number is None else f"{str(number)[:4]}-{str(number)[4:6]}-{str(number)[6:]}"
