"""Who may go next: what is made asks for a permit of a relay, as many at a time as there are lines for.

Takes   the open lines, what the runner holds, and the word of each commit.
Gives   the parcels that ask in the next commit; those that were permitted and that no line can carry any more.
Fails   never.

A permit is counted when it is given, so none is asked for that would lie unused.
"""

import time
from collections.abc import Iterable

from mailer.deliver.hands import Hands
from mailer.deliver.line import Line, Parcel
from mailer.deliver.lines import Lines
from mailer.outbox.turn import Ask, Commit


class Asking:
    """Of one runner."""

    def __init__(self, lines: Lines, hands: Hands, poll_s: float) -> None:
        self.under_way: list[Parcel] = []  # in the commit under way
        self._lines, self._hands, self._poll_s = lines, hands, poll_s
        self._dry_at = 0.0  # when a relay was last found to have sent what it may

    @property
    def may_ask(self) -> bool:
        """Whether a commit would give some line something to carry."""
        lines, permitted = self._lines, self._hands.permitted
        return bool(self._hands.made) and any(
            relay not in lines.dry and lines.number_idle(relay) > len(permitted[relay]) for relay in lines.in_turn()
        )

    def ask(self, marking: Iterable[Line]) -> list[Parcel]:
        """Who asks now. `marking`: lines that will carry one more behind the body they are about to send."""
        if self._lines.dry and time.monotonic() - self._dry_at > self._poll_s:
            self._lines.dry = set()  # asked again now and then; each time would be a commit of nothing else
        asks: list[Parcel] = []
        lines, hands = self._lines, self._hands
        counted = dict.fromkeys(hands.permitted, 0)
        for line in marking:
            if lines.takes_two(line):
                counted[lines.relay_of(line)] += 1
        for relay in lines.in_turn():
            if relay not in lines.dry:
                wanted = counted[relay] + lines.number_idle(relay) - len(hands.permitted[relay])
                asks += hands.ask(relay, max(0, wanted))
        self.under_way = asks
        return asks

    def answered(self, done: Commit) -> list[Parcel]:
        """What the commit said. Gives those permitted whose last line has ended meanwhile: another may carry them."""
        back: list[Parcel] = []
        useless: list[Parcel] = []
        for parcel in self.under_way:
            number = parcel.offered.delivery
            if number not in done.permitted:
                back += [parcel] if number not in done.gone else []
            elif self._lines.leads_to(parcel.relay):
                self._hands.permitted[parcel.relay].append(parcel)
            else:
                useless.append(parcel)
        if back:
            self._dry_at = time.monotonic()
            self._lines.dry |= {parcel.relay for parcel in back}
        self._hands.back(back)
        self.under_way = []
        return useless


def ask_of(parcel: Parcel) -> Ask:
    """What is asked, or given back, for a parcel."""
    return Ask(parcel.offered.delivery, parcel.relay, parcel.domain)
