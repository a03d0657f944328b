"""A key that does not exist gets a remedy that knows what was meant."""

import pytest

from mailer.content import blocks, events, frontmatter
from mailer.content.lookalikes import _MEANT


def remedies(line: str, keys: dict[str, str]) -> list[tuple[str, str]]:
    _, wrong = frontmatter.split(f"---\nrubrik: A\n{line}\n---\n", "a", keys)
    return [(p.what, p.remedy) for p in wrong]


@pytest.mark.parametrize(
    ("line", "what", "remedy"),
    [
        ("till: styrelsen", "till är ett datum.", "Skriv läsare: styrelsen."),
        ("till: 2024-05-31", "”till” är ingen uppgift.", "Skriv visas till och med: 2024-05-31."),
        ("till:", "”till” är ingen uppgift.", "Skriv visas till och med: och ett datum, eller läsare: och en grupp."),
        ("datum: 2024-05-31", "inslag har inget som heter ”datum”.",
         "Är det ett evenemang, lägg filen i mappen evenemang. Annars skriv det i texten."),
        ("För: Kårsta", "okänd uppgift ”för”.", "Skriv läsare: Kårsta."),
        ("mottagare: Kårsta", "okänd uppgift ”mottagare”.", "Skriv läsare: Kårsta."),
        ("grupp:", "okänd uppgift ”grupp”.", "Det heter läsare."),
        ("segment: Kårsta", "okänd uppgift ”segment”.", "Skriv läsare: Kårsta."),
        ("synlighet: alla", "okänd uppgift ”synlighet”.", "Skriv får läsas av: alla."),
        ("författare: Bo", "okänd uppgift ”författare”.", "Skriv ansvarig: Bo."),
        ("av: Bo", "okänd uppgift ”av”.", "Skriv ansvarig: Bo."),
        ("url: https://a.example", "okänd uppgift ”url”.", "Skriv länk: https://a.example."),
        ("utkast: ja", "”utkast” finns inte: det som ligger i mappen kommer med.",
         "Ta bort raden när texten är klar. Tills dess: flytta filen ur mappen."),
        ("slug: valet", "okänd uppgift ”slug”.", "Ta bort raden; den behövs inte här."),
        ("ansvrig: Bo", "okänd uppgift ”ansvrig”.", "Menade du ”ansvarig”?"),
    ],
)  # fmt: skip
def test_says_what_was_meant(line: str, what: str, remedy: str) -> None:
    assert remedies(line, blocks.KEYS) == [(what, remedy)]


def test_says_of_an_event_only_what_an_event_has() -> None:
    assert remedies("författare: Bo", events.KEYS) == [("okänd uppgift ”författare”.", "Skriv ansvarig: Bo.")]
    assert "ingress" not in str(remedies("sammanfattning: x", {"rubrik": "rubrik"}))
    assert remedies("datum: 2024-05-14", events.KEYS) == []


def test_takes_no_key_that_we_have_for_one_we_have_not() -> None:
    assert set(_MEANT.values()) <= set(blocks.KEYS.values())
    assert not set(_MEANT) & set(blocks.KEYS)
