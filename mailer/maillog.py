"""The log: one function per loggable fact. Numbers of contacts and deliveries, never addresses, names or text.

Takes   facts.
Gives   one line each on stderr: time, fact, key=value; JSON when MAILER_LOG=json.
Fails   never.
"""

import contextlib
import os
import sys
from typing import Any, TextIO, cast

import structlog

quiet = False  # a person at the command line gets the verb's own words instead
_LOG: Any = None


class _Stderr:
    """A log whose disk is full, or that nobody reads any longer, stops nobody's mail."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def _log() -> Any:
    global _LOG
    if _LOG is None:
        render: Any = (
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if os.environ.get("MAILER_LOG") == "json"
            else structlog.processors.KeyValueRenderer(key_order=["time", "event", "delivery"], drop_missing=True)
        )
        _LOG = structlog.wrap_logger(
            structlog.PrintLogger(cast(TextIO, _Stderr(sys.stderr))),
            processors=[_unless_quiet, structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"), render],
        )
    return _LOG


def _unless_quiet(_logger: Any, _name: str, event: Any) -> Any:
    if quiet:
        raise structlog.DropEvent
    return event


def settled(delivery: int, state: str, stage: str, code: int, status: str) -> None:
    """A delivery that was not simply accepted. `status` is the enhanced code; the reply's text may hold an address."""
    _log().info("settled", delivery=delivery, state=state, stage=stage, code=code, status=status)


def not_made(delivery: int, error: str) -> None:
    """A message that cannot be made; `error` is the class, since the text may hold a name."""
    _log().error("not_made", delivery=delivery, error=error)


def committed(accepted: int, others: int, offered: int) -> None:
    """The group commits of a second."""
    _log().info("committed", accepted=accepted, others=others, offered=offered)


def runner_started(runner: int, released: int, in_doubt: int) -> None:
    _log().info("runner_started", runner=runner, released=released, in_doubt=in_doubt)


def recovered(released: int, in_doubt: tuple[int, ...]) -> None:
    """What a runner held that has been silent for longer than its lease."""
    _log().warning("recovered", released=released, in_doubt=len(in_doubt), deliveries=list(in_doubt)[:20])


def runner_stopped(runner: int, why: str) -> None:
    _log().info("runner_stopped", runner=runner, why=why)


def relay_unreachable(stage: str, code: int, why: str, wait: float) -> None:
    """`why` is the class of failure, not the reply; `wait` in seconds until the next try."""
    _log().warning("relay_unreachable", stage=stage, code=code, why=why, wait=round(wait, 1))


def mailing_paused(mailing: int, why: str) -> None:
    _log().warning("mailing_paused", mailing=mailing, why=why)


def mailing_planned(mailing: int, selected: int, excluded: int) -> None:
    _log().info("mailing_planned", mailing=mailing, selected=selected, excluded=excluded)


def due(schedule: str, planned_for: str, late_s: float) -> None:
    """Something of the clock was due and has been done."""
    _log().info("due", schedule=schedule, planned_for=planned_for, late_s=round(late_s))


def held(why: str) -> None:
    """The home waits for a person."""
    _log().warning("held", why=why)


def failed(task: str, error: str) -> None:
    """A task of the clock failed; `error` is the class, since the text may hold a name."""
    _log().error("failed", task=task, error=error)


def answered(mailing: int, what: str, status: int) -> None:
    """Somebody has pressed a button on a page. `status`: the HTTP status of the answer; the code is never told."""
    _log().info("answered", mailing=mailing, what=what, status=status)


def asked(route: str, status: int, ms: float) -> None:
    """A page was answered. `route`: its pattern in the table of routes, never what was asked for; ”-”: none fits."""
    _log().info("asked", route=route, status=status, ms=round(ms, 1))


def mailbox_read(new: int, known: int, later: int, unknown: int, is_whole: bool) -> None:
    """One reading of the mailbox. `known`: had been taken before; `later`: left there; `unknown`: wait for a person."""
    _log().info("mailbox_read", new=new, known=known, later=later, unknown=unknown, whole=is_whole)


def page_withdrawn(mailing: int, is_back: bool) -> None:
    """A person has taken a page of the archive down, or put it back."""
    _log().info("page_withdrawn", mailing=mailing, back=is_back)


def opened(contact: int, what: str) -> None:
    """A fresh link was used. `what`: visit, or address."""
    _log().info("opened", contact=contact, what=what)


def erased(contact: int, at_once: bool) -> None:
    """A contact is erased, or (not at once) has asked for it."""
    _log().info("erased", contact=contact, at_once=at_once)


def joined(contact: int) -> None:
    """Somebody has confirmed that she wants to be on a list of those that anybody may join."""
    _log().info("joined", contact=contact)


def passed(number: int, sort: str) -> None:
    """A link for an evening of field work was made. `sort`: telephone, paper."""
    _log().info("passed", number=number, sort=sort)


def pass_ended(number: int) -> None:
    """A person has ended such a link before its evening was over."""
    _log().info("pass_ended", number=number)


def sheet_made(number: int, people: int) -> None:
    """A printed call sheet was made, with so many on it."""
    _log().info("sheet_made", number=number, people=people)


def sheet_ended(number: int, how: str) -> None:
    """A printed call sheet is ”back” or ”lost”."""
    _log().info("sheet_ended", number=number, how=how)


def unknown_code() -> None:
    """A response code was typed that nobody has. Which one is not told: it may be a slip of the pen from a real one."""
    _log().warning("unknown_code")


def survey_approved(survey: str, invited: int) -> None:
    """A survey's plan was approved; how many were invited at once."""
    _log().info("survey_approved", survey=survey, invited=invited)


def followed(number: int, event: str) -> None:
    """A person has said what became of a member who wanted to be active. `number`: of the task."""
    _log().info("followed", number=number, did=event)


def survey_erased(survey: str) -> None:
    """The tracks of people in a survey are gone."""
    _log().info("survey_erased", survey=survey)


def survey_stopped(survey: str, what: str) -> None:
    """A survey was taken back, or somebody is not asked any more; who is in the register's list of accesses."""
    _log().info("survey_stopped", survey=survey, what=what)


def letters_printed(survey: str, run: int, letters: int) -> None:
    """A run of letters was printed."""
    _log().info("letters_printed", survey=survey, run=run, letters=letters)


def letters_posted(survey: str, letters: int, pulled: int) -> None:
    """A person has said that letters are posted; how many of them had to be taken out."""
    _log().info("letters_posted", survey=survey, letters=letters, pulled=pulled)


def letters_returned(survey: str, letters: int, undone: bool) -> None:
    """The post has brought letters back, or (undone) a person takes it back."""
    _log().info("letters_returned", survey=survey, letters=letters, undone=undone)


def code_revoked(survey: str, number: int) -> None:
    """Response codes were made void; whose is in the register's list of accesses."""
    _log().warning("code_revoked", survey=survey, number=number)


def restored() -> None:
    """A backup was put in the place of the database; the home is held."""
    _log().warning("restored")


def moved(rows: int) -> None:
    """The home's database is in PostgreSQL now."""
    _log().warning("moved", rows=rows)


def backed_up(size: int, thrown_away: int) -> None:
    """`size` in bytes."""
    _log().info("backed_up", size=size, thrown_away=thrown_away)


def jobs_put_back(count: int) -> None:
    """Background work of workers that are silent, given to others."""
    _log().warning("jobs_put_back", count=count)
