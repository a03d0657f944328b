"""Bytes as editors' programs save them (fault F2): read, or named."""

import codecs

import pytest

from mailer.content.text import decode
from mailer.errors import EditorError

SWEDISH = "Årets röda lördagar på torget: ”kom” – kaffe 10 kr"


@pytest.mark.parametrize(
    "raw",
    [
        SWEDISH.encode(),
        codecs.BOM_UTF8 + SWEDISH.encode(),
        SWEDISH.encode("utf-16"),
        codecs.BOM_UTF16_BE + SWEDISH.encode("utf-16-be"),
        SWEDISH.encode("cp1252"),
        "A\u030arets ro\u0308da lo\u0308rdagar pa\u030a torget: ”kom” – kaffe 10 kr".encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16-be", "windows", "nfd"],
)
def test_reads_swedish_however_it_was_saved(raw: bytes) -> None:
    assert decode(raw, "content/a.md") == SWEDISH


def test_reads_latin_1_as_windows_does() -> None:
    assert decode("Får på gård".encode("latin-1"), "a") == "Får på gård"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_gives_every_line_end_as_one(end: str) -> None:
    assert decode(f"ett{end}två{end}".encode(), "a") == "ett\ntvå\n"


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"ett\ntv\x00\n", 2),
        (b"ett\n\ntre\x1b[31m", 3),
        ("\ue000leave_code\ue002".encode(), 1),
        ("ett\ntvå \u202eegna".encode(), 2),
        ("trasigt \ufffd tecken".encode(), 1),
        (b"ett\n\x8crets", 2),  # Mac OS Roman
        ("ett\ntvå\nf\u00e5r".encode("cp850"), 2),
        (b"\xe5\xe4\xf6 \xc8\xce\xcf \x81", 1),
        ("utan bom".encode("utf-16-le"), 1),
    ],
    ids=["nul", "escape", "our-own-marker", "right-to-left", "replaced", "mac", "dos", "undefined", "no-bom"],
)
def test_names_the_line_of_what_it_cannot_be_sure_of(raw: bytes, line: int) -> None:
    with pytest.raises(EditorError) as wrong:
        decode(raw, "content/a.md")
    (problem,) = wrong.value.problems
    assert (problem.where, problem.line) == ("content/a.md", line)
    assert problem.remedy


def test_names_half_a_utf_16_character() -> None:
    with pytest.raises(EditorError, match="skadad"):
        decode(codecs.BOM_UTF16_LE + b"\x00", "a")


def test_keeps_emoji_and_soft_hyphens() -> None:
    assert decode("👩‍🌾 första\u00admaj 🌹️".encode(), "a") == "👩‍🌾 första\u00admaj 🌹️"


def test_drops_what_has_no_width_and_says_nothing() -> None:
    assert decode("\ufeff\ufeffför\u200bsta\u2060 maj".encode(), "a") == "första maj"
