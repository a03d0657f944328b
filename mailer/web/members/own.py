"""The pages of one's own, in one place: they share who has asked from where, and who is here.

Takes   the opened house, and the pages' looks.
Gives   the Pages.
Fails   never.
"""

from mailer.house import House
from mailer.web.members.fresh import Fresh
from mailer.web.members.mine import Mine
from mailer.web.members.networks import Networks
from mailer.web.members.visit import Visits
from mailer.web.pages import Pages
from mailer.web.public.joining import Joining
from mailer.web.route import Page


def own_pages(house: House, pages: Pages) -> tuple[Page, ...]:
    """Fresh links, my pages, joining."""
    networks, visits = Networks(), Visits(house)
    return (
        *Fresh(house, pages, networks, visits).routes(),
        *Mine(house, pages, visits).routes(),
        *Joining(house, pages, networks).routes(),
    )
