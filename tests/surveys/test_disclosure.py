"""No figure of fewer than five people is shown, nor one that arithmetic gives: looked for by an attacker who tries
every table there could be."""

import dataclasses
import itertools
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from mailer.content.questionnaires.model import Condition, Option, Part, Question, Sort, Words
from mailer.surveys.box import crossing, disclosure, urn
from mailer.surveys.box.disclosure import NOBODY, SMALLEST, line, ticks
from tests.surveys.arranged import ANONYMOUS, QUESTIONNAIRE

ROUNDS = 150


def a_question(key: str, sort: Sort = Sort.ONE, options: str = "abcd", **more) -> Question:
    return Question(key, sort, Words(key), 1, options=tuple(Option(o, Words(o)) for o in options), **more)


def a_survey(*questions: Question, crosstabs: tuple[tuple[str, str], ...] = ()):
    section = dataclasses.replace(ANONYMOUS, questions=questions)
    return dataclasses.replace(QUESTIONNAIRE, sections=(section,), crosstabs=crosstabs)


def skewed(draw: random.Random, words: str) -> str:
    """Few answers are rare, some are very rare: where small cells come from."""
    return draw.choices(words, [3.0**-n for n in range(len(words))])[0]


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"a": 30, "b": 30}, {"a": 30, "b": 30}),
        ({"a": 60, "b": 0}, {"a": 60, "b": 0}),  # nobody hides that all agree
        ({"a": 58, "b": 2}, {"a": None, "b": None}),
        ({"a": 40, "b": 18, "c": 2}, {"a": 40, "b": None, "c": None}),
        ({"a": 50, "b": 4, "c": 4}, {"a": 50, "b": None, "c": None}),  # 8 among two: one could be 7
        ({"a": 50, "b": 3, "c": 2}, {"a": None, "b": None, "c": None}),  # 5 among two: neither could be 5
        ({"a": 3, "b": 2, "c": 0}, {"a": None, "b": None, "c": None}),
    ],
)
def test_shows_of_a_line_what_it_may(cells, shown):
    assert line(cells) == shown


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_lets_nobody_find_a_small_figure_of_a_line(seed):
    draw = random.Random(seed)
    options = "abcdef"[: draw.randint(2, 4)]
    given = Counter(skewed(draw, options) for _ in range(draw.randint(5, 30)))
    cells = {option: given[option] for option in options}
    shown = line(cells)
    hidden = [key for key, number in shown.items() if number is None]
    owed = sum(cells.values()) - sum(number or 0 for number in shown.values())
    least = 0 if all(number is None for number in shown.values()) else 1  # a zero would have been shown
    could = [w for w in itertools.product(range(least, owed + 1), repeat=len(hidden)) if sum(w) == owed]
    assert not any(0 < number < SMALLEST for number in shown.values() if number is not None)
    for n, key in enumerate(hidden):
        assert cells[key] >= SMALLEST or max(way[n] for way in could) >= SMALLEST


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_lets_nobody_find_who_few_ticked_a_choice_or_did_not(seed):
    draw = random.Random(seed)
    options = "abc"[: draw.randint(2, 3)]
    most = draw.choice([None, 2])
    people = draw.randint(20, 26)
    given = [frozenset(skewed(draw, options) for _ in range(draw.randint(1, most or 3))) for _ in range(people)]
    blank = draw.choice([0, 0, 1, 6])
    answered = people - blank
    cells = {option: sum(option in one for one in given[blank:]) for option in options}
    shown = ticks(cells, answered, people, most)
    known = line({"": answered, NOBODY: blank})[""]
    hidden = [key for key, number in shown.items() if number is None]
    seen = [number for number in shown.values() if number is not None]
    could = [
        (n, way)
        for n in ([known] if known is not None else range(people - 4, people))
        for way in itertools.product(range(n + 1), repeat=len(hidden))
        if n <= sum(way) + sum(seen) <= (most or len(options)) * n and max(seen, default=0) <= n
    ]
    for number in shown.values():
        if number is not None:
            assert number == 0 or number >= SMALLEST
            assert answered - number == 0 or answered - number >= SMALLEST
    for at, key in enumerate(hidden):
        assert cells[key] >= SMALLEST or not cells[key] or max(way[at] for _, way in could) >= SMALLEST
        assert answered - cells[key] >= SMALLEST or max(n - way[at] for n, way in could) >= SMALLEST


def every_value(rows: list[int], columns: list[int], shown: list[list[int | None]]) -> dict[tuple[int, int], set[int]]:
    """What each hidden cell could be, in all whole-number tables with these margins and these shown cells."""
    left = [total - sum(n or 0 for n in shown[i]) for i, total in enumerate(rows)]
    steps = []
    for j, total in enumerate(columns):
        holes = [i for i in range(len(rows)) if shown[i][j] is None]
        steps.append((holes, total - sum(row[j] or 0 for row in shown)))
    reached: list[set[tuple[int, ...]]] = [{tuple(left)}]
    for holes, owed in steps:
        reached.append({after for before in reached[-1] for _, after in fillings(before, holes, owed)})
    alive = [{(0,) * len(rows)} & reached[-1]]
    values: dict[tuple[int, int], set[int]] = {}
    for j in reversed(range(len(columns))):
        holes, owed = steps[j]
        came = set()
        for before in reached[j]:
            for way, after in fillings(before, holes, owed):
                if after in alive[-1]:
                    came.add(before)
                    for i, number in zip(holes, way, strict=True):
                        values.setdefault((i, j), set()).add(number)
        alive.append(came)
    return values


def fillings(left: tuple[int, ...], holes: list[int], owed: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    if not holes:
        if owed == 0:
            yield (), left
        return
    first, *others = holes
    for number in range(min(left[first], owed) + 1):
        after = (*left[:first], left[first] - number, *left[first + 1 :])
        for way, last in fillings(after, others, owed - number):
            yield (number, *way), last


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_lets_nobody_find_a_small_cell_of_a_table(seed):
    draw = random.Random(seed)
    width, height = draw.randint(2, 3), draw.randint(2, 3)
    table = [[0] * width for _ in range(height)]
    while True:
        table[int(skewed(draw, "012"[:height]))][int(skewed(draw, "012"[:width]))] += 1
        rows, columns = [sum(row) for row in table], [sum(row[j] for row in table) for j in range(width)]
        if min(rows + columns) >= SMALLEST and (sum(rows) >= 40 or draw.random() < 0.05):
            break
        if sum(rows) > 70:
            table = [[0] * width for _ in range(height)]
    shown = crossing.protected(table)
    could = every_value(rows, columns, shown)
    for i, row in enumerate(shown):
        for j, number in enumerate(row):
            assert number is None or number >= SMALLEST
            if number is None and table[i][j] < SMALLEST:
                assert max(could[i, j]) >= SMALLEST
                assert min(could[i, j]) == max(0, rows[i] + columns[j] - sum(rows))


def test_hides_no_more_of_a_table_than_it_must():
    table = [[20, 20, 20], [20, 20, 20], [20, 20, 2]]
    shown = crossing.protected(table)
    assert sum(number is None for row in shown for number in row) == 4  # a rectangle


A, B, C = a_question("a"), a_question("b", options="xy"), a_question("c", Sort.SCALE, least=1, most=3)
S = a_question("s", Sort.SEVERAL, "pqr")


@pytest.mark.parametrize("seed", range(ROUNDS // 3))
def test_lets_nobody_find_a_small_cell_of_tables_that_share_a_question(seed):
    """Whoever has the figures of all questions and both tables; what she finds in one cannot narrow the other."""
    draw = random.Random(seed)
    asked = a_survey(A, B, C, S, crosstabs=(("a", "b"), ("a", "c"), ("s", "b")))
    ballots = []
    for _ in range(draw.randint(20, 45)):
        mine = {"a": (skewed(draw, "abcd"),), "b": (skewed(draw, "xy"),), "c": (skewed(draw, "213"),)}
        mine["s"] = tuple(sorted({skewed(draw, "pqr") for _ in range(2)}))
        ballots.append({key: words for key, words in mine.items() if draw.random() < 0.9})
    counts = urn.tally(asked, ballots).counts
    figures = {f.question.key: dict(f.cells) for f in disclosure.figures(asked, counts)}
    tables: dict[tuple[str, ...], dict[tuple[str, str], int | None]] = {}
    for cell in crossing.cells(asked, counts, ballots):
        name = (cell.question, cell.by_question, cell.answer if cell.question == "s" else "")
        tables.setdefault(name, {})[cell.answer, cell.by_answer] = cell.number
    for (one, by, choice), cells in tables.items():
        sides = []
        for key in (one, by):
            own = [
                a for a in disclosure.answers_of(dict(zip("abcs", (A, B, C, S), strict=True))[key]) if figures[key][a]
            ]
            own = [choice] if choice and key == one else own
            sides.append([*own, ""])
        margins = []
        for key, side in zip((one, by), sides, strict=True):
            known = [figures[key][a] for a in side[:-1]]
            margins.append([*known, len(ballots) - sum(known)])
        truth = {
            (r, c): sum(
                (r in b.get(one, ()) if r else not set(sides[0][:-1]) & set(b.get(one, ())))
                and (c in b.get(by, ()) if c else not set(sides[1][:-1]) & set(b.get(by, ())))
                for b in ballots
            )
            for r in sides[0]
            for c in sides[1]
        }
        shown = [
            [cells.get((r, c), 0 if not truth[r, c] and 0 in (margins[0][i], margins[1][j]) else None)
             for j, c in enumerate(sides[1])]
            for i, r in enumerate(sides[0])
        ]  # fmt: skip
        could = every_value(*margins, shown)
        for (i, r), (j, c) in itertools.product(enumerate(sides[0]), enumerate(sides[1])):
            if shown[i][j] is None and truth[r, c] < SMALLEST:
                assert max(could[i, j]) >= SMALLEST, (one, by, r, c)
            assert shown[i][j] in (None, truth[r, c])


def test_shows_totals_alone_under_twenty_ballots():
    asked = a_survey(A, B, crosstabs=(("a", "b"),))
    ballots = [{"a": ("a",), "b": ("x",)}] * 19
    counts = urn.tally(asked, ballots).counts
    assert all(f.why_not == disclosure.TOO_FEW and not f.cells for f in disclosure.figures(asked, counts))
    assert crossing.cells(asked, counts, ballots) == []
    more = urn.tally(asked, ballots + ballots[:1]).counts
    assert [f.why_not for f in disclosure.figures(asked, more)] == ["", ""]


def test_shows_nothing_of_a_branch_whose_door_is_hidden():
    branch = a_question("why", Sort.TEXT, "", condition=Condition("a", ("d",)))
    asked = a_survey(A, branch)
    few = [{"a": ("a",)}] * 40 + [{"a": ("b",)}] * 20 + [{"a": ("d",), "why": ("hm",)}] * 3
    many = [{"a": ("a",)}] * 40 + [{"a": ("d",), "why": ("hm",)}] * 6
    for ballots, why in ((few, disclosure.HIDDEN_BRANCH), (many, "")):
        shown = disclosure.figures(asked, urn.tally(asked, ballots).counts)[1]
        assert (shown.why_not, shown.has_texts) == (why, not why)


@pytest.mark.parametrize(("others", "has"), [(3, False), (6, True)])
def test_shows_words_beside_annat_only_where_its_figure_is(others, has):
    asked = a_survey(dataclasses.replace(A, has_other=True))
    ballots = [{"a": ("a",)}] * 30 + [{"a": ("b",)}] * 10 + [{"a": ("annat",), "a.annat": ("jag",)}] * others
    assert disclosure.figures(asked, urn.tally(asked, ballots).counts)[0].has_own_words is has


def test_shows_numbers_in_ranges_whose_ends_are_nobodys():
    years = a_question("age", Sort.NUMBER, "", least=0, most=9999)
    ages = [17, 18, 19, *range(20, 60), *range(40, 60), 71, 72, 73, 74, 97, 4000]
    asked = a_survey(years)
    shown = disclosure.figures(asked, urn.tally(asked, [{"age": (str(a),)} for a in ages]).counts)[0]
    names = [name for name, number in shown.cells if number]
    assert all(number >= SMALLEST for _, number in shown.cells if number)
    assert names[0].startswith("högst")
    assert names[-1].startswith("minst")
    assert not any(str(own) in " ".join(names) for own in (17, 97, 4000))
    assert sum(number or 0 for _, number in shown.cells) == len(ages)


@pytest.mark.parametrize(
    ("crosstabs", "refused"),
    [
        ((("a", "b"), ("a", "c")), 0),
        ((("a", "b"), ("b", "a")), 1),
        ((("a", "b"), ("b", "c"), ("c", "a")), 1),
        ((("s", "a"), ("s", "b")), 1),
        ((("s", "a"),), 0),
        ((("t", "a"),), 1),
        ((("a", "branch"),), 1),
        ((("a", "unknown"),), 1),
        ((("a", "a"),), 1),
    ],
)
def test_says_before_the_start_which_tables_it_could_not_show(crosstabs, refused):
    text = a_question("t", Sort.TEXT, "")
    branch = a_question("branch", condition=Condition("a", ("a",)))
    wrong = disclosure.objections(a_survey(A, B, C, S, text, branch, crosstabs=crosstabs))
    assert len(wrong) == refused


def test_says_before_the_start_which_branch_it_could_not_show():
    branch = a_question("branch", condition=Condition("s", ("p", "q")))
    (wrong,) = disclosure.objections(a_survey(S, branch))
    assert "branch" in wrong.what
    assert Part.ANONYMOUS in {section.part for section in a_survey(S).sections}
