"""Whatever lies in the folder: our own errors only, and the good blocks come through."""

import string
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content import markdown, plain
from mailer.content.blocks import UNTOUCHED
from mailer.content.figures import Shown
from mailer.content.folder import read_folder, read_picture
from mailer.content.parse import Content, parse
from mailer.errors import EditorError
from mailer.issue.assemble import assemble
from mailer.settings import Series

ZONE = ZoneInfo("Europe/Stockholm")
SERIES = Series(key="v-aktuellt", name="V Aktuellt", lists=("medlemmar",))

KEYS = [
    "läsare",
    "får läsas av",
    "praktiskt",
    "återkommer",
    "spalt",
    "bild",
    "alt",
    "foto",
    "knapp",
    "länk",
    "till",
    "rubrik",
    "ordning",
    "visas från",
    "visas till och med",
    "datum",
    "tid",
    "slutdatum",
    "plats",
    "inställt",
    "x",
]
VALUES = [
    "1",
    "2024-05-14",
    "31/02/2024",
    "14 maj",
    "18.30–20",
    "25.00",
    "ja",
    "",
    "{{ förnamn }}",
    "torget.jpg",
    "../../hemligt.jpg",
    "https://a.example",
    "styrelsen och Kårsta",
    "varje månad",
    "a: b # [c]",
    "\t",
    "\x00",
]
HEAD = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES) | st.text(max_size=20)), max_size=5)
PIECES = [
    "# Rubrik\n",
    "\n\n",
    "{{ förnamn }}",
    "{{7*7}}",
    "[a](javascript:b)",
    "[a](https://a.example)",
    "- a\n",
    "| a |\n|-|\n",
    "<script>",
    "```\n",
    "![](x)",
    '\n![Fest](torget.jpg "Foto: Bo")\n',
    "\n![a](../../hemligt.jpg)\n",
    "<!-- a -->",
    f"{UNTOUCHED}\n",
    "inget\n",
    "---\n",
    "\ue000why\ue001\ue002",
    "&#xE000;",
    "\r",
    "ord ",
]
BODY = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=10).map("".join)
FENCE = st.sampled_from(["---\n", "", "--- \n", "----\n", "***\n", "\\---\n", "—\n", "```\n", "\n\n---\n", "## "])


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    head = "".join(f"{key}: {value}\n" for key, value in draw(HEAD))
    text = draw(FENCE) + head + draw(FENCE) + draw(BODY)
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-8-sig", "cp850"]))
    return text.encode(encoding, errors="replace")


NAMES = st.text(string.ascii_letters + "åÅ\u030a~$.()_- 1\n\udcff", min_size=1, max_size=20).map(
    lambda n: n.replace("/", "")
)
FOLDERS = st.sampled_from(["", "2024-05", "evenemang", "2024-06", "x.md", "2024-05/evenemang", ".dold"])


@given(
    st.lists(
        st.tuples(
            FOLDERS,
            NAMES,
            st.sampled_from([".md", ".md", ".MD", ".txt", ".ics", ""]),
            documents() | st.binary(max_size=80),
        ),
        max_size=6,
    )
)
@settings(max_examples=150, deadline=None)
def test_goes_on_with_the_good_blocks_whatever_else_lies_there(
    files: list[tuple[str, str, str, bytes]],
) -> None:
    check({f"{folder}/{name}{suffix}": raw for folder, name, suffix, raw in files})


# What goes wrong with files that were right: lines and signs lost, doubled, moved; programs that mean well.

RIGHT = [path for path in sorted((Path(__file__).parents[2] / "content").rglob("*.md")) if path.name != "LÄSMIG.md"]
LINES = st.tuples(
    st.sampled_from(["drop", "double", "swap", "join", "cut"]) | st.sampled_from(PIECES),
    st.integers(0, 12),
    st.integers(0, 40),
)
WHOLE = {
    "windows": lambda raw: raw.decode().encode("cp1252", "replace"),
    "utf-16": lambda raw: raw.decode().encode("utf-16"),
    "half": lambda raw: raw[: len(raw) // 2],
    "one line": lambda raw: raw.replace(b"\n", b" "),
    "mac": lambda raw: raw.replace(b"\n", b"\r"),
    "escaped": lambda raw: raw.replace(b"---", b"\\---").replace(b":", b"\\:"),
    "rules": lambda raw: raw.replace(b"---", b"***"),
    "dashes": lambda raw: raw.replace(b"---", "—".encode()),
    "fat": lambda raw: raw.replace(b"rubrik:", b"**rubrik:**"),
    "spaces": lambda raw: raw.replace(b" ", "\u00a0".encode()),
    "code": lambda raw: b"```\n" + raw + b"\n```\n",
    "twice": lambda raw: raw * 2,
    "zeros": lambda raw: raw[:50] + bytes(len(raw) - 50),
    "as it is": lambda raw: raw,
}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    path = draw(st.sampled_from(RIGHT))
    lines = path.read_text("utf-8").split("\n")
    for what, at, column in draw(st.lists(LINES, max_size=4)):
        n = at % len(lines)
        if what == "drop":
            lines[n] = ""
        elif what == "double":
            lines.insert(n, lines[n])
        elif what == "swap":
            lines[n], lines[0] = lines[0], lines[n]
        elif what == "join" and n + 1 < len(lines):
            lines[n : n + 2] = [lines[n] + lines[n + 1]]
        elif what == "cut":
            lines[n] = lines[n][:column]
        else:
            lines[n] = lines[n][:column] + what + lines[n][column:]
    raw = WHOLE[draw(st.sampled_from(sorted(WHOLE)))]("\n".join(lines).encode())
    return "/".join(path.parts[-2:]).removeprefix("content/"), raw


@given(st.lists(damaged(), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_goes_on_with_the_good_blocks_when_right_files_are_damaged(files: list[tuple[str, bytes]]) -> None:
    check({f"{n}-{path.rpartition('/')[2]}" if n % 2 else path: raw for n, (path, raw) in enumerate(files)})


def check(files: dict[str, bytes]) -> None:
    """Reads, assembles and shows a folder with these files and a good one."""
    with TemporaryDirectory() as made:
        root = Path(made) / "content"
        (root / "2024-05").mkdir(parents=True)
        for path, raw in files.items():
            try:
                (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
                (root / path.lstrip("/")).write_bytes(raw)
            except (OSError, ValueError):
                continue  # no such name on this disk
        (root / "2024-05" / "zz-bra.md").write_text("# Bra\n\nDet här ska alltid med.\n", encoding="utf-8")
        (root / "2024-05" / "torget.jpg").write_bytes(b"bild")
        (root.parent / "hemligt.jpg").write_bytes(b"hemligt")
        folder = read_folder(root, settle_s=0)
        content = parse(folder.files, date(2024, 5, 15), ZONE, folder.problems)
        for picture in (p for b in content.blocks for p in b.pictures):
            with suppress(EditorError):
                assert read_picture(root, picture.path, settle_s=0) == b"bild"
    issue = assemble(SERIES, "2024-05", content.blocks, content.events, date(2024, 5, 3), ZONE, {}, content.problems)
    assert "2024-05/zz-bra.md" in [b.path for b in issue.blocks]
    check_values(content)


def check_values(content: Content) -> None:
    for block in content.blocks:
        shown = {p.path: Shown("cid:a", 10, 10) for p in block.pictures}
        markdown.html(block.body, pictures=shown, folder=block.folder)
        plain.text(block.body)
        assert block.title
        assert block.readers.circle
    for problem in content.problems:
        assert problem.what
        assert "\n" not in problem.where
        str(problem).encode("utf-8")
    for owner in content.owners.values():
        assert 0 < len(owner) <= 120
