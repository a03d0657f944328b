"""The house and its table sign: one page that is read across a square, and a code that opens."""

from pathlib import Path

import pytest

from mailer.letters.model import LetterWords
from mailer.letters.poster import print_poster
from tests.letters import printed
from tests.letters.printed import Leaf

PAGE = "utskick.exempel.example/svara"
LINK = f"https://{PAGE}"
SV = LetterWords(
    "", "Svara på vår enkät här, på torget!\n\nRikta telefonens kamera **mot rutan**. Det finns kaffe.", ""
)
EN = LetterWords("", "Answer our survey here, in the square!\n\nPoint the camera at the square. There is coffee.", "")


def sign(folder: Path, sv: LetterWords = SV, en: LetterWords = EN, page: str = PAGE) -> Leaf:
    print_poster(folder / "skylt.pdf", f"https://{page}", page, {"sv": sv, "en": en}, "Föreningen Exempel")
    (only,) = printed.leaves(folder / "skylt.pdf")
    assert only.ink is not None
    assert min(only.ink) >= 12
    return only


def test_says_where_to_answer_in_both_languages(tmp_path: Path) -> None:
    leaf = sign(tmp_path)
    for words in ("Svara på vår enkät här, på torget!", "Answer our survey here", PAGE, "Så här gör du", "What to do",
                  "Det finns kaffe.", "There is coffee.", "Föreningen Exempel"):  # fmt: skip
        assert leaf.text.count(words) == 1, words
    assert max(leaf.sizes) >= 30
    assert min(leaf.sizes) >= 12


def test_has_a_code_that_opens_the_page(tmp_path: Path) -> None:
    sign(tmp_path)
    assert printed.codes(tmp_path / "skylt.pdf", 0) == [LINK]


def test_has_the_subject_as_its_heading_when_there_is_one(tmp_path: Path) -> None:
    leaf = sign(tmp_path, LetterWords("Välkommen fram!", "Svara här.\n\nDet finns kaffe.", ""))
    assert leaf.lines[0] == "Välkommen fram!"
    assert "Svara här." in leaf.text


def test_says_once_what_is_not_translated(tmp_path: Path) -> None:
    leaf = sign(tmp_path, SV, SV)
    assert leaf.text.count("Svara på vår enkät här") == 1
    assert "What to do" not in leaf.text


@pytest.mark.parametrize("length", [120, 260])
def test_makes_many_words_smaller_and_loses_none(tmp_path: Path, length: int) -> None:
    words = " ".join(f"ord{n}" for n in range(length))
    leaf = sign(tmp_path, LetterWords("", f"Kom!\n\n{words}", ""), LetterWords("", f"Come!\n\n{words}", ""))
    assert all(f"ord{n}" in leaf.text for n in range(length))
    assert printed.codes(tmp_path / "skylt.pdf", 0) == [LINK]


def test_has_a_long_address_on_one_line(tmp_path: Path) -> None:
    page = "utskick.en-forening-med-ett-riktigt-langt-namn.example/svara"
    assert page in sign(tmp_path, page=page).lines


@pytest.mark.parametrize("words", ["", "{{ förnamn }} hej **", "[a](javascript:1)", "# 🎉\n\n- ett\n- två"])
def test_prints_whatever_an_editor_has_written(tmp_path: Path, words: str) -> None:
    leaf = sign(tmp_path, LetterWords("", words, ""), LetterWords(words, words, ""))
    assert printed.codes(tmp_path / "skylt.pdf", 0) == [LINK]  # whatever it says, it leads to the survey
    assert "/svara" in leaf.text
