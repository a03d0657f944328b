"""The editors' folder, as it really looks (faults F1, F2 and F5)."""

import os
import random
import socket
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.content.folder import (
    BEING_SAVED,
    LARGEST,
    LARGEST_PICTURE,
    MOST_FILES,
    MOST_PROBLEMS,
    _source,
    read_folder,
    read_picture,
)
from mailer.errors import AdminError, EditorError, Problem

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
        "valet (conflicted copy 2026-03-01 101010).md",
        "valet (Annas konfliktkopia).md",
        "valet (Annas motstridende kopi 2026-03-01).md",
        "valet (Anna ristiriitainen kopio 2026-03-01).md",
        "valet (In Konflikt stehende Kopie von Anna 2026-03-01).md",
        "valet (Copie en conflit de Anna 2026-03-01).md",
        "valet (Copia en conflicto de Anna 2026-03-01).md",
        "valet (SFConflict anna@vallentuna.example 2026-03-01-10-10-10).md",
        "valet [Conflict].md",
        "valet.Conflict.md",
        "valet-DESKTOP-4K2AB.md",
        "valet-Laptop.md",
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
    write(folder, "Gaza (konflikten).md", "# Gaza\n\nFred.\n")
    write(folder, "gaza_conflict.md", "# Gaza\n\nFred nu.\n")
    write(folder, "valet-desktop.md", "# Valet\n\nPå datorn.\n")
    assert paths(folder) == ["Gaza (konflikten).md", "gaza_conflict.md", "valet (2).md", "valet-desktop.md"]


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
    assert "bara skiljer sig åt i stora och små bokstäver" in said(folder)[0]


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


@pytest.mark.parametrize(("name", "new"), [("valet.md.txt", "valet.md"), ("Valet.TXT", "Valet.md")])
def test_tells_how_to_name_what_notepad_has_named(folder: Path, name: str, new: str) -> None:
    write(folder, name)
    assert f"Byt namn på den till ”{new}”." in said(folder)[0]


@pytest.mark.parametrize("name", ["a.jpg", "b.PNG", "c.heic", "d.webp", "e.gif", ".attachments.4711/f.png", "g.pdf"])
def test_has_nothing_against_pictures_in_the_folder(folder: Path, name: str) -> None:
    write(folder, f"2024-05/{name}")
    assert (paths(folder), said(folder)) == ([], [])


def test_names_a_file_that_says_what_another_says_under_a_longer_name(folder: Path) -> None:
    for name in ("valet.md", "valet 2.md", "Valet-igen.md", "annat.md"):
        write(folder, name, "# Valet\n\nRösta den 9 juni, säger alla vi.\n")
    write(folder, "2024-05/valet.md", "# Valet\n\nRösta den 9 juni, säger alla vi.\n")
    assert paths(folder) == ["2024-05/valet.md", "annat.md", "valet.md"]
    assert ["säger samma sak som ”valet.md”" in p for p in said(folder)] == [True, True]


def test_lets_short_files_be_alike(folder: Path) -> None:
    for name in ("k.md", "ks.md"):
        write(folder, f"2024-05/{name}", "inget\n")
    assert paths(folder) == ["2024-05/k.md", "2024-05/ks.md"]


# Has the synchronising stopped?


def test_tells_how_many_files_there_are_and_when_something_last_happened(folder: Path) -> None:
    os.utime(folder, (LONG_AGO - 500, LONG_AGO - 500))
    found = read_folder(folder, NOW)
    assert (found.count, found.newest) == (0, 0.0)
    write(folder, "2024-05/a.md", at=LONG_AGO + 10)
    write(folder, "2024-05/b.md", "<", at=LONG_AGO + 20)
    write(folder, "2024-05/c.jpg", at=LONG_AGO + 30)
    write(folder, "2024-05/.dold", at=LONG_AGO + 40)
    for at in (folder, folder / "2024-05"):
        os.utime(at, (LONG_AGO, LONG_AGO))
    found = read_folder(folder, NOW)
    assert (found.count, found.newest) == (2, LONG_AGO + 30)


def test_sees_an_old_file_come_or_go_by_its_folder(folder: Path) -> None:
    write(folder, "2024-05/a.md", at=LONG_AGO - 86_400)
    os.utime(folder, (LONG_AGO, LONG_AGO))
    os.utime(folder / "2024-05", (LONG_AGO + 50, LONG_AGO + 50))
    assert read_folder(folder, NOW).newest == LONG_AGO + 50


def test_believes_no_stamp_that_is_far_ahead(folder: Path) -> None:
    write(folder, "a.md", at=NOW + 86_400)
    os.utime(folder, (LONG_AGO, LONG_AGO))
    assert read_folder(folder, NOW).newest == LONG_AGO


# Pictures


def picture_said(folder: Path, path: str, **more: object) -> str:
    with pytest.raises(EditorError) as caught:
        read_picture(folder, path, NOW, **more)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("on_disk", "asked"),
    [
        ("2024-05/torget.jpg", "2024-05/torget.jpg"),
        ("2024-05/.attachments.4711/min bild.png", "2024-05/.attachments.4711/min bild.png"),
        ("2024-05/TORGET.JPG", "2024-05/torget.jpg"),
        (unicodedata.normalize("NFD", "2024-05/möte på torget.jpg"), "2024-05/möte på torget.jpg"),
        ("torget.jpg", "torget.jpg"),
    ],
)
def test_reads_a_picture(folder: Path, on_disk: str, asked: str) -> None:
    write(folder, on_disk, "bild")
    assert read_picture(folder, asked, NOW) == b"bild"


def test_names_a_picture_that_is_not_there_and_the_one_that_may_be_meant(folder: Path) -> None:
    write(folder, "2024-05/torget.jpeg")
    write(folder, "2024-05/torget.md")
    assert picture_said(folder, "2024-05/torget.jpg", named="content/2024-05/a.md", line=3) == (
        "content/2024-05/a.md, rad 3: bilden ”torget.jpg” finns inte bredvid filen.\n    Menade du ”torget.jpeg”?"
    )
    assert "Lägg bilden i samma mapp som filen" in picture_said(folder, "2024-05/affisch.png")
    assert "finns inte bredvid filen" in picture_said(folder, "2024-06/torget.jpg")


@pytest.mark.parametrize(
    "path", ["../hemligt.jpg", "2024-05/../../hemligt.jpg", "/etc/passwd", "", ".", "..", "2024-05/", "2024-05//a.jpg"]
)
def test_opens_no_picture_outside_the_folder(folder: Path, tmp_path: Path, path: str) -> None:
    write(tmp_path, "hemligt.jpg")
    write(folder, "2024-05/a.jpg")
    assert "finns inte bredvid filen" in picture_said(folder, path)


def test_follows_no_link_to_a_picture(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, "hemligt/a.jpg")
    (folder / "a.jpg").symlink_to(secret)
    (folder / "mapp").symlink_to(secret.parent)
    assert "är en genväg" in picture_said(folder, "a.jpg")
    assert "är en genväg" in picture_said(folder, "mapp/a.jpg")


def test_waits_for_no_picture_that_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "a.jpg")
    (folder / "b.jpg").mkdir()
    assert "ingen vanlig fil" in picture_said(folder, "a.jpg")
    assert "ingen vanlig fil" in picture_said(folder, "b.jpg")


def test_names_a_picture_that_is_being_saved_or_is_too_large(folder: Path) -> None:
    write(folder, "a.jpg", at=NOW - 1)
    assert picture_said(folder, "a.jpg", named="content/a.md").startswith(f"content/a.jpg: {BEING_SAVED}")
    with write(folder, "b.jpg").open("r+b") as file:
        file.truncate(LARGEST_PICTURE + 1)
    os.utime(folder / "b.jpg", (LONG_AGO, LONG_AGO))
    assert "större än 30 MB" in picture_said(folder, "b.jpg")


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


@pytest.mark.soak
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
