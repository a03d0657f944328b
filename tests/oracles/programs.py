"""The programs of others that tests ask: node, SpamAssassin, Chromium. One that is missing is a failure, said in words."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
NO_NODE = "node saknas. På Debian: apt-get install nodejs npm, och sedan make oracles"
NO_MODULES = "Paketen i tests/oracles/package.json är inte installerade. Kör: make oracles"
NO_SPAMASSASSIN = "spamassassin saknas. På Debian: apt-get install spamassassin"
POINTS = re.compile(r"^\s*(-?\d+(?:\.\d+)?) ([A-Z][A-Z0-9_]+)", re.M)
NO_CHROMIUM = "chromium saknas. På Debian: apt-get install chromium-headless-shell"


def needed(name: str, otherwise: str, *also: str) -> str:
    """The program's path."""
    path = next((found for n in (name, *also) if (found := shutil.which(n))), None)
    assert path, otherwise
    return path


def axe() -> str:
    """The source of axe-core, the accessibility check."""
    source = MODULES / "axe-core" / "axe.min.js"
    assert source.exists(), NO_MODULES
    return source.read_text("utf-8")


def node(script: str, asked: Any) -> Any:
    """What one of our scripts answers."""
    program = needed("node", NO_NODE)
    assert MODULES.exists(), NO_MODULES
    done = subprocess.run(
        [program, str(HERE / script)], input=json.dumps(asked), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def spam_points(messages: list[bytes]) -> list[dict[str, float]]:
    """The points SpamAssassin gives each message for each of its rules, asking nobody (-L).

    All at once, as a mailbox: it takes seconds to begin.
    """
    program = needed("spamassassin", NO_SPAMASSASSIN)
    mailbox = b"".join(
        b"From a@b.example Fri May 10 09:00:00 2024\n" + m.replace(b"\r\n", b"\n") + b"\n" for m in messages
    )
    done = subprocess.run([program, "-L", "-t", "--mbox"], input=mailbox, capture_output=True, timeout=300)
    reports = done.stdout.decode("utf-8", "replace").split("Content analysis details:")[1:]
    assert len(reports) == len(messages), done.stderr
    return [{rule: float(points) for points, rule in POINTS.findall(report)} for report in reports]
