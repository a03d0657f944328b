"""What stands on all messages of a home, whatever its settings say."""

import pytest

from mailer.deliver.message import Letterhead
from tests.render.vallentuna import SETTINGS


@pytest.mark.parametrize(
    ("contact", "helped_by"),
    [
        ("styrelsen@vallentuna.example", "styrelsen@vallentuna.example"),
        ("Anna Ek, anna@vallentuna.example, 070-123 45 67", SETTINGS.sender.reply_to),
        ("Anna <anna@vallentuna.example>", SETTINGS.sender.reply_to),
        ("08-123 456", SETTINGS.sender.reply_to),
    ],
)
def test_takes_any_words_for_whom_to_turn_to(contact: str, helped_by: str) -> None:
    responsible = SETTINGS.responsible.model_copy(update={"contact": contact})
    head = Letterhead.of(SETTINGS.model_copy(update={"responsible": responsible}))
    assert head.help_address.ascii == helped_by
