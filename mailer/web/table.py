"""Every route there is, in one table.

Takes   the opened house, and the pages' looks.
Gives   the Pages, subject by subject. A path that is not here does not exist.
Fails   AdminError when a template is wrong.
"""

from mailer.house import House
from mailer.web.answering.answering import Answering
from mailer.web.answering.codes import Codes
from mailer.web.approving.desk import Desk
from mailer.web.field.papper import Papper
from mailer.web.field.ring import Ring
from mailer.web.field.ringblad import Ringblad
from mailer.web.goal.malet import Malet
from mailer.web.members.leaving import Leaving
from mailer.web.members.own import own_pages
from mailer.web.pages import Pages
from mailer.web.public.archive import Archive
from mailer.web.public.calendars import Calendars
from mailer.web.public.front import Front
from mailer.web.public.health import Health
from mailer.web.route import Page


def all_pages(house: House, pages: Pages) -> tuple[Page, ...]:
    """All routes of a home."""
    return (
        *Health(house, pages).routes(),
        *Front(house, pages).routes(),
        *Archive(house, pages).routes(),
        *Calendars(house, pages).routes(),
        *Leaving(house, pages).routes(),
        *own_pages(house, pages),
        *Answering(house, pages).routes(),
        *Codes(house, pages).routes(),
        *Ring(house, pages).routes(),
        *Ringblad(house, pages).routes(),
        *Papper(house, pages).routes(),
        *Malet(house, pages).routes(),
        *Desk(house, pages).routes(),
    )
