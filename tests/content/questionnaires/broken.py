"""A right survey, and what editors do to it: one mistake each. What must be said stands in broken.txt."""

RIGHT = """\
---
rubrik: Enkät 2024 | Survey 2024
öppnar: 2024-02-13
stänger: 2024-06-30
avstämningsdag: 2024-02-01
mål: 50
lista: medlemmar
läser svaren: Anna Ek | Anna Ek
minuter: 3
fråga i mejlet: aktiv
korstabeller: viktigast × nojd
---

Välkommen.

en: Welcome.

# Vad tycker du? | What do you think?
svar: anonyma

## Vad är viktigast? | What matters most?
nyckel: viktigast
typ: flera (högst 2)
obligatorisk: ja
annat: ja

- Skolan | School
- Klimatet | The climate
- Bussen | The bus

## Hur nöjd är du? | How satisfied are you?
nyckel: nojd
typ: skala 1–5
1: Inte alls | Not at all
5: Mycket | Very

## Varför inte? | Why not?
nyckel: varfor
typ: text (högst 500)
visas om: nojd = 1, 2

# Om dig | About you
svar: med namn

## Vill du bli aktiv? | Would you like to be active?
nyckel: aktiv
typ: en
obligatorisk: ja

- Ja | Yes
- Kanske | Perhaps
- Nej | No

## Hur många timmar? | How many hours?
nyckel: timmar
typ: tal 0–40
visas om: aktiv = Ja, Kanske

## Från vilken dag? | From which day?
nyckel: dag
typ: datum
visas om: aktiv = Ja

# Kontakta mig | Contact me
svar: kontakt

## När får vi ringa? | When may we call?
nyckel: ring
typ: text (högst 200)
"""

PATH = "enkater/enkat.md"


def put(old: str, new: str, text: str = RIGHT) -> bytes:
    """The survey with one thing otherwise. What is to be changed is there."""
    assert old in text, old
    return text.replace(old, new, 1).encode()


def without(line: str) -> bytes:
    return put(f"{line}\n", "")


# name -> the file, or (its path, the file).
BROKEN: dict[str, bytes | tuple[str, bytes]] = {
    # the file
    "empty": b"",
    "only spaces": b"  \n\n\t\n",
    "not utf-8": RIGHT.encode("cp1252", "replace").replace(b"Skolan", b"Sk\x81lan"),
    "utf-16 cut": b"\xff\xfe" + RIGHT.encode("utf-16-le")[:-1],
    "huge": put("Välkommen.", "Välkommen. " * 30_000),
    "invisible sign": put("Välkommen.", "Väl\u202ekommen."),
    "name of the file": ("enkater/Enkät 2024!.md", RIGHT.encode()),
    "too many headings": (RIGHT + "\n# Del\n" * 300).encode(),
    # the head
    "no head": RIGHT.split("---\n", 2)[2].encode(),
    "head never closed": put("korstabeller: viktigast × nojd\n---\n", "korstabeller: viktigast × nojd\n"),
    "unknown key": put("minuter: 3", "minutter: 3"),
    "key far from any": put("minuter: 3", "minuter: 3\nfärg: röd"),
    "key twice": put("mål: 50", "mål: 50\nmål: 60"),
    "look-alike letter in the head": put("minuter: 3", "minut\u0435r: 3"),
    "no title": without("rubrik: Enkät 2024 | Survey 2024"),
    "no opening": without("öppnar: 2024-02-13"),
    "no readers of the answers": without("läser svaren: Anna Ek | Anna Ek"),
    "three languages": put("rubrik: Enkät 2024 | Survey 2024", "rubrik: Enkät | Survey | Umfrage"),
    "title too long": put("Enkät 2024", "Enkät " * 30),
    "field in the title": put("Enkät 2024 |", "Hej {{ förnamn }} |"),
    "date that does not exist": put("stänger: 2024-06-30", "stänger: 2024-06-31"),
    "date as elsewhere": put("stänger: 2024-06-30", "stänger: 30/06/2024"),
    "date without a year": put("stänger: 2024-06-30", "stänger: 30 juni"),
    "date on another weekday": put("öppnar: 2024-02-13", "öppnar: onsdag 13 februari 2024"),
    "closes before it opens": put("stänger: 2024-06-30", "stänger: 2023-06-30"),
    "freezes after it opens": put("avstämningsdag: 2024-02-01", "avstämningsdag: 2024-02-14"),
    "goal beyond all": put("mål: 50", "mål: 150"),
    "goal of nobody": put("mål: 50", "mål: 0"),
    "goal in words": put("mål: 50", "mål: hälften"),
    "minutes in words": put("minuter: 3", "minuter: några"),
    # what is named in the head
    "mail question unknown": put("fråga i mejlet: aktiv", "fråga i mejlet: aktv"),
    "mail question anonymous": put("fråga i mejlet: aktiv", "fråga i mejlet: viktigast"),
    "mail question no choice": put("fråga i mejlet: aktiv", "fråga i mejlet: timmar"),
    "mail question for some": put("nyckel: aktiv\ntyp: en", "nyckel: aktiv\nvisas om: aktiv = Ja\ntyp: en"),
    "cross-table unknown": put("viktigast × nojd\n", "viktigast × nöjda\n"),
    "cross-table signed": put("viktigast × nojd\n", "viktigast × aktiv\n"),
    "cross-table of texts": put("viktigast × nojd\n", "viktigast × varfor\n"),
    "cross-table of itself": put("viktigast × nojd\n", "nojd × nojd\n"),
    "cross-table of one": put("viktigast × nojd\n", "viktigast\n"),
    # sections
    "question before any section": put("# Vad tycker du? | What do you think?\nsvar: anonyma\n\n", ""),
    "no sections": RIGHT.split("# Vad tycker", 1)[0].encode(),
    "section without questions": put("# Om dig", "# Tomt | Empty\nsvar: med namn\n\n# Om dig"),
    "section without answers": put("# Om dig | About you\nsvar: med namn\n", "# Om dig | About you\n"),
    "section with other answers": put("svar: med namn", "svar: hemliga"),
    "section with another setting": put("svar: med namn", "svara: med namn"),
    "sections alike": put("# Om dig | About you", "# Vad tycker du? | What do you think?"),
    "section without a title": put("# Om dig | About you", "#"),
    "heading too deep": put("## Hur många timmar?", "### Hur många timmar?"),
    "contact first": put("svar: anonyma", "svar: kontakt"),
    "only contact": RIGHT.replace("svar: anonyma", "svar: kontakt").replace("svar: med namn", "svar: kontakt").encode(),
    "html in the text": put("Välkommen.", "<b>Välkommen</b>."),
    "link without address": put("Välkommen.", "[Läs mer]()"),
    # questions
    "question without a key": without("nyckel: timmar"),
    "two questions with one key": put("nyckel: timmar", "nyckel: aktiv"),
    "look-alike letter in a key": put("nyckel: timmar", "nyckel: timm\u0430r"),
    "look-alike letter in a condition": put("visas om: aktiv = Ja, Kanske", "visas om: \u0430ktiv = Ja"),
    "question without words": put("## Hur många timmar? | How many hours?", "##"),
    "question too long": put("Hur många timmar?", "Hur många timmar? " * 20),
    "unknown setting": put("obligatorisk: ja", "obligatoriskt: ja"),
    "setting twice": put("obligatorisk: ja", "obligatorisk: ja\nobligatorisk: nej"),
    "required perhaps": put("obligatorisk: ja", "obligatorisk: kanske"),
    "settings too far down": put("nyckel: timmar\ntyp: tal 0–40\n", "\nSkriv ett tal.\n\nnyckel: timmar\ntyp: tal 0–40\n"),
    "help without an empty line": put("typ: tal 0–40", "typ: tal 0–40\nTänk på: en timme räcker."),
    "no sort": without("typ: tal 0–40"),
    "unknown sort": put("typ: tal 0–40", "typ: rullista"),
    "sort with a tail": put("typ: en\n", "typ: en eller två\n"),
    "numbers for one choice": put("typ: en\n", "typ: en (högst 2)\n"),
    "most below least": put("typ: tal 0–40", "typ: tal 40–0"),
    "scale without ends": put("typ: skala 1–5", "typ: skala"),
    "scale too wide": put("typ: skala 1–5", "typ: skala 1–100"),
    "name of a middle step": put("5: Mycket", "3: Mycket"),
    "ends without a scale": put("typ: tal 0–40", "typ: tal 0–40\n1: Lite"),
    "text without length": put("typ: text (högst 500)", "typ: text (högst 50000)"),
    "number too large": put("typ: tal 0–40", "typ: tal 0–4000000"),
    "more choices than there are": put("typ: flera (högst 2)", "typ: flera (högst 7)"),
    "one choice": put("- Kanske | Perhaps\n- Nej | No\n", ""),
    "two choices alike": put("- Kanske | Perhaps", "- ja! | Yes!"),
    "choice without words": put("- Kanske | Perhaps", "- | Perhaps"),
    "other in the list": put("- Bussen | The bus", "- Annat | Other"),
    "choices of a text": put("typ: text (högst 200)\n", "typ: text (högst 200)\n\n- På dagen\n- På kvällen\n"),
    "other of a number": put("typ: tal 0–40", "typ: tal 0–40\nannat: ja"),
    "field in a question": put("Hur nöjd är du?", "Hur nöjd är du, {{ förnamn }}?"),
    # conditions
    "condition unreadable": put("visas om: aktiv = Ja, Kanske", "visas om: aktiv"),
    "condition without end": put("visas om: aktiv = Ja, Kanske", "visas om: aktiv = " + "Ja," * 40_000),
    "heading without end": put("# Om dig | About you", "# " + " " * 100_000 + "Om dig" + "|" * 100_000),
    "condition on nothing": put("visas om: aktiv = Ja, Kanske", "visas om: aktv = Ja"),
    "condition on a later one": put("obligatorisk: ja\n\n- Ja", "visas om: timmar = 3\n\n- Ja"),
    "condition on itself": put("typ: tal 0–40\nvisas om: aktiv = Ja, Kanske", "typ: tal 0–40\nvisas om: timmar = 3"),
    "signed on anonymous": put("visas om: aktiv = Ja, Kanske", "visas om: nojd = 1"),
    "anonymous on signed": put("nyckel: ring", "nyckel: ring\ntyp: text\n\n# Mer | More\nsvar: anonyma\n\n## Hur? | How?\nnyckel: hur\n"
        "typ: text\nvisas om: aktiv = Ja\n\n# Sist | Last\nsvar: kontakt\n\n## Ring? | Call?\nnyckel: ring2",
        RIGHT.replace("svar: kontakt", "svar: med namn")),
    "contact on signed": put("typ: text (högst 200)", "typ: text (högst 200)\nvisas om: aktiv = Ja"),
    "condition on an option that is not there": put("visas om: aktiv = Ja, Kanske", "visas om: aktiv = Ja, Kanskje"),
    "condition on a text": put("typ: datum\nvisas om: aktiv = Ja", "typ: datum\nvisas om: timmar = 3"),
    "condition outside the scale": put("visas om: nojd = 1, 2", "visas om: nojd = 0, 1"),
    # several at once
    "many at once": put(
        "typ: tal 0–40", "typ: rullista", put("mål: 50", "mål: 500", put("- Nej | No", "- ja | Yes").decode()).decode()
    ),
}  # fmt: skip
