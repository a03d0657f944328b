"""The short address: a code is typed, a slip is told as one, and whoever guesses is slowed and seen."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mailer.letters.letter import print_letters
from mailer.letters.windows import WINDOWS
from mailer.surveys import codes
from mailer.verbs.surveys import answer
from mailer.web.answering.codes import what_is_wrong
from mailer.web.answering.guesses import FROM_ONE, MANY, Guesses
from mailer.web.guard import Refused
from tests.letters.seen import qr
from tests.letters.written import SENDER, WORDS, envelope, sheet
from tests.web.answering.opened import Surveying


def nobodys(number: int) -> list[str]:
    """Codes that are written as codes are, and that nobody has."""
    found, n = [], 0
    while len(found) < number:
        digits, rest = [], n * 7919
        for _ in range(codes.LENGTH - 1):
            rest, digit = divmod(rest, len(codes.ALPHABET))
            digits.append(digit)
        found.append("".join(codes.ALPHABET[d] for d in [*digits, codes._check(digits)]))
        n += 1
    return found


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}."])
def test_lets_in_however_the_code_is_typed(open_site: Surveying, typed: str):
    for word in (open_site.code(5), open_site.code(5).lower(), open_site.code(5).replace("-", "")):
        got = open_site.site.post("/svara", kod=typed.format(word))
        assert (got.status, got.headers["location"].partition("/enkat/")[2]) == (303, open_site.path(5)[7:])
    got = open_site.site.post("/en/svara", kod=open_site.code(5))
    assert got.headers["location"].endswith(open_site.path(5, english=True))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Skriv svarskoden"),
        ("  - ", "Skriv svarskoden"),
        ("ABCD", "Tecknet ”B” finns inte"),
        ("ACE", "12 tecken, och du har skrivit 3"),
        ("0CEFHJKMNPRT", "Tecknet ”0” finns inte"),
        ("ACEF!", "bara bokstäver och siffror"),
        ("3" * 11 + "4", "Något tecken är fel"),
        ("<script>alert(1)</script>", "bara bokstäver och siffror"),
    ],
)
def test_tells_a_slip_at_once(typed: str, says: str):
    assert says in what_is_wrong(typed, "sv")
    assert what_is_wrong(typed, "en") != what_is_wrong(typed, "sv")


def test_never_opens_another_form_by_one_wrong_character(one_open_site: Surveying):
    word = one_open_site.code().replace("-", "")
    for at in range(codes.LENGTH):
        wrong = word[:at] + codes.ALPHABET[codes.ALPHABET.index(word[at]) - 1] + word[at + 1 :]
        got = one_open_site.site.post("/svara", kod=wrong)
        assert got.status == 422
        assert "Något tecken är fel" in got.text
        assert f'value="{wrong}"' in got.text


def test_leads_from_a_qr_code(open_site: Surveying):
    got = open_site.site.get(f"/s/{open_site.code(3)}")
    assert got.headers["location"].endswith(open_site.path(3))
    assert open_site.site.get("/s/ABC").status == 404


def test_slows_whoever_guesses_and_says_so(one_open_site: Surveying, log: pytest.CaptureFixture[str]):
    statuses = [one_open_site.site.post("/svara", kod=word).status for word in nobodys(FROM_ONE + 3)]
    assert statuses == [404] * FROM_ONE + [429] * 3
    # A right one is not told apart either, for a minute; the link in the mail is always answered.
    assert one_open_site.site.post("/svara", kod=one_open_site.code()).status == 429
    assert one_open_site.visit().got.status == 200
    said = log.readouterr().err
    assert said.count("unknown_code") == FROM_ONE
    assert not any(word in said for word in nobodys(3))


def test_lets_the_network_try_again_after_a_minute():
    guesses = Guesses()
    for n in range(FROM_ONE):
        guesses.count("192.0.2.0/24", n / 10)
    with pytest.raises(Refused):
        guesses.may_try("192.0.2.0/24", 30)
    guesses.may_try("198.51.100.0/24", 30)
    guesses.may_try("192.0.2.0/24", 63.1)


def test_tells_an_administrator_of_many_guesses_once(one_open_site: Surveying):
    guesses = Guesses()
    assert [guesses.count(f"network {n}", float(n)) for n in range(MANY + 2)] == [False] * MANY + [True] * 2
    assert not Guesses().count("x", 0.0)
    house = one_open_site.house
    for _ in range(2):
        answer.tell_of_guesses(house, MANY)
    from mailer.outbox.tables import mailings

    told = house.db.read(lambda c: [row.title for row in c.execute(mailings.select()) if row.kind == "notice"])
    assert len(told) == len({p.address for p in house.settings.with_role("administrator")} | {
        p.address for p in house.settings.with_role("editor")})  # fmt: skip


def test_opens_the_form_by_the_qr_code_of_a_printed_letter(open_site: Surveying, tmp_path: Path):
    """Drawn, printed, read by a camera, followed: all in capitals, as it is on paper."""
    code = open_site.code(3).replace("-", "")
    letter = replace(envelope(), sheets=(sheet(code),))
    print_letters(tmp_path / "brev.pdf", [letter], WORDS, SENDER, WINDOWS[0])
    (read,) = qr(tmp_path / "brev.pdf")
    path = urlsplit(read).path
    assert path == f"/S/{code}"
    scanned, typed = open_site.site.get(path), open_site.site.get(f"/s/{code}")
    assert scanned.status == typed.status == 303
    assert scanned.headers["location"] == typed.headers["location"]
    assert open_site.site.get("/S/ABC").status == 404
