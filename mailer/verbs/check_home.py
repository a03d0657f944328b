"""What stands in the way of a mailing besides the words: settings not filled in, lists never read, files changed late.

Takes   the opened house.
Gives   Problems.
Fails   never by itself; AdminError when the editors' folder is missing.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from mailer.content.source import where
from mailer.errors import AdminError, Problem
from mailer.house import House
from mailer.outbox.store import figures
from mailer.register.store import ever_imported
from mailer.settings import FILE
from mailer.settings.relay import Relay
from mailer.verbs import prepare
from mailer.words import listing
from mailer.words import month as month_words

REPLY_S = 300  # RFC 5321 section 4.5.3.2; what [relay] timeout_s is by itself


def settings_problems(house: House) -> list[Problem]:
    """What the settings lack before anything can be approved and sent to others."""
    problems = []
    responsible = house.settings.responsible
    said = {"name": responsible.name, "contact": responsible.contact, "processors": responsible.processors is not None}
    if lacking := [key for key, value in said.items() if not value]:
        what = f"[responsible]: {listing(lacking)} saknas; hemmet skickar bara till den egna datorn."
        problems.append(Problem(FILE, what, "Fyll i. Finns inga personuppgiftsbiträden: processors = []"))
    if not house.settings.with_role("approver"):
        remedy = 'Skriv in någon med roles = ["approver"].'
        problems.append(Problem(FILE, "ingen under [[people]] är approver, så inget kan godkännas.", remedy))
    return problems + _password_problems(house) + _haste(house)


def never_imported(house: House, known: Mapping[str, Any]) -> list[Problem]:
    """Lists that a series goes to and that have never got a file. `known`: the lists there are."""
    wanted = {key for series in house.settings.series for key in series.lists}
    read = house.db.read(lambda c: ever_imported(c, wanted))
    problems = []
    for series in house.settings.series:
        for n, key in enumerate(series.lists):
            if key in known and key not in read:
                remedy = f"mailer import --whole {key} FIL"
                remedy = f"Ta bort den ur lists i {FILE}, eller: {remedy}" if n else f"Läs in den: {remedy}"
                problems.append(Problem(series.name, f"listan {key} är aldrig inläst.", remedy))
    return problems


def changed_since_approval(house: House) -> list[Problem]:
    """Files that are otherwise than in an approved issue that waits to be sent: what goes out is what was approved."""
    problems = []
    for row in house.db.read(figures.approved):
        if row.kind == "issue":
            problems += _changed(house, row)
    return problems


def _changed(house: House, row: Row[Any]) -> list[Problem]:
    series = next((s for s in house.settings.series if s.key == row.series), None)
    if series is None:
        return []
    content = prepare.read_content(house, row.period)
    now = prepare.look(house, series, row.period)[0].sources
    files = {b.path: b.hash for b in content.blocks} | {e.path: e.hash for e in content.events} | dict(now)
    issue = f"numret för {month_words(row.period)}"
    found = {path: f"är nytt sedan {issue} godkändes; det är inte med."
             for path in now if path not in row.sources}  # fmt: skip
    for path, approved in row.sources.items():
        if path not in files:
            found[path] = f"finns inte längre, eller går inte att läsa, men är med i {issue} som det godkändes."
        elif files[path] != approved:  # an event that is over by now has not changed
            found[path] = f"har ändrats sedan {issue} godkändes; ändringen är inte med."
    word = row.period if len(house.settings.series) == 1 else row.name
    remedy = (
        f"Gör numret på nytt: mailer assemble {word}, sedan mailer approve {word} --as NAMN. Annars går det godkända."
    )
    return [Problem(where(path), what, remedy) for path, what in sorted(found.items())]


def _haste(house: House) -> list[Problem]:
    """Who breaks off while a relay still may answer does not know what became of the message."""
    hasty = [relay for relay in house.settings.all_relays if relay.timeout_s < REPLY_S]
    what = f"en e-postserver får ta {REPLY_S} sekunder på sig att svara; avbryter vi före det blir mejl oklara."
    remedy = f"Ta bort raden, eller skriv minst {REPLY_S}."
    return [Problem(FILE, f"{relay.key}: timeout_s = {relay.timeout_s:g}: {what}", remedy) for relay in hasty]


def _password_problems(house: House) -> list[Problem]:
    return [problem for relay in house.settings.all_relays for problem in _password_of(house, relay)]


def _password_of(house: House, relay: Relay) -> list[Problem]:
    if not relay.password_file:
        return []
    try:
        if house.settings.password_of(relay, house.home):
            return []
    except AdminError as wrong:
        return list(wrong.problems)
    return [Problem(relay.password_file, "filen med lösenordet är tom.", "Skriv lösenordet i den, på en rad.")]
