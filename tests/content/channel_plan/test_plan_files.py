"""The house and a channel plan as an editor writes it: what is read, and the sentence for each mistake."""

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.channel_plan.days import When, parse_when, step_day, written
from mailer.content.channel_plan.defaults import default_plan
from mailer.content.channel_plan.model import Channel, ChannelPlan, Costs, Limits, Step, Whom
from mailer.content.channel_plan.parse import parse_plan
from mailer.content.channel_plan.writing import plan_text
from mailer.content.dates import Unreadable
from mailer.content.questionnaires.model import Part, Questionnaire, Words
from mailer.content.questionnaires.parse import parse_questionnaire
from mailer.surveys.frozen import from_json, to_json
from tests.surveys.arranged import QUESTIONNAIRE

ROOT = Path(__file__).parents[3]
OPENS, CLOSES = date(2024, 3, 20), date(2024, 6, 30)  # a Wednesday, a Sunday
ASKED = replace(QUESTIONNAIRE, opens=OPENS, closes=CLOSES)
PATH = "enkater/medlemsenkat.plan.md"

INVITATION = """\
## Inbjudan
när: öppningen
kanal: mejl
till: den som har e-post
ämne: Fyra minuter
ämne (en): Four minutes

Hej {{ förnamn }}!

--- in English ---

Hi {{ förnamn }}!
"""
REMINDER = """\
## Påminnelse
när: måndagen efter +4
kanal: mejl
till: den som inte har svarat
klockslag: 17.30
ämne: Ett nytt skäl
undertecknas av: Kerstin Lund

Därför är det viktigt. Har du just svarat? Tack!
"""
ROUND = """\
## Ringrunda
när: +35 till +75 dagar
kanal: telefon

Hej, jag ringer om enkäten.
"""


def read(*parts: str) -> ChannelPlan:
    plan, problems = parse_plan(PATH, "\n".join(parts).encode(), ASKED)
    assert plan is not None, "\n".join(map(str, problems))
    return plan


def wrong(*parts: str) -> list[str]:
    plan, problems = parse_plan(PATH, "\n".join(parts).encode(), ASKED)
    assert plan is None
    assert all(problem.where == "content/enkater/medlemsenkat.plan.md" and problem.remedy for problem in problems)
    return [str(problem) for problem in problems]


def test_reads_a_step_with_all_that_it_says() -> None:
    plan = read(INVITATION, REMINDER, ROUND)
    assert [step.key for step in plan.steps] == ["inbjudan", "paminnelse", "ringrunda"]
    assert plan.steps[0].text == Words("Hej {{ förnamn }}!", "Hi {{ förnamn }}!")
    assert plan.steps[0].subject == Words("Fyra minuter", "Four minutes")
    reminder = plan.steps[1]
    assert (reminder.channel, reminder.whom, reminder.at) == (Channel.EMAIL, Whom.SILENT, time(17, 30))
    assert (reminder.offset, reminder.weekday, reminder.from_end) == (4, 0, False)
    assert (reminder.signed_by, reminder.line, reminder.is_ask) == ("Kerstin Lund", 14, True)
    assert (plan.steps[2].offset, plan.steps[2].until, plan.steps[2].whom) == (35, 75, Whom.SILENT)
    assert plan.steps[2].at == time(17)


def test_has_the_limits_and_costs_of_the_head() -> None:
    head = """\
---
# en anteckning
mejl: högst 3
brev: 1
samtal: 2
timmar mellan: 48 timmar
tysta månader: juni och juli
tysta söndagar: nej
tysta helgdagar: ja
klockslag: 9–18.30
ringtid: 16–19
porto: 50 g 22 kr, 100 g 44,50 kr; 250 g 66 kr
ark väger: 4,5 g
budget: 12 000 kr
ringare: 5 personer
---
"""
    plan = read(head, INVITATION)
    assert plan.limits == Limits(3, 1, 2, 48, (6, 7), False, True, time(9), time(18, 30), time(16), time(19))
    stamps = ((50, 22.0), (100, 44.5), (250, 66.0))
    assert plan.costs == Costs(stamp_kr=stamps, sheet_g=4.5, budget_kr=12000, callers=5)


def test_takes_the_defaults_where_the_head_says_nothing() -> None:
    plan = read("---\ntysta månader: inga\nbudget:\n---\n", INVITATION)
    assert plan.limits == replace(Limits(), quiet_months=())
    assert plan.costs == Costs()


HEADS = [
    ("mejl: många", "”mejl” ska vara ett tal."),
    ("mejl: 2,5", "”mejl” ska vara ett heltal, högst 10."),
    ("tysta månader: jul", "”tysta månader” ska vara månader."),
    ("klockslag: 20–8", "”klockslag” ska vara från ett klockslag till ett senare."),
    ("klockslag: 25–26", "klockslaget ”25–26” finns inte."),
    ("ringtid: 17", "”ringtid” ska vara från ett klockslag till ett senare."),
    ("porto: 22 kr", "portot ”22 kr” ska vara gram och kronor."),
    ("porto: 100 g 44 kr, 50 g 22 kr", "portot ska stå med det lättaste först"),
    ("tysta söndagar: kanske", "”tysta söndagar” ska vara ja eller nej."),
    ("bugdet: 5", "okänd uppgift ”bugdet”."),
]


@pytest.mark.parametrize(("line", "sentence"), HEADS)
def test_names_what_is_wrong_in_the_head(line: str, sentence: str) -> None:
    (found,) = wrong(f"---\nbrev: 2\n{line}\n---\n", INVITATION)
    assert found.startswith("content/enkater/medlemsenkat.plan.md, rad 3: ")
    assert sentence in found


STEPS = [
    (INVITATION.replace("när: öppningen\n", ""), 1, "steget ”Inbjudan” har ingen dag."),
    (INVITATION.replace("kanal: mejl", "kanal: mejll"), 3, "kanalen ”mejll” finns inte."),
    (INVITATION.replace("kanal: mejl\n", ""), 1, "steget ”Inbjudan” saknar kanal."),
    (INVITATION.replace("till: den som har e-post\n", ""), 1, "steget ”Inbjudan” säger inte till vem."),
    (INVITATION.replace("den som har e-post", "folket"), 4, "”folket” är ingen mottagare som finns."),
    (INVITATION.replace("ämne: Fyra minuter\n", ""), 1, "mejlet ”Inbjudan” saknar ämne."),
    (INVITATION.replace("ämne (en): Four minutes\n", ""), 1, "text på engelska men inget ämne"),
    (INVITATION.replace("Hi {{ förnamn }}!\n", ""), 1, "ämne på engelska men ingen text"),
    (INVITATION.replace("Hej {{ förnamn }}!\n", ""), 1, "steget ”Inbjudan” har ingen text."),
    (INVITATION.replace("Hej {{ förnamn }}", "Hej {{ namn }}"), 8, "fältet ”namn” finns inte."),
    (INVITATION.replace("Hi {{ förnamn }}", "Hi {{ fornamn }}"), 12, "fältet ”fornamn” finns inte."),
    (INVITATION.replace("Fyra minuter", "Hej {{ förnamn }}"), 5, "”ämne” har ett fält"),
    (INVITATION.replace("Hej {{", "Hej <b>{{"), 8, "här står HTML"),
    (INVITATION.replace("öppningen", "onsdan efter +14"), 2, "”onsdan efter +14” är ingen dag"),
    (INVITATION.replace("öppningen", "onsgadagen efter +14"), 2, "”onsgadagen” är ingen veckodag."),
    (INVITATION.replace("öppningen", "+200 dagar"), 1, "utanför enkäten"),
    (INVITATION.replace("öppningen", "−1 dagar"), 1, "utanför enkäten"),
    (INVITATION.replace("öppningen", "31 juni"), 2, "datumet ”31 juni” finns inte."),
    (INVITATION.replace("öppningen", "+4 till +9 dagar"), 1, "har både en första och en sista dag"),
    (INVITATION.replace("ämne: F", "klockslag: 22.00\nämne: F"), 5, "utanför de tillåtna klockslagen"),
    (INVITATION.replace("ämne: F", "klockslag: 10.75\nämne: F"), 5, "klockslaget ”10.75” finns inte."),
    (INVITATION.replace("ämne: F", "formulär: kanske\nämne: F"), 5, "”formulär” ska vara ja eller nej."),
    (INVITATION.replace("ämne: F", "ämen: x\nämne: F"), 5, "okänd uppgift ”ämen”."),
    (INVITATION.replace("ämne: F", "kanal: brev\nämne: F"), 5, "”kanal” står redan på rad 3."),
    (INVITATION.replace("till: den som har e-post", "till: den som saknar e-post"), 4, "når ingen som mejl inte når"),
    (ROUND.replace(" till +75 dagar", ""), 1, "ringrundan ”Ringrunda” har inget slut."),
    (ROUND.replace("+35 till +75", "+75 till +35"), 1, "slutar innan den börjar"),
    (ROUND.replace("+35 till +75 dagar", "+35 till onsdagen efter +75"), 2, "slutar på en veckodag"),
    (ROUND.replace("kanal: telefon", "kanal: telefon\nklockslag: 9"), 4, "utanför de tillåtna klockslagen"),
    ("## Torget\nnär: +5\nkanal: på plats\ntill: tysta\n\nKom!\n" + INVITATION, 4, "på plats är till alla"),
    ("## Tack\nnär: +5\nkanal: mejl\ntill: svarat\nämne: Tack\n\nTack!\n" + INVITATION, 1, "innan enkäten har stängt"),
    ("Först lite text.\n\n" + INVITATION, 1, "här står text före det första steget."),
    (INVITATION + INVITATION.replace("Fyra", "Fem").replace("Four", "Five"), 13, "två steg heter ”Inbjudan”."),
]


@pytest.mark.parametrize(("text", "line", "sentence"), STEPS)
def test_names_what_is_wrong_in_a_step(text: str, line: int, sentence: str) -> None:
    found = wrong(text)
    assert any(f"rad {line}: " in one and sentence in one for one in found), "\n".join(found)


TOGETHER = [
    (REMINDER.replace("Ett nytt skäl", "FYRA minuter!"), "har samma ämne som ”Inbjudan”"),
    (REMINDER.replace("Ett nytt skäl", "Nytt\nämne (en): four Minutes").replace("Tack!", "Tack!\n\n--- på engelska ---\n\nHave "
     "you answered? Thanks!"), "har samma ämne på engelska som ”Inbjudan”"),
    (REMINDER.replace("Har du just svarat? Tack!", ""), "tackar inte den som just har svarat"),
    (REMINDER.replace("Ett nytt skäl", "Nytt\nämne (en): New") + "\n--- in English ---\n\nPlease answer.\n",
     "tackar inte på engelska"),
    (REMINDER.replace("måndagen efter +4", "öppningen").replace("mejl", "brev"), "är samma dag, onsdag 20 mars"),
    ("".join(REMINDER.replace("Påm", f"{n}påm").replace("skäl", f"skäl {n}").replace("Därför", f"Skäl {n}")
             .replace("+4", f"+{4 + 7 * n}") for n in range(4)), "planen har 5 steg med mejl till samma person."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), TOGETHER)
def test_names_what_is_wrong_between_steps(text: str, sentence: str) -> None:
    found = wrong(INVITATION, text)
    assert any(sentence in one for one in found), "\n".join(found)


def test_wants_a_reason_and_not_the_same_words_again() -> None:
    again = (
        INVITATION.replace("Inbjudan", "Igen")
        .replace("öppningen", "+7")
        .replace("minuter", "skäl")
        .replace("Four", "A")
    )
    assert any("har samma text som ”Inbjudan”" in one for one in wrong(INVITATION, again))


def test_names_all_mistakes_at_once_by_line() -> None:
    found = wrong(
        "---\nmejl: många\n---\n",
        INVITATION.replace("öppningen", "snart").replace("mejl", "duva"),
        REMINDER.replace("17.30", "22").replace("Därför", "{{ namn }}"),
    )
    assert [int(one.split("rad ")[1].split(":")[0]) for one in found] == [2, 6, 7, 22, 26]


@pytest.mark.parametrize("text", ["", "---\nmejl: 3\n---\n", "<!-- bara en anteckning -->"])
def test_says_that_there_are_no_steps(text: str) -> None:
    assert "planen har inga steg." in wrong(text)[0]


def test_says_that_nobody_is_asked() -> None:
    assert "inget steg ber någon att svara." in wrong("## F\nnär: −5\nkanal: V Aktuellt\n\nSnart.")[0]


def test_lets_letters_and_mail_go_on_one_day_when_nobody_gets_both() -> None:
    letter = "## Brev\nnär: öppningen\nkanal: brev\ntill: den som saknar e-post\n\nHej!\n"
    assert len(read(INVITATION, letter).steps) == 2


def test_reads_a_note_and_headings_inside_the_words() -> None:
    plan = read(INVITATION.replace("Hej", "<!-- till Bo: stämmer det? -->\n### Rubrik\n\nHej"), REMINDER)
    assert plan.steps[0].text.sv == "### Rubrik\n\nHej {{ förnamn }}!"
    assert plan.steps[1].line == 17


WHENS = [
    ("+4 dagar", When(4)), ("4", When(4)), ("dag 4", When(4)), ("−10 dagar", When(-10)), ("-10", When(-10)),
    ("10 dagar före öppningen", When(-10)), ("3 veckor efter öppning", When(21)), ("öppningen", When(0)),
    ("onsdagen efter +14", When(14, weekday=2)), ("första onsdagen efter 2 veckor", When(14, weekday=2)),
    ("lördag efter öppningen", When(0, weekday=5)), ("14 dagar före stängning", When(14, True)),
    ("stängningen", When(0, True)), ("5 dagar efter stängningen", When(-5, True)),
    ("tisdagen efter 14 dagar före stängningen", When(14, True, 1)), ("16 april", When(27)),
    ("2024-04-16", When(27)), ("tisdag 16 april", When(27)), ("+35 till +75 dagar", When(35, until=75)),
    ("från +35 t.o.m. +75", When(35, until=75)), ("+35…+75", When(35, until=75)), ("+35 – +75", When(35, until=75)),
    ("60 till 25 dagar före stängningen", When(60, True, until=25)), ("Måndagen  efter +4.", When(4, weekday=0)),
    ("+35 till 27 dagar före stängningen", When(35, until=75)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "when"), WHENS)
def test_reads_a_day_as_it_is_said(text: str, when: When) -> None:
    assert parse_when(text, OPENS, CLOSES) == when
    assert parse_when(written(when), OPENS, CLOSES) == when


@pytest.mark.parametrize(
    "text", ["snart", "", "+", "den tredje", "efter +4", "+4 +5", "fredagen den 13", "9999 dagar", "0/0"]
)
def test_asks_for_a_day_that_can_be_reckoned(text: str) -> None:
    with pytest.raises(Unreadable) as why:
        parse_when(text, OPENS, CLOSES)
    assert why.value.remedy


def test_goes_forward_to_the_weekday_and_stays_when_it_is_one() -> None:
    step = Step("a", "a", Channel.EMAIL, Whom.SILENT, 0, weekday=2)
    assert step_day(step, OPENS, CLOSES) == OPENS
    assert step_day(replace(step, weekday=1), OPENS, CLOSES) == date(2024, 3, 26)
    assert step_day(replace(step, from_end=True, offset=14, weekday=1), OPENS, CLOSES) == date(2024, 6, 18)


LENGTHS = [
    (days, weekday)
    for days in (1, 5, 9, 10, 17, 18, 24, 28, 30, 37, 38, 41, 48, 55, 62, 68, 90, 180, 330)
    for weekday in range(7)
]


@pytest.mark.parametrize(("days", "weekday"), LENGTHS)
def test_has_a_default_plan_for_every_survey_that_its_own_checks_let_through(days: int, weekday: int) -> None:
    opens = OPENS + timedelta(weekday)
    asked = replace(ASKED, opens=opens, closes=opens + timedelta(days))
    plan = default_plan(asked)
    back, problems = parse_plan(PATH, plan_text(plan, "medlemsenkat", "Medlemsenkät").encode(), asked)
    assert problems == ()
    assert back is not None
    assert tuple(replace(step, line=0) for step in back.steps) == plan.steps
    assert (back.limits, back.costs) == (plan.limits, plan.costs)


def test_has_its_default_words_in_both_languages_with_nothing_left_to_fill() -> None:
    for asked in (
        ASKED,
        replace(ASKED, goal=60, minutes=25),
        _without(Part.ANONYMOUS),
        _without(Part.SIGNED, Part.AFTER),
    ):
        for step in default_plan(asked).steps:
            words = [step.text.sv, step.text.en, step.subject.sv, step.subject.en]
            assert step.text.sv
            assert step.text.en
            assert not any("$" in text for text in words)
            assert bool(step.subject.sv) == bool(step.subject.en)
    assert "svarsurna" not in " ".join(step.text.sv for step in default_plan(_without(Part.ANONYMOUS)).steps)


def test_calls_the_monthly_issue_what_the_home_calls_it() -> None:
    words = " ".join(step.text.sv + step.text.en for step in default_plan(ASKED, "Månads*bladet*").steps)
    assert "i Månads\\*bladet\\*" in words
    assert "V Aktuellt" not in words


def _without(*parts: Part) -> Questionnaire:
    return replace(ASKED, sections=tuple(section for section in ASKED.sections if section.part not in parts))


def test_has_a_reason_and_no_blame_in_every_reminder() -> None:
    words = " ".join(step.text.sv + step.subject.sv for step in default_plan(ASKED).steps).casefold()
    assert "!!" not in words
    for blame in ("sista chansen", "glömt", "påminnelse", "ännu inte svarat", "viktigt att du"):
        assert blame not in words


def test_ships_a_plan_for_its_example_that_has_no_mistake_and_both_languages() -> None:
    folder = ROOT / "content" / "enkater"
    asked, problems = parse_questionnaire(
        "enkater/medlemsenkat-2024.md", (folder / "medlemsenkat-2024.md").read_bytes()
    )
    assert asked is not None, problems
    plan, wrong_ones = parse_plan(
        "enkater/medlemsenkat-2024.plan.md", (folder / "medlemsenkat-2024.plan.md").read_bytes(), asked
    )
    assert wrong_ones == ()
    assert plan is not None
    assert {step.channel for step in plan.steps} == set(Channel)
    assert all(step.text.en for step in plan.steps)
    assert all(step.subject.en for step in plan.steps if step.subject.sv)
    assert from_json(ChannelPlan, to_json(plan)) == plan


PIECES = st.sampled_from([
    "---\n", "## ", "# Inbjudan\n", "## Påminnelse\n", "när: ", "kanal: ", "till: ", "ämne: ", "ämne (en): x\n", "klockslag: ",
    "+4 dagar\n", "onsdagen efter +14\n", "−999 dagar\n", "+35 till +75\n", "14 dagar före stängning\n", "30 februari\n",
    "mejl\n", "brev\n", "telefon\n", "V Aktuellt\n", "på plats\n", "alla\n", "utan e-post\n", "svarat\n", "25.00\n", "10\n",
    "\n", "Hej {{ förnamn }}!\n", "{{", "--- in English ---\n", "Tack, svarat\n", "<!--", "-->", "porto: 5 g 5 kr, 0 g\n",
    "mejl: 3\n", "tysta månader: juli, juli\n", "budget: 99999999999\n", "\ufeff", "\x00", "|", "![](x)", "```\n",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=200)).map(str.encode)
    | st.binary(max_size=100)
)
def test_has_a_sentence_for_whatever_the_file_holds(raw: bytes) -> None:
    plan, problems = parse_plan(PATH, raw, ASKED)
    assert (plan is None) == bool(problems)
    assert all(problem.what and problem.remedy for problem in problems)
    if plan:
        again, none = parse_plan(PATH, plan_text(plan, "x", "x").encode(), ASKED)
        assert none == ()
        assert again is not None
        assert again.limits == plan.limits


def test_begins_a_sentence_about_who_reads_with_a_capital():
    readers = Words("styrelsen", "the board")
    notice = default_plan(replace(QUESTIONNAIRE, readers=readers)).steps[0].text
    assert "Styrelsen." in notice.sv
    assert "The board." in notice.en
