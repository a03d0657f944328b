"""A standing column's file that holds no text: closed, or waiting; and who answers for which file."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from mailer.content.blocks import UNTOUCHED
from mailer.content.columns import Closed, column_of
from mailer.content.parse import Content, parse
from mailer.content.source import Source

HEAD = "---\nrubrik: Kommunstyrelsen\nspalt: ks\nansvarig: Kerstin Lund\n---\n"
KS = Closed("2024-05/04-x.md", "2024-05", "ks")


def content(raw: str | bytes, path: str = "2024-05/04-x.md") -> Content:
    raw = raw.encode() if isinstance(raw, str) else raw
    return parse([Source(path, raw, "hash")], date(2024, 5, 15), ZoneInfo("Europe/Stockholm"))


@pytest.mark.parametrize(
    "body",
    ["inget", "Inget.", "  INGET!\n\n", "(inget)", "**Inget**", "- inget", "ingenting", "Inget att rapportera.",
     "# Kommunstyrelsen\n\ninget", f"{UNTOUCHED}\n\ninget\n"],
)  # fmt: skip
def test_closes_a_column_that_has_nothing_to_tell(body: str) -> None:
    read = content(HEAD + body)
    assert (read.closed, read.untouched, read.blocks, read.problems) == ((KS,), (), (), ())


@pytest.mark.parametrize(
    "body", [UNTOUCHED, f"\n{UNTOUCHED}\n\n", UNTOUCHED.lower(), f"*{UNTOUCHED}*", f"\\{UNTOUCHED}"]
)
def test_lets_a_file_wait_that_nobody_has_written_in(body: str) -> None:
    read = content(HEAD + body)
    assert (read.closed, read.untouched, read.blocks, read.problems) == ((), (KS,), (), ())


@pytest.mark.parametrize(
    "body", ["Inget nytt om skolan.", "inget 2", "Inget, sa hon. Men sedan hände något.", "Vi skrev."]
)
def test_takes_a_text_for_a_text(body: str) -> None:
    assert len(content(HEAD + body).blocks) == 1


@pytest.mark.parametrize("raw", ["", " \n\n", "\ufeff", "inget", "Inget.\n"])
def test_closes_the_column_of_the_files_name_when_the_file_says_no_other(raw: str) -> None:
    assert content(raw, "2024-05/04-KS.md").closed == (Closed("2024-05/04-KS.md", "2024-05", "ks"),)


@pytest.mark.parametrize("path", ["ks.md", "evenemang/ks.md", "2024-05/evenemang/ks.md"])
def test_closes_nothing_outside_the_months(path: str) -> None:
    read = content("", path)
    assert (read.closed, [p.what for p in read.problems]) == ((), ["filen är tom."])
    assert content(HEAD + "inget", "ks.md").closed == ()


def test_asks_when_a_head_has_no_text_below_it() -> None:
    assert [p.remedy for p in content(HEAD).problems] == ["Skriv texten under huvudet, eller ordet inget."]


@pytest.mark.parametrize(
    ("path", "spalt", "column"),
    [("2024-05/ks.md", "", "ks"), ("2024-05/04-ks.md", "", "ks"), ("2024-05/4_SN.md", "", "sn"), ("a/04-x.md", "Bun", "bun"),
     ("a/2024.md", "", "2024")],
)  # fmt: skip
def test_names_the_column(path: str, spalt: str, column: str) -> None:
    assert column_of(path, spalt) == column


@pytest.mark.parametrize(
    ("raw", "owner"),
    [
        (HEAD + "text", "Kerstin Lund"),
        (HEAD + "<script>", "Kerstin Lund"),
        (HEAD + "inget", "Kerstin Lund"),
        (HEAD.replace("spalt", "splt") + "text", "Kerstin Lund"),
        (HEAD.replace("ansvarig", "författare") + "text", "Kerstin Lund"),
        (HEAD.replace("---", "***") + "{{ fel", "Kerstin Lund"),
        (HEAD.encode() + b"trasig \x8c\xff\n", "Kerstin Lund"),
        (HEAD.replace("Lund", "Sj\u00f6").encode("cp850") + b"\xff", ""),
        ("text", ""),
        (b"\x00\xff", ""),
    ],
)
def test_knows_who_answers_for_a_file_with_mistakes(raw: str | bytes, owner: str) -> None:
    assert content(raw).owners == ({"2024-05/04-x.md": owner} if owner else {})
