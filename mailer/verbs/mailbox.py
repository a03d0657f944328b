"""mailbox: what has come back is read, written down with its consequences, and moved out of the way.

Takes   the opened house; a way to say stop.
Gives   a Round: how many of each kind, and how many wait for a person.
Fails   AdminError when there is no mailbox, it does not let us in, or the home waits for a person; LaterError when its
        server is away, or somebody reads it already.

Each mail is taken in one transaction, and moved after it. Killed in between, it is known again by its hash at the next
round, and only moved. Nothing here answers a mail: what is unknown lies in ”okända” until a person looks.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from mailer import lineage, maillog, words
from mailer.errors import AdminError, LaterError, MailerError, Problem
from mailer.feedback import rounds, store
from mailer.feedback.begun import Begun
from mailer.feedback.imap import Imap
from mailer.feedback.mailbox import Folder, Mailbox, Waiting
from mailer.feedback.maildir import Maildir
from mailer.feedback.reading import Kind, Reading
from mailer.home import Lock
from mailer.house import House
from mailer.register import store as register
from mailer.render.templates import open_templates
from mailer.settings import FILE
from mailer.verbs.read import read_mail
from mailer.verbs.say import say

SILENCE = timedelta(hours=24)  # of the server, after which the administrators are told
LAID_ASIDE = "läsningen har avbrutits tre gånger vid just det här mejlet"
KINDS = {
    Kind.bounce: ("studs", "studsar"),
    Kind.delayed: ("försening", "förseningar"),
    Kind.complaint: ("klagomål", "klagomål"),
    Kind.auto_reply: ("autosvar", "autosvar"),
    Kind.leave: ("som vill sluta få mejl", "som vill sluta få mejl"),
    Kind.reply: ("svar från en människa", "svar från människor"),
    Kind.report: ("rapport", "rapporter"),
    Kind.loop: ("mejl i en slinga", "mejl i en slinga"),
    Kind.unknown: ("som tjänsten inte förstår", "som tjänsten inte förstår"),
}


@dataclass(slots=True)
class Round:
    """One reading of the mailbox. It counts as it goes."""

    kinds: Counter[Kind] = field(default_factory=Counter)  # of those that had not been taken before
    known: int = 0  # taken before, and only moved now
    later: int = 0  # left where they are, for the next round
    set_aside: int = 0  # that the reading died of
    passed_over: int = 0  # that the server could not give: left where they are
    unknown: int = 0  # lie in ”okända” when all is done
    is_whole: bool = False  # it came to the mailbox's end
    shown: list[str] = field(default_factory=list)  # a line for each, when names were asked for


def open_mailbox(house: House) -> Mailbox:
    """The home's mailbox. AdminError when it has none."""
    at = house.settings.mailbox
    if at.kind == "imap":
        return Imap(at, house.settings.mailbox_password(house.home))
    if at.kind == "maildir":
        return Maildir(house.home / at.path)
    what = "det finns ingen [mailbox], så studsar och svar läses inte."
    raise AdminError(
        Problem(FILE, what, 'Skriv in brevlådan som return_address går till: kind = "imap" eller "maildir".')
    )


def may_read(house: House) -> None:
    """AdminError while the home waits for a person: what comes back belongs to the home it was copied from."""
    if why := lineage.held(house.db):
        remedy = "Se efter med mailer adopt, och bekräfta med mailer adopt --as NAMN."
        raise AdminError(Problem("hemmet", f"{why}. Inget läses förrän en människa har sagt ja.", remedy))


def read_mailbox(
    house: House,
    box: Mailbox,
    stopped: Callable[[], bool] = lambda: False,
    names: bool = False,
    dry_run: bool = False,
) -> Round:
    """Read all that waits. `stopped` is asked between two mails. `dry_run` takes and moves nothing."""
    lock = Lock(house.var / "mailbox.lock")
    if not lock.take():
        raise LaterError(Problem("brevlådan", "en annan process läser den just nu.", "Vänta, och kör igen."))
    try:
        return _read_all(house, box, stopped, names, dry_run)
    finally:
        lock.free()


def _read_all(house: House, box: Mailbox, stopped: Callable[[], bool], names: bool, dry_run: bool) -> Round:
    began, round_ = house.clock.now(), Round()
    if names:
        house.db.write(lambda c: register.record_access(c, house.os_user, "mailbox", None, began))
    for bunch in box.waiting():
        if dry_run:
            _look(house, bunch, round_, names)
        else:
            _take_bunch(house, box, bunch, round_, stopped, names)
        if stopped():
            break
    else:
        round_.is_whole = True
    round_.passed_over = box.passed_over
    round_.unknown = box.count(Folder.unknown)
    if not dry_run:
        if round_.is_whole:
            house.db.write(lambda c: rounds.note_read(c, began, round_.unknown))
        _tell_of(house, round_)
        maillog.mailbox_read(sum(round_.kinds.values()), round_.known, round_.later, round_.unknown, round_.is_whole)
    return round_


def failed(house: House, why: MailerError) -> None:
    """A reading that failed: the administrators hear at once of what only they can mend, else after a day."""
    now = house.clock.now()
    since = house.db.write(lambda c: rounds.note_failed(c, now))
    if isinstance(why, AdminError) or now - since >= SILENCE:
        day = now.astimezone(house.zone).date().isoformat()
        _tell(house, f"brevlåda/{since.isoformat()}/{day}/{why.exit_code}", why.problems)


def lines(done: Round, dry_run: bool = False) -> list[str]:
    """What was read, as a person reads it."""
    out = [
        f"{words.count(n, *KINDS[kind])}."
        for kind, n in sorted(done.kinds.items(), key=lambda pair: [*KINDS].index(pair[0]))
    ]
    out = out or ["Inget nytt har kommit."]
    out += [f"{words.count(done.known, 'mejl', 'mejl')} var redan läst och är flyttat nu."] if done.known else []
    out += [f"{words.count(done.later, 'mejl', 'mejl')} läses senare: utskicket pågår ännu."] if done.later else []
    if n := done.passed_over:
        out.append(f"{words.count(n, 'mejl', 'mejl')} gick inte att hämta från servern, och ligger kvar där.")
    out += ["", *done.shown] if done.shown else []
    if dry_run:
        return [*out, "Inget är taget och inget är flyttat (--dry-run)."]
    return [*out, rounds.waiting_words(done.unknown) or f"Inget ligger i ”{Folder.unknown}”."]


def _take_bunch(
    house: House, box: Mailbox, bunch: Sequence[Waiting], round_: Round, stopped: Callable[[], bool], names: bool
) -> None:
    """Take each, then move all that are taken: what is not moved before a crash is moved at the next round."""
    goes: dict[Folder, list[str]] = {folder: [] for folder in Folder}
    for mail in bunch:
        if stopped():
            break
        if (folder := _take(house, mail, round_, names)) is not None:
            goes[folder].append(mail.id)
    for folder, ids in goes.items():
        if ids:
            box.move(ids, folder)


def _take(house: House, mail: Waiting, round_: Round, names: bool) -> Folder | None:
    """One mail, in one transaction. Where it goes; None when it stays until the next round."""
    begun, name, is_safe = Begun(house.var / "mailbox.begun"), mail.hash, True
    try:
        is_safe = begun.begin(name)
        reading = read_mail(house, mail.raw) if is_safe else Reading(Kind.unknown, why=(LAID_ASIDE,))
        letter = store.Received(name, reading.message_id, mail.size)
        now = house.clock.now()
        taken = house.db.write(lambda c: store.take(house.db, c, house.keys, house.zone, letter, reading, now))
    except (LaterError, AdminError):  # the database or the disk, not the mail
        begun.end()
        raise
    begun.end()
    if names:
        round_.shown.append(_shown(mail, reading))
    if taken.later:
        round_.later += 1
        return None
    round_.set_aside += not is_safe and taken.is_new
    if taken.is_new:
        round_.kinds[taken.kind] += 1
    else:
        round_.known += 1
    is_for_a_person = mail.is_cut and taken.kind is Kind.reply  # what was cut off is hers to see
    return Folder.unknown if is_for_a_person else Folder(taken.folder)


def _look(house: House, bunch: Sequence[Waiting], round_: Round, names: bool) -> None:
    for mail in bunch:
        reading = read_mail(house, mail.raw)
        round_.kinds[reading.kind] += 1
        if names:
            round_.shown.append(_shown(mail, reading))


def _shown(mail: Waiting, reading: Reading) -> str:
    whom = reading.address or reading.from_address or "(okänd avsändare)"
    cut = f" Bara de första {words.number(len(mail.raw))} byten är lästa." if mail.is_cut else ""
    return f"{KINDS[reading.kind][0]}: {whom}: {reading.subject or '(inget ämne)'}.{cut}"


def _tell_of(house: House, round_: Round) -> None:
    """What only a person can look into: mails that go round, and mails that our reading dies of. Once a day each."""
    day = house.clock.now().astimezone(house.zone).date().isoformat()
    if n := round_.kinds[Kind.loop]:
        what = f"{words.count(n, 'mejl', 'mejl')} går runt: våra egna, eller från en tjänst som svarar på sig själv."
        remedy = "Inget har besvarats. Se efter om någon vidarebefordrar mejl till adressen för studsar."
        _tell(house, f"slinga/{day}", [Problem("brevlådan", what, remedy)])
    if n := round_.passed_over:
        what = f"{words.count(n, 'mejl', 'mejl')} går inte att hämta: servern säger nej till just det. Resten är läst."
        remedy = "Öppna brevlådan i ett vanligt e-postprogram, och flytta eller ta bort det som inte går att läsa."
        _tell(house, f"ohämtat/{day}", [Problem("brevlådan", what, remedy)])
    if round_.set_aside:
        what = f"{words.count(round_.set_aside, 'mejl', 'mejl')} gick inte att läsa: {LAID_ASIDE}."
        remedy = f"Det ligger i ”{Folder.unknown}”. Spara det, och visa det för den som utvecklar tjänsten."
        _tell(house, f"oläsligt/{day}", [Problem("brevlådan", what, remedy)])


def _tell(house: House, name: str, problems: Sequence[Problem]) -> None:
    values = {"title": house.settings.association.name, "problems": [str(p) for p in problems]}
    administrators = house.settings.with_role("administrator")
    say(house, name, administrators, "trouble", open_templates(), command=house.command("mailbox"), **values)
