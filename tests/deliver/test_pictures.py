"""Pictures and attachments all the way: over the wire to readers, in a test letter, in the preview's folder."""

import asyncio
import email
import email.policy
import io
from pathlib import Path

import PIL.Image
import pytest

from mailer.address import parse_address
from mailer.audience.rule import Condition, Editions, Rule
from mailer.content.images import prepare
from mailer.deliver.composing import MOST_COMPOSERS
from mailer.errors import BrokenPromise
from mailer.house import open_house
from mailer.outbox.store import figures, mailings, notices
from mailer.outbox.tables import rendering_parts
from mailer.render.rendering import Part, Rendering
from mailer.slots import EDITORS_FIELDS, TEMPLATE_SLOTS
from mailer.verbs import preview, send, test_letter
from tests.content.pictures import drawing, photo, saved
from tests.homes import FRIENDS, MEMBERS, add_people, make_home, plan_letter
from tests.relay.client import running_relay

NAME = EDITORS_FIELDS["förnamn"].marker
PEOPLE = 50
CALENDAR = Part(
    "v-aktuellt-2024-05.ics", "text/calendar", "BEGIN:VCALENDAR\r\nSUMMARY:Möte\r\n".encode(), is_inline=False
)


@pytest.fixture(scope="module")
def rendering() -> Rendering:
    """What an editor's photo and logo become, with a calendar."""
    images = [prepare(saved(photo(3000, 2000), "JPEG"), "a"), prepare(saved(drawing(600, 200), "PNG"), "a")]
    shown = "".join(f'<img src="cid:{i.name}" alt="Torget" width="{min(i.width, 544)}" />' for i in images)
    parts = (*(Part(i.name, i.kind, i.raw, is_inline=True) for i in images), CALENDAR)
    return Rendering("alla", "V Aktuellt maj 2024", f"<p>Hej {NAME}!</p>{shown}", f"Hej {NAME}!\n", parts)


def check(raw: bytes, rendering: Rendering, name: str) -> None:
    """What a mail program finds: the words, the pictures under the ids the HTML asks for, the calendar."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.get_content_type() == "multipart/mixed"
    page, text = message.get_body(("html",)), message.get_body(("plain",))
    assert page is not None
    assert text is not None
    assert text.get_content().strip() == f"Hej {name}!"
    carried = {part["Content-ID"].strip("<>"): part for part in message.walk() if part["Content-ID"]}
    html = page.get_content()
    assert html.count("cid:") == len(carried) == 2
    for cid, part in carried.items():
        assert f'src="cid:{cid}"' in html
        with PIL.Image.open(io.BytesIO(part.get_content())) as opened:
            opened.load()
    assert {part.get_content() for part in carried.values()} == {p.raw for p in rendering.parts if p.is_inline}
    (calendar,) = [part for part in message.iter_attachments() if part.get_content_disposition() == "attachment"]
    assert calendar.get_payload(decode=True) == CALENDAR.raw
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_sends_the_pictures_to_everybody_as_they_were_frozen(tmp_path: Path, rendering: Rendering) -> None:
    (tmp_path / "relay").mkdir()
    with running_relay(folder=tmp_path / "relay", record=True) as relay:
        with open_house(make_home(tmp_path / "hem", relay.port)) as house:
            now = house.clock.now()

            def fill(c):
                add_people(c, house.keys, range(1, PEOPLE + 1), now)
                return plan_letter(c, now, rendering=rendering)

            mailing = house.db.write(fill)
            assert send.run_until_idle(house)
            assert house.db.read(lambda c: figures.balance(c, mailing)).accepted == PEOPLE
        seen = set()
        for line in relay.acknowledged():
            raw = relay.recorded(line)
            (number,) = [n for n in range(1, PEOPLE + 1) if line["rcpt"][0].startswith(f"medlem{n}@")]
            check(raw, rendering, f"Åsa{number}")
            seen.add(number)
        assert len(seen) == PEOPLE


def test_sends_the_pictures_in_a_test_letter(tmp_path: Path, rendering: Rendering) -> None:
    (tmp_path / "relay").mkdir()
    with running_relay(folder=tmp_path / "relay", record=True) as relay:
        with open_house(make_home(tmp_path / "hem", relay.port)) as house:
            house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
            house.db.write(lambda c: plan_letter(c, house.clock.now(), rendering=rendering))
            test_letter.send_test(house, "brev/1", "anna@vallentuna.example")
        (line,) = relay.acknowledged()
        check(relay.recorded(line), rendering, "Kim")


def test_sends_each_edition_as_a_test_letter_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "relay").mkdir()
    members = Condition("medlemmar", lists=(MEMBERS.key,))
    editions = Editions((members,), (("medlemmar", (0,)), ("övriga", ())))
    why = TEMPLATE_SLOTS["why"].marker
    both = tuple(Rendering(name, "V Aktuellt", f"<p>{why}</p>", f"{why}\n") for name in ("medlemmar", "övriga"))
    with running_relay(folder=tmp_path / "relay", record=True) as relay:
        with open_house(make_home(tmp_path / "hem", relay.port)) as house:
            house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
            rule = Rule((MEMBERS, FRIENDS), editions=editions)
            house.db.write(lambda c: plan_letter(c, house.clock.now(), rule=rule, renderings=both))
            [said] = test_letter.send_test(house, "brev/1", "anna@vallentuna.example")
        assert (
            said == "2 provmejl är skickade till anna@vallentuna.example, ett för varje version: medlemmar och övriga."
        )
        got = [
            email.message_from_bytes(relay.recorded(line), policy=email.policy.default) for line in relay.acknowledged()
        ]
    assert [m["Subject"] for m in got] == ["[Test: medlemmar] V Aktuellt", "[Test: övriga] V Aktuellt"]
    assert len({m["Message-ID"] for m in got}) == 2
    bodies = [m.get_body(("plain",)) for m in got]
    assert [b.get_content().strip() for b in bodies if b is not None] == [MEMBERS.why, FRIENDS.why]


def test_remembers_no_more_moulds_than_are_in_use(tmp_path: Path, rendering: Rendering) -> None:
    """Each preview that is sent out carries the pictures, and a runner lives for months."""
    (tmp_path / "relay").mkdir()
    with (
        running_relay(folder=tmp_path / "relay") as relay,
        open_house(make_home(tmp_path / "hem", relay.port)) as house,
    ):
        to, now = parse_address("anna@vallentuna.example"), house.clock.now()
        for number in range(MOST_COMPOSERS + 8):
            house.db.write(lambda c, n=number: notices.notify(c, f"förhandsvisning/{n}", to, "a", rendering, now))
        runner = send.runner_of(house)
        asyncio.run(runner.run(until_idle=True))
        assert len(relay.acknowledged()) == MOST_COMPOSERS + 8
        assert runner._composing is not None
        assert len(runner._composing._composers) <= MOST_COMPOSERS


def test_lays_the_pictures_beside_the_preview(tmp_path: Path, rendering: Rendering) -> None:
    with open_house(make_home(tmp_path / "hem", 2525)) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
        mailing = house.db.write(lambda c: plan_letter(c, house.clock.now(), rendering=rendering))
        done = preview.preview(house, "brev/1", tmp_path / "se")
        page = (tmp_path / "se" / "alla.html").read_text("utf-8")
        assert "cid:" not in page
        for part in rendering.parts:
            assert (tmp_path / "se" / part.name).read_bytes() == part.raw
            assert (f'src="{part.name}"' in page) == part.is_inline
        assert tmp_path / "se" / CALENDAR.name in done.files
        house.db.write(lambda c: c.execute(rendering_parts.update().values(name="../ut.jpg")))
        with pytest.raises(BrokenPromise):
            preview.preview(house, "brev/1", tmp_path / "se")
        assert not (tmp_path / "ut.jpg").exists()
        assert house.db.read(lambda c: mailings.find(c, "brev/1")).id == mailing
