"""Letters to print: the words of an example, and people with the names of a register."""

import random
from collections.abc import Sequence

from mailer.letters.model import Envelope, LetterWords, Postal, Sender, Sheet

FIRST = """Åsa Örjan Anna-Karin Bo Yusuf Ingegerd Nguyễn Łukasz Emina Çelik José Märta Sven-Åke Zoë Thor Siân Đặng
Gösta Fatima Ebba Óscar""".split()
LAST = """Öberg Hodžić Łukasiewicz Özdemir Çelik Nguyễn Andersson Lindström-Bergqvist Håkansson O’Brien Müller
Gustafsson-Wallenstråle Šarić Åström Lövgren Järvinen""".split()
STREETS = ("Tuna torg 3 lgh 1103", "Storgatan 1", "Box 123", "Gamla Landsvägen 118 B lgh 1402", "Ekbacken 2",
           "Överstelöjtnant Wästbergs väg 118 C lgh 1603")  # fmt: skip
CITIES = (("186 30", "Vallentuna"), ("18693", "VALLENTUNA"), ("762 91", "Rimbo"), ("184 94", "Åkersberga"))
LETTERS = "34679ACEFHJKMNPRTWX"

TEXT = {
    "sv": """Hej {{ förnamn }}!

En elev färre i klassen, en buss till på kvällen, en hyra som går att betala: vad är viktigast för dig? I vår skriver vi
kommunplan och budget för 2025–2027, och vi vill hellre fråga dig än gissa. Enkäten går till alla medlemmar. Du får den
på papper, eftersom du inte får våra mejl.

Det tar ungefär fyra minuter. Rikta telefonens kamera mot rutan, eller skriv in webbadressen och din svarskod. Vill du
hellre svara i telefon? Hör av dig, så ringer vi upp när det passar dig. Svara senast den 30 juni.

Vad du tycker läggs i en svarsurna utan ditt namn. Vi ser att du har svarat, så att vi kan sluta fråga, men inte vad du
svarade.

Tack på förhand!
""",
    "en": """Hi {{ förnamn }}!

One pupil fewer in the class, one more bus in the evening, a rent that can be paid: what matters most to you? We would
rather ask you than guess.

It takes about four minutes. Please answer by 30 June. Thank you in advance!
""",
}
WORDS = {
    "sv": LetterWords("Vad är viktigast för dig i Vallentuna?", TEXT["sv"], "Kerstin Lund, ledamot i fullmäktige"),
    "en": LetterWords("What matters most to you in Vallentuna?", TEXT["en"], "Kerstin Lund, councillor"),
}
SENDER = Sender(
    "Vänsterpartiet Vallentuna", "Box 12, 186 21 Vallentuna", "Vänsterpartiet Vallentuna",
    "styrelsen@vallentuna.example", "070-174 06 05", "https://utskick.vallentuna.example/uppgifter",
)  # fmt: skip


def sheet(code: str = "34679ACEFHJK", first_name: str = "Åsa", language: str = "sv") -> Sheet:
    host = "utskick.vallentuna.example"
    return Sheet(first_name, language, code, f"https://{host}/s/{code}", f"{host}/svara")


def envelope(number: int = 1, sheets: int = 1, **more: object) -> Envelope:
    """One to Åsa Öberg, and to as many who live with her as there are more sheets."""
    names = ("Åsa Öberg", "Bo Öberg", "Emina Hodžić", "Örjan Çelik")[:sheets]
    postal = Postal(**{"names": names, "care_of": "", "street": "Tuna torg 3 lgh 1103", "postcode": "186 30",
                       "city": "Vallentuna"} | more)  # fmt: skip
    codes = ("34679ACEFHJK", "A4679ACEFHJK", "C4679ACEFHJK", "X4679ACEFHJK")
    return Envelope(number, postal, tuple(
        sheet(code, name.split()[0]) for code, name in zip(codes, names, strict=False)))  # fmt: skip


def envelopes(count: int, seed: int = 1) -> Sequence[Envelope]:
    """As many, all of different people, every tenth in English."""
    draw = random.Random(seed)
    found = []
    for number in range(1, count + 1):
        first = f"{draw.choice(FIRST)} {draw.choice('ABCDEFGHJKLMNOPRSTUVÅÖ')}. {number}"
        postcode, city = draw.choice(CITIES)
        postal = Postal((f"{first} {draw.choice(LAST)}",), "Åström" if number % 7 == 0 else "", draw.choice(STREETS),
                        postcode, city)  # fmt: skip
        code = "".join(draw.choices(LETTERS, k=12))
        found.append(Envelope(number, postal, (sheet(code, first, "en" if number % 10 == 0 else "sv"),)))
    return found
