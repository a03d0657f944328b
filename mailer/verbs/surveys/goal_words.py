"""What there is to say of the goal: the lines of `survey goal`, and the sentences its page shares with them.

Takes   a Goal, today.
Gives   Swedish lines; a table for spreadsheets; values for JSON. No names, and no group of fewer than five members.
Fails   never.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from mailer import words
from mailer.content.channel_plan.model import Channel
from mailer.surveys.goal.in_words import may_be_shown, of, per_cent, rate, share, whole
from mailer.surveys.goal.model import Bar, OnDay, Part, Projection
from mailer.surveys.goal.untouched import REASONS, TOO_LATE
from mailer.surveys.states import Survey
from mailer.verbs.paper import cell
from mailer.verbs.surveys.goal import Coming, Goal, left
from mailer.verbs.surveys.tell import Work

COLUMNS = ("Sort", "Namn", "Dag", "Medlemmar", "Kontaktade", "Nådda", "Svarat")
NEXT = 3  # steps ahead that are told, of each sort


def lines(goal: Goal, today: date) -> list[str]:
    """Everything, the sentence first."""
    asked = goal.survey.questionnaire
    out = [f"{asked.title.sv}: {stage(goal, today)}"]
    if goal.sentence:
        out = [goal.sentence, "", *out]
    if not goal.is_counting:
        return [*out, *_ahead(goal, today)]
    out += [f"  {name:<11} {figures}" for name, figures in bars(goal)]
    out.append(f"  {to_goal(goal)}")
    if said := channel_lines(goal):
        out += ["", "Kanal för kanal:", *(f"  {line}" for line in said)]
    if shown := groups(goal):
        out += ["", "Svarat i varje grupp:", *(f"  {one.name}: {_answered(one.bar)}" for one in shown)]
    out += ["", *nobody_lines(goal)]
    if goal.standing.untouched and not goal.is_erased:
        out.append(f"  Vilka: mailer survey goal {goal.survey.key} --untouched --as NAMN")
    followed = followed_lines(goal)
    if followed:
        out += ["", *followed]
    if followed and not goal.is_erased:
        out += [f"  Vilka: mailer survey follow {goal.survey.key} --as NAMN"]
    return [*out, *_ahead(goal, today), *_work(goal), "", _last(goal)]


def stage(goal: Goal, today: date) -> str:
    """”öppen till och med söndag 30 juni, 73 dagar kvar.”"""
    asked, state = goal.survey.questionnaire, goal.survey.state
    if state == Survey.WITHDRAWN:
        return "stoppad. Ingen frågas mer."
    if state == Survey.PREPARED:
        return "inte godkänd än. Ingen frågas före det."
    if goal.is_over:
        counted = "Svaren är räknade" if state == Survey.COUNTED else "Svaren är inte räknade än"
        return f"stängd. Den var öppen till och med {words.day(asked.closes, year=True)}. {counted}."
    if today < asked.opens:
        opens = f"öppnar {words.day(asked.opens)}, {left(asked.opens, today)}."
        return f"{opens} Medlemmarna räknas {words.day(asked.freeze)}."
    days = (asked.closes - today).days
    rest = f"{words.count(days, 'dag', 'dagar')} kvar" if days else "sista dagen"
    return f"öppen till och med {words.day(asked.closes)}, {rest}."


def bars(goal: Goal) -> tuple[tuple[str, str], ...]:
    """The three bars in words, each of all members."""
    bar = goal.standing.whole
    parts = (("Kontaktade", bar.contacted), ("Nådda", bar.reached), ("Har svarat", bar.answered))
    return tuple((name, whole(number, bar.of)) for name, number in parts)


def to_goal(goal: Goal) -> str:
    """”Målet är 50 %: 105 svar. Det saknas 33 svar.”"""
    verb = "saknades" if goal.is_over else "saknas"
    missing = f"Det {verb} {words.number(goal.missing)} svar." if goal.missing else "Det är nått."
    return f"Målet är {per_cent(goal.standing.goal)}: {words.number(goal.wanted)} svar. {missing}"


def channel_lines(goal: Goal) -> list[str]:
    """Each channel: whom it has contacted and reached, and through which they have answered."""
    return [
        f"{one.name}: {_counted(one.bar.contacted, 'kontaktad', 'kontaktade')}, "
        f"{_counted(one.bar.reached, 'nådd', 'nådda')}, {_counted(one.bar.answered, 'svar', 'svar')}"
        for one in in_use(goal.standing.channels)
    ]


def in_use(channels: Iterable[Part]) -> tuple[Part, ...]:
    """The channels through which anything has come to anybody, or back."""
    return tuple(one for one in channels if one.bar.contacted or one.bar.reached or one.bar.answered)


def groups(goal: Goal) -> tuple[Part, ...]:
    """The groups that may be shown; one alone says nothing that the whole does not."""
    shown = may_be_shown(goal.standing.segments)
    return shown if len(shown) > 1 else ()


def nobody_lines(goal: Goal) -> list[str]:
    """Those whom nobody has contacted: that can be, and that cannot; and that all members are accounted for."""
    stands = goal.standing
    who = words.count(stands.untouched, "medlem", "medlemmar")
    cannot = [(REASONS.get(why, why), number) for why, number in stands.unreachable if number and why != TOO_LATE]
    late = sum(number for why, number in stands.unreachable if why == TOO_LATE)
    everybody = "Alla som går att kontakta är kontaktade." if cannot else "Alla medlemmar är kontaktade."
    if late:
        everybody = f"{words.count(late, 'medlem', 'medlemmar')} hann ingen kontakta innan enkäten stängde."
    out = [f"{who} har ingen kontaktat än." if stands.untouched else everybody]
    out += [f"  {words.count(number, 'medlem', 'medlemmar')} går inte att kontakta: {why}" for why, number in cannot]
    number = sum(many for _, many in cannot)
    terms = [f"{stands.whole.contacted} kontaktade", f"{stands.untouched} som ingen har kontaktat"]
    terms += [f"{late} som ingen hann kontakta"] if late else []
    terms += [f"{number} som ingen kan kontakta"] if number else []
    return [*out, f"  {' + '.join(terms)} = {stands.whole.of} medlemmar"]


def followed_lines(goal: Goal) -> list[str]:
    """Those who want to be active, and whether anybody has been in touch."""
    waiting, late = goal.followed
    if not waiting:
        return []
    who = words.count(waiting, "medlem", "medlemmar")
    active = "aktiv" if waiting == 1 else "aktiva"
    if goal.is_erased:  # nothing leads to them any more
        return [f"{who} som ville bli {active} hörde ingen av sig till."]
    out = [f"{who} vill bli {active} och väntar på att någon hör av sig."]
    those = "Alla" if late == waiting > 1 else "Medlemmen" if waiting == 1 else f"{late} av dem"
    return [*out, f"{those} har väntat i mer än fjorton dagar."] if late else out


def coming_line(one: Coming, today: date) -> str:
    """”tisdag 2 april, om 5 dagar: Andra påminnelsen, mejl till 138 personer”"""
    who = f" till {words.count(one.number, 'person', 'personer')}" if one.number is not None else ""
    what = {
        Channel.EMAIL: f"mejl{who}", Channel.LETTER: f"brev{who}", Channel.ISSUE: "i V Aktuellt",
        Channel.TELEPHONE: f"samtal{who}", Channel.IN_PERSON: "möt medlemmarna på plats",
    }[one.channel]  # fmt: skip
    return f"{words.day(one.day)}, {left(one.day, today)}: {one.name}, {what}"


def work_lines(goal: Goal, work: Work) -> tuple[str, tuple[str, ...]]:
    """What people have to do now, and the commands for it."""
    key, who = goal.survey.key, words.count(work.number, "person", "personer")
    if work.step.channel is Channel.LETTER:
        left = work.number - goal.printed.get(work.step.key, 0)
        to_print = f"mailer letters print {key} {work.step.key} --as NAMN"
        to_post = (f"mailer letters pull {key}", f"mailer letters posted {key} {work.step.key} --as NAMN")
        what = "Ta ur dem som har svarat, posta resten och säg att de är postade."
        if left <= 0:
            return f"{work.step.name}: {who}, och breven är utskrivna. {what}", to_post
        some = "dem" if left == work.number else f"de {left} som saknas"
        what = f"Skriv ut {some}, ta{what[2:]}"
        return f"{work.step.name}: brev till {who}. {what}", (to_print, *to_post)
    if work.step.channel is Channel.TELEPHONE:
        command = f"mailer survey caller {key} --name NAMN --as NAMN"
        return f"{work.step.name}: {who} att ringa. Varje ringare får en länk för kvällen.", (command,)
    return f"{work.step.name}: {who}.", ()


def values(goal: Goal, today: date) -> dict[str, Any]:
    """Everything, for JSON."""
    stands, end = goal.standing, goal.end
    return {
        "survey": goal.survey.key,
        "title": goal.survey.questionnaire.title.sv,
        "state": goal.survey.state,
        "day": stands.day.isoformat(),
        "opens": goal.survey.questionnaire.opens.isoformat(),
        "closes": goal.survey.questionnaire.closes.isoformat(),
        "sentence": goal.sentence,
        **_bar(stands.whole),
        "rate": round(share(stands.whole.answered, stands.whole.of), 1),
        "goal": {"per_cent": stands.goal, "answers": goal.wanted, "missing": goal.missing},
        "projection": asdict(end) if isinstance(end, Projection) else None,
        "no_projection": None if isinstance(end, Projection) else _why(end),
        "channels": [{"key": one.key, "name": one.name, **_bar(one.bar)} for one in stands.channels],
        "segments": [{"key": one.key, "name": one.name, **_bar(one.bar)} for one in may_be_shown(stands.segments)],
        "days": [{**asdict(one), "day": one.day.isoformat()} for one in stands.days],
        "untouched": stands.untouched,
        "unreachable": [{"reason": why, "members": number} for why, number in stands.unreachable],
        "likeness": [asdict(one) for one in stands.alike],
        "coming": [_coming(one) for one in goal.coming],
        "to_do": [{"step": one.step.key, "channel": one.step.channel, "members": one.number} for one in goal.work],
        "follow_up": {"waiting": goal.followed[0], "late": goal.followed[1]},
        "erased": goal.is_erased,
        "today": today.isoformat(),
    }  # fmt: skip


def table(goal: Goal) -> str:
    """A row of all, of each channel, each group and each day, as a Swedish spreadsheet opens it."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) if isinstance(value, str) else value for value in row] for row in _rows(goal))
    return file.getvalue()


def weeks(goal: Goal) -> list[tuple[OnDay, int]]:
    """The last day of each week, with the answers that came in the week; the last day of all too."""
    days, found, before = goal.standing.days, [], 0
    for n, one in enumerate(days):
        if one.day.weekday() == 6 or n == len(days) - 1:
            found.append((one, one.answered - before))
            before = one.answered
    return found


def _rows(goal: Goal) -> Iterator[tuple[object, ...]]:
    stands = goal.standing
    day = stands.day.isoformat()
    yield ("alla", goal.survey.questionnaire.title.sv, day, *_four(stands.whole))
    for sort, parts in (("kanal", stands.channels), ("grupp", may_be_shown(stands.segments))):
        yield from ((sort, one.name, day, *_four(one.bar)) for one in parts)
    of_all = stands.whole.of
    yield from (
        ("dag", "", one.day.isoformat(), of_all, one.contacted, one.reached, one.answered) for one in stands.days
    )


def _four(bar: Bar) -> tuple[int, int, int, int]:
    return bar.of, bar.contacted, bar.reached, bar.answered


def _bar(bar: Bar) -> dict[str, int]:
    return {"members": bar.of, "contacted": bar.contacted, "reached": bar.reached, "answered": bar.answered}


def _why(end: Any) -> dict[str, str | None]:
    return {"why": end.why, "from": end.from_day.isoformat() if end.from_day else None}


def _coming(one: Coming) -> dict[str, Any]:
    return {"step": one.name, "channel": one.channel, "day": one.day.isoformat(), "members": one.number}


def _answered(bar: Bar) -> str:
    return f"{of(bar.answered, bar.of)}, {rate(bar.answered, bar.of)}"


def _counted(number: int, one: str, many: str) -> str:
    return words.count(number, one, many)


def _ahead(goal: Goal, today: date) -> list[str]:
    out = []
    for heading, is_for_people in (("Tjänsten skickar själv:", False), ("Det här gör ni:", True)):
        if steps := [one for one in goal.coming if one.is_for_people == is_for_people][:NEXT]:
            out += ["", heading, *(f"  {coming_line(one, today)}" for one in steps)]
    return out


def _work(goal: Goal) -> list[str]:
    out = []
    for work in goal.work:
        what, commands = work_lines(goal, work)
        out += [f"  {what}", *(f"    {command}" for command in commands)]
    return ["", "Att göra nu:", *out] if out else []


def _last(goal: Goal) -> str:
    """What to do next."""
    key = goal.survey.key
    if goal.is_erased or goal.survey.state == Survey.COUNTED:
        return f"Resultatet: mailer survey report {key}"
    if goal.survey.state == Survey.WITHDRAWN:
        return f"Hur det stod till: mailer survey status {key}"
    if goal.is_over:
        return f"Räkna svaren: mailer survey close {key}"
    return f"Visa styrelsen: mailer survey goal {key} --page FIL, eller en egen länk: --link --as NAMN"


def rows(parts: Iterable[Part]) -> tuple[tuple[str, ...], ...]:
    """For a table: name, contacted, reached, answered of how many."""
    shown = may_be_shown(parts)
    return tuple((one.name, f"{one.bar.contacted}", f"{one.bar.reached}", _answered(one.bar)) for one in shown)
