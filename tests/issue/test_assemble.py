"""Which blocks and occurrences belong to an issue, and in which order."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content.blocks import Block
from mailer.content.events import Event
from mailer.errors import EditorError, Problem
from mailer.issue.assemble import LONGEST_PREHEADER, Issue, assemble, require_content
from mailer.settings import Series

ZONE = ZoneInfo("Europe/Stockholm")
SERIES = Series(key="v-aktuellt", name="V Aktuellt", lists=("medlemmar",))
MAY_3 = date(2024, 5, 3)


def block(path: str, **values: object) -> Block:
    title = path.rpartition("/")[2].removesuffix(".md")
    month = path.partition("/")[0] if path.startswith("20") else None
    made = Block(path, title, "text", f"hash of {path}", month=month)
    return replace(made, **values)  # type: ignore[arg-type]


def event(path: str, begins: datetime, ends: datetime) -> Event:
    return Event(path, path, begins, ends, "Torget", "", f"hash of {path}", has_end=True)


def issue(
    *blocks: Block,
    events: tuple[Event, ...] = (),
    period: str = "2024-05",
    today: date = MAY_3,
    used: dict[str, str] | None = None,
    problems: tuple[Problem, ...] = (),
) -> Issue:
    return assemble(SERIES, period, blocks, events, today, ZONE, used or {}, problems)


def paths(made: Issue) -> list[str]:
    return [b.path for b in made.blocks]


def test_lets_the_folder_named_by_a_month_decide() -> None:
    june = block("2024-06/b.md", shown_from=date(2024, 5, 1))
    made = issue(block("2024-05/a.md"), june, block("2023-05/c.md"))
    assert paths(made) == ["2024-05/a.md"]
    assert made.left_out == ()


@pytest.mark.parametrize(
    ("first", "last", "why_not"),
    [
        (date(2024, 5, 31), None, None),
        (None, date(2024, 5, 1), None),
        (date(2024, 4, 1), date(2024, 6, 30), None),
        (date(2024, 5, 10), date(2024, 5, 10), None),
        (date(2024, 6, 1), None, "visas från lördag 1 juni 2024"),
        (None, date(2024, 4, 30), "visades till och med tisdag 30 april 2024"),
    ],
)
def test_takes_a_block_whose_window_meets_the_period(
    first: date | None, last: date | None, why_not: str | None
) -> None:
    made = issue(block("fast.md", shown_from=first, shown_until=last), used={"fast.md": "2024-04"})
    assert paths(made) == ([] if why_not else ["fast.md"])
    assert made.left_out == ((("fast.md", why_not),) if why_not else ())


def test_prints_a_block_without_month_and_window_once() -> None:
    assert paths(issue(block("nytt.md"))) == ["nytt.md"]
    assert paths(issue(block("nytt.md"), used={"nytt.md": "2024-05"})) == ["nytt.md"]
    again = issue(block("nytt.md"), period="2024-06", used={"nytt.md": "2024-05"})
    assert (paths(again), again.left_out) == ([], (("nytt.md", "stod i numret för maj 2024"),))


def test_orders_by_order_then_by_name_with_the_unnumbered_in_the_middle() -> None:
    made = issue(
        block("2024-05/z.md", order=1),
        block("2024-05/b.md"),
        block("2024-05/a.md", order=99),
        block("mapp/a.md"),
        block("2024-05/c.md", order=50),
    )
    assert paths(made) == ["2024-05/z.md", "mapp/a.md", "2024-05/b.md", "2024-05/c.md", "2024-05/a.md"]


def test_lists_occurrences_from_the_send_moment_for_six_weeks() -> None:
    def at(*parts: int) -> datetime:
        return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type,misc]

    events = (
        event("över.md", at(2024, 5, 10, 8), at(2024, 5, 10, 9)),
        event("pågår.md", at(2024, 5, 8), at(2024, 5, 13)),
        event("sent.md", at(2024, 6, 21, 8, 59), at(2024, 6, 21, 10)),
        event("för-sent.md", at(2024, 6, 21, 9), at(2024, 6, 21, 10)),
    )
    assert [o.event.path for o in issue(events=events).occurrences] == ["pågår.md", "sent.md"]
    late = issue(events=events, today=date(2024, 5, 20))
    assert [o.event.path for o in late.occurrences] == ["sent.md", "för-sent.md"]


def test_takes_the_subject_from_the_one_block_that_gives_it() -> None:
    assert issue(block("a.md")).subject == "V Aktuellt maj 2024"
    assert issue(block("a.md"), block("b.md", subject="Rösta!")).subject == "Rösta!"
    two = issue(block("a.md", subject="Rösta!"), block("b.md", subject="Kom!"))
    assert two.subject == "V Aktuellt maj 2024"
    assert [p.where for p in two.problems] == ["content/b.md"]
    assert paths(two) == ["a.md", "b.md"]


def test_fills_in_only_name_and_month_in_the_subject_of_the_settings() -> None:
    series = SERIES.model_copy(update={"subject": "{name}: {month} {0.__class__}"})
    made = assemble(series, "2024-05", [block("a.md")], [], MAY_3, ZONE, {})
    assert made.subject == "V Aktuellt: maj 2024 {0.__class__}"


def test_takes_the_preheader_from_an_ingress_or_from_the_titles() -> None:
    assert issue(block("a.md"), block("b.md", preheader="Maj!")).preheader == "Maj!"
    assert issue(block("a.md"), block("b.md")).preheader == "a · b"
    many = issue(*(block(f"{n:02}.md", title="Ett inslag med en lång rubrik") for n in range(20)))
    assert len(many.preheader) <= LONGEST_PREHEADER


def test_names_files_with_mistakes_among_what_is_left_out() -> None:
    problems = (
        Problem("content/2024-05/x.md", "fel ett", "", 2),
        Problem("content/2024-05/x.md", "fel två", "", 3),
    )
    made = issue(block("a.md"), problems=problems)
    assert made.left_out == (("2024-05/x.md", "fel ett"),)
    assert made.problems == problems


def test_knows_the_hash_of_every_file_in_the_issue() -> None:
    talk = event("evenemang/e.md", datetime(2024, 5, 20, tzinfo=ZONE), datetime(2024, 5, 21, tzinfo=ZONE))
    made = issue(block("2024-05/b.md"), block("a.md"), block("2024-06/c.md"), events=(talk,))
    assert list(made.sources.items()) == [
        ("2024-05/b.md", "hash of 2024-05/b.md"),
        ("a.md", "hash of a.md"),
        ("evenemang/e.md", "hash of evenemang/e.md"),
    ]


@given(st.permutations([block(f"2024-05/{name}.md", order=n % 3) for n, name in enumerate("abcdefgh")]))
def test_gives_the_same_issue_in_whatever_order_the_disk_lists_the_files(blocks: list[Block]) -> None:
    assert issue(*blocks) == issue(*sorted(blocks, key=lambda b: b.path))


def test_refuses_an_empty_issue_and_says_what_to_do() -> None:
    require_content(issue(block("a.md")))
    with pytest.raises(
        EditorError, match=r"numret för maj 2024 är tomt(.|\n)*Lägg minst ett inslag i content/2024-05/"
    ):
        require_content(issue())
    with pytest.raises(EditorError) as wrong:
        require_content(issue(problems=(Problem("content/2024-05/x.md", "fel"),)))
    assert wrong.value.problems[0].what == "fel"
