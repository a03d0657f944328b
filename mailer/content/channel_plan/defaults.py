"""The plan of a survey that has no plan of its own: from what is known to raise response.

Takes   the questionnaire.
Gives   a ChannelPlan with all its words.
Fails   never.

A notice beforehand (odds of an answer × 1.4), a new reason in every reminder, another channel for those whom the first
did not reach, a second copy on paper (× 1.4), the telephone last and strongest (× 2), never all channels at once:
Edwards et al., Cochrane 2023 (MR000008); Fulton & Medway 2012; Dillman's order of contacts. All of it can be changed.
"""

from dataclasses import replace
from datetime import date, time
from string import Template

from mailer.content.channel_plan.default_words import CONTACT, SECRECY, SUBJECTS, TEXTS
from mailer.content.channel_plan.model import Channel, ChannelPlan, Step, Whom
from mailer.content.channel_plan.sections import is_ask
from mailer.content.questionnaires.model import NO_WORDS, Part, Questionnaire, Words
from mailer.words import MONTHS

TUESDAY, MONDAY, SATURDAY = 1, 0, 5
# Days that a survey must be open for a step to have a meaning in it.
FOR_FIRST, FOR_SECOND, FOR_LETTER, FOR_LAST, FOR_FORM, FOR_CALLS, FOR_SQUARE = 10, 18, 24, 28, 38, 48, 62
FOR_PAPER = 84  # a letter to those whom the e-mails did not move, before the one with the form
# Whom no paper and no telephone reaches may come by herself, and three times are better than one.
OCCASIONS = (
    ("pa-torget-och-pa-motet", "På torget och på mötet"),
    ("pa-plats-andra-gangen", "På plats, andra gången"),
    ("pa-plats-tredje-gangen", "På plats, tredje gången"),
)
OCCASION_DAYS = (17, 52, 87)  # after the opening, then forward to the Saturday
_NUMBERS_SV = "en två tre fyra fem sex sju åtta nio tio elva tolv".split()
_NUMBERS_EN = "one two three four five six seven eight nine ten eleven twelve".split()
_MONTHS_EN = ("January February March April May June July August September October November December").split()


def default_plan(questionnaire: Questionnaire, series: str = "V Aktuellt") -> ChannelPlan:
    """As many of the steps as the survey is long enough for. It passes every check of `parse_plan`.

    `series`: what the home calls its monthly issue.
    """
    values = _values(questionnaire) | {"series": _plain(series)}
    steps = tuple(_worded(step, values) for step in _steps(questionnaire))
    return ChannelPlan("", "", steps)


def _steps(questionnaire: Questionnaire) -> list[Step]:
    length = (questionnaire.closes - questionnaire.opens).days
    # The invitation goes on a Tuesday; the days after it are counted from there.
    is_long = length >= FOR_FIRST + 6
    shift = (TUESDAY - questionnaire.opens.weekday()) % 7 if is_long else 0
    left = length - shift
    weekday = TUESDAY if is_long else None
    email, letter, issue = Channel.EMAIL, Channel.LETTER, Channel.ISSUE
    steps = [
        _step("forvarning", "Förvarning", issue, Whom.EVERYBODY, -10),
        _step("inbjudan", "Inbjudan", email, Whom.WITH_EMAIL, 0, weekday=weekday),
        _step("inbjudan-med-brev", "Inbjudan med brev", letter, Whom.WITHOUT_EMAIL, 0, weekday=weekday),
    ]
    if left >= FOR_FIRST:
        on = MONDAY if is_long else None
        steps.append(
            _step(
                "forsta-paminnelsen", "Första påminnelsen", email, Whom.SILENT, shift + 4, weekday=on, at=time(17, 30)
            )
        )
    if left >= FOR_SECOND:
        steps.append(
            _step("andra-paminnelsen", "Andra påminnelsen", email, Whom.SILENT, shift + 11, weekday=MONDAY, at=time(12))
        )
    if left >= FOR_LETTER:
        name = "Brev i stället för mejl"
        steps.append(_step("brev-i-stallet-for-mejl", name, letter, Whom.EMAIL_FAILED, shift + 14))
    if left >= FOR_PAPER:
        # To those with e-mail: the others have had their first letter, and nobody gets more than two.
        steps.append(_step("brev-med-svarskod", "Brev med svarskod", letter, Whom.WITH_EMAIL, shift + 21))
    if left >= FOR_FORM:
        name, day = "Frågeblad med posten", 35 if left >= FOR_PAPER else 21
        steps.append(_step("frageblad-med-posten", name, letter, Whom.SILENT, shift + day, with_form=True))
    if left >= FOR_CALLS:
        begin = shift + (42 if left >= FOR_PAPER else 35 if left >= FOR_SQUARE else 28)
        # So long that a few callers have the time for four calls to each.
        end = min(shift + 105, length - 20) if left >= FOR_PAPER else min(shift + 75, length - 3)
        steps.append(_step("ringrunda", "Ringrunda", Channel.TELEPHONE, Whom.SILENT, begin, until=end, at=time(17)))
    for (key, name), day in zip(OCCASIONS, OCCASION_DAYS, strict=True):
        if left >= max(FOR_SQUARE, day + 24):
            steps.append(_step(key, name, Channel.IN_PERSON, Whom.EVERYBODY, shift + day, weekday=SATURDAY))
    if left >= FOR_LAST:
        before = 14 if left >= FOR_CALLS else 7
        steps.append(_step("sista-mejlet", "Sista mejlet", email, Whom.SILENT, before, from_end=True))
    steps.append(_step("tack", "Tack", email, Whom.ANSWERED, -3, from_end=True))
    steps.append(_step("resultatet", "Resultatet", issue, Whom.EVERYBODY, -10, from_end=True))
    return steps


def _step(
    key: str,
    name: str,
    channel: Channel,
    whom: Whom,
    offset: int,
    from_end: bool = False,
    weekday: int | None = None,
    at: time = time(10),
    until: int | None = None,
    with_form: bool = False,
) -> Step:
    return Step(key, name, channel, whom, offset, from_end, weekday, at, until, with_form, is_ask(channel, whom))


def _worded(step: Step, values: dict[str, str]) -> Step:
    return replace(
        step,
        subject=_fill(SUBJECTS.get(step.key, NO_WORDS), values),
        text=_fill(TEXTS[OCCASIONS[0][0] if step.channel is Channel.IN_PERSON else step.key], values),
    )


def _fill(words: Words, values: dict[str, str]) -> Words:
    return Words(Template(words.sv).substitute(values), Template(words.en).substitute(values))


def _values(questionnaire: Questionnaire) -> dict[str, str]:
    minutes = questionnaire.minutes
    short = 1 <= minutes <= len(_NUMBERS_SV)
    sv = f"{_NUMBERS_SV[minutes - 1] if short else minutes} {'minut' if minutes == 1 else 'minuter'}"
    en = f"{_NUMBERS_EN[minutes - 1] if short else minutes} {'minute' if minutes == 1 else 'minutes'}"
    goal, is_half = questionnaire.goal, questionnaire.goal == 50
    secrecy = SECRECY[_kept(questionnaire)]
    contact = CONTACT if questionnaire.of_part(Part.AFTER) else NO_WORDS
    return {
        "minutes_sv": sv, "Minutes_sv": sv.capitalize(), "minutes_en": en, "Minutes_en": en.capitalize(),
        "day_sv": _day_sv(questionnaire.closes), "day_en": _day_en(questionnaire.closes),
        "From_sv": f"Från {_day_sv(questionnaire.opens)}", "From_en": f"From {_day_en(questionnaire.opens)}",
        "readers_sv": _plain(questionnaire.readers.sv), "readers_en": _plain(questionnaire.readers.say("en")),
        "Readers_sv": _sentence(questionnaire.readers.sv), "Readers_en": _sentence(questionnaire.readers.say("en")),
        "goal_sv": "minst hälften av oss" if is_half else f"minst {goal} procent av oss",
        "goal_en": "at least half of us" if is_half else f"at least {goal} per cent of us",
        "secrecy_sv": secrecy.sv, "secrecy_en": secrecy.en,
        "contact_sv": contact.sv, "contact_en": contact.en,
    }  # fmt: skip


def _sentence(readers: str) -> str:
    """Where they begin a sentence: ”Styrelsen”."""
    plain = _plain(readers)
    return plain[:1].upper() + plain[1:]


def _kept(questionnaire: Questionnaire) -> str:
    """How the answers are kept: signed, anonymous or both."""
    if not questionnaire.is_secret:
        return "signed"
    signed = (*questionnaire.of_part(Part.SIGNED), *questionnaire.of_part(Part.AFTER))
    return "both" if any(section.questions for section in signed) else "anonymous"


def _day_sv(day: date) -> str:
    return f"den {day.day} {MONTHS[day.month - 1]}"


def _day_en(day: date) -> str:
    return f"{day.day} {_MONTHS_EN[day.month - 1]}"


def _plain(text: str) -> str:
    """One line of a head, as it stands in Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|{}" else c for c in text.strip().rstrip("."))
