"""A file becomes a block, or a list of what is wrong with it."""

from datetime import date

import pytest

from mailer.content.blocks import MIDDLE, UNTOUCHED, Block, Button, Picture, month_of, parse_block
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
    assert wrong("---\nordning: 1\n---\n# Valet\n\n\n<b>a</b>\n") == ["7: här står HTML, ”<b”."]


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
    text = (
        "---\nrubrik: A\nordning: först\nvisas från: 2024-02-30\nbilld: x\n---\n\n{{ förman }}\n\n[a](javascript:b)\n"
    )
    assert wrong(text, "a.md") == [
        "3: ”ordning” ska vara ett heltal mellan 0 och 9999.",
        "4: datumet ”2024-02-30” finns inte.",
        "5: okänd uppgift ”billd”.",
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


def with_head(head: str, path: str = "2024-05/a.md") -> Block:
    return block(f"---\nrubrik: A\n{head}\n---\ntext", path)


def wrong_in(head: str) -> list[str]:
    return wrong(f"---\nrubrik: A\n{head}\n---\ntext")


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("varje månad", 1),
        ("Ja", 1),
        ("varannan månad", 2),
        ("varje kvartal", 3),
        ("”varje halvår”", 6),
        ("varje  år", 12),
        ("nej", 0),
        ("", 0),
    ],
)
def test_knows_how_often_a_block_comes_back(said: str, months: int) -> None:
    read = with_head(f"återkommer: {said}", "a.md")
    assert (read.recurs, read.is_once) == (months, months == 0)


def test_lets_a_block_come_back_within_a_window() -> None:
    read = with_head("återkommer: varje månad\nvisas från: 1 maj\nvisas till: 31 dec 2024", "a.md")
    assert (read.recurs, read.shown_from, read.shown_until) == (1, date(2024, 5, 1), date(2024, 12, 31))


def test_reads_a_picture_with_what_it_shows_and_who_took_it() -> None:
    read = with_head("bild: torget.jpg\nbildtext: Fem flaggor på Tuna torg\nfoto: Foto: Åsa Ek")
    assert read.picture == Picture("2024-05/torget.jpg", "Fem flaggor på Tuna torg", "Åsa Ek", 3)
    assert read.pictures == (read.picture,)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("./torget.jpg", "2024-05/torget.jpg"),
        ("bilder/Tuna torg.JPG", "2024-05/bilder/Tuna torg.JPG"),
        (".attachments.4711/torget.png", "2024-05/.attachments.4711/torget.png"),
        ("mo\u0308te.jpg", "2024-05/m\u00f6te.jpg"),
        ("”torget.jpg”", "2024-05/torget.jpg"),
        ("![torget](torget.jpg)", "2024-05/torget.jpg"),
        ("<torget.jpg>", "2024-05/torget.jpg"),
    ],
)
def test_finds_a_picture_beside_the_block(written: str, path: str) -> None:
    read = with_head(f"bild: {written}\nalt: x")
    assert read.picture
    assert read.picture.path == path


@pytest.mark.parametrize(
    "written",
    ["../torget.jpg", "/etc/passwd", "a/../../b.jpg", "C:\\bilder\\a.jpg", "https://x.example/a.gif", "//x.example/a.gif",
     "www.x.example/a.jpg", "data:image/png;base64,AAAA", "file:///etc/passwd", "cid:a", "..", ".", "a\tb/../c.jpg"],
)  # fmt: skip
def test_takes_no_picture_from_elsewhere(written: str) -> None:
    assert len(wrong_in(f"bild: {written}\nalt: x")) == 1


def test_keeps_a_block_whose_picture_says_nothing_of_what_it_shows() -> None:
    assert [p.alt for p in with_head("bild: a.jpg").pictures] == [""]
    assert [p.alt for p in with_head("bild: a.jpg\nalt: IMG_4711.JPG").pictures] == [""]


def test_lists_the_pictures_of_the_text_with_their_lines() -> None:
    read = block('---\nrubrik: A\nbild: a.jpg\nalt: x\n---\ntext\n\n![Fest](b.jpg "Foto: Bo")\n', "val/a.md")
    assert [(p.path, p.alt, p.credit, p.line) for p in read.pictures] == [
        ("val/a.jpg", "x", "", 3),
        ("val/b.jpg", "Fest", "Bo", 8),
    ]


@pytest.mark.parametrize(
    "address",
    ["https://a.example", "<https://a.example>", "[https://a.example](https://a.example)", "”https://a.example”"],
)
def test_reads_a_button_however_a_program_has_written_its_link(address: str) -> None:
    assert with_head(f"knapp: Anmäl dig\nlänk: {address}").button == Button("Anmäl dig", "https://a.example")


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("knapp: Anmäl dig", "3: ”knapp” står där, men ingen länk."),
        ("länk: https://a.example", "3: ”länk” står där, men ingen knapp."),
        ("knapp: Anmäl dig\nlänk: www.a.example", "4: länken ”www.a.example” saknar https://."),
        ("knapp: Anmäl dig\nlänk: javascript:a", "4: länken ”javascript:a” går inte att använda."),
        ("alt: torget", "3: ”alt” står där, men ingen bild."),
        ("foto: Bo", "3: ”foto” står där, men ingen bild."),
        ("återkommer: ibland", "3: ”återkommer” ska vara varje månad, varannan månad, varje kvartal, varje halvår eller varje år."),
        ("praktiskt: kanske", "3: ”praktiskt” ska vara ja eller nej."),
        ("visas till: styrelsen", "3: ”styrelsen” är inget datum."),
    ],
)  # fmt: skip
def test_names_half_a_picture_and_half_a_button(head: str, problem: str) -> None:
    assert wrong_in(head) == [problem]


def test_takes_keys_left_empty_as_not_there() -> None:
    read = with_head("bild:\nalt:\nfoto:\nknapp:\nlänk:\nläsare:\nfår läsas av:\nåterkommer:\nspalt:")
    assert read == with_head("# inget\n\n\n\n\n\n\n\n")


def test_leaves_out_the_hint_that_stands_beside_a_text() -> None:
    read = block(f"---\nrubrik: A\nspalt: KS\n---\n{UNTOUCHED}\n\nNämnden har mötts.\n")
    assert (read.body, read.column) == ("\n\nNämnden har mötts.\n", "ks")
