"""What the clock says to people about a month: asks for approval, alarms, news of what has changed.

Takes   the opened house, a series and a period.
Gives   notices in the outbox, each said once; whether the month's issue is decided or sent.
Fails   never for want of people.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from mailer import words
from mailer.errors import EditorError, MailerError
from mailer.house import House
from mailer.issue import moments
from mailer.issue import store as issues
from mailer.issue.finding import Finding
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings, notices, planning
from mailer.register import store as register
from mailer.render.rendering import Rendering
from mailer.render.templates import open_templates
from mailer.settings import Person, Series
from mailer.verbs import links, month, send
from mailer.verbs.approve import age_line
from mailer.verbs.say import digest, each_once, say

SILENCE = timedelta(hours=24)  # after which the other approvers are asked


def find(house: House, series: Series, period: str) -> Row[Any] | None:
    return house.db.read(lambda c: mailings.find(c, f"{series.key}/{period}"))


def waits_for_approval(house: House, series: Series, period: str) -> bool:
    row = find(house, series, period)
    return row is not None and row.state in (Mailing.PROPOSED, Mailing.HELD)


def is_decided(house: House, series: Series, period: str) -> bool:
    """Whether somebody has said yes or no, or that the month has no issue."""
    row = find(house, series, period)
    return is_skipped(house, series, period) or (
        row is not None and row.state not in (Mailing.PROPOSED, Mailing.HELD, Mailing.RETURNED)
    )


def is_skipped(house: House, series: Series, period: str) -> bool:
    """Whether somebody has decided that the month has no issue."""
    return house.db.read(lambda c: issues.skipped(c, series.key, period)) is not None


def is_sent(house: House, series: Series, period: str) -> bool:
    row = find(house, series, period)
    return row is not None and row.planned_at is not None


def ask_approvers(house: House, series: Series, period: str, everyone: bool = False) -> int:
    """The preview and how to say yes, to the first approver; to the others after a day of silence."""
    row = find(house, series, period)
    if row is None or row.state not in (Mailing.PROPOSED, Mailing.HELD):
        return 0
    approvers = house.settings.with_role("approver")
    asked = approvers if everyone else approvers[:1]
    return _ask(house, row, asked, first=approvers[0].name if everyone and approvers else "")


def ask_those_left(house: House, series: Series, period: str) -> None:
    """Ask the first approver about a version nobody has been asked about; the others after a day of her silence."""
    row = find(house, series, period)
    if row is None or row.state not in (Mailing.PROPOSED, Mailing.HELD):
        return
    asked_at = house.db.read(lambda c: notices.said_at(c, _question(row, mailings.hash_of(c, row))))
    if asked_at is None:
        ask_approvers(house, series, period)
    elif house.clock.now() - asked_at >= SILENCE:
        ask_approvers(house, series, period, everyone=True)


def _question(row: Row[Any], version: str) -> str:
    """The name of the question about this version; held again for another reason, it is asked again."""
    return f"godkänn/{row.name}/{digest(version + (row.why or ''))}"


def _ask(house: House, row: Row[Any], asked: Iterable[Person], first: str = "") -> int:
    version = house.db.read(lambda c: mailings.hash_of(c, row))
    renderings = house.db.read(lambda c: mailings.read_renderings(c, row.id))
    counted = house.db.read(lambda c: planning.head_count(c, row, house.here()))
    editions = house.db.read(lambda c: planning.edition_counts(c, row, house.here()))
    lists = [source["key"] for source in row.rule["lists"]]
    imports = house.db.read(lambda c: register.last_whole_import(c, lists))
    now = house.clock.now()
    findings = [Finding.from_json(value) for value in row.contents.get("findings", ())]
    shown, told = _largest(renderings, editions), 0
    for person in asked:  # each has a link of her own
        told += say(
            house,
            _question(row, version),
            [person],
            "second_approver" if first else "approve",
            title=row.title,
            subject_line=shown.subject,
            preview=shown,
            head_count=month.head_count_lines(counted),
            editions=[(name, words.count(n, "person", "personer")) for name, n in sorted(editions.items())],
            stops=[str(f.problem) for f in findings if f.stops],
            warnings=[str(f.problem) for f in findings if not f.stops],
            left_out=[f"{path}: {why}" for path, why in row.contents.get("left_out", ())],
            imports=[age_line(key, at, now) for key, at in sorted(imports.items())],
            send_at=words.moment(row.send_after, house.zone) if row.send_after else "",
            why=row.why or "",
            silent=first,
            link=links.answer(house, row.id, version, person),
            # A yes is to the words in this letter: made anew meanwhile, it is refused.
            command=house.command(f"approve {row.period or row.name} --version {version[:12]} --as"),
        )
    return told


def _largest(renderings: Sequence[Rendering], editions: Mapping[str, int]) -> Rendering:
    """The edition that most people get."""
    return max(renderings, key=lambda r: (editions.get(r.edition, 0), r.edition))


def link_to(house: House, row: Row[Any], person: Person) -> str:
    """The page where this person answers about the mailing as it is now."""
    return links.answer(house, row.id, house.db.read(lambda c: mailings.hash_of(c, row)), person)


def alarm(house: House, series: Series, period: str, kind: str) -> int:
    """A month without an approved issue: at the send moment, near the month's end, after it."""
    row = find(house, series, period)
    people = _everyone(house, "editor", "approver", "administrator")
    ends = moments.ends_at(period, house.zone)
    return say(
        house,
        f"larm/{series.key}/{period}/{kind}",
        people,
        "alarm",
        kind=kind,
        title=f"{series.name} {words.month(period)}",
        exists=row is not None,
        last_day=words.day(ends.astimezone(house.zone).date() - timedelta(days=1)),
        command=house.command(f"approve {period} --as") if row is not None else house.command(f"assemble {period}"),
    )


def tell_nothing_to_assemble(house: House, series: Series, period: str, wrong: EditorError) -> int:
    """The folder has nothing for the month: the editors are told, once per set of mistakes."""
    return say(
        house,
        f"tomt/{series.key}/{period}/{digest(str(wrong))}",
        house.settings.with_role("editor"),
        "nothing",
        title=f"{series.name} {words.month(period)}",
        problems=[str(p) for p in wrong.problems],
        command=house.command(f"check {period}"),
    )


def tell_trouble(house: House, wrong: MailerError) -> int:
    """Something that only a person can mend, once a day. The release's own words: the home's may be what is wrong."""
    day = house.clock.now().astimezone(house.zone).date().isoformat()
    return say(
        house,
        f"fel/{day}/{digest(str(wrong))}",
        _everyone(house, "administrator", "editor"),
        "trouble",
        open_templates(),
        title=house.settings.association.name,
        problems=[str(p) for p in wrong.problems],
        command="mailer check",
    )


def send_by_the_clock(house: House, row: Row[Any]) -> bool:
    """Plan an approved mailing whose moment has come. False when it waits for a person instead."""
    try:
        sent = send.plan(house, row.name)
    except EditorError:
        if house.db.read(lambda c: mailings.read(c, row.id)).state != row.state:
            return False  # a person was faster: it is made anew, or withdrawn
        raise
    if sent.plan is not None and sent.plan.held:
        held = house.db.read(lambda c: mailings.read(c, row.id))
        _ask(house, held, house.settings.with_role("approver"))
        return False
    return True


def _everyone(house: House, *roles: Any) -> list[Person]:
    return each_once(p for role in roles for p in house.settings.with_role(role))
