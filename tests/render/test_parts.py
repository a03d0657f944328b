"""Pictures and attachments in a mould: encoded once, read back by the standard library, shown by their ids."""

import email
import email.policy
import re
import time
import tracemalloc
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.errors import BrokenPromise
from mailer.render.mould import Mould, cut, html_size
from mailer.render.parts import base64
from mailer.render.preview import sample
from mailer.render.rendering import Part, Rendering
from mailer.slots import EDITORS_FIELDS

NAME = EDITORS_FIELDS["förnamn"].marker
PICTURE = Part("3f9a.jpg", "image/jpeg", bytes(range(256)) * 40, is_inline=True)
LOGO = Part("77aa.png", "image/png", b"\x89PNG.\r\n.\r\nFrom x\n--=_", is_inline=True)
CALENDAR = Part(
    "v-aktuellt-2024-05.ics", "text/calendar", "BEGIN:VCALENDAR\r\nSUMMARY:Möte\r\n".encode(), is_inline=False
)


def a_rendering(*parts: Part, text: str = "Hej", page: str = "<p>Hej</p>") -> Rendering:
    shown = "".join(f'<img alt="" src="cid:{part.name}" width="10" />' for part in parts if part.is_inline)
    return Rendering("alla", "Ämne", f"<p>{NAME}</p>{page}{shown}", f"{NAME}\n{text}", parts)


def body_of(mould: Mould, **values: str) -> bytes:
    return mould.fill({"first_name": "Åsa", **values})


def read(rendering: Rendering) -> tuple[bytes, EmailMessage]:
    mould = cut(rendering)
    raw = body_of(mould)
    head = f"Content-Type: {mould.content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    message = email.message_from_bytes(head + raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
        for value in part.values():
            assert getattr(value, "defects", ()) == ()
    return raw, message


def outline(message: EmailMessage) -> list[object]:
    inside = [outline(part) for part in message.iter_parts()] if message.is_multipart() else []  # type: ignore[arg-type]
    return [message.get_content_type(), *inside]


@pytest.mark.parametrize(
    ("parts", "meant"),
    [
        ((), ["multipart/alternative", ["text/plain"], ["text/html"]]),
        ((PICTURE, LOGO),
         ["multipart/alternative", ["text/plain"],
          ["multipart/related", ["text/html"], ["image/jpeg"], ["image/png"]]]),
        ((CALENDAR,),
         ["multipart/mixed", ["multipart/alternative", ["text/plain"], ["text/html"]], ["text/calendar"]]),
        ((CALENDAR, PICTURE),
         ["multipart/mixed",
          ["multipart/alternative", ["text/plain"], ["multipart/related", ["text/html"], ["image/jpeg"]]],
          ["text/calendar"]]),
    ],
    ids=["words", "pictures", "attachment", "both"],
)  # fmt: skip
def test_builds_no_more_of_a_message_than_it_needs(parts: tuple[Part, ...], meant: list[object]) -> None:
    _, message = read(a_rendering(*parts))
    assert outline(message) == meant
    body = message.get_body(("html",))
    assert body is not None
    assert body.get_content_type() == "text/html"


def test_shows_each_picture_by_the_id_it_carries() -> None:
    """RFC 2392: the id in the HTML is that of the part, letter for letter, and looks like an address."""
    _, message = read(a_rendering(PICTURE, CALENDAR, LOGO))
    page = message.get_body(("html",))
    assert page is not None
    shown = re.findall(r'src="cid:([^"]+)"', page.get_content())
    parts = [part for part in message.walk() if part.get_content_maintype() == "image"]
    assert [part["Content-ID"] for part in parts] == [f"<{cid}>" for cid in shown]
    assert all(re.fullmatch(r"[a-z0-9.]+@[0-9a-f]+", cid) for cid in shown)
    assert [part.get_content() for part in parts] == [PICTURE.raw, LOGO.raw]
    assert {part.get_content_disposition() for part in parts} == {"inline"}
    related = next(part for part in message.walk() if part.get_content_type() == "multipart/related")
    assert related.get_param("type") == "text/html"


def test_attaches_a_calendar_that_asks_for_no_answer() -> None:
    raw, message = read(a_rendering(CALENDAR))
    (part,) = message.iter_attachments()
    assert (part.get_param("charset"), part.get_param("method")) == ("utf-8", "PUBLISH")
    assert part.get_content_disposition() == "attachment"
    assert part.get_filename() == "v-aktuellt-2024-05.ics"
    assert part.get_payload(decode=True) == CALENDAR.raw
    assert b"Content-ID" not in raw


@pytest.mark.parametrize(
    "name",
    [
        "Kallelse till årsmöte.pdf",
        "å.ics",
        "dagordning (slutlig), 2.pdf",
        "x" * 60 + ".pdf",
        "ö" * 90 + ".pdf",
        "议程.pdf",
    ],
)
def test_keeps_the_name_of_an_attachment(name: str) -> None:
    raw, message = read(a_rendering(Part(name, "application/pdf", b"%PDF", is_inline=False)))
    (part,) = message.iter_attachments()
    assert part.get_filename() == name
    assert max(len(line) for line in raw.split(b"\r\n")) <= 76


BAD_NAMES = [
    "../hemligt.jpg", "/etc/passwd", "a/b.jpg", "a\\b.jpg", ".dold", "..", "", "a\nb.jpg", "a\r\nX: y.jpg", 'a".jpg',
    "a\0.jpg", "a>b.jpg", "-a.jpg", "a\u2028.jpg", "a;b.jpg", "x" * 101, "a\u202egpj.exe",
    "a ", "a.",
]  # fmt: skip


@pytest.mark.parametrize("is_inline", [True, False])
@pytest.mark.parametrize("name", BAD_NAMES)
def test_lets_no_name_out_of_its_place(name: str, is_inline: bool) -> None:
    """S7: neither out of a header section, a folder nor an attribute."""
    with pytest.raises(BrokenPromise):
        cut(a_rendering(Part(name, "image/jpeg", b"x", is_inline)))


@pytest.mark.parametrize("kind", ["image", "image/jpeg; x=y", "image/jpeg\r\nX: y", "Image/JPEG", ""])
def test_lets_no_kind_say_more_than_a_kind(kind: str) -> None:
    with pytest.raises(BrokenPromise):
        cut(a_rendering(Part("a.jpg", kind, b"x", is_inline=False)))


def test_breaks_rather_than_shows_a_picture_that_is_not_there() -> None:
    page = '<img src="cid:3f9a.jpg" />'
    for rendering in (
        Rendering("alla", "", page, ""),
        Rendering("alla", "", "<p></p>", "", (PICTURE,)),
        Rendering("alla", "", page, "", (PICTURE, PICTURE)),
        Rendering("alla", "", page, "", (PICTURE, LOGO)),
        Rendering("alla", "", page, "", (Part(PICTURE.name, "image/jpeg", b"x", is_inline=False),)),
    ):
        with pytest.raises(BrokenPromise):
            cut(rendering)


def test_covers_the_parts_by_the_hash_that_is_approved() -> None:
    """Each thing said of a part counts; without parts the hash is what it always was."""
    page = '<img src="cid:a" />'
    first = Rendering("alla", "", page, "", (Part("a", "image/png", b"1", True), Part("b", "image/png", b"2", False)))
    others = [
        (Part("a", "image/png", b"1", True),),
        (Part("a", "image/png", b"1", True), Part("b", "image/png", b"3", False)),
        (Part("a", "image/png", b"1", True), Part("b", "image/png", b"2", True)),
        (Part("a", "image/png", b"1", True), Part("b", "image/jpeg", b"2", False)),
        (Part("a", "image/png", b"1", True), Part("c", "image/png", b"2", False)),
        (Part("b", "image/png", b"2", False), Part("a", "image/png", b"1", True)),
        (),
    ]
    hashes = {Rendering("alla", "", page, "", parts).hash for parts in others}
    assert len(hashes) == len(others)
    assert first.hash not in hashes
    assert (
        Rendering("alla", "Ämne", "<p>Hej</p>", "Hej").hash
        == "f5dfd27d12248ca0f43d2382656641a015a8a825edccf5c04918b825f90da378"
    )


texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co")) | st.sampled_from("\n.= F-_"), max_size=200)
raws = st.binary(max_size=80) | st.binary(min_size=100, max_size=400)
inline = st.builds(Part, st.from_regex(r"[a-z0-9]{1,24}\.(jpg|png)", fullmatch=True), st.just("image/jpeg"), raws, st.just(True))  # fmt: skip
attached = st.builds(Part, st.from_regex(r"[^\W_](?:[\w .,()+-]{0,80}[\w)])?", fullmatch=True), st.just("application/pdf"), raws, st.just(False))  # fmt: skip
many = st.lists(inline | attached, max_size=5, unique_by=lambda part: part.name).map(tuple)


@given(parts=many, text=texts, page=texts)
@settings(max_examples=500, deadline=None)
def test_gives_back_every_part_and_leaves_a_relay_nothing_to_change(
    parts: tuple[Part, ...], text: str, page: str
) -> None:
    raw, message = read(a_rendering(*parts, text=text, page=page))
    leaves = [part for part in message.walk() if not part.is_multipart()]
    shown, carried = [p for p in parts if p.is_inline], [p for p in parts if not p.is_inline]
    assert [leaf.get_payload(decode=True) for leaf in leaves[2:]] == [part.raw for part in (*shown, *carried)]
    assert [leaf.get_filename() for leaf in leaves[2:]] == [part.name for part in (*shown, *carried)]
    assert leaves[0].get_payload(decode=True) == f"Åsa\n{text}".replace("\n", "\r\n").encode()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()
    for line in raw.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


def test_writes_no_boundary_in_what_it_bounds() -> None:
    """Not even when the words and the files try."""
    plain = a_rendering(PICTURE, CALENDAR)
    boundaries = re.findall(rb'boundary="([^"]+)"', cut(plain).content_type.encode() + body_of(cut(plain)))
    assert len(boundaries) == len(set(boundaries)) == 3
    assert not any(a != b and b.startswith(a) for a in boundaries for b in boundaries)
    trying = "\n".join(f"--{boundary.decode()}--" for boundary in boundaries)
    raw, message = read(a_rendering(PICTURE, CALENDAR, text=trying, page=trying))
    assert outline(message)[0] == "multipart/mixed"
    for boundary in re.findall(rb'boundary="([^"]+)"', cut(plain).content_type.encode()):
        assert raw.count(b"\r\n--" + boundary) == 0  # those of the other mould


def test_counts_every_byte_but_those_of_the_gaps() -> None:
    mould = cut(a_rendering(PICTURE, CALENDAR))
    assert len(body_of(mould, first_name="Eva")) == mould.size + 2 * len("Eva")


def test_says_how_large_the_html_is_without_its_pictures() -> None:
    small, large = a_rendering(PICTURE), a_rendering(Part(PICTURE.name, "image/jpeg", b"x" * 300_000, True))
    assert html_size(small) == html_size(large)
    assert html_size(a_rendering(page="å" * 1000)) - html_size(a_rendering(page="")) >= 6000
    raw = body_of(cut(small), first_name="")
    page = raw.partition(b"Content-Type: text/html")[2].partition(b"\r\n\r\n")[2].partition(b"\r\n--=_")[0]
    assert html_size(small) == len(page) - len("v=C3=A4n")


HEAVY = a_rendering(Part("a.jpg", "image/jpeg", bytes(300_000), True), CALENDAR)


def test_encodes_a_file_once_for_all_recipients() -> None:
    """The bytes lie in the mould; a message is a copy of them, and none is kept."""
    mould = cut(HEAVY)
    assert any(isinstance(piece, bytes) and base64(bytes(300_000)) in piece for piece in mould.pieces)
    body_of(mould)
    tracemalloc.start()
    for number in range(1_000):
        body_of(mould, first_name=f"Åsa{number}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * mould.size


def test_costs_a_recipient_no_encoding() -> None:
    began = time.process_time()
    for _ in range(20):
        base64(bytes(300_000))
    encoding = time.process_time() - began
    mould = cut(HEAVY)
    began = time.process_time()
    for number in range(20):
        body_of(mould, first_name=f"Åsa{number}")
    assert time.process_time() - began < encoding


def test_keeps_the_pictures_in_what_approvers_are_shown() -> None:
    rendering = a_rendering(PICTURE, CALENDAR)
    shown = sample(rendering, "Föreningen")
    assert shown.parts == rendering.parts
    cut(shown)
