"""The states of a survey, an invitation, an ask, a letter, a call sheet and a follow-up; every way between them.

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
    ERASED = "erased"  # nobody's: its time is over, and what became of it is a number (surveys/kept.py)


class Ask(StrEnum):
    """One step of the plan for one invitation."""

    PLANNED = "planned"  # a day is set
    ASKED = "asked"  # its delivery is made, its letter posted, its call made: never again for this step
    NOT_ASKED = "not_asked"  # the plan said from the beginning why not
    SKIPPED = "skipped"  # its day went by: the service was down, or the rules left no day
    STOPPED = "stopped"  # she has answered, or may not be asked any more


class Letter(StrEnum):
    """One member's sheet in an envelope of a run."""

    PRINTED = "printed"  # it is on paper, not in the post: the code can be on a table or in a bag
    PULLED = "pulled"  # taken out before the post: she has answered, or may not be asked any more
    POSTED = "posted"  # a person has said so
    RETURNED = "returned"  # the post brought it back
    DISCARDED = "discarded"  # the run was thrown away, or printed anew


class Sheet(StrEnum):
    """One printed sheet of people to call."""

    OUT = "out"  # with a caller
    BACK = "back"  # signed back
    LOST = "lost"  # nobody knows where it is: names and numbers are astray


class FollowUp(StrEnum):
    """A member who wants to be active, and whoever is to get in touch."""

    OPEN = "open"  # nobody has said that she was contacted
    DONE = "done"  # she has been spoken with
    DROPPED = "dropped"  # she does not want it any more, has resigned or is gone


INVITATION: dict[Invitation, dict[str, Invitation]] = {
    Invitation.INVITED: {
        "begin": Invitation.BEGUN,
        "answer": Invitation.ANSWERED,
        "decline": Invitation.DECLINED,
        "stop": Invitation.STOPPED,
        "erase": Invitation.ERASED,
    },
    Invitation.BEGUN: {
        "begin": Invitation.BEGUN,
        "answer": Invitation.ANSWERED,
        "decline": Invitation.DECLINED,
        "stop": Invitation.STOPPED,
        "erase": Invitation.ERASED,
    },
    # Signed answers may be given anew until the closing.
    Invitation.ANSWERED: {"answer": Invitation.ANSWERED, "erase": Invitation.ERASED},
    Invitation.DECLINED: {  # whoever changes her mind is welcome
        "begin": Invitation.BEGUN,
        "answer": Invitation.ANSWERED,
        "stop": Invitation.STOPPED,
        "erase": Invitation.ERASED,
    },
    Invitation.STOPPED: {"resume": Invitation.INVITED, "erase": Invitation.ERASED},  # a person takes back a mistake
    Invitation.ERASED: {},
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


LETTER: dict[Letter, dict[str, Letter]] = {
    Letter.PRINTED: {"pull": Letter.PULLED, "post": Letter.POSTED, "discard": Letter.DISCARDED},
    Letter.PULLED: {},
    Letter.POSTED: {"return": Letter.RETURNED},
    Letter.RETURNED: {"reopen": Letter.POSTED},  # a person takes it back: it was another letter
    Letter.DISCARDED: {},
}

SHEET: dict[Sheet, dict[str, Sheet]] = {
    Sheet.OUT: {"give_back": Sheet.BACK, "lose": Sheet.LOST},
    Sheet.BACK: {},
    Sheet.LOST: {"give_back": Sheet.BACK},  # found again
}

FOLLOW_UP: dict[FollowUp, dict[str, FollowUp]] = {
    FollowUp.OPEN: {"contact": FollowUp.DONE, "drop": FollowUp.DROPPED},
    FollowUp.DONE: {"reopen": FollowUp.OPEN},
    FollowUp.DROPPED: {"reopen": FollowUp.OPEN},  # she has changed her mind, or it was a mistake
}


def letter_step(event: str) -> tuple[list[str], str]:
    """For SQL: the states of a letter that know the event, and where it leads."""
    return _step(LETTER, event)


def sheet_step(event: str) -> tuple[list[str], str]:
    """For SQL: the states of a call sheet that know the event, and where it leads."""
    return _step(SHEET, event)


def follow_up_step(event: str) -> tuple[list[str], str]:
    """For SQL: the states of a follow-up that know the event, and where it leads."""
    return _step(FOLLOW_UP, event)


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
