"""What is usual: how many answer each kind of ask, and after how many days.

Takes   a kind of ask and its turn; days.
Gives   shares from 0 to 1; the width of what is not known.
Fails   never.

The projection begins from these and learns from the branch's own counts. They are of those who are still silent.
Mail: a quarter answers the invitation and each reminder brings a tenth or less; a letter brings a tenth, also the
second; the telephone is the strongest (Connect cohort 2024; Edwards et al., Cochrane 2023, MR000008; Silva 2002: more
in the plan's own list, content/channel_plan/defaults.py). Ours are rounded to what a members' survey can count on.
"""

from collections.abc import Mapping
from math import exp, log

from mailer.content.channel_plan.model import Channel

# Of those who are asked: the first time in this way, the second, …; the last one repeats.
ANSWER: Mapping[str, tuple[float, ...]] = {
    Channel.EMAIL: (0.25, 0.09, 0.08, 0.06),
    Channel.LETTER: (0.12, 0.10),
}
FIRST_DAYS, FIRST_ANSWERS = 7, 10  # before that nothing is said of the end

SPOKEN, CALLS = 0.45, 4  # of those who are called so many times, how many are spoken with
SPOKEN_ANSWER = 0.30  # of those who are spoken with
MET, MET_ANSWER = 0.08, 0.60  # one occasion in person, of all who are silent; of those who come by
A_CALL = 1 - (1 - SPOKEN) ** (1 / CALLS)

# Of those who are going to answer a mail, so many do it the same day; of the rest a quarter each day that follows.
SAME_DAY, EACH_DAY = 0.31, 0.25
POST_DAYS = 3  # a letter is two days in the post and one on the hall table

# A branch is more or less willing than the usual one: its odds of every yes are multiplied, log-normally. Most are
# near; some are quite another thing, and then they are harder (or easier) to get hold of as well.
NEAR, NEAR_SPREAD, NEAR_FOUND = 0.6, 0.15, 0.05
FAR_SPREAD, FAR_FOUND, FAR_TOGETHER = 0.6, 0.7, 1.3


def answered_within(channel: str, days: int) -> float:
    """Of those whom the ask makes answer: the share who have, when so many days have gone. 0: the same day."""
    if channel == Channel.IN_PERSON:
        return 1.0 if days >= 0 else 0.0
    if channel == Channel.LETTER:
        days -= POST_DAYS
    return 1 - (1 - SAME_DAY) * (1 - EACH_DAY) ** days if days >= 0 else 0.0


def usual(channel: str, turn: int) -> float:
    """The usual share of a mail's or a letter's `turn`:th ask (from 0)."""
    shares = ANSWER[channel]
    return shares[min(turn, len(shares) - 1)]


def shifted(share: float, shift: float) -> float:
    """The share when its log-odds are moved so far."""
    return 1 / (1 + exp(-(log(share / (1 - share)) + shift)))
