"""Whom a block is for: what the editor wrote, and nothing more is known here."""

from datetime import date

import pytest

from mailer.content import frontmatter
from mailer.content.fields import Fields
from mailer.content.readers import KEYS, MOST_NAMES, Readers, parse_readers
from mailer.errors import Problem


def read(head: str) -> tuple[Readers, list[Problem]]:
    document, wrong = frontmatter.split(f"---\n{head}\n---\n", "a", KEYS)
    fields = Fields(document, "a", date(2024, 5, 15), wrong)
    return parse_readers(fields), wrong


def test_keeps_among_members_what_nobody_has_opened() -> None:
    assert read("") == (Readers((), "medlemmar", False, 0), [])


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Kårsta", ("Kårsta",)),
        ("Kårsta, Brottby och styrelsen", ("Kårsta", "Brottby", "styrelsen")),
        ("Kårsta,Brottby;  styrelsen ,", ("Kårsta", "Brottby", "styrelsen")),
        ("Kårsta och Kårsta", ("Kårsta",)),
        ("”Boende i Brottby och Kårsta”, styrelsen", ("Boende i Brottby och Kårsta", "styrelsen")),
        ('"Boende, unga" och styrelsen', ("Boende, unga", "styrelsen")),
        ("Noch", ("Noch",)),
        ("alla", ()),
        ("Alla", ()),
        ("alla, styrelsen", ("alla", "styrelsen")),
    ],
)
def test_reads_the_names_of_groups_and_lists(said: str, names: tuple[str, ...]) -> None:
    assert read(f"läsare: {said}") == (Readers(names, line=2 if names else 0), [])


@pytest.mark.parametrize(
    ("said", "circle"),
    [("Styrelsen", "styrelsen"), ("ALLA", "alla"), ("members", "medlemmar"), ("everybody", "alla"), ("", "medlemmar")],
)
def test_reads_the_circle(said: str, circle: str) -> None:
    assert read(f"får läsas av: {said}")[0].circle == circle


def test_points_at_the_line_that_narrows() -> None:
    assert read("får läsas av: styrelsen")[0].line == 2
    assert read("får läsas av: styrelsen\nläsare: Kårsta\npraktiskt: ja")[0] == Readers(
        ("Kårsta",), "styrelsen", True, 3
    )


def test_names_a_list_of_readers_that_is_too_long() -> None:
    said = ", ".join(f"grupp {n}" for n in range(MOST_NAMES + 1))
    assert [p.what for p in read(f"läsare: {said}")[1]] == ["”läsare” är för lång."]
