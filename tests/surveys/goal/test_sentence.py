"""The house and the sentence that says where a survey ends."""

from datetime import date

import pytest

from mailer.surveys.goal.model import Bar, Projection, Span, Standing, TooEarly
from mailer.surveys.goal.sentence import sentence

WITHOUT, WITH_PLAN = Span(38.2, 41, 43.9), Span(45.4, 50, 54.6)


def stands(answered: int, of: int = 100, goal: int = 50) -> Standing:
    return Standing(date(2024, 4, 9), Bar(of, of, answered, answered), goal, (), (), (), 0, (), ())


def ends(needed: int, calls: int | None, to_call: int = 80, with_plan: Span = WITH_PLAN) -> Projection:
    return Projection(WITHOUT, with_plan, needed, calls, True, to_call)


BOTH = "Utan fler påminnelser stannar ni vid 38–44 %; med resten av planen 45–55 %."


@pytest.mark.parametrize(
    ("end", "standing", "said"),
    [
        (ends(9, 67), stands(36), f"{BOTH} 9 svar till: ring omkring 67 personer."),
        (ends(1, 1), stands(36), f"{BOTH} 1 svar till: ring omkring 1 person."),
        (
            ends(9, 67, to_call=12),
            stands(36),
            f"{BOTH} 9 svar till: ring alla 12 som är kvar att ringa, och fråga på möten och på torget. Samtalen räcker"
            " inte ensamma.",
        ),
        (
            ends(9, None, to_call=0),
            stands(36),
            f"{BOTH} 9 svar till, och ingen är kvar att ringa: fråga på möten och på torget, med frågeblad i handen.",
        ),
        (
            ends(9, 67, to_call=0),
            stands(36),
            f"{BOTH} 9 svar till, och ingen är kvar att ringa: fråga på möten och på torget, med frågeblad i handen.",
        ),
        (ends(0, None), stands(36), f"{BOTH} Det som redan är på väg räcker till målet."),
        (ends(0, None), stands(51), f"Målet är nått: 51 % har svarat. {BOTH}"),
        (
            ends(9, None, 0, WITHOUT),
            stands(36),
            "Ni stannar vid 38–44 %: inget är kvar av planen. 9 svar till, och ingen är kvar att ringa: fråga på möten"
            " och på torget, med frågeblad i handen.",
        ),
        (
            TooEarly("days", date(2024, 3, 27)),
            stands(20),
            "Det är för tidigt att säga var ni slutar. Vänta till onsdag 27 mars, när enkäten har varit öppen i sju dagar.",
        ),
        (
            TooEarly("answers"),
            stands(6),
            "Det är för tidigt att säga var ni slutar. Det går när tio har svarat; hittills är det 6.",
        ),
        (TooEarly("over"), stands(52), "Enkäten är stängd: 52 % svarade. Målet var 50 %, och ni nådde det."),
        (TooEarly("over"), stands(41), "Enkäten är stängd: 41 % svarade. Målet var 50 %. Det saknades 9 svar."),
        (
            TooEarly("over"),
            stands(199, 400),
            "Enkäten är stängd: 49,8 % svarade. Målet var 50 %. Det saknades 1 svar.",
        ),
        (TooEarly("answers"), stands(0, 0), ""),
    ],
)
def test_says_where_it_ends_and_what_there_is_to_do(end: Projection | TooEarly, standing: Standing, said: str) -> None:
    assert sentence(end, standing).replace("\u00a0", " ") == said
