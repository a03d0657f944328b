"""The strict check of MJML: what the compiler would drop in silence gets a file and a line."""

from pathlib import Path

import pytest
from mjml import mjml2html

from mailer.errors import AdminError, BrokenPromise
from mailer.example_home import example_home
from mailer.render.check import check_document, check_template
from mailer.render.mjml import compile_mjml
from mailer.render.templates import Templates, open_templates
from mailer.slots import Slot

HEAD = '<mjml lang="sv"><mj-head><mj-title>T</mj-title></mj-head><mj-body>'
TAIL = "</mj-body></mjml>"


def body(inside: str) -> str:
    return f"{HEAD}\n<mj-section>\n<mj-column>\n{inside}\n</mj-column>\n</mj-section>\n{TAIL}"


def test_finds_nothing_wrong_with_our_own_templates() -> None:
    assert open_templates().problems() == []


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<mj-txt>a</mj-txt>", "<mj-txt> går inte att använda här."),
        ('<mj-text colour="red">a</mj-text>', "<mj-text> har inget attribut colour."),
        ("<mj-section></mj-section>", "<mj-section> får inte stå direkt i <mj-column>."),
        ("bara text", "i <mj-column> står text som skulle försvinna."),
        ("<mj-text>a<mj-raw>b</mj-raw></mj-text>", "<mj-raw> står inne i <mj-text>, där bara HTML kan stå."),
        ('<mj-image src="a.png" />', "<mj-image> saknar alt."),
        ('<mj-include path="/etc/passwd" />', "<mj-include> går inte att använda här."),
        ("<mj-button font='x'>a</mj-button>", "<mj-button> har inget attribut font."),
    ],
)
def test_names_what_the_compiler_drops_in_silence(inside: str, what: str) -> None:
    problems = check_document(body(inside), "templates/issue.mjml.j2")
    assert [p.what for p in problems][:1] == [what]
    assert problems[0].line in (3, 4)
    assert problems[0].where == "templates/issue.mjml.j2"


@pytest.mark.parametrize(
    "inside",
    ["<mj-text>a<br>b</mj-text>", "<mj-text>a & b</mj-text>", "<mj-text>a", "<mj-text>&nbsp;</mj-text>"],
)
def test_names_what_is_not_well_formed(inside: str) -> None:
    (problem,) = check_document(body(inside), "a")
    assert problem.what == "mallen är inte välformad."
    assert problem.line


def test_asks_for_a_language_and_a_title() -> None:
    assert len(check_document("<mjml><mj-head></mj-head><mj-body></mj-body></mjml>", "a")) == 2


def test_gives_the_lines_of_the_template_itself() -> None:
    source = "{% if a %}\n{# två\nrader #}\n<mj-text colour='red'>{{ a < b }}</mj-text>\n{% endif %}"
    assert [(p.line, p.what) for p in check_template(source, "a")] == [(4, "<mj-text> har inget attribut colour.")]


def test_would_have_lost_a_misspelt_colour_without_the_check() -> None:
    lost = body("<mj-text colour='borta'>kvar</mj-text>")
    html = mjml2html(lost, fonts={})
    assert "kvar" in html
    assert "borta" not in html
    with pytest.raises(AdminError, match="colour"):
        compile_mjml(lost, "a")


def test_carries_slots_through_text_and_attributes() -> None:
    slots = [Slot("why").marker, Slot("leave_code").marker, Slot("first_name", "kära vän").marker]
    html = compile_mjml(
        body(f'<mj-text>{slots[0]}<a href="mailto:a@b.example?subject={slots[1]}" title="{slots[2]}">x</a></mj-text>'),
        "a",
    )
    assert all(html.count(slot) == 1 for slot in slots)


@pytest.mark.parametrize(
    "inside",
    [
        '<mj-image src="https://spion.example/p.gif" alt="" />',
        "<mj-text><img src='x' alt='' /></mj-text>",
        "<mj-text><p style=\"background:url('https://spion.example')\">x</p></mj-text>",
    ],
)
def test_sends_nothing_that_would_be_fetched(inside: str) -> None:
    with pytest.raises(BrokenPromise, match="hämtas"):
        compile_mjml(body(inside), "a")


def test_takes_the_homes_own_template_before_the_releases(tmp_path: Path) -> None:
    (tmp_path / "templates" / "parts").mkdir(parents=True)
    (tmp_path / "templates" / "parts" / "footer.txt.j2").write_text("Egen sidfot\n", encoding="utf-8")
    home = open_templates(tmp_path)
    assert "Egen sidfot" in home.fill("parts/footer.txt.j2")
    (tmp_path / "templates" / "issue.mjml.j2").write_text("<mj-text colour='x'>a</mj-text>", encoding="utf-8")
    (problem,) = home.problems()
    assert problem.line == 1
    assert str(tmp_path) in problem.where


def test_says_which_template_is_missing_or_wrong(tmp_path: Path) -> None:
    (tmp_path / "trasig.txt.j2").write_text("rad ett\n{% if %}", encoding="utf-8")
    opened = Templates(tmp_path, example_home() / "templates")
    with pytest.raises(AdminError, match=r"templates/saknas\.txt\.j2: mallen finns inte"):
        opened.fill("saknas.txt.j2")
    with pytest.raises(AdminError, match=r"trasig\.txt\.j2, rad 2: mallen går inte att läsa"):
        opened.fill("trasig.txt.j2")
