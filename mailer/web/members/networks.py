"""How often pages that anybody may post to are posted to from one network.

Takes   a network (a /24 or a /56), the time now in seconds.
Gives   nothing.
Fails   Refused 429 when it is too often. Whether what is asked about is known plays no part in it.

It is kept in memory: where people come from is not written down.
"""

from mailer.web import guard

AN_HOUR = 40  # posts from one network; a library or a party office has many behind one
HOUR_S = 3600.0
MOST = 5_000  # networks; more than that at once is a flood, and new ones wait


class Networks:
    """The posts of the last hour."""

    def __init__(self) -> None:
        self._posts: dict[str, list[float]] = {}

    def take(self, network: str, now: float) -> None:
        """Count one."""
        recent = [at for at in self._posts.get(network, ()) if now - at < HOUR_S]
        if len(recent) >= AN_HOUR:
            raise guard.Refused(429)
        if network not in self._posts and len(self._posts) >= MOST:
            self._posts = {key: ats for key, ats in self._posts.items() if now - ats[-1] < HOUR_S}
            if len(self._posts) >= MOST:
                raise guard.Refused(429)
        self._posts[network] = [*recent, now]
