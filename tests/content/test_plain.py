"""The text part: what one would read aloud."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content import markdown, plain
from mailer.slots import MARKER, Slot


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n\nb\nc\n", "A\n\nb c"),
        ("- a\n- b\n", "- a\n- b"),
        ("- a\n\n  mer\n- b\n", "- a\n\n  mer\n\n- b"),
        ("- a\n  1. b\n  2. c\n", "- a\n  1. b\n  2. c"),
        ("9. a\n10. b\n", "9. a\n10. b"),
        ("> a\n>\n> b\n", "> a\n>\n> b"),
        ("a\\\nb\n", "a\nb"),
        ("a  \nb\n", "a\nb"),
        ("**a** *b* ~~c~~ `d`\n", "a b c (struket) d"),
        ("[läs](https://a.example/x)\n", "läs <https://a.example/x>"),
        ("<https://a.example/x>\n", "<https://a.example/x>"),
        ("[a@b.example](mailto:a@b.example)\n", "<a@b.example>"),
        ("[skriv](mailto:a@b.example)\n", "skriv <a@b.example>"),
        ("[070-174 06 05](tel:+46701740605)\n", "070-174\u00a006\u00a005"),
        ("a\n\n---\n\nb\n", "a\n\n* * *\n\nb"),
        ("```\nx  y\n  z\n```\n", "    x  y\n      z"),
        ("| a | b |\n|---|---|\n| 1 | två |\n", "a  b\n-  ---\n1  två"),
        ("-\n- a\n", "-\n- a"),
        ('a\n![Fem flaggor](b.jpg "Foto: Bo")\nc\n', "a\n\n[Bild: Fem flaggor. Foto: Bo]\n\nc"),
        ("![Vem är det?](b.jpg 'Foto: Bo')\n", "[Bild: Vem är det? Foto: Bo]"),
        ("![Fem flaggor](b.jpg)\n", "[Bild: Fem flaggor]"),
        ("![](b.jpg)\n", "[Bild]"),
        ("", ""),
    ],
)
def test_writes_text_as_one_reads_it(text: str, expected: str) -> None:
    assert plain.text(text) == expected


def test_reads_a_wide_table_row_by_row() -> None:
    text = plain.text(f"| Plats | Pass |\n|---|---|\n| {'Folkets hus ' * 6} | 9–12 |\n| Torget | 12–15 |\n")
    assert text.startswith("Plats: Folkets hus Folkets hus")
    assert text.endswith("Pass: 9–12\n\nPlats: Torget\nPass: 12–15")


def test_never_breaks_an_address() -> None:
    address = "https://vallentuna.example/" + "en-lang-sida/" * 10
    lines = plain.text(f"Ord före [läs mer om det]({address}) och ord efter det.").split("\n")
    assert f"<{address}>" in lines
    assert all(len(line) <= 72 for line in lines if address not in line)


def test_never_breaks_a_slot_and_counts_it_as_its_fallback() -> None:
    marker = Slot("first_name", "kära vän i partiet").marker
    lines = plain.text("Hej och välkommen till torget på lördag, {{ förnamn | kära vän i partiet }}, säger vi.").split(
        "\n"
    )
    assert sum(marker in line for line in lines) == 1
    assert all(len(MARKER.sub(lambda m: m[2], line)) <= 72 for line in lines)


def test_keeps_together_what_a_no_break_space_holds_together() -> None:
    assert "\nkl.\u00a018.30" in plain.text("x" * 66 + " kl.&nbsp;18.30")


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40), min_size=1, max_size=60))
@settings(deadline=None)
def test_loses_no_word_and_writes_no_long_line(words: list[str]) -> None:
    text = " ".join(words)
    if not markdown.problems(text, "a"):
        wrapped = plain.wrap(text)
        assert " ".join(wrapped).split() == text.split()
        assert all(len(line) <= 72 for line in wrapped)
