"""The head of a file (fault F3): text as it stands, mistakes by line, nothing run."""

import time

import pytest

from mailer.content.frontmatter import LARGEST, split

KEYS = {"rubrik": "rubrik", "title": "rubrik", "tid": "tid", "visas från": "visas från"}


def read(text: str) -> tuple[dict[str, str], str, list[tuple[int, str]]]:
    document, problems = split(text, "content/a.md", KEYS)
    return (
        {key: field.value for key, field in document.fields.items()},
        document.body,
        [(p.line, p.what) for p in problems],
    )


@pytest.mark.parametrize(
    "value",
    [
        "18:30",
        "EU-valet: dags",
        '"citat"',
        "#maj",
        "[ej lista]",
        "{{ förnamn }}",
        "ja",
        "no",
        "0701740605",
        "007",
        "!!python/object/apply:os.system ['id']",
        "&a [*a, *a]",
        "| > -",
        "2026-02-30",
    ],
)
def test_keeps_a_value_as_it_stands(value: str) -> None:
    assert read(f"---\nrubrik: {value}\n---\ntext") == ({"rubrik": value}, "text", [])


def test_knows_keys_in_any_case_and_in_english() -> None:
    assert read("---\nTITLE: Valet\nVisas  Från : 1 maj\n---\n")[0] == {
        "rubrik": "Valet",
        "visas från": "1 maj",
    }


def test_skips_empty_lines_and_comments() -> None:
    assert read("---\n\n# en kommentar: här\nrubrik:  Valet  \n---\n") == ({"rubrik": "Valet"}, "", [])


def test_takes_a_file_without_a_head_whole() -> None:
    assert read("# Valet\n\n---\n\ntext") == ({}, "# Valet\n\n---\n\ntext", [])


def test_counts_lines_from_the_top_of_the_file() -> None:
    document, _ = split("---\nrubrik: Valet\ntid: 18\n---\nförsta\n", "a", KEYS)
    assert (document.fields["tid"].line, document.line_of_body) == (3, 5)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\nrubrik: a\n", (1, "huvudet börjar med --- men slutar aldrig.")),
        ("---\nrubrik: a\nrubrik: b\n---\n", (3, "”rubrik” står redan på rad 2.")),
        ("---\nrubrik: a\ntitle: b\n---\n", (3, "”title” står redan på rad 2.")),
        ("---\n\trubrik: a\n---\n", (2, "raden börjar med en tabb.")),
        ("---\n  rubrik: a\n---\n", (2, "raden är indragen.")),
        ("---\nrubrik a\n---\n", (2, "”rubrik a” saknar kolon.")),
        ("---\nbild: a\n---\n", (2, "okänd uppgift ”bild”.")),
        ("---\n- bild: a\n---\n", (2, "okänd uppgift ”- bild”.")),
    ],
)
def test_names_the_line_of_a_mistake(text: str, problem: tuple[int, str]) -> None:
    assert read(text)[2] == [problem]


def test_names_all_mistakes_at_once() -> None:
    assert [line for line, _ in read("---\nx: 1\n\ty: 2\nz\nrubrik: a\n---\n")[2]] == [2, 3, 4]


@pytest.mark.parametrize("head", ["rubrik: " + "a" * LARGEST, "\n" * 200_000, "a: &a [*a]\n" * 7000, "x:" * 100_000])
def test_reads_or_refuses_a_huge_head_within_a_second(head: str) -> None:
    started = time.process_time()
    document, problems = split(f"---\n{head}\n---\ntext", "a", KEYS)
    assert time.process_time() - started < 1
    assert problems or not document.fields


# What programs make of a head


@pytest.mark.parametrize(
    "text",
    [
        "\n\n---\nrubrik: Valet nu\ntid: 18\n---\ntext",
        "***\n\nrubrik: Valet nu\n\ntid: 18\n\n***\ntext",
        "* * *\nrubrik: Valet nu\ntid: 18\n* * *\ntext",
        "___\nrubrik: Valet nu\ntid: 18\n___\ntext",
        "- - -\nrubrik: Valet nu\ntid: 18\n-----\ntext",
        "—\nrubrik: Valet nu\ntid: 18\n—\ntext",
        "–-\nrubrik: Valet nu\ntid: 18\n–––\ntext",
        "\\---\nrubrik\\: Valet nu\ntid\\: 18\n\\-\\-\\-\ntext",
        "\u00a0---\u00a0\nrubrik:\u00a0Valet&nbsp;nu\ntid :\u00a018\n---\u00a0\ntext",
        "---\n**rubrik:** Valet nu\n**tid**: 18\n---\ntext",
        "---\n_rubrik:_ Valet nu\n`tid:` 18\n---\ntext",
        "---\n- rubrik: Valet nu\n- tid: 18\n---\ntext",
        "---\n1. rubrik: Valet nu\n2. tid: 18\n---\ntext",
        "---\n> rubrik: Valet nu\n> tid: 18\n---\ntext",
        "---\nrubrik：Valet nu\ntid： 18\n---\ntext",
        '---\n"rubrik": Valet nu\n”tid”: 18\n---\ntext',
        "---\nrubrik: Valet nu\\\ntid: 18<br>\n---\ntext",
        "---\n\nrubrik: Valet nu\n\n## tid: 18\n\ntext",
        "```\n---\nrubrik: Valet nu\ntid: 18\n---\n```\ntext",
        "```yaml\nrubrik: Valet nu\ntid: 18\n```\ntext",
        "~~~\n---\nrubrik: Valet nu\ntid: 18\n---\ntext\n~~~\n",
        "rubrik: Valet nu\ntid: 18\n---\ntext",
    ],
)
def test_reads_a_head_that_a_program_has_rewritten(text: str) -> None:
    fields, body, wrong = read(text)
    assert (fields, body.strip(), wrong) == ({"rubrik": "Valet nu", "tid": "18"}, "text", [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\n\n## rubrik: Valet tid: 18\n\ntext", (3, "uppgifterna i huvudet står på en och samma rad.")),
        ("---\nrubrik: Valet tid: 18\n---\ntext", (2, "uppgifterna i huvudet står på en och samma rad.")),
        ("--- rubrik: Valet tid: 18 ---\n\ntext", (1, "uppgifterna i huvudet står på en och samma rad.")),
        ("\n— rubrik: Valet tid: 18 —\n\ntext", (2, "uppgifterna i huvudet står på en och samma rad.")),
        ("rubrik: Valet\n\ntext", (1, "huvudet saknar raden med --- överst.")),
        ("```\nrubrik: Valet\n\ntext", (1, "huvudet saknar raden med --- överst.")),
        ("| rubrik | Valet |\n|---|---|\n| tid | 18 |\n\ntext", (1, "huvudet har blivit en tabell.")),
        ("---\n\n| rubrik | Valet |\n|---|---|\n\ntext", (3, "huvudet har blivit en tabell.")),
        ("***\nrubrik: Valet\n\ntext", (1, "huvudet börjar med --- men slutar aldrig.")),
    ],
)
def test_asks_where_a_rewritten_head_can_be_read_in_two_ways(text: str, problem: tuple[int, str]) -> None:
    assert read(text)[2] == [problem]


@pytest.mark.parametrize(
    "text",
    [
        "***\n\nEn text om tid: den går.\n",
        "— Jag har aldrig sett på maken, sa hon.\n",
        "\n---\n\ntext efter ett streck\n",
        "```\nkod\n```\n",
        "tid: så börjar en text om tid\n\nsom går vidare\n",
        "* * *\n",
        "\n\n",
        "- ett\n- två\n",
    ],
)
def test_takes_no_text_for_a_head(text: str) -> None:
    assert read(text) == ({}, text, [])


def test_keeps_the_signs_of_a_value_where_no_program_has_escaped_them() -> None:
    assert read("---\nrubrik: a \\* b\ntid: c\\\\\n---\n")[0] == {"rubrik": "a \\* b", "tid": "c\\\\"}
    assert read("\\---\nrubrik: a \\* b\n\\---\n")[0] == {"rubrik": "a * b"}


def test_keeps_quotation_marks_that_may_belong_to_the_title() -> None:
    assert read("---\nrubrik: ”Vi ger oss aldrig”\n---\n")[0] == {"rubrik": "”Vi ger oss aldrig”"}


def test_keeps_a_note_among_the_keys_that_looks_like_a_heading() -> None:
    fields, body, wrong = read("---\nrubrik: Valet\n## tid: 17\ntid: 18\n---\ntext")
    assert (fields, body, wrong) == ({"rubrik": "Valet", "tid": "18"}, "text", [])


def test_counts_lines_of_the_file_whatever_a_program_has_put_before_the_head() -> None:
    document, _ = split("```\n\n---\nrubrik: Valet\ntid: 18\n---\n```\ntext\n", "a", KEYS)
    assert (document.fields["tid"].line, document.line_of_body, document.body) == (5, 7, "\ntext\n")
    document, _ = split("rubrik: Valet\ntid: 18\n---\ntext", "a", KEYS)
    assert (document.fields["tid"].line, document.line_of_body) == (2, 4)


@pytest.mark.parametrize(
    "line", ["—" * 60_000 + "x", "-" * 60_000, "## a" + " " * 60_000 + "b", "\\" * 60_000, "**" * 30_000 + ":"]
)
def test_does_not_hang_on_the_worst_border(line: str) -> None:
    started = time.process_time()
    split(f"{line}\nrubrik: a\n{line}\ntext", "a", KEYS)
    split(f"---\n{line}\n---\ntext", "a", KEYS)
    assert time.process_time() - started < 1
