"""Six months after the closing nothing of a survey leads to anybody: what was answered under names, who was asked, who
answered, letters, calls and codes are gone. The numbers stand (surveys/kept.py), and so does the urn.

Takes   a connection inside a transaction; a survey as it was approved; the association's day, its zone and its groups.
Gives   whether it was done.
Fails   never: while a mail of it is on its way it is not done, and the caller comes again.

All of it is one transaction: killed anywhere, the survey is whole or its people are gone from it. What is deleted is
overwritten in SQLite's file (secure_delete); its log is emptied by the caller (db.scrub). Backups keep it until they
are thrown away. (GDPR article 5(1)(e).)
"""

import calendar
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from mailer.db import Database
from mailer.feedback.store_notes import reply_name
from mailer.feedback.tables import consequences, received
from mailer.outbox.states import Delivery, mailing_step
from mailer.outbox.store import control, notices
from mailer.outbox.tables import attempts, deliveries, mailings, picks
from mailer.register.segment import Segment
from mailer.register.tables import accesses
from mailer.surveys import kept
from mailer.surveys.answers import answering
from mailer.surveys.box import results
from mailer.surveys.box.tables import responses
from mailer.surveys.field.tables import (
    call_sheet_lines,
    call_sheets,
    contact_attempts,
    holds,
    paper_sheets,
    passes,
    proposals,
    put_backs,
)
from mailer.surveys.following import tasks
from mailer.surveys.following.tables import follow_ups
from mailer.surveys.freezing import figures
from mailer.surveys.goal.in_words import may_be_shown
from mailer.surveys.goal.standing import standing
from mailer.surveys.kept import Followed, Kept, OfStep, OnOne, People, Removed
from mailer.surveys.posting.tables import letter_runs, letters
from mailer.surveys.states import Invitation, Survey, ask_step, invitation_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, channel_stops, invitations, surveys

MONTHS = 6
ON_ITS_WAY = (Delivery.CLAIMED, Delivery.OFFERED)
_HOW = re.compile(r" \([^()]*\)$")  # after who saw her: at what, or by which of the machine's accounts
READ = ("answers", "follow", "untouched")  # of a survey, by name: ”survey answers KEY”
BUNCH = 500  # rows in one statement
SEEN = "survey"  # all that the list of accesses says afterwards: that she was seen, not that she had answered
# What hangs on an invitation, on a run or a sheet of the survey, and on the survey itself: in the order they may go.
_OF_INVITATION = (holds, put_backs, proposals, follow_ups, responses, contact_attempts, channel_stops, asks)
_OF_SURVEY = (letter_runs, call_sheets, passes, paper_sheets)


def erase_day(closes: date) -> date:
    """The same day of the month six months after the last day it was open, or that month's last day."""
    year, month = divmod(closes.year * 12 + closes.month - 1 + MONTHS, 12)
    return date(year, month + 1, min(closes.day, calendar.monthrange(year, month + 1)[1]))


def is_erased(connection: Connection, survey: int) -> bool:
    """Whether it is done."""
    return connection.execute(select(surveys.c.erased_at).where(surveys.c.id == survey)).scalar_one() is not None


def left(connection: Connection) -> tuple[int, ...]:
    """The surveys that still know anything of people, by number. One that was never approved has asked nobody."""
    s = surveys.c
    query = select(s.id).where(s.erased_at.is_(None), s.state != Survey.PREPARED).order_by(s.id)
    return tuple(connection.execute(query).scalars())


def erase(
    connection: Connection,
    db: Database,
    survey: Surveyed,
    zone: ZoneInfo,
    today: date,
    now: datetime,
    groups: Sequence[Segment] = (),
) -> bool:
    """Keep the numbers, and erase the people. False: a mail of it is before a server at this moment; what else was to
    go of its mailings is taken back."""
    db.last_look(connection, wish=True)
    if is_erased(connection, survey.number):
        return True
    if not _nothing_on_its_way(connection, db, survey.number, now):
        return False
    results.freeze(connection, survey)
    kept.write(connection, survey.number, _kept(connection, survey, zone, today, groups))
    _forget_mails(connection, survey.number, now)
    _forget_seen(connection, survey)
    _delete_rows(connection, survey.number)
    _cut_invitations(connection, survey.number)
    done = update(surveys).where(surveys.c.id == survey.number).values(erased_at=now, scrubbed_at=None)
    connection.execute(done)
    return True


def of_box(connection: Connection, survey: int) -> tuple[int, int, int]:
    """(how many have answered, of them with a ballot of their own, sheets typed from inner envelopes)."""
    if found := kept.read(connection, survey):
        return found.box
    i, p = invitations.c, paper_sheets.c
    answered = select(func.count()).where(i.survey_id == survey, i.state == Invitation.ANSWERED)
    with_none = (answering.MAIL, answering.PAPER)
    own = connection.execute(answered.where(i.through.not_in(with_none))).scalar_one()
    sheets = connection.execute(select(func.coalesce(func.sum(p.number), 0)).where(p.survey_id == survey))
    return int(connection.execute(answered).scalar_one()), int(own), int(sheets.scalar_one())


def steps(connection: Connection, survey: int) -> tuple[OfStep, ...]:
    """How many were in each state of each step of the plan."""
    if found := kept.read(connection, survey):
        return found.steps
    a, i = asks.c, invitations.c
    query = select(a.step, a.state, a.reason, func.count()).join(invitations, i.id == a.invitation_id)
    rows = connection.execute(query.where(i.survey_id == survey).group_by(a.step, a.state, a.reason))
    return tuple(OfStep(*row) for row in sorted(rows, key=lambda row: (row[0], row[1], row[2] or "")))


def followed(connection: Connection, survey: int, today: date) -> tasks.Counted:
    """How it stands, or stood, with those who wanted to be active."""
    if found := kept.read(connection, survey):
        of = found.followed
        return tasks.Counted(of.open, of.late, of.done, of.dropped)
    return tasks.count(connection, survey, today)


def _kept(
    connection: Connection, survey: Surveyed, zone: ZoneInfo, today: date, groups: Sequence[Segment]
) -> Kept:  # fmt: skip
    f, number = figures(connection, survey), survey.number
    removed = tuple(Removed(why, many) for why, many in sorted(f.removed.items()))
    people = People(f.frozen, removed, f.answered, f.begun, f.declined, f.stopped, f.contacted, f.later,
                    f.later_answered, f.today, f.today_answered)  # fmt: skip
    turnout = results.turnout(connection, number)
    t = tasks.count(connection, number, today)
    stands = standing(connection, survey, zone, today, groups)
    return Kept(
        people,
        tuple(OnOne(day, through, many) for (day, through), many in turnout.items()),
        tuple(_ended(one) for one in steps(connection, number)),
        of_box(connection, number),
        Followed(t.open, t.late, t.done, t.dropped),
        replace(stands, segments=may_be_shown(stands.segments)),  # of a group of four a number tells of each
    )


def _ended(step: OfStep) -> OfStep:
    """What was planned still happens to nobody."""
    before, after = ask_step("stop")
    return replace(step, state=after) if step.state in before else step


def _nothing_on_its_way(connection: Connection, db: Database, survey: int, now: datetime) -> bool:
    m, d = mailings.c, deliveries.c
    open_ = select(m.id).where(m.survey_id == survey, m.state.in_(mailing_step("withdraw")[0]))
    for number in connection.execute(open_).scalars().all():
        control.withdraw(connection, db, number, "enkätens uppgifter om personer är raderade", now)
    of_survey = select(m.id).where(m.survey_id == survey)
    query = select(d.id).where(d.mailing_id.in_(of_survey), d.state.in_(ON_ITS_WAY)).limit(1)
    return connection.execute(query).first() is None


def _forget_mails(connection: Connection, survey: int, now: datetime) -> None:
    """Who got a reminder had not answered: deliveries are nobody's, and what came back belongs to none. The states of
    the deliveries stand, so that the balances close."""
    d, r, n = deliveries.c, received.c, consequences.c
    of_survey = select(mailings.c.id).where(mailings.c.survey_id == survey)
    sent = select(d.id).where(d.mailing_id.in_(of_survey))
    for number in connection.execute(select(r.id).where(r.delivery_id.in_(sent), r.text.is_not(None))).scalars().all():
        notices.unsay(connection, reply_name(number), now)
    _forget_receipts(connection, survey, now)
    nothing = {"delivery_id": None, "contact_id": None, "text": None, "subject": None, "from_address": None}
    connection.execute(update(received).where(r.delivery_id.in_(sent)).values(**nothing))
    told = update(consequences).where(n.delivery_id.in_(sent) | n.mailing_id.in_(of_survey))
    connection.execute(told.values(delivery_id=None, mailing_id=None))
    connection.execute(update(attempts).where(attempts.c.delivery_id.in_(sent)).values(text=""))
    connection.execute(delete(picks).where(picks.c.mailing_id.in_(of_survey)))
    cut = update(deliveries).where(d.mailing_id.in_(of_survey))
    connection.execute(cut.values(contact_id=None, reply_text=None))


def _forget_receipts(connection: Connection, survey: int, now: datetime) -> None:
    """The notices to members about what they had answered by mail, and to helpers with the link of an evening: their
    names and addresses say who it was."""
    i, p, b, m, d = invitations.c, proposals.c, passes.c, mailings.c, deliveries.c
    hers = select(i.id).where(i.survey_id == survey)
    things = {f"enkätsvar/anonym/{one}" for one in connection.execute(hers).scalars()}
    read = select(p.id).where(p.invitation_id.in_(hers))
    things |= {f"enkätsvar/sparat/{one}" for one in connection.execute(read).scalars()}
    evenings = select(b.id).where(b.survey_id == survey)
    things |= {f"pass/{one}" for one in connection.execute(evenings).scalars()}
    begins = f"systemmejl/{notices.TO_MEMBERS}/"
    to_members = select(m.id, m.name).where(m.name.startswith(begins, autoescape=True))
    for number, name in connection.execute(to_members).all():
        thing = name.removeprefix(begins).rpartition("/")[0]
        if thing in things:
            notices.unsay(connection, f"{notices.TO_MEMBERS}/{thing}", now)
            connection.execute(update(mailings).where(m.id == number).values(name=f"systemmejl/raderat/{number}"))
            blank = {"address": None, "address_key": None, "reply_text": None}
            connection.execute(update(deliveries).where(d.mailing_id == number).values(**blank))


def _forget_seen(connection: Connection, survey: Surveyed) -> None:
    """That staff have seen a person stays in the list of accesses; that it was her answer, or her call, does not. Nor
    at which moment, and how often: all who were seen when the answers were read had answered, and nobody who was seen
    when the last letter was printed. For each who saw her one row is left, of the closing."""
    a, i = accesses.c, invitations.c
    people = select(i.contact_id).where(i.survey_id == survey.number, i.contact_id.is_not(None))
    named = [f"survey {verb} {survey.key}" for verb in READ]
    of_surveys = or_(*(a.what.startswith(word) for word in ("survey", "caller", "paper", "letter")))
    keys = connection.execute(select(surveys.c.key).where(surveys.c.id != survey.number)).scalars()
    others = [f"survey {verb} {key}" for key in keys for verb in READ]
    during = and_(a.at >= survey.opens_at, a.contact_id.in_(people), of_surveys, a.what.not_in(others))
    during = or_(during, a.what.in_(named))  # also of one who is forgotten, and from before the opening
    rows = connection.execute(select(a.contact_id, a.who).where(during).distinct()).all()
    # Entered anew, in the order of the contacts: the numbers of the rows would tell what was seen together.
    seen = sorted({(contact or 0, _HOW.sub("", who)) for contact, who in rows})
    connection.execute(delete(accesses).where(during))
    values = [
        {"at": survey.closes_at, "who": who, "what": SEEN, "contact_id": contact or None} for contact, who in seen
    ]
    for begins in range(0, len(values), BUNCH):
        connection.execute(insert(accesses), values[begins : begins + BUNCH])


def _delete_rows(connection: Connection, survey: int) -> None:
    hers = select(invitations.c.id).where(invitations.c.survey_id == survey)
    runs = select(letter_runs.c.id).where(letter_runs.c.survey_id == survey)
    sheets = select(call_sheets.c.id).where(call_sheets.c.survey_id == survey)
    evenings = select(passes.c.id).where(passes.c.survey_id == survey)
    _delete(connection, letters, letters.c.run_id.in_(runs) | letters.c.invitation_id.in_(hers))
    _delete(connection, call_sheet_lines, call_sheet_lines.c.sheet_id.in_(sheets))
    for table in (holds, put_backs):
        _delete(connection, table, table.c.pass_id.in_(evenings))
    for table in _OF_INVITATION:
        _delete(connection, table, table.c.invitation_id.in_(hers))
    for table in _OF_SURVEY:
        _delete(connection, table, table.c.survey_id == survey)


def _delete(connection: Connection, table: Table, which: ColumnElement[bool]) -> None:
    connection.execute(delete(table).where(which))


def _cut_invitations(connection: Connection, survey: int) -> None:
    """That there were so many stays; whose each was, her code, and what became of it do not."""
    before, after = invitation_step("erase")
    i = invitations.c
    nobodys = literal("erased-") + cast(i.id, String)
    blank = {"contact_id": None, "version": 0, "reason": None, "answered_on": None, "declined_on": None,
             "through": None}  # fmt: skip
    cut = update(invitations).where(i.survey_id == survey, i.state.in_(before))
    connection.execute(cut.values(state=after, code_key=nobodys, **blank))
