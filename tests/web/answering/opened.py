"""A home in which a survey is open, served; and a member who answers it with nothing but a form.

Takes   a folder, an engine, a questionnaire.
Gives   a Surveying: the site, the survey, links and codes; a Visit, which posts what its page holds, as a browser does.
Fails   AssertionError when a page has no form where one is needed.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from lxml import html as lxml_html
from sqlalchemy import Connection, func, select, update

from mailer.clock import parse_clock
from mailer.content.questionnaires.model import Questionnaire, Words
from mailer.house import House, open_house
from mailer.keys import Keys
from mailer.surveys import codes, store
from mailer.surveys.box import ballot, sealing
from mailer.surveys.box.tables import ballots, responses
from mailer.surveys.tables import invitations, surveys
from tests.homes import add_people, make_home
from tests.surveys.arranged import NOON, QUESTIONNAIRE, open_survey
from tests.web.serving import Got, Served, free_port, serving

PRIVATE = sealing.make()
MEMBERS = range(1, 13)
MOMENT = "2024-03-05T12:00"  # while it is open
# With every sentence in both languages.
TEXTS = {"om-dig": "This is kept with your name.", "vad-tycker-du": "This is anonymous.", "kontakt": ""}
TRANSLATED = dataclasses.replace(
    QUESTIONNAIRE,
    readers=Words("Anna Ek och Bo Dal", "Anna Ek and Bo Dal"),
    sections=tuple(dataclasses.replace(one, text=Words(one.text.sv, TEXTS[one.key])) for one in QUESTIONNAIRE.sections),
)


def give_key(connection: Connection, number: int, questionnaire: Questionnaire) -> None:
    """A box to put ballots in; and the members are drawn up already, so that the clock invites nobody more."""
    values = {"public_key": sealing.public_of(PRIVATE), "ballot_size": ballot.size(questionnaire)}
    connection.execute(update(surveys).where(surveys.c.id == number).values(**values, frozen_at=NOON))


def open_with_box(
    connection: Connection, keys: Keys, contacts: list[int], questionnaire: Questionnaire = QUESTIONNAIRE
) -> int:
    """The survey, approved, with a key, and an invitation for each. Its number."""
    number = open_survey(connection, keys, contacts, questionnaire)
    give_key(connection, number, questionnaire)
    return number


@dataclass
class Visit:
    """One member in a browser without scripts: the page she has before her, and what she has typed into it."""

    site: Served
    path: str
    got: Got = field(init=False)

    def __post_init__(self) -> None:
        self.open(self.path)

    def open(self, path: str) -> "Visit":
        self.path, self.got = path, self.site.get(path)
        return self._follow()

    def _follow(self) -> "Visit":
        if self.got.status == 303:
            self.open(urlsplit(self.got.headers["location"])._replace(scheme="", netloc="").geturl())
        return self

    @property
    def text(self) -> str:
        """What a reader reads."""
        shown = re.sub(r"<(style|head).*?</\1>", "", self.got.text, flags=re.S)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())

    def fields(self) -> dict[str, str]:
        """What the form would post as it stands."""
        form = lxml_html.fromstring(self.got.text).forms[-1]
        # A browser drops the first line break of a textarea (HTML section 13.2.6.4.7); lxml does not.
        # It takes value="" for none, too.
        values = {n: "" if v == "on" else v.removeprefix("\n") for n, v in form.form_values()}
        return {name: value for name, value in values.items() if name != "button"}

    def press(self, button: str = "next", /, **typed: str) -> "Visit":
        """Type, press, and go where it leads. `q__aktiv`: the field ”q.aktiv”; ”” empties it."""
        written = {name.replace("__", "."): value for name, value in typed.items()}
        sent = {name: value for name, value in (self.fields() | written).items() if value}
        return self.post(sent | ({"button": button} if button else {}))

    def post(self, sent: Mapping[str, str]) -> "Visit":
        action = self.action(sent.get("button", ""))
        self.got = self.site.post(action, **sent)
        self.path = action
        return self._follow()

    def action(self, button: str) -> str:
        """Where the button posts to."""
        found = re.search(rf'value="{re.escape(button)}"[^>]*formaction="([^"]+)"', self.got.text)
        found = found or re.search(r'<form method="post" action="([^"]+)"', self.got.text)
        return urlsplit(unescape(found[1])).path if found else urlsplit(self.path).path


@dataclass(frozen=True)
class Surveying:
    """The home, served."""

    site: Served
    survey: int

    @property
    def house(self) -> House:
        return self.site.house

    def path(self, contact: int = 1, rest: str = "", english: bool = False) -> str:
        """Where the member's link leads."""
        return f"{'/en' if english else ''}/enkat/{codes.token(self.house.keys, self.survey, contact)}{rest}"

    def visit(self, contact: int = 1, rest: str = "", english: bool = False) -> Visit:
        return Visit(self.site, self.path(contact, rest, english))

    def code(self, contact: int = 1) -> str:
        return codes.shown(codes.code(self.house.keys, self.survey, contact))

    def at(self, moment: str) -> None:
        """Move the clock of the pages."""
        object.__setattr__(self.house, "clock", parse_clock(f"{moment},0", self.house.zone))

    def state(self, contact: int = 1) -> str:
        row = select(invitations.c.state).where(invitations.c.contact_id == contact)
        return str(self.house.db.read(lambda c: c.execute(row).scalar_one()))

    def count(self, table: str = "ballots") -> int:
        which = {"ballots": ballots, "responses": responses}[table]
        return int(self.house.db.read(lambda c: c.execute(select(func.count()).select_from(which)).scalar_one()))

    def opened_ballots(self) -> list[Mapping[str, tuple[str, ...]]]:
        """What is in the box, with the officers' key."""
        questions = self.house.db.read(lambda c: store.read(c, self.survey)).questionnaire
        sealed = self.house.db.read(lambda c: c.execute(select(ballots.c.sealed)).scalars().all())
        plain = [sealing.unseal(PRIVATE, questions.key, one) for one in sealed]
        return [ballot.from_bytes(questions, one) for one in plain]

    def kept(self, contact: int = 1) -> list[tuple[dict[str, list[str]], bool]]:
        """(answers, whether complete) of every signed row."""
        query = (
            select(responses.c.answers, responses.c.is_complete)
            .join(invitations, invitations.c.id == responses.c.invitation_id)
            .where(invitations.c.contact_id == contact)
            .order_by(responses.c.id)
        )
        return [(row.answers, row.is_complete) for row in self.house.db.read(lambda c: c.execute(query).all())]


@contextmanager
def surveying(
    folder: Path, database_url: str = "", questionnaire: Questionnaire = QUESTIONNAIRE, moment: str = MOMENT
) -> Iterator[Surveying]:
    """A home with twelve members, all of them invited. The clock stands still."""
    port = free_port()
    more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
    home = make_home(folder, 2525, database_url, **more)
    with open_house(home, f"{moment},0") as house:
        house.db.write(lambda c: add_people(c, house.keys, MEMBERS, house.clock.now()))
        number = house.db.write(lambda c: open_with_box(c, house.keys, list(MEMBERS), questionnaire))
        with serving(house) as site:
            yield Surveying(site, number)
