"""The prose: every setting, verb and state is documented; what is drawn is what the tables say."""

import importlib.util
import re
from pathlib import Path

import pytest

from mailer.cli import dns, editing, machine, people, sending, surveying  # noqa: F401 - they enter their commands
from mailer.cli.main import SECTIONS, root
from mailer.feedback.probe import PROBE
from mailer.outbox.states import DELIVERY, MAILING
from mailer.settings import Settings

ROOT = Path(__file__).parents[2]
ADMIN = (ROOT / "docs" / "admin.md").read_text("utf-8")


def test_draws_the_states_from_the_tables():
    spec = importlib.util.spec_from_file_location("draw_states", ROOT / "docs" / "draw_states.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.draw() == (ROOT / "docs" / "states.md").read_text("utf-8"), "run: python docs/draw_states.py"
    events = {event for table in (DELIVERY, MAILING, PROBE) for step in table.values() for event in step}
    assert events == set(module.EVENTS)


@pytest.mark.parametrize("verb", sorted(root.commands))
def test_documents_every_verb(verb):
    assert verb in {name for names in SECTIONS.values() for name in names}, "it is in no section of --help"
    assert root.commands[verb].help
    assert f"mailer {verb}" in ADMIN or f"`{verb}`" in ADMIN


WITHIN = [(name, verb) for name, group in root.commands.items() for verb in getattr(group, "commands", ())]


@pytest.mark.parametrize(("group", "verb"), sorted(WITHIN))
def test_documents_every_verb_of_a_group(group, verb):
    assert root.commands[group].commands[verb].help
    assert f"mailer {group} {verb}" in ADMIN


def test_documents_every_setting():
    for name, field in Settings.model_fields.items():
        model = field.annotation
        model = model.__args__[0] if hasattr(model, "__args__") else model
        for key in getattr(model, "model_fields", ()):
            assert re.search(rf"`{key}`", ADMIN), f"[{name}] {key}"


FAULTS = (ROOT / "docs" / "faults.md").read_text("utf-8")
ROWS = [line for line in FAULTS.splitlines() if line.startswith("| ") and not line.startswith("| id |")]
# What can be killed, the relay, the machine, smuggling; the others of the catalogue have their rows, and no list.
MUST_HAVE = [
    *(f"K{n}" for n in (1, 2, 3, 4, 7, 8, 9, 10, 11)),
    *(f"M{n}" for n in range(1, 16)),
    *(f"H{n}" for n in (1, 2, 3, 8, 9, 10, 11)),
    "S10",
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:60])
def test_names_tests_that_there_are_in_each_row_of_the_page_of_faults(row):
    """`::test_…` alone is in the file named before it."""
    named, path = re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", row.rpartition(" | ")[2]), ""
    assert named
    for file, test in named:
        path = file or path
        assert path, f"::{test} is in no file"
        text = (ROOT / path).read_text("utf-8")
        assert not test or f"def {test}(" in text, f"{path}::{test}"


@pytest.mark.parametrize("fault", MUST_HAVE)
def test_has_a_row_for_each_fault_it_was_designed_against(fault):
    assert any(fault in row.split(" | ")[0].removeprefix("| ").split(", ") for row in ROWS)


def test_speaks_of_nothing_but_the_product():
    words = re.compile(r"\b(issue #?\d+|subagent|helper agent|/work/|/root/|pypi\.org|claude)\b", re.I)
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.*"), *ROOT.glob("mailer/**/*.py"), *ROOT.glob("Makefile")):
        found = words.search(path.read_text("utf-8"))
        assert found is None, f"{path}: {found[0]}"
