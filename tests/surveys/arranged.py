"""A small survey with everything in it, and a home in which it is open: for the tests of all its rooms."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from mailer.content.channel_plan.model import Channel, ChannelPlan, Step, Whom
from mailer.content.questionnaires.model import Condition, Option, Part, Question, Questionnaire, Section, Sort, Words
from mailer.keys import Keys
from mailer.register.tables import contacts, list_entries
from mailer.surveys import invitations, store

ZONE = ZoneInfo("Europe/Stockholm")
NOON = datetime(2024, 3, 5, 11, tzinfo=UTC)  # a Tuesday while it is open


def option(sv: str, en: str) -> Option:
    return Option(sv.lower().replace(" ", "-"), Words(sv, en))


SIGNED = Section(
    "om-dig", Part.SIGNED, Words("Om dig", "About you"), Words("Det här sparas med ditt namn."),
    (
        Question("aktiv", Sort.ONE, Words("Vill du bli aktiv?", "Would you like to be active?"), 20, required=True,
                 options=(option("Ja", "Yes"), option("Kanske", "Perhaps"), option("Nej", "No"))),
        Question("hur", Sort.SEVERAL, Words("Hur?", "How?"), 25, options=(option("Torget", "The square"),
                 option("Styrelsen", "The board")), has_other=True, condition=Condition("aktiv", ("ja", "kanske"))),
    ),
)  # fmt: skip
ANONYMOUS = Section(
    "vad-tycker-du", Part.ANONYMOUS, Words("Vad tycker du?", "What do you think?"), Words("Det här är anonymt."),
    (
        Question("viktigast", Sort.ONE, Words("Viktigast?", "Most important?"), 40, required=True,
                 options=(option("Skolan", "School"), option("Klimatet", "The climate"), option("Bussen", "The bus"))),
        Question("nojd", Sort.SCALE, Words("Hur nöjd är du?", "How satisfied are you?"), 45, least=1, most=5),
        Question("ord", Sort.TEXT, Words("Med egna ord", "In your own words"), 50, most=500),
    ),
)  # fmt: skip
AFTER = Section(
    "kontakt", Part.AFTER, Words("Kontakta mig", "Contact me"), Words(""),
    (Question("ring", Sort.TEXT, Words("När får vi ringa?", "When may we call?"), 60, most=200),),
)  # fmt: skip
QUESTIONNAIRE = Questionnaire(
    "medlemsenkat", "content/enkater/medlemsenkat.md", "0" * 64,
    Words("Medlemsenkät 2024", "Member survey 2024"), Words("Välkommen!", "Welcome!"),
    date(2024, 3, 1), date(2024, 6, 30), date(2024, 2, 20), 50, "medlemmar", "",
    Words("Anna Ek och Bo Dal"), 4, (SIGNED, ANONYMOUS, AFTER), (("viktigast", "nojd"),), "aktiv",
)  # fmt: skip
PLAN = ChannelPlan(
    "", "",
    (
        Step("inbjudan", "Inbjudan", Channel.EMAIL, Whom.WITH_EMAIL, 0, weekday=1, subject=Words("Hej"), text=Words("Hej")),
        Step("ringrunda", "Ringrunda", Channel.TELEPHONE, Whom.SILENT, 35, until=75),
    ),
)  # fmt: skip


def people(connection: Connection, number: int, list_key: str = "medlemmar", first: int = 1) -> list[int]:
    """So many members with e-mail and a telephone. Their contacts' numbers."""
    made = []
    for n in range(first, first + number):
        values = {
            "number": f"{n:04}",
            "first_name": f"Förnamn{n}",
            "last_name": f"Efternamn{n}",
            "phone": "+46701740605",
        }
        address = {"address": f"m{n}@post.example", "address_shown": f"m{n}@post.example", "address_key": f"{n:032x}"}
        when = {"created_at": NOON, "updated_at": NOON}
        row = insert(contacts).values(**values, **address, **when).returning(contacts.c.id)
        made.append(int(connection.execute(row).scalar_one()))
        connection.execute(insert(list_entries).values(list=list_key, contact_id=made[-1], since=NOON))
    return made


def open_survey(
    connection: Connection, keys: Keys, invited: list[int], questionnaire: Questionnaire = QUESTIONNAIRE,
    plan: ChannelPlan = PLAN,
) -> int:  # fmt: skip
    """The survey, approved and without a public key, with an invitation for each. Its number."""
    number = store.prepare(connection, questionnaire, plan, "0" * 64, ZONE)
    store.step(connection, number, "approve", approved_by="Anna Ek", approved_os_user="anna", approved_at=NOON)
    for contact in invited:
        invitations.invite(connection, keys, number, contact, questionnaire.list_key, True, NOON)
    return number
