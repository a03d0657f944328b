"""The one sentence that an administrator needs: where it ends, and what there is to do.

Takes   a Projection or TooEarly; the Standing of the same day.
Gives   Swedish; ”” when there are no members.
Fails   never.
"""

from mailer import words
from mailer.surveys.goal.model import Projection, Span, Standing, TooEarly
from mailer.surveys.goal.rates import FIRST_ANSWERS, FIRST_DAYS

_NUMBERS = "noll en två tre fyra fem sex sju åtta nio tio elva tolv".split()


def sentence(projection: Projection | TooEarly, standing: Standing) -> str:
    """”Utan fler påminnelser stannar ni vid 38–44 %; med resten av planen 45–55 %. 9 svar till: ring omkring 67
    personer.”"""
    if not standing.whole.of:
        return ""
    if isinstance(projection, TooEarly):
        return _over(standing) if projection.why == "over" else _too_early(projection, standing)
    if _missing(standing) == 0:
        return f"Målet är nått: {_rate(standing)} har svarat. {_end(projection)}"
    return f"{_end(projection)} {_task(projection)}"


def _end(projection: Projection) -> str:
    without, with_plan = _span(projection.without), _span(projection.with_plan)
    if projection.without == projection.with_plan:
        return f"Ni stannar vid {without}: inget är kvar av planen."
    return f"Utan fler påminnelser stannar ni vid {without}; med resten av planen {with_plan}."


def _task(projection: Projection) -> str:
    """What there is to do for the answers that are missing when what is under way has come in."""
    needed = projection.needed
    if not needed:
        return "Det som redan är på väg räcker till målet."
    if projection.calls is None or not projection.to_call:
        return f"{needed} svar till, och ingen är kvar att ringa: fråga på möten och på torget, med frågeblad i handen."
    if projection.calls > projection.to_call:
        left = "den enda" if projection.to_call == 1 else f"alla {projection.to_call}"
        also = "och fråga på möten och på torget. Samtalen räcker inte ensamma."
        return f"{needed} svar till: ring {left} som är kvar att ringa, {also}"
    return f"{needed} svar till: ring omkring {words.count(projection.calls, 'person', 'personer')}."


def _too_early(why: TooEarly, standing: Standing) -> str:
    first = "Det är för tidigt att säga var ni slutar."
    if why.why == "days" and why.from_day is not None:
        day, number = words.day(why.from_day), _NUMBERS[FIRST_DAYS]
        return f"{first} Vänta till {day}, när enkäten har varit öppen i {number} dagar."
    return f"{first} Det går när {_NUMBERS[FIRST_ANSWERS]} har svarat; hittills är det {standing.whole.answered}."


def _over(standing: Standing) -> str:
    missing = _missing(standing)
    ended = f"Enkäten är stängd: {_rate(standing)} svarade."
    goal = f"Målet var {standing.goal} %"
    return f"{ended} {goal}, och ni nådde det." if not missing else f"{ended} {goal}. Det saknades {missing} svar."


def _missing(standing: Standing) -> int:
    return max(0, -(-standing.whole.of * standing.goal // 100) - standing.whole.answered)


def _rate(standing: Standing) -> str:
    """With a decimal where a rounded figure would say that the goal is reached, and it is not, or the other way."""
    exact = 100 * standing.whole.answered / standing.whole.of
    is_near = round(exact) == standing.goal and exact != standing.goal
    return f"{exact:.1f} %".replace(".", ",") if is_near else f"{exact:.0f} %"


def _span(span: Span) -> str:
    low, high = round(span.low), round(span.high)
    return f"{low}–{high} %" if low < high else f"omkring {low} %"
