"""What all sections of the settings have in common: nothing unknown in them, nothing changed later, nothing shown.

Takes   nothing.
Gives   Section.
Fails   never.
"""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
