"""adopt: a person says that a copied or restored home is the home now.

Takes   the opened house; a name to confirm.
Gives   why it waits, and what would be sent.
Fails   EditorError when the person has no right to it, or nothing waits.
"""

from mailer import lineage, numbers, words
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.store import figures, late
from mailer.surveys.plan.asking import due_asks
from mailer.verbs.people import person


def look(house: House) -> list[str]:
    """What a person should know before she confirms."""
    why = lineage.held(house.db)
    if not why:
        return ["Hemmet väntar inte på något."]
    left = "Det här är kvar att skicka här, men kan redan ha skickats från det hem som kopian är tagen av:"
    out = [f"Hemmet väntar: {why}.", left]
    rows = house.db.read(figures.open_mailings)
    out += [f"  {row.title}: {words.number(row.number)} ({row.name})" for row in rows] or ["  inget"]
    going = house.db.read(figures.approved)
    if going:
        out.append("Det här är godkänt här, och skickas till alla så snart du har bekräftat och dess tid har kommit:")
        out += [f"  {row.title} ({row.name})" for row in going]
    if asks := house.db.read(lambda c: due_asks(c, house.clock.now())):
        out.append("De här stegen i enkäter är det dags för, men de kan också ha gått från det andra hemmet:")
        out += [f"  {title}, {step}: {words.count(n, 'person', 'personer')} ({key})" for key, title, step, n in asks]
        out.append("Stoppa en enkät som inte ska fortsätta härifrån: mailer survey withdraw ENKÄT")
    return [
        *out,
        "Stoppa först det som inte ska gå en gång till: mailer withdraw NAMN",
        "Bekräfta sedan: mailer adopt --as NAMN",
    ]


def adopt(house: House, name: str) -> str:
    """Let the home send again. Stop the other one first: there is no way to see it from here."""
    who = person(house.settings, name, "administrator")
    if not lineage.held(house.db):
        raise EditorError(Problem("hemmet", "väntar inte på något.", ""))
    house.db.write(lambda c: late.let_go(c, house.clock.now()))
    lineage.adopt(house.db, house.var, who.name, house.clock.now(), numbers.leap)
    return f"{who.name} har bekräftat. Det här är hemmet nu."
