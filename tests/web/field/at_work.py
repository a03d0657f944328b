"""A home on an evening of its telephone round, served; a caller and a typist with their links.

Takes   a folder, an engine.
Gives   a Working: the home with its survey, and links for callers and typists.
Fails   AssertionError when a page has no form where one is needed.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from lxml import html as lxml_html
from sqlalchemy import Connection, update

from mailer.content.questionnaires.model import Questionnaire
from mailer.register.tables import contacts
from mailer.surveys.field.passes import Sort
from mailer.surveys.tables import surveys
from mailer.verbs.surveys import field
from tests.surveys.arranged import NOON, QUESTIONNAIRE
from tests.surveys.fielded import planned
from tests.web.answering.opened import Surveying, Visit, surveying

EVENING = "2024-04-09T18:00"
PHONE = "+46701740605"
BO = "Bo Godkännare"


class Desk(Visit):
    """One of the association's people in a browser without scripts: the page holds several forms."""

    def press(self, button: str = "next", /, **typed: str) -> "Desk":
        """Type, press the button of that value, and go where it leads."""
        form = next(f for f in lxml_html.fromstring(self.got.text).forms if f.xpath(f'.//button[@value="{button}"]'))
        values = {n: "" if v == "on" else v.removeprefix("\n") for n, v in form.form_values()}
        written = {name.replace("__", "."): value for name, value in typed.items()}
        sent = {name: value for name, value in (values | written).items() if value} | {"button": button}
        self.path = urlsplit(unescape(form.action)).path
        self.got = self.site.post(self.path, **sent)
        self._follow()
        return self

    def questions(self) -> "Desk":
        """She has said yes to her name, and will answer now: to the form."""
        self.press("talking")
        there = re.search(r'href="([^"]+/samtal)"', self.got.text)
        assert there is not None
        self.open(urlsplit(unescape(there[1])).path)
        return self

    @property
    def buttons(self) -> list[str]:
        return re.findall(r'name="button" value="([^"]+)"', self.got.text)


class Working(Surveying):
    """The home, served, on that evening."""

    def link(self, sort: Sort = Sort.TELEPHONE, name: str = "Kim") -> str:
        """The path of a new link."""
        return urlsplit(field.make(self.house, "medlemsenkat", sort, name, None, BO).url).path

    def desk(self, sort: Sort = Sort.TELEPHONE, name: str = "Kim") -> Desk:
        return Desk(self.site, self.link(sort, name))


def arrange(connection: Connection, survey: int) -> None:
    """The round has begun, and everybody has a number."""
    planned(connection, survey)
    connection.execute(update(surveys).values(frozen_at=NOON))
    connection.execute(update(contacts).values(phone=PHONE))


@contextmanager
def working(
    folder: Path, database_url: str = "", questionnaire: Questionnaire = QUESTIONNAIRE, moment: str = EVENING
) -> Iterator[Working]:
    with surveying(folder, database_url, questionnaire, moment) as opened:
        opened.house.db.write(lambda c: arrange(c, opened.survey))
        yield Working(opened.site, opened.survey)
