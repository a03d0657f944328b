"""OpenDKIM's word on signatures: another's program, with another's cryptography and canonicalisation.

Takes   messages as they came, and the keys that are published, by name.
Gives   for each message, in order: ”algorithm selector result” of each of its signatures, as OpenDKIM reports them.
Fails   AssertionError when it does not run.
"""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.postoffice.programs import program

CONFIGURATION = """
Mode v
TestPublicKeys {folder}/published
AlwaysAddARHeader yes
AuthservID prov.example
Background no
Syslog no
"""
_SIGNATURE = re.compile(r"dkim=(\w+)[^;]*header\.a=(\S+) header\.s=(\S+)")


def judged(folder: Path, messages: Sequence[bytes], published: Mapping[str, str]) -> list[list[str]]:
    """`published`: the name of a record -> its text."""
    (folder / "published").write_text("".join(f"{name} {text}\n" for name, text in published.items()), "ascii")
    (folder / "opendkim.conf").write_text(CONFIGURATION.format(folder=folder), "ascii")
    paths = [folder / f"{n}.eml" for n, _ in enumerate(messages)]
    for path, message in zip(paths, messages, strict=True):
        path.write_bytes(message)
    command = [program("opendkim", "/usr/sbin/opendkim"), "-x", str(folder / "opendkim.conf"), "-vv"]
    done = subprocess.run(
        [*command, "-t", ",".join(map(str, paths))], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    reports = done.stdout.split("hname='Authentication-Results'")[1:]
    assert len(reports) == len(messages), (done.stdout + done.stderr)[-2000:]
    return [[f"{a} {s} {result}" for result, a, s in _SIGNATURE.findall(report)] for report in reports]
