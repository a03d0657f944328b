"""Letters: what is printed is one member's own, whole, and can be read."""

import random
import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.questionnaires.whole import read_questionnaire
from mailer.letters import faces
from mailer.letters.address_lines import address_lines, placed
from mailer.letters.flow import lay
from mailer.letters.form import PaperForm
from mailer.letters.letter import SIZES, print_letters, unprintable
from mailer.letters.model import LetterWords, Postal, Sheet
from mailer.letters.page import LEAST_QR, new_document, scanned, write_markdown
from mailer.letters.parts import QR, shown
from mailer.letters.windows import EDGE, WINDOWS, address_box, high
from tests.homes import ROOT
from tests.letters.seen import page, qr, texts
from tests.letters.written import SENDER, WORDS, envelope, envelopes, sheet

E65 = WINDOWS[0]
MARK = re.compile(r"kuvert \d+, blad \d+ av \d+")


def said(text: str) -> str:
    """In one line: where lines are broken is another matter."""
    return " ".join(text.split())


def test_gives_each_member_her_own_code_name_address_and_qr_code(tmp_path):
    fifty = envelopes(50)
    fifty[3] = replace(fifty[3], postal=replace(fifty[3].postal, names=("Lars-Erik " + "Wallenstråle-" * 6 + "Ek",)))
    path = tmp_path / "brev.pdf"
    assert print_letters(path, fifty, WORDS, SENDER, E65, duplex=False).pages == 50
    for number, (letter, text) in enumerate(zip(fifty, texts(path), strict=True)):
        (own,) = letter.sheets
        flat = said(text)
        assert shown(own.code) in flat
        assert re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", text) == [shown(own.code)]
        assert f"{'Hi' if own.language == 'en' else 'Hej'} {own.first_name}!" in flat
        squeezed = "".join(text.split())
        for line in address_lines(letter.postal):
            assert "".join(line.split()) in squeezed  # a name that is too long is broken, never cut
        if number % 10 == 0:
            assert [word.lower() for word in qr(path, number)] == [own.link.lower()]


@pytest.mark.parametrize("window", WINDOWS, ids=lambda one: one.key)
def test_tells_how_to_say_no_to_being_asked_in_every_letter(tmp_path, window):
    """GDPR article 21(4). Whoever answers for the register may have a long name: the mark below is free all the same."""
    path = tmp_path / "brev.pdf"
    sender = replace(SENDER, responsible="Föreningen för kommunens framtid i Vallentuna, Össeby-Garn och Markim " * 2)
    english = replace(envelope(2), sheets=(sheet(language="en"),))
    print_letters(path, [envelope(1), english], WORDS, sender, window, duplex=False)
    swedish, foreign = (said(text) for text in texts(path) if "uppgifter: " in text or "personal data" in text)
    assert "Vill du inte svara? Säg nej tack på webbsidan eller till oss, så frågar vi inte igen." in swedish
    assert "Would you rather not answer? Say no on the web page or to us" in foreign
    for text in (swedish, foreign):
        assert MARK.search(text)


def test_gives_everyone_in_a_household_a_sheet_in_the_same_envelope(tmp_path):
    path = tmp_path / "brev.pdf"
    printed = print_letters(path, [envelope(12, sheets=3), envelope(13)], WORDS, SENDER, E65)
    assert (printed.pages, printed.each, printed.sheets) == (7, (3, 1), 4)
    pages = texts(path)
    for number, (name, mark) in enumerate(
        [("Åsa", "kuvert 12, blad 1 av 3"), ("Bo", "kuvert 12, blad 2 av 3"), ("Emina", "kuvert 12, blad 3 av 3"),
         ("Åsa", "kuvert 13, blad 1 av 1")]
    ):  # fmt: skip
        assert f"Hej {name}!" in pages[2 * number]
        assert mark in pages[2 * number]
        assert "Tuna torg 3 lgh 1103" in pages[2 * number]
    assert all("Bo Öberg" in pages[n] for n in (0, 2, 4))
    assert pages[1::2] == ["", "", ""]  # nobody's letter is on the back of another's


def test_speaks_to_each_in_her_language(tmp_path):
    path = tmp_path / "brev.pdf"
    english = replace(envelope(), sheets=(sheet(language="en", first_name="Siân"), sheet()))
    print_letters(path, [english], WORDS, SENDER, E65)
    first, _, second = texts(path)
    assert "and type the code for Siân:" in first
    assert "Responsible for your personal data" in said(first)
    assert "och skriv svarskoden för Åsa:" in second
    print_letters(path, [english], {"sv": WORDS["sv"]}, SENDER, E65)
    assert "Hej Siân!" in texts(path)[0]


def test_draws_a_qr_code_that_leads_to_the_form(tmp_path):
    path = tmp_path / "brev.pdf"
    print_letters(path, [envelope()], WORDS, SENDER, E65)
    (read,) = qr(path)
    assert read == "HTTPS://UTSKICK.VALLENTUNA.EXAMPLE/S/34679ACEFHJK"
    image = page(path)
    dots = image.crop((150, 1150, 300, 1400)).point(lambda level: 255 if level < 128 else 0).getbbox()
    assert dots is not None
    assert (dots[2] - dots[0]) / 5 >= LEAST_QR
    assert QR > LEAST_QR


@pytest.mark.parametrize(
    ("link", "printed"),
    [
        ("https://a.example/s/34679ACEFHJK", "HTTPS://A.EXAMPLE/S/34679ACEFHJK"),
        ("https://a.example/en/s/34679ACEFHJK", "https://a.example/en/s/34679ACEFHJK"),
        ("https://a.example/utskick/s/34679ACEFHJK", "https://a.example/utskick/s/34679ACEFHJK"),
        ("https://a.example/enkat/abc234", "https://a.example/enkat/abc234"),
        ("https://a.example/s/34679ACEFHJK?k=v", "https://a.example/s/34679ACEFHJK?k=v"),
        ("https://å.example/s/34679ACEFHJK", "https://å.example/s/34679ACEFHJK"),
    ],
)
def test_prints_a_link_in_capitals_only_where_it_stays_the_same_place(link, printed):
    assert scanned(link) == printed


def test_sets_a_longer_text_smaller_and_then_on_a_second_page(tmp_path):
    path = tmp_path / "brev.pdf"
    pages = []
    for times in (1, 3, 5, 8):
        text = (
            WORDS["sv"].text + "Ett stycke till, som är ungefär så långt som stycken brukar vara i brev. " * 6 * times
        )
        words = {"sv": replace(WORDS["sv"], text=text)}
        printed = print_letters(path, [envelope()], words, SENDER, E65, duplex=False)
        whole = said(" ".join(texts(path)))
        assert whole.count("Ett stycke till,") == 6 * times
        assert "Kerstin Lund" in texts(path)[-1]
        assert "3467-9ACE-FHJK" in texts(path)[0]
        assert ("Brevet fortsätter på nästa sida." in whole) == (printed.pages > 1)
        pages.append(printed.pages)
    assert pages[0] == 1
    assert pages[-1] == 2
    assert pages == sorted(pages)
    assert min(SIZES) >= 10


def test_counts_both_sides_of_a_sheet_as_one(tmp_path):
    words = {"sv": replace(WORDS["sv"], text="Ett stycke till. " * 600)}
    on_both = print_letters(tmp_path / "a.pdf", [envelope(sheets=2)], words, SENDER, E65)
    on_one = print_letters(tmp_path / "b.pdf", [envelope(sheets=2)], words, SENDER, E65, duplex=False)
    assert on_both.sheets < on_one.sheets == on_one.pages
    assert on_both.sheets == (on_both.pages + 1) // 2


def test_writes_the_same_bytes_for_the_same_letters(tmp_path):
    for name in ("a.pdf", "b.pdf"):
        print_letters(tmp_path / name, envelopes(3), WORDS, SENDER, E65)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert (tmp_path / "a.pdf").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_writes_an_address_as_the_post_wants_it():
    postal = Postal(("Åsa  Öberg",), "Nilsson", " Tuna torg 3 lgh 1103 ", "18630", "VALLENTUNA")
    assert address_lines(postal) == ("Åsa Öberg", "c/o Nilsson", "Tuna torg 3 lgh 1103", "186 30 Vallentuna")
    assert address_lines(Postal(("Bo Ek",), "C/O Ek", "Box 1", "186 30", "Östra Ryd"))[1:] == (
        "C/O Ek", "Box 1", "186 30 Östra Ryd")  # fmt: skip
    assert address_lines(Postal((), "", "Box 1", "", "")) == ("Box 1",)


def test_puts_the_names_of_many_on_the_lines_there_are():
    six = tuple(f"{name} Öberg" for name in ("Åsa", "Bo", "Eva", "Ida", "Ulf", "Ebba"))
    lines = address_lines(Postal(six, "Ek", "Storgatan 1", "186 30", "Vallentuna"))
    assert len(lines) <= 6
    assert all(name in ", ".join(lines) for name in six)


@given(
    st.lists(st.text(max_size=60), max_size=5), st.text(max_size=60), st.text(max_size=80), st.text(max_size=10),
    st.text(max_size=40), st.sampled_from(WINDOWS),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_keeps_any_address_whole_and_in_the_box(names, care_of, street, postcode, city, seen):
    postal, box = Postal(tuple(names), care_of, street, postcode, city), address_box(seen)
    found = placed(postal, box)
    wide = max((faces.width(line, found.size) for line in found.lines), default=0)
    assert found.x >= box.x
    assert found.x + wide <= box.x + box.width - EDGE + 1e-6
    assert found.y >= box.y
    assert found.y + high(len(found.lines), found.size, found.leading) <= box.y + box.height + 1e-6
    assert "".join("".join(found.lines).split()) == "".join("".join(address_lines(postal)).split())


@cache
def document():
    """One page to draw on, again and again."""
    pdf = new_document("")
    pdf.add_page()
    return pdf


NASTY = st.text(
    st.sampled_from("ab Å*_[]()#>-1.\n\t`~|!{}:/&<\\\"'\x00\x07\u202e\u200b\ud800😀محא漢\ufffd\u00ad\ue000"),
    max_size=80,
)


@given(NASTY | st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_draws_any_markdown(text):
    pdf = document()
    write_markdown(pdf, text, 20, 20, 40, 11, {"first_name": text})
    for line in lay(text, 40, 11):
        for run in line.runs:
            assert run.x + faces.width(run.text, line.size, run.style) <= 40.001
            assert not faces.missing_glyphs(run.text)


@pytest.mark.parametrize(
    "nasty", ["x" * 3000, "ord " * 800, "\u202eabc\x00", "😀" * 50, "محمد", "**" * 500, "- " * 300]
)
def test_prints_a_letter_of_any_words(tmp_path, nasty):
    words = {"sv": LetterWords(nasty, nasty, nasty)}
    own = Sheet(nasty[:60], "sv", "34679ACEFHJK", "https://a.example/s/34679ACEFHJK", "a.example/svara")
    letter = replace(envelope(names=(nasty[:200],), street=nasty[:200]), sheets=(own,))
    path = tmp_path / "brev.pdf"
    print_letters(path, [letter], words, SENDER, E65)
    assert "3467-9ACE-FHJK" in texts(path)[0]
    assert "\ufffd" not in "".join(texts(path))


def test_lays_out_what_markdown_means(tmp_path):
    text = "# Rubrik\n\nEtt **fett** och *kursivt* ord.\n\n- ett\n- [länk](https://a.example/x)\n\n3. tre\n4. fyra\n\n> citat"
    lines = lay(text, 150, 11)
    assert [" ".join(run.text for run in line.runs) for line in lines] == [
        "Rubrik", "Ett fett och kursivt ord.", "• ett", "• länk (a.example/x)", "3. tre", "4. fyra", "citat",
    ]  # fmt: skip
    assert lines[0].binds
    assert lines[0].size > 11
    assert [run.style for run in lines[1].runs] == ["", "B", "", "I", ""]
    assert lines[-1].runs[0].x > 0
    (bare,) = lay("Gå till <https://a.example/x>, eller [skriv](mailto:a@b.example).", 150, 11)
    assert "".join(run.text for run in bare.runs).count("a.example/x") == 1
    assert "(a@b.example)" in bare.runs[0].text


def test_fills_in_the_first_name_as_words():
    (line,) = lay("Hej {{ förnamn }}!", 150, 11, {"first_name": "**Bo** [x](y)"})
    assert line.runs[0].text == "Hej **Bo** [x](y)!"
    (line,) = lay("Hej {{ förnamn | du }}!", 150, 11, {"first_name": ""})
    assert line.runs[0].text == "Hej du!"


def test_has_a_sign_for_every_letter_of_a_swedish_register():
    names = "Hodžić Nguyễn Łukasz Çelik Özdemir Đặng Siân Óscar Šarić Þór Æsa Ğülşen İnci Őry Ţurcan Željko Ζωή Жанна"
    assert faces.missing_glyphs(f"{names} €„–”“’…½ §°") == ""
    assert faces.printable(names) == names


@pytest.mark.parametrize(
    ("text", "missing", "printed"),
    [
        ("Bo 漢字", "漢字", "Bo ??"),
        ("محمد", "محد", "????"),  # set by us it would stand backwards, its letters apart
        ("Hej\u200b \u202e\x00du", "", "Hej du"),
        ("A\u030asa", "", "Åsa"),
        ("hjärta \U0001fac0", "\U0001fac0", "hjärta "),
        ("\ud800", "\ud800", "?"),
    ],
)
def test_says_which_signs_it_cannot_print(text, missing, printed):
    assert faces.missing_glyphs(text) == missing
    assert faces.printable(text) == printed


def test_tells_before_printing_whose_letter_needs_a_hand():
    odd = [envelope(1), envelope(2, names=("Bo 漢",)), envelope(3, street="Ekbackens allé " * 20)]
    words = {"sv": replace(WORDS["sv"], text="Hej {{ förnamn }} 漢")}
    found = [str(problem) for problem in unprintable(odd, words, E65)]
    assert len(found) == 3
    assert "brevets text (sv)" in found[0]
    assert "kuvert 2, Bo 漢" in found[1]
    assert "U+6F22" in found[1]
    assert "kuvert 3, Åsa Öberg" in found[2]
    assert "punkter" in found[2]
    assert unprintable(envelopes(200), WORDS, E65) == ()


def test_draws_as_many_letters_whatever_their_order(tmp_path):
    """No letter has what the one before it had."""
    some = envelopes(6)
    random.Random(2).shuffle(some)
    print_letters(tmp_path / "a.pdf", some, WORDS, SENDER, E65, duplex=False)
    for letter, text in zip(some, texts(tmp_path / "a.pdf"), strict=True):
        assert f"kuvert {letter.number}, " in text
        assert said(letter.postal.names[0]) in said(text)


def test_puts_each_members_form_right_behind_her_letter(tmp_path):
    path = ROOT / "content" / "enkater" / "medlemsenkat-2024.md"
    questionnaire = read_questionnaire(path.name, path.read_bytes()).questionnaire
    assert questionnaire is not None
    form = PaperForm(questionnaire)
    printed = print_letters(tmp_path / "brev.pdf", [envelope(1, sheets=2), envelope(2)], WORDS, SENDER, E65, form)
    assert printed.each == (2 * (1 + form.sheets("sv")), 1 + form.sheets("sv"))
    pages = texts(tmp_path / "brev.pdf")
    codes = ["3467-9ACE-FHJK", "A467-9ACE-FHJK", "3467-9ACE-FHJK"]
    fronts = [n for n, text in enumerate(pages) if MARK.search(text)]
    assert [n % 2 for n in fronts] == [0, 0, 0]
    assert [pages[n].count(code) for n, code in zip(fronts, codes, strict=True)] == [1, 1, 1]
    assert "blad 4 av 6" in pages[fronts[1]]
    for n, code in zip(fronts, codes, strict=True):
        assert code in pages[n + 2]  # the signed sheet
        ballot = " ".join(pages[n + 4 : n + 2 * (1 + form.sheets("sv"))])
        assert not re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", ballot)
        assert not MARK.search(ballot)
        assert "Öberg" not in ballot
