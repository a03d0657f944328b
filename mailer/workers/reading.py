"""One reading of the mailbox, in a thread, that another thread can tell to stop.

Takes   the opened house.
Gives   what the verb gives; its failures are told to people.
Fails   LaterError when the database is away.
"""

from collections.abc import Callable

from mailer import lineage, maillog
from mailer.errors import AdminError, LaterError
from mailer.feedback import rounds
from mailer.feedback.mailbox import Mailbox
from mailer.house import House
from mailer.verbs import mailbox


class Reading:
    """One reading. `open_` is for tests."""

    def __init__(self, house: House, open_: Callable[[House], Mailbox] = mailbox.open_mailbox) -> None:
        self._house = house
        self._open = open_
        self._box: Mailbox | None = None
        self._stopped = False
        self.was_refused = False  # only a person can mend it

    def run(self) -> None:
        """The whole of it, in this thread. What goes wrong with the mailbox is told to the administrators."""
        if lineage.held(self._house.db):
            return
        try:
            done = self._read()
        except (LaterError, AdminError) as why:
            self.was_refused = isinstance(why, AdminError)
            if not self._stopped:
                maillog.failed("mailbox", type(why).__name__)
                mailbox.failed(self._house, why)
                if self.was_refused:
                    now = self._house.clock.now()
                    self._house.db.write(lambda c: rounds.note_refused(c, now))
            return
        if done.is_whole:
            self._house.pulse.beat("mailbox")

    def stop(self) -> None:
        """From another thread: after the mail under way; a server that is silent is left at once."""
        self._stopped = True
        if box := self._box:
            box.interrupt()

    def _read(self) -> mailbox.Round:
        self._box = self._open(self._house)
        try:
            return mailbox.read_mailbox(self._house, self._box, lambda: self._stopped)
        finally:
            self._box.close()
