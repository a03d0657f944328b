"""The lines of `survey plan`: steps, reasons, words, costs, members.

Takes   a Shown, or a Drawing.
Gives   lines in Swedish; rows for a spreadsheet.
Fails   never.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import ceil

from mailer import words
from mailer.content.channel_plan.model import Channel, Limits, Step
from mailer.content.channel_plan.wording import CHANNEL_WORD, WHOM_WORD
from mailer.content.source import where
from mailer.surveys.plan.costs import PlanCost, Span, StepCost
from mailer.surveys.plan.drawing import Line
from mailer.surveys.plan.reasons import REASONS
from mailer.surveys.plan.rules import Calendar
from mailer.verbs.surveys.plan import Drawing, Shown, Tally

STATES = {
    "approved": "Planen är godkänd: orden står fast, dagar och antal kan ändras.",
    "counted": "Enkäten är räknad.",
    "withdrawn": "Enkäten är stoppad.",
}
MOST_DAYS = 4  # of one step, before the rest are counted together
MOST_UNREACHED = 20


def lines(shown: Shown) -> list[str]:
    """The whole plan as its editor reads it."""
    asked, path = shown.questionnaire, shown.plan.path
    out = [
        f"{asked.title.sv}: kanalplanen ({where(path) if path else 'grundplanen, som ingen har ändrat'})",
        f"Öppen från {words.day(asked.opens)} till och med {words.day(asked.closes, year=True)}. "
        f"{words.count(shown.people, 'person', 'personer')}, mål {asked.goal} %.",
    ]
    out += [STATES[shown.state]] if shown.state in STATES else []
    if shown.is_past:
        out.append(f"Den har stängt. Så här blir planen när den läggs i god tid före {words.day(asked.opens)}.")
    out.append("Antalen är alla som steget är till, om ingen svarar på vägen.")
    for tally in sorted(shown.tallies, key=lambda t: min(t.moments, default=t.drawn) or _NEVER):
        out += ["", *_step(tally, shown)]
    return [
        *out,
        "",
        *limit_lines(shown.plan.limits),
        "",
        *cost_lines(shown.cost, shown),
        *_thoughts(shown),
        "",
        *_next(shown),
    ]


_NEVER = datetime.max.replace(tzinfo=UTC)


def _step(tally: Tally, shown: Shown) -> list[str]:
    step, calendar = tally.step, shown.calendar
    whom = WHOM_WORD[step.whom]
    out = [f"{step.name} · {CHANNEL_WORD[step.channel]} · till {whom}"]
    days = sorted(tally.moments.items(), key=lambda one: (-one[1], one[0]))
    if_needed = " om det behövs" if tally.if_needed else ""
    for moment, people in sorted(days[:MOST_DAYS]):
        when = _when(step.channel, moment, tally.until, calendar)
        out.append(f"  {when:<40} {words.count(people, 'person', 'personer'):>14}{if_needed}")
    if rest := days[MOST_DAYS:]:
        others = words.count(sum(n for _, n in rest), "person", "personer")
        out.append(f"  {words.count(len(rest), 'annan dag', 'andra dagar'):<40} {others:>14}")
    out += [f"    flyttat för {words.number(n)}: {REASONS[why]}" for why, n in tally.moved.most_common()]
    out += [f"    {words.number(n)} inte: {REASONS[why]}" for why, n in tally.reasons.most_common()]
    return out


def _when(channel: Channel, first: datetime, last: datetime | None, calendar: Calendar) -> str:
    """The day; of what has an hour that matters also the hour; of a round both its ends."""
    day = calendar.day_of(first)
    if last:
        return f"{words.day(day)} till {words.day(calendar.day_of(last))}"
    return words.day(day) if channel in (Channel.LETTER, Channel.IN_PERSON) else words.moment(first, calendar.zone)


def limit_lines(limits: Limits) -> list[str]:
    """The rules that hold for everybody."""
    quiet = [words.MONTHS[n - 1] for n in limits.quiet_months]
    quiet += ["söndagar"] if limits.quiet_sundays else []
    quiet += ["helgdagar", "dagen före dem"] if limits.quiet_holidays else []
    hours = f"{limits.earliest:%H.%M}–{limits.latest:%H.%M}"
    calls = f"vardagar {limits.call_earliest:%H.%M}–{limits.call_latest:%H.%M}"
    return [
        f"Högst {limits.emails} mejl, {limits.letters} brev och {limits.calls} samtal till en person, minst "
        f"{limits.hours_between} timmar mellan två frågor från hela föreningen, aldrig samma dag som V Aktuellt.",
        f"Tyst: {words.listing(quiet) or 'aldrig'}. Mejl {hours}, samtal {calls}.",
    ]


def cost_lines(cost: PlanCost, shown: Shown) -> list[str]:
    """Kronor, grams, calls and evenings against the budget."""
    if not cost.steps:
        return ["Planen har inga brev och inga samtal, så den kostar inga pengar."]
    names = {step.key: step.name for step in shown.plan.steps}
    out = ["Vad det kostar, beroende på hur många som svarar på vägen (ett antagande, inte ett löfte):"]
    out += [f"  {names[one.step]}: {_cost(one)}" for one in cost.steps]
    out.append(f"  Tillsammans {_span(cost.kronor)} kr för {_span(cost.letters)} brev.")
    if cost.calls.high:
        callers = shown.plan.costs.callers
        low, high = ceil(cost.evenings.low), ceil(cost.evenings.high)  # nobody calls for a third of an evening
        many = words.count(high, "kväll", "kvällar") if low == high else f"{low}–{high} kvällar"
        evenings = f"{many} med {words.count(callers, 'person', 'personer')}"
        out.append(f"  {_span(cost.calls)} samtal tar {_span(cost.hours)} timmar: {evenings}.")
    return [*out, f"  {_budget(cost)}"]


def _cost(one: StepCost) -> str:
    if not one.grams:
        return f"{_span(one.calls)} samtal, {_span(one.hours)} timmar"
    if one.each_kr is None:
        return (
            f"{_span(one.people)} brev à {one.grams:g} gram, tyngre än portot räcker till. Lägg till en vikt i porto."
        )
    each = f"{one.each_kr:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return f"{_span(one.people)} brev à {one.grams:g} gram och {each} kr: {_span(one.kronor)} kr"


def _budget(cost: PlanCost) -> str:
    if cost.budget_kr is None:
        return "Ingen budget är satt. Skriv budget: i kanalplanens huvud."
    budget = f"Budgeten är {words.number(cost.budget_kr)} kr"
    if not cost.over_kr.high:
        return f"{budget}, och planen ryms i den."
    if cost.over_kr.low:
        return f"{budget}: planen blir {_span(cost.over_kr)} kr dyrare."
    return f"{budget}: går det trögt blir planen upp till {words.number(round(cost.over_kr.high))} kr dyrare."


def _span(span: Span) -> str:
    low, high = round(span.low), round(span.high)
    return words.number(low) if low == high else f"{words.number(low)}–{words.number(high)}"


def _thoughts(shown: Shown) -> list[str]:
    """What is no mistake, but worth a thought."""
    out = []
    if n := len(shown.unreached):
        some = ", ".join(f"#{number}" for number in shown.unreached[:MOST_UNREACHED])
        more = f" och {words.number(n - MOST_UNREACHED)} till" if n > MOST_UNREACHED else ""
        who = words.count(n, "person", "personer")
        out.append(f"{who} nås inte av något steg: {some}{more}. Se vilka: mailer about #NUMMER")
    empty = [t.step.name for t in shown.tallies if not t.people]
    out += [f"Ingen får {words.listing([f'”{name}”' for name in empty])} som det ser ut nu."] if empty else []
    swedish = [s.name for s in shown.plan.steps if s.text.sv and not s.text.en]
    if swedish and len(swedish) < len(shown.plan.steps):
        out.append(f"Saknar engelska och går på svenska till alla: {words.listing(swedish)}.")
    return ["", "Att tänka på:", *(f"  {line}" for line in out)] if out else []


def _next(shown: Shown) -> list[str]:
    key = shown.questionnaire.key
    out = [f"Läs orden: mailer survey plan {key} --words. Person för person: --members, eller --csv FIL."]
    if not shown.plan.path and shown.state not in STATES:
        out.append(f"Gör planen till er egen: mailer survey plan {key} --write")
    if shown.state not in STATES:
        out.append(f"Godkänn den med alla ord: mailer survey approve {key} --as NAMN")
    return out


def word_lines(shown: Shown) -> list[str]:
    """All words of all steps, in both languages."""
    out = []
    for step in shown.plan.steps:
        out += ["", f"══ {step.name} ({CHANNEL_WORD[step.channel]}) ══"]
        out += [f"Undertecknas av: {step.signed_by}"] if step.signed_by else []
        out += [f"Ämne: {step.subject.sv}"] if step.subject.sv else []
        out += ["", step.text.sv]
        if step.text.en:
            out += ["", f"── på engelska{': ' + step.subject.en if step.subject.en else ''} ──", "", step.text.en]
    return out[1:]


def member_lines(drawing: Drawing, names: Mapping[int, str]) -> Iterator[str]:
    """One paragraph per person: a channel and a day for each step, or why not."""
    steps = {step.key: step for step in drawing.plan.steps}
    for person, found in drawing.lines():
        yield f"#{person.contact}" + (f" {names[person.contact]}" if person.contact in names else "")
        for line in found:
            yield f"  {steps[line.step].name}: {cell(line, drawing.calendar)}"


def rows(drawing: Drawing, names: Mapping[int, str]) -> Iterator[list[str]]:
    """The same for a spreadsheet: one row per person, one column per step; the first row is the head."""
    steps: tuple[Step, ...] = drawing.plan.steps
    yield ["Nummer", *(["Namn"] if names else []), *(step.name for step in steps)]
    for person, found in drawing.lines():
        who = [f"#{person.contact}", *([names.get(person.contact, "")] if names else [])]
        yield [*who, *(cell(line, drawing.calendar) for line in found)]


def cell(line: Line, calendar: Calendar) -> str:
    """”tisdag 13 februari kl. 10.00, mejl”, or why not."""
    if line.moment is None:
        return f"inte: {REASONS[line.reason]}"
    when = _when(line.channel, line.moment, line.until, calendar)
    moved = f" (flyttat: {words.listing([REASONS[why] for why in line.moved])})" if line.moved else ""
    if_needed = ", om det behövs" if line.if_needed else ""
    return f"{when}, {CHANNEL_WORD[line.channel]}{if_needed}{moved}"
