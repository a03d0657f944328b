"""A channel plan as a file that an editor can change: `parse` reads back what is written here.

Takes   a ChannelPlan, and the name of its survey.
Gives   the text of the file.
Fails   never.
"""

from datetime import time

from mailer.content.channel_plan.days import When, written
from mailer.content.channel_plan.model import Channel, ChannelPlan, Costs, Limits, Step, Whom
from mailer.content.channel_plan.sections import ENGLISH
from mailer.content.channel_plan.wording import CHANNEL_WORD, WHOM_WORD
from mailer.words import MONTHS, listing

_HEAD = """\
# Kanalplanen för {name}: vem som blir tillfrågad, när, hur och med vilka ord.
# Ändra vad du vill och se vad det blir med: mailer survey plan {key}
# Den här filen går före grundplanen. När planen är godkänd ändrar den inget mer.
#
# Ingen medlem blir tillfrågad mer än så här:"""


def plan_text(plan: ChannelPlan, key: str, name: str) -> str:
    """The whole file, with LF line ends."""
    head = [
        "---",
        *_HEAD.format(key=key, name=" ".join(name.split())).split("\n"),
        *_limits(plan.limits),
        "# Vad det kostar. Se efter vad portot är i år.",
        *_costs(plan.costs),
        "---",
    ]
    return "\n".join(head) + "\n\n" + "\n\n\n".join(_step(step) for step in plan.steps) + "\n"


def _limits(limits: Limits) -> list[str]:
    return [
        f"mejl: {limits.emails}",
        f"brev: {limits.letters}",
        f"samtal: {limits.calls}",
        "# Mellan två frågor till samma person, från enkäten eller något annat utskick (inte V Aktuellt):",
        f"timmar mellan: {limits.hours_between}",
        f"tysta månader: {listing([MONTHS[n - 1] for n in limits.quiet_months]) or 'inga'}",
        f"tysta söndagar: {_yes(limits.quiet_sundays)}",
        "# Helgdagar, och dagen före var och en av dem:",
        f"tysta helgdagar: {_yes(limits.quiet_holidays)}",
        f"klockslag: {_clock(limits.earliest)}–{_clock(limits.latest)}",
        f"ringtid: {_clock(limits.call_earliest)}–{_clock(limits.call_latest)}",
    ]


def _costs(costs: Costs) -> list[str]:
    stamps = ", ".join(f"{grams} g {_amount(kronor)} kr" for grams, kronor in costs.stamp_kr)
    return [
        f"porto: {stamps}",
        f"ark väger: {_amount(costs.sheet_g)} g",
        f"kuvert väger: {_amount(costs.envelope_g)} g",
        f"svarskuvert väger: {_amount(costs.reply_envelope_g)} g",
        f"tryck per ark: {_amount(costs.print_kr)} kr",
        f"svarsporto: {_amount(costs.reply_kr)} kr",
        f"minuter per samtal: {costs.minutes_per_call}",
        f"ringare: {costs.callers}",
        f"budget: {'' if costs.budget_kr is None else f'{costs.budget_kr} kr'}".rstrip(),
    ]


def _step(step: Step) -> str:
    by_telephone = step.channel is Channel.TELEPHONE
    when = When(step.offset, step.from_end, None if by_telephone else step.weekday, step.until)
    lines = [f"## {step.name}", "", f"när: {written(when)}", f"kanal: {CHANNEL_WORD[step.channel]}"]
    if step.whom is not Whom.EVERYBODY or step.channel not in (Channel.ISSUE, Channel.IN_PERSON):
        lines.append(f"till: {WHOM_WORD[step.whom]}")
    if step.channel not in (Channel.ISSUE, Channel.LETTER):
        lines.append(f"klockslag: {_clock(step.at)}")
    lines += ["formulär: ja"] if step.with_form else []
    lines += [f"ämne: {step.subject.sv}"] if step.subject.sv else []
    lines += [f"ämne (en): {step.subject.en}"] if step.subject.en else []
    lines += [f"undertecknas av: {step.signed_by}"] if step.signed_by else []
    lines += ["", step.text.sv]
    lines += ["", ENGLISH, "", step.text.en] if step.text.en else []
    return "\n".join(lines)


def _amount(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _clock(at: time) -> str:
    return f"{at.hour}.{at.minute:02}"


def _yes(value: bool) -> str:
    return "ja" if value else "nej"
