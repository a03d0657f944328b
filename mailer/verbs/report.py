"""report and owed: the balance of a mailing, and who is behind each figure.

Takes   the opened house and which mailing.
Gives   a Report; its Swedish lines; its JSON.
Fails   BrokenPromise when the balance does not close.

Names are shown only when asked for, and that somebody looked is written down first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailer import codes, words
from mailer.feedback import rounds
from mailer.house import House
from mailer.issue import store as issues
from mailer.outbox import report as outbox_report
from mailer.outbox.balance import Balance
from mailer.outbox.store import figures, mailings, unreached
from mailer.outbox.store.mailings import STATE_WORDS
from mailer.register import store as register
from mailer.register.telephone import shown as in_words
from mailer.verbs import paper, progress, waves, which

CALL_REASONS = {"no_address": "saknar e-post", "suppressed": "adressen är spärrad"}


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a mailing. `people` only when names were asked for."""

    name: str
    title: str
    state: str
    why: str
    balance: Balance
    reasons: dict[tuple[str, str], int]
    approved_by: str
    people: tuple[dict[str, Any], ...] = ()
    waits: str = ""  # for what comes back from the first wave
    left: str = ""  # ”Kvar: 1 240, klart omkring kl. 10.40 (i dag).”
    unknown_mails: int = 0  # that have come back and wait for a person, whatever they are about

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "state": self.state,
            "why": self.why,
            "approved_by": self.approved_by,
            "balance": self.balance.to_json(),
            "reasons": {f"{state}/{reason}": n for (state, reason), n in sorted(self.reasons.items())},
            "waits": self.waits,
            "left": self.left,
            "unknown_mails": self.unknown_mails,
        }
        return out | ({"deliveries": list(self.people)} if self.people else {})


def report(house: House, word: str = "", names: bool = False) -> Report:
    """The report of a mailing; without a word, of the newest."""
    row, balance, reasons, approval = house.db.read(lambda c: _read(house, c, word))
    people = _people(house, row.id, row.title) if names else ()
    return Report(
        row.name, row.title, row.state, row.why or "", balance, reasons, approval.name if approval else "", people,
        waves.in_words(house, row), house.db.read(lambda c: progress.in_words(house, c, row)),
        house.db.read(rounds.unknown_left),
    )  # fmt: skip


def lines(shown: Report) -> list[str]:
    """The report as a person reads it."""
    if shown.balance.selected == 0:
        return [f"{shown.title} {STATE_WORDS[shown.state]}. Inget är skickat ännu.", *_why(shown)]
    head = outbox_report.sentence(shown.title, shown.balance, shown.reasons)
    out = [head, *_why(shown), "", "Avstämning:", *outbox_report.lines(shown.balance, shown.reasons)]
    out += ["", rounds.waiting_words(shown.unknown_mails)] if shown.unknown_mails else []
    return [*out, *_names(shown)] if shown.people else out


def all_lines(house: House) -> list[str]:
    """One line per mailing, newest first."""
    rows = house.db.read(figures.all_mailings)
    out = [f"{row.name:<32} {STATE_WORDS[row.state]:<20} {row.title}" for row in rows]
    for row in house.db.read(issues.all_skipped):  # each is a missed month, and somebody's decision
        name = f"{row.series}/{row.period}"
        out.append(f"{name:<32} {'hoppades över':<20} {row.skipped_by}: {row.skipped_why}")
    return out or ["Inget är gjort ännu."]


def owed_lines(house: House, names: bool = False) -> list[str]:
    """What is still owed, and what is in doubt: mailing by mailing."""
    rows = house.db.read(figures.open_mailings)
    if not rows:
        return ["Inget är kvar att skicka, och inget är oklart."]
    out = []
    for nth, row in enumerate(rows):
        state = outbox_report.GROUPS[outbox_report.group_of(row.delivery_state, None)][0].lower()
        out.append(f"{row.title}: {words.number(row.number)} {state} (utskicket {STATE_WORDS[row.state]})")
        if names:
            out += _owed_names(house, row)
        if row.kind != "notice" and (nth + 1 == len(rows) or rows[nth + 1].id != row.id):
            out += _left(house, row.id)
    return out


def _left(house: House, mailing: int) -> list[str]:
    said = house.db.read(lambda c: progress.in_words(house, c, mailings.read(c, mailing)))
    return [f"  {said}"] if said else []


def postal_csv(house: House, word: str) -> str:
    """Name and postal address of those whom e-mail does not reach: the list for print, as CSV."""
    return paper.rows_as_csv([p for p in _unreached(house, word)[1] if p.street and p.postcode and p.city])


def call_lines(house: House, word: str) -> list[str]:
    """Whom to call: those whom e-mail does not reach, and those who are new since the issue before."""
    row, people, new = _unreached(house, word)
    lost = [p for p in people if p.reason != "wants_letter"]  # who wants a letter gets one, and need not be called
    whys = [(p, CALL_REASONS.get(p.reason, "adressen fungerar inte")) for p in lost] + [(p, "är ny") for p in new]
    if not whys:
        return [f"{row.title}: det finns ingen att ringa."]
    out = [f"{row.title}: {words.count(len(whys), 'person', 'personer')} att ringa.", ""]
    for p, why in whys:
        name = f"{p.first_name} {p.last_name}".strip() or "(namn saknas)"
        number = f" ({p.number})" if p.number else ""
        out.append(f"  {name}{number}: {in_words(p.phone) if p.phone else 'telefon saknas'} – {why}")
    return out


def _unreached(house: House, word: str) -> tuple[Any, Sequence[Any], Sequence[Any]]:
    """The mailing, those e-mail does not reach, those who are new; the look is recorded before it is taken."""
    row = house.db.read(lambda c: which.mailing(house, c, word))
    now = house.clock.now()
    house.db.write(lambda c: register.record_access(c, house.os_user, f"report: {row.title}", None, now))
    people = house.db.read(lambda c: unreached.unreached(c, row, house.here()))
    known = {p.contact_id for p in people}
    new = house.db.read(lambda c: unreached.new_since_issue_before(c, row, house.here()))
    return row, people, [p for p in new if p.contact_id not in known]


def _read(house: House, connection: Connection, word: str) -> tuple[Any, Balance, dict[tuple[str, str], int], Any]:
    row = which.mailing(house, connection, word)
    approval = mailings.valid_approval(connection, row)
    return row, figures.balance(connection, row.id), figures.reasons(connection, row.id), approval


def _people(house: House, mailing: int, title: str) -> tuple[dict[str, Any], ...]:
    """Every delivery with its person; the look is recorded before it is taken."""
    now = house.clock.now()
    house.db.write(lambda c: register.record_access(c, house.os_user, f"report: {title}", None, now))
    rows = house.db.read(lambda c: figures.people(c, mailing))
    domain = house.settings.sender.from_.domain
    out = []
    for row in rows:
        person = dict(row._mapping)
        person["group"] = outbox_report.group_of(row.state, row.reason)
        recipient = str(row.contact_id) if row.contact_id is not None else (row.address or "")
        person["message_id"] = codes.message_id(house.keys, mailing, recipient, domain)
        person["next_at"] = row.next_at.isoformat() if row.next_at else None
        out.append(person)
    return tuple(out)


def _why(shown: Report) -> list[str]:
    out = [f"Utskicket {STATE_WORDS[shown.state]}: {shown.why}."] if shown.why else []
    out += [shown.waits] if shown.waits else []
    out += [shown.left] if shown.left else []
    if shown.approved_by:
        out.append(f"Godkänt av {shown.approved_by}.")
    return out


def _names(shown: Report) -> list[str]:
    out = []
    for group, (heading, _) in outbox_report.GROUPS.items():
        members = [p for p in shown.people if p["group"] == group]
        if members and group != "accepted":
            out += ["", f"{heading}:", *(f"  {_person(p)}" for p in members)]
    return out


def _owed_names(house: House, row: Any) -> list[str]:
    people = [p for p in _people(house, row.id, row.title) if p["state"] == row.delivery_state]
    return [f"  {p['id']}: {_person(p)}" for p in people]


def _person(person: dict[str, Any]) -> str:
    name = f"{person['first_name'] or ''} {person['last_name'] or ''}".strip() or person["address"] or "(borttagen)"
    number = f" ({person['number']})" if person["number"] else ""
    what = person["address_problem"] or _said(person) or person["address_shown"] or person["address"] or ""
    return f"{name}{number}{': ' + what if what else ''}"


def _said(person: dict[str, Any]) -> str:
    """What the other side said. Of a bounce that was written down with the relay's yes beside it: the status alone."""
    is_yes = str(person["reply_code"] or "").startswith("2")
    status = person["reply_status"] if person["state"] == "bounced" else ""
    return str((None if is_yes else person["reply_text"]) or status or "")
