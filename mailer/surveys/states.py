"""The states of a survey, of an invitation and of an ask, and every way from one to another.

Takes   an event.
Gives   for SQL, the states that know the event and the one it leads to.
Fails   BrokenPromise on an event that no state knows.

Nothing else assigns a state. docs/states.md is drawn from these tables.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from mailer.errors import BrokenPromise


class Survey(StrEnum):
    """One question set with its plan. Whether it is open is a matter of the clock: approved, and between its days."""

    PREPARED = "prepared"  # its file and its plan are read in; words may change
    APPROVED = "approved"  # a person has said yes to all its words and steps
    COUNTED = "counted"  # the ballots are opened and gone; nothing is answered any more
    WITHDRAWN = "withdrawn"  # a person took it back: nobody is asked again


class Invitation(StrEnum):
    """What one member has done with the survey."""

    INVITED = "invited"  # she has a code; she may have been asked or not
    BEGUN = "begun"  # some signed answer is saved
    ANSWERED = "answered"  # complete: the receipt is hers
    DECLINED = "declined"  # she said that she will not
    STOPPED = "stopped"  # not to be asked: resigned, died, objected, removed


class Ask(StrEnum):
    """One step of the plan for one invitation."""

    PLANNED = "planned"  # a day is set
    ASKED = "asked"  # its delivery is made, its letter posted, its call made: never again for this step
    NOT_ASKED = "not_asked"  # the plan said from the beginning why not
    SKIPPED = "skipped"  # its day went by: the service was down, or the rules left no day
    STOPPED = "stopped"  # she has answered, or may not be asked any more


INVITATION: dict[Invitation, dict[str, Invitation]] = {
    Invitation.INVITED: {
        "begin": Invitation.BEGUN,
        "answer": Invitation.ANSWERED,
        "decline": Invitation.DECLINED,
        "stop": Invitation.STOPPED,
    },
    Invitation.BEGUN: {
        "begin": Invitation.BEGUN,
        "answer": Invitation.ANSWERED,
        "decline": Invitation.DECLINED,
        "stop": Invitation.STOPPED,
    },
    Invitation.ANSWERED: {"answer": Invitation.ANSWERED},  # signed answers may be given anew until the closing
    Invitation.DECLINED: {  # whoever changes her mind is welcome
        "begin": Invitation.BEGUN,
        "answer": Invitation.ANSWERED,
        "stop": Invitation.STOPPED,
    },
    Invitation.STOPPED: {"resume": Invitation.INVITED},  # a person takes back a mistake
}

ASK: dict[Ask, dict[str, Ask]] = {
    Ask.PLANNED: {"ask": Ask.ASKED, "move": Ask.PLANNED, "skip": Ask.SKIPPED, "stop": Ask.STOPPED},
    Ask.ASKED: {},
    Ask.NOT_ASKED: {},
    Ask.SKIPPED: {},
    Ask.STOPPED: {},
}

SURVEY: dict[Survey, dict[str, Survey]] = {
    Survey.PREPARED: {"prepare": Survey.PREPARED, "approve": Survey.APPROVED, "withdraw": Survey.WITHDRAWN},
    Survey.APPROVED: {"count": Survey.COUNTED, "withdraw": Survey.WITHDRAWN},
    Survey.COUNTED: {},
    Survey.WITHDRAWN: {},
}


def invitation_step(event: str) -> tuple[list[str], str]:
    """For SQL: the states of an invitation that know the event, and where it leads."""
    return _step(INVITATION, event)


def ask_step(event: str) -> tuple[list[str], str]:
    """For SQL: the states of an ask that know the event, and where it leads."""
    return _step(ASK, event)


def survey_step(event: str) -> tuple[list[str], str]:
    """For SQL: the states of a survey that know the event, and where it leads."""
    return _step(SURVEY, event)


def _step(table: Mapping[Any, Mapping[str, Any]], event: str) -> tuple[list[str], str]:
    before = [str(state) for state, events in table.items() if event in events]
    after = {str(events[event]) for events in table.values() if event in events}
    if len(after) != 1:
        raise BrokenPromise(f"händelsen {event} leder till {len(after)} tillstånd")
    return before, after.pop()
