"""survey follow, followed: who wants to be active, read by whoever is to get in touch, and what became of it.

Takes   the opened house; a survey's key; whose tasks; the number of a task or the member it is about.
Gives   lines to print. That names were read is recorded, of each member.
Fails   EditorError when nobody is meant, the task is somebody else's, or it is not in a state for it.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from mailer import maillog, words
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store as register
from mailer.settings import Person
from mailer.surveys import store
from mailer.surveys.following import tasks
from mailer.surveys.following.tasks import Counted, Task
from mailer.surveys.states import FollowUp
from mailer.surveys.store import Surveyed
from mailer.verbs.people import person
from mailer.verbs.say import say
from mailer.verbs.surveys import owners, signed
from mailer.verbs.surveys.kept import kept


def follow(house: House, key: str, as_name: str, everybody: bool = False) -> list[str]:
    """Her tasks, the most urgent first; with `everybody` all there are. Recorded before it is shown."""
    who = person(house.settings, as_name, "approver", "administrator") if everybody else _one(house, as_name)
    only = kept(house, key).number if key else None

    def look(connection: Connection) -> tuple[list[tuple[Surveyed, list[str]]], int]:
        waiting = tasks.all_open(connection, only)
        mine = [task for task in waiting if everybody or _is_of(house, task, who)]
        surveys = [one for one in store.all_surveys(connection) if one.number in {task.survey for task in mine}]
        shown = [(one, _shown(house, connection, one, [t for t in mine if t.survey == one.number], who))
                 for one in surveys]  # fmt: skip
        return shown, len(waiting) - len(mine)

    found, others = house.db.write(look)
    if not found:
        there = f" {words.count(others, 'person', 'personer')} väntar på andra: lägg till --all." if others else ""
        return [f"Ingen väntar på att {who.name} hör av sig.{there}"]
    command = house.command("survey followed")
    return [
        *(line for survey, lines in found for line in (survey.questionnaire.title.sv, "", *lines)),
        f'När du har talat med någon: {command} NR --as "{who.name}"',
        "Vill medlemmen inte längre: lägg till --no. Ska någon annan ta över: --to NAMN",
    ]


def followed(
    house: House, word: str, as_name: str, no: bool = False, to: str = "", undo: bool = False
) -> list[str]:  # fmt: skip
    """What became of one: spoken with; `no`: she does not want it; `to`: another takes over; `undo`: a mistake."""
    who = _one(house, as_name)
    heir = _one(house, to) if to else None
    event = "handed" if heir else "reopened" if undo else "not_wanted" if no else "contacted"

    def work(connection: Connection) -> tuple[Task, int]:
        house.db.last_look(connection, wish=True)
        task = _meant(connection, word, undo)
        _require_hers(house, task, who)
        if not _step(house, connection, task, who, event, heir):
            raise _not_now(task, event)
        rest = [one for one in tasks.all_open(connection) if _is_of(house, one, who)]
        return task, len(rest)

    task, left = house.db.write(work)
    maillog.followed(task.number, event)
    if heir is not None:
        _tell_heir(house, task, heir, who)
    return [f"Nr {task.number}: {_said(event, heir)}", _left(left, who)]


def status_lines(counted: Counted, key: str, is_erased: bool = False) -> list[str]:
    """For `survey status`: how many, without names. Nothing when nobody has asked for it."""
    if not any((counted.open, counted.done, counted.dropped)):
        return []
    done = words.count(counted.done, "är kontaktad", "är kontaktade")
    if is_erased:  # nothing leads to them any more
        return [f"Ville bli aktiva: {done}, {counted.open} hörde ingen av sig till."]
    those = "" if counted.open == 1 else "alla " if counted.late == counted.open else f"{counted.late} av dem "
    late = f", {those}längre än 14 dagar" if counted.late else ""
    out = [f"Vill bli aktiva: {counted.open} väntar på att någon hör av sig{late}; {done}."]
    return [*out, f"  Läs vilka: mailer survey follow {key} --as NAMN"] if counted.open else out


def _shown(
    house: House, connection: Connection, survey: Surveyed, mine: Sequence[Task], who: Person
) -> list[str]:  # fmt: skip
    contacts = [task.contact for task in mine if task.contact is not None]
    people = {one.contact: one for one in signed.of_members(connection, survey, contacts)}
    asked, today = signed.asked_words(survey), house.here().date()
    out = []
    for task in mine:
        if task.contact is None or (one := people.get(task.contact)) is None:
            continue
        register.record_access(connection, who.name, f"survey follow {survey.key}", task.contact, house.clock.now())
        named = ", ".join(part for part in (one.name, one.number and f"nr {one.number}") if part)
        out += [f"{task.number}  {named}  ({_when(task, today)})"]
        out += [f"    {', '.join(part for part in (one.phone, one.address) if part) or 'Varken telefon eller e-post.'}"]
        out += [f"    {words_} {said}" for words_, said in zip(asked, one.answers, strict=True) if said]
        out += [f"    Ska höra av sig: {task.owner}"] if not _is_of(house, task, who) else []
        out += [""]
    return out


def _when(task: Task, today: date) -> str:
    last = words.day(task.due_on)
    return f"skulle ha skett senast {last}" if task.is_late(today) else f"senast {last}"


def _meant(connection: Connection, word: str, undo: bool) -> Task:
    """By the task's number, or the member's; of a member's several the open ones."""
    of_number = tasks.read(connection, int(word)) if word.isascii() and word.isdigit() and len(word) < 16 else None
    contacts = register.find_contacts(connection, word.strip())
    of_members = [task for contact in contacts for task in tasks.of_contact(connection, contact)]
    wanted = [task for task in of_members if (task.state == FollowUp.OPEN) != undo] or of_members
    found = {task.number: task for task in (*([of_number] if of_number else []), *wanted)}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        remedy = "Skriv # och kontaktens id för att mena en medlem. Se: mailer survey follow --as NAMN"
        numbers = words.listing([str(number) for number in sorted(found)], "eller")
        raise EditorError(Problem(word[:64], f"kan vara nr {numbers}.", remedy))
    raise EditorError(Problem(word[:64], "är ingen som ska kontaktas.", "Se: mailer survey follow --as NAMN"))


def _step(
    house: House, connection: Connection, task: Task, who: Person, event: str, heir: Person | None
) -> bool:  # fmt: skip
    now = house.clock.now()
    if heir is not None:
        return tasks.hand_over(connection, [task.number], heir.name) > 0
    does = {"contacted": tasks.contacted, "not_wanted": tasks.not_wanted, "reopened": tasks.reopen}[event]
    return does(connection, task.number, who.name, now)


def _not_now(task: Task, event: str) -> EditorError:
    states = {FollowUp.OPEN: "väntar redan", FollowUp.DONE: "är redan kontaktad", FollowUp.DROPPED: "är avslutad"}
    what = f"{states[FollowUp(task.state)]}."
    if event == "handed" and task.state == FollowUp.OPEN:
        what = f"ligger redan hos {task.owner}."
    remedy = "Var det fel? Lägg till --undo." if task.state != FollowUp.OPEN and event != "reopened" else ""
    return EditorError(Problem(f"nr {task.number}", what, remedy or "Ingenting är ändrat."))


def _said(event: str, heir: Person | None) -> str:
    return {
        "contacted": "antecknat att medlemmen är kontaktad.",
        "not_wanted": "antecknat att medlemmen inte vill längre.",
        "reopened": "väntar igen på att någon hör av sig.",
        "handed": f"ligger nu hos {heir.name if heir else ''}, som har fått ett mejl om det.",
    }[event]


def _left(number: int, who: Person) -> str:
    if not number:
        return f"Ingen mer väntar på att {who.name} hör av sig."
    return f'{words.count(number, "person", "personer")} kvar: mailer survey follow --as "{who.name}"'


def _is_of(house: House, task: Task, who: Person) -> bool:
    """Whether it is hers. What is nobody's is the first administrator's, until the clock has written it down."""
    mine = owners.find(house.settings, task.owner)
    return mine == who or (mine is None and owners.administrators(house.settings)[:1] == (who,))


def _require_hers(house: House, task: Task, who: Person) -> None:
    if _is_of(house, task, who) or {"approver", "administrator"} & set(who.roles):
        return
    remedy = "Den som har uppgiften, en godkännare eller en administratör kan ändra den."
    raise EditorError(Problem(f"nr {task.number}", f"ligger hos {task.owner or 'ingen än'}.", remedy))


def _one(house: House, name: str) -> Person:
    """One of [[people]], whatever her roles: only she is told who answered what."""
    if found := owners.find(house.settings, name):
        return found
    there = ", ".join(one.name for one in house.settings.people) or "ingen"
    raise EditorError(Problem(name[:64], "finns inte i inställningarna.", f"De som finns under [[people]]: {there}."))


def _tell_heir(house: House, task: Task, heir: Person, who: Person) -> None:
    survey = house.db.read(lambda c: store.read(c, task.survey))
    say(
        house, f"uppföljning/{survey.key}/över/{task.number}/{house.clock.now():%Y%m%d%H%M%S}", [heir],
        "follow_handed", title=survey.questionnaire.title.sv, giver=who.name, due=words.day(task.due_on),
        command=house.command(f'survey follow {survey.key} --as "{heir.name}"'),
    )  # fmt: skip
