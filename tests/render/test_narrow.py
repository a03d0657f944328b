"""Narrow screens: words that may be broken, pictures that give way; nothing that is read changes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content import markdown
from mailer.render.landmarks import with_landmarks
from mailer.render.narrow import MAY_BREAK, SOFT_HYPHEN, narrow, soften_heading
from mailer.slots import EDITORS_FIELDS

TABLE = "| a | b |\n|--|--|\n| {} | b |\n"


def softened(cell: str) -> str:
    html = narrow(markdown.html(TABLE.format(cell)))
    found = re.search(r"<tbody>\s*<tr>\s*<td>(.*?)</td>", html, re.S)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("bibliotek", ["bibliotek"]),
        ("kommunfullmäktige", ["kommun", "full", "mäkti", "ge"]),
        ("kommungruppen@vallentuna.example", ["kommungruppen@", "vallentuna.", "example"]),
        ("1234567890123456789012345", ["1234567890123456789012345"]),
    ],
)
def test_breaks_long_words_of_a_table_between_syllables_and_addresses_at_their_joints(
    cell: str, parts: list[str]
) -> None:
    found = re.split(f"{SOFT_HYPHEN}|{MAY_BREAK}", softened(cell))
    assert "".join(found) == cell
    if len(parts) == 1 or "@" in cell:
        assert found == parts
    else:
        assert len(found) > 2
        assert all(len(part) >= 2 for part in found)


def test_leaves_slots_links_and_all_outside_tables_as_they_are() -> None:
    slot = EDITORS_FIELDS["förnamn"].marker
    assert slot in softened("{{ förnamn }}")
    link = "https://vallentuna.example/kommunfullmaktigesammantradesprotokoll"
    assert f'<a href="{link}">' in softened(f"[kommunfullmäktigesammanträde]({link})")
    text = markdown.html("kommunfullmäktigesammanträdesprotokoll\n")
    assert narrow(text) == text


@given(st.text(alphabet="abcdeåäö<>&@./-_ |\\`*[]()", max_size=200))
def test_changes_no_word_that_is_read(words: str) -> None:
    text = TABLE.format(words.replace("|", " "))
    if markdown.problems(text, "a"):
        return
    before = markdown.html(text)
    assert narrow(before).replace(SOFT_HYPHEN, "").replace(MAY_BREAK, "") == before


def test_hyphenates_only_headings_that_no_telephone_has_room_for() -> None:
    assert soften_heading("Medlemsmöte på biblioteket") == "Medlemsmöte på biblioteket"
    long = soften_heading("Kommunfullmäktigesammanträdet 2024")
    assert long.replace(SOFT_HYPHEN, "") == "Kommunfullmäktigesammanträdet 2024"
    assert long.count(SOFT_HYPHEN) >= 3


def test_marks_the_landmarks_and_nothing_that_an_editor_writes() -> None:
    html = (
        '<div class="masthead" style="a"><div class="main" x><div class="footer"><div class="maine"><div class="body">'
    )
    assert re.findall(r'<div(?: role="(\w+)")? class="(\w+)"', with_landmarks(html)) == [
        ("banner", "masthead"),
        ("main", "main"),
        ("contentinfo", "footer"),
        ("", "maine"),
        ("", "body"),
    ]
