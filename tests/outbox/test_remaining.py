"""When a mailing will be done: the figures, and the words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailer.limits import NO_LIMITS, Limits
from mailer.outbox.pace import Full, Lane, done_at
from mailer.outbox.remaining import in_words, next_in_words

HERE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2024, 5, 10, 9, 0, tzinfo=HERE)
AT = int(NOW.timestamp())


def lane(limits: Limits, used=None, held_until: int = 0) -> Lane:
    return Lane(limits, used or {}, held_until)


# case: how many are left, the relays, the rate, after how long all have gone; None: nobody can tell
ESTIMATES = {
    "nothing is left": (0, [lane(NO_LIMITS)], 0.0, timedelta(0)),
    "nothing is known": (9, [lane(NO_LIMITS)], 0.0, None),
    "the rate alone": (1200, [lane(NO_LIMITS)], 2.0, timedelta(minutes=10)),
    "room for all": (150, [lane(Limits(hour=150))], 0.0, timedelta(0)),
    "one more than there is room for": (151, [lane(Limits(hour=150))], 0.0, timedelta(minutes=61)),
    "three hours' worth": (600, [lane(Limits(hour=150))], 0.0, timedelta(minutes=183)),
    "what was used comes back when its row is over": (50, [lane(Limits(hour=100), {60: [(AT - 1800, 80)]})], 0.0, timedelta(minutes=31)),
    "and again": (230, [lane(Limits(hour=100), {60: [(AT - 1800, 80)]})], 0.0, timedelta(minutes=31 + 61 + 61)),
    "a limit that was lowered": (5, [lane(Limits(hour=10), {60: [(AT - 1800, 80), (AT - 600, 5)]})], 0.0, timedelta(minutes=31)),
    "the day after": (300, [lane(Limits(day=200))], 0.0, timedelta(hours=25)),
    "the narrower of two": (300, [lane(Limits(hour=100, day=200))], 0.0, timedelta(hours=25)),
    "slower than the limits": (100, [lane(Limits(hour=100))], 0.1, timedelta(seconds=1000)),
    "two relays": (300, [lane(Limits(hour=150)), lane(Limits(hour=150))], 0.0, timedelta(0)),
    "a second relay without limits": (300, [lane(Limits(hour=150)), lane(NO_LIMITS)], 0.0, None),
    "held back": (10, [lane(Limits(hour=150), held_until=AT + 240)], 0.0, timedelta(minutes=4)),
    "per second": (50, [lane(Limits(second=5))], 0.0, timedelta(seconds=9)),
    "farther than anybody plans": (10**6, [lane(Limits(day=100))], 0.0, None),
}  # fmt: skip


@pytest.mark.parametrize("case", ESTIMATES)
def test_tells_when_the_last_will_have_gone(case):
    left, lanes, rate_s, after = ESTIMATES[case]
    assert done_at(left, lanes, rate_s, NOW) == (None if after is None else NOW + after)


WORDS = {
    (0, timedelta(0)): "",
    (1240, None): "Kvar: 1\u00a0240.",
    (3, timedelta(seconds=80)): "Kvar: 3, klart inom någon minut.",
    (90, timedelta(minutes=4, seconds=1)): "Kvar: 90, klart om ungefär 5 minuter.",
    (1240, timedelta(minutes=98)): "Kvar: 1\u00a0240, klart omkring kl. 10.40 (i dag).",
    (1240, timedelta(minutes=100)): "Kvar: 1\u00a0240, klart omkring kl. 10.40 (i dag).",
    (1240, timedelta(hours=14, minutes=59)): "Kvar: 1\u00a0240, klart omkring kl. 0.00 (i morgon).",
    (1240, timedelta(days=3)): "Kvar: 1\u00a0240, klart omkring kl. 9.00 (måndag 13 maj).",
    (9000, timedelta(days=30)): "Kvar: 9\u00a0000, klart omkring söndag 9 juni.",
    (9000, timedelta(days=300)): "Kvar: 9\u00a0000, klart omkring torsdag 6 mars 2025.",
}  # fmt: skip


@pytest.mark.parametrize(("left", "after"), WORDS)
def test_says_when_it_will_be_done(left, after):
    assert in_words(left, None if after is None else NOW + after, NOW) == WORDS[left, after]


FULL = [
    (None, ""),
    (Full("hour", 150, NOW + timedelta(minutes=31)), "Högst 150 mejl i timmen: nästa går omkring kl. 9.31."),
    (Full("minute", 20, NOW + timedelta(minutes=1)), "Högst 20 mejl i minuten: nästa går omkring kl. 9.01."),
    (Full("day", 2000, NOW + timedelta(hours=2)), "Högst 2\u00a0000 mejl per dygn: nästa går omkring kl. 11.00."),
    (
        Full("day", 200, NOW + timedelta(hours=25)),
        "Högst 200 mejl per dygn: resten går i morgon, från omkring kl. 10.00.",
    ),
    (
        Full("minute", 0, NOW + timedelta(minutes=4)),
        "E-postservern har bett oss att gå långsammare: nästa går omkring kl. 9.04.",
    ),
]


@pytest.mark.parametrize(("reached", "sentence"), FULL)
def test_says_what_stands_in_the_way_and_until_when(reached, sentence):
    assert next_in_words(reached, NOW) == sentence
