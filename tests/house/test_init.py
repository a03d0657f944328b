"""A new home: the answers stand in it as they were given, or nothing is written."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from mailer.content.blocks import MIDDLE
from mailer.content.fields import LARGEST_NUMBER
from mailer.errors import AdminError, EditorError
from mailer.house import open_house
from mailer.register.lists import read_lists, read_segments
from mailer.settings.file import read_settings
from mailer.verbs.init import init
from mailer.verbs.init_answers import QUESTIONS, server

GOOD = {
    "name": "Hyresgästerna i Ekbacken",
    "place": "Ekbacken",
    "register": "Hyresgästföreningens register",
    "series": "Ekbladet",
    "responsible": "Hyresgästerna i Ekbacken",
    "contact": "styrelsen@ekbacken.example",
    "processor": ("E-posten AB", "Tryckeriet AB"),
    "from_address": "brev@ekbacken.example",
    "relay": "smtp.ekbacken.example",
}
AWKWARD = 'Klubben "Örn\\en" [series] \\u0041'


def answering(*answers: str) -> tuple[Callable[[str, str], str], list[tuple[str, str]]]:
    """A person who answers in this order, and what they were asked."""
    rest, asked = list(answers), []

    def ask(question: str, why: str) -> str:
        asked.append((question, why))
        return rest.pop(0)

    return ask, asked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hem"


def test_makes_a_home_that_opens(folder: Path) -> None:
    init(folder, GOOD, None)
    with open_house(folder) as house:
        assert house.settings.association.name == GOOD["name"]
        assert house.settings.responsible.processors == GOOD["processor"]
        assert house.settings.responsible.is_complete
        assert (house.settings.relay.host, house.settings.relay.port, house.settings.relay.security) == (
            "smtp.ekbacken.example", 587, "starttls"
        )  # fmt: skip
        (series,) = house.settings.series
        assert (series.key, series.name, house.settings.sender.from_name) == ("ekbladet", "Ekbladet", "Ekbladet")


def test_keeps_quotes_and_backslashes_of_a_name(folder: Path) -> None:
    init(folder, GOOD | {"name": AWKWARD, "register": AWKWARD, "responsible": AWKWARD, "series": 'Bladet "\\"'}, None)
    settings, lists = read_settings(folder), read_lists(folder / "lists")
    assert (settings.association.name, settings.responsible.name) == (AWKWARD, AWKWARD)
    assert settings.series[0].name == 'Bladet "\\"'
    assert lists["medlemmar"].why == f"du är medlem i {AWKWARD}"
    assert lists["medlemmar"].origin == AWKWARD


def test_says_nothing_of_the_examples_party_in_any_list(folder: Path) -> None:
    init(folder, GOOD | {"register": ""}, None)
    lists = read_lists(folder / "lists")
    assert sorted(lists) == ["medlemmar", "styrelsen", "sympatisorer"]
    assert lists["medlemmar"].origin == "föreningens medlemsregister"
    for one in lists.values():
        said = f"{one.origin} {one.why} {one.basis} {one.consent} {one.consent_en}".casefold()
        assert "parti" not in said
        assert "vallentuna" not in said
        assert "politik" not in said
        assert not one.joinable, "until somebody has read what one would agree to"
        assert "artikel 6.1" in one.basis
        text = (folder / "lists" / f"{one.key}.toml").read_text("utf-8")
        assert "# Bekräfta grunden. Är ni ett parti är den i stället:\n# basis = " in text
    assert GOOD["name"] in lists["sympatisorer"].consent
    assert read_segments(folder / "lists") == {}, "Brottby is a place in another municipality"


def test_keeps_the_comments_of_the_settings(folder: Path) -> None:
    init(folder, GOOD, None)
    text = (folder / "settings.toml").read_text("utf-8")
    assert "# hela namnet; står i sidfoten" in text
    assert "# [[people]]" in text
    assert "people" not in tomllib.loads(text)
    assert '# [[columns]]\n# key = "ks"' in text
    assert "columns" not in tomllib.loads(text), "they are another municipality's, and their owners are invented"


def test_asks_again_until_an_answer_will_do(folder: Path) -> None:
    ask, asked = answering(
        "  ", "Klubben", "", "", "", "", "styrelsen", "styrelsen@klubben.example", "inga",
        "klubben@gmail.com", "brev@klubben.example", "smtp.klubben.example:smtp", "smtp.klubben.example:465",
    )  # fmt: skip
    init(folder, {}, ask)
    assert [question for question, why in asked if not why] == list(QUESTIONS.values())
    whys = [why for _, why in asked if why]
    assert len(whys) == 4
    for why, words in zip(whys, ("måste ha ett namn", "saknar @", "gratistjänst", "ingen e-postserver"), strict=True):
        assert words in why
    settings = read_settings(folder)
    assert (settings.association.name, settings.relay.port, settings.relay.security) == ("Klubben", 465, "tls")
    assert settings.series[0].name == "V Aktuellt"
    assert settings.responsible.processors == ()


def test_asks_for_what_was_given_on_the_command_line_only_when_it_will_not_do(folder: Path) -> None:
    ask, asked = answering("smtp.ekbacken.example:25")
    init(folder, GOOD | {"relay": "smtp.ekbacken.example:0"}, ask)
    assert asked == [(QUESTIONS["relay"], "porten 0 finns inte; den är ett tal mellan 1 och 65535, oftast 587")]


@pytest.mark.parametrize(
    ("key", "answer", "option", "what"),
    [
        ("contact", "styrelsen", "--contact", "saknar @"),
        ("from_address", "klubben@gmail.com", "--from-address", "gratistjänst"),
        ("from_address", "brev@", "--from-address", "ingen e-postadress"),
        ("relay", "smtp.x.example:99999", "--relay", "porten 99999 finns inte"),
        ("relay", "två ord", "--relay", "ingen e-postserver"),
        ("name", "Klubben\x1b[31m", "--name", "styrtecken"),
        ("register", "reg\udcffister", "--register", "styrtecken"),
    ],
)
def test_names_the_option_that_will_not_do_and_writes_nothing(
    folder: Path, key: str, answer: str, option: str, what: str
) -> None:
    with pytest.raises(EditorError, match=what) as caught:
        init(folder, GOOD | {key: answer}, None)
    assert [problem.where for problem in caught.value.problems] == [option]
    assert not folder.exists()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("127.0.0.1", ("127.0.0.1", 25)),
        ("localhost:2525", ("localhost", 2525)),
        ("[::1]:2525", ("::1", 2525)),
        ("post.räksmörgås.example", ("post.räksmörgås.example", 587)),
    ],
)
def test_reads_a_server(answer: str, found: tuple[str, int]) -> None:
    assert server(answer) == found


@pytest.mark.parametrize("there", ["settings.toml", "lists"])
def test_overwrites_nobodys_home(folder: Path, there: str) -> None:
    folder.mkdir()
    (folder / there).touch()
    with pytest.raises(EditorError, match="här finns redan ett hem"):
        init(folder, GOOD, None)
    assert os.listdir(folder) == [there]


def test_leaves_alone_what_else_lies_in_the_folder_and_its_permissions(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "protokoll.txt").write_text("§ 1", "utf-8")
    init(folder, GOOD, None)
    assert (folder / "protokoll.txt").read_text("utf-8") == "§ 1"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_refuses_a_synced_folder_before_it_asks(tmp_path: Path) -> None:
    ask, asked = answering()
    with pytest.raises(AdminError, match=r"synkad mapp \(Dropbox\)"):
        init(tmp_path / "Dropbox" / "hem", {}, ask)
    (tmp_path / "Dropbox" / "inne").mkdir(parents=True)
    (tmp_path / "genväg").symlink_to(tmp_path / "Dropbox" / "inne")
    with pytest.raises(AdminError, match="synkad mapp"):
        init(tmp_path / "genväg" / "hem", {}, ask)
    assert asked == []
    assert list((tmp_path / "Dropbox").rglob("*")) == [tmp_path / "Dropbox" / "inne"]


def test_says_that_it_may_not_write_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "fil").touch()
    with pytest.raises(AdminError, match="går inte att skriva i") as caught:
        init(tmp_path / "fil" / "hem", GOOD, None)
    assert caught.value.exit_code == 3


def test_lays_the_editors_page_in_their_folder(folder: Path) -> None:
    init(folder, GOOD, None)
    page = (folder / "content" / "LÄSMIG.md").read_text("utf-8")
    assert page.startswith("# Här skriver du Ekbladet\n")
    assert f"från 0 till {LARGEST_NUMBER}" in page
    assert f"räknas inslaget som {MIDDLE}." in page


def test_names_the_lists_files_in_what_to_do_next(folder: Path) -> None:
    lines = init(folder, GOOD, None)
    first = next(line for line in lines if line.startswith("1. "))
    for name in ("lists/medlemmar.toml", "styrelsen.toml", "sympatisorer.toml", "basis", "origin", "why"):
        assert name in first
    assert lines[-1].endswith("check")
