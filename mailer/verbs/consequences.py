"""What has come back, and what it changed: done by the clock, told to those it concerns, seen and taken back by people.

Takes   the opened house; a contact; the number of a consequence and the name of the one who takes it back.
Gives   notices in the outbox, each said once; lines to print.
Fails   EditorError when nobody is meant, or the consequence cannot be taken back.
"""

import shlex
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy import Connection

from mailer import words
from mailer.address import Address, parse_address
from mailer.content.markdown import wrong_link
from mailer.feedback import ours, store_sweep, store_telling, store_undo
from mailer.feedback.store_notes import reply_name
from mailer.house import House
from mailer.languages import language_of
from mailer.languages import say as in_language
from mailer.outbox.store import notices
from mailer.register import store as register
from mailer.render.notice import render_notice
from mailer.render.rendering import Rendering
from mailer.render.templates import open_templates
from mailer.settings import Person
from mailer.verbs import people, waves
from mailer.verbs.consequence_words import in_words, line, noun
from mailer.verbs.say import digest, say
from mailer.verbs.surveys import replies

LOOK_BACK = timedelta(days=30)  # in which mails that changed nothing are counted


def keep(house: House) -> None:
    """The clock's part: what time and the relay's refusals do, then what people are to be told."""
    now = house.clock.now()
    if house.db.read(lambda c: store_sweep.is_anything_due(c, now)):
        while house.db.write(lambda c: store_sweep.count_refusals(house.db, c, house.zone, now)):
            pass
        house.db.write(lambda c: store_sweep.count_successes(house.db, c, now))
        house.db.write(lambda c: store_sweep.end_questions(house.db, c, now))
        house.db.write(lambda c: store_sweep.purge(c, now))
    waves.look(house)
    replies.propose(house)  # before words are handed over: what answers a survey is read by whoever has the register
    if house.db.read(lambda c: store_telling.is_anything_to_tell(c, now)):
        tell(house)


def tell(house: House) -> None:
    """Hand over replies, put questions, give alarms."""
    now = house.clock.now()
    for reply in house.db.read(store_telling.replies):
        _hand_over(house, reply)
    for question in house.db.read(lambda c: store_telling.questions(c, now)):
        _ask(house, question)
    for alarm in house.db.read(store_telling.alarms):
        _alarm(house, alarm)


def trace(house: House, who: str = "") -> list[str]:
    """What has come back and what it changed, for one person, or the newest of all. The look is recorded."""
    now = house.clock.now()

    def look(connection: Connection) -> list[str]:
        contact = register.find_contact(connection, who) if who else None
        register.record_access(connection, house.os_user, "trace", contact, now)
        rows = store_telling.latest(connection, contact=contact)
        out = [line(row, house.zone, with_contact=contact is None) for row in rows]
        counted = store_telling.ignored(connection, now - LOOK_BACK, contact)
        out += [in_words(kind, why, number) for (kind, why), number in sorted(counted.items())]
        if any(row.undone_at is None and store_undo.can_be(row.what) for row in rows):
            out.append(f"Ta tillbaka en händelse: {house.command('undo NUMMER --as NAMN')}")
        return out or ["Inget har kommit tillbaka."]

    return house.db.write(look)


def undo(house: House, number: int, name: str) -> list[str]:
    """Take one consequence back."""
    person = people.person(house.settings, name, "administrator")
    now = house.clock.now()

    def work(connection: Connection) -> list[str]:
        rows = store_undo.undo(house.db, connection, number, person.name, now)
        out = [f"Händelse {row.id} ({_named(connection, row)}) är tagen tillbaka." for row in rows]
        for row in store_undo.standing(connection, number):
            again = house.command(f"undo {row.id} --as {shlex.quote(person.name)}")
            out.append(f"Händelse {row.id} ({_named(connection, row)}) gäller ännu: {again}")
        return out

    return [*house.db.write(work), f"Se hur det står: {house.command('trace')}"]


def _named(connection: Connection, row: Any) -> str:
    """”spärr, nr 104”: what it is, and whose."""
    if row.contact_id is None:
        return noun(row._mapping)
    number = register.number_of(connection, row.contact_id)
    return f"{noun(row._mapping)}, {f'nr {number}' if number else f'#{row.contact_id}'}"


def _hand_over(house: House, reply: Any) -> None:
    """Her words to an editor, or to whoever there is; and how to answer her."""
    settings = house.settings
    to = settings.with_role("editor") or settings.with_role("approver") or settings.with_role("administrator")
    name = f"{reply.first_name or ''} {reply.last_name or ''}".strip()
    told = say(
        house,
        reply_name(reply.id),
        to,
        "reply",
        title=reply.title,
        whose=name,
        number=reply.number or "",
        address=reply.from_address or "",
        is_another=_is_another(reply),
        link=_mailto(reply),
        leave=_leave(house, reply),
        lines=(reply.text or "").splitlines() or [f"(inget mer än ärendet: {reply.subject or 'inget'})"],
        at=words.moment(reply.at, house.zone),
    )
    if told or to:
        house.db.write(lambda c: store_telling.note_handed(c, reply.id, house.clock.now()))


def _leave(house: House, reply: Any) -> str:
    """The command that stops what she answered; ”” when it is not known who she is, or which list it came through."""
    if not (reply.number and reply.list):
        return ""
    return house.command(f"leave {shlex.quote(reply.number)} --list {shlex.quote(reply.list)}")


def _is_another(reply: Any) -> bool:
    """Whether it was written from an address that is not the contact's: then it may be anybody."""
    try:
        return bool(reply.address) and parse_address(reply.from_address).normal != parse_address(reply.address).normal
    except ValueError:
        return True


def _mailto(reply: Any) -> Markup:
    """A link that answers her; ”” when what she wrote cannot be one: a stranger chose every letter of it."""
    try:
        address = parse_address(reply.from_address or "").ascii
    except ValueError:
        return Markup("")
    subject = reply.subject or reply.title
    subject = subject if subject[:3].lower() in ("sv:", "re:") else f"Sv: {subject}"
    to = f"mailto:{quote(address, safe='@')}"
    links = (f"{to}?subject={quote(subject)}", to)
    return Markup(next((link for link in links if wrong_link(link) is None), ""))  # noqa: S704 - all of it is quoted


def _ask(house: House, question: Any) -> None:
    """”Når vi dig?”, in her language. Whose address has changed since is not asked about the old one."""
    now = house.clock.now()
    if question.address is None or question.key_now != question.address_key:
        house.db.write(lambda c: store_telling.drop(c, question.id, now))
        return
    address, rendering = Address(question.address, question.address_shown), _question(house, question)
    name = f"{notices.TO_MEMBERS}/når-vi-dig/{question.id}"

    def write(connection: Connection) -> None:
        notices.notify(connection, name, address, question.address_key, rendering, now)
        delivery = notices.delivery_of(connection, name, question.address_key)
        if delivery is not None:
            store_telling.note_asked(connection, question.id, delivery, now)

    house.db.write(write)


def _question(house: House, question: Any) -> Rendering:
    language = language_of(question.language)
    association = house.settings.association.name
    foot = in_language(
        language, "Du får det här mejlet för att du står i registret hos %(association)s.", association=association
    )
    templates = open_templates(house.home)
    return render_notice(
        templates,
        "reach",
        house.settings,
        language,
        foot=foot,
        association=association,
        first_name=question.first_name or "",
    )


def _alarm(house: House, alarm: Any) -> None:
    """What is our own fault: once per day and class. What the house said to one of its own people: once a day."""
    kind, shown = ours.parted(alarm.word or "")
    day = house.clock.now().astimezone(house.zone).date().isoformat()
    administrators = house.settings.with_role("administrator")
    if kind == ours.NOTICE:
        if (person := _person_at(house, alarm.address)) is not None:
            others = [p for p in administrators if p.address != person.address] or list(administrators)
            name = f"studs/{day}/{digest(person.address)}"
            say(house, name, others, "unreachable", title=house.settings.association.name, whose=person.name,
                shown=shown)  # fmt: skip
    else:
        say(house, f"studs/{day}/{kind}", administrators, "blocked", title=house.settings.association.name,
            kind=kind, why=ours.CLASSES[kind], shown=shown, command=house.command("report"))  # fmt: skip
    house.db.write(lambda c: store_telling.note_told(c, alarm.id, house.clock.now()))


def _person_at(house: House, address: str | None) -> Person | None:
    return next((p for p in house.settings.people if address and parse_address(p.address).ascii == address), None)
