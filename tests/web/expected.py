"""What is expected of every route there is. A route that is not here is a test that fails.

Takes   nothing.
Gives   EXPECTED: (method, pattern) -> who may, what a browser may keep, and a form that does what the page is there for.
Fails   never.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# all: anybody, and it is about nobody · link: whoever has the link · session: whoever has opened a fresh link just now
Who = Literal["all", "link", "session"]


@dataclass(frozen=True)
class Expected:
    """Of one route."""

    who: Who = "all"
    is_public: bool = False  # may be kept in caches and found by search engines
    in_english: bool = False
    posted_by: Literal["us", "anyone"] = "us"
    form: Mapping[str, str] = field(default_factory=dict)


LINK, SESSION = Expected("link"), Expected("session")
OPEN = Expected("all", is_public=True, in_english=True)
FILE = Expected("all", is_public=True)
FORM = Expected("all", in_english=True)
HERS, MINE = Expected("link", in_english=True), Expected("session", in_english=True)


def does(who: Who, **form: str) -> Expected:
    """A POST with this form."""
    return Expected(who, in_english=True, form={name.replace("__", "-"): value for name, value in form.items()})


EXPECTED: dict[tuple[str, str], Expected] = {
    ("GET", "/health"): Expected(),
    ("GET", "/"): FORM,
    ("GET", "/en"): Expected(),
    ("GET", "/robots.txt"): FILE,
    ("GET", "/arkiv"): OPEN,
    ("GET", "/arkiv/rss.xml"): FILE,
    ("GET", "/arkiv/atom.xml"): FILE,
    ("GET", "/arkiv/{part1}"): OPEN,
    ("GET", "/arkiv/{part1}/{part2}"): OPEN,
    ("GET", "/arkiv/{part1}/{part2}/{part3}"): OPEN,
    ("GET", "/arkiv/{part1}/{part2}/{part3}/{part4}"): OPEN,
    ("GET", "/kalender"): OPEN,
    ("GET", "/kalender.ics"): FILE,
    ("GET", "/kalender/{name}.ics"): FILE,
    ("GET", "/sluta/{code}"): HERS,
    ("POST", "/sluta/{code}"): does("link", button="leave"),
    ("GET", "/sluta/{code}/klart"): HERS,
    ("GET", "/sluta/{code}/direkt"): HERS,
    ("POST", "/sluta/{code}/direkt"): Expected(
        "link", in_english=True, posted_by="anyone", form={"List-Unsubscribe": "One-Click"}
    ),
    ("GET", "/lank"): FORM,
    ("POST", "/lank"): does("all", address="medlem3@vallentuna.example"),
    ("GET", "/lank/skickad"): FORM,
    ("GET", "/lank/ny-adress"): FORM,
    ("GET", "/oppna/{token}"): HERS,
    ("POST", "/oppna/{token}"): does("link"),
    ("GET", "/mina"): MINE,
    ("GET", "/mina/uppgifter.json"): MINE,
    ("POST", "/mina/val"): does("session", shown="medlemmar", want__medlemmar="yes"),
    ("POST", "/mina/sprak"): does("session", language="en"),
    ("POST", "/mina/adress"): does("session", address="ny@vallentuna.example"),
    ("POST", "/mina/ratta"): does("session", text="Jag stavas med z."),
    ("POST", "/mina/radera"): does("session", sure="yes"),
    ("POST", "/mina/klar"): does("session"),
    ("GET", "/mina/klar"): FORM,
    ("GET", "/mina/raderad"): FORM,
    ("GET", "/bli-mottagare"): FORM,
    ("POST", "/bli-mottagare"): does("all", address="ny9@nacka.example", list__sympatisorer="yes", consent="yes"),
    ("GET", "/bli-mottagare/skickad"): FORM,
    ("GET", "/bli-mottagare/klart"): FORM,
    ("GET", "/bekrafta/{token}"): HERS,
    ("POST", "/bekrafta/{token}"): does("link", sure="yes"),
    ("GET", "/enkat/{token}"): HERS,
    ("POST", "/enkat/{token}"): does("link", sida="om-dig", button="next", **{"q.aktiv": "ja"}),
    ("GET", "/enkat/{token}/paus"): HERS,
    ("GET", "/enkat/{token}/klart"): HERS,
    ("POST", "/enkat/{token}/klart"): does("link", **{"q.ring": "Efter fem."}),
    ("GET", "/enkat/{token}/nej"): HERS,
    ("POST", "/enkat/{token}/nej"): does("link"),
    ("GET", "/svara"): FORM,
    ("POST", "/svara"): does("all", kod="ABCD-EFGH-JKMN"),
    ("GET", "/s/{code}"): HERS,
    ("GET", "/S/{code}"): LINK,
    ("GET", "/ring/{token}"): LINK,
    ("POST", "/ring/{token}"): Expected("link", form={"button": "next"}),
    ("GET", "/ring/{token}/samtal"): LINK,
    ("POST", "/ring/{token}/samtal"): Expected("link", form={"button": "next", "who": "1", "sida": "om-dig"}),
    ("GET", "/ring/{token}/ringblad"): LINK,
    ("POST", "/ring/{token}/ringblad"): Expected("link", form={"button": "sheet", "sheet": "1"}),
    ("GET", "/papper/{token}"): LINK,
    ("POST", "/papper/{token}"): Expected("link", form={"button": "code", "code": "ABCD-EFGH-JKMN"}),
    ("GET", "/papper/{token}/formular"): LINK,
    ("POST", "/papper/{token}/formular"): Expected("link", form={"button": "next", "who": "1", "sida": "om-dig"}),
    ("GET", "/papper/{token}/blad"): LINK,
    ("POST", "/papper/{token}/blad"): Expected("link", form={"button": "submit", "sida": ".las", "q.nojd": "3"}),
    ("GET", "/malet/{code}"): LINK,
    ("GET", "/malet/{code}/kvar"): LINK,
    ("POST", "/malet/{code}/kvar"): Expected("link", form={"button": "names"}),
    ("GET", "/svara/{code}"): LINK,
    ("POST", "/svara/{code}"): Expected("link", form={"button": "approve", "read": "yes"}),
    ("GET", "/svara/{code}/arkiv"): LINK,
    ("GET", "/svara/{code}/arkiv/file/{name}"): LINK,
    ("GET", "/svara/{code}/{number}"): LINK,
    ("GET", "/svara/{code}/{number}/text"): LINK,
    ("GET", "/svara/{code}/{number}/file/{name}"): LINK,
}
