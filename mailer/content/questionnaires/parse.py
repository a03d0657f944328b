"""A survey's file, read.

Takes   its path relative to content/, and its bytes.
Gives   the Questionnaire, and what is wrong or worth a thought.
Fails   never.
"""

from mailer.content.questionnaires.model import Questionnaire
from mailer.content.questionnaires.whole import Reading, read_questionnaire
from mailer.errors import Problem

__all__ = ["Reading", "parse_questionnaire", "read_questionnaire"]


def parse_questionnaire(path: str, raw: bytes) -> tuple[Questionnaire | None, tuple[Problem, ...]]:
    """The questionnaire and the remarks on it, or None and everything that is wrong, by line."""
    reading = read_questionnaire(path, raw)
    return reading.questionnaire, reading.errors or reading.remarks
