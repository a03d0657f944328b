"""report and owed: the balance of a mailing, and who is behind each figure.

Takes   the opened house and which mailing.
Gives   a Report; its Swedish lines; its JSON.
Fails   BrokenPromise when the balance does not close.

Names are shown only when asked for, and that somebody looked is written down first.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailer import codes, words
from mailer.house import House
from mailer.outbox import report as outbox_report
from mailer.outbox.balance import Balance
from mailer.outbox.store import figures, mailings
from mailer.outbox.store.mailings import STATE_WORDS
from mailer.register import store as register
from mailer.verbs import which


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

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "state": self.state,
            "why": self.why,
            "approved_by": self.approved_by,
            "balance": self.balance.to_json(),
            "reasons": {f"{state}/{reason}": n for (state, reason), n in sorted(self.reasons.items())},
        }
        return out | ({"deliveries": list(self.people)} if self.people else {})


def report(house: House, word: str = "", names: bool = False) -> Report:
    """The report of a mailing; without a word, of the newest."""
    row, balance, reasons, approval = house.db.read(lambda c: _read(house, c, word))
    people = _people(house, row.id, row.title) if names else ()
    return Report(
        row.name, row.title, row.state, row.why or "", balance, reasons, approval.name if approval else "", people
    )


def lines(shown: Report) -> list[str]:
    """The report as a person reads it."""
    if shown.balance.selected == 0:
        return [f"{shown.title} {STATE_WORDS[shown.state]}. Inget är skickat ännu.", *_why(shown)]
    head = outbox_report.sentence(shown.title, shown.balance, shown.reasons)
    out = [head, *_why(shown), "", "Avstämning:", *outbox_report.lines(shown.balance, shown.reasons)]
    return [*out, *_names(shown)] if shown.people else out


def all_lines(house: House) -> list[str]:
    """One line per mailing, newest first."""
    rows = house.db.read(figures.all_mailings)
    return [f"{row.name:<32} {STATE_WORDS[row.state]:<20} {row.title}" for row in rows] or ["Inget är gjort ännu."]


def owed_lines(house: House, names: bool = False) -> list[str]:
    """What is still owed, and what is in doubt: mailing by mailing."""
    rows = house.db.read(figures.open_mailings)
    if not rows:
        return ["Inget är kvar att skicka, och inget är oklart."]
    out = []
    for row in rows:
        state = outbox_report.GROUPS[outbox_report.group_of(row.delivery_state, None)][0].lower()
        out.append(f"{row.title}: {words.number(row.number)} {state} (utskicket {STATE_WORDS[row.state]})")
        if names:
            out += _owed_names(house, row)
    return out


def postal_rows(house: House, word: str) -> list[dict[str, str]]:
    """Name and postal address of those whom e-mail does not reach: the list for print."""
    row = house.db.read(lambda c: which.mailing(house, c, word))
    unreached = [p for p in _people(house, row.id, row.title) if p["group"] in ("no_address", "broken")]
    keys = ("first_name", "last_name", "care_of", "street", "postcode", "city")
    return [{k: str(p[k] or "") for k in keys} for p in unreached]


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
    what = person["address_problem"] or person["reply_text"] or person["address_shown"] or person["address"] or ""
    return f"{name}{number}{': ' + what if what else ''}"
