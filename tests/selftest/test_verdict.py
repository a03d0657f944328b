"""The house judges its own trial hard: whatever is wrong with a mailing has a name."""

import pytest

from mailer.selftest.home import address_of
from mailer.selftest.sink import Taken
from mailer.selftest.telling import wrong
from mailer.selftest.verdict import Entry, Stop, Verdict, judge

ANN, BO, EVA = (address_of(n) for n in (1, 2, 3))
EXPECTED = (ANN, BO, EVA)


def ledger(*states: str, doubts: tuple[int, ...] = (0, 0, 0)) -> tuple[Entry, ...]:
    return tuple(Entry(a, s, f"<{a}>", d) for a, s, d in zip(EXPECTED, states, doubts, strict=True))


def taken(*addresses: str) -> list[Taken]:
    return [Taken(a, f"<{a}>") for a in addresses]


ALL = ledger("accepted", "accepted", "accepted")
TWICE = ledger("accepted", "accepted", "accepted", doubts=(0, 1, 0))
PLANNED_BO = ledger("accepted", "planned", "planned")
OPEN_BO = ledger("accepted", "offered", "planned")


def judged(came: list[Taken], *stops: Stop, connections: int = 1, closes: bool = True) -> Verdict:
    return judge(EXPECTED, came, stops, connections, closes)


def test_is_content_when_everybody_is_named_in_doubt_before_she_gets_it_twice() -> None:
    found = judged(taken(ANN, BO, BO, EVA), Stop("killed", 2, OPEN_BO), Stop("done", 4, TWICE))
    assert found.ok
    assert (found.twice, wrong(found, 1)) == ((0, 1), [])


def test_is_content_when_one_is_left_to_a_person() -> None:
    end = ledger("accepted", "in_doubt", "accepted", doubts=(0, 2, 0))
    found = judged(taken(ANN, EVA), Stop("killed", 1, OPEN_BO), Stop("done", 2, end))
    assert found.ok
    assert found.in_doubt == (BO,)


@pytest.mark.parametrize(
    ("what", "who", "found"),
    [
        ("lost", (BO,), judged(taken(ANN, EVA), Stop("done", 2, ALL))),
        ("lost", (BO,), judge((ANN, BO), taken(ANN), [Stop("done", 1, ALL[:1])], 1, True)),
        ("unmarked", (BO,), judged(taken(ANN, BO, BO, EVA), Stop("killed", 2, PLANNED_BO), Stop("done", 4, ALL))),
        ("unnamed", (BO,), judged(taken(ANN, BO, BO, EVA), Stop("killed", 2, PLANNED_BO), Stop("done", 4, ALL))),
        ("unnamed", (ANN,), judged(taken(ANN, ANN, BO, EVA), Stop("done", 4, ALL))),
        ("forgotten", (BO,), judged(taken(ANN, BO, BO, EVA), Stop("killed", 2, OPEN_BO), Stop("done", 4, ALL))),
        ("strangers", ("nils@prov.example",), judged(taken(*EXPECTED, "nils@prov.example"), Stop("done", 4, ALL))),
        ("other_ids", (BO,), judged([*taken(ANN, EVA), Taken(BO, "<x>")], Stop("done", 3, ALL))),
        ("too_many", ("1: 2",), judged(taken(ANN), Stop("killed", 1, ledger("accepted", "offered", "offered")),
                                       Stop("done", 3, ledger(*["accepted"] * 3, doubts=(0, 1, 1))))),
        ("asked", (BO,), judged(taken(ANN, BO, BO, EVA), Stop("asked", 2, OPEN_BO), Stop("done", 4, TWICE))),
        ("owed", 1, judged(taken(ANN, BO), Stop("done", 2, ledger("accepted", "accepted", "deferred")))),
        ("closes", False, judged(taken(*EXPECTED), Stop("done", 3, ALL), closes=False)),
    ],
)  # fmt: skip
def test_names_whoever(what: str, who: object, found: Verdict) -> None:
    assert not found.ok
    assert getattr(found, what) == who
    said = "\n".join(map(str, wrong(found, 4711)))
    assert "--seed 4711" in said
    assert not isinstance(who, tuple) or who[0] in said
