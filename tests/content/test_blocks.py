"""A file becomes a block, or a list of what is wrong with it."""

from datetime import date

import pytest

from mailer.content.blocks import MIDDLE, Block, month_of, parse_block
from mailer.errors import EditorError

NEAR = date(2024, 5, 15)


def block(text: str, path: str = "2024-05/a.md") -> Block:
    return parse_block(path, text, "hash", NEAR)


def wrong(text: str, path: str = "2024-05/a.md") -> list[str]:
    with pytest.raises(EditorError) as caught:
        block(text, path)
    return [f"{p.line}: {p.what}" for p in caught.value.problems]


def test_reads_a_block_with_everything() -> None:
    text = """---
rubrik: EU-valet: dags att rösta
ordning: 10
ansvarig: Bo
ingress: Vallokalerna öppnar kl. 8.
ämnesrad: Rösta på söndag
visas från: 1 maj
visas till och med: 2024-06-09
---
Hej {{ förnamn }}!
"""
    assert block(text, "val/a.md") == Block(
        path="val/a.md",
        title="EU-valet: dags att rösta",
        body="Hej {{ förnamn }}!\n",
        hash="hash",
        order=10,
        month=None,
        shown_from=date(2024, 5, 1),
        shown_until=date(2024, 6, 9),
        owner="Bo",
        preheader="Vallokalerna öppnar kl. 8.",
        subject="Rösta på söndag",
        line_of_body=10,
    )


def test_reads_english_keys() -> None:
    read = block("---\ntitle: A\norder: 3\nowner: B\nfrom: 2024-05-02\nuntil: 2024-05-09\n---\ntext", "a.md")
    assert (read.title, read.order, read.owner, read.shown_from) == ("A", 3, "B", date(2024, 5, 2))


def test_takes_the_title_from_the_first_heading_when_the_head_has_none() -> None:
    read = block("# Valet *närmar* sig\n\nRösta.\n")
    assert (read.title, read.body.strip(), read.order) == ("Valet närmar sig", "Rösta.", MIDDLE)


def test_drops_a_heading_that_says_the_title_again_and_keeps_another() -> None:
    assert block("---\nrubrik: Valet\n---\n# Valet\n\nRösta.\n").body.strip() == "Rösta."
    assert block("---\nrubrik: Valet\n---\n# Annat\n\nRösta.\n").body.strip() == "# Annat\n\nRösta."


def test_counts_the_lines_of_the_file_after_the_heading_is_taken() -> None:
    assert wrong("---\nordning: 1\n---\n# Valet\n\n\n![a](b)\n") == ["7: bilder stöds inte än."]


def test_knows_the_month_of_its_folder_and_reads_dates_near_it() -> None:
    assert block("# A\n\nb\n", "2024-05/a.md").month == "2024-05"
    assert month_of("arkiv/2023-12/a.md") == "2023-12"
    assert month_of("2024-13/a.md") is None
    assert month_of("2024-05.md") is None
    text = "---\nrubrik: A\nvisas från: 24 dec\n---\nb\n"
    assert block(text, "2022-12/a.md").shown_from == date(2022, 12, 24)


def test_is_printed_once_only_without_month_and_window() -> None:
    assert block("# A\n\nb\n", "a.md").is_once
    assert not block("# A\n\nb\n", "2024-05/a.md").is_once
    assert not block("---\nrubrik: A\nuntil: 2024-06-01\n---\nb\n", "a.md").is_once


def test_names_all_mistakes_in_a_file_in_the_order_of_lines() -> None:
    text = "---\nrubrik: A\nordning: först\nvisas från: 2024-02-30\nbild: x\n---\n\n{{ förman }}\n\n[a](javascript:b)\n"
    assert wrong(text, "a.md") == [
        "3: ”ordning” ska vara ett heltal mellan 0 och 9999.",
        "4: datumet ”2024-02-30” finns inte.",
        "5: okänd uppgift ”bild”.",
        "8: fältet ”förman” finns inte.",
        "10: länken ”javascript:b” går inte att använda.",
    ]


@pytest.mark.parametrize("order", ["-1", "1.5", "10000", "¹", "٣", "1e3"])
def test_takes_only_plain_numbers_as_order(order: str) -> None:
    assert wrong(f"---\nrubrik: A\nordning: {order}\n---\nb\n")


def test_names_a_file_outside_the_folder_as_the_caller_does() -> None:
    with pytest.raises(EditorError) as caught:
        parse_block("brev.md", "text utan rubrik", "hash", NEAR, named="/hem/brev.md")
    assert caught.value.problems[0].where == "/hem/brev.md"
