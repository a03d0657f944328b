"""What a mail that came back has changed, in the words people read.

Takes   rows of consequences and counts of mails.
Gives   a Swedish line for each.
Fails   never.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from mailer import words
from mailer.feedback import ours
from mailer.feedback.store_consequences import OPT_OUT
from mailer.feedback.weighing import WHY
from mailer.register.tables import ALL_LISTS

KINDS = {
    "bounce": ("studs", "studsar"),
    "delayed": ("besked om försening", "besked om försening"),
    "complaint": ("klagomål", "klagomål"),
    "auto_reply": ("autosvar", "autosvar"),
    "leave": ("nej till utskick", "nej till utskick"),
    "reply": ("svar", "svar"),
    "report": ("rapport", "rapporter"),
    "loop": ("mejl i en slinga", "mejl i en slinga"),
    "unknown": ("okänt mejl", "okända mejl"),
}
_HARDNESS = {"hard": "adressen fungerar inte", "soft": "kanske bara för tillfället", "ours": "felet är vårt"}
_NOUNS = {
    "bounced": "studs",
    "point": "minuspoäng",
    "reset": "borttagna minuspoäng",
    "asked": "frågan ”Når vi dig?”",
    "suppressed": "spärr",
    "left": "nej",
    "paused": "stopp",
    "handed": "svar",
    "alarmed": "larm",
}
_SUPPRESSED = {"hard_bounce": "den fungerar inte", "complaint": "mejlet anmäldes som skräppost"}


def line(row: Any, zone: ZoneInfo, with_contact: bool = False) -> str:
    """One consequence: its number, when, what, and who took it back."""
    who = f" (#{row.contact_id})" if with_contact and row.contact_id is not None else ""
    undone = f" – tillbakataget av {row.undone_by} {words.moment(row.undone_at, zone)}" if row.undone_at else ""
    return f"{row.id:>6}  {words.moment(row.at, zone)}: {what(row._mapping)}{who}{undone}"


def what(of: Mapping[str, Any]) -> str:
    """What was changed. `of`: what, number, word, title; `kind` and `status` of the mail it follows from, if known."""
    word, title = of["word"] or "", of["title"] or "utskicket"
    sentences = {
        "bounced": f"{title} studsade: {_HARDNESS.get(word, word)}",
        "point": f"adressen har {words.count(of['number'] or 0, 'minuspoäng', 'minuspoäng')} för den dagen",
        "reset": "mejl kommer fram: minuspoängen är borta",
        "asked": "adressen får frågan ”Når vi dig?”",
        "suppressed": f"adressen är spärrad: {_SUPPRESSED.get(word, word)}",
        "left": f"{_NOUNS['left']} till {_all_or_one(word)}, {_how_left(of)}",
        "paused": f"{title} stannade: {word}",
        "handed": f"ett svar på {title} lämnades till en människa",
        "alarmed": f"administratören larmades: {ours.parted(word)[1]}",
    }
    return sentences[of["what"]]


def noun(of: Mapping[str, Any]) -> str:
    """What was changed, in as few words as it takes to name it: ”spärr”, ”nej till listan medlemmar”."""
    return _NOUNS[of["what"]] + (f" till {_all_or_one(of['word'] or '')}" if of["what"] == "left" else "")


def _all_or_one(word: str) -> str:
    return "alla utskick" if word == ALL_LISTS else f"listan {word}"


def _how_left(of: Mapping[str, Any]) -> str:
    """A feedback report that is an opt-out is a leave that came by mail, and no complaint."""
    complained = of.get("kind") == "complaint" and of.get("status") != OPT_OUT
    return "för att mejlet anmäldes som skräppost" if complained else "med mejl"


def told(one: Mapping[str, Any]) -> str:
    """One fact of `feedback.store.about`: a mail that came, or what it changed."""
    if "kind" not in one:
        return what(one) + ("; tillbakataget" if one["undone_at"] else "")
    about = f" på {one['title']}" if one["title"] else ""
    why = f", räknades inte: {WHY[one['ignored']]}" if one["ignored"] else ""
    return f"{KINDS[one['kind']][0]}{about}{why}"


def in_words(kind: str, why: str, number: int) -> str:
    """”3 studsar räknades inte: det gäller ett mejl som är äldre än 30 dagar.”"""
    return f"{words.count(number, *KINDS[kind])} på 30 dagar ändrade inget: {WHY[why]}."
