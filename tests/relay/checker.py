"""Compares what the relay acknowledged with who was to have a message, and with what the ledger claims.

Takes   the relay's log; the expected addresses, one a line, twice if two people share one; the ledger's rows.
Gives   one JSON object; exit 0 when all holds, 1 when not, 2 when a file cannot be read.
Fails   ValueError or OSError on a file that is not what it should be.

It knows nothing of the product and imports nothing of it: the relay's log is the truth, the ledger a claim.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ACCEPTED = "accepted"
EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One message the relay took responsibility for, for one recipient."""

    address: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery, as the ledger has it."""

    address: str
    state: str
    message_id: str = ""  # empty: the ledger does not say


@dataclass(frozen=True, slots=True)
class Findings:
    """What the comparison found. Addresses, but for `shared_ids`, which are Message-IDs."""

    lost: list[str]  # expected, never acknowledged, and not named in the ledger as anything but accepted
    duplicates: int  # acknowledgements beyond the first of one message
    duplicates_of: dict[str, int]  # the same, by address
    allowed_duplicates: int  # connections x kills + acknowledgements the relay itself kept back
    different_ids: list[str]  # more Message-IDs than were expected at that address, or none in a message
    lies: list[str]  # accepted in the ledger, never acknowledged
    denied: list[str]  # excluded in the ledger, acknowledged all the same
    unexpected: list[str]  # acknowledged, and nobody expected it
    shared_ids: list[str]  # one Message-ID, two recipients
    balance: bool | None  # does the ledger's own sum close; None when it gives none
    ok: bool


def compare(
    acknowledged: Sequence[Acknowledged],
    expected: Sequence[str],
    claims: Sequence[Claim],
    *,
    allowed_duplicates: int,
    balance: bool | None = None,
) -> Findings:
    """All findings at once."""
    wanted = Counter(expected)
    ids: dict[str, set[str]] = defaultdict(set)
    holders: dict[str, set[str]] = defaultdict(set)
    times: Counter[str] = Counter()
    for one in acknowledged:
        ids[one.address].add(one.message_id)
        holders[one.message_id].add(one.address)
        times[one.address] += 1
    duplicates = {a: n - len(ids[a]) for a, n in sorted(times.items()) if n > len(ids[a])}
    different = [a for a in sorted(ids) if "" in ids[a] or (a in wanted and len(ids[a]) > wanted[a])]
    lost = _lost(wanted, ids, claims)
    lies = _lies(ids, times, claims)
    denied = sorted({c.address for c in claims if c.state == EXCLUDED and c.message_id in ids.get(c.address, ())})
    unexpected = sorted(a for a in times if a not in wanted)
    shared = sorted(i for i, who in holders.items() if i and len(who) > 1)
    total = sum(duplicates.values())
    ok = not (lost or different or lies or denied or unexpected or shared or balance is False)
    return Findings(
        lost=lost,
        duplicates=total,
        duplicates_of=duplicates,
        allowed_duplicates=allowed_duplicates,
        different_ids=different,
        lies=lies,
        denied=denied,
        unexpected=unexpected,
        shared_ids=shared,
        balance=balance,
        ok=ok and total <= allowed_duplicates,
    )


def _lost(wanted: Counter[str], ids: Mapping[str, set[str]], claims: Iterable[Claim]) -> list[str]:
    # A delivery that the ledger names as refused, owed, in doubt... excuses one message, not two; and none
    # that came after all.
    excused: Counter[str] = Counter()
    for claim in claims:
        came = bool(claim.message_id) and claim.message_id in ids.get(claim.address, ())
        excused[claim.address] += claim.state != ACCEPTED and not came
    return sorted(a for a, n in wanted.items() if n - len(ids.get(a, ())) > excused[a])


def _lies(ids: Mapping[str, set[str]], times: Counter[str], claims: Iterable[Claim]) -> list[str]:
    nameless: Counter[str] = Counter()
    lies = set()
    for claim in claims:
        if claim.state != ACCEPTED:
            continue
        nameless[claim.address] += 1
        if claim.message_id and claim.message_id not in ids.get(claim.address, ()):
            lies.add(claim.address)
        if nameless[claim.address] > times[claim.address]:
            lies.add(claim.address)
    return sorted(lies)


def unanswered(lines: Iterable[Mapping[str, Any]]) -> int:
    """How often the relay kept an acknowledgement to itself by its script: each may cost one duplicate."""
    return sum(1 for line in lines if line["kind"] == "fault" and line.get("acknowledged"))


def acknowledged_in(lines: Iterable[Mapping[str, Any]]) -> list[Acknowledged]:
    """One for each recipient of each acknowledged message."""
    return [
        Acknowledged(normal(rcpt), _bare(line["message_id"]))
        for line in lines
        if line["kind"] == "accepted"
        for rcpt in line["rcpt"]
    ]


def claims_in(ledger: Any) -> list[Claim]:
    """The rows of a ledger: a list, or an object with `deliveries`. Raises ValueError."""
    rows = ledger.get("deliveries") if isinstance(ledger, dict) else ledger
    if not isinstance(rows, list):
        raise ValueError("the ledger has no rows of deliveries")
    # A delivery whose contact is forgotten has no address: nothing can be held against it.
    return [
        Claim(normal(row["address"]), row["state"], _bare(row.get("message_id"))) for row in rows if row.get("address")
    ]


def balance_in(ledger: Any) -> bool | None:
    """Does selected equal the sum of the rest? None when the ledger has no `balance`."""
    balance = ledger.get("balance") if isinstance(ledger, dict) else None
    if not isinstance(balance, dict) or "selected" not in balance:
        return None
    rest = sum(n for name, n in balance.items() if name != "selected" and type(n) is int)
    return bool(balance["selected"] == rest)


def normal(address: str) -> str:
    """Lower case, the domain as A-labels: as it comes over the wire."""
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local}{at}{domain if domain.isascii() else domain.encode('idna').decode()}"


def _bare(message_id: str | None) -> str:
    return (message_id or "").strip().strip("<>")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.relay.checker")
    parser.add_argument("--relay-log", type=Path, required=True, action="append", help="may be given twice")
    parser.add_argument("--expected", type=Path, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--kills", type=int, required=True)
    args = parser.parse_args()
    try:
        found = _check(args)
    except (OSError, ValueError, KeyError) as why:
        print(f"checker: {type(why).__name__}: {why}", file=sys.stderr)
        raise SystemExit(2) from why
    print(json.dumps(asdict(found), ensure_ascii=False))
    raise SystemExit(0 if found.ok else 1)


def _check(args: argparse.Namespace) -> Findings:
    lines: list[Mapping[str, Any]] = []
    for path in args.relay_log:
        # A last line without its end was never answered.
        whole = path.read_bytes().rpartition(b"\n")[0]
        lines += [json.loads(line) for line in whole.splitlines()]
    expected = [normal(line) for line in args.expected.read_text("utf-8").splitlines() if line.strip()]
    ledger = json.loads(args.ledger.read_text("utf-8"))
    return compare(
        acknowledged_in(lines),
        expected,
        claims_in(ledger),
        allowed_duplicates=args.connections * args.kills + unanswered(lines),
        balance=balance_in(ledger),
    )


if __name__ == "__main__":
    main()
