"""letters pull: what is to be taken out of the stack before it is carried to the letter box.

Takes   the opened house; which survey, which run; who has taken them out.
Gives   the lines, envelope by envelope. That names were seen is recorded.
Fails   EditorError when there is no such run.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from mailer import words as swedish
from mailer.house import House
from mailer.register import store as register
from mailer.surveys.posting import pulling
from mailer.surveys.posting.pulling import WORDS, Judged, Pull, Waiting
from mailer.surveys.store import Surveyed
from mailer.verbs.letters import files, which
from mailer.verbs.people import person
from mailer.verbs.surveys.days import calendar_of


def pull(house: House, words: Sequence[str], name: str = "", done: bool = False) -> list[str]:
    """What to take out, now. `done`: the person of that name has done it."""
    by = person(house.settings, name, "editor", "approver", "administrator").name if done else ""
    meant = which.survey(house, words)
    run = which.step_or_run(house, words).run if meant.rest else 0
    survey = meant.survey

    def work(connection: Connection) -> Judged:
        if done:
            house.db.last_look(connection, wish=True)
        calendar, now = calendar_of(house, connection, survey.questionnaire, survey.plan), house.clock.now()
        judge = pulling.pull if done else pulling.to_pull
        found = judge(connection, survey, calendar, now, run)
        who = f"{by} ({house.os_user})" if by else house.os_user
        seen(connection, who, "letters: pull", [*found.pulls, *found.waiting], house)
        return found

    found = house.db.write(work)
    if done:
        files.remove_done(house, survey)
    return lines(house, survey, found, done, run)


def seen(connection: Connection, who: str, what: str, some: Iterable[Pull | Waiting], house: House) -> None:
    """Whose names were shown, person by person."""
    shown = list(some)
    contacts = {one.sheet.contact for one in shown if one.sheet.contact is not None}
    beside = {contact for one in shown if isinstance(one, Pull) for contact in one.beside}
    for contact in sorted(contacts | beside):
        register.record_access(connection, who, what, contact, house.clock.now())


def lines(house: House, survey: Surveyed, found: Judged, done: bool, run: int = 0) -> list[str]:
    """What the one with the stack before her reads."""
    if not (found.going or found.pulls or found.waiting):
        return ["Inga brev ligger utskrivna och väntar på att postas.",
                f"Skriv ut dem som ska gå: mailer letters print {survey.key} STEG --as NAMN"]  # fmt: skip
    pulled, late = pull_lines(found.pulls), waiting_lines(house, found.waiting)
    out = (["Ta ut:", *pulled] if pulled else ["Inget behöver tas ut."]) if not done else ["Uttaget:", *pulled]
    out = ["Inget behövde tas ut."] if done and not pulled else out
    out += ["", "Ska vänta (hela kuvertet):", *late] if late else []
    envelopes = len({(sheet.run, sheet.envelope) for sheet in found.going})
    if done and pulled:
        out.append("Riv det uttagna: där står namn och koder.")
    out += ["", f"{swedish.count(envelopes, 'kuvert kan postas', 'kuvert kan postas')} i dag."]
    numbers = sorted({sheet.run for sheet in (*found.going, *(one.sheet for one in found.waiting))})
    if not done and found.pulls:
        of_run = f" {run}" if run else ""
        out.append(f"När du har tagit ut dem: mailer letters pull {survey.key}{of_run} --done --as NAMN")
    out += [f"När de är postade: mailer letters posted {survey.key} {number} --as NAMN" for number in numbers]
    return out


def pull_lines(pulls: Sequence[Pull]) -> list[str]:
    """Envelope by envelope: the whole of it, or some sheets."""
    many = len({one.sheet.run for one in pulls}) > 1
    at: dict[tuple[int, int], list[Pull]] = {}
    for one in pulls:
        at.setdefault((one.sheet.run, one.sheet.envelope), []).append(one)
    out = []
    for (run, envelope), some in at.items():
        where = f"Kuvert {run}/{envelope}" if many else f"Kuvert {envelope}"
        why = "; ".join(f"{one.name or 'en medlem'} {WORDS.get(one.reason, one.reason)}" for one in some)
        if some[0].is_whole:
            what = "Ta ut hela kuvertet." if some[0].sheet.together > 1 else "Ta ut kuvertet."
            out.append(f"  {where}: {why}. {what}")
            continue
        whose = swedish.listing([one.name or "en medlem som är raderad" for one in some])
        out.append(f"  {where}: {why}. Ta ut brevet till {whose}; {swedish.listing(some[0].stays)} ska ha sitt.")
    return out


def waiting_lines(house: House, waiting: Sequence[Waiting]) -> list[str]:
    """Who has to wait, why, and until which day."""
    many = len({one.sheet.run for one in waiting}) > 1
    out = []
    for one in waiting:
        where = f"Kuvert {one.sheet.run}/{one.sheet.envelope}" if many else f"Kuvert {one.sheet.envelope}"
        until = "till " + swedish.day(one.first.astimezone(house.zone).date()) if one.first else "– ingen dag är kvar"
        out.append(f"  {where}: {one.name} – {WORDS[one.reason]}. Vänta {until}.")
    return out
