"""Each third-party package has a small, listed set of doors."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "mailer"

# package -> the modules that may import it, as paths below mailer/ (a folder ends in a slash)
DOORS = {
    "aiosmtplib": ("deliver/smtp.py",),
    "babel": ("languages/",),
    "cryptography": ("deliver/dkim_key.py", "surveys/box/sealing.py"),
    "dns": ("deliver/domain/nameserver.py",),
    "flufl": ("feedback/whom.py",),
    "fpdf": ("letters/",),
    "imap_tools": ("feedback/",),
    "aiosmtpd": ("demo/postbox.py",),
    "alembic": ("db/",),
    "apscheduler": ("clockwork/loop.py",),
    "email_validator": ("address.py",),
    "phonenumbers": ("register/",),
    "pydantic": ("settings/",),
    "pydantic_settings": ("settings/",),
    "structlog": ("maillog.py",),
    "mjml": ("render/",),
    "jinja2": ("render/",),
    "lxml": ("render/", "content/", "feedback/web_text.py", "demo/browser.py"),
    "bs4": ("render/", "content/"),
    "PIL": ("content/",),
    "feedparser": ("content/",),
    "icalendar": ("content/",),
    "python_calamine": ("register/",),
    "python_multipart": ("web/multipart.py",),
    "segno": ("render/paper.py", "letters/"),
    "starlette": ("web/",),
    "uvicorn": ("web/", "clockwork/loop.py"),
    "uvloop": ("verbs/send.py", "clockwork/loop.py", "workers/worker.py"),
    "markdown_it": ("content/", "render/filters.py"),
    "click": ("cli/",),
    "dateutil": ("surveys/plan/calendar_days.py",),
    "rich": ("cli/",),
    "procrastinate": ("workers/jobs.py",),
    "psycopg": (),
    "pypdfium2": ("demo/letter_box.py",),
}


@cache
def imports(path: Path) -> frozenset[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


@pytest.mark.parametrize("package", DOORS)
def test_lets_a_package_in_by_its_doors_only(package):
    strangers = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if package in imports(path) and not str(path.relative_to(ROOT)).startswith(tuple(DOORS[package]) or "\0")
    ]
    assert strangers == []


def test_catches_everything_only_at_the_edges():
    """`except Exception` exists at the outermost edge, and where a failure is handed to the one who waits for it: of a
    message that cannot be made, to the ledger, so that one of them does not stop all."""
    found = sorted(
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if "except Exception" in line
        or "except BaseException" in line
        or ("suppress(" in line and "Exception)" in line)
    )
    assert set(found) <= {
        "cli/main.py", "clockwork/loop.py", "db/door.py", "deliver/composing.py", "deliver/runner.py",
        "workers/giving.py",
    }  # fmt: skip
