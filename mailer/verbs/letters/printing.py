"""letters print: a run of letters for everybody whose letter of a step is open, as PDF, with a packing list.

Takes   the opened house; a step, the window, whom if not all, who prints.
Gives   a Printed: the files, how many, and who gets no letter and why. Nobody counts as asked by it.
Fails   AdminError when the home has no pages of its own, no return address or no such window; EditorError when nobody
        is to have the letter, or all of them have one on the table.

Each sheet's code is looked up by the key it is found with before it is printed: what is on paper opens her form.
"""

import hmac
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from mailer import maillog
from mailer import words as swedish
from mailer.content.channel_plan.model import Step
from mailer.errors import AdminError, BrokenPromise, Problem
from mailer.house import House
from mailer.languages import LANGUAGES, Language
from mailer.letters import windows
from mailer.letters.form import PaperForm
from mailer.letters.letter import print_letters, unprintable
from mailer.letters.model import Box, Envelope, LetterWords, Sender, Sheet, Window
from mailer.letters.packing import print_packing_list, print_return_labels
from mailer.letters.page import missing_glyphs
from mailer.register import store as register
from mailer.settings import Settings
from mailer.surveys import codes
from mailer.surveys.personal import typed_page
from mailer.surveys.posting import runs
from mailer.surveys.posting.households import Addressee, Household, households, postal
from mailer.surveys.posting.runs import Made
from mailer.surveys.store import Surveyed
from mailer.verbs.letters import files, which
from mailer.verbs.people import person
from mailer.verbs.preview import make_private

SCANNED = "/s/"  # what a QR code leads to; her code follows
_PLACE = re.compile(r"\b\d{3} ?\d{2}\b.*$")  # ”186 21 Vallentuna”: many are named after where they are


@dataclass(frozen=True, slots=True)
class Printed:
    """What was printed, or (`run` 0) would be."""

    survey: Surveyed
    step: Step
    run: int
    letters: int
    envelopes: int
    files: tuple[Path, ...]
    sheets: int  # of paper
    unable: tuple[tuple[Addressee, str], ...]
    odd: tuple[Problem, ...]  # what is to be written by hand
    waiting: int  # people whose letter lies on the table since before
    discarded: int
    is_kept: bool = True  # under var/, until nothing of it is left to post


def print_run(
    house: House, words: Sequence[str], name: str, window: str = "", again: bool = False, out: Path | None = None,
    dry_run: bool = False, to: Sequence[str] = (),
) -> Printed:  # fmt: skip
    """Print the run. `to`: for these alone, once more; `again`: what lies on the table is thrown away; `out`: where the
    files go instead of var/letters."""
    by = person(house.settings, name, "editor", "approver", "administrator")
    _may_print(house.settings)
    profile = windows.window(window or house.settings.letters.window, own_windows(house.settings))
    meant = which.step(house, words)
    assert meant.step is not None
    survey, step, now = meant.survey, meant.step, house.clock.now()

    def look(connection: Connection) -> tuple[Printed, frozenset[int] | None, list[Addressee]]:
        which.open_to_ask(house, connection, survey)
        only = frozenset(which.contact(house, connection, survey, word) for word in to) if to else None
        found, lying = runs.find(connection, survey, step, now, again, only)
        packed = households(found.able, house.settings.letters.households)
        odd, named = _odd(house, survey, step, packed, profile)
        would = Printed(survey, step, 0, len(found.able), len(packed), (), 0, found.unable, odd, len(lying), 0)
        return would, only, [*named, *(one for one, _ in found.unable)]

    shown, only, named = house.db.read(look)
    if dry_run:
        house.db.write(lambda c: _seen(c, f"{by.name} ({house.os_user})", named, house))
        return shown

    def work(connection: Connection) -> Made:
        which.open_to_ask(house, connection, survey)
        made = runs.make(connection, survey, step, profile.key, by.name, now, only=only, again=again,
                         together=house.settings.letters.households)  # fmt: skip
        seen = [*(one for some in made.households for one in some), *(one for one, _ in shown.unable)]
        _seen(connection, f"{by.name} ({house.os_user})", seen, house)
        return made

    made = house.db.write(work)
    paths, sheets = _written(house, survey, made, profile, out)
    maillog.letters_printed(survey.key, made.number, made.letters)
    files.remove_done(house, survey)  # of runs that this one has taken the place of
    return Printed(survey, step, made.number, made.letters, len(made.households), paths, sheets, shown.unable,
                   shown.odd, made.waiting, made.discarded, out is None)  # fmt: skip


def lines(done: Printed) -> list[str]:
    """What the one at the printer reads."""
    letters, key = swedish.count(done.letters, "brev", "brev"), done.survey.key
    envelopes = swedish.count(done.envelopes, "kuvert", "kuvert")
    what = f"{done.step.name}: {letters} i {envelopes}"
    out = [f"Körning {done.run}, {what}, {swedish.count(done.sheets, 'ark', 'ark')}:" if done.run else f"{what}."]
    out += [f"  {path}" for path in done.files]
    if done.discarded:
        out.append(f"{swedish.count(done.discarded, 'äldre blad är kasserat', 'äldre blad är kasserade')}: riv dem.")
    if done.waiting and not done.discarded:
        on_table = swedish.count(done.waiting, "person har", "personer har")
        out.append(f"{on_table} redan ett utskrivet brev som inte är postat; de är inte med.")
    out += [*_unable_lines(done), *(f"  {problem}" for problem in done.odd)]
    if not (done.run or done.letters):
        return [*out, f"Inget att skriva ut nu. Se när steget kommer: mailer survey status {key}"]
    if not done.run:
        return [*out, f"Skriv ut: mailer letters print {key} {done.step.key} --as NAMN"]
    out.append("Skriv ut i 100 % storlek. Ingen räknas som tillfrågad förrän breven är postade.")
    out.append(files.LATER if done.is_kept else files.BY_HAND)
    return [*out, f"Före posten: mailer letters pull {key}",
            f"När de är postade: mailer letters posted {key} {done.run} --as NAMN"]  # fmt: skip


def own_windows(settings: Settings) -> tuple[Window, ...]:
    """The home's own envelopes."""
    return tuple(
        Window(w.key, w.name, w.envelope_width, w.envelope_height, w.sheet_width, w.sheet_height,
               Box(w.window_x, w.window_y, w.window_width, w.window_height), w.paper)
        for w in settings.windows
    )  # fmt: skip


def words_of(step: Step, settings: Settings) -> dict[Language, LetterWords]:
    """What the letter says, as it was approved with the plan."""
    by = step.signed_by or settings.association.name
    return {one: LetterWords(step.subject.say(one), step.text.say(one), by) for one in LANGUAGES}


def sender_of(settings: Settings) -> Sender:
    """Who writes."""
    return Sender(
        settings.association.name, settings.letters.return_address, settings.responsible.name,
        settings.responsible.contact, settings.association.telephone,
    )  # fmt: skip


def _may_print(settings: Settings) -> None:
    problems = []
    if not settings.web.address:
        problems.append(
            Problem("settings.toml", "hemmet har inga egna sidor, så svarskoden i brevet skulle inte leda någonstans.",
                    "Skriv address under [web].")
        )  # fmt: skip
    if not settings.letters.return_address:
        problems.append(
            Problem("settings.toml", "returadressen saknas: ett brev som inte når fram skulle inte komma tillbaka.",
                    "Skriv return_address under [letters], utan partinamn: ”Box 12, 186 21 Vallentuna”.")
        )  # fmt: skip
    elif lacking := missing_glyphs(settings.letters.return_address):
        problems.append(Problem("settings.toml", f"returadressen har tecken som inte går att skriva ut: {lacking}",
                                "Skriv om return_address under [letters]."))  # fmt: skip
    if problems:
        raise AdminError(*problems)


def _written(
    house: House, survey: Surveyed, made: Made, window: Window, out: Path | None
) -> tuple[tuple[Path, ...], int]:
    """The files of a run, and how many sheets of paper. When they cannot be written the run is thrown away again."""
    folder = out or files.folder_of(house, survey, made.number)
    is_done = False
    try:
        make_private(folder)
        found = _files(house, survey, made, window, folder)
        is_done = True
    finally:
        if not is_done:
            house.db.write(lambda c: runs.discard(c, survey, made.number, house.clock.now()))
    return found


def _files(house: House, survey: Surveyed, made: Made, window: Window, folder: Path) -> tuple[tuple[Path, ...], int]:
    envelopes = [_envelope(house, survey, number, some) for number, some in enumerate(made.households, 1)]
    form = PaperForm(survey.questionnaire) if made.step.with_form else None
    letters, packing, labels = folder / "brev.pdf", folder / "packlista.pdf", folder / "returadress.pdf"
    words, sender = words_of(made.step, house.settings), sender_of(house.settings)
    printed = print_letters(letters, envelopes, words, sender, window, form)
    print_packing_list(packing, envelopes, f"Körning {made.number}: {made.step.name}", printed.each)
    print_return_labels(labels, sender.return_address, len(envelopes))
    return (letters, packing, labels), printed.sheets


def _envelope(house: House, survey: Surveyed, number: int, household: Household) -> Envelope:
    return Envelope(number, postal(household), tuple(_sheet(house, survey, one) for one in household))


def _sheet(house: House, survey: Surveyed, one: Addressee) -> Sheet:
    word = codes.code(house.keys, survey.number, one.contact, one.version)
    if not hmac.compare_digest(codes.code_key(house.keys, survey.number, word), one.code_key):
        raise BrokenPromise("en svarskod öppnar inte det formulär den gjordes för")
    address = house.settings.web.address
    english = "/en" if one.language == "en" else ""
    first_name = one.first_name or one.last_name
    return Sheet(
        first_name, one.language, word, f"{address}{english}{SCANNED}{word}", typed_page(address, one.language)
    )


def _seen(connection: Connection, who: str, some: Collection[Addressee], house: House) -> None:
    now = house.clock.now()
    for contact in dict.fromkeys(one.contact for one in some):
        register.record_access(connection, who, "letters: print", contact, now)


def _odd(
    house: House, survey: Surveyed, step: Step, packed: Sequence[Household], window: Window
) -> tuple[tuple[Problem, ...], list[Addressee]]:
    """A return address that tells, signs that no typeface here has, addresses that the window has no room for; and
    whose names that shows."""
    found = [*_telling(house.settings), *unprintable((), words_of(step, house.settings), window)]
    named: list[Addressee] = []
    for number, household in enumerate(packed, 1):
        if hers := unprintable([_envelope(house, survey, number, household)], {}, window):
            found += hers
            named += household
    return tuple(found), named


def _telling(settings: Settings) -> tuple[Problem, ...]:
    """A return address with the association's name in it: whoever carries the envelope reads who is a member."""
    address = settings.letters.return_address.casefold()
    outside = _PLACE.sub("", address)
    place = address[len(outside) :]
    names = [word for word in re.findall(r"\w{4,}", settings.association.name.casefold()) if word not in place]
    if not any(word in outside for word in names):
        return ()
    what = f"returadressen ”{settings.letters.return_address}” nämner föreningen."
    remedy = (
        "Den står utanpå kuvertet, och den som bär ut posten ska inte se vem som är medlem. Skriv en box eller gata "
        "utan namn under [letters], och lägg undan etiketterna."
    )
    return (Problem("settings.toml", what, remedy),)


def _unable_lines(done: Printed) -> list[str]:
    if not done.unable:
        return []
    out = ["", f"Inget brev till {swedish.count(len(done.unable), 'person', 'personer')}:"]
    out += [f"  {one.who} {one.name}: {why}" for one, why in done.unable]
    to = f"mailer letters print {done.survey.key} {done.step.key} --to MEDLEMSNUMMER --as NAMN"
    return [*out, f"Rätta uppgifterna i medlemsregistret och läs in det. Skriv sedan ut för sig: {to}", ""]
