"""What a runner holds of the outbox, on its way to a line: claimed, then made, then with a permit.

Takes   Offered values as they are claimed; parcels as they are made; the word of each commit.
Gives   what waits for a line of a relay, in the order it was claimed.
Fails   never.

It is changed in place: composing puts into it too.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable

from mailer.deliver.line import Parcel
from mailer.outbox.outcome import Offered


class Hands:
    """Of one runner."""

    def __init__(self, relays: Iterable[str]) -> None:
        self.stock: deque[Offered] = deque()  # claimed
        self.made: deque[Parcel] = deque()  # composed, without a permit
        self.permitted: dict[str, deque[Parcel]] = {relay: deque() for relay in relays}

    def __len__(self) -> int:
        return len(self.stock) + len(self.made) + sum(map(len, self.permitted.values()))

    def numbers(self) -> list[int]:
        """The deliveries of all that is held."""
        held = [o.delivery for o in self.stock] + [p.offered.delivery for p in self.made]
        return held + [p.offered.delivery for waiting in self.permitted.values() for p in waiting]

    def forget(self, gone: Collection[int]) -> list[Parcel]:
        """These deliveries are another's, or nobody's. Gives those that had a permit, which nobody uses now."""
        stays = [o for o in self.stock if o.delivery not in gone]
        self.stock.clear()
        self.stock.extend(stays)
        return [parcel for parcel in self._take(lambda parcel: parcel.offered.delivery in gone) if parcel.relay]

    def of_mailings(self, mailings: Collection[int]) -> list[Parcel]:
        """Take out what is made of these mailings, with or without a permit."""
        return self._take(lambda parcel: parcel.offered.mailing in mailings)

    def ask(self, relay: str, most: int) -> list[Parcel]:
        """Take out the next ones, for a permit of this relay."""
        asks = [self.made.popleft() for _ in range(min(most, len(self.made)))]
        for parcel in asks:
            parcel.relay = relay
        return asks

    def back(self, parcels: Iterable[Parcel]) -> None:
        """They got no permit: first again, for whichever relay."""
        returned = list(parcels)
        for parcel in returned:
            parcel.relay = ""
        self.made.extendleft(reversed(returned))

    def _take(self, is_meant: Callable[[Parcel], bool]) -> list[Parcel]:
        taken: list[Parcel] = []
        for waiting in (self.made, *self.permitted.values()):
            stays = [parcel for parcel in waiting if not is_meant(parcel)]
            if len(stays) == len(waiting):
                continue
            taken += [parcel for parcel in waiting if is_meant(parcel)]
            waiting.clear()
            waiting.extend(stays)
        return taken
