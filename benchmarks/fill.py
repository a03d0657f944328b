"""How long it takes to make one message of 36 kB for one member: header section, envelope, body. Unsigned.

    .venv/bin/python benchmarks/fill.py

The yardsticks make the same message from the same newsletter by the ways of the trade: an EmailMessage for each
recipient, and the final HTML and text rendered by Jinja2 for each, then quoted-printable by binascii. Microseconds of
the processor for a message, medians of five runs after one that warms; all three in each run, so that a slow moment is
slow for all. Every message is another member's. JSON last.
"""

import binascii
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import newsletter  # noqa: E402
from mailer.address import parse_address  # noqa: E402
from mailer.deliver.message import Composer, Letterhead, words_of  # noqa: E402
from mailer.keys import Keys  # noqa: E402
from mailer.outbox.outcome import Offered  # noqa: E402
from mailer.render.mould import cut  # noqa: E402
from mailer.slots import MARKER  # noqa: E402

BOUND_US = 25
RUNS = 6
MESSAGES = 20_000
AT_ONCE = 50  # as many as there are connections
FEWER = 100  # of the yardstick, a hundred times as slow
ZONE = ZoneInfo("Europe/Stockholm")
PAGES = "https://utskick.vallentuna.example"
FIRST = "Karin Åsa Lars-Göran Mohammed Eva Björn Nguyễn Anna Sören Maria".split()
LAST = "Andersson Öberg Hodžić Lindqvist Ek Sjöström Ali Persson".split()
HEAD = Letterhead(
    "V Aktuellt",
    parse_address("v-aktuellt@vallentuna.example"),
    parse_address("redaktion@vallentuna.example"),
    parse_address("studs@vallentuna.example"),
    parse_address("styrelsen@vallentuna.example"),
    pages=PAGES,
)


def main() -> None:
    rendering, now = newsletter.rendering(), datetime.now(UTC)
    members = [member(n) for n in range(MESSAGES)]
    with tempfile.TemporaryDirectory() as folder:
        keys = Keys(Path(folder) / "keys")
        keys.make_missing()
        mould = cut(rendering)
        composer = Composer.of(HEAD, keys, mould, rendering.subject, newsletter.MEMBERS, newsletter.STOPS, ZONE)
        page, text = template(rendering.html, True), template(rendering.text, False)
        ways: list[tuple[Callable[[Sequence[Offered]], object], Sequence[Offered]]] = [
            (lambda some: by_us(composer, some, now), members),
            (lambda some: [by_email_message(page, text, rendering.subject, o, now) for o in some], members[:FEWER]),
            (lambda some: [by_jinja(page, text, one) for one in some], members[: FEWER * 10]),
        ]
        runs = [[microseconds(make, given) for make, given in ways] for _ in range(RUNS)][1:]
        fill_us, yardstick_us, jinja_us = (statistics.median(run[n] for run in runs) for n in range(3))
        size = composer.compose(members[0], now).size
    print(f"a message of {size} bytes: ours {fill_us:.1f} µs, Jinja2 {jinja_us:.0f}, EmailMessage {yardstick_us:.0f}")
    print(
        json.dumps(
            {
                "benchmark": "fill",
                "fill_us": round(fill_us, 2),
                "bound_us": BOUND_US,
                "message_bytes": size,
                "yardstick": "EmailMessage per recipient",
                "yardstick_us": round(yardstick_us, 1),
                "jinja_us": round(jinja_us, 1),
                "ratio": round(yardstick_us / fill_us, 1),
                "holds": fill_us <= BOUND_US,
            }
        )
    )


def member(number: int) -> Offered:
    first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
    address = f"medlem{number}@exempel.example"
    return Offered(number + 1, 1, 1, "issue", "medlemmar", number, address, first, last, 0, None)


def by_us(composer: Composer, some: Sequence[Offered], now: datetime) -> None:
    """As the sender makes them: their words together."""
    for one, words in zip(some, words_of(some, HEAD, composer.keys), strict=True):
        composer.compose(one, now, words=words)


def microseconds(make: Callable[[Sequence[Offered]], object], given: Sequence[Offered]) -> float:
    """Of the processor, for one message."""
    start = time.process_time()
    for first in range(0, len(given), AT_ONCE):
        make(given[first : first + AT_ONCE])
    return (time.process_time() - start) / len(given) * 1e6


def template(text: str, is_html: bool) -> Callable[..., str]:
    """What Jinja2 renders for each recipient: the markers as its variables."""
    source = re.sub(MARKER, lambda found: "{{ " + found[1] + " }}", text)
    return Environment(autoescape=is_html).from_string(source).render


def values(one: Offered) -> dict[str, str]:
    code = f"{one.delivery:032x}"
    return {"first_name": one.first_name, "leave_code": code, "leave_page": f"{PAGES}/sluta/{code}",
            "why": newsletter.MEMBERS.why}  # fmt: skip


def by_jinja(page: Callable[..., str], text: Callable[..., str], one: Offered) -> bytes:
    """The two bodies alone, without a header section."""
    given = values(one)
    return b"".join(binascii.b2a_qp(make(given).replace("\n", "\r\n").encode()) for make in (text, page))


def by_email_message(
    page: Callable[..., str], text: Callable[..., str], subject: str, one: Offered, now: datetime
) -> bytes:
    """The same message as the standard library makes it, with a leave it can carry."""
    given = values(one)
    message = EmailMessage(SMTP)
    message["From"] = formataddr((HEAD.from_name, HEAD.from_address.ascii))
    message["To"] = formataddr((f"{one.first_name} {one.last_name}", one.address))
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{given['leave_code']}@{HEAD.domain}>"
    message["List-Unsubscribe"] = f"<{PAGES}/{one.delivery}>"
    message.set_content(text(given), cte="quoted-printable")
    message.add_alternative(page(given), subtype="html", cte="quoted-printable")
    return message.as_bytes()


if __name__ == "__main__":
    main()
