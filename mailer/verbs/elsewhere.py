"""What others publish, as parts of an issue: posts of the homepage, events of others' calendars.

Takes   the opened house, a series and a period, what other issues have printed.
Gives   posts and events from the kept copies, with the circle that the settings give each source, and Problems.
Fails   never; the network is not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from mailer.content.events import Event
from mailer.content.feeds import new_posts
from mailer.content.readers import Readers
from mailer.content.subscribed import events_of, posts_of
from mailer.errors import Problem
from mailer.house import House
from mailer.issue import moments
from mailer.issue.assemble import FromFeed
from mailer.settings import Series
from mailer.verbs import fetch

# So long before the issue's month a post may have been written: the one before may have gone late, or not at all.
LOOKS_BACK = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the kept copies hold for an issue."""

    posts: tuple[FromFeed, ...]
    events: tuple[Event, ...]
    problems: tuple[Problem, ...]


def read(house: House, series: Series, period: str, used: Mapping[str, str]) -> Elsewhere:
    """The posts no issue has printed, and the events around the period."""
    begins, ends = moments.assemble_at(series, period, house.zone), moments.ends_at(period, house.zone)
    until = max(ends, house.clock.now()) + timedelta(weeks=series.events_weeks + 1)
    posts: list[FromFeed] = []
    events: list[Event] = []
    problems: list[Problem] = []
    for kept in fetch.read_fetched(house):
        readers = Readers(circle=kept.feed.circle.casefold())
        found, wrong = posts_of(kept)
        for post in new_posts(found, used, period, begins - LOOKS_BACK, min(ends, house.clock.now())):
            words = (post.title, post.link, post.excerpt)
            posts.append(FromFeed(post.key, kept.feed.name, *words, readers, post.published))
        others, wrong_events = events_of(kept, house.zone, begins - LOOKS_BACK, until)
        events += others
        problems += (*wrong, *wrong_events)
    return Elsewhere(tuple(posts), tuple(events), (*problems, *fetch.problems(house)))
