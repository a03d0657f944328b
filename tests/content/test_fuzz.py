"""Whatever lies in the folder: our own errors only, and the good blocks come through."""

import os
import string
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content import markdown, plain
from mailer.content.folder import read_folder
from mailer.content.parse import parse
from mailer.issue.assemble import assemble
from mailer.settings import Series

ZONE = ZoneInfo("Europe/Stockholm")
SERIES = Series(key="v-aktuellt", name="V Aktuellt", lists=("medlemmar",))

KEYS = [
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
    "---\n",
    "\ue000why\ue001\ue002",
    "&#xE000;",
    "\r",
    "ord ",
]
BODY = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=10).map("".join)
FENCE = st.sampled_from(["---\n", "", "--- \n", "----\n"])


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
            st.sampled_from([".md", ".md", ".MD", ".txt", ""]),
            documents() | st.binary(max_size=80),
        ),
        max_size=6,
    )
)
@settings(max_examples=150, deadline=None)
def test_goes_on_with_the_good_blocks_whatever_else_lies_there(
    files: list[tuple[str, str, str, bytes]],
) -> None:
    with TemporaryDirectory() as made:
        root = Path(made)
        for folder, name, suffix, raw in files:
            try:
                (root / folder).mkdir(parents=True, exist_ok=True)
                (root / folder / (name + suffix)).write_bytes(raw)
            except (OSError, ValueError):
                continue  # no such name on this disk
        (root / "2024-05").mkdir(exist_ok=True)
        (root / "2024-05" / "zz-bra.md").write_text("# Bra\n\nDet här ska alltid med.\n", encoding="utf-8")
        os.utime(root / "2024-05" / "zz-bra.md", (1, 1))
        folder_ = read_folder(root, settle_s=0)
    content = parse(folder_.files, date(2024, 5, 15), ZONE, folder_.problems)
    issue = assemble(SERIES, "2024-05", content.blocks, content.events, date(2024, 5, 3), ZONE, {}, content.problems)
    assert "2024-05/zz-bra.md" in [b.path for b in issue.blocks]
    for block in content.blocks:
        markdown.html(block.body)
        plain.text(block.body)
    for problem in content.problems:
        assert problem.what
        assert "\n" not in problem.where
        str(problem).encode("utf-8")
