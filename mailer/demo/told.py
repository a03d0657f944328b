"""The half-year told as it goes, month by month, in words for somebody who has never seen a survey.

Takes   what was counted since last, and how many of how many have answered.
Gives   Swedish lines.
Fails   never.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from mailer import words
from mailer.surveys.goal.in_words import rate

# What is counted, and how it is said: one, many, and what comes after.
HAPPENED: Mapping[str, tuple[str, str]] = {
    "mails": ("mejl kom fram", "mejl kom fram"),
    "bounced": ("mejl studsade: adressen fanns inte", "mejl studsade: adresserna fanns inte"),
    "letters": ("brev postades", "brev postades"),
    "pulled": ("kuvert plockades bort före posten: medlemmen hade hunnit svara",
               "kuvert plockades bort före posten: medlemmarna hade hunnit svara"),
    "returned": ("brev kom tillbaka från posten", "brev kom tillbaka från posten"),
    "calls": ("samtal", "samtal"),
    "wrong_numbers": ("fel nummer", "fel nummer"),
    "declined": ("medlem sade nej tack, och får inga fler frågor", "medlemmar sade nej tack, och får inga fler frågor"),
    "resigned": ("medlem lämnade föreningen, och är ute ur allt samma dag",
                 "medlemmar lämnade föreningen, och är ute ur allt samma dag"),
    "followed": ("medlem som vill bli aktiv har fått ett samtal", "medlemmar som vill bli aktiva har fått ett samtal"),
    "replies": ("medlem svarade genom att svara på mejlet. En människa läste och sade ja",
                "medlemmar svarade genom att svara på mejlet. En människa läste och sade ja"),
}  # fmt: skip
THROUGH = {"web": "på webben", "telephone": "i telefon", "paper": "på papper", "square": "på torget"}
PAUSED = "Utskicket stannade av sig självt, för ovanligt många studsade. En människa såg efter och lät det gå vidare."


def month(day: date, happened: Counter[str], answered: int, members: int) -> Iterator[str]:
    """One month that is over."""
    yield f"{words.month(f'{day:%Y-%m}').capitalize()}: {words.count(answered, 'medlem', 'medlemmar')} av "\
          f"{members} har svarat, {rate(answered, members)}."  # fmt: skip
    if happened["evenings"]:
        yield f"  {words.count(happened['evenings'], 'kväll', 'kvällar')} vid telefonen."
    for key, (one, many) in HAPPENED.items():
        if happened[key]:
            yield f"  {words.count(happened[key], one, many)}."
    if happened["paused"]:
        yield f"  {PAUSED}"
    came = [f"{happened[key]} {where}" for key, where in THROUGH.items() if happened[key]]
    if came:
        yield f"  Svar: {words.listing(came)}."
