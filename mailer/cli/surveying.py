"""The commands of the survey: one group, each of its verbs in a module of its own.

Takes   what was typed after `mailer survey`.
Gives   the group `survey`; the modules named at the end enter their commands in it.
Fails   never.
"""

import click

from mailer.cli.main import root


@root.group()
def survey() -> None:
    """Medlemsenkäten: frågor, kanalplan, inbjudningar, svar och svarsurna.

    Gången: new → check → plan → key → approve → (klockan, ringrundan, pappren) → close → report.
    """


KEY = click.argument("key", metavar="[ENKÄT]", default="")  # ””: the only one there is

# They enter their commands in the group above, so it has to exist first.
from mailer.cli import (  # noqa: E402
    survey_box,  # noqa: F401
    survey_field,  # noqa: F401
    survey_file,  # noqa: F401
    survey_following,  # noqa: F401
    survey_goal,  # noqa: F401
    survey_plan,  # noqa: F401
    survey_replies,  # noqa: F401
    survey_run,  # noqa: F401
)
