"""What a reply means, and whose fault it is: nobody is blamed for what is ours."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.deliver.reply import TEXT_LIMIT, read_reply, shorten, taken

TABLE = [
    # stage, code, text, event, fault
    ("dot", 250, "2.0.0 queued", "accept", ""),
    ("rcpt", 550, "5.1.1 no such user", "refuse", "recipient"),
    ("rcpt", 550, "no such user", "refuse", "recipient"),
    ("rcpt", 552, "5.2.2 mailbox full", "refuse", "recipient"),
    ("dot", 550, "5.1.1 unknown", "refuse", "recipient"),
    ("rcpt", 550, "5.7.1 relaying denied", "defer", "ours"),
    ("rcpt", 530, "authentication required", "defer", "ours"),
    ("rcpt", 554, "5.7.1 blocked", "defer", "ours"),
    ("rcpt", 553, "5.1.8 sender domain does not exist", "defer", "ours"),
    ("mail", 550, "5.1.1 you", "defer", "ours"),
    ("mail", 552, "5.3.4 too big", "defer", "ours"),
    ("dot", 554, "5.6.0 spam", "defer", "ours"),
    ("dot", 552, "message too large", "defer", "ours"),
    ("auth", 535, "5.7.8 wrong password", "defer", "ours"),
    ("ehlo", 554, "no", "defer", "ours"),
    ("rcpt", 450, "4.7.1 greylisted", "defer", "relay"),
    ("dot", 451, "4.3.0 later", "defer", "relay"),
    ("mail", 421, "4.3.2 closing", "defer", "relay"),
    ("rcpt", 0, "", "defer", "relay"),
    ("mail", 250, "what", "defer", "relay"),
    ("rcpt", 999, "x", "defer", "relay"),
]


@pytest.mark.parametrize(("stage", "code", "text", "event", "fault"), TABLE)
def test_reads_a_reply_as_the_table_says(stage, code, text, event, fault):
    outcome = read_reply(stage, code, text)
    assert (outcome.event, outcome.fault) == (event, fault)


@pytest.mark.parametrize(
    ("stage", "code"), [(r[0], r[1]) for r in TABLE if r[1] in (530, 535, 552, 554) and "5.2" not in r[2]]
)
def test_blames_no_member_for_what_is_ours(stage, code):
    assert read_reply(stage, code, "").fault == "ours"


def test_keeps_one_short_printable_line_of_a_reply():
    assert shorten("a\r\nb\x00c\u202e" + "d" * 500) == ("a b?c?" + "d" * 500)[:200]


@pytest.mark.parametrize(
    "text", ["2.0.0 Ok: queued as 4F3B2A1C9D", "OK", "", "2.6.0 <a@b.example> [x=1] taken ", "x" * 200]
)
def test_reads_what_nearly_all_relays_say_at_once(text):
    assert taken(b"250 " + text.encode() + b"\r") == read_reply("dot", 250, text.strip())


@given(
    text=st.text(st.sampled_from("2.0 6Ok:<>-\t\r\x00\x7få"), max_size=TEXT_LIMIT + 5), end=st.sampled_from(["", "\r"])
)
@example("2.0.0  two spaces", "\r")
@example("2.0.0", "")
@example("é", "\r")
def test_reads_at_once_only_what_means_the_same_as_read_slowly(text, end):
    found = taken(f"250 {text}{end}".encode())
    assert found is None or found == read_reply("dot", 250, text.strip())


@pytest.mark.parametrize(
    "line", [b"250-2.0.0 more\r", b"251 ok\r", b"550 no\r", b"250", b"250\tok\r", b" 250 ok\r", b""]
)
def test_leaves_to_the_slow_way_what_is_not_a_plain_yes(line):
    assert taken(line) is None
