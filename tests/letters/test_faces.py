"""The typefaces: those that were chosen, with their licences, in every installation."""

import hashlib
import subprocess
import sys

import pytest

from mailer.letters.faces import FILES, FOLDER, STAND_IN_FILE
from tests.homes import ROOT

NAMES = sorted([*FILES.values(), STAND_IN_FILE])


@pytest.mark.parametrize("name", NAMES)
def test_prints_in_the_typefaces_that_were_chosen(name):
    known = dict(
        reversed(line.split())
        for line in (FOLDER / "VERSIONS.txt").read_text("utf-8").split("SHA-256:")[1].strip().splitlines()
    )
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == known[name]
    assert sorted(known) == NAMES


@pytest.mark.parametrize(("family", "licence"), [("Liberation", "SIL OPEN FONT LICENSE"), ("DejaVu", "Bitstream Vera")])
def test_passes_the_licence_on_with_each_typeface(family, licence):
    assert licence in (FOLDER / f"LICENCE-{family}.txt").read_text("utf-8")


def test_has_its_typefaces_in_the_wheel(tmp_path):
    """A wheel of the package alone: what hatchling takes up is decided in pyproject.toml."""
    code = (
        "from hatchling.builders.wheel import WheelBuilder; import sys; "
        "print(*(f.relative_path for f in WheelBuilder(sys.argv[1]).recurse_included_files()), sep='\\n')"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    inside = found.stdout.split()
    for name in (*NAMES, "LICENCE-Liberation.txt", "LICENCE-DejaVu.txt", "VERSIONS.txt"):
        assert f"mailer/letters/fonts/{name}" in inside
