"""What stands about one member and one survey, as the pages show it to the one who has the link.

Takes   a connection inside a transaction, the home's keys, the word of a link.
Gives   a Standing: the survey, her invitation, what she has answered under her name.
Fails   never: who is not found is None, and looked for in as many steps whoever it is.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from mailer.content.questionnaires.model import Answers, Part, Questionnaire
from mailer.keys import Keys
from mailer.register.tables import contacts
from mailer.surveys import invitations, store
from mailer.surveys.answers import answering
from mailer.surveys.invitations import Invited
from mailer.surveys.states import Invitation, Survey
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations as rows


@dataclass(frozen=True, slots=True)
class Standing:
    """One member's side of a survey."""

    invited: Invited
    surveyed: Surveyed
    first_name: str
    signed: Answers  # the newest, whole or not
    after: Answers
    answered_on: date | None
    through: str | None

    @property
    def questionnaire(self) -> Questionnaire:
        return self.surveyed.questionnaire

    @property
    def is_answered(self) -> bool:
        return self.invited.state == Invitation.ANSWERED

    @property
    def has_begun(self) -> bool:
        return self.invited.state == Invitation.BEGUN

    @property
    def is_declined(self) -> bool:
        return self.invited.state == Invitation.DECLINED

    @property
    def is_stopped(self) -> bool:
        return self.invited.state == Invitation.STOPPED

    @property
    def is_withdrawn(self) -> bool:
        return self.surveyed.state == Survey.WITHDRAWN

    @property
    def has_voted(self) -> bool:
        """Whether her ballot is in the box, or in an envelope: what came by mail had none."""
        return self.is_answered and self.questionnaire.is_secret and self.through != answering.MAIL

    @property
    def parts(self) -> tuple[Part, ...]:
        """What she may answer: a ballot is not asked for twice."""
        return (Part.SIGNED,) if self.has_voted else answering.WHOLE

    def is_open(self, now: datetime) -> bool:
        """Whether she can answer at this moment."""
        return self.surveyed.is_open(now) and not self.is_stopped

    def is_before(self, now: datetime) -> bool:
        """Whether it has not begun."""
        return self.surveyed.state == Survey.PREPARED or (
            self.surveyed.state == Survey.APPROVED and now < self.surveyed.opens_at
        )


def find(connection: Connection, keys: Keys, word: str) -> Standing | None:
    """What stands behind a link."""
    invited = invitations.by_token(connection, keys, word)
    if invited is None:
        invitations.read(connection, 0)  # a word we never made is looked for too: it takes no less time
        return None
    n = invited.number
    name, day, through = connection.execute(
        select(contacts.c.first_name, rows.c.answered_on, rows.c.through)
        .join(contacts, contacts.c.id == rows.c.contact_id)
        .where(rows.c.id == n)
    ).one()
    return Standing(
        invited, store.read(connection, invited.survey), name or "",
        answering.drafts(connection, n, Part.SIGNED), answering.drafts(connection, n, Part.AFTER), day, through,
    )  # fmt: skip
