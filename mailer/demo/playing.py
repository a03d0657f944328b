"""The half-year as it is played: the stage, the cast, and what they have in their hands.

Takes   a Stage, a Cast, the survey as it was approved.
Gives   a Playing: members answer, say no and are counted, each through a page of the home.
Fails   BrokenPromise when a page does not do what it is for.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from mailer.demo.browser import Visit, fill_in
from mailer.demo.cast import Cast
from mailer.demo.opinions import opinions
from mailer.demo.post import Came
from mailer.demo.stage import ADDRESS, Stage
from mailer.errors import BrokenPromise
from mailer.register.tables import contacts
from mailer.surveys import codes
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations

RECEIPT = "/klart"


@dataclass(slots=True)
class Playing:
    """What is going on."""

    stage: Stage
    cast: Cast
    survey: Surveyed
    numbers: Mapping[int, str]  # contact -> member number
    by_invitation: Mapping[int, str]
    by_token: Mapping[str, str]  # the word of a link -> whose mail it lies in
    links: dict[str, str] = field(default_factory=dict)  # member number -> the link in her mail
    mails: dict[str, Came] = field(default_factory=dict)  # member number -> her newest mail
    codes: dict[str, str] = field(default_factory=dict)  # member number -> the code in her mail or letter
    tally: Counter[str] = field(default_factory=Counter)  # what happened, since the story was told last
    answered: dict[str, date] = field(default_factory=dict)
    ended: dict[str, date] = field(default_factory=dict)  # who answered, said no or resigned: nothing more is asked
    calls: int = 0  # all told
    sheets: int = 0  # typed from the pile
    replied: set[str] = field(default_factory=set)  # who answered by replying to the mail
    last_asked: dict[str, datetime] = field(default_factory=dict)
    call_back: set[str] = field(default_factory=set)  # who has said when she wants to be called
    printed: list[tuple[int, str, date, Path]] = field(default_factory=list)  # run, step, day: lie on the table
    returned: list[tuple[date, str]] = field(default_factory=list)  # letters on their way back

    @property
    def today(self) -> date:
        return self.stage.house.here().date()

    def whose(self, link: str) -> str:
        """The member whose link it is."""
        return self.by_token[link.rpartition("/")[2]]

    def answer_by_link(self, number: str) -> None:
        """She opens her link and answers."""
        self._fill_in(number, Visit(self.stage.browser, self.links[number]))

    def answer_by_code(self, number: str, how: str = "web") -> None:
        """She types the code of her letter or mail at the short address, and answers."""
        at = Visit(self.stage.browser, f"{ADDRESS}/svara")
        self._fill_in(number, at.press("", {"kod": self.codes[number]}), how)

    def answer(self, number: str) -> None:
        """Through what she has at hand."""
        self.answer_by_link(number) if number in self.links else self.answer_by_code(number)

    def decline(self, number: str) -> None:
        """She says no, on her own page."""
        Visit(self.stage.browser, f"{self.links[number]}/nej").press("")
        self.end(number)
        self.tally["declined"] += 1

    def has_answered(self, number: str, how: str) -> None:
        """It is handed in."""
        self.answered.setdefault(number, self.today)
        self.tally[how] += 1
        self.end(number)

    def end(self, number: str) -> None:
        """Nothing more may be asked of her from today on."""
        self.ended.setdefault(number, self.today)
        self.cast.done(number)

    def put_off(self, number: str, days: int) -> None:
        """She does it another day."""
        self.cast.answers_on[number] = self.today + timedelta(days)

    def _fill_in(self, number: str, visit: Visit, how: str = "web") -> None:
        done = fill_in(visit.begin(), opinions(self.cast.draw(number, "åsikter")))
        if not done.link.endswith(RECEIPT):
            raise BrokenPromise(f"formuläret slutade inte i ett kvitto, utan på {done.page}")
        self.has_answered(number, how)


def playing(stage: Stage, cast: Cast, survey: Surveyed) -> Playing:
    """Everybody in her place."""
    house, i = stage.house, invitations.c
    whole = select(i.id, contacts.c.id.label("contact"), contacts.c.number).join(
        contacts, contacts.c.id == i.contact_id
    )
    rows = house.db.read(lambda c: c.execute(whole.where(i.survey_id == survey.number)).all())
    return Playing(
        stage, cast, survey,
        {row.contact: row.number for row in rows},
        {row.id: row.number for row in rows},
        {codes.token(house.keys, survey.number, row.contact): row.number for row in rows},
    )  # fmt: skip
