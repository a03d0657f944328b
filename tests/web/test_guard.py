"""The walls before the pages: where a post comes from, what a form may hold, how often."""

import asyncio

import pytest

from mailer.web import guard

HTTPS = "https://utskick.vallentuna.example/sida"
OTHER = "https://ond.example"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),  # a form under no-referrer
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": ""}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://utskick.vallentuna.example"}, False),
        ({"origin": "https://utskick.vallentuna.example"}, True),
        ({"origin": "http://utskick.vallentuna.example"}, False),
        ({"origin": "https://utskick.vallentuna.example:444"}, False),
        ({"origin": "https://utskick.vallentuna.example.ond.example"}, False),
        ({"origin": OTHER}, False),
        ({"origin": "null"}, False),
        ({}, False),
        ({"referer": HTTPS}, False),
    ],
)
def test_takes_a_post_from_its_own_page_only(headers, ours):
    assert guard.is_ours(headers, HTTPS) is ours


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        (HTTPS, "https://utskick.vallentuna.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:80/x", "http://a.example"),
        ("http://127.0.0.1:8025", "http://127.0.0.1:8025"),
    ],
)
def test_knows_its_origin(address, origin):
    assert guard.origin_of(address) == origin


@pytest.mark.parametrize(
    ("address", "policy"),
    [
        (HTTPS, "no-referrer"),
        ("http://127.0.0.1:8025", "no-referrer"),
        ("http://localhost:8025", "no-referrer"),
        ("http://192.168.1.7:8025", "same-origin"),  # browsers tell no Sec-Fetch-Site there: the Origin must do
    ],
)
def test_tells_nobody_else_where_a_reader_came_from(address, policy):
    assert guard.referrer_policy(address) == policy


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"remark=Fel+datum%0D%0A%C3%A5", {"remark": "Fel datum\nå"}),
        (b"remark=%ff%00%ED%A0%80x", {"remark": "\ufffd\ufffd\ufffd\ufffd\ufffdx"}),
        (b"a=1&a=2&b", {"a": "2", "b": ""}),
        (b"", {}),
        ("å=å".encode(), {"\ufffd\ufffd": "\ufffd\ufffd"}),
    ],
)
def test_reads_a_form_as_clean_words(raw, fields):
    assert guard.parse_form(raw) == fields


def read(raw: bytes, kind: str = guard.FORM) -> dict[str, str]:
    async def pieces():
        for n in range(0, len(raw), 1000):
            yield raw[n : n + 1000]

    return asyncio.run(guard.read_form({"content-type": kind}, pieces()))


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"a=" + b"x" * guard.LARGEST_BODY, guard.FORM, 413),
        (b"&".join([b"a=1"] * (guard.MOST_FIELDS + 1)), guard.FORM, 400),
        (b'{"button": "approve"}', "application/json", 415),
        (b"button=approve", "text/plain", 415),
        (b"a=1", "", 415),
    ],
)
def test_refuses_what_is_no_form_of_ours(raw, kind, status):
    with pytest.raises(guard.Refused) as refused:
        read(raw, kind)
    assert refused.value.status == status


def test_reads_the_longest_remark_there_can_be():
    remark = "\U0001f642" * 2000
    raw = b"remark=" + "".join(f"%{b:02X}" for b in remark.encode()).encode()
    assert read(raw, f"{guard.FORM}; charset=utf-8") == {"remark": remark}


def test_waits_no_longer_than_ten_seconds_for_a_form(monkeypatch):
    async def never():
        await asyncio.Event().wait()
        yield b""

    monkeypatch.setattr(guard, "LONGEST_POST_S", 0.01)
    with pytest.raises(guard.Refused) as refused:
        asyncio.run(guard.read_form({"content-type": guard.FORM}, never()))
    assert refused.value.status == 408


def test_lets_nobody_press_faster_than_a_hand():
    pace = guard.Pace()
    for _ in range(guard.POSTS_A_MINUTE):
        pace.take("a", 100.0)
    pace.take("b", 100.0)
    with pytest.raises(guard.Refused):
        pace.take("a", 159.0)
    pace.take("a", 160.0)
