"""letters returned: the post has brought letters back. And its undo.

Takes   the opened house; which letters: run/envelope, a code, a member; why; who says so.
Gives   the lines of what follows. That names were seen is recorded.
Fails   EditorError when the letter is not out, or nobody is meant.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from mailer import maillog
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store as register
from mailer.surveys.posting import returning
from mailer.surveys.posting.letter_rows import Sheet
from mailer.surveys.posting.returning import BECAUSE, Back
from mailer.surveys.states import Letter
from mailer.surveys.store import Surveyed
from mailer.verbs.letters import which
from mailer.verbs.people import person


def returned(
    house: House, words: Sequence[str], name: str, because: str = "", undo: bool = False
) -> tuple[Surveyed, list[Back]]:
    """They are back, or (`undo`) it was others."""
    by = person(house.settings, name, "editor", "approver", "administrator")
    if because and because not in BECAUSE:
        raise EditorError(Problem(because, "är inget av skälen.", f"Skriv ett av: {', '.join(BECAUSE)}."))
    meant = which.survey(house, words)
    if not meant.rest:
        raise EditorError(
            Problem("mailer letters returned", "vilket brev?", "Skriv KÖRNING/KUVERT, svarskoden eller medlemsnumret.")
        )
    survey, state = meant.survey, Letter.RETURNED if undo else Letter.POSTED

    def work(connection: Connection) -> list[Back]:
        house.db.last_look(connection, wish=True)
        now, out = house.clock.now(), []
        for word in dict.fromkeys(meant.rest):
            for contact, sheet in _meant(house, connection, survey, word, state):
                what = f"letters: returned{', undo' if undo else ''}"
                register.record_access(connection, f"{by.name} ({house.os_user})", what, contact, now)
                if undo:
                    back = returning.returned_after_all(connection, house.db, survey, contact, sheet, by.name, now)
                else:
                    back = returning.returned(connection, house.db, survey, contact, sheet, because, now)
                for other in () if undo else back.seen:
                    register.record_access(connection, f"{by.name} ({house.os_user})", what, other, now)
                out.append(back)
        return out

    done = house.db.write(work)
    maillog.letters_returned(survey.key, len(done), undo)
    return survey, done


def lines(survey: Surveyed, done: Sequence[Back], undo: bool) -> list[str]:
    """What the one with the letters before her reads."""
    names = {step.key: step.name for step in survey.plan.steps}
    out = []
    for back in done:
        who = f"{back.name} (#{back.contact}), {names.get(back.step, back.step)}"
        if undo:
            out.append(f"{who}: räknas som framkommet igen, och nästa brev i planen går.")
        elif back.has_moved:
            out.append(f"{who}: i retur. Registret har redan en ny adress, så nästa brev går dit.")
        else:
            out.append(f"{who}: i retur. Inga fler brev går förrän adressen är rättad i medlemsregistret.")
        if back.beside and not undo:
            beside = " och ".join(back.beside)
            out.append(f"    I samma kuvert låg ett blad till {beside}. Kom det också tillbaka: skriv KÖRNING/KUVERT.")
    if undo:
        return out
    return [
        *out,
        "Mejl och samtal fortsätter som planerat, och svarskoden gäller. Adresser att se efter: mailer requests",
    ]


def _meant(
    house: House, connection: Connection, survey: Surveyed, word: str, state: Letter
) -> Iterator[tuple[int, Sheet | None]]:
    """Each contact that the word means, with the sheet of hers."""
    if envelope := which.ENVELOPE.fullmatch(word):
        for sheet in returning.of_envelope(connection, survey, int(envelope[1]), int(envelope[2]), state):
            if sheet.contact is not None:  # who is forgotten has no address to mend
                yield sheet.contact, sheet
        return
    contact = which.contact(house, connection, survey, word)
    yield contact, returning.of_contact(connection, survey, contact, state, word)
