"""archive: what stands in the archive, and who has taken what down.

Takes   the opened house; a month or a correction as its address has it, a named person, a reason.
Gives   the lines to print.
Fails   EditorError when there is no such page, it is away already (or is not), the person may not, or gives no reason.

What was approved and what was sent is never touched: only whether anybody can read the page.
"""

from sqlalchemy import Connection

from mailer import maillog, words
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.shelf import Found, Published, Shelf, Withdrawal, newest_first
from mailer.outbox.store import archive as store
from mailer.verbs.people import person


def listed(house: House) -> list[str]:
    """All that is published, the newest first: the word for it, its title, whether it is read, when it went out."""
    shelf = house.db.read(lambda c: _shelf(house, c))
    lines = []
    for issue in sorted(shelf.issues, key=newest_first, reverse=True):
        lines += [_line(house, shelf, one) for one in (issue, *shelf.corrections(issue))]
    if not lines:
        return ["Arkivet är tomt: inget har gått ut sedan det kom till."]
    if not house.settings.web.address:
        lines.append("Ingen läser det än: [web] address är inte satt i settings.toml.")
    return [*lines, 'Ta bort en sida: mailer archive --withdraw MÅNAD --as NAMN --reason "SKÄL"']


def withdraw(house: House, word: str, name: str, reason: str, dry_run: bool = False) -> list[str]:
    """Take the page down. An issue takes its corrections with it."""
    who, reason = person(house.settings, name, "approver", "administrator"), " ".join(reason.split())
    if not reason:
        raise EditorError(Problem(word, "det saknas ett skäl.", 'Skriv varför: --reason "SKÄL"'))

    def work(connection: Connection) -> tuple[Shelf, Found]:
        shelf = _shelf(house, connection)
        found = _found(shelf, word)
        one = found.published
        if not one.has_page:
            raise EditorError(Problem(one.title, "har ingen sida i arkivet: inget i det är för alla.", ""))
        if one.withdrawal:
            raise EditorError(Problem(one.title, f"är redan borttaget av {_said(house, one.withdrawal)}", ""))
        if not dry_run:
            said = Withdrawal(house.clock.now(), who.name, reason)
            store.withdraw(connection, one.number, said, house.os_user)
        return shelf, found

    shelf, found = house.db.read(work) if dry_run else house.db.write(work)
    one = found.published
    if dry_run:
        return [f"{one.title} kan tas bort ur arkivet av {who.name}. Inget är ändrat."]
    maillog.page_withdrawn(one.number, is_back=False)
    with_it = len([c for c in shelf.corrections(one) if c.is_shown])
    return [
        f"{one.title} är borttaget ur arkivet av {who.name}.",
        *([f"Så också {words.count(with_it, 'rättelse', 'rättelser')} till det."] if with_it else []),
        "Den som öppnar sidan läser att den är borttagen. Kopior hos webbläsare och mellanlager gäller i fem minuter;",
        "sökmotorer och flödesläsare kan ha kvar sina längre. Mejlen som har gått ut är som de var.",
        f"Ångra: mailer archive --restore {shelf.word(one)} --as NAMN",
    ]


def restore(house: House, word: str, name: str, dry_run: bool = False) -> list[str]:
    """Put the page back, as it was approved."""
    who = person(house.settings, name, "approver", "administrator")

    def work(connection: Connection) -> Published:
        shelf = _shelf(house, connection)
        found = _found(shelf, word)
        if found.issue.withdrawal and found.published.number != found.issue.number:
            remedy = f"Lägg tillbaka numret: mailer archive --restore {shelf.word(found.issue)} --as NAMN"
            raise EditorError(Problem(found.published.title, "numret den rättar är borttaget.", remedy))
        if not found.published.withdrawal:
            raise EditorError(Problem(found.published.title, "är inte borttaget.", "Se vad som är det: mailer archive"))
        if not dry_run:
            store.restore(connection, found.published.number, who.name, house.clock.now())
        return found.published

    one = house.db.read(work) if dry_run else house.db.write(work)
    if dry_run:
        return [f"{one.title} kan läggas tillbaka i arkivet av {who.name}. Inget är ändrat."]
    maillog.page_withdrawn(one.number, is_back=True)
    return [f"{one.title} är tillbaka i arkivet, som det godkändes. Det gjorde {who.name}."]


def _shelf(house: House, connection: Connection) -> Shelf:
    return Shelf(store.published(connection), tuple(s.key for s in house.settings.series))


def _found(shelf: Shelf, word: str) -> Found:
    found = shelf.find(word.strip("/").split("/"))
    if found is None or found.picture:
        remedy = "Skriv som i adressen: 2024-05, eller 2024-05/rattelse-1. Se vad som finns: mailer archive"
        raise EditorError(Problem(word, "det står inte i arkivet.", remedy))
    return found


def _line(house: House, shelf: Shelf, one: Published) -> str:
    sent = words.day(one.published_at.astimezone(house.zone).date(), year=True)
    state = "kan läsas av alla" if one.is_shown else "bara för medlemmar, har ingen sida"
    if one.withdrawal:
        state = f"borttaget av {_said(house, one.withdrawal)}"
    return f"{shelf.word(one)}  {one.title}, skickat {sent}: {state.rstrip('.')}."


def _said(house: House, withdrawal: Withdrawal) -> str:
    day = words.day(withdrawal.at.astimezone(house.zone).date(), year=True)
    return f"{withdrawal.name} {day}, ”{withdrawal.reason}”."
