"""Where the example home lies: inside the wheel, or in the repository a developer works in.

Takes   nothing.
Gives   the folder with settings.toml, templates/, lists/ and content/.
Fails   BrokenPromise when it is in neither place.
"""

from pathlib import Path

from mailer.errors import BrokenPromise


def example_home() -> Path:
    """The folder `mailer init` copies from, and where default templates are found."""
    package = Path(__file__).parent
    for folder in (package / "example", package.parent):
        if (folder / "settings.toml").is_file() and (folder / "templates").is_dir():
            return folder
    raise BrokenPromise("exempelhemmet följde inte med installationen")
