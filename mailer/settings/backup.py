"""The settings of backups: where they lie and for how long.

Takes   the values of [backup] in settings.toml.
Gives   a frozen section; the same defaults as the comments in settings.toml show.
Fails   pydantic's ValidationError, which the reader puts into words.
"""

from pydantic import Field

from mailer.settings.section import Section

OFF = "none"


class Backup(Section):
    folder: str = ""  # relative to the home; ””: var/backups; none: no automatic backups
    keep_days: int = Field(default=30, ge=1, le=3650)

    @property
    def is_off(self) -> bool:
        return self.folder == OFF
