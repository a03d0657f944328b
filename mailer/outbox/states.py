"""The states of a delivery and of a mailing, and every way from one to another.

Takes   a state and an event.
Gives   the next state; for bulk SQL, the from-states of an event and its to-state.
Fails   BrokenPromise on an event that the state does not know.

Nothing else assigns a state. docs/states.md is drawn from these tables.
"""

from enum import StrEnum

from mailer.errors import BrokenPromise


class Delivery(StrEnum):
    """The debt of one message to one recipient. Each sentence says the instant it becomes true."""

    PLANNED = "planned"  # owed: the planning has committed, or a runner has given it back
    CLAIMED = "claimed"  # owed: a runner holds it under a lease; no byte of it has gone out
    OFFERED = "offered"  # owed: the mark is durable; its final dot may go out from now on
    DEFERRED = "deferred"  # owed: 4yz, or the line broke before the final dot; again at next_at
    IN_DOUBT = "in_doubt"  # the final dot may have gone out and no reply was read
    ACCEPTED = "accepted"  # the next server answered 2yz after the final dot
    REFUSED = "refused"  # 5yz about the recipient
    BOUNCED = "bounced"  # a report came after it was accepted
    EXCLUDED = "excluded"  # not to be sent, for the reason beside it: at planning or at the last look
    EXPIRED = "expired"  # given up, or its mailing's time ran out
    WITHDRAWN = "withdrawn"  # a person took the mailing back, or the recipient was erased


class Mailing(StrEnum):
    """One thing to be sent to one audience."""

    PROPOSED = "proposed"  # rendered, waits for an approval
    APPROVED = "approved"  # waits for its send moment
    HELD = "held"  # waits for a person: the head-count moved, it is too late, or the home was restored
    SENDING = "sending"  # planned: its deliveries are owed
    PAUSED = "paused"  # no delivery is claimed or offered
    FINISHED = "finished"  # nothing is owed
    WITHDRAWN = "withdrawn"  # a person took it back: nothing more of it goes
    RETURNED = "returned"  # an approver sent it back to the editor, with a remark


D, M = Delivery, Mailing

DELIVERY: dict[Delivery, dict[str, Delivery]] = {
    D.PLANNED: {"claim": D.CLAIMED, "expire": D.EXPIRED, "withdraw": D.WITHDRAWN},
    D.CLAIMED: {
        "offer": D.OFFERED,
        "exclude": D.EXCLUDED,
        "release": D.PLANNED,
        "release_in_doubt": D.IN_DOUBT,  # it was in doubt when it was claimed, and has not been sent again
        "withdraw": D.WITHDRAWN,
        # The relay said no to the envelope, before the message was offered; never accepted, nor in doubt.
        "refuse": D.REFUSED,
        "defer": D.DEFERRED,
        "give_up": D.EXPIRED,
    },
    D.OFFERED: {
        "accept": D.ACCEPTED,
        "refuse": D.REFUSED,
        "defer": D.DEFERRED,
        "give_up": D.EXPIRED,  # deferred for the last time
        "return": D.PLANNED,  # we know that the final dot was not written
        "doubt": D.IN_DOUBT,
    },
    D.DEFERRED: {"claim": D.CLAIMED, "expire": D.EXPIRED, "withdraw": D.WITHDRAWN},
    D.IN_DOUBT: {
        "claim": D.CLAIMED,
        "judge_accepted": D.ACCEPTED,
        "judge_again": D.PLANNED,
        "bounce": D.BOUNCED,  # so it did go out
    },
    D.ACCEPTED: {"bounce": D.BOUNCED},
    D.REFUSED: {},
    D.BOUNCED: {"undo_bounce": D.ACCEPTED},
    D.EXCLUDED: {},
    D.EXPIRED: {},
    D.WITHDRAWN: {},
}

MAILING: dict[Mailing, dict[str, Mailing]] = {
    M.PROPOSED: {
        "propose": M.PROPOSED,
        "approve": M.APPROVED,
        "send_back": M.RETURNED,
        "withdraw": M.WITHDRAWN,
    },
    M.APPROVED: {
        "propose": M.PROPOSED,  # its words or its audience are made anew: the approval is void
        "hold": M.HELD,
        "plan": M.SENDING,
        "withdraw": M.WITHDRAWN,
    },
    M.HELD: {
        "propose": M.PROPOSED,
        "approve": M.APPROVED,
        "send_back": M.RETURNED,
        "withdraw": M.WITHDRAWN,
    },
    M.RETURNED: {"propose": M.PROPOSED, "withdraw": M.WITHDRAWN},
    M.SENDING: {"pause": M.PAUSED, "finish": M.FINISHED, "withdraw": M.WITHDRAWN},
    M.PAUSED: {
        "resume": M.SENDING,
        "finish": M.FINISHED,  # its time ran out, or the last reply came, while it was paused
        "withdraw": M.WITHDRAWN,
    },
    M.FINISHED: {"reopen": M.SENDING},  # a person judged a delivery in doubt: once more
    M.WITHDRAWN: {"propose": M.PROPOSED},  # only when nothing of it was ever planned
}

OWED = (D.PLANNED, D.CLAIMED, D.OFFERED, D.DEFERRED)
DUE = (D.PLANNED, D.DEFERRED, D.IN_DOUBT)  # may be claimed, now or at its next_at


def next_delivery(state: Delivery, event: str) -> Delivery:
    """The state after the event."""
    try:
        return DELIVERY[state][event]
    except KeyError:
        raise BrokenPromise(f"en leverans som är {state} kan inte ta emot {event}") from None


def next_mailing(state: Mailing, event: str) -> Mailing:
    """The state after the event."""
    try:
        return MAILING[state][event]
    except KeyError:
        raise BrokenPromise(f"ett utskick som är {state} kan inte ta emot {event}") from None


def delivery_step(event: str) -> tuple[list[str], str]:
    """For bulk SQL: the states that know the event, and the one state it leads to."""
    return _step(DELIVERY, event)


def mailing_step(event: str) -> tuple[list[str], str]:
    """For bulk SQL: the states that know the event, and the one state it leads to."""
    return _step(MAILING, event)


def _step(
    table: dict[Delivery, dict[str, Delivery]] | dict[Mailing, dict[str, Mailing]], event: str
) -> tuple[list[str], str]:
    before = [str(state) for state, events in table.items() if event in events]
    after = {str(events[event]) for events in table.values() if event in events}
    if len(after) != 1:
        raise BrokenPromise(f"händelsen {event} leder till {len(after)} tillstånd")
    return before, after.pop()
