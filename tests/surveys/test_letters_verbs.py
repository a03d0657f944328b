"""The verbs of the post, with their PDF: what lies on the table belongs together, and every line says what comes next."""

import re
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner
from sqlalchemy import func, select, update

from mailer.cli import letters as _letters  # noqa: F401 - they enter their commands
from mailer.cli import surveying as _surveying  # noqa: F401
from mailer.cli.main import root
from mailer.errors import AdminError, EditorError
from mailer.house import House, open_house
from mailer.register.tables import accesses, contacts
from mailer.surveys import codes
from mailer.surveys.posting.tables import letters
from mailer.surveys.tables import asks
from mailer.verbs.letters import posted, printing, pull, returned, revoke, runs
from mailer.verbs.surveys import ask, goal, goal_words, status
from tests.homes import make_home
from tests.surveys.lettered import ANNA, BOX, a_post_home, answer, letter_states, make, survey_of
from tests.surveys.running import WEB, at, change

CODE = re.compile(r"\b[34679ACEFHJKMNPRTWX]{4}-[34679ACEFHJKMNPRTWX]{4}-[34679ACEFHJKMNPRTWX]{4}\b")


@pytest.fixture
def house(tmp_path):
    """On one engine: what these verbs ask of the database is asked of both in test_posting."""
    with a_post_home(tmp_path, 4) as opened:
        yield opened


def pages(path: Path) -> list[tuple[str, list[str]]]:
    """(text, what its QR codes say) of each page that has any text."""
    with pypdfium2.PdfDocument(path) as document:
        found = []
        for page in document:
            text = page.get_textpage().get_text_range()
            if text.strip():
                image = page.render(scale=2).to_pil()
                found.append((text, [code.text for code in zxingcpp.read_barcodes(image)]))
        return found


def texts(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def belongs_together(house: House, path: Path) -> dict[int, list[int]]:
    """contact -> those whose names stand in the address of her page; each page's code, QR code and name are checked."""
    survey, seen = survey_of(house), {}
    names = dict(house.db.read(lambda c: c.execute(select(contacts.c.first_name, contacts.c.id)).all()))
    for text, scanned in pages(path):
        (written,) = set(CODE.findall(text))
        (link,) = scanned
        greeting = re.search(r"Hej (\w+)!", text)
        assert greeting is not None
        contact = names[greeting[1]]
        word = codes.code(house.keys, survey.number, contact)
        assert written == codes.shown(word)
        assert link.lower() == f"https://utskick.vallentuna.example/s/{word}".lower()
        assert f"Vägen {(contact + 1) // 2}" in text
        seen[contact] = sorted(names[name] for name in re.findall(r"(Åsa\d+) Öberg", text))
    return seen


def test_prints_each_members_code_qr_and_address_on_one_page(tmp_path):
    with a_post_home(tmp_path, 30) as house:
        done = printing.print_run(house, ["brev"], ANNA)
        assert (done.letters, done.envelopes, done.unable, done.odd) == (30, 15, (), ())
        together = {n: [2 * ((n + 1) // 2) - 1, 2 * ((n + 1) // 2)] for n in range(1, 31)}
        assert belongs_together(house, done.files[0]) == together
        assert {(path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) for path in done.files} == {
            (0o600, 0o700)
        }
        said = printing.lines(done)
        assert said[-1] == f"När de är postade: mailer letters posted medlemsenkat {done.run} --as NAMN"
        a = accesses.c
        seen = select(func.count(a.contact_id.distinct())).where(a.what == "letters: print")
        assert house.db.read(lambda c: c.execute(seen).scalar_one()) == 30
        assert set(letter_states(house).values()) == {"printed"}


@pytest.mark.soak
def test_prints_a_thousand_as_it_prints_thirty(tmp_path):
    with a_post_home(tmp_path, 1000) as house:
        done = printing.print_run(house, ["brev"], ANNA)
        assert len(belongs_together(house, done.files[0])) == done.letters == 1000


def test_says_what_stands_in_the_way_of_printing(tmp_path):
    with open_house(make_home(tmp_path / "a", 1)) as house, pytest.raises(AdminError) as caught:
        printing.print_run(house, ["brev"], ANNA)
    assert [problem.where for problem in caught.value.problems] == ["settings.toml"] * 2
    assert "returadressen saknas" in str(caught.value.problems[1])
    with open_house(make_home(tmp_path / "b", 1, **WEB, **BOX)) as house:
        with pytest.raises(AdminError, match="fönsterkuvertet ”c4” finns inte"):
            printing.print_run(house, ["brev"], ANNA, window="c4")
        with pytest.raises(EditorError, match="ingen enkät är godkänd"):
            printing.print_run(house, ["brev"], ANNA)


def test_lists_those_whose_address_is_not_whole_and_prints_the_rest(house):
    change(house, [1], postcode="")
    change(house, [3], first_name="=SUMMA(A1)", last_name="+46", street="@vägen 2")  # paper runs no formula
    shown = printing.print_run(house, ["brev"], ANNA, dry_run=True)
    assert (shown.run, shown.letters, letter_states(house)) == (0, 3, {})
    done = printing.print_run(house, ["brev"], ANNA)
    said = "\n".join(printing.lines(done))
    assert "000001 Åsa1 Öberg: postnummer saknas" in said
    assert "mailer letters print medlemsenkat brev --to MEDLEMSNUMMER" in said
    assert any("=SUMMA(A1) +46" in text and "@vägen 2" in text for text in texts(done.files[0]))
    change(house, [1], postcode="18630")
    assert printing.print_run(house, ["brev"], ANNA, to=["000001"], dry_run=True).letters == 1


def test_asks_nobody_to_print_what_no_postman_could_bring(house):
    """Whose address has lost a part is no work any more, once the clock has looked."""
    change(house, [1], postcode="")
    ask.ask(house)
    assert "Brev: brev till 3 personer." in to_do(house)
    assert any("brev till 3 personer" in line for line in status.status(house, ""))


@pytest.mark.parametrize(
    ("return_address", "tells"),
    [
        ("Box 12, 186 21 Vallentuna", False),
        ("Vänsterpartiet, Box 12, 186 21 Vallentuna", True),
        ("c/o VÄNSTERPARTIETS lokal, 18621 Täby", True),
        ("Vallentunavägen 3, 186 21 Vallentuna", False),
        ("Föreningen V, Box 12", False),
    ],
)
def test_says_when_the_outside_of_the_envelope_tells_who_is_a_member(house, return_address, tells):
    to = house.settings.letters.model_copy(update={"return_address": return_address})
    named = house.settings.association.model_copy(update={"name": "Vänsterpartiet Vallentuna"})
    settings = house.settings.model_copy(update={"letters": to, "association": named})
    assert bool(printing._telling(settings)) is tells


def test_keeps_the_files_of_a_run_no_longer_than_they_are_to_be_printed(house):
    """Names, addresses and codes: a letter can be made again, a stolen file cannot be called back."""
    first = printing.print_run(house, ["brev"], ANNA)
    beside = first.files[0].parent.with_name("anteckningar.txt")
    beside.write_text("en människas egna")
    again = printing.print_run(house, ["brev"], ANNA, again=True)
    assert (first.files[0].exists(), again.files[0].exists()) == (False, True)
    posted.posted(house, [str(again.run), "1"], ANNA)
    assert all(path.exists() for path in again.files)  # the other envelope is to be posted yet
    assert "Filerna raderas när" in "\n".join(printing.lines(again))
    posted.posted(house, [str(again.run)], ANNA)
    assert not again.files[0].parent.exists()
    third = printing.print_run(house, ["brev"], ANNA, to=["#1"])
    runs.discard(house, [str(third.run)], ANNA)
    assert [path.name for path in third.files[0].parent.parent.iterdir()] == [beside.name]


def test_removes_the_files_of_what_is_taken_out_and_follows_no_link(house, tmp_path):
    done = printing.print_run(house, ["brev"], ANNA)
    for contact in (1, 2, 3, 4):
        answer(house, contact)
    folder, elsewhere = done.files[0].parent, tmp_path / "annan"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    pull.pull(house, [], ANNA, done=True)
    assert (folder.is_symlink(), (elsewhere / "brev.pdf").exists()) == (False, True)


def test_says_of_files_that_lie_elsewhere_who_is_to_remove_them(house, tmp_path):
    done = printing.print_run(house, ["brev"], ANNA, out=tmp_path / "usb")
    assert any("Radera filerna när breven är postade" in line for line in printing.lines(done))
    posted.posted(house, [str(done.run)], ANNA)
    assert done.files[0].exists()


def seen(house: House, what: str) -> set[int]:
    """Of whom it is recorded that her name was shown so."""
    a = accesses.c
    return set(house.db.read(lambda c: c.execute(select(a.contact_id).where(a.what == what)).scalars()))


def test_records_everybody_whose_name_is_shown_also_those_beside(house):
    change(house, [3], first_name="漢字")
    printing.print_run(house, ["brev"], ANNA, dry_run=True)
    assert seen(house, "letters: print") == {3, 4}
    run = make(house).number
    answer(house, 2)
    pull.pull(house, [])
    assert seen(house, "letters: pull") == {1, 2}
    posted.posted(house, [str(run), "1"], ANNA)
    assert seen(house, "letters: posted") == {1, 2}
    posted.posted(house, [str(run)], ANNA)
    returned.returned(house, ["#3"], ANNA)
    assert seen(house, "letters: returned") == {3, 4}


def test_throws_the_run_away_when_its_file_cannot_be_written(house, tmp_path):
    (tmp_path / "upptaget").write_text("en fil")
    with pytest.raises(OSError, match="upptaget"):
        printing.print_run(house, ["brev"], ANNA, out=tmp_path / "upptaget")
    assert set(letter_states(house).values()) == {"discarded"}
    assert make(house).letters == 4


def test_goes_from_the_printer_to_the_letter_box_and_back(tmp_path, database_url):
    """A volunteer's evening: each last line is the next command."""
    with a_post_home(tmp_path, 4, database_url) as house:
        _an_evening(house)


def to_do(house):
    """What the goal's page says that people have to do now."""
    return "\n".join(goal_words.lines(goal.goal(house, ""), house.here().date())).partition("Att göra nu:")[2]


def _an_evening(house):
    assert any("Skriv ut: mailer letters print medlemsenkat brev" in line for line in status.status(house, ""))
    assert "Brev: brev till 4 personer. Skriv ut dem, ta ur" in to_do(house)
    run = make(house).number
    assert any("Före posten: mailer letters pull medlemsenkat" in line for line in status.status(house, ""))
    assert "Brev: 4 personer, och breven är utskrivna. Ta ur" in to_do(house)
    assert "letters print" not in to_do(house)
    assert answer(house, 2)
    assert answer(house, 3)
    assert answer(house, 4)
    said = "\n".join(pull.pull(house, []))
    assert "Kuvert 1: Åsa2 Öberg har svarat. Ta ut brevet till Åsa2 Öberg; Åsa1 ska ha sitt." in said
    assert "Kuvert 2: Åsa3 Öberg har svarat; Åsa4 Öberg har svarat. Ta ut hela kuvertet." in said
    assert "mailer letters pull medlemsenkat --done --as NAMN" in said
    assert set(letter_states(house).values()) == {"printed"}
    pull.pull(house, ["medlemsenkat", str(run)], ANNA, done=True)
    assert letter_states(house) == {1: "printed", 2: "pulled", 3: "pulled", 4: "pulled"}
    said = posted.lines(house, *posted.posted(house, [str(run)], ANNA))
    assert said[0] == f"Körning {run}: 1 brev i 1 kuvert räknas som postade."
    survey, back = returned.returned(house, [f"{run}/1"], ANNA, "flyttat")
    assert "Åsa1 Öberg (#1), Brev: i retur." in returned.lines(survey, back, False)[0]
    assert any("1 postade, 1 i retur (100,0 %)" in line for line in runs.listed(house, []))
    survey, back = returned.returned(house, ["000001"], ANNA, undo=True)
    assert "räknas som framkommet igen" in returned.lines(survey, back, True)[0]
    assert letter_states(house)[1] == "posted"


WRONG = {
    "a code with a slip": (["3333-4444-6666"], "ingen i registret är"),
    "an envelope that is not": (["1/77"], "finns inte i körningen"),
    "a run that is not": (["88/1"], "körning 88: finns inte"),
    "nothing": ([], "vilket brev?"),
    "one who has had no letter": (["#3"], "har inget postat brev"),
    "an envelope that is not posted": (["1/2"], "är inte postat"),
}


def test_says_which_returned_letter_is_none(house):
    made = make(house)
    posted.posted(house, [str(made.number), "1"], ANNA)
    for words, sentence in WRONG.values():
        typed = [word.replace("1/", f"{made.number}/") for word in words]
        with pytest.raises(EditorError, match=sentence):
            returned.returned(house, typed, ANNA)
    with pytest.raises(EditorError, match="är inget av skälen"):
        returned.returned(house, [f"{made.number}/1"], ANNA, "borta")
    with pytest.raises(EditorError, match="tillbaka"):
        returned.returned(house, [f"{made.number}/1"], ANNA, undo=True)
    word = codes.shown(codes.code(house.keys, survey_of(house).number, 1))
    _, (back,) = returned.returned(house, [word.lower()], ANNA)
    assert (back.contact, back.beside) == (1, ("Åsa2 Öberg",))


def test_says_of_a_letter_that_is_back_that_it_is(house):
    made = make(house)
    posted.posted(house, [str(made.number)], ANNA)
    returned.returned(house, [f"{made.number}/1"], ANNA)
    with pytest.raises(EditorError, match="är redan antecknat som i retur"):
        returned.returned(house, [f"{made.number}/1"], ANNA, "okänd")


def test_says_that_the_day_of_a_letter_has_not_come_whatever_else_is_lacking(house):
    change(house, [1], postcode="")
    house.db.write(lambda c: c.execute(update(asks).where(asks.c.state == "planned").values(reason=None)))
    with pytest.raises(EditorError, match="brevets dag har inte kommit än"):
        printing.print_run(house, ["brev"], ANNA)
    said = printing.lines(printing.print_run(house, ["brev"], ANNA, dry_run=True))
    assert said[-1] == "Inget att skriva ut nu. Se när steget kommer: mailer survey status medlemsenkat"


def test_revokes_a_code_and_says_which_letter_to_destroy(house):
    made = make(house)
    said = revoke.revoke(house, ["000001"], ANNA)
    assert f"Kuvert {made.number}/1: ta ut brevet till personen och förstör det" in said[1]
    assert "fått en ny svarskod" in "\n".join(pull.pull(house, []))
    pull.pull(house, [], ANNA, done=True)
    done = printing.print_run(house, ["brev"], ANNA)
    survey = survey_of(house)
    ((text, (link,)),) = pages(done.files[0])
    word = codes.code(house.keys, survey.number, 1, 1)
    assert (codes.shown(word) in text, link.endswith(word)) == (True, True)
    posted.posted(house, ["brev"], ANNA)
    said = revoke.revoke(house, ["#1"], ANNA)
    assert "Ett nytt brev: mailer letters print medlemsenkat brev --to '#1' --as NAMN" in said[1]


def test_says_which_day_letters_cannot_have_been_posted(house):
    with pytest.raises(EditorError, match="inga brev i steget är utskrivna här"):
        posted.posted(house, ["brev"], ANNA)
    make(house)
    later = at(house, "2024-03-11T18:00")
    from datetime import date

    for day, sentence in ((date(2024, 3, 12), "har inte varit än"), (date(2024, 3, 4), "inte öppnat")):
        with pytest.raises(EditorError, match=sentence):
            posted.posted(later, ["brev"], ANNA, day)
    _, done = posted.posted(later, ["brev"], ANNA, date(2024, 3, 6))
    assert done.letters == 4
    when = house.db.read(lambda c: c.execute(select(letters.c.at)).scalars().all())
    assert {moment.astimezone(house.zone).isoformat()[:13] for moment in when} == {"2024-03-06T16"}


def test_counts_letters_that_were_printed_elsewhere(house):
    meant, done = posted.posted(house, ["brev"], ANNA, to=["000001", "000002"])
    assert (done.letters, done.skipped) == (2, 0)
    assert posted.posted(house, ["medlemsenkat", "brev"], ANNA, everyone=True)[1].letters == 2
    _, (back,) = returned.returned(house, ["000002"], ANNA)
    assert (back.contact, back.step) == (2, "brev")
    assert meant.name == "brev"


def test_answers_every_command_of_the_post(tmp_path):
    with a_post_home(tmp_path, 2) as house:
        home = ["--home", str(house.home), "--clock", "2024-03-05T10:00,0", "letters"]
    steps = [
        (["print", "brev", "--as", ANNA, "--dry-run"], "2 brev i 1 kuvert"),
        (["print", "brev", "--as", ANNA], "Körning 1, Brev: 2 brev i 1 kuvert, 2 ark"),
        (["print", "brev", "--as", ANNA, "--again"], "2 äldre blad är kasserade"),
        (["pull"], "Inget behöver tas ut."),
        (["posted", "2", "1", "--as", ANNA, "--on", "2024-03-05"], "2 brev i 1 kuvert räknas som postade"),
        (["returned", "2/1", "--as", ANNA, "--because", "okänd"], "i retur"),
        (["returned", "2/1", "--as", ANNA, "--undo"], "räknas som framkommet igen"),
        (["revoke", "#1", "--as", ANNA], "den gamla svarskoden öppnar inget längre"),
        (["runs"], "Körning 2, tisdag 5 mars"),
        (["discard", "2", "--as", ANNA], "hade inget kvar"),
        (["calibrate", "--window", "c5-v2"], "matark-c5-v2.pdf"),
        (["form", "--language", "en", "--copies", "2"], "formular-en.pdf"),
        (["poster"], "Orden är de i planens steg"),
    ]
    for words, sentence in steps:
        result = CliRunner().invoke(root, [*home, *words])
        assert sentence in result.output, (words, result.output, result.exception)
    assert "inget datum" in CliRunner().invoke(root, [*home, "posted", "2", "--as", ANNA, "--on", "i går"]).output
