"""What a button does: the same verbs as the command line, to the version that was read.

Takes   the opened house, a Visitor, the mailing's row, the fields of the form.
Gives   the version whose page is shown next.
Fails   EditorError in words for the page; Missing when a field is empty that must be filled.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue.assemble import Issue
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.verbs import changes, control, month, prepare, watch, which
from mailer.verbs.approve import approve
from mailer.verbs.send_back import LONGEST_REMARK, send_back
from mailer.web.approving.visitor import Visitor

OS_USER = "webbsida"  # what an approval says instead of a user of the machine
OPEN_TO_LATE = (Mailing.PROPOSED, Mailing.RETURNED)


class Missing(EditorError):
    """A field that must be filled is not."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What an approval takes now, asked of the verb itself: it answers as it will when the button is pressed."""

    stopped: tuple[Problem, ...] = ()  # nobody may approve it as it stands
    reason: tuple[Problem, ...] = ()  # why a reason must be given


Button = Callable[[House, Visitor, Row[Any], Mapping[str, str]], None]


def needs(house: House, visitor: Visitor, row: Row[Any]) -> Needs:
    """Tried without writing anything: with every reason, then with none."""
    if stopped := _refusal(house, visitor, row, "-"):
        return Needs(stopped=stopped)
    return Needs(reason=_refusal(house, visitor, row, ""))


def _refusal(house: House, visitor: Visitor, row: Row[Any], reason: str) -> tuple[Problem, ...]:
    try:
        approve(house, row.name, visitor.person.address, reason, dry_run=True, version=visitor.version, despite="-")
    except EditorError as why:
        return why.problems
    return ()


def late(house: House, row: Row[Any]) -> list[str]:
    """The titles of the blocks that came after the copy deadline, as the folder is now."""
    if row.kind != "issue" or row.state not in OPEN_TO_LATE or row.planned_at is not None:
        return []
    series = next((s for s in house.settings.series if s.key == row.series), None)
    if series is None:
        return []
    try:
        issue: Issue = prepare.look(house, series, row.period)[0]
    except EditorError:
        return []
    paths = changes.late_paths(house, series, row, issue)
    return [f"{b.title}{f' ({b.owner})' if b.owner else ''}" for b in issue.blocks if b.path in paths]


def _approve(house: House, visitor: Visitor, row: Row[Any], form: Mapping[str, str]) -> None:
    if form.get("read") != "yes":  # a program that sends every form it finds ticks nothing
        raise Missing(Problem("Läst", "rutan är inte ikryssad.", "Kryssa i att du har läst utskicket."))
    reason, despite = (_short(form.get(name, "")) for name in ("reason", "despite"))
    webbed = replace(house, os_user=OS_USER)
    approve(webbed, row.name, visitor.person.address, reason, version=visitor.version, despite=despite)


def _send_back(house: House, visitor: Visitor, row: Row[Any], form: Mapping[str, str]) -> None:
    if not form.get("remark"):
        raise Missing(Problem("Anmärkning", "den är tom.", "Skriv vad som ska ändras."))
    send_back(house, row.name, visitor.person.address, _short(form["remark"]), visitor.version)


def _pause(house: House, visitor: Visitor, row: Row[Any], form: Mapping[str, str]) -> None:
    control.pause(replace(house, os_user=f"{visitor.person.name} ({OS_USER})"), row.name)


def _resume(house: House, visitor: Visitor, row: Row[Any], form: Mapping[str, str]) -> None:
    control.resume(house, row.name)


def _take_in(house: House, visitor: Visitor, row: Row[Any], form: Mapping[str, str]) -> None:
    """Made anew with everything in the folder, as the clock does it: an answer given meanwhile stands."""
    series = which.series(house, row.series)
    if not month.assemble(house, series, row.period, by_clock=True).written:
        raise EditorError(Problem(row.title, "någon har svarat under tiden.", "Läs sidan igen."))
    watch.ask_approvers(house, series, row.period)


def _short(text: str) -> str:
    if len(text) > LONGEST_REMARK:
        raise Missing(Problem("Texten", f"den är {len(text)} tecken.", f"Skriv högst {LONGEST_REMARK}."))
    return text


BUTTONS: Mapping[str, Button] = {
    "approve": _approve,
    "return": _send_back,
    "pause": _pause,
    "resume": _resume,
    "late": _take_in,
}


def is_done(connection: Connection, row: Row[Any], button: str, visitor: Visitor, form: Mapping[str, str]) -> bool:
    """Whether what the button asks for is so already: pressed twice, it is one answer."""
    if button == "approve":
        given = mailings.valid_approval(connection, row)
        return given is not None and row.state in (Mailing.APPROVED, Mailing.SENDING, Mailing.FINISHED)
    if button == "return":
        said = f"{visitor.person.name}: {form.get('remark', '')}"
        return bool(row.state == Mailing.RETURNED and row.why == said)
    return bool(row.state == {"pause": Mailing.PAUSED, "resume": Mailing.SENDING}.get(button))
