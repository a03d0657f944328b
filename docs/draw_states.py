"""Draws docs/states.md from the transition tables. A test checks that the page is what this script draws.

Run it as `python docs/draw_states.py` after a change of the tables.
"""

import re
from pathlib import Path

from mailer.feedback import probe
from mailer.outbox import states
from mailer.surveys import states as survey_states

PAGE = Path(__file__).parent / "states.md"
TABLES = (
    ("A delivery", states.DELIVERY, states),
    ("A mailing", states.MAILING, states),
    ("A question to an address (”Når vi dig?”)", probe.PROBE, probe),
    ("A survey", survey_states.SURVEY, survey_states),
    ("An invitation", survey_states.INVITATION, survey_states),
    ("An ask (one step of a survey's plan, for one member)", survey_states.ASK, survey_states),
    ("A letter (one member's sheet in an envelope)", survey_states.LETTER, survey_states),
    ("A printed call sheet", survey_states.SHEET, survey_states),
    ("A follow-up (a member who wants to be active)", survey_states.FOLLOW_UP, survey_states),
)

EVENTS = {
    "claim": "a runner takes a hold on it, under a lease",
    "offer": "the last look found nothing against it; the mark is durable; its final dot may go out",
    "release": "given back: never offered",
    "release_in_doubt": "given back: never offered this time, and in doubt since before",
    "exclude": "the last look found a reason: left, suppressed, resigned, no address, not on the list",
    "accept": "2yz after the final dot",
    "refuse": "5yz about the recipient",
    "defer": "4yz, nonsense, or the line broke before the final dot; or 5yz about us",
    "give_up": "deferred for the last time (48 hours)",
    "return": "we know that the final dot was not written",
    "doubt": "the final dot may be out, and no reply was read: the line broke, or the service was killed",
    "judge_accepted": "a person: it arrived",
    "judge_again": "a person: send it once more",
    "bounce": "a report came back later",
    "undo_bounce": "a person takes the report back: it arrived",
    "expire": "the mailing's time ran out",
    "withdraw": "a person withdrew the mailing, or the recipient was erased",
    "propose": "made anew; an approval of other words is void",
    "approve": "a named person's yes to a hash of all renderings and the rule",
    "send_back": "an approver's no, with a remark to the editors; made anew when a file changes",
    "hold": "the head-count has moved more than 20 % and 5 people since the approval, or its time has run out",
    "plan": "the send moment: one transaction makes all deliveries",
    "pause": "a person, three failures of our own in a row, or too many of the first 200 that failed for good",
    "resume": "a person",
    "finish": "nothing is owed, and nothing in doubt waits to be sent once more",
    "reopen": "a person judged a delivery in doubt: once more",
    "ask": "the notice is written into the outbox",
    "reach": "seven days without its coming back, or she has written to us",
    "come_back_soft": "its bounce or refusal may be for a while; at the third in a row the address is suppressed",
    "come_back_hard": "its bounce or refusal is for good: the address is suppressed",
    "drop": "it never went out, the address has changed, or a person took it back",
}

# What the same word means where a survey is concerned.
OF_SURVEYS = {
    "prepare": "its questions or its plan are read in anew",
    "approve": "a named person's yes to all its words and steps",
    "count": "the ballots are opened, mixed, counted and gone",
    "withdraw": "a person took the survey back",
    "begin": "some signed answer is saved",
    "answer": "all that is required is submitted, and committed",
    "decline": "she said that she will not answer, on her page or to a caller",
    "stop": "she has answered or declined, has resigned, died or objected, or was counted by mistake",
    "resume": "a person takes back a mistake",
    "erase": "six months after the closing, or when a person says so after the counting",
    "ask": "its delivery is made, its letter is posted or its call is made, in the same transaction",
    "move": "a rule stood in the way on the day itself: the next day that is allowed",
    "skip": "its day went by: the service was down for more than a day, or no day is left",
    "pull": "it is taken out before the post: the member has answered, or may not be asked any more",
    "post": "a person says that it is posted",
    "return": "the post brought it back",
    "discard": "its run was thrown away, or printed anew",
    "give_back": "the caller has given it back, and somebody has signed for it",
    "lose": "nobody knows where it is",
    "contact": "its owner has spoken with the member",
    "drop": "the member does not want it any more, or is gone",
    "reopen": "a person takes it back",
}


def draw() -> str:
    """The page."""
    parts = [
        "# The states\n\nDrawn from the tables in `mailer/outbox/states.py`, `mailer/feedback/probe.py` and "
        "`mailer/surveys/states.py` by `docs/draw_states.py`. An event that is not an arrow here cannot happen.\n"
    ]
    for title, table, module in TABLES:
        text = Path(module.__file__ or "").read_text(encoding="utf-8")
        parts += [f"\n## {title}\n\n```mermaid\nstateDiagram-v2\n"]
        letters: dict[str, str] = {}
        said = EVENTS | (OF_SURVEYS if module is survey_states else {})
        for state, events in table.items():
            for event, after in events.items():
                letter = letters.setdefault(event, chr(ord("a") + len(letters)))
                parts.append(f"    {state} --> {after}: {letter}\n")
        parts.append("```\n\n| arrow | event | what happens |\n|---|---|---|\n")
        parts += [f"| {letter} | `{event}` | {said[event]} |\n" for event, letter in letters.items()]
        parts.append("\n| state | true from the instant that |\n|---|---|\n")
        for state in table:
            of_class = text[text.index(f"class {type(state).__name__}(") :]
            found = re.search(rf'^    {state.name} = "{state}"  # (.+)$', of_class, re.M)
            assert found is not None, state
            parts.append(f"| `{state}` | {found[1]} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf-8")
