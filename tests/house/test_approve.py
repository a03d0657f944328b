"""What an approval asks of the register: how new it is, where only a whole file can say."""

from datetime import UTC, datetime

import pytest

from mailer.register.definition import List
from mailer.verbs.approve import must_be_whole

READ = datetime(2024, 5, 1, tzinfo=UTC)


def a_list(members: bool = False, joinable: bool = False) -> List:
    return List(
        key="x", name="X", members=members, basis="b", origin="o", why="w", joinable=joinable, consent="Ja" * joinable
    )


@pytest.mark.parametrize(
    ("one", "at", "expected"),
    [
        (a_list(members=True), None, True),
        (a_list(members=True), READ, True),
        (a_list(), READ, True),  # the board: who is missing from its file has left it
        (a_list(), None, False),  # it is only ever added to
        (a_list(joinable=True), None, False),
        (a_list(joinable=True), READ, False),  # people join and leave by themselves
        (None, None, True),  # its file is gone: nobody knows what it was
    ],
)
def test_asks_for_a_new_whole_file_where_only_that_says_who_has_left(one, at, expected):
    assert must_be_whole(one, at) is expected
