"""A home's own templates: what they get wrong is said with file, line and the name that was meant."""

from pathlib import Path

import pytest

from mailer.errors import AdminError, BrokenPromise
from mailer.example_home import example_home
from mailer.render.issue import render_issue
from mailer.render.templates import Templates, open_templates
from tests.render.vallentuna import SETTINGS, block, issue, templates


def home_with(folder: Path, name: str, text: str) -> Templates:
    file = folder / "templates" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return open_templates(folder)


def said(opened: Templates, name: str) -> str:
    with pytest.raises(AdminError) as why:
        opened.fill(name, issue=issue((block("# A\n\nText\n"),)), subject="Ämne", series="V Aktuellt")
    (problem,) = why.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("rad ett\n{{ subjekt }}", 2, "mallen frågar efter ”subjekt”, som inte finns.", "Menade du ”subject”?"),
        ("{{ issue.titel }}", 1, "mallen frågar efter ”titel”, som inte finns.", "Menade du ”title”?"),
        ("{{ slot.leavecode }}", 1, "mallen frågar efter ”leavecode”, som inte finns.", "Menade du ”leave_code”?"),
        ("{% for b in issue.blocks %}\n\n{{ b.rubrik.x }}{% endfor %}", 3, "mallen frågar efter ”rubrik”", "Se vilka"),
        ("{{ zzzz }}", 1, "mallen frågar efter ”zzzz”, som inte finns.", "Se vilka namn mallen som följer med"),
        ("{{ 1 + subject }}", 1, "mallen går inte att fylla i (TypeError", "Jämför med mallen som följer med."),
        ("{{ subject() }}", 1, "mallen går inte att fylla i (TypeError", "Jämför med"),
        ("{{ 1 / 0 }}", 1, "mallen går inte att fylla i (ZeroDivisionError", "Jämför med"),
        ("{% include 'egen.txt.j2' %}", 1, "mallen går inte att fylla i (RecursionError", "Jämför med"),
        ("{{ subject | stort }}", 1, "mallen går inte att läsa (No filter named 'stort'", ""),
        ("{% if %}", 1, "mallen går inte att läsa", ""),
    ],
)
def test_says_what_a_homes_own_template_has_wrong(tmp_path: Path, text: str, line: int, what: str, remedy: str) -> None:
    message = said(home_with(tmp_path, "egen.txt.j2", text), "egen.txt.j2")
    assert f"egen.txt.j2, rad {line}: " in message
    assert what in message
    assert remedy in message


def test_names_the_file_that_is_wrong_and_not_the_one_that_takes_it_in(tmp_path: Path) -> None:
    opened = home_with(tmp_path, "parts/footer.txt.j2", "\n{{ asociation.name }}\n")
    with pytest.raises(AdminError, match=r"footer\.txt\.j2, rad 2: mallen frågar efter ”asociation”") as why:
        render_issue(issue((block("# A\n\nText\n"),)), opened, SETTINGS)
    assert "Menade du ”association”?" in str(why.value)


def test_takes_a_repository_that_is_a_home_for_one() -> None:
    opened = open_templates(example_home())
    with pytest.raises(AdminError, match="mallen frågar efter ”title”"):
        opened.fill("notices/paused.md.j2", person=SETTINGS.people[0])


def test_answers_itself_for_the_templates_of_the_release() -> None:
    with pytest.raises(BrokenPromise, match="title"):
        templates().fill("notices/paused.md.j2", person=SETTINGS.people[0])


def test_lets_a_promise_that_is_broken_elsewhere_through(tmp_path: Path) -> None:
    opened = home_with(tmp_path, "egen.txt.j2", "{{ '[x](y z)' | text }}{{ 'javascript:x' | href }}")
    with pytest.raises(BrokenPromise):
        opened.fill("egen.txt.j2")
