"""What the pages of field work say: Swedish, for they are the association's own people.

Takes   a word of `surveys.calling`, `surveys.paper`, `surveys.reasons`.
Gives   sentences.
Fails   never: a word that has none says nothing.
"""

from collections.abc import Mapping

from mailer.surveys.field.calling import Outcome
from mailer.surveys.store import Surveyed

# After ?gjort=: what the press just now came to. A closed list, for anybody can write an address.
CALLED: Mapping[str, str] = {
    "settled": "Noterat. Tack!",
    "answered": "Svaret är sparat. Tack! Inga fler påminnelser går till medlemmen.",
    "again": "Ändringarna är sparade. Tack!",
    "back": "Personen är tillbaka i kön, och kommer inte till dig igen.",
    "asking": "Fråga efter rätt person igen.",
    "have_one": "Skriv först hur det här samtalet gick. Sedan kan du skriva in ringbladet.",
    "changed": "Medlemmen har redan svarat, avböjt eller lämnat medan du ringde. Samtalet är noterat, och inget mer "
    "händer.",
    "not_yours": "Den personen har du inte längre. Kanske tryckte du två gånger, eller så hade sidan legat still i en "
    "halvtimme och någon annan tog över.",
    "incomplete": "Alla frågor som behöver ett svar är inte besvarade. Det som är svarat med namn är sparat.",
    "blank": "Inget var besvarat, så inget är inskickat.",
    "closed": "Enkäten är stängd, eller så ska personen inte svara längre. Inget är inskickat.",
    "none_left": "Ingen mer kan ringas just nu.",
}
TYPED: Mapping[str, str] = {
    "answered": "Svaret är sparat. Lägg det inre kuvertet oöppnat i högen.",
    "answered_open": "Svaret är sparat.",
    "again": "Ändringarna är sparade.",
    "again_inner": "Svaren med namn är sparade. Medlemmen svarade på annat sätt medan kuvertet låg framme: lägg det "
    "inre kuvertet oöppnat i strimlaren.",
    "aside": "Kuvertet är lagt åt sidan. Inget är sparat.",
    "incomplete": "Formuläret är inte komplett, så det räknas inte än. Det som är ifyllt är sparat. Lägg det inre "
    "kuvertet oöppnat tillbaka i det yttre, och det yttre i en egen hög: någon kan ringa och fråga om resten.",
    "blank": "Ett tomt formulär är inget svar. Lägg tillbaka det inre kuvertet oöppnat i det yttre.",
    "closed": "Enkäten är stängd, eller så ska medlemmen inte svara längre. Inget är sparat. Riv kuvertet oläst.",
    "not_yours": "Det kuvertet hade du inte framme längre. Börja om med koden.",
    "unknown": "Det finns ingen med de uppgifterna i enkäten. Jämför med kuvertet en gång till.",
    "busy": "Någon annan har personen just nu, kanske i telefon. Lägg kuvertet åt sidan en stund.",
    "no_code": "Koden stämmer inte: ett tecken är fel eller saknas. Den har tolv tecken, som ABCD-EFGH-JKMN.",
    "typed": "Bladet ligger i svarsurnan. Lägg pappret i strimlaren.",
    "none": "Högen är tom: lika många blad är inskrivna som kuvert är öppnade. Det här bladet kan inte räknas.",
}
# Why nobody is called at this hour (surveys/plan/reasons.py).
CLOSED: Mapping[str, str] = {
    "closed": "Enkäten är inte öppen.",
    "no_round": "Enkätens plan har ingen ringrunda.",
    "not_open": "Enkäten har inte öppnat.",
    "round_not_begun": "Ringrundan har inte börjat.",
    "round_over": "Ringrundan är slut.",
    "quiet_month": "Den här månaden ringer ingen.",
    "quiet_sunday": "På söndagar ringer ingen.",
    "quiet_holiday": "På helgdagar och dagen före ringer ingen.",
    "weekend": "På lördagar och söndagar ringer ingen.",
    "issue_day": "V Aktuellt går ut i dag, och då ringer ingen.",
}
# state -> what to say of one who may not be asked any more.
MEANWHILE: Mapping[str, str] = {
    "answered": "Medlemmen har svarat på egen hand medan du hade sidan öppen. Är ni i samtal: tacka.",
    "declined": "Medlemmen har sagt nej till enkäten medan du hade sidan öppen. Är ni i samtal: tacka.",
}
GONE = "Medlemmen ska inte kontaktas längre."
# The buttons, each with what it ends: before anybody has said yes to the name, and after.
BEFORE_YES: tuple[tuple[Outcome, str, str], ...] = (
    (Outcome.NO_ANSWER, "Svarade inte", "Någon ringer igen, tidigast om tre dygn. Lämna inget meddelande."),
    (Outcome.BUSY, "Upptaget", "Någon ringer igen, tidigast om tre dygn."),
    (Outcome.WRONG_NUMBER, "Fel nummer", "Ingen ringer numret igen. Mejl och brev kan komma ändå."),
    (Outcome.GONE, "Har avlidit", "Allt stoppas, och den som har registret får veta det."),
)
AFTER_YES: tuple[tuple[Outcome, str, str], ...] = (
    (Outcome.HERSELF, "Vill svara själv", "Ingen ringer igen. Medlemmens länk eller kod gäller fortfarande."),
    (Outcome.DECLINED, "Vill inte svara", "Inga fler påminnelser, på något sätt."),
    (Outcome.GONE, "Är inte medlem längre", "Allt stoppas, och den som har registret får veta det."),
)
# Of a line on a printed sheet: all of them, in the order of the paper.
OF_LINE: tuple[tuple[Outcome, str, str], ...] = (
    *BEFORE_YES[:2], *AFTER_YES[:2], BEFORE_YES[2],
    (Outcome.GONE, "Avliden eller inte medlem längre", AFTER_YES[2][2]),
)  # fmt: skip
# After ?gjort= on the page where a printed sheet is typed.
LINED: Mapping[str, str] = {
    "settled": "Noterat. Nästa rad?",
    "answered": "Svaret är sparat. Lägg det lilla kuvertet oöppnat i högen. Nästa rad?",
    "answered_open": "Svaret är sparat. Nästa rad?",
    "again": "Svaren med namn är sparade. Medlemmen hade redan svarat: lägg det lilla kuvertet oöppnat i strimlaren.",
    "changed": "Medlemmen har redan svarat, avböjt eller lämnat. Samtalet är noterat, och inget mer händer.",
    "not_yours": "Den raden har du inte framme längre. Kanske tryckte du två gånger. Välj rad igen.",
    "back": "Raden är inte inskriven.",
    "unknown": "Det finns inget ringblad med det numret, eller ingen sådan rad. Numret står överst på bladet.",
    "typed": "Den raden är redan inskriven.",
    "nobody": "Personen är inte medlem längre. Raden behöver inte skrivas in.",
    "busy": "Någon annan ringer personen just nu. Skriv in raden om en stund.",
    "have_one": "Du har en person framme. Skriv först hur det samtalet gick.",
    "incomplete": "Alla frågor som behöver ett svar är inte besvarade. Det som är svarat med namn är sparat.",
    "blank": "Inget var besvarat, så inget är inskickat.",
    "closed": "Enkäten är stängd, eller så ska personen inte svara längre. Inget är inskickat.",
}


def of_line(word: str, survey: Surveyed) -> str:
    """The word of `LINED` for a form that came with a printed sheet: without a ballot there is no small envelope."""
    return "answered_open" if word in ("answered", "again") and not survey.questionnaire.is_secret else word
