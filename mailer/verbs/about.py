"""Show everything the house holds of one person; that somebody looked is recorded before anything is shown.

Takes   the opened house, and a member number, an address or `#id`.
Gives   what each room tells about the person: the register, the outbox.
Fails   EditorError when nobody, or more than one, is meant.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mailer import words as swedish
from mailer.feedback import store as feedback
from mailer.house import House
from mailer.outbox import report as outbox_report
from mailer.outbox import store as outbox
from mailer.register import store
from mailer.register.requests import KINDS
from mailer.register.tables import ALL_LISTS
from mailer.surveys import privacy as surveys
from mailer.verbs import consequence_words, survey_words

FIELDS = {
    "id": "Id hos oss",
    "number": "Medlemsnummer",
    "source_id": "Id i registret",
    "first_name": "Förnamn",
    "last_name": "Efternamn",
    "address_shown": "E-post",
    "address_before": "E-post enligt registret",
    "address_problem": "Fel i e-postadressen",
    "phone": "Telefon",
    "care_of": "C/o",
    "street": "Gatuadress",
    "postcode": "Postnummer",
    "city": "Ort",
    "language": "Språk",
    "joined_on": "Inträdesdatum",
    "status": "Status",
    "home_branch": "Hemförening",
    "born_year": "Födelseår",
    "resigned_at": "Utträdd",
    "created_at": "I registret sedan",
    "updated_at": "Senast ändrad",
}
HOW = {
    "code": "med länk eller kod",
    "mail": "med e-post",
    "person": "genom någon i föreningen",
    "import": "i en tidigare tjänst",
}
CHOICES = {"channel": "utskick på listan", "kind": "inbjudningar om"}
CHOSEN = {"letter": "med brev", "no": "nej"}
WHY = {
    "complaint": "anmäld som skräppost",
    "hard_bounce": "fungerar inte",
    "erasure": "raderad",
    "person": "spärrad för hand",
}


def about(house: House, who: str, dry_run: bool = False) -> dict[str, Any]:
    """The facts, by table. With `dry_run` only the contact's id: nothing is shown, so nothing is recorded."""

    def work(connection: Connection) -> dict[str, Any]:
        contact_id = store.find_contact(connection, who)
        if dry_run:
            return {"contact": {"id": contact_id}}
        store.record_access(connection, house.os_user, "about", contact_id, house.clock.now())
        return everything(connection, contact_id)

    return house.db.read(work) if dry_run else house.db.write(work)


def everything(connection: Connection, contact_id: int) -> dict[str, Any]:
    """What each room holds of the person (GDPR article 15): the same on paper, on her own page and for programs."""
    return store.about(connection, contact_id) | {
        "deliveries": outbox.about(connection, contact_id),
        "feedback": feedback.about(connection, contact_id),
        "surveys": surveys.about(connection, contact_id),
    }


def words(facts: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    """The lines to print."""

    def shown(value: Any) -> str:
        if isinstance(value, datetime):
            return swedish.moment(value, zone, year=True)
        return swedish.day(value, year=True) if isinstance(value, date) else str(value)

    person = facts["contact"]
    lines = [f"{name}: {shown(person[key])}" for key, name in FIELDS.items() if person.get(key) not in (None, "")]
    lines += [f"Lista: {one['list']} sedan {shown(one['since'])}" for one in facts.get("lists", ())]
    for one in facts.get("leaves", ()):
        what = "alla utskick" if one["list"] == ALL_LISTS else one["list"]
        undone = f"; ångrat {shown(one['undone_at'])}" if one["undone_at"] else ""
        lines.append(f"Tackat nej: {what}, {shown(one['at'])} {HOW.get(one['how'], one['how'])}{undone}")
    for one in facts.get("rests", ()):
        what = "alla utskick" if one["list"] == ALL_LISTS else one["list"]
        undone = f"; avslutad {shown(one['undone_at'])}" if one["undone_at"] else ""
        lines.append(f"Paus: {what}, till {shown(one['until'])}{undone}")
    lines += [
        f"Eget val: {CHOICES.get(one['what'], one['what'])}{' ' + one['which'] if one['which'] else ''}: "
        f"{CHOSEN.get(one['value'], one['value'])}, {shown(one['at'])}"
        for one in facts.get("choices", ())
    ]
    for one in facts.get("consents", ()):
        gone = f"; tillbakataget {shown(one['withdrawn_at'])}" if one["withdrawn_at"] else ""
        lines.append(f"Samtycke: {one['list']}, {shown(one['at'])}{gone}: ”{one['text']}”")
    for one in facts.get("requests", ()):
        done = f"klart {shown(one['done_at'])}" if one["done_at"] else f"svar senast {shown(one['due_at'])}"
        lines.append(f"Har bett oss: {KINDS[one['kind']]}, {shown(one['at'])}; {done}")
    if stands := facts.get("suppression"):
        lines.append(f"Spärrad adress: {WHY.get(stands['reason'], stands['reason'])}, {shown(stands['at'])}")
    for one in facts.get("deliveries", ()):
        group = outbox_report.GROUPS[outbox_report.group_of(one["state"], one["reason"])][0]
        when = f", {shown(one['settled_at'])}" if one["settled_at"] else ""
        lines.append(f"Utskick: {one['title']}: {group[:1].lower()}{group[1:]}{when}")
    for one in facts.get("feedback", ()):
        text = f" ”{one['text']}”" if one.get("text") else ""
        lines.append(f"Kom tillbaka: {shown(one['at'])}: {consequence_words.told(one)}{text}")
    lines += survey_words.lines(facts.get("surveys", ()), shown)
    return lines + [f"Sett av: {one['who']} ({one['what']}) {shown(one['at'])}" for one in facts.get("accesses", ())]
