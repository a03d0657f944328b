"""The report of a mailing in Swedish: one sentence first, then each figure.

Takes   a title, a Balance, and the counts by (state, reason).
Gives   ”Av 400 skickades V Aktuellt till 331; 60 saknar e-post, 6 har tackat nej, 3 adresser fungerar inte.”
Fails   never.
"""

from mailer import words
from mailer.outbox.balance import Balance

Reasons = dict[tuple[str, str], int]

# Each group of people a report names: its heading, and which (state, reason) make it up; reason ”” is any.
GROUPS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "accepted": ("Mottaget av e-postservern", (("accepted", ""),)),
    "no_address": ("Saknar e-post", (("excluded", "no_address"),)),
    "left": ("Har tackat nej", (("excluded", "left"), ("excluded", "unwanted_kind"))),
    "rests": ("Har paus", (("excluded", "rests"),)),
    "letter": ("Vill ha brev på papper", (("excluded", "wants_letter"),)),
    "broken": ("Adressen fungerar inte", (("excluded", "bad_address"),)),
    "suppressed": ("Spärrad adress", (("excluded", "suppressed"),)),
    "refused": ("Avvisat av e-postservern", (("refused", ""),)),
    "unknown": ("Studsade: adressen finns inte", (("bounced", "hard"),)),
    "full": ("Studsade: fullt eller tillfälligt", (("bounced", ""),)),
    "blocked": ("Studsade: vårt fel", (("bounced", "ours"),)),
    "resigned": ("Har lämnat föreningen eller listan", (("excluded", "resigned"), ("excluded", "not_on_list"))),
    "shared": ("Delar adress med någon som får mejlet", (("excluded", "shared_address"),)),
    "not_for": ("Hör inte till läsarna av något inslag", (("excluded", "no_edition"),)),
    "answered": ("Har hunnit svara", (("excluded", "answered"),)),
    "declined": ("Vill inte svara", (("excluded", "declined"), ("excluded", "stopped"))),
    "owed": ("Kvar att skicka", (("planned", ""), ("claimed", ""), ("offered", ""), ("deferred", ""))),
    "in_doubt": ("Oklart om det kom fram", (("in_doubt", ""),)),
    "expired": ("Gick inte fram i tid", (("expired", ""),)),
    "withdrawn": ("Stoppat", (("withdrawn", ""),)),
}

_PHRASES = {
    "no_address": ("saknar e-post", "saknar e-post"),
    "left": ("har tackat nej", "har tackat nej"),
    "rests": ("har paus", "har paus"),
    "letter": ("vill ha brev", "vill ha brev"),
    "broken": ("adress fungerar inte", "adresser fungerar inte"),
    "suppressed": ("har spärrad adress", "har spärrad adress"),
    "refused": ("avvisades", "avvisades"),
    "unknown": ("studsade för att adressen inte finns", "studsade för att adressen inte finns"),
    "full": ("studsade för att det var fullt eller tillfälligt", "studsade för att det var fullt eller tillfälligt"),
    "blocked": ("studsade av vårt fel", "studsade av vårt fel"),
    "resigned": ("har lämnat", "har lämnat"),
    "shared": ("delar adress med en annan", "delar adress med en annan"),
    "not_for": ("hör inte till läsarna", "hör inte till läsarna"),
    "answered": ("har hunnit svara", "har hunnit svara"),
    "declined": ("vill inte svara", "vill inte svara"),
    "owed": ("är kvar att skicka", "är kvar att skicka"),
    "in_doubt": ("är oklart", "är oklara"),
    "expired": ("gick inte fram i tid", "gick inte fram i tid"),
    "withdrawn": ("är stoppat", "är stoppade"),
}


def group_of(state: str, reason: str | None) -> str:
    """The group of the report that a delivery belongs to."""
    for named in (reason or "", ""):  # a group that names the reason goes before one that takes any
        for group, (_, members) in GROUPS.items():
            if (state, named) in members:
                return group
    return "broken"


def counts(balance: Balance, reasons: Reasons) -> dict[str, int]:
    """How many are in each group; the sum is the balance's `selected`."""
    of = {name: 0 for name in GROUPS}
    for (state, reason), number in reasons.items():
        if state == "excluded":
            of[group_of(state, reason)] += number
    of["accepted"] = balance.accepted
    of["refused"] = balance.refused
    of["unknown"] = reasons.get(("bounced", "hard"), 0)
    of["blocked"] = reasons.get(("bounced", "ours"), 0)
    of["full"] = balance.bounced - of["unknown"] - of["blocked"]
    of["owed"] = balance.owed
    of["in_doubt"] = balance.in_doubt
    of["expired"] = balance.expired
    of["withdrawn"] = balance.withdrawn
    return of


def sentence(title: str, balance: Balance, reasons: Reasons) -> str:
    """The report's first sentence. Figures that are zero are not spoken of."""
    of = counts(balance, reasons)
    rest = [
        f"{words.number(of[group])} {one if of[group] == 1 else many}"
        for group, (one, many) in _PHRASES.items()
        if of[group]
    ]
    head = f"Av {words.number(balance.selected)} skickades {title} till {words.number(balance.accepted)}"
    return f"{head}; {', '.join(rest)}." if rest else f"{head}."


def lines(balance: Balance, reasons: Reasons) -> list[str]:
    """The balance (avstämning), one figure a line, and that it closes."""
    of = counts(balance, reasons)
    shown = [(heading, of[group]) for group, (heading, _) in GROUPS.items() if of[group]]
    width = max((len(h) for h, _ in shown), default=0)
    out = [f"  {heading:<{width}}  {words.number(n):>7}" for heading, n in shown]
    return [
        *out,
        f"  {'Summa':<{width}}  {words.number(sum(of.values())):>7} = utvalda {words.number(balance.selected)}",
    ]
