"""What the surveys hold of one person, in words: for the one who answers her, and for herself.

Takes   the facts of `surveys.privacy.about`.
Gives   lines in Swedish; rows in her language.
Fails   never.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

STATES = {
    "invited": "inbjuden",
    "begun": "påbörjat svar",
    "answered": "har svarat",
    "declined": "avböjt",
    "stopped": "frågas inte mer",
}
CHANNELS = {"email": "mejl", "letter": "brev", "telephone": "telefon", "in_person": "på plats"}
FOLLOWED = {
    "open": "du vill vara med eller få ett samtal, och någon ska höra av sig",
    "done": "du ville vara med eller få ett samtal, och någon har hört av sig",
    "dropped": "du ville vara med eller få ett samtal, men inte längre",
}
LETTERS = {
    "printed": "utskrivet",
    "pulled": "utskrivet men inte postat",
    "posted": "postat",
    "returned": "kom tillbaka",
    "discarded": "utskrivet och kastat",
}
ASKED = {"planned": "planerat", "asked": "skickat eller ringt"}


def lines(facts: Iterable[Mapping[str, Any]], shown: Callable[[Any], str]) -> list[str]:
    """For `mailer about`."""
    out = []
    for one in facts:
        out += [f"Enkät: {heading}: {what}" for heading, what in rows([one], lambda swedish: swedish, shown)]
    return out


def rows(
    facts: Sequence[Mapping[str, Any]], say: Callable[[str], str], shown: Callable[[Any], str]
) -> list[tuple[str, str]]:
    """(what, how it is) for her own page. `say`: a Swedish sentence in her language."""
    found = []
    for one in facts:
        day = f", {shown(one['answered_on'])}" if one["answered_on"] else ""
        found.append((one["title"], say(STATES.get(one["state"], "inbjuden")) + day))
        found += [
            (f"{one['title']}, {say(CHANNELS.get(a['channel'], 'mejl'))}", f"{say(ASKED[a['state']])}, {shown(at)}")
            for a in one["asks"]
            if a["state"] in ASKED and (at := a["asked_at"] or a["planned_for"])
        ]
        found += [
            (f"{one['title']}, {say(CHANNELS.get(a['channel'], 'telefon'))}", f"{shown(a['at'])}, {a['by']}")
            for a in one["attempts"]
        ]
        found += [(one["title"], f"{say(FOLLOWED[f['state']])}, {shown(f['asked_on'])}") for f in one["follow_ups"]]
        found += [
            (f"{one['title']}, {say('ringblad')}", f"{shown(s['made_at'])}, {s['name']}") for s in one["call_sheets"]
        ]
        found += [
            (f"{one['title']}, {say('brev')}", f"{say(LETTERS[n['state']])}, {shown(n['at'])}") for n in one["letters"]
        ]
        answers = [pair for a in one["answers"] for pair in a["answers"].items()]
        found += [(f"{one['title']}: {question}", ", ".join(said)) for question, said in answers]
    return found
