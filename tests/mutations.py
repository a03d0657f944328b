"""Takes the promises out of the code one by one and demands that the tests notice: `python -m tests.mutations [WORD]`.

Takes   the repository; a word to try only the mutations whose name holds it.
Gives   a table on stdout; exit 0 when the tests are green as the code stands and red under every mutation.
Fails   exit 1 when a mutation survives; exit 2 when the code it changes is not there any more.

It works in a copy. A mutation that breaks the code instead of the promise (nothing can be collected) does not count.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "dist", "build", "*_cache", ".hypothesis", "__pycache__")
PASSED, FAILED = 0, 1  # pytest's exit codes; the others say that the tests did not run

LOOKING = "mailer/outbox/store/looking.py"
CLAIMING = "mailer/outbox/store/claiming.py"
LEASES = "mailer/outbox/store/leases.py"
SETTLING = "mailer/outbox/store/settling.py"
DIALOGUE = "mailer/deliver/dialogue.py"
SURVEYS = "mailer/surveys"


@dataclass(frozen=True, slots=True)
class Ran:
    """How the tests ended, and the first reason they gave."""

    code: int
    why: str


class NotThere(Exception):
    """The text of a mutation is not in the code exactly once."""


@dataclass(frozen=True, slots=True)
class Change:
    """One exact text for another."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """A promise that is taken out, and the fewest tests that must notice."""

    name: str
    changes: tuple[Change, ...]
    tests: tuple[str, ...]


MUTATIONS = (
    Mutation(
        "no offered mark: sent while it is only claimed",
        (
            Change(
                LOOKING, "    return marked.values(state=after)\n", "    return marked.values(state=Delivery.CLAIMED)\n"
            ),
            Change(LOOKING, "in_(going)).values(state=after)", "in_(going)).values(state=Delivery.CLAIMED)"),
            Change(
                SETTLING,
                '    before, after = delivery_step("accept")\n',
                '    before, after = [Delivery.CLAIMED], delivery_step("accept")[1]\n',
            ),
        ),
        (
            "tests/outbox/test_ledger.py::test_puts_what_was_offered_in_doubt_after_a_crash_and_releases_what_was_claimed",
        ),
    ),
    Mutation(
        "handed out before the mark is on the disk",
        (
            Change(
                "mailer/db/door.py",
                "                    result = fn(connection) if future.set_running_or_notify_cancel() else None\n",
                "                    result = fn(connection) if future.set_running_or_notify_cancel() else None\n"
                '                    if type(result).__name__ == "Commit":\n'
                "                        future.set_result(result)\n",
            ),
            Change(
                "mailer/db/door.py",
                "            else:\n                if not future.cancelled():\n",
                "            if True:\n                if not future.done():\n",
            ),
        ),
        ("tests/crash/test_marks.py",),
    ),
    Mutation(
        "the answers of what is out are lost when the disk becomes full",
        (
            Change(
                "mailer/deliver/exchange.py",
                "            if not self.on_full(full):\n                raise\n",
                "            self.on_full(full)\n            raise\n",
            ),
        ),
        ("tests/deliver/test_reserve.py",),
    ),
    Mutation(
        "a new Message-ID when it is sent again",
        (
            Change(
                "mailer/deliver/message.py",
                "(o.delivery, o.mailing, o.recipient + edition)",
                '(o.delivery, o.mailing, f"{o.recipient}/{o.attempts}" + edition)',
            ),
        ),
        ("tests/wire/test_faults.py::test_repeats_itself_when_a_line_broke_after_the_message_was_taken",),
    ),
    Mutation(
        "nobody is believed to write but this process",
        (
            Change(
                "mailer/outbox/store/unchanged.py",
                "stamp != (known.stamp[0] + 1, known.stamp[1])",
                "stamp[0] != known.stamp[0] + 1",
            ),
        ),
        ("tests/outbox/test_unchanged.py::test_writes_to_nobody_who_has_left_since_the_claim",),
    ),
    Mutation(
        "claimed anew in the commit that refuses its mark",
        (Change("mailer/outbox/store/ledger.py", "if claim and len(offered) == len(turn.marks):", "if claim:"),),
        ("tests/outbox/test_unchanged.py::test_claims_nothing_anew_in_the_commit_that_refuses_its_mark",),
    ),
    Mutation(
        "nobody of this process is believed to write between two commits",
        (
            Change(
                "mailer/outbox/store/unchanged.py",
                "stamp != (known.stamp[0] + 1, known.stamp[1])",
                "stamp[1] != known.stamp[1]",
            ),
        ),
        ("tests/outbox/test_unchanged.py::test_writes_to_nobody_who_has_left_since_the_claim",),
    ),
    Mutation(
        "no last look at leaves, suppressions and the register",
        (
            Change(
                LOOKING,
                '(d.contact_id.is_not(None), reason_now(d.contact_id, d.list, asked("now", Moment()), m.event_kind)),',
                "(d.contact_id.is_not(None), null()),",
            ),
        ),
        ("tests/outbox/test_ledger.py::test_takes_a_last_look",),
    ),
    Mutation(
        "lease ignored: a new runner takes everything",
        (
            Change(
                LEASES,
                "where(c.instance == instance, c.ended.is_(False)).values(lease_until=0)",
                "where(c.ended.is_(False)).values(lease_until=0)",
            ),
        ),
        ("tests/outbox/test_ledger.py::test_leaves_alone_a_runner_whose_lease_lasts",),
    ),
    Mutation(
        "lease ignored: a runner goes on after it was taken for dead",
        (
            Change(
                LEASES,
                'update(runners).where(c.id == asked("runner"), c.ended.is_(False))',
                'update(runners).where(c.id == asked("runner"))',
            ),
        ),
        ("tests/crash/test_leases.py",),
    ),
    Mutation(
        "an answer to what another has taken over goes by, where answers and marks are one statement",
        (
            Change(
                "mailer/outbox/store/settling.py", "if accepted != len(settlements):", "if accepted > len(settlements):"
            ),
        ),
        ("tests/outbox/test_usual.py",),
    ),
    Mutation(
        "the sender's transaction on PostgreSQL begins without the last look",
        (
            Change(
                "mailer/db/engines.py",
                'run(connection, f"{begin}; {LOOK}" if looks else begin)',
                "run(connection, begin)",
            ),
        ),
        ("tests/register/test_store.py::test_lets_no_wish_slip_between_a_last_look_and_its_offer",),
    ),
    Mutation(
        "settled before the relay has answered",
        (
            Change(
                DIALOGUE,
                "            answered = _answered(code, text)",
                '            answered = _answered(250, b"2.0.0 Ok")',
            ),
        ),
        ("tests/wire/test_faults.py::test_takes_a_no_about_a_recipient_for_that_recipient_alone",),
    ),
    Mutation(
        "a line that broke after the final dot is a refusal for now",
        (Change("mailer/deliver/line.py", 'return Outcome("doubt", "dot",', 'return Outcome("defer", "dot",'),),
        ("tests/wire/test_faults.py::test_leaves_to_a_person_what_is_in_doubt_twice",),
    ),
    Mutation(
        "a reply too many is left for the next command",
        (Change(DIALOGUE, '            raise _Nonsense("ett svar på ingenting")', "            return"),),
        ("tests/wire/test_dialogue.py",),
    ),
    Mutation(
        "a header section goes out unread",
        (Change("mailer/deliver/headers.py", "        if not self.whole.fullmatch(raw):", "        if False:"),),
        ("tests/deliver/test_message.py",),
    ),
    Mutation(
        "a line end may hide in an encoded word",
        (Change("mailer/deliver/headers.py", "    for said in layers(value):", "    for said in [value]:"),),
        ("tests/deliver/test_message.py",),
    ),
    Mutation(
        "a line may begin with a dot",
        (Change("mailer/render/mould.py", '_CHANGED = (b".", b"From ")', '_CHANGED = (b"From ",)'),),
        ("tests/deliver/test_recipients.py",),
    ),
    Mutation(
        "in doubt is never sent again",
        (
            Change(
                "mailer/outbox/store/claiming.py",
                "MOST_DOUBTS = 2",
                "MOST_DOUBTS = 0",
            ),
        ),
        ("tests/outbox/test_ledger.py::test_sends_a_delivery_in_doubt_once_more_and_no_more",),
    ),
    Mutation(
        "members are blamed for what is about us",
        (Change("mailer/deliver/reply.py", '        return "ours"\n', '        return "recipient"\n'),),
        ("tests/wire/test_faults.py::test_pauses_and_blames_nobody_for_a_no_that_is_about_us",),
    ),
    Mutation(
        "a MAC that is not checked",
        (
            Change(
                "mailer/codes.py",
                "return number if hmac.compare_digest(word, _sign(keys, purpose, number, size)) else None",
                "return number",
            ),
        ),
        ("tests/house/test_codes.py",),
    ),
    Mutation(
        "a stock that was paused is kept",
        (
            Change(
                "mailer/outbox/store/ledger.py",
                "    if turn.held:\n",
                "    if not turn:\n",
            ),
        ),
        ("tests/wire/test_tls.py::test_pauses_when_the_password_is_wrong_and_goes_on_when_it_is_mended",),
    ),
    Mutation(
        "a mail that came back counts each time it comes",
        (
            Change(
                "mailer/feedback/store.py",
                "    if known := _known(connection, letter, reading):\n        return _taken(known)\n    row",
                "    row",
            ),
            Change("mailer/feedback/store.py", ".on_conflict_do_nothing()", ""),
            Change("mailer/feedback/store.py", '"hash": letter.hash,', '"hash": f"{now.timestamp()}{id(letter)}",'),
        ),
        ("tests/feedback/test_consequences.py::test_counts_a_bounce_once_however_often_and_by_whatever_way_it_comes",),
    ),
    Mutation(
        "a bounce of any age counts",
        (
            Change(
                "mailer/feedback/weighing.py",
                "if subject.went_at is not None and now - subject.went_at > OLDEST:",
                "if False:",
            ),
        ),
        ("tests/feedback/test_consequences.py::test_ignores_a_bounce_that_comes_after_thirty_days",),
    ),
    Mutation(
        "the member is blamed for a bounce that is about us",
        (
            Change(
                "mailer/feedback/store_consequences.py",
                "    if hardness is Hardness.ours:\n",
                "    if hardness is Hardness.ours and False:\n",
            ),
            Change("mailer/feedback/score.py", "Hardness.ours: 0", "Hardness.ours: 4"),
        ),
        ("tests/feedback/test_consequences.py::test_never_holds_our_own_fault_against_the_member",),
    ),
    Mutation(
        "the first wave is all of it",
        (
            Change(
                "mailer/outbox/store/wave.py",
                "lets_go = or_(mailings.c.wave_upto.is_(None), deliveries.c.id <= mailings.c.wave_upto)",
                "lets_go = or_(mailings.c.wave_upto.is_(None), deliveries.c.id > 0)",
            ),
        ),
        ("tests/outbox/test_wave.py::test_sends_to_the_first_two_hundred_and_waits",),
    ),
    Mutation(
        "a mailing goes on however many come back",
        (Change("mailer/outbox/store/wave.py", "    if hard <= MOST_HARD:\n", "    if hard <= FIRST:\n"),),
        (
            "tests/outbox/test_wave.py::test_stops_a_mailing_of_whose_first_two_hundred_eleven_bounce_for_good",
            "tests/outbox/test_wave.py::test_stops_for_refusals_without_any_mailbox",
        ),
    ),
    Mutation(
        "an address is suppressed without being asked",
        (Change("mailer/feedback/probe.py", "len(asked) >= SOFT_ENDS and all(", "len(asked) >= 1 and any("),),
        ("tests/feedback/test_probe.py::test_asks_once_in_thirty_days_and_gives_up_at_the_third_soft_answer",),
    ),
    Mutation(
        "a bounce is taken before the relay's answer is settled",
        (Change("mailer/feedback/weighing.py", "        return LATER\n", "        return COUNTS\n"),),
        ("tests/feedback/test_consequences.py::test_waits_with_a_bounce_that_is_faster_than_the_relays_answer",),
    ),
    Mutation(
        "a survey's mail is not taken back when she answers",
        (
            Change(
                f"{SURVEYS}/invitations.py",
                "            control.withdraw_survey(connection, db, found.survey_id, found.contact_id, at, ENDS[event])\n",
                "            pass\n",
            ),
        ),
        ("tests/surveys/test_stops.py",),
    ),
    Mutation(
        "a ballot is as long as what it says",
        (Change(f"{SURVEYS}/box/ballot.py", 'return written.ljust(length, b" ")', "return written"),),
        ("tests/surveys/test_sealing.py", "tests/surveys/test_attack.py"),
    ),
    Mutation(
        "cells of one person are shown",
        (Change(f"{SURVEYS}/box/disclosure.py", "SMALLEST = 5  # people", "SMALLEST = 1  # people"),),
        ("tests/surveys/test_disclosure.py",),
    ),
    Mutation(
        "the gap between two asks is forgotten",
        (
            Change(
                f"{SURVEYS}/plan/rules.py",
                "or (_of_gap(step, moment, asks, calendar) if step.is_ask else None)",
                "or None",
            ),
        ),
        ("tests/surveys/test_plan_rules.py",),
    ),
    Mutation(
        "neighbours get one envelope",
        (
            Change(
                f"{SURVEYS}/posting/households.py",
                "    return bool(surnames[0] & surnames[1]) or same_line\n",
                "    return True\n",
            ),
        ),
        ("tests/surveys/test_posting_households.py",),
    ),
    Mutation(
        "a letter is posted whoever has answered",
        (
            Change(
                f"{SURVEYS}/posting/pulling.py",
                "    if never := why_never(person, step, had, survey.plan.limits):\n        return never\n",
                "",
            ),
        ),
        ("tests/surveys/test_posting.py",),
    ),
    Mutation(
        "a page calls whom a printed sheet has",
        (Change(f"{SURVEYS}/field/queue.py", ", i.id.not_in(on_sheets(now)))", ")"),),
        ("tests/surveys/test_sheets.py",),
    ),
    Mutation(
        "the address may slide out of the window",
        (
            Change(
                "mailer/letters/windows.py",
                "Box(seen.x, seen.y, seen.width - across, seen.height - down)",
                "Box(seen.x, seen.y, seen.width, seen.height)",
            ),
            Change(
                "mailer/letters/windows.py",
                "Box(seen.x - across, seen.y - down, seen.width + across, seen.height + down)",
                "Box(seen.x, seen.y, seen.width, seen.height)",
            ),
        ),
        ("tests/letters/test_windows.py",),
    ),
    Mutation(
        "people are forgotten a month too late",
        (Change(f"{SURVEYS}/erasing.py", "closes.month - 1 + MONTHS", "closes.month + MONTHS"),),
        ("tests/surveys/test_erasing.py",),
    ),
    Mutation(
        "the waves that are out are forgotten",
        (
            Change(
                f"{SURVEYS}/goal/projection.py",
                "        late += won * _late(ask, last)\n",
                "        late += won * _late(ask, counts.day)\n",
            ),
        ),
        ("tests/surveys/goal/test_projection.py",),
    ),
)


def main() -> None:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [m for m in MUTATIONS if word in m.name]
    if not chosen:
        raise SystemExit("\n".join(["No mutation has that in its name. They are:", *(m.name for m in MUTATIONS)]))
    try:
        survivors = _try(chosen)
    except NotThere as why:
        print(why, file=sys.stderr)
        raise SystemExit(2) from why
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutations were noticed.")
    raise SystemExit(1 if survivors else 0)


def _try(chosen: Sequence[Mutation]) -> list[str]:
    """The names of what was not noticed; first that all is green as it stands."""
    with tempfile.TemporaryDirectory(prefix="mutations-") as scratch:
        copy = Path(scratch) / "repo"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        _check_that_the_copy_is_used(copy)
        for mutation in chosen:
            _mutated(copy, mutation)  # all texts are looked up before anything is run
        survivors = []
        tests = sorted({test for mutation in chosen for test in mutation.tests})
        if not _row("as the code stands", PASSED, lambda: _run(copy, tests)):
            survivors.append("as the code stands")
        survivors += [m.name for m in chosen if not _row(m.name, FAILED, lambda m=m: _under(copy, m))]  # type: ignore[misc]
        return survivors


def _under(copy: Path, mutation: Mutation) -> Ran:
    """What became of the tests with the mutation in place; it is taken back afterwards."""
    before = {path: (copy / path).read_text("utf-8") for path in {c.path for c in mutation.changes}}
    for path, text in _mutated(copy, mutation).items():
        (copy / path).write_text(text, "utf-8")
    try:
        return _run(copy, mutation.tests)
    finally:
        for path, text in before.items():
            (copy / path).write_text(text, "utf-8")


def _mutated(copy: Path, mutation: Mutation) -> dict[str, str]:
    """The files as the mutation makes them. Raises NotThere."""
    texts: dict[str, str] = {}
    for change in mutation.changes:
        text = texts.get(change.path) or (copy / change.path).read_text("utf-8")
        if (found := text.count(change.old)) != 1:
            raise NotThere(f"{mutation.name}: found {found} times in {change.path}:\n{change.old}")
        texts[change.path] = text.replace(change.old, change.new)
    return texts


def _run(copy: Path, tests: Sequence[str]) -> Ran:
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "-m", "not soak", *tests]
    done = subprocess.run(command, cwd=copy, env=_environment(copy), capture_output=True, text=True, check=False)
    why = next((line[1:].strip() for line in done.stdout.splitlines() if line.startswith("E  ")), "")
    return Ran(done.returncode, why or done.stderr.strip()[-80:])


def _check_that_the_copy_is_used(copy: Path) -> None:
    """The package is installed from the repository; the tests must import the copy all the same."""
    command = [sys.executable, "-c", "import mailer; print(mailer.__file__)"]
    said = subprocess.run(command, cwd=copy, env=_environment(copy), capture_output=True, text=True, check=True)
    if not Path(said.stdout.strip()).is_relative_to(copy):
        raise NotThere(f"the copy would not be tested, but {said.stdout.strip()}")


def _environment(copy: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}


def _row(name: str, wanted: int, run: Callable[[], Ran]) -> bool:
    """Run, and print a line of the table. True when it went as wanted."""
    began = time.monotonic()
    ran = run()
    word = {PASSED: "green", FAILED: "red"}.get(ran.code, f"exit {ran.code}")
    right = ran.code == wanted
    seconds = time.monotonic() - began
    print(f"{name:<60} {word if right else word.upper():<6} {seconds:5.1f} s  {ran.why[:80]}", flush=True)
    return right


if __name__ == "__main__":
    main()
