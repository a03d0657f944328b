"""Everything that is stored about one person, in words she reads: one section for each thing that the rooms hold.

Takes   the facts of `verbs.about.everything`, the names of the lists, her language, the time zone.
Gives   Sections: a heading, and rows of what and which.
Fails   never: what has no words of ours is shown as it is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailer.languages import Language, days, say
from mailer.outbox import report
from mailer.register.requests import KINDS
from mailer.register.tables import ALL_LISTS
from mailer.verbs import survey_words
from mailer.verbs.about import FIELDS, HOW, WHY

# What came back, and what followed: the words of `mailer.feedback`, for herself.
CAME = {
    "bounce": "ett mejl till dig kom i retur",
    "delayed": "ett mejl till dig var försenat",
    "complaint": "du anmälde ett mejl som skräppost",
    "auto_reply": "ett automatiskt svar",
    "leave": "du tackade nej med e-post",
    "reply": "du svarade på ett mejl",
    "bounced": "mejlet räknas som inte framkommet",
    "point": "din adress fick en prick för att mejl kommer i retur",
    "reset": "prickarna på din adress togs bort",
    "asked": "vi frågade om vi når dig",
    "suppressed": "din adress spärrades",
    "left": "ett nej antecknades",
    "handed": "ditt svar lämnades till en människa",
}

# What somebody here did when she saw a person: the first word of what `register.store.record_access` was told.
LOOKED = {
    "about": "läste allt om dig",
    "forget": "såg vem som skulle raderas",
    "requests": "läste vad du har bett om",
    "trace": "följde vad som hände med mejl till dig",
    "preview": "såg ett utskick som du får det",
    "print": "skrev ut brev på papper",
    "report": "läste rapporten om ett utskick",
    "mailbox": "läste det som har kommit tillbaka",
    "segment": "såg vilka som hör till en grupp",
    "import": "läste in en lista",
    "caller": "fick ditt nummer för att ringa dig om en enkät",
    "survey": "läste eller antecknade något om dig i en enkät",
    "paper": "skrev in ditt svar på papper",
    "letters": "skrev ut, postade eller antecknade ett brev till dig om en enkät",
}


@dataclass(frozen=True, slots=True)
class Section:
    """`rows`: (what, which)."""

    heading: str
    rows: tuple[tuple[str, str], ...]


class Words:
    """The words of one language."""

    def __init__(self, language: Language, zone: ZoneInfo, lists: Mapping[str, str]) -> None:
        self._language = language
        self._zone = zone
        self._lists = lists

    def sections(self, facts: Mapping[str, Any]) -> list[Section]:
        """All of it; what there is nothing of is left out."""
        found = (
            (self._say("Om dig"), self._person(facts["contact"])),
            (
                self._say("Listor du står på"),
                [(self._list(e["list"]), self._since(e["since"])) for e in facts["lists"]],
            ),
            (self._say("Det du har valt"), self._chosen(facts)),
            (self._say("Samtycken"), self._consents(facts["consents"])),
            (self._say("Det du har bett om"), self._requests(facts["requests"])),
            (self._say("Utskick till dig"), [(d["title"], self._delivery(d)) for d in facts["deliveries"]]),
            (self._say("Det som har kommit tillbaka"), self._feedback(facts["feedback"])),
            (self._say("Enkäter"), survey_words.rows(facts.get("surveys", ()), self._say, self.shown)),
            (self._say("Länkar och besök"), self._links(facts)),
        )
        return [Section(heading, tuple(rows)) for heading, rows in found if rows]

    def looks(self, facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Who of the staff has looked at her, when, and for what."""
        return tuple((self.shown(one["at"]), f"{one['who']}: {self._looked(one['what'])}") for one in facts["accesses"])

    def _looked(self, what: str) -> str:
        """”preview: V Aktuellt maj” in words; a verb that has none shows itself."""
        verb, _, of = what.replace(":", "", 1).partition(" ")
        if verb not in LOOKED:
            return what
        return f"{self._say(LOOKED[verb])}{': ' + of if of else ''}"

    def shown(self, value: Any) -> str:
        """A moment, a day, or anything else, as it is read."""
        if isinstance(value, datetime):
            local = value.astimezone(self._zone)
            return f"{days.day(self._language, local.date(), weekday=False)} {days.clock(self._language, local)}"
        if isinstance(value, date):
            return days.day(self._language, value, weekday=False)
        return str(value)

    def _person(self, person: Mapping[str, Any]) -> list[tuple[str, str]]:
        shown = [(key, name) for key, name in FIELDS.items() if person.get(key) not in (None, "")]
        return [(self._say(name), self.shown(person[key])) for key, name in shown]

    def _chosen(self, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
        rows = [(self._say("Tackat nej"), self._no(one)) for one in facts["leaves"]]
        for one in facts.get("rests", ()):
            rows.append(
                (self._say("Paus"), f"{self._list(one['list'])} – {self.shown(one['until'])}{self._undone(one)}")
            )
        for one in facts.get("choices", ()):
            value = {"letter": self._say("brev på papper"), "no": self._say("nej tack")}.get(one["value"], one["value"])
            rows.append((self._list(one["which"]), f"{value}, {self.shown(one['at'])}"))
        for one in facts.get("wishes", ()):
            rows.append((self._say("Ändrat"), f"{self.shown(one['at'])}{self._undone(one)}"))
        if stands := facts.get("suppression"):
            why = self._say(WHY.get(stands["reason"], stands["reason"]))
            rows.append((self._say("Spärrad adress"), f"{why}, {self.shown(stands['at'])}"))
        return rows

    def _no(self, one: Mapping[str, Any]) -> str:
        how = self._say(HOW.get(one["how"], one["how"]))
        return f"{self._list(one['list'])}, {self.shown(one['at'])} {how}{self._undone(one)}"

    def _undone(self, one: Mapping[str, Any]) -> str:
        return f"; {self._say('ångrat')} {self.shown(one['undone_at'])}" if one["undone_at"] else ""

    def _consents(self, found: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
        return [
            (
                self._list(one["list"]),
                f"”{one['text']}” {self.shown(one['at'])}"
                + (f"; {self._say('tillbakataget')} {self.shown(one['withdrawn_at'])}" if one["withdrawn_at"] else ""),
            )
            for one in found
        ]

    def _requests(self, found: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
        return [(self._say(KINDS[one["kind"]]), self._answered(one)) for one in found]

    def _answered(self, one: Mapping[str, Any]) -> str:
        text = f"”{one['text']}” " if one["text"] else ""
        if one["done_at"]:
            return f"{text}{self.shown(one['at'])}; {self._say('klart')} {self.shown(one['done_at'])}"
        return f"{text}{self.shown(one['at'])}; {self._say('svar senast')} {self.shown(one['due_at'])}"

    def _delivery(self, one: Mapping[str, Any]) -> str:
        group = self._say(report.GROUPS[report.group_of(one["state"], one["reason"])][0])
        said = f" ({one['reply_text']})" if one["reply_text"] else ""
        return f"{group}{', ' + self.shown(one['settled_at']) if one['settled_at'] else ''}{said}"

    def _feedback(self, found: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
        rows = []
        for one in found:
            what = one.get("kind") or one.get("what") or ""
            title = f": {one['title']}" if one.get("title") else ""
            text = f" ”{one['text']}”" if one.get("text") else ""
            rows.append((self.shown(one["at"]), f"{self._say(CAME.get(what, what))}{title}{text}"))
        return rows

    def _links(self, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
        rows = [(self._say("Länk skickad"), self.shown(one["made_at"])) for one in facts["fresh_links"]]
        return rows + [(self._say("Sidan öppnad"), self.shown(one["began_at"])) for one in facts["visits"]]

    def _since(self, at: datetime) -> str:
        return f"{self._say('sedan')} {self.shown(at)}"

    def _list(self, key: str) -> str:
        return self._say("alla utskick") if key == ALL_LISTS else self._lists.get(key, key)

    def _say(self, swedish: str) -> str:
        return say(self._language, swedish) if swedish else ""
