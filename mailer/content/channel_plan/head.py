"""The head of a plan's file: what nobody is asked more than, when nobody is asked, what it costs.

Takes   the document's head.
Gives   Limits and Costs; the default where a line is missing.
Fails   never: what is wrong is noted.
"""

import re
from datetime import time

from mailer.content.channel_plan.model import Costs, Limits
from mailer.content.dates import Unreadable, parse_times
from mailer.content.fields import Fields
from mailer.words import MONTHS

# As written -> the name we use. Swedish, with English beside it.
KEYS = {
    "mejl": "mejl", "e-mails": "mejl", "emails": "mejl",
    "brev": "brev", "letters": "brev",
    "samtal": "samtal", "calls": "samtal",
    "timmar mellan": "timmar mellan", "hours between": "timmar mellan",
    "tysta månader": "tysta månader", "tyst månad": "tysta månader", "quiet months": "tysta månader",
    "tysta söndagar": "tysta söndagar", "quiet sundays": "tysta söndagar",
    "tysta helgdagar": "tysta helgdagar", "quiet holidays": "tysta helgdagar",
    "klockslag": "klockslag", "hours": "klockslag",
    "ringtid": "ringtid", "ringtider": "ringtid", "call hours": "ringtid",
    "porto": "porto", "postage": "porto",
    "ark väger": "ark väger", "sheet weighs": "ark väger",
    "kuvert väger": "kuvert väger", "envelope weighs": "kuvert väger",
    "svarskuvert väger": "svarskuvert väger", "reply envelope weighs": "svarskuvert väger",
    "tryck per ark": "tryck per ark", "print": "tryck per ark",
    "svarsporto": "svarsporto", "reply postage": "svarsporto",
    "minuter per samtal": "minuter per samtal", "minutes per call": "minuter per samtal",
    "ringare": "ringare", "callers": "ringare",
    "budget": "budget",
}  # fmt: skip
_UNIT = "g|gram|kr|kronor|mejl|brev|samtal|st|timmar|tim|h|minuter|min|personer|ringare"
_NUMBER = re.compile(rf"(?:högst |max |ca )?(\d{{1,7}}(?:[.,]\d{{1,2}})?)\s*(?:{_UNIT})?\.?", re.I)
_GRAMS = re.compile(r"(\d{1,4})\s*g(?:ram)?\b", re.I)
_KRONOR = re.compile(r"(\d{1,4}(?:[.,]\d{1,2})?)\s*kr(?:onor)?\b", re.I)
_BETWEEN = re.compile(r"[;\n]\s*|,\s+|\s+och\s+")
_NONE = ("", "inga", "ingen", "nej", "none")
_UNSET = Limits()


def read_limits(fields: Fields) -> Limits:
    """What the head says of the limits."""
    earliest, latest = _hours(fields, "klockslag", _UNSET.earliest, _UNSET.latest)
    call_earliest, call_latest = _hours(fields, "ringtid", _UNSET.call_earliest, _UNSET.call_latest)
    return Limits(
        emails=_whole(fields, "mejl", _UNSET.emails, 10),
        letters=_whole(fields, "brev", _UNSET.letters, 10),
        calls=_whole(fields, "samtal", _UNSET.calls, 10),
        hours_between=_whole(fields, "timmar mellan", _UNSET.hours_between, 24 * 60),
        quiet_months=_months(fields),
        quiet_sundays=_yes(fields, "tysta söndagar"),
        quiet_holidays=_yes(fields, "tysta helgdagar"),
        earliest=earliest,
        latest=latest,
        call_earliest=call_earliest,
        call_latest=call_latest,
    )


def read_costs(fields: Fields) -> Costs:
    """What the head says of grams, kronor and callers."""
    unset = Costs()
    return Costs(
        stamp_kr=_postage(fields) or unset.stamp_kr,
        sheet_g=_amount(fields, "ark väger", unset.sheet_g),
        envelope_g=_amount(fields, "kuvert väger", unset.envelope_g),
        reply_envelope_g=_amount(fields, "svarskuvert väger", unset.reply_envelope_g),
        print_kr=_amount(fields, "tryck per ark", unset.print_kr),
        reply_kr=_amount(fields, "svarsporto", unset.reply_kr),
        minutes_per_call=max(1, _whole(fields, "minuter per samtal", unset.minutes_per_call, 240)),
        callers=max(1, _whole(fields, "ringare", unset.callers, 500)),
        budget_kr=_whole(fields, "budget", 0, 10_000_000) if fields.bare("budget") else None,
    )


def _amount(fields: Fields, key: str, default: float) -> float:
    if not (value := fields.bare(key).replace("\u00a0", "").replace(" ", "", 1)):
        return default
    if found := _NUMBER.fullmatch(fields.bare(key)) or _NUMBER.fullmatch(value):
        return float(found[1].replace(",", "."))
    fields.wrong(key, f"”{key}” ska vara ett tal.", f"Skriv till exempel {key}: {default:g}.")
    return default


def _whole(fields: Fields, key: str, default: int, most: int) -> int:
    amount = _amount(fields, key, default)
    if amount == int(amount) and amount <= most:
        return int(amount)
    fields.wrong(key, f"”{key}” ska vara ett heltal, högst {most}.", f"Skriv till exempel {key}: {default}.")
    return default


def _yes(fields: Fields, key: str) -> bool:
    return fields.yes(key) if fields.bare(key) else True


def _months(fields: Fields) -> tuple[int, ...]:
    if "tysta månader" not in fields.document.fields:
        return _UNSET.quiet_months
    value = fields.bare("tysta månader").casefold()
    if value in _NONE:
        return ()
    named = [word for part in _BETWEEN.split(value) for word in part.split(",") if word.strip()]
    found = {n for word in named for n, month in enumerate(MONTHS, 1) if month == word.strip()}
    if len(found) < len(named) or len(found) > 11:
        fields.wrong(
            "tysta månader", "”tysta månader” ska vara månader.", "Skriv juli, eller juli och augusti, eller inga."
        )
        return _UNSET.quiet_months
    return tuple(sorted(found))


def _hours(fields: Fields, key: str, first: time, last: time) -> tuple[time, time]:
    if not (value := fields.bare(key)):
        return first, last
    try:
        begin, end = parse_times(value)
    except Unreadable as why:
        fields.wrong(key, why.what, why.remedy)
        return first, last
    if end is None or end <= begin:
        fields.wrong(
            key, f"”{key}” ska vara från ett klockslag till ett senare.", f"Skriv till exempel {key}: 8.00–20.00."
        )
        return first, last
    return begin, end


def _postage(fields: Fields) -> tuple[tuple[int, float], ...]:
    """”50 g 22 kr, 100 g 44 kr”, rising in both."""
    steps = []
    for part in _BETWEEN.split(fields.bare("porto")) if fields.bare("porto") else ():
        grams, kronor = _GRAMS.search(part), _KRONOR.search(part)
        if not grams or not kronor or not int(grams[1]):
            fields.wrong("porto", f"portot ”{part[:40]}” ska vara gram och kronor.", "Skriv 50 g 22 kr, 100 g 44 kr.")
            return ()
        steps.append((int(grams[1]), float(kronor[1].replace(",", "."))))
    if sorted(set(steps)) != steps or len({grams for grams, _ in steps}) < len(steps):
        fields.wrong(
            "porto", "portot ska stå med det lättaste först, varje vikt en gång.", "Skriv 50 g 22 kr, 100 g 44 kr."
        )
        return ()
    return tuple(steps)
