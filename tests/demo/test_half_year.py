"""The demonstration's half-year. `make demo` plays it whole; here, in the soak, a small one is looked at from all sides."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from mailer.demo import half_year, kept_promises
from mailer.demo.behaviour import Behaviour
from mailer.demo.by_mail import asked
from mailer.demo.half_year import Played
from mailer.demo.postbox import running_postbox
from mailer.errors import BrokenPromise
from mailer.surveys.goal.model import Bar, Standing

SMALL = 60
FRAME = ("Mars 2024", "April 2024", "Maj 2024", "Juni 2024", "Enkäten är stängd")


def a_half_year(folder: Path, size: int, **more: object) -> tuple[Played, list[str]]:
    said: list[str] = []
    with running_postbox(folder / "maildir") as port:
        return half_year.play(folder, port, folder / "maildir", said.append, size, **more), said  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, list[str]]:
    """A willing little branch, so that something happens in every channel."""
    return a_half_year(tmp_path_factory.mktemp("demo") / "halvar", SMALL, behaviour=Behaviour(scale=1.5))


@pytest.mark.soak
def test_tells_it_month_by_month(small: tuple[Played, list[str]]) -> None:
    told = "\n".join(small[1])
    places = [told.find(words) for words in FRAME]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.soak
def test_leaves_what_it_says_there_is_to_look_at(small: tuple[Played, list[str]]) -> None:
    said = "\n".join(small[1]).partition("Titta:")[2]
    paths = [Path(word) for word in re.findall(r"(/[^\s)]+)", said) if "halvar" in word]
    assert len(paths) > 6
    assert [path for path in paths if not path.exists()] == []
    to_see = next(path for path in paths if path.name == "malet-slutet.html").parent
    assert len(list((to_see / "brev").glob("*.pdf"))) >= 2
    assert list((to_see / "diagram-slutet").glob("*.svg"))


@pytest.mark.soak
def test_counts_everybody_who_has_answered_in_the_words(small: tuple[Played, list[str]]) -> None:
    played, said = small
    answered = len(played.play.answered)
    assert any(line.startswith(f"Enkäten är stängd. {answered} av {SMALL} har svarat") for line in said)
    assert answered > SMALL // 4


@pytest.mark.soak
def test_accounts_for_every_member_and_every_mail(small: tuple[Played, list[str]]) -> None:
    said = "\n".join(small[1])
    found = re.search(r"(\d+) medlemmar = (\d+) kontaktade \+ (\d+) .*? \+ (\d+) ", said)
    assert found
    whole, *parts = map(int, found.groups())
    assert whole == SMALL == sum(parts)
    mailings = re.findall(r": (\d+) = (\d+ (?:mottagna|stoppade|undantagna).*)", said)
    assert len(mailings) >= 4
    assert all(int(selected) == sum(map(int, re.findall(r"\d+", rest))) for selected, rest in mailings)


@pytest.mark.soak
def test_foretells_the_end_on_two_days_on_the_way(small: tuple[Played, list[str]]) -> None:
    assert set(small[0].foretold) == set(half_year.FORETOLD_AFTER)
    assert all(small[0].foretold.values())


@pytest.mark.soak
def test_stops_when_somebody_is_asked_for_whom_it_is_over(small: tuple[Played, list[str]]) -> None:
    play = small[0].play
    over = next(iter(play.ended))
    with pytest.raises(BrokenPromise, match="fast det var över"):
        asked(replace(play, ended={over: date(2024, 3, 20)}), over)


@pytest.mark.soak
def test_stops_when_somebody_is_asked_again_too_soon(small: tuple[Played, list[str]]) -> None:
    play = small[0].play
    number = next(one for one in play.last_asked if one not in play.ended)
    now = play.stage.hand.moment
    asked(replace(play, last_asked={number: now - timedelta(days=3)}), number)
    with pytest.raises(BrokenPromise, match="fast det sista var"):
        asked(replace(play, last_asked={number: now - timedelta(days=2)}), number)


@pytest.mark.parametrize(
    ("untouched", "whole"),
    [(1, Bar(10, 8, 5, 3)), (2, Bar(10, 8, 9, 3)), (2, Bar(10, 8, 5, 6))],
    ids=["one member is nowhere", "more reached than contacted", "more answered than reached"],
)
def test_stops_when_the_members_do_not_add_up(untouched: int, whole: Bar) -> None:
    standing = Standing(date(2024, 7, 1), whole, 50, (), (), (), untouched, (), ())
    with pytest.raises(BrokenPromise):
        kept_promises.members(standing)


@pytest.mark.soak
def test_plays_the_same_half_year_twice(tmp_path: Path) -> None:
    first, said = a_half_year(tmp_path / "halvar", 400)
    (tmp_path / "halvar").rename(tmp_path / "before")
    again, said_again = a_half_year(tmp_path / "halvar", 400)
    assert said == said_again
    assert first.play.answered == again.play.answered
    through = Counter(first.play.answered.values())
    assert len(through) > 30  # days on which somebody answered
