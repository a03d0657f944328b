"""Why somebody is not asked, or was moved to another day: a closed list.

Takes   nothing.
Gives   key -> the words of the report, after a person or a step: ”Anna har svarat”.
Fails   never.
"""

from mailer.audience.store import BY_LETTER
from mailer.audience.store import REASONS as _NO_MAIL

# Of the person: none of the plan's asks reach her.
STOPS = {
    "answered": "har svarat",
    "declined": "har avböjt",
    "resigned": "har lämnat föreningen",
    "died": "har avlidit",
    "objected": "har bett att inte bli kontaktad",
    "removed": "är borttagen ur enkäten",
    "stopped": "ska inte kontaktas",
    "forgotten": "är raderad",
    "withdrawn": "frågas inte: enkäten är stoppad",
    "reported_gone": "har lämnat eller avlidit, enligt den som svarade i telefon",
}
# Of one channel, for good.
CHANNELS = {
    **{key: _NO_MAIL[key] for key in ("not_on_list", "left", "rests", *BY_LETTER)},
    "hard_bounce": "har en e-postadress som inte fungerar: mejlet kom tillbaka",
    "no_post": "saknar postadress",
    "returned_letter": "har en postadress som inte stämmer: brevet kom tillbaka",
    "no_phone": "saknar telefonnummer",
    "wrong_number": "har ett telefonnummer som är fel",
}
# Of one step.
STEPS = {
    "has_email": "nås med mejl",
    "has_letter": "har redan fått ett brev",
    "not_answered": "har inte svarat, och tacket är till dem som har gjort det",
    "done": "har redan fått det här steget",
    "enough_email": "har fått så många mejl som planen tillåter",
    "enough_letter": "har fått så många brev som planen tillåter",
    "enough_telephone": "har blivit uppringd så många gånger som planen tillåter",
    "joined_later": "kom med i enkäten efter det här steget",
    "day_gone": "dagen har redan varit",
    "no_issue": "inget nummer av V Aktuellt passar",
    "no_day_left": "ingen tillåten dag är kvar före stängningen",
    "missed": "tjänsten stod still i mer än ett dygn",
    "round_over": "ringrundan är slut",
    "closed": "enkäten är stängd",
}
# Of the moment: the step moves to the next day that is allowed.
MOMENTS = {
    "not_open": "enkäten är inte öppen än",
    "round_not_begun": "ringrundan har inte börjat",
    "quiet_month": "månaden är tyst",
    "quiet_sunday": "det är söndag",
    "quiet_holiday": "det är helgdag, eller dagen före en",
    "quiet_hour": "det är utanför de tillåtna klockslagen",
    "weekend": "det är lördag eller söndag",
    "issue_day": "V Aktuellt kommer den dagen",
    "too_soon": "det är för kort tid från en annan fråga till samma person",
    "other_channel": "personen får en fråga på annat sätt samma dag",
}
REASONS = {**STOPS, **CHANNELS, **STEPS, **MOMENTS}
