"""survey new: a commented file for an editor to begin with.

Takes   the opened house and a key.
Gives   the file in content/enkater/, never over one that is there.
Fails   EditorError when the name cannot be one, or is taken; AdminError when the folder cannot be written to.
"""

from datetime import date, timedelta

from mailer.content import new_file
from mailer.content.questionnaires.place import FOLDER, KEY, path_of
from mailer.content.questionnaires.wording import slug
from mailer.content.source import where
from mailer.errors import EditorError, Problem
from mailer.house import House

_TUESDAY = 1
_START = """\
---
# Rader som börjar med # här uppe är anteckningar; tjänsten läser dem inte.
# På en rad står svenskan först och engelskan efter |. Engelskan får vänta.
rubrik: Medlemsenkät {year} | Member survey {year}
öppnar: {opens}
stänger: {closes}
# Medlemmarna den här dagen är de som ska svara.
avstämningsdag: {freeze}
# Så många procent av dem vill vi höra av.
mål: 50
lista: {list_key}
läser svaren: styrelsen | the board
minuter: 3
# Nyckeln till den fråga som ska stå redan i mejlet. Den får inte vara anonym.
fråga i mejlet: aktiv
# Vilka svar som ska leda till att någon hör av sig, och vem (ett namn i inställningarna), inom två veckor.
följs upp om: aktiv = Ja, Kanske
# följs upp av: Anna Redaktör
# Vilka anonyma frågor som räknas mot varandra. Det bestäms före starten: korstabeller: nojd × viktigast
---

Skriv ett par rader om varför ni frågar, och vad som händer med svaren.

en: An English paragraph begins with en and a colon, like this one.

# Vad tycker du? | What do you think?
svar: anonyma

Svaren läggs i en svarsurna utan namn.

en: The answers go into a ballot box without a name.

## Vad är viktigast för dig? | What matters most to you?
nyckel: viktigast
typ: flera (högst 3)
obligatorisk: ja
annat: ja

- Det första | The first
- Det andra | The second

## Hur nöjd är du med föreningen? | How satisfied are you with the association?
nyckel: nojd
typ: skala 1–5
1: Inte alls nöjd | Not at all satisfied
5: Mycket nöjd | Very satisfied

## Vad vill du säga med egna ord? | Anything in your own words?
nyckel: ord
typ: text (högst 500)

# Om dig | About you
svar: med namn

## Vill du bli aktiv? | Would you like to be active?
nyckel: aktiv
typ: en
obligatorisk: ja

- Ja | Yes
- Kanske | Perhaps
- Nej | No

## När passar det? | When does it suit you?
nyckel: tider
typ: flera
visas om: aktiv = Ja, Kanske

- Vardagskvällar | Weekday evenings
- Helger | Weekends

# Kontakta mig | Contact me
svar: kontakt

## När får vi ringa? | When may we call?
nyckel: ring
typ: text (högst 200)
"""


def new(house: House, key: str) -> list[str]:
    """Write the file. It opens on a Tuesday some weeks ahead: letters have to be printed before that."""
    key = key.strip().casefold().removesuffix(".md")
    if not KEY.fullmatch(key):
        remedy = f"Bara små bokstäver, siffror och bindestreck, till exempel {slug(key)[:40] or 'medlemsenkat-2024'}"
        raise EditorError(Problem(key[:64], "så kan en enkät inte heta.", remedy))
    path = path_of(key)
    new_file.make_folder(house.content, FOLDER)
    if not new_file.make_file(house.content, FOLDER, f"{key}.md", start(house.here().date(), _list(house))):
        remedy = "Välj ett annat namn, eller skriv vidare i den som finns."
        raise EditorError(Problem(where(path), "filen finns redan, och lämnas som den är.", remedy))
    return [f"Skriv enkäten i {where(path)}.", f"Se sedan efter: {house.command(f'survey check {key}')}"]


def start(today: date, list_key: str) -> str:
    """The text of a new survey."""
    ahead = today + timedelta(weeks=4)
    opens = ahead + timedelta(days=(_TUESDAY - ahead.weekday()) % 7)
    closes, freeze = opens + timedelta(weeks=12), opens - timedelta(days=12)
    return _START.format(year=opens.year, opens=opens, closes=closes, freeze=freeze, list_key=list_key)


def _list(house: House) -> str:
    """The list that the association's own series goes to."""
    return next((key for series in house.settings.series for key in series.lists), "medlemmar")
