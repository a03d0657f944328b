"""The mould: encoded once, cut at its slots, filled per recipient; read back by the standard library."""

import email
import email.policy
import html
import quopri
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.errors import BrokenPromise
from mailer.render.mould import Gap, cut, quoted_printable
from mailer.render.rendering import Rendering
from mailer.slots import EDITORS_FIELDS, TEMPLATE_SLOTS, Slot

NAME = EDITORS_FIELDS["förnamn"].marker
texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co")) | st.sampled_from("\n.= F"), max_size=400)
names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co")), max_size=200)


def body(text: str, page: str, values: dict[str, str]) -> tuple[bytes, str, str]:
    mould = cut(Rendering("alla", "Ämne", page, text))
    raw = mould.fill(values)
    whole = f"Content-Type: {mould.content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode() + raw
    message = email.message_from_bytes(whole, policy=email.policy.default)
    plain, rich = message.iter_parts()
    return raw, plain.get_payload(decode=True).decode(), rich.get_payload(decode=True).decode()


@given(text=texts, page=texts, name=names)
@settings(max_examples=1000, deadline=None)
def test_gives_every_recipient_what_was_meant(text, page, name):
    raw, plain, rich = body(f"Hej {NAME}!\n{text}", f"<p>{NAME}</p>{page}", {"first_name": name})
    meant = name or "vän"
    assert plain == f"Hej {meant}!\n{text}".replace("\n", "\r\n")
    assert rich == f"<p>{html.escape(meant)}</p>{page}".replace("\n", "\r\n")
    check_lines(raw)


def check_lines(raw: bytes) -> None:
    """Nothing that a relay or a mailbox changes."""
    assert raw.isascii()
    assert not set(raw.replace(b"\r\n", b"")) & set(b"\r\n")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        (".", b"=2E"),
        ("a.b", b"a.b"),
        ("From mig", b"=46rom mig"),
        ("Från mig", b"Fr=C3=A5n mig"),
        ("a ", b"a=20"),
        ("a=b", b"a=3Db"),
        ("rad\r\nrad\rrad\nrad", b"rad\r\nrad\r\nrad\r\nrad"),
        ("x" * 76, b"x" * 75 + b"=\r\nx"),
        ("x" * 75 + ".", b"x" * 75 + b"=\r\n=2E"),
        ("", b""),
    ],
)
def test_writes_quoted_printable_that_no_relay_changes(text, encoded):
    assert quoted_printable(text) == encoded


CORNERS = [
    "", ".", "..", ".Bo", "From", "From ", "From mig", "From\tmig", "=", "a=b", " ", "a ", "a\t", " a", "x" * 75, "x" * 76, "x" * 74 + " ",
    "x" * 75 + ".", "x" * 75 + "From y", "x" * 73 + "å", "x" * 72 + "=", "." * 200, "From " * 40, "å" * 100, "&" * 30, "<", '"', "'", ">", "~",
    "\x7f", "\0", "\u2028", "a\nb", "a\r\nb\rc", "\n", "😀" * 40, "=\r\n", "=20",
]  # fmt: skip


@pytest.mark.parametrize("name", CORNERS)
def test_writes_a_value_the_quick_way_as_it_writes_it_the_long_way(name):
    mould = cut(Rendering("alla", "Ämne", f"{NAME}", f"{NAME}"))
    values = {"first_name": name}
    text, page = (piece for piece in mould.pieces if isinstance(piece, Gap))
    whole = mould.fill(values)
    meant = name or "vän"
    for gap, value in ((text, meant), (page, html.escape(meant))):
        said = quoted_printable(value)
        assert mould.pieces[mould.pieces.index(gap) - 1].endswith(b"=\r\n")
        assert b"=\r\n" + said + b"=\r\n" in whole
        assert (
            quopri.decodestring(said) == value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()
        )
    check_lines(whole)


@given(name=st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from(".= F"), max_size=160))
@settings(max_examples=300, deadline=None)
def test_gives_every_plain_value_as_it_was(name):
    raw, plain, rich = body(NAME, f"<i>{NAME}</i>", {"first_name": name})
    assert (plain, html.unescape(rich)) == (name or "vän", f"<i>{name or 'vän'}</i>")
    check_lines(raw)


def test_fills_a_slot_for_good_with_what_it_would_be_filled_with_each_time():
    why = TEMPLATE_SLOTS["why"].marker
    mould = cut(Rendering("alla", "Ämne", f"<p>{NAME}</p>{why}, {NAME}", f"{NAME}{why}{why}\n{NAME}"))
    given = mould.given({"why": "du är <medlem>"})
    for name in ("Åsa", "", "Bo & Ek"):
        whole = mould.fill({"first_name": name, "why": "du är <medlem>"})
        assert given.fill({"first_name": name}) == whole
        assert len(whole) > given.size > mould.size
    with pytest.raises(BrokenPromise, match="why"):
        mould.fill({"first_name": "Åsa"})


def test_writes_no_half_of_a_character():
    with pytest.raises(BrokenPromise):
        body(NAME, NAME, {"first_name": "a\ud800"})


def test_escapes_a_hostile_name_for_its_place():
    _, plain, rich = body(f"Hej {NAME}", f"<p>{NAME}</p>", {"first_name": '<script>alert("1")</script>'})
    assert plain == 'Hej <script>alert("1")</script>'
    assert rich == "<p>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</p>"


def test_never_reads_a_marker_out_of_a_value():
    _, plain, _ = body(
        f"{NAME}{Slot('last_name').marker}", "", {"first_name": Slot("last_name").marker, "last_name": "Ek"}
    )
    assert plain == f"{Slot('last_name').marker}Ek"


def test_breaks_rather_than_leaves_a_slot_open():
    with pytest.raises(BrokenPromise, match="first_name"):
        cut(Rendering("alla", "", "", NAME)).fill({})


def test_makes_the_same_boundary_of_the_same_rendering():
    first, second = (cut(Rendering("alla", "a", "b", "c")) for _ in range(2))
    assert first == second
    assert re.fullmatch(r'multipart/alternative; boundary="=_[0-9a-f]{32}"', first.content_type)
