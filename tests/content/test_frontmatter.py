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
        ("---\n- rubrik: a\n---\n", (2, "okänd uppgift ”- rubrik”.")),
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
