"""What is wrong between the steps of a plan, and between a step and the survey.

Takes   the steps that could be read, the limits, the survey's days.
Gives   nothing; notes what is wrong.
Fails   never.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from mailer.content.channel_plan.days import last_day, step_day
from mailer.content.channel_plan.model import Channel, Limits, Step, Whom
from mailer.content.channel_plan.wording import CHANNEL_WORD
from mailer.content.questionnaires.found import Found, short
from mailer.words import count, day

BEFORE, AFTER = timedelta(days=60), timedelta(days=365)  # how far outside the survey a notice or a thanks may lie
THANKS = "Har du just svarat? Tack! Då kan du bortse från det här."
THANKS_EN = "Have you just answered? Thank you! Then please ignore this."
_THANKED = re.compile(r"\btack\b(?=.*\bsvarat\b)|\bsvarat\b(?=.*\btack\b)", re.I | re.S)
_THANKED_EN = re.compile(r"\bthank|\bthanks\b", re.I)
_ANSWERED_EN = re.compile(r"\b(?:answered|replied|responded)\b", re.I)
# What someone belongs to: those whom e-mail reaches and those whom it does not. Nobody is in both.
_BY_EMAIL, _BY_POST = "e-mail", "post"


def check(steps: Sequence[Step], limits: Limits, opens: date, closes: date, found: Found) -> None:
    """Note everything that is wrong. The steps are in the file's order."""
    for step in steps:
        _days(step, opens, closes, found)
        _words(step, found)
    asks = sorted((s for s in steps if s.is_ask), key=lambda s: (step_day(s, opens, closes), s.line))
    if steps and not asks:
        found.wrong(0, "inget steg ber någon att svara.", "Skriv minst ett steg med mejl, brev eller telefon.")
    for n, step in enumerate(asks):
        before = [other for other in asks[:n] if audience(other) & audience(step)]
        _reminder(step, before, found)
        _same_day(step, before, opens, closes, found)
    _caps(asks, limits, found)


def audience(step: Step) -> frozenset[str]:
    """Which of the two kinds of members a step is for."""
    if step.channel is Channel.EMAIL or step.whom is Whom.WITH_EMAIL:
        return frozenset((_BY_EMAIL,))
    if step.whom in (Whom.WITHOUT_EMAIL, Whom.EMAIL_FAILED):
        return frozenset((_BY_POST,))
    return frozenset((_BY_EMAIL, _BY_POST))


def _days(step: Step, opens: date, closes: date, found: Found) -> None:
    first, last = step_day(step, opens, closes), last_day(step, opens, closes)
    if step.channel is Channel.TELEPHONE and step.until is None:
        remedy = "Skriv när: +35 till +75 dagar."
        found.wrong(step.line, f"ringrundan ”{short(step.name)}” har inget slut.", remedy)
    elif step.channel is not Channel.TELEPHONE and step.until is not None:
        what = f"steget ”{short(step.name)}” har både en första och en sista dag."
        found.wrong(step.line, what, "Det har bara en ringrunda. Skriv en enda dag.")
    elif last < first:
        found.wrong(step.line, f"ringrundan ”{short(step.name)}” slutar innan den börjar.", "Byt plats på dagarna.")
    begin, end = (opens, closes) if step.is_ask else (opens - BEFORE, closes + AFTER)
    for on in dict.fromkeys((first, last)):
        if not begin <= on <= end:
            what = f"steget ”{short(step.name)}” hamnar på {day(on, year=True)}, utanför enkäten."
            open_from = f"{day(opens, year=True)} till och med {day(closes, year=True)}"
            found.wrong(step.line, what, f"Enkäten är öppen från {open_from}. Välj en dag däremellan.")
    if step.whom is Whom.ANSWERED and first <= closes:
        what = f"tacket ”{short(step.name)}” kommer innan enkäten har stängt."
        found.wrong(step.line, what, "Den som svarar får sitt kvitto direkt. Skriv när: 3 dagar efter stängningen.")


def _words(step: Step, found: Found) -> None:
    name = short(step.name)
    if step.channel is Channel.EMAIL and not step.subject.sv:
        found.wrong(step.line, f"mejlet ”{name}” saknar ämne.", "Skriv ämne: och några ord som säger vad det gäller.")
    if not step.text.sv.strip():
        found.wrong(step.line, f"steget ”{name}” har ingen text.", "Skriv texten under uppgifterna, efter en tom rad.")
    elif step.subject.en and not step.text.en.strip():
        remedy = "Skriv texten efter raden --- in English ---, eller ta bort ämnet på engelska."
        found.wrong(step.line, f"steget ”{name}” har ämne på engelska men ingen text.", remedy)
    if step.channel is Channel.EMAIL and step.text.en.strip() and not step.subject.en:
        remedy = "Skriv ämne (en): och ämnet på engelska."
        found.wrong(step.line, f"steget ”{name}” har text på engelska men inget ämne.", remedy)


def _reminder(step: Step, before: Sequence[Step], found: Found) -> None:
    """A reminder says something new, and thanks those who have just answered."""
    if step.channel not in (Channel.EMAIL, Channel.LETTER) or step.whom in (Whom.WITHOUT_EMAIL, Whom.EMAIL_FAILED):
        return
    for other in before:
        if step.channel is not other.channel:
            continue
        for one, two, language in (
            (step.subject.sv, other.subject.sv, ""),
            (step.subject.en, other.subject.en, " på engelska"),
        ):
            if _same(one, two):
                what = f"påminnelsen ”{short(step.name)}” har samma ämne{language} som ”{short(other.name)}”."
                found.wrong(step.line, what, "Skriv ett nytt: det gamla har de redan valt att inte öppna.")
        if _same(step.text.sv, other.text.sv):
            what = f"påminnelsen ”{short(step.name)}” har samma text som ”{short(other.name)}”."
            found.wrong(step.line, what, "Skriv ett nytt skäl att svara: det gamla räckte inte.")
    if not before:
        return
    if step.text.sv.strip() and not _THANKED.search(step.text.sv):
        what = f"påminnelsen ”{short(step.name)}” tackar inte den som just har svarat."
        found.wrong(step.line, what, f"Skriv till exempel: {THANKS}")
    if step.text.en.strip() and not (_THANKED_EN.search(step.text.en) and _ANSWERED_EN.search(step.text.en)):
        what = f"påminnelsen ”{short(step.name)}” tackar inte på engelska den som just har svarat."
        found.wrong(step.line, what, f"Skriv till exempel: {THANKS_EN}")


def _same(one: str, two: str) -> bool:
    folded = [" ".join(re.findall(r"\w+", text.casefold())) for text in (one, two)]
    return bool(folded[0]) and folded[0] == folded[1]


def _same_day(step: Step, before: Sequence[Step], opens: date, closes: date, found: Found) -> None:
    on = step_day(step, opens, closes)
    for other in before:
        if other.channel is not step.channel and step_day(other, opens, closes) == on:
            channels = f"{CHANNEL_WORD[other.channel]} och {CHANNEL_WORD[step.channel]}"
            what = f"”{short(other.name)}” och ”{short(step.name)}” är samma dag, {day(on)}, med {channels}."
            remedy = "En person får aldrig flera kanaler på en gång: då svarar färre. Skilj dem åt med några dagar."
            found.wrong(step.line, what, remedy)


def _caps(asks: Sequence[Step], limits: Limits, found: Found) -> None:
    for channel, most, key in (
        (Channel.EMAIL, limits.emails, "mejl"),
        (Channel.LETTER, limits.letters, "brev"),
        (Channel.TELEPHONE, limits.calls, "samtal"),
    ):
        some = [step for step in asks if step.channel is channel]
        # The letter for mail that came back goes to those who had none: it stands in the place of the first one.
        first = [s for s in some if s.whom is Whom.WITHOUT_EMAIL]
        instead = [s for s in some if s.whom is Whom.EMAIL_FAILED]
        # Nor does a letter to those with e-mail go to the others.
        theirs = [s for s in some if s.whom is Whom.WITH_EMAIL and channel is Channel.LETTER]
        rest = len(some) - len(first) - len(instead) - len(theirs)
        planned = rest + max(len(first), len(theirs), min(1, len(instead)))
        if planned > most:
            what = f"planen har {count(planned, 'steg', 'steg')} med {CHANNEL_WORD[channel]} till samma person."
            remedy = f"Högst {most} är tillåtet. Ta bort ett steg, eller ändra {key}: i huvudet."
            found.wrong(some[-1].line, what, remedy)
