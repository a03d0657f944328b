"""When a delivery may be tried again, and when we stop trying.

Takes   the first attempt, the number of attempts so far, the time now.
Gives   the next moment to try, or None to give up.
Fails   never.
"""

from datetime import datetime, timedelta

# Short first: most refusals "for now" are greylisting, over in minutes. Long later: a server
# down for an hour is down for the night.
WAITS = [timedelta(minutes=m) for m in (5, 15, 60, 180)]  # the last one repeats
# A line that broke before the final dot says nothing about the recipient: soon, once.
AFTER_A_LOST_LINE = timedelta(seconds=10)


def next_attempt(
    first: datetime, attempts: int, now: datetime, give_up_after: timedelta, lost_line: bool = False
) -> datetime | None:
    """The next moment to try, or None when it is time to give up. `attempts` counts the one just made."""
    wait = AFTER_A_LOST_LINE if lost_line and attempts == 1 else WAITS[min(attempts, len(WAITS)) - 1]
    return now + wait if now + wait <= first + give_up_after else None
