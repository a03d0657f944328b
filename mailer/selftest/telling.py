"""What the self-test says, as a volunteer reads it.

Takes   how it was done, each stop as it comes, the verdict.
Gives   Swedish lines; the same as JSON.
Fails   never.
"""

from collections.abc import Sequence
from typing import Any

from mailer.errors import Problem
from mailer.selftest.home import CONNECTIONS
from mailer.selftest.trial import Trial
from mailer.selftest.verdict import Stop, Verdict
from mailer.words import count, listing

MOST_NAMES = 10


def opening(trial: Trial) -> list[str]:
    """Before anything happens."""
    times = "en gång" if trial.kills == 1 else f"{trial.kills} gånger"
    return [
        "Provar utskicket i en tillfällig mapp, mot en påhittad e-postserver. Inget lämnar den här datorn.",
        f"{trial.members} påhittade medlemmar får ett mejl var. Sändaren slås av mitt i {times}, "
        "utan att hinna spara något, och startas igen.",
    ]


def stop(n: int, one: Stop) -> str:
    """One line as it happens."""
    if one.how == "killed":
        doubt = len(one.left_open)
        return f"  {n}. Avslagen efter {count(one.taken, 'mejl', 'mejl')}; {doubt or 'ingen'} på väg just då."
    if one.how == "asked":
        return f"  {n}. Ombedd att sluta efter {count(one.taken, 'mejl', 'mejl')}, som vid en uppdatering."
    return f"  {n}. Fick arbeta klart."


def closing(trial: Trial, found: Verdict, seconds: float) -> list[str]:
    """What it came to, when all is well."""
    twice, slowest = sum(found.twice), f"{max(s.restart_s for s in found.stops):.1f}".replace(".", ",")
    out = ["", f"Alla {trial.members} är med i avstämningen. Ingen glömdes bort."]
    if twice:
        out.append(
            f"{count(twice, 'mejl', 'mejl')} kom två gånger: de var på väg just när sändaren slogs av. "
            f"Alla stod som oklara innan, och aldrig fler än {CONNECTIONS} på en gång: ett för varje förbindelse."
        )
    else:
        out.append("Inget mejl kom två gånger.")
    if found.in_doubt:
        out.append(f"{len(found.in_doubt)} är oklara en andra gång. I ett riktigt hem avgör en människa: mailer owed")
    return [
        *out,
        "När sändaren ombads sluta blev inget oklart.",
        f"Efter varje avbrott kom nästa mejl inom {slowest} sekunder. Provet tog {seconds:.0f} sekunder.",
        "Ett strömavbrott för hela datorn provas inte: då gäller det också att disken håller vad den lovar.",
    ]


def wrong(found: Verdict, seed: int) -> list[Problem]:
    """Everything that is not as it must be, with names."""
    kinds: Sequence[tuple[tuple[str, ...], str]] = (
        (found.lost, "fick inget mejl, och inget i avstämningen säger det"),
        (found.unmarked, "hade fått mejlet, men stod som om inget hade hänt"),
        (found.unnamed, "fick mejlet två gånger utan att ha stått som oklara"),
        (found.strangers, "fick mejlet utan att stå på listan"),
        (found.other_ids, "fick mejlet under ett annat Message-ID än det som är deras"),
        (found.too_many, "avbrottet: så många var på väg; högst en för varje förbindelse får vara det"),
        (found.forgotten, "var oklara, men det är glömt"),
        (found.asked, "blev oklara fast sändaren ombads sluta och fick tid på sig"),
    )
    remedy = f"Det är ett fel i programmet. Rapportera det, med den här raden: mailer selftest --seed {seed}"
    out = [Problem("självtestet", f"{_names(who)} {what}.", remedy) for who, what in kinds if who]
    if found.owed or not found.closes:
        out.append(Problem("självtestet", f"avstämningen går inte ihop: {found.owed} är kvar att skicka.", remedy))
    return out


def as_json(trial: Trial, found: Verdict, seconds: float) -> dict[str, Any]:
    """For programs."""
    return {
        "ok": found.ok,
        "members": trial.members,
        "kills": sum(s.how == "killed" for s in found.stops),
        "connections": CONNECTIONS,
        "seed": trial.seed,
        "seconds": round(seconds, 1),
        "lost": list(found.lost),
        "unmarked": list(found.unmarked),
        "unnamed": list(found.unnamed),
        "strangers": list(found.strangers),
        "other_ids": list(found.other_ids),
        "too_many": list(found.too_many),
        "forgotten": list(found.forgotten),
        "asked": list(found.asked),
        "owed": found.owed,
        "duplicates": list(found.twice),
        "in_doubt": list(found.in_doubt),
        "restart_s": [round(s.restart_s, 2) for s in found.stops],
    }


def _names(who: tuple[str, ...]) -> str:
    more = [f"{len(who) - MOST_NAMES} till"] if len(who) > MOST_NAMES else []
    return listing([*who[:MOST_NAMES], *more])
