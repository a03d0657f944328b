"""Every route there is, in one table.

Takes   the opened house, and the pages' looks.
Gives   the Pages, subject by subject. A path that is not here does not exist.
Fails   AdminError when a template is wrong.
"""

from mailer.house import House
from mailer.web.approving.desk import Desk
from mailer.web.pages import Pages
from mailer.web.route import Page


def all_pages(house: House, pages: Pages) -> tuple[Page, ...]:
    """All routes of a home."""
    return (*Desk(house, pages).routes(),)
