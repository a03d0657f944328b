"""A runner without lines: it claims, asks, marks and settles in commits of its own, one after the other.

Takes   a database, a runner, what it has to settle, what it has in stock, how many messages it wants.
Gives   what was offered, what is left in stock, which mailings were paused.
Fails   as `ledger.commit` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.db import Database
from mailer.outbox.outcome import Offered, Settlement
from mailer.outbox.pace import Limits
from mailer.outbox.store import ledger
from mailer.outbox.store.ledger import Ask, Commit, Terms, Turn

RELAY = "127.0.0.1:2525"


def terms(per_hour: int = 0, again: bool = True) -> Terms:
    """What a runner may do, with one relay."""
    return Terms({RELAY: Limits(hour=per_hour)}, {}, again, timedelta(hours=48))


TERMS = terms()
NOTHING = Turn()


@dataclass(frozen=True, slots=True)
class Done:
    """What a round has done."""

    offered: tuple[Offered, ...]
    stock: tuple[Offered, ...]  # claimed, not offered yet
    paused: tuple[tuple[int, str], ...]


def ask(offered: Offered) -> Ask:
    return Ask(offered.delivery, RELAY, offered.address.rpartition("@")[2])


def commit(
    db: Database, runner: int, turn: Turn = NOTHING, claim: int = 0, terms: Terms = TERMS, *, now: datetime
) -> Commit:  # fmt: skip
    return db.submit(lambda c: ledger.commit(c, db, runner, turn, claim, terms, now), offers=True).result()


def go_round(
    db: Database,
    runner: int,
    settlements: Sequence[Settlement] = (),
    stock: Sequence[Offered] = (),
    wanted: int = 0,
    claim: int = 10,
    terms: Terms = TERMS,
    *,
    now: datetime,
) -> Done:
    """Settle, offer the next `wanted` of the stock, and have something in it. `claim` 0: take nothing new."""
    held = () if wanted else tuple(o.delivery for o in stock)
    done = commit(db, runner, Turn(settlements, held=held), terms=terms, now=now)
    left = [o for o in stock if o.delivery not in done.gone]
    offered: list[Offered] = []
    permitted = True
    while claim and permitted and len(offered) < wanted:
        left = left or list(commit(db, runner, claim=claim, terms=terms, now=now).claimed)
        if not left:
            break
        batch = left[: wanted - len(offered)]
        asked = commit(db, runner, Turn(asks=[ask(o) for o in batch]), terms=terms, now=now)
        ready = [o for o in batch if o.delivery in asked.permitted]
        marked = commit(db, runner, Turn(marks=ready), terms=terms, now=now)
        offered += [o for o in ready if o.delivery in marked.offered]
        over = asked.gone | marked.gone | marked.offered
        left = [o for o in left if o.delivery not in over]
        permitted = bool(asked.permitted)
    if claim and not left and permitted:
        left = list(commit(db, runner, claim=claim, terms=terms, now=now).claimed)
    return Done(tuple(offered), tuple(left), done.paused)
