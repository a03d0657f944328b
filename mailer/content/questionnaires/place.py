"""Where surveys lie among the editors' files, and what their files are called.

Takes   a path relative to content/, with slashes.
Gives   whether it is a survey's, and the survey's key.
Fails   never.
"""

import re

FOLDER = "enkater"
SUFFIX = ".md"
PLAN_SUFFIX = ".plan.md"
LONGEST_KEY = 64  # characters; surveys.key in the database
KEY = re.compile(r"[a-z0-9åäö][a-z0-9åäö_-]{0,63}")


def is_of_survey(path: str) -> bool:
    """Whether the file belongs to a survey, and so to no issue: it lies in the folder, however deep."""
    return path.split("/", 1)[0].casefold() == FOLDER and "/" in path


def path_of(key: str) -> str:
    """The file with the questions."""
    return f"{FOLDER}/{key}{SUFFIX}"


def plan_path_of(key: str) -> str:
    """The file with the channel plan; without it the default holds."""
    return f"{FOLDER}/{key}{PLAN_SUFFIX}"


def key_of(path: str) -> str | None:
    """The key of the survey whose questions the file holds; None for a plan, and for what lies elsewhere."""
    folder, _, name = path.rpartition("/")
    if folder.casefold() != FOLDER or name.casefold().endswith(PLAN_SUFFIX) or not name.casefold().endswith(SUFFIX):
        return None
    return name[: -len(SUFFIX)].casefold()
