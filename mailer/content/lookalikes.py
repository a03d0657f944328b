"""Keys that people write and that we do not have: what they meant.

Takes   a key as written, folded, and its value.
Gives   what is wrong and the remedy, or None when the key is like nothing we know.
Fails   never.

Beside `difflib`, which knows letters and no meaning: to it ”till” is nearest to ”alt”.
"""

import re
from collections.abc import Mapping

AUTHORS = ("författare", "av", "skribent", "skriven av", "redaktör", "author", "by", "avsändare", "kontakt")

_READERS = ("för", "mottagare", "grupp", "grupper", "segment", "lista", "listor", "målgrupp", "till grupp", "to",
            "for", "skickas till", "gäller", "publik", "riktar sig till", "lists", "audience")  # fmt: skip
_CIRCLE = ("synlighet", "synlig för", "syns för", "behörighet", "intern", "internt", "sekretess", "offentlig",
           "public", "private", "access", "får ses av", "läses av", "krets")  # fmt: skip
_TITLE = ("titel", "namn", "överskrift", "huvudrubrik", "name", "heading", "headline")
_LEAD = ("beskrivning", "sammanfattning", "summary", "description", "underrubrik", "excerpt", "lead")
_UNTIL = ("slutdatum", "till och med", "t.o.m.", "tom", "sista dag", "gäller till", "utgår", "expires",
          "publicerad till", "visas t.o.m.")  # fmt: skip
_FROM = ("från", "från och med", "fr.o.m.", "startdatum", "publiceras", "publicera", "publish", "visas fr.o.m.")
_EVENT = ("datum", "date", "tid", "time", "plats", "place", "när", "var", "klockan", "lokal", "inställt")
_ORDER = ("prioritet", "prio", "sortering", "vikt", "weight", "position", "nummer")
_PICTURE = ("bilder", "foton", "omslag", "omslagsbild", "cover", "img", "featured_image", "thumbnail", "bildfil")
_ALT = ("bildbeskrivning", "beskrivning av bilden", "alternativtext", "alt text", "caption")
_PHOTO = ("fotograf", "photographer", "bild av", "bildkälla", "foto av")
_LINK = ("url", "webbadress", "adress", "hemsida", "webb", "läs mer", "anmälan", "website", "href")
_COLUMN = ("kolumn", "avdelning", "sektion", "rubrikspalt", "nämnd", "section", "category", "kategori")
_DRAFT = ("utkast", "draft", "status", "klar", "publicerad", "published", "godkänd")
_DROPPED = ("layout", "slug", "id", "tags", "taggar", "type", "typ", "lang", "språk", "template", "permalink")

# As written -> the key that was meant.
_MEANT = {
    word: key
    for key, words in {
        "läsare": _READERS, "får läsas av": _CIRCLE, "ansvarig": AUTHORS, "rubrik": _TITLE, "ingress": _LEAD,
        "visas till och med": _UNTIL, "visas från": _FROM, "ordning": _ORDER, "bild": _PICTURE, "alt": _ALT,
        "foto": _PHOTO, "länk": _LINK, "spalt": _COLUMN, "ämnesrad": ("ämne", "subject line", "mejlrubrik"),
    }.items()
    for word in words
}  # fmt: skip
_DIGIT = re.compile(r"\d")


def meant(written: str, value: str, keys: Mapping[str, str]) -> tuple[str, str] | None:
    """What was meant by ”written: value”, among the keys that this kind of file has."""
    has = set(keys.values())
    if written == "till" and {"läsare", "visas till och med"} <= has:
        return _to(value)
    if written in _EVENT and "datum" not in has:
        what = f"inslag har inget som heter ”{written}”."
        return what, "Är det ett evenemang, lägg filen i mappen evenemang. Annars skriv det i texten."
    key = _MEANT.get(written)
    if key in has:
        remedy = f"Skriv {key}: {_short(value)}." if value else f"Det heter {key}."
        return f"okänd uppgift ”{written}”.", remedy
    if written in _DRAFT:
        remedy = "Ta bort raden när texten är klar. Tills dess: flytta filen ur mappen."
        return f"”{written}” finns inte: det som ligger i mappen kommer med.", remedy
    if written in _DROPPED:
        return f"okänd uppgift ”{written}”.", "Ta bort raden; den behövs inte här."
    return None


def _to(value: str) -> tuple[str, str]:
    """”till” is a date to some and a group to others."""
    if not value:
        return "”till” är ingen uppgift.", "Skriv visas till och med: och ett datum, eller läsare: och en grupp."
    if _DIGIT.search(value):
        return "”till” är ingen uppgift.", f"Skriv visas till och med: {_short(value)}."
    return "till är ett datum.", f"Skriv läsare: {_short(value)}."


def _short(value: str) -> str:
    return value if len(value) <= 40 else value[:39] + "…"
