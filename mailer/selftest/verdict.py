"""What a mailing came to: the sink's journal, which is the truth, against the ledger, which is a claim.

Takes   whom the sink has taken messages to; what the ledger says of everybody, each time the sender was down.
Gives   a Verdict: who was lost, who got it twice, and whether the ledger had named them in doubt before.
Fails   never.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from mailer.outbox.states import Delivery
from mailer.selftest.sink import Taken

ENDS = (Delivery.ACCEPTED, Delivery.IN_DOUBT)  # nothing else may become of anybody here
DOUBTFUL = (Delivery.OFFERED, Delivery.IN_DOUBT)  # of a sender that is down


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says of one delivery."""

    address: str
    state: str
    message_id: str
    doubts: int = 0  # how often it has been in doubt

    @property
    def is_named(self) -> bool:
        """It may have arrived, and the ledger says so: found offered, in doubt now, or in doubt before this sending."""
        return self.state in DOUBTFUL or (self.doubts > 0 and self.state != Delivery.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Stop:
    """The sender went down, and this is how everything stood."""

    how: str  # killed, asked or done
    taken: int  # entries in the journal so far
    ledger: tuple[Entry, ...]
    restart_s: float = 0.0  # from the start of the process to the first message that was taken

    @property
    def named(self) -> frozenset[str]:
        return frozenset(e.address for e in self.ledger if e.is_named)

    @property
    def left_open(self) -> frozenset[str]:
        """Offered, and no reply was read."""
        return frozenset(e.address for e in self.ledger if e.state == Delivery.OFFERED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that is wrong, by name; and what it cost where nothing is."""

    lost: tuple[str, ...] = ()  # never taken by the sink, and the ledger says accepted, or nothing
    unmarked: tuple[str, ...] = ()  # taken by the sink, and the ledger would send it anew without a word of doubt
    unnamed: tuple[str, ...] = ()  # taken twice, and not named in doubt before
    strangers: tuple[str, ...] = ()  # taken, and nobody was to have it
    other_ids: tuple[str, ...] = ()  # taken under another Message-ID than the ledger's
    too_many: tuple[str, ...] = ()  # "kill 3: 7": more left open than there are connections
    forgotten: tuple[str, ...] = ()  # were left open, and the ledger no longer knows that they were in doubt
    asked: tuple[str, ...] = ()  # left open or twice although the sender was asked, not killed
    owed: int = 0  # at the end
    closes: bool = True
    twice: tuple[int, ...] = ()  # how many came a second time after each stop
    in_doubt: tuple[str, ...] = ()  # twice in doubt: a person is to judge
    stops: tuple[Stop, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        wrong = (self.lost, self.unmarked, self.unnamed, self.strangers, self.other_ids, self.too_many)
        return self.closes and not self.owed and not any((*wrong, self.forgotten, self.asked))


def judge(
    expected: Collection[str], taken: Sequence[Taken], stops: Sequence[Stop], connections: int, closes: bool
) -> Verdict:
    """The verdict on a mailing that has come to its end; the last of the stops is the end."""
    last = stops[-1].ledger
    came: dict[str, set[str]] = defaultdict(set)
    for one in taken:
        came[one.to].add(one.message_id)
    again = [_again(taken, before, stop) for before, stop in zip([None, *stops], stops, strict=False)]
    named = [frozenset[str](), *(stop.named for stop in stops[:-1])]  # before each round
    return Verdict(
        lost=_lost(expected, came, last),
        unmarked=tuple(sorted({a for stop in stops for a in _unmarked(taken[: stop.taken], stop.ledger)})),
        unnamed=tuple(sorted({a for before, twice in zip(named, again, strict=True) for a in twice - before})),
        strangers=tuple(sorted(set(came) - set(expected))),
        other_ids=tuple(sorted(e.address for e in last if came[e.address] - {e.message_id})),
        too_many=tuple(f"{n}: {len(s.left_open)}" for n, s in enumerate(stops, 1) if len(s.left_open) > connections),
        forgotten=_forgotten(stops),
        asked=tuple(sorted({a for stop in stops if stop.how != "killed" for a in stop.left_open})),
        owed=sum(e.state not in ENDS for e in last),
        closes=closes,
        twice=tuple(len(a) for a in again),
        in_doubt=tuple(sorted(e.address for e in last if e.state == Delivery.IN_DOUBT)),
        stops=tuple(stops),
    )


def _lost(expected: Collection[str], came: Mapping[str, set[str]], ledger: Sequence[Entry]) -> tuple[str, ...]:
    excused = {e.address for e in ledger if e.state != Delivery.ACCEPTED}
    return tuple(sorted(a for a in expected if a not in came and a not in excused))


def _unmarked(taken: Sequence[Taken], ledger: Sequence[Entry]) -> set[str]:
    came = {one.to for one in taken}
    return {e.address for e in ledger if e.address in came and e.state != Delivery.ACCEPTED and not e.is_named}


def _forgotten(stops: Sequence[Stop]) -> tuple[str, ...]:
    doubted = {e.address for e in stops[-1].ledger if e.doubts}
    return tuple(sorted({a for stop in stops[:-1] for a in stop.left_open} - doubted))


def _again(taken: Sequence[Taken], before: Stop | None, stop: Stop) -> frozenset[str]:
    """Who got it between two stops, and had it already."""
    begin = before.taken if before else 0
    times = Counter(one.to for one in taken[begin : stop.taken])
    had = {one.to for one in taken[:begin]}
    return frozenset(a for a, n in times.items() if a in had or n > 1)
