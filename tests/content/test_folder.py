"""The editors' folder, as it really looks (faults F1, F2 and F5)."""

import os
import random
import socket
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.content.folder import BEING_SAVED, LARGEST, MOST_FILES, MOST_PROBLEMS, _source, read_folder
from mailer.errors import AdminError, Problem

LONG_AGO = 1_700_000_000.0
NOW = LONG_AGO + 3600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content = tmp_path / "content"
    content.mkdir()
    return content


def write(folder: Path, path: str, text: str = "# Valet\n\nRösta.\n", at: float = LONG_AGO) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    os.utime(file, (at, at))
    return file


def paths(folder: Path) -> list[str]:
    return [f.path for f in read_folder(folder, NOW).files]


def said(folder: Path) -> list[str]:
    return [str(p) for p in read_folder(folder, NOW).problems]


def test_reads_markdown_in_the_order_of_paths(folder: Path) -> None:
    for path in ("evenemang/torget.md", "b.MD", "2024-05/b.md", "2024-05/a.markdown"):
        write(folder, path)
    write(folder, "2024-05/bild.jpg")
    write(folder, "LÄSMIG.md")
    assert paths(folder) == ["2024-05/a.markdown", "2024-05/b.md", "b.MD", "evenemang/torget.md"]
    assert said(folder) == []


@pytest.mark.parametrize(
    "name",
    [
        ".~lock.valet.md#",
        "~$valet.md",
        ".valet.md.swp",
        ".valet.md.x.swp",
        "valet.md~",
        "valet.md.part",
        "valet.tmp",
        ".sync_4711.md",
        "._valet.md",
        "#valet.md#",
        ".dold.md",
        "valet.md.crdownload",
        "~WRL0001.tmp",
        ".attachments.12/valet.md",
        ".git/valet.md",
    ],
)
def test_leaves_temporary_files_alone_without_a_word(folder: Path, name: str) -> None:
    write(folder, name)
    write(folder, "2024-05/" + name)
    assert (paths(folder), said(folder)) == ([], [])


@pytest.mark.parametrize(
    "copy",
    [
        "valet (conflicted copy 2026-03-01).md",
        "valet (Annas konfliktkopia 2026-03-01).md",
        "valet (konflikt 2026-03-01).md",
        "valet (Anna's conflicted copy 2026-03-01 101010).md",
        "valet_conflict-20260301-101010.md",
        "valet.sync-conflict-20260301-101010-ABCDEFG.md",
        "valet (1).md",
        "valet - kopia.md",
        "Kopia av valet.md",
    ],
)
def test_names_a_copy_and_its_original_and_takes_only_the_original(folder: Path, copy: str) -> None:
    write(folder, f"2024-05/{copy}", "# Den andras\n\nText.\n")
    write(folder, "2024-05/valet.md")
    assert paths(folder) == ["2024-05/valet.md"]
    assert len(said(folder)) == 1
    assert f"”{copy}” är en kopia av ”valet.md”" in said(folder)[0]


def test_takes_a_part_two_whose_part_one_is_not_there(folder: Path) -> None:
    write(folder, "valet (2).md")
    write(folder, "Gaza (konflikten).md")
    assert paths(folder) == ["Gaza (konflikten).md", "valet (2).md"]


def test_takes_no_conflict_copy_whose_original_is_gone(folder: Path) -> None:
    write(folder, "valet_conflict-20260301-101010.md")
    assert paths(folder) == []
    assert "valet.md" in said(folder)[0]


@pytest.mark.parametrize(
    "names",
    [("valet.md", "Valet.md"), ("möte.md", unicodedata.normalize("NFD", "möte.md")), ("ÅR.md", "år.md")],
)
def test_takes_neither_of_two_names_that_some_disks_hold_as_one(folder: Path, names: tuple[str, str]) -> None:
    for name in names:
        write(folder, name)
    write(folder, "annat.md")
    assert paths(folder) == ["annat.md"]
    assert len(said(folder)) == 1
    assert "bara skiljer sig i stora och små bokstäver" in said(folder)[0]


def test_gives_names_from_a_mac_in_one_form(folder: Path) -> None:
    write(folder, unicodedata.normalize("NFD", "2024-05/möte på torget.md"))
    assert paths(folder) == [unicodedata.normalize("NFC", "2024-05/möte på torget.md")]


@pytest.mark.parametrize("name", ["rad\nbryt.md", "tabb\t.md", "esc\x1b[31m.md", "back\\slash.md", "riktn\u202eing.md"])
def test_names_a_file_whose_name_cannot_be_shown_on_one_line(folder: Path, name: str) -> None:
    write(folder, name)
    assert paths(folder) == []
    assert len(said(folder)) == 1
    assert said(folder)[0].count("\n") == 1
    assert "�" in said(folder)[0]


def test_names_a_file_whose_name_is_no_text(folder: Path) -> None:
    (folder / os.fsdecode(b"valet\xff.md")).write_text("x")
    assert paths(folder) == []
    said(folder)[0].encode("utf-8")


@pytest.mark.parametrize("name", ["🌹 maj.md", "👩‍🌾.md", "å" * 126 + ".md", "maj" * 84 + ".md"])
def test_reads_or_names_odd_but_sound_names(folder: Path, name: str) -> None:
    write(folder, name)
    assert paths(folder) == [name]


def test_names_text_in_other_formats(folder: Path) -> None:
    write(folder, "valet.docx")
    assert "Spara texten som en .md-fil" in said(folder)[0]


# F5: what is no plain file


def test_follows_nothing_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, "hemligt/lösenord.md", "# hemligt\n\nhemligt\n")
    (folder / "a.md").symlink_to(secret)
    (folder / "2024-05").symlink_to(secret.parent)
    (folder / "runt").symlink_to(folder)
    (folder / "ingenstans.md").symlink_to(tmp_path / "finns inte")
    write(folder, "bra.md")
    assert paths(folder) == ["bra.md"]
    assert sum("är en genväg" in problem for problem in said(folder)) == 4


def test_follows_no_link_that_took_a_files_place_since_it_was_listed(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, "lösenord.md")
    (folder / "a.md").symlink_to(secret)
    refused = _source("a.md", str(folder / "a.md"), NOW, 2.0)
    assert isinstance(refused, Problem)
    assert "går inte att läsa" in refused.what


def test_opens_neither_pipes_nor_sockets_nor_folders_that_look_like_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipa.md")
    write(folder, "mapp.md/inne.md")
    write(folder, "bra.md")
    monkeypatch.chdir(folder)  # a socket's path may be 107 bytes
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("sock.md")
        assert paths(folder) == ["bra.md"]
        problems = said(folder)
    assert [p.split(":")[0] for p in problems] == ["content/mapp.md", "content/pipa.md", "content/sock.md"]


def test_names_files_that_are_too_large_and_folders_that_are_too_deep(folder: Path) -> None:
    write(folder, "stor.md", "x" * (LARGEST + 1))
    write(folder, "precis.md", "x" * LARGEST)
    write(folder, "/".join("abcdefghi") + "/djup.md")
    assert paths(folder) == ["precis.md"]
    assert ["större än 256 kB" in p or "för djupt" in p for p in said(folder)] == [True, True]


def test_says_so_when_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(AdminError, match="mappen med inslag går inte att läsa"):
        read_folder(tmp_path / "content")


def test_reads_a_folder_of_100_000_files(folder: Path) -> None:
    (folder / "2024-05").mkdir()
    for n in range(100_000):
        kind = ("md", "jpg", "docx", "tmp")[n % 4]
        os.close(os.open(folder / "2024-05" / f"{n:06}.{kind}", os.O_CREAT | os.O_WRONLY))
    started = time.process_time()
    found = read_folder(folder, time.time() + 60)
    assert time.process_time() - started < 5
    assert len(found.files) == MOST_FILES
    assert len(found.problems) == MOST_PROBLEMS + 1
    assert "25000 inslag och evenemang; bara de första 5000 läses" in found.problems[0].what


# F1: files that are being written


def test_waits_for_a_file_that_was_written_a_moment_ago(folder: Path) -> None:
    write(folder, "valet.md", at=NOW - 1.5)
    write(folder, "klar.md", at=NOW - 2.5)
    found = read_folder(folder, NOW)
    assert [f.path for f in found.files] == ["klar.md"]
    assert found.unsettled == ("valet.md",)
    assert [p.what for p in found.problems] == [BEING_SAVED]
    assert [f.path for f in read_folder(folder, NOW + 2).files] == ["klar.md", "valet.md"]
    assert [f.path for f in read_folder(folder, NOW, settle_s=0).files] == ["klar.md", "valet.md"]


def test_takes_a_file_stamped_by_a_computer_whose_clock_is_ahead(folder: Path) -> None:
    write(folder, "valet.md", at=NOW + 86_400)
    assert paths(folder) == ["valet.md"]


WHOLE = [f"# Valet {n}\n\n" + "Rösta. " * 400 * n + "\nslut\n" for n in (1, 2, 3)]


def half_saved(file: Path, rng: random.Random) -> Iterator[float]:
    """Save as an editor on a slow network does; yields the moment of each look."""
    at = LONG_AGO
    text = rng.choice(WHOLE).encode()
    with file.open("wb", buffering=0) as out:
        cuts = sorted(rng.sample(range(1, len(text)), 3))
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
            os.utime(file, (at, at))
            yield at + rng.uniform(0, 1.99)
            out.write(text[start:end])
            at += rng.uniform(0, 1.99)
            os.utime(file, (at, at))
            yield at + rng.uniform(0, 1.99)
    yield at + 2.1


def test_never_takes_half_a_file_in_500_looks(folder: Path) -> None:
    rng = random.Random(20240501)
    looks = taken = 0
    while looks < 500:
        for moment in half_saved(folder / "valet.md", rng):
            found = read_folder(folder, moment)
            looks += 1
            taken += len(found.files)
            assert all(f.raw.decode() in WHOLE for f in found.files)
            assert len(found.files) + len(found.unsettled) == 1
    assert taken > 20, "ingen sparning blev någonsin klar"
