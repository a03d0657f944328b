"""survey stop, its undo, withdraw: what a person says about those who are asked.

Takes   the opened house, which survey, whom, why, and who says so.
Gives   the lines of what was done.
Fails   EditorError when nobody is meant, the reason is none of the list, or the state does not allow it.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select, update

from mailer import maillog, words
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.states import mailing_step
from mailer.outbox.store import control
from mailer.outbox.tables import mailings, picks
from mailer.register import store as register
from mailer.surveys import invitations, store
from mailer.surveys.box import store as box
from mailer.surveys.following import tasks
from mailer.surveys.invitations import REMOVED
from mailer.surveys.states import Invitation, Survey, ask_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks
from mailer.surveys.tables import invitations as table
from mailer.verbs.people import person
from mailer.verbs.surveys import ask, close
from mailer.verbs.surveys.key import unconfirmed

# What a person types -> what is kept. The first two stay in the denominator; the last three never belonged there.
BECAUSE: Mapping[str, str] = {
    "avliden": "died",
    "vill-inte": "objected",
    "avliden-före": "died_before",
    "aldrig-medlem": "never_member",
    "dubblett": "duplicate",
}


def find(house: House, key: str) -> Surveyed:
    """The survey of that key, or the only one that lives. EditorError when it has never been approved."""

    def look(connection: Connection) -> Surveyed:
        kept = store.all_surveys(connection)
        live = [s for s in kept if s.state in store.LIVE]
        found = next((s for s in kept if s.key == key), None) if key else live[0] if len(live) == 1 else None
        if found is None:
            raise EditorError(_not_found(key, kept, live))
        return found

    return house.db.read(look)


def _not_found(key: str, kept: Sequence[Surveyed], live: Sequence[Surveyed]) -> Problem:
    """None of that name, several, or none at all: three different things to do."""
    if not key and live:
        return Problem("mailer survey", "vilken enkät? Det finns flera.", f"Skriv en av {_keys(live)}.")
    if not kept:
        return Problem(key or "mailer survey", "ingen enkät är godkänd än.", "Börja med: mailer survey approve")
    return Problem(key or "mailer survey", "finns inte bland de godkända enkäterna.", f"De som finns: {_keys(kept)}.")


def _keys(some: Sequence[Surveyed]) -> str:
    return ", ".join(survey.key for survey in some)


def stop(house: House, key: str, who: str, because: str, name: str) -> list[str]:
    """She is not asked any more; with the last three reasons she is out of the denominator too."""
    by = person(house.settings, name, "editor", "approver", "administrator")
    if because not in BECAUSE:
        raise EditorError(Problem(because, "är inget av skälen.", f"Skriv ett av: {', '.join(BECAUSE)}."))
    survey, why = find(house, key), BECAUSE[because]
    removed = why if why in REMOVED else ""

    def work(connection: Connection) -> list[str]:
        house.db.last_look(connection, wish=True)
        contact = register.find_contact(connection, who)
        t = table.c
        query = select(t.id, t.state).where(t.survey_id == survey.number, t.contact_id == contact)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise EditorError(Problem(who, "är inte inbjuden till enkäten.", "Bara den som är medlem är det."))
        now = house.clock.now()
        register.record_access(connection, f"{by.name} ({house.os_user})", f"survey: {because}", contact, now)
        done = invitations.stop(connection, house.db, row.id, "removed" if removed else why, now, removed)
        tasks.stop(connection, row.id, now)  # nobody calls her, of what she said before either
        if row.state == Invitation.ANSWERED and not removed:
            return [f"#{contact} har redan svarat och får inga fler frågor om enkäten."]
        out = [f"#{contact} får inga fler frågor om enkäten."]
        out = out if done else [f"#{contact} skulle inte få några fler frågor."]
        return [*out, "Personen räknas inte med bland medlemmarna på avstämningsdagen."] if removed else out

    said = house.db.write(work)
    maillog.survey_stopped(survey.key, why)
    return said


def undo(house: House, key: str, who: str, name: str) -> list[str]:
    """The stop was a mistake, or whoever answered the telephone was: she is asked again, from now on."""
    by = person(house.settings, name, "editor", "approver", "administrator")
    survey = find(house, key)

    def work(connection: Connection) -> list[str]:
        house.db.last_look(connection, wish=True)
        contact, t, now = register.find_contact(connection, who), table.c, house.clock.now()
        query = select(t.id, t.state, t.removed).where(t.survey_id == survey.number, t.contact_id == contact)
        row = connection.execute(query).one_or_none()
        if row is None or (row.state != Invitation.STOPPED and row.removed is None):
            raise EditorError(Problem(who, "är inte stoppad i enkäten.", "Det finns inget att ta tillbaka."))
        if register.is_resigned(connection, contact):
            remedy = "Är det fel, så läs in medlemmarna igen; då frågas personen av sig själv."
            raise EditorError(Problem(who, "har lämnat föreningen, enligt registret.", remedy))
        register.record_access(connection, f"{by.name} ({house.os_user})", "survey: undo", contact, now)
        connection.execute(update(table).where(t.id == row.id).values(removed=None))
        invitations.resume(connection, house.db, row.id, now)
        if store.read(connection, survey.number).state == Survey.APPROVED:
            ask.draw_up(house, connection, survey, [row.id])
        return _taken_back(connection, row.id, contact, row.removed is not None)

    said = house.db.write(work)
    maillog.survey_stopped(survey.key, "undo")
    return said


def _taken_back(connection: Connection, number: int, contact: int, was_removed: bool) -> list[str]:
    state = connection.execute(select(table.c.state).where(table.c.id == number)).scalar_one()
    now_is = {
        Invitation.ANSWERED: "har svarat, och det räknas.",
        Invitation.DECLINED: "hade avböjt innan dess och får inga frågor.",
    }
    out = [f"#{contact} {now_is.get(state, 'får frågor om enkäten igen: de steg som är kvar.')}"]
    return [*out, "Personen räknas med bland medlemmarna igen."] if was_removed else out


def withdraw(house: House, key: str, name: str, because: str) -> list[str]:
    """Nobody is asked anything more: the plan ends, what is on its way is taken back, and the ballots are thrown away
    unopened: they can never be counted, and as long as there is a key they could be read."""
    by = person(house.settings, name, "approver", "administrator")
    survey = find(house, key)

    def work(connection: Connection) -> tuple[int, int]:
        house.db.last_look(connection, wish=True)
        store.step(connection, survey.number, "withdraw")
        thrown = box.empty(connection, survey.number)
        now, m = house.clock.now(), mailings.c
        open_ = select(m.id).where(m.survey_id == survey.number, m.state.in_(mailing_step("withdraw")[0]))
        numbers = connection.execute(open_).scalars().all()
        why = f"stoppat av {by.name}: {because}"[:200]
        taken = sum(control.withdraw(connection, house.db, number, why, now) for number in numbers)
        of_survey = select(m.id).where(m.survey_id == survey.number)  # nor what a person would send once more
        connection.execute(
            update(picks).where(picks.c.mailing_id.in_(of_survey), picks.c.over.is_(None)).values(over="withdrawn")
        )
        before, after = ask_step("stop")
        hers = select(table.c.id).where(table.c.survey_id == survey.number)
        rest = update(asks).where(asks.c.invitation_id.in_(hers), asks.c.state.in_(before))
        connection.execute(rest.values(state=after, reason="withdrawn"))
        return taken, thrown

    taken, thrown = house.db.write(work)
    close.clean_up(house)  # when others read all the while, the clock does it
    maillog.survey_stopped(survey.key, "withdrawn")
    mails = words.count(taken, "mejl som inte hade gått", "mejl som inte hade gått")
    lines = [f"{survey.questionnaire.title.sv} är stoppad; {mails} togs tillbaka.",
             "Den går inte att svara på längre. De svar som har kommit med namn ligger kvar."]  # fmt: skip
    if survey.public_key is None:
        return lines
    ballots = words.count(thrown, "förseglad svarssedel är raderad, oöppnad", "förseglade svarssedlar är raderade, "
                          "oöppnade")  # fmt: skip
    lines.append(f"{ballots}. I äldre säkerhetskopior ligger de kvar: kopiorna av nyckeln ska förstöras nu.")
    officers = house.db.read(lambda c: unconfirmed(c, survey.number))
    return [*lines, *(f'    mailer survey destroyed {survey.key} --as "{name}"' for name in officers)]
