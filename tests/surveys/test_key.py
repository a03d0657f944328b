"""The key of the ballot box: on two media and nowhere else, tried before the start, destroyed before the results."""

import os
import shutil
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from mailer.content.questionnaires.model import OTHER_WORDS, Part
from mailer.errors import AdminError, EditorError
from mailer.house import open_house
from mailer.register.tables import accesses
from mailer.surveys import invitations, store
from mailer.surveys.answers import answering
from mailer.surveys.box import ballot, disclosure, sealing
from mailer.surveys.box import store as box
from mailer.surveys.box.tables import ballots
from mailer.surveys.field import paper
from mailer.surveys.states import Survey
from mailer.surveys.tables import invitations as ledger
from mailer.surveys.tables import officers, surveys
from mailer.verbs.surveys import close, key, paper_in, report, signed, stop
from mailer.verbs.surveys.reading import read
from tests.homes import ROOT, make_home
from tests.surveys.arranged import NOON, people

NAME = "medlemsenkat-2024"
WHY = "prov"
TWO = ("Anna Ek", "Bo Dal")


def none(_name: str) -> str:
    return ""


@contextmanager
def a_house(folder, database_url="", clock="2024-04-05T12:00,0"):
    home = folder / "home"
    if not home.exists():
        make_home(home, 2525, database_url)
        shutil.copytree(ROOT / "content" / "enkater", home / "content" / "enkater")
    with open_house(home, clock) as house:
        yield house


@pytest.fixture
def media(tmp_path):
    made = [(tmp_path / f"sticka{n}", name) for n, name in enumerate(TWO)]
    for folder, _ in made:
        folder.mkdir()
    return made


def a_key(house, media, despite=WHY, ask=none):
    return key.make(house, NAME, media, despite, ask)


def tried(house, made):
    for name, path in made.copies:
        key.try_copy(house, NAME, path, name, none)


def approved(house):
    def work(c):
        number = store.find(c, NAME).number
        store.step(c, number, "approve", approved_by="Anna Ek", approved_os_user="anna", approved_at=NOON)
        for contact in people(c, 24):
            invitations.invite(c, house.keys, number, contact, "medlemmar", True, NOON)
        rows = list(c.execute(select(ledger.c.id).order_by(ledger.c.id)).scalars())
        return store.read(c, number), rows

    return house.db.write(work)


def some_answers(questionnaire, part, n):
    """The first option, or the second, of everything."""
    found = {}
    for question in (q for s in questionnaire.of_part(part) for q in s.questions):
        if question.condition is None:
            word = {"text": f"ord {n}", "number": "40", "date": "2024-05-01"}.get(question.sort, "")
            options = list(disclosure.answers_of(question)) if not word else [word]
            found[question.key] = (options[n % 2 % len(options)],)
            if found[question.key] == ("annat",):
                found[question.key + OTHER_WORDS] = ("eget",)
    return found


def test_writes_a_copy_to_each_medium_and_none_to_the_house(tmp_path, media):
    with a_house(tmp_path) as house:
        made = a_key(house, media)
        for name, path in made.copies:
            assert path.stat().st_mode & 0o777 == 0o600
            written = path.read_text("utf-8")
            assert f"Kopia hos: {name}" in written
            assert "ska filen förstöras" in written
        pem = written[written.index("-----BEGIN") :].splitlines()[1].encode()
        raw = key.key_file.copy_of(path, written).private.private_bytes_raw()
    for place in (f for f in (tmp_path / "home").rglob("*") if f.is_file()):
        for trace in (pem, raw, raw.hex().encode()):
            assert trace not in place.read_bytes(), place


def test_is_ready_when_both_copies_have_opened_a_ballot(tmp_path, media, database_url):
    def wrong(house):
        found = house.db.read(lambda c: box.ready(c, store.find(c, NAME)))
        return found.what if found else ""

    with a_house(tmp_path, database_url) as house:
        questionnaire, plan = read(house, NAME)
        house.db.write(lambda c: store.prepare(c, questionnaire, plan, "", house.zone))
        assert "ingen nyckel" in wrong(house)
        made = a_key(house, media)
        assert "Anna Ek, Bo Dal" in wrong(house) or "Bo Dal, Anna Ek" in wrong(house)
        for name, path in made.copies:
            assert wrong(house)
            key.try_copy(house, NAME, path, name, none)
        assert not wrong(house)
        house.db.write(lambda c: c.execute(update(surveys).values(ballot_size=ballot.STEP)))
        assert "rymmer inte" in wrong(house)


def test_makes_no_new_key_when_ballots_may_have_been_sealed_to_the_old(tmp_path, media):
    with a_house(tmp_path) as house:
        tried(house, a_key(house, media))
        approved(house)
        for _, path in [(n, p) for f, n in media for p in f.iterdir()]:
            path.unlink()
        with pytest.raises(EditorError, match="före godkännandet"):
            a_key(house, media)
        assert not [p for folder, _ in media for p in folder.iterdir()]


def test_opens_nothing_with_an_older_copy_or_anothers(tmp_path, media):
    with a_house(tmp_path) as house:
        old = a_key(house, media)
        for _, path in old.copies:
            path.rename(path.with_suffix(".gammal"))
        made = a_key(house, media)
        with pytest.raises(EditorError, match="inte den här enkätens"):
            key.try_copy(house, NAME, old.copies[0][1].with_suffix(".gammal"), TWO[0], none)
        with pytest.raises(EditorError, match="kopian hos Bo Dal"):
            key.try_copy(house, NAME, made.copies[1][1], TWO[0], none)
        inside = tmp_path / "home" / "nyckel.txt"
        shutil.copy(made.copies[0][1], inside)
        with pytest.raises(EditorError, match="ligger i hemmet"):
            key.try_copy(house, NAME, inside, TWO[0], none)
        empty = tmp_path / "tom.txt"
        empty.write_text("Kopia hos: Anna Ek\n", "utf-8")
        with pytest.raises(EditorError, match="ingen nyckel i filen"):
            key.try_copy(house, NAME, empty, TWO[0], none)


def test_locks_each_copy_with_the_passphrase_of_its_keeper(tmp_path, media):
    with a_house(tmp_path) as house:
        made = a_key(house, media, ask=lambda name: f"hemligt {name}")
        for name, path in made.copies:
            with pytest.raises(EditorError, match="passar inte"):
                key.try_copy(house, NAME, path, name, lambda _: "fel")
            key.try_copy(house, NAME, path, name, lambda n: f"hemligt {n}")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda media, home: media[:1], "två personer"),
        (lambda media, home: [(media[0][0], "Anna"), (media[1][0], "anna")], "två personer"),
        (lambda media, home: [media[0], (home / "content", "Bo")], "ligger i hemmet"),
        (lambda media, home: [media[0], (home / "var", "Bo")], "ligger i hemmet"),
        (lambda media, home: [media[0], (media[0][0] / "saknas", "Bo")], "finns inte"),
    ],
)
def test_refuses_places_that_are_no_media(tmp_path, media, change, sentence):
    with a_house(tmp_path) as house:
        with pytest.raises(EditorError, match=sentence):
            a_key(house, change(media, house.home))
        assert not [p for folder, _ in media for p in folder.iterdir()]


def test_writes_to_the_homes_own_disk_only_when_told_why(tmp_path, media):
    with a_house(tmp_path) as house:
        with pytest.raises(EditorError, match="samma disk som hemmet"):
            a_key(house, media, despite="")
        a_key(house, media, despite="Stickorna kommer i morgon")
        said = house.db.read(lambda c: c.execute(select(officers.c.despite)).scalars().all())
        assert said == ["Stickorna kommer i morgon"] * 2


def test_leaves_no_half_pair_behind(tmp_path, media):
    with a_house(tmp_path) as house:
        made = a_key(house, media)
        made.copies[0][1].unlink()  # the other is there already: the second write stops
        with pytest.raises(EditorError, match="finns redan"):
            a_key(house, media)
        assert not made.copies[0][1].exists()
        if os.geteuid():
            media[0][0].chmod(0o500)
            with pytest.raises(AdminError):
                a_key(house, media)


def test_goes_all_the_way_from_the_key_to_the_report(tmp_path, media, database_url):
    with a_house(tmp_path, database_url) as house:
        made = a_key(house, media)
        tried(house, made)
        survey, rows = approved(house)
        for n, row in enumerate(rows):
            own, given = (some_answers(survey.questionnaire, part, n) for part in (Part.SIGNED, Part.ANONYMOUS))
            today = house.here().date()
            came = house.db.write(
                lambda c, r=row, s=own, g=given, t=today: answering.submit(
                    c, house.db, survey, r, s, g, "web", None, t, house.clock.now()
                )
            )
            assert came == "answered"
        questions, found = signed.answers(house, NAME, "Bo Godkännare")
        assert len(found) == 24
        assert all(len(one.answers) == len(questions) and one.name for one in found)
        seen = house.db.read(lambda c: c.execute(select(accesses.c.contact_id)).scalars().all())
        assert sorted(seen) == sorted(one.contact for one in found)
        secret = {q.words.sv for s in survey.questionnaire.of_part(Part.ANONYMOUS) for q in s.questions}
        assert not secret & set(questions)
        assert signed.table(questions, found).count("\n") == 25
        with pytest.raises(EditorError):
            signed.answers(house, NAME, "Kerstin Lund")
        assert "24 på webben" in "\n".join(report.words(house, NAME))
        assert "24 förseglade" in "\n".join(report.words(house, NAME))
        house.db.write(lambda c: paper.opened(c, survey, house.here().date()))
        house.db.write(lambda c: paper.opened(c, survey, house.here().date()))
        with pytest.raises(EditorError, match="inget öppnas innan dess"):
            close.close(house, NAME, made.copies[0][1], none)
    with a_house(tmp_path, database_url, "2024-07-01T12:00,0") as house:
        with pytest.raises(EditorError, match="öppnas med nyckeln"):
            close.close(house, "", None, none)
        with pytest.raises(EditorError, match="inte räknade"):
            key.destroyed(house, NAME, TWO[0], key.sentence(survey, TWO[0]))
        with pytest.raises(EditorError, match="2 inre kuvert väntar"):
            close.close(house, NAME, made.copies[1][1], none)
        assert paper_in.sheet(house, survey, {"nojd": ("5",)}) == "typed"  # it came in time, and is typed afterwards
        with pytest.raises(EditorError, match="1 inre kuvert väntar"):
            close.close(house, NAME, made.copies[1][1], none, 2)
        done = close.close(house, NAME, made.copies[1][1], none, 1)
        assert (done.opened, done.unopened, done.answered, done.own, done.is_clean) == (25, 0, 24, 24, True)
        assert paper_in.sheet(house, survey, {"nojd": ("5",)}) == "closed"
        assert "25 svarssedlar" in "\n".join(close.words(house, done))
        with pytest.raises(EditorError):
            close.close(house, NAME, made.copies[1][1], none)
        assert report.values(house, NAME)["result"] is None
        with pytest.raises(EditorError, match="hela meningen"):
            key.destroyed(house, NAME, TWO[0], "ja")
        assert key.destroyed(house, NAME, TWO[0], key.sentence(survey, TWO[0]).lower()) == [TWO[1]]
        assert TWO[1] in "\n".join(report.words(house, NAME))
        assert report.values(house, NAME)["result"] is None
        assert key.destroyed(house, NAME, TWO[1], key.sentence(survey, TWO[1])) == []
        lines = report.words(house, NAME)
        assert report.values(house, NAME)["result"]["ballots"] == 25
        assert sum("ord " in line for line in lines) >= 24
        kept = house.db.read(lambda c: c.execute(select(surveys.c.state, surveys.c.scrubbed_at)).one())
        assert kept.state == Survey.COUNTED
        assert kept.scrubbed_at is not None


def test_throws_the_ballots_of_a_withdrawn_survey_away_unopened(tmp_path, media, database_url):
    """They can never be counted, and whoever has a key could still read them."""
    with a_house(tmp_path, database_url) as house:
        tried(house, a_key(house, media))
        survey, _ = approved(house)
        given = some_answers(survey.questionnaire, Part.ANONYMOUS, 1)
        house.db.write(lambda c: box.put(c, survey, given))
        sealed = house.db.read(lambda c: c.execute(select(ballots.c.sealed)).scalar_one())
        said = "\n".join(stop.withdraw(house, NAME, "Bo Godkännare", "fel frågor"))
        assert "1 förseglad svarssedel är raderad" in said
        assert all(f'destroyed {NAME} --as "{name}"' in said for name in TWO)
        assert house.db.read(lambda c: box.number(c, survey.number)) == 0
        assert house.db.read(lambda c: c.execute(select(surveys.c.scrubbed_at)).scalar_one()) is not None
        if house.db.is_sqlite:
            assert bytes(sealed) not in b"".join(path.read_bytes() for path in house.var.glob("mailer.db*"))
        assert key.destroyed(house, NAME, TWO[0], key.sentence(survey, TWO[0])) == [TWO[1]]


@pytest.mark.parametrize(
    ("opened", "unopened", "sheets", "said"),
    [
        (20, 0, 4, "hade ingen"),
        (19, 1, 4, "gick inte att öppna"),
        (18, 0, 4, "2 av bladen var tomma"),
        (15, 0, 4, "Det skulle ha legat 20 sedlar i urnan men låg 15"),
        (21, 0, 4, "men låg 21"),
    ],
)
def test_explains_what_the_box_and_the_ledger_do_not_agree_on(tmp_path, opened, unopened, sheets, said):
    done = close.Closed("x", True, opened, unopened, 22, 16, sheets, True, True, TWO)
    with a_house(tmp_path) as house:
        lines = "\n".join(close.words(house, done))
    assert (said in lines) is (said != "hade ingen")
    assert ("skulle ha legat" in lines) is said.endswith(("15", "21"))


def test_says_everything_at_the_command_line(tmp_path, media):
    from mailer.cli import surveying  # noqa: F401 - it enters its commands
    from mailer.cli.main import root

    with a_house(tmp_path):
        pass

    def typed(*words, answer=""):
        done = CliRunner().invoke(root, ["--home", str(tmp_path / "home"), "survey", *map(str, words)], input=answer)
        return done.exit_code, done.output

    places = [word for folder, name in media for word in ("--to", folder, "--name", name)]
    assert typed("key", NAME)[0] == 2
    code, said = typed("key", NAME, *places, "--despite", WHY, "--passphrase", answer="ett\nett\ntvå\ntvå\n")
    assert (code, said.count("--test")) == (0, 2), said
    files = [next(folder.iterdir()) for folder, _ in media]
    for file, name, word in zip(files, TWO, ("ett", "två"), strict=True):
        code, said = typed("key", NAME, "--test", file, "--name", name, answer=f"{word}\n")
        assert code == 0
        assert word not in said.replace("provsedel", "").replace("mediet", "")
    assert '"sealed_ballots": 0' in typed("report", NAME, "--json")[1]


def test_seals_to_the_key_that_the_copies_open(tmp_path, media):
    with a_house(tmp_path) as house:
        made = a_key(house, media)
        survey = house.db.read(lambda c: store.find(c, NAME))
        sealed = sealing.seal(survey.public_key, survey.key, b"x" * survey.ballot_size)
        for name, path in made.copies:
            private = key.open_copy(house, survey, path, none, name)
            assert sealing.unseal(private, survey.key, sealed) == b"x" * survey.ballot_size


@pytest.mark.parametrize(
    ("word", "written"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+46 70 174 06 05", "+46 70 174 06 05"), ("-kanske", "'-kanske")],
)
def test_writes_no_formula_into_a_table(word, written):
    one = signed.Answered(1, "Åsa Öberg", "17", "+46701740605", "asa@post.example", (word,))
    assert f";{written}\r\n" in signed.table(["Fråga"], [one])
