"""The words for what a mail that came back is.

Takes   nothing.
Gives   Kind, Hardness, and Reading: everything the house knows about one mail once it has been read.
Fails   never.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What one mail is. Only a bounce, a complaint and a leave change anything, and only with a delivery of ours."""

    bounce = "bounce"  # an accepted message failed for good. RFC 3464, action ”failed”
    delayed = "delayed"  # they still try: changes nothing
    complaint = "complaint"  # a feedback report; `status` is its feedback type. RFC 5965
    auto_reply = "auto_reply"  # a machine answers for a person: never counted, never answered. RFC 3834
    leave = "leave"  # a wish to stop a list, or all
    reply = "reply"  # a person wrote: for a person
    report = "report"  # DMARC, TLS-RPT, ”delivered”, ”read”: stops nobody
    loop = "loop"  # our own mail, or another robot's, going round
    unknown = "unknown"  # for a person to look at


class Hardness(StrEnum):
    """Whose fault a bounce is, and for how long."""

    hard = "hard"  # the mailbox is not there
    soft = "soft"  # it is there but took nothing: full, away, too large; and all we do not understand
    ours = "ours"  # about us: blocked, policy, spam. Says nothing about the member


@dataclass(frozen=True, slots=True)
class Reading:
    """One mail, read.

    `delivery`: the number in a tag or code that we signed, else None, and then nothing may change. `address`: whom it
    is about, as the mail says it (for people; never a key); `failed`: all that a bounce names; `from_address`: who
    wrote it. `hardness`: of a bounce, else None. `status`: enhanced status (RFC 3463) of a bounce or a delay; feedback
    type of a complaint (”abuse”, ”fraud”, ”virus”, ”opt-out”, ”other”; ”not-spam” takes one back, and is a report);
    else ””. `why`: Swedish, a line for each step. `text`: the new text of a human reply, or the diagnostic of a bounce;
    bounded. `leaves`: what a leave is of, else None. `by_code`: a bounce known by a leave code alone, which everybody
    has whom the mail was sent on to. `dmarc`: what our own server found of its sender, ”pass” or ”fail”; ”” when it
    does not say.
    """

    kind: Kind
    delivery: int | None = None
    address: str = ""
    hardness: Hardness | None = None
    status: str = ""
    why: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    leaves: Literal["list", "all"] | None = None
    message_id: str = ""
    from_address: str = ""
    failed: tuple[str, ...] = ()
    by_code: bool = False
    dmarc: str = ""
