"""Two languages: every sentence that members read has its English one, none is left over, and both hold the same values."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from mailer.languages import CATALOGUE, LANGUAGES, language_of, say
from mailer.web import pages
from tests.homes import ROOT

VALUE = re.compile(r"%\((\w+)\)[sd]")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
SPEAKING = ("say", "say_count", "count")  # of mailer.languages
ENGLISH_ONLY_WORDS = re.compile(r"\b(och|inte|eller|för|att|är|på|som|till|från|du|vi|ett|din|ditt|dina)\b", re.I)


@cache
def catalogue() -> tuple[tuple[str, Message], ...]:
    """(file, message) of every entry."""
    found = []
    for path in sorted((CATALOGUE / "en").glob("*.po")):
        with path.open("rb") as file:
            found += [(path.name, message) for message in read_po(file, locale="en") if message.id]
    return tuple(found)


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@cache
def said() -> dict[str, str]:
    """Every sentence that is asked for in the reader's language -> where."""
    return dict([*_in_templates(), *_in_code()])


def _in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.j2")):
        options = {"newstyle_gettext": "true", "silent": "false", "trim": "true", "trimmed": "true"}
        with path.open("rb") as file:
            for line, _, message, _ in babel_extract(file, list(KEYWORDS), [], options):
                one = message if isinstance(message, str) else message[0]
                if isinstance(one, str):
                    yield one, f"{path.relative_to(ROOT)}:{line}"


def _in_code() -> Iterator[tuple[str, str]]:
    for heading, words in pages.MESSAGES.values():  # said by their status
        yield heading, "mailer/web/pages.py"
        yield words, "mailer/web/pages.py"
    for path in sorted((ROOT / "mailer").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        taken = _taken(nodes)
        for call in nodes:
            if isinstance(call, ast.Call) and _speaks(call.func, taken) and len(call.args) > 1:
                for text in _texts(call.args[1]):
                    yield text, f"{path.relative_to(ROOT)}:{call.lineno}"


def _taken(nodes: list[ast.AST]) -> set[str]:
    """What a module calls those of mailer.languages that speak."""
    return {
        (n.asname or n.name)
        for i in nodes
        if isinstance(i, ast.ImportFrom) and i.module == "mailer.languages"
        for n in i.names
        if n.name in SPEAKING
    }


def _speaks(function: ast.expr, taken: set[str]) -> bool:
    """Whether it is one of mailer.languages, and not another that has the same name."""
    if isinstance(function, ast.Attribute):
        return isinstance(function.value, ast.Name) and function.value.id == "languages" and function.attr in SPEAKING
    return isinstance(function, ast.Name) and function.id in taken


def _texts(node: ast.expr) -> list[str]:
    """The sentence, or both of a choice."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def mentioned() -> set[str]:
    """Every piece of text in the code: what is chosen from a table of sentences is said from there."""
    found: set[str] = set()
    for path in (ROOT / "mailer").rglob("*.py"):
        found |= {n.value for n in ast.walk(ast.parse(path.read_text("utf-8")))
                  if isinstance(n, ast.Constant) and isinstance(n.value, str)}  # fmt: skip
    return found


def test_has_an_english_sentence_for_every_swedish_one():
    known = {i for _, message in catalogue() for i in ids(message)[:1]}
    assert {text: where for text, where in said().items() if text not in known} == {}


def test_has_no_sentence_that_nobody_says():
    used = set(said()) | mentioned()
    assert [(file, ids(m)[0]) for file, m in catalogue() if ids(m)[0] not in used] == []


def test_has_each_sentence_once():
    first = [ids(m)[0] for _, m in catalogue()]
    assert sorted({i for i in first if first.count(i) > 1}) == []


@pytest.mark.parametrize(("file", "message"), [pytest.param(f, m, id=f"{f}:{m.lineno}") for f, m in catalogue()])
def test_says_the_same_in_english(file, message):
    swedish, english = ids(message), texts(message)
    assert not message.fuzzy
    assert all(t.strip() for t in english), "not translated"
    assert len(swedish) == len(english)
    for one in (*swedish, *english):
        assert set(VALUE.findall(one)) <= set(VALUE.findall(swedish[-1])) | {"num"}
    assert set(VALUE.findall(swedish[-1])) == set(VALUE.findall(english[-1]))
    for text in english:
        assert text.count("“") == text.count("”"), text  # English quotes are “…”
        assert not ENGLISH_ONLY_WORDS.search(VALUE.sub("", text)), text
        assert ("\n" in text) == ("\n" in swedish[0])
        assert text[-1] == swedish[0][-1] or text[-1] in ".?!:" or swedish[0][-1] not in ".?!:", text
        assert text == text.strip() or swedish[0] != swedish[0].strip()


@pytest.mark.parametrize(
    ("text", "language"),
    [("en", "en"), ("en-GB", "en"), ("Engelska", "en"), ("EN", "en"), ("sv", "sv"), ("svenska", "sv"), ("", "sv"),
     (None, "sv"), ("fi", "sv"), ("de", "sv")],
)  # fmt: skip
def test_knows_which_language_somebody_reads(text, language):
    assert language_of(text) == language


def test_stays_swedish_when_nothing_is_known():
    assert {say(language, "En mening utan översättning") for language in LANGUAGES} == {"En mening utan översättning"}


@pytest.mark.parametrize("status", sorted(pages.MESSAGES))
def test_has_its_messages_in_both_languages(one_site_of_messages, status):
    swedish, english = (
        pages.Pages.message(one_site_of_messages, status, language=language).body.decode() for language in LANGUAGES
    )
    heading, words = pages.MESSAGES[status]
    assert heading in swedish
    assert words in swedish
    assert say("en", heading) in english
    assert heading not in english
    assert '<html lang="en">' in english
    assert '<html lang="sv">' in swedish


@pytest.fixture(scope="module")
def one_site_of_messages(tmp_path_factory):
    from mailer.house import open_house
    from mailer.render.templates import open_templates
    from tests.homes import make_home

    home = make_home(tmp_path_factory.mktemp("hem"), 2525)
    with open_house(home) as house:
        yield pages.Pages(house, open_templates(house.home))


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/en/finns-inte", "en"),
        ("/en", "en"),
        ("/en/", "en"),
        ("/finns-inte", "sv"),
        ("/engelska", "sv"),
        ("/EN/x", "sv"),
    ],
)
def test_speaks_english_where_nothing_is_below_en_too(quiet, path, language):
    assert f'<html lang="{language}">' in quiet.get(path).text


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    from tests.web.month import a_month
    from tests.web.serving import serving

    with a_month(tmp_path_factory.mktemp("hem")) as house, serving(house) as site:
        yield site


def test_has_no_catalogue_of_a_language_it_does_not_speak():
    folders = {p.name for p in CATALOGUE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == set(LANGUAGES) - {"sv"}
    assert all(Path(name).suffix == ".po" for name in (p.name for p in (CATALOGUE / "en").iterdir()))
