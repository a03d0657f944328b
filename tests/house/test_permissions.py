"""What the house keeps is for its own user alone: the database and what lies beside it, keys, pages, lists, the log."""

import os
import stat
from pathlib import Path

import pytest

from mailer.house import open_house
from mailer.verbs import paper, preview
from tests.web.month import a_month


@pytest.fixture
def _careless_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """What anybody else may read, below the folder and itself."""
    found = [folder, *folder.rglob("*")]
    return [f"{stat.filemode(p.lstat().st_mode)} {p.relative_to(folder.parent)}" for p in found
            if p.lstat().st_mode & 0o077 and not p.is_symlink()]  # fmt: skip


@pytest.mark.usefixtures("_careless_umask")
def test_keeps_all_it_writes_to_itself(tmp_path: Path):
    with a_month(tmp_path / "hem") as house:
        preview.preview(house, "2024-05")
        paper.print_out(house, "2024-05")
        assert open_to_others(house.var) == []  # with the write-ahead log beside the database
        names = {p.name for p in house.var.rglob("*")}
        assert {"mailer.db", "mailer.db-wal", "counter", "keys", "post.csv", "index.html"} <= names
    assert open_to_others(tmp_path / "hem" / "var") == []


@pytest.mark.usefixtures("_careless_umask")
def test_takes_back_rights_that_somebody_has_given(tmp_path: Path):
    with a_month(tmp_path / "hem") as house:
        var = house.var
    for path in (var, var / "mailer.db"):
        path.chmod(0o755)
    with open_house(tmp_path / "hem"):
        assert open_to_others(var) == []


@pytest.mark.usefixtures("_careless_umask")
def test_keeps_a_database_in_another_folder_to_itself(tmp_path: Path):
    elsewhere = tmp_path / "databas"
    elsewhere.mkdir(mode=0o700)
    with a_month(tmp_path / "hem", f"sqlite:///{elsewhere}/egen.db"):
        assert open_to_others(elsewhere) == []
        assert len(list(elsewhere.iterdir())) > 1


def test_tells_no_secret_to_who_looks_at_the_processes(tmp_path: Path):
    """A password comes from a file or the environment: no verb takes one, or a code, as a word of the command line."""
    from mailer.cli.main import root

    def words(command, path=()):
        for parameter in command.params:
            yield " ".join(path), parameter.name
        for name, below in getattr(command, "commands", {}).items():
            yield from words(below, (*path, name))

    named = [(verb, word) for verb, word in words(root) if any(s in word for s in ("password", "secret", "token"))]
    assert named == []
