"""The stage of the half-year: a home on a clock that is moved by hand, its pages, and the post boxes around it.

Takes   a folder, the port of the post box that all mail is sent to.
Gives   a Stage: the moment is moved, the clock ticks, mail goes out and comes back, by the parts that do it in earnest.
Fails   with what those fail with.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

from sqlalchemy import select

from mailer.clock import Clock
from mailer.clockwork.tick import tick
from mailer.demo.browser import Browser
from mailer.demo.post import Came, PostOffice
from mailer.example_home import example_home
from mailer.house import House, open_house
from mailer.outbox.states import OWED
from mailer.outbox.tables import deliveries
from mailer.verbs import mailbox, send, wanted
from mailer.web.app import Site

ADDRESS = "https://utskick.vallentuna.example"
SPEED = 3600.0  # of the clock, for those who wait by it: the runner, between two looks at what there is to send
MAILBOX = "brevlåda"  # the folder of the mailbox that bounces and replies come to, beside the home


@dataclass(slots=True)
class Hand:
    """The hand of the clock."""

    moment: datetime


@dataclass(slots=True)
class Stage:
    """The opened home and what is around it."""

    house: House
    browser: Browser
    post: PostOffice
    hand: Hand

    def at(self, day: date, clock: time) -> None:
        """Move the clock."""
        self.hand.moment = datetime.combine(day, clock, self.house.zone)

    def turn(self) -> list[Came]:
        """What the running service does at this moment: the tick, what was asked for on the pages, the mail out. The
        mails that arrived."""
        tick(self.house)
        wanted.take(self.house)
        self.send()
        return self.post.arrived()

    def send(self) -> None:
        """What is owed goes out."""
        owed = select(deliveries.c.id).where(deliveries.c.state.in_(OWED)).limit(1)
        if self.house.db.read(lambda c: c.execute(owed).first()) is not None:
            send.run_until_idle(self.house)

    def read(self) -> mailbox.Round:
        """Read what has come back."""
        box = mailbox.open_mailbox(self.house)
        try:
            return mailbox.read_mailbox(self.house, box)
        finally:
            box.close()


@contextmanager
def a_stage(folder: Path, port: int, maildir: Path, begins: datetime) -> Iterator[Stage]:
    """The home in `folder`, built and opened, and its pages."""
    inbox = folder.parent / MAILBOX
    for part in ("cur", "new", "tmp"):
        (inbox / part).mkdir(parents=True)
    _home(folder, port, inbox)
    hand = Hand(begins)
    with open_house(folder, f"{begins:%Y-%m-%dT%H:%M},0") as opened:
        house = replace(opened, clock=Clock(begins, SPEED, reading=partial(getattr, hand, "moment")))
        site = Site(house)
        try:
            with Browser(site.app, ADDRESS) as browser:
                yield Stage(house, browser, PostOffice(maildir, inbox, ADDRESS), hand)
        finally:
            site.close()


def _home(folder: Path, port: int, inbox: Path) -> None:
    """A home like the example's, with pages and a mailbox, that sends to the post box without a limit."""
    source = example_home()
    folder.mkdir(parents=True)
    shutil.copytree(source / "lists", folder / "lists")
    shutil.copytree(source / "content" / "enkater", folder / "content" / "enkater")
    text = (source / "settings.toml").read_text(encoding="utf-8")
    for pattern, line in (
        (r"^port = \d+", f"port = {port}"),
        (r"^# per_hour = \d+", "per_hour = 0"),
        (r'^# kind = ""  .*', 'kind = "maildir"'),
        (r'^# path = ""  .*', f'path = "../{inbox.name}"'),
        (r'^# address = ""  .*', f'address = "{ADDRESS}"'),
        (r'^# telephone = ""  .*', 'telephone = "070-174 06 05"'),
        (r'^# return_address = ""  .*', 'return_address = "Box 12, 186 21 Vallentuna"'),
    ):
        text, found = re.subn(pattern, line, text, count=1, flags=re.M)
        assert found, pattern
    (folder / "settings.toml").write_text(text, encoding="utf-8")
