"""A thousand recipients: what the standard library reads back is what was meant for each of them."""

import email
import email.policy
import html
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer import codes
from mailer.address import parse_address
from mailer.audience.rule import Source
from mailer.deliver.message import Composer, Letterhead, compose
from mailer.keys import Keys
from mailer.outbox.outcome import Offered
from mailer.render.mould import cut
from mailer.render.rendering import Rendering
from mailer.slots import EDITORS_FIELDS, TEMPLATE_SLOTS

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
PAGES = "https://utskick.vallentuna.example/post"
HEAD = Letterhead(
    "V Aktuellt, Vallentuna",
    parse_address("v-aktuellt@vallentuna.example"),
    parse_address("redaktion@vallentuna.example"),
    parse_address("studs@vallentuna.example"),
    parse_address("styrelsen@vallentuna.example"),
    pages=PAGES,
    reads_mail=True,
)
SOURCE = Source("medlemmar", "Medlemmar i Vallentuna", "du är medlem i ”Vallentuna”", "=20 & registret")
FIELDS = (
    "From To Reply-To Subject Date Message-ID Auto-Submitted List-Id List-Unsubscribe List-Unsubscribe-Post List-Help "
    "List-Owner Precedence X-Auto-Response-Suppress MIME-Version Content-Type"
).split()
FIRST = [
    "Åsa", "Karin", "Lars-Göran", "Nguyễn", "Đặng Thùy", "Hodžić", "Zoë", "محمد", "שרה", "李", "さくら", "Ólafur", "Żaneta",
    "👩‍👩‍👧 Bo", "", ".", "..", "From", "From Anna", "=", "=41", "=?utf-8?q?hej?=", "=?utf-8?B?aGVq?=", "Bo \"Kulan\"", "A\\B",
    "Ek, Bo", "Bo <bo@x.example>", "<b>Bo</b>", "&amp;", "O'Hara", "Bo;Ek:(x)", "%s %(to)s", "{{ förnamn }}", "x" * 75, "x" * 76,
    "å" * 40, "Anna  Maria", " Bo", "\u202eoB", "a\u0301", "\ufeffBo", "Bo@", "--=_", "~", "A" * 200, "Ö" * 150,
]  # fmt: skip
LAST = [
    "Öberg",
    "Ek",
    "Hodžić",
    "Nguyễn Văn",
    "von Platen",
    "Al-Ḥasan",
    "",
    ".",
    "O’Brien",
    "Ek =",
    "Å" * 30,
    "=?",
    "\\",
]
NAME, SURNAME = EDITORS_FIELDS["förnamn"].marker, EDITORS_FIELDS["efternamn"].marker
CODE, PAGE, WHY, ORIGIN = (TEMPLATE_SLOTS[n].marker for n in ("leave_code", "leave_page", "why", "origin"))
SUBJECT = f"Hej {NAME}, så gick årsmötet"
TEXT = f"Hej {NAME}!\n.början\nFrom {NAME}\n{SURNAME}\nslut {PAGE} \n{WHY}/{ORIGIN}\n{CODE}{NAME}."
HTML = f'<p title="{NAME}">{NAME} {SURNAME}</p>\n.\n<a href="{PAGE}">Sluta</a> {WHY}/{ORIGIN} {CODE}'


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    keys = Keys(tmp_path_factory.mktemp("home") / "keys")
    keys.make_missing()
    mould = cut(Rendering("alla", SUBJECT, HTML, TEXT))
    return Composer.of(HEAD, keys, mould, SUBJECT, SOURCE, "V Aktuellt", ZONE)


def somebody(number: int, first: str, last: str, language: str | None = None) -> Offered:
    address = f"medlem{number}+{'x' * (number % 40)}y@{'långt.' * (number % 9)}bort.example"
    return Offered(
        number, 3, 1, "issue", "medlemmar", number, parse_address(address).ascii, first, last, 0, None, language
    )


def register() -> Iterator[Offered]:
    draw = random.Random(1907)
    for number in range(1, 801):
        first = FIRST[number % len(FIRST)] if number < 200 else draw.choice(FIRST)
        yield somebody(number * 7919, first, draw.choice(LAST), draw.choice([None, "sv", "en"]))


def filled(text: str, offered: Offered, composer: Composer) -> str:
    """What the reader should see, put in by the plainest means."""
    code = codes.leave_code(composer.keys, offered.delivery)
    page = f"{PAGES}{'/en' if offered.language == 'en' else ''}/sluta/{code}"
    values = {NAME: offered.first_name or "vän", SURNAME: offered.last_name, CODE: code, PAGE: page,
              WHY: SOURCE.why, ORIGIN: SOURCE.origin}  # fmt: skip
    if text is HTML:
        values = {marker: html.escape(value) for marker, value in values.items()}
    for marker, value in values.items():
        text = text.replace(marker, f"\0{value}\0")  # so that no value is taken for a marker
    return text.replace("\0", "")


def check(composer: Composer, offered: Offered) -> None:
    message = composer.compose(offered, NOW)
    check_wire(message.whole)
    plain = email.message_from_bytes(message.whole)
    modern = email.message_from_bytes(message.whole, policy=email.policy.default)
    assert isinstance(modern, EmailMessage)
    check_head(composer, offered, plain)
    check_modern(offered, modern)
    for read in (plain, modern):
        text, page = read.get_payload()
        assert text.get_payload(decode=True).decode() == filled(TEXT, offered, composer).replace("\n", "\r\n")
        assert page.get_payload(decode=True).decode() == filled(HTML, offered, composer).replace("\n", "\r\n")
        assert not [part.defects for part in read.walk() if part.defects]
    assert message.recipient == offered.address
    assert codes.read_return_tag(composer.keys, message.return_address.partition("+")[2].partition("@")[0]) == (
        offered.delivery
    )


def check_wire(raw: bytes) -> None:
    """Nothing that a relay changes on the way. RFC 5321 section 4.5.3.1.6, RFC 5322 section 2.1.1, RFC 2045 section 6.7."""
    assert raw.isascii()
    assert not set(raw.replace(b"\r\n", b"")) & set(b"\r\n\0")
    section, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, section.split(b"\r\n"))) <= 998
    assert not [line for line in section.split(b"\r\n") if b"=?" in line and len(line) > 76]
    for line in body.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


def check_head(composer: Composer, offered: Offered, read: Message) -> None:
    """Letter for letter."""
    assert read.keys() == FIELDS
    code = codes.leave_code(composer.keys, offered.delivery)
    by_mail = f"mailto:{codes.return_tag(composer.keys, offered.delivery).join(HEAD.around_tag)}?subject=Sluta%20f%C3%A5%20V%20Aktuellt%20{code}"
    assert read["List-Unsubscribe"] == f"<{PAGES}/sluta/{code}/direkt>, <{by_mail}>"
    assert decoded(read["Subject"]) == f"Hej {offered.first_name or 'vän'}, så gick årsmötet"
    ((phrase, address),) = getaddresses([read["To"].replace("\r\n", "")])
    assert (decoded(phrase), address) == (meant_name(offered), offered.address)
    assert read["Date"] == "Fri, 10 May 2024 09:00:00 +0200"
    assert read["Message-ID"] == codes.message_id(composer.keys, 3, str(offered.contact), "vallentuna.example")


def check_modern(offered: Offered, read: EmailMessage) -> None:
    """The newer reader puts spaces between the words of a long name, and takes some that are not U+0020 away."""
    assert read.keys() == FIELDS
    (to,) = read["To"].addresses
    assert "".join(to.display_name.split()) == "".join(meant_name(offered).split())
    assert to.addr_spec == offered.address
    assert read["From"] == '"V Aktuellt, Vallentuna" <v-aktuellt@vallentuna.example>'
    assert read["Subject"] == f"Hej {offered.first_name or 'vän'}, så gick årsmötet"
    assert read["Date"].datetime == NOW


def meant_name(offered: Offered) -> str:
    """In a phrase spaces between words are one."""
    return " ".join(word for word in f"{offered.first_name} {offered.last_name}".split(" ") if word)


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def test_gives_everybody_in_a_register_what_was_meant(composer: Composer) -> None:
    for offered in register():
        check(composer, offered)


anything = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Zl", "Zp")), max_size=120)


@given(first=anything, last=anything, number=st.integers(1, 2**40))
@settings(max_examples=200, deadline=None)
def test_gives_anybody_what_was_meant(composer: Composer, first: str, last: str, number: int) -> None:
    check(composer, somebody(number, first, last))


def test_makes_the_same_message_in_many_threads_at_once(composer: Composer) -> None:
    """Each at a moment of its own, so that what is kept for a second is not another's."""
    everybody = [(offered, NOW + timedelta(seconds=n % 30)) for n, offered in enumerate(register())][:400]
    alone = [composer.compose(*one) for one in everybody]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda one: composer.compose(*one), everybody)) == alone


def test_makes_one_message_alone_as_it_makes_it_among_many(composer: Composer) -> None:
    for offered in list(register())[:20]:
        mould = cut(Rendering("alla", SUBJECT, HTML, TEXT))
        alone = compose(HEAD, composer.keys, mould, SUBJECT, offered, SOURCE, "V Aktuellt", NOW.astimezone(ZONE))
        assert alone == composer.compose(offered, NOW)
