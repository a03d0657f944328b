"""The balance of a mailing: where everybody who was selected has gone.

Takes   the count of deliveries by state, and the number selected at planning.
Gives   nine figures that must add up; the Swedish report.
Fails   BrokenPromise when they do not add up.
"""

from dataclasses import asdict, dataclass

from mailer.errors import BrokenPromise
from mailer.outbox.states import OWED, Delivery


@dataclass(frozen=True, slots=True)
class Balance:
    """selected = accepted + refused + bounced + excluded + expired + withdrawn + owed + in_doubt."""

    selected: int
    accepted: int
    refused: int
    bounced: int
    excluded: int
    expired: int
    withdrawn: int
    owed: int
    in_doubt: int

    @property
    def closes(self) -> bool:
        figures = self.to_json()
        return figures.pop("selected") == sum(figures.values())

    def to_json(self) -> dict[str, int]:
        return asdict(self)


def close(selected: int, by_state: dict[str, int]) -> Balance:
    """The balance, which must close: anything else is ours to mend."""

    def of(*states: Delivery) -> int:
        return sum(by_state.get(state, 0) for state in states)

    balance = Balance(
        selected=selected,
        accepted=of(Delivery.ACCEPTED),
        refused=of(Delivery.REFUSED),
        bounced=of(Delivery.BOUNCED),
        excluded=of(Delivery.EXCLUDED),
        expired=of(Delivery.EXPIRED),
        withdrawn=of(Delivery.WITHDRAWN),
        owed=of(*OWED),
        in_doubt=of(Delivery.IN_DOUBT),
    )
    if not balance.closes:
        raise BrokenPromise(f"avstämningen går inte ihop: {balance}")
    return balance
