"""What must hold when the half-year is over; else the demonstration stops, loudly.

Takes   a Playing that is played to its end; what the closing found.
Gives   the lines of the balances.
Fails   BrokenPromise, with what was broken.
"""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from mailer.content.channel_plan.model import Channel
from mailer.demo.playing import Playing
from mailer.errors import BrokenPromise
from mailer.outbox.store import figures
from mailer.outbox.tables import mailings
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.goal.model import Standing
from mailer.surveys.states import Ask
from mailer.surveys.tables import asks, invitations
from mailer.verbs.surveys.close import Closed

PARTS = {"accepted": "mottagna", "refused": "avvisade", "bounced": "studsar", "excluded": "undantagna",
         "expired": "för sena", "withdrawn": "stoppade"}  # fmt: skip


def balances(play: Playing) -> list[str]:
    """Each mailing of the survey: selected = accepted + … + in doubt, and nothing owed."""
    return play.stage.house.db.read(lambda c: list(_balances(c, play)))


def _balances(connection: Connection, play: Playing) -> Iterator[str]:
    m = mailings.c
    rows = connection.execute(select(m.id, m.title).where(m.survey_id == play.survey.number).order_by(m.id)).all()
    for row in rows:
        found = figures.balance(connection, row.id)
        if not found.closes or found.owed or found.in_doubt:
            raise BrokenPromise(f"avstämningen för {row.title} går inte ihop: {found}")
        parts = [f"{number} {PARTS[key]}" for key, number in found.to_json().items() if number and key in PARTS]
        yield f"{row.title}: {found.selected} = {' + '.join(parts)}"


def members(standing: Standing) -> str:
    """Everybody is contacted, or nobody has yet and somebody can, or nobody can for a reason with a name."""
    unreachable = sum(number for _, number in standing.unreachable)
    whole = standing.whole
    if whole.contacted + standing.untouched + unreachable != whole.of:
        raise BrokenPromise(f"{whole.of} medlemmar, men {whole.contacted} + {standing.untouched} + {unreachable}")
    if not whole.answered <= whole.reached <= whole.contacted:
        raise BrokenPromise(f"svarat, nådda och kontaktade ska rymmas i varandra: {whole}")
    return (f"{whole.of} medlemmar = {whole.contacted} kontaktade + {standing.untouched} som ingen har kontaktat än + "
            f"{unreachable} som ingen kan nå")  # fmt: skip


def caps(play: Playing) -> None:
    """Nobody was asked more than the plan allows."""
    limits = play.survey.plan.limits
    most = {Channel.EMAIL: limits.emails, Channel.LETTER: limits.letters, Channel.TELEPHONE: limits.calls}
    wanting = [step.key for step in play.survey.plan.steps if step.is_ask]
    had = play.stage.house.db.read(lambda c: _had(c, play.survey.number, wanting))
    for (invitation, channel), number in had.items():
        if channel in most and number > most[Channel(channel)]:
            raise BrokenPromise(f"inbjudan {invitation} har fått {number} frågor genom {channel}")


def _had(connection: Connection, survey: int, wanting: list[str]) -> Counter[tuple[int, str]]:
    a, i, t = asks.c, invitations.c, contact_attempts.c
    mails = select(a.invitation_id, func.count()).join(invitations, i.id == a.invitation_id)
    mails = mails.where(i.survey_id == survey, a.channel == Channel.EMAIL, a.state == Ask.ASKED, a.step.in_(wanting))
    made = select(t.invitation_id, t.channel, func.count()).join(invitations, i.id == t.invitation_id)
    had: Counter[tuple[int, str]] = Counter()
    for invitation, number in connection.execute(mails.group_by(a.invitation_id)):
        had[invitation, Channel.EMAIL] = number
    for invitation, channel, number in connection.execute(
        made.where(i.survey_id == survey).group_by(t.invitation_id, t.channel)
    ):
        had[invitation, channel] = number
    return had


def box(play: Playing, closed: Closed) -> None:
    """As many ballots as those who answered, and everybody who answered is counted."""
    if closed.unopened or closed.opened != closed.own + closed.sheets:
        raise BrokenPromise(f"{closed.opened} svarssedlar, men {closed.own} + {closed.sheets} väntade")
    if closed.answered != len(play.answered):
        raise BrokenPromise(f"{closed.answered} räknade svar, men {len(play.answered)} har svarat")
