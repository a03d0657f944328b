"""The house and an import, from the file to the tables, on both engines."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailer.cli import people  # noqa: F401 - it enters its commands
from mailer.cli.import_progress import reading
from mailer.cli.main import root
from mailer.clock import Clock
from mailer.errors import EditorError
from mailer.register import store
from mailer.register.tables import ALL_LISTS, accesses, contacts, imports, leaves, list_entries
from mailer.verbs import import_
from tests.register.conftest import FRIENDS, NOW, Desk, members_csv

ASA = "0017;Åsa;Öberg;asa@brev.example;070-174 06 05"
BO = "18;Bo;Ek;bo@brev.example;"
ULLA = "19;Ulla;Ahl;;"
OTHERS = [f"{n};Eva{n};Lo;;" for n in range(100, 120)]  # so that one bad row is not a tenth of the file


def friends_csv(*rows: str) -> bytes:
    return "\n".join((";".join(FRIENDS.columns), *rows, "")).encode()


def test_shows_a_difference_and_writes_nothing(desk: Desk) -> None:
    shown = desk.preview(members_csv(ASA, BO))
    assert import_.words(shown)[0] == "Medlemmar: 2 nya."
    assert import_.words(shown)[-1].endswith(f"register.csv --accept {shown.hash}")
    assert import_.words(shown)[-1].startswith("    mailer import --whole medlemmar ")
    assert [desk.rows(table) for table in (contacts, list_entries, imports)] == [[], [], []]


def test_enters_exactly_what_it_showed(desk: Desk) -> None:
    desk.take(members_csv(ASA, BO, ULLA))
    asa = desk.by_number("0017")
    assert (asa["first_name"], asa["last_name"], asa["phone"]) == ("Åsa", "Öberg", "+46701740605")
    assert (asa["address"], asa["created_at"], asa["resigned_at"]) == ("asa@brev.example", NOW, None)
    assert len(asa["address_key"]) == 32
    assert desk.by_number("19")["address_key"] is None
    assert desk.on("medlemmar") == {row["id"] for row in desk.rows(contacts)}
    (entered,) = desk.rows(imports)
    counts = {
        name: entered[name] for name in ("whole", "added", "changed", "removed", "unchanged", "problems", "who", "at")
    }
    assert counts == {
        "whole": True, "added": 3, "changed": 0, "removed": 0, "unchanged": 0, "problems": 0, "who": "anna", "at": NOW
    }  # fmt: skip


def test_plans_nothing_the_second_time(desk: Desk) -> None:
    raw = members_csv(ASA, BO, ULLA, "20;Eva;Lo;eva@@x;")
    desk.take(raw, whole=False)
    before = desk.rows(contacts)
    again = desk.take(raw, whole=False)
    assert again.diff.is_empty
    assert (desk.rows(contacts), len(desk.rows(imports))) == (before, 2)


def test_finds_the_suppression_of_an_address_in_any_spelling(desk: Desk) -> None:
    desk.take(members_csv("1;Åsa;Öberg;ASA@xn--rksmrgs-5wao1o.example;", "2;Bo;Ek;asa@räksmörgås.example;"))
    one, other = desk.rows(contacts)
    assert one["address_key"] == other["address_key"]


def test_refuses_to_accept_another_difference_than_the_one_shown(desk: Desk) -> None:
    shown = desk.preview(members_csv(ASA, BO))
    path = desk.save(members_csv(ASA, BO, ULLA))
    with pytest.raises(EditorError, match="en annan än den du godkände"):
        import_.accept(desk.house, "medlemmar", path, True, shown.hash)
    assert desk.rows(contacts) == []


def test_notices_that_somebody_else_changed_the_register_in_between(desk: Desk) -> None:
    desk.take(members_csv(ASA))
    shown = desk.preview(members_csv(ASA, BO))
    house = desk.house
    house.db.write(lambda c: store.resign(house.db, c, desk.by_number("0017")["id"], NOW))
    with pytest.raises(EditorError, match="en annan än den du godkände"):
        import_.accept(house, "medlemmar", desk.save(members_csv(ASA, BO)), True, shown.hash)
    assert len(desk.rows(contacts)) == 1


def test_writes_nothing_in_a_dry_run(desk: Desk) -> None:
    shown = desk.preview(members_csv(ASA))
    done = import_.accept(desk.house, "medlemmar", shown.path, True, shown.hash, dry_run=True)
    assert import_.words(done)[-1] == "Inget är sparat (--dry-run)."
    assert desk.rows(contacts) == []


def test_resigns_the_member_who_is_gone_from_the_whole_register(desk: Desk) -> None:
    desk.take(members_csv(ASA, BO))
    desk.take(friends_csv("Bo;Ek;bo@brev.example"), "sympatisorer")
    shown = desk.preview(members_csv(ASA))
    assert import_.words(shown)[:2] == ["Medlemmar: 1 har lämnat, 1 oförändrad.", "Har lämnat: nr 18."]
    done = import_.accept(desk.house, "medlemmar", shown.path, True, shown.hash)
    assert done.diff.removed == (desk.by_number("18")["id"],)
    assert desk.by_number("18")["resigned_at"] == NOW
    assert desk.by_number("0017")["resigned_at"] is None


def test_takes_a_sympathiser_off_the_list_and_leaves_the_rest_alone(desk: Desk) -> None:
    desk.take(members_csv(ASA, BO))
    both = friends_csv("Bo;Ek;bo@brev.example", "Ulla;Ahl;ulla@brev.example")
    desk.take(both, "sympatisorer")
    desk.take(friends_csv("Ulla;Ahl;ulla@brev.example"), "sympatisorer")
    bo = desk.by_number("18")
    assert bo["id"] not in desk.on("sympatisorer")
    assert bo["id"] in desk.on("medlemmar")
    assert bo["resigned_at"] is None


def test_takes_nobody_off_when_told_to_add(desk: Desk) -> None:
    desk.take(members_csv(ASA, BO))
    desk.take(members_csv(ULLA), whole=False)
    assert [row["resigned_at"] for row in desk.rows(contacts)] == [None] * 3
    assert [row["whole"] for row in desk.rows(imports)] == [True, False]


def test_does_not_take_a_row_it_could_not_read_for_a_resignation(desk: Desk) -> None:
    desk.take(members_csv(ASA, *OTHERS))
    done = desk.take(members_csv("0017;Å\u0001sa;Öberg;;", *OTHERS))
    assert len(done.problems) == 1
    assert desk.by_number("0017")["resigned_at"] is None
    assert desk.by_number("0017")["first_name"] == "Åsa"


def test_changes_what_has_changed_and_keeps_the_key_with_the_address(desk: Desk) -> None:
    desk.take(members_csv(ASA, BO, ULLA, *OTHERS))
    before = desk.by_number("0017")["address_key"]
    done = desk.take(members_csv(ASA.replace("asa@", "ny@"), "18;Bo;Ek;bo@@x;", "19;Ulla;Dahl;;", *OTHERS))
    asa, bo, ulla = (desk.by_number(n) for n in ("0017", "18", "19"))
    assert import_.words(done)[0] == "Medlemmar: 2 har bytt adress, 1 har bytt namn, 20 oförändrade."
    assert asa["address"] == "ny@brev.example"
    assert asa["address_key"] not in (before, None)
    assert (bo["address"], bo["address_key"]) == (None, None)
    assert bo["address_problem"].startswith("”bo@@x”")
    assert ulla["last_name"] == "Dahl"
    desk.take(members_csv(ASA.replace("asa@", "ny@"), BO, "19;Ulla;Dahl;;", *OTHERS))
    assert (desk.by_number("18")["address"], desk.by_number("18")["address_problem"]) == ("bo@brev.example", None)


def test_brings_a_member_back_with_their_leaves(desk: Desk) -> None:
    house = desk.house
    desk.take(members_csv(ASA, BO))
    bo = desk.by_number("18")["id"]
    house.db.write(lambda c: store.leave(house.db, c, bo, ALL_LISTS, "person", NOW))
    desk.take(members_csv(ASA))
    shown = import_.words(desk.preview(members_csv(ASA, BO)))[:2]
    done = desk.take(members_csv(ASA, BO))
    assert import_.words(done)[0] == "Medlemmar: 1 är tillbaka, 1 oförändrad."
    assert shown == ["Medlemmar: 1 är tillbaka, 1 oförändrad.", "Är tillbaka: nr 18."]
    assert desk.by_number("18")["resigned_at"] is None
    assert bo in desk.on("medlemmar")
    assert [row["undone_at"] for row in desk.rows(leaves)] == [None]


def test_enters_a_member_who_comes_back_on_a_list_they_were_never_on(desk: Desk) -> None:
    house = desk.house
    desk.take(friends_csv("Bo;Ek;bo@brev.example"), "sympatisorer")
    (bo,) = desk.on("sympatisorer")
    house.db.write(lambda c: store.resign(house.db, c, bo, NOW))
    desk.take(members_csv(BO))
    assert desk.on("medlemmar") == {bo}
    assert desk.by_number("18")["resigned_at"] is None


def test_never_lifts_a_leave_or_a_suppression_by_an_import(desk: Desk) -> None:
    house = desk.house
    desk.take(members_csv(ASA))
    asa = desk.by_number("0017")

    def stop(c: object) -> None:
        store.leave(house.db, c, asa["id"], "medlemmar", "mail", NOW)  # type: ignore[arg-type]
        store.suppress(house.db, c, asa["address_key"], "complaint", NOW)  # type: ignore[arg-type]

    house.db.write(stop)
    desk.take(members_csv(ASA.replace("Öberg", "Ek")))
    facts = house.db.read(lambda c: store.about(c, asa["id"]))
    assert facts["contact"]["last_name"] == "Ek"
    assert facts["suppression"]["reason"] == "complaint"
    assert facts["leaves"][0]["undone_at"] is None


def test_makes_a_sympathiser_who_joins_the_same_contact(desk: Desk) -> None:
    desk.take(friends_csv("Åsa;Öberg;ASA@brev.example"), "sympatisorer")
    desk.take(members_csv(ASA))
    (row,) = desk.rows(contacts)
    assert row["number"] == "0017"
    assert desk.on("medlemmar") == desk.on("sympatisorer") == {row["id"]}


def test_waits_with_a_number_that_is_still_anothers(desk: Desk) -> None:
    header = "Medlemsnummer;ID;Förnamn;Efternamn;E-post"
    path = desk.house.lists / "medlemmar.toml"
    path.write_text(path.read_text("utf-8") + '"ID" = "source_id"\n', "utf-8")
    desk.take(members_csv("1;a;Åsa;Öberg;", "2;b;Bo;Ek;", header=header))
    done = desk.take(members_csv("3;a;Åsa;Öberg;", "2;b;Bo;Ek;", "1;c;Ulla;Ahl;", header=header), whole=False)
    assert [problem.line for problem in done.problems] == [4], "number 1 is still Åsa's until the import is done"
    again = desk.take(members_csv("3;a;Åsa;Öberg;", "2;b;Bo;Ek;", "1;c;Ulla;Ahl;", header=header), whole=False)
    assert [row["first_name"] for row in desk.rows(contacts)] == ["Åsa", "Bo", "Ulla"]
    assert again.problems == ()


@pytest.mark.parametrize("whole", [True, False])
def test_stops_a_file_without_people(desk: Desk, whole: bool) -> None:
    with pytest.raises(EditorError, match="ingen rad med en person"):
        desk.preview(members_csv(), whole=whole)


def test_stops_a_file_cut_short_until_the_number_is_said(desk: Desk) -> None:
    rows = [f"{n};Åsa{n};Öberg;;" for n in range(40)]
    desk.take(members_csv(*rows))
    cut = members_csv(*rows[:20])
    with pytest.raises(EditorError, match="20 av 40 på listan Medlemmar skulle räknas som utträdda") as caught:
        desk.preview(cut)
    assert "--allow-removals 20" in str(caught.value)
    assert "De som skulle bort: nr 20, nr 21, nr 22, " in str(caught.value)
    assert "nr 38 och nr 39." in str(caught.value)
    with pytest.raises(EditorError, match="inte 19"):
        desk.preview(cut, allow_removals=19)
    shown = desk.preview(cut, allow_removals=20)
    assert "--allow-removals 20 --accept" in import_.words(shown)[-1]
    assert len(import_.words(shown)[1].split("nr ")) == 21
    with pytest.raises(EditorError, match="20 av 40"):
        import_.accept(desk.house, "medlemmar", shown.path, True, shown.hash)
    desk.take(cut, allow_removals=20)
    assert sum(row["resigned_at"] is not None for row in desk.rows(contacts)) == 20


def test_says_which_columns_it_did_not_read(desk: Desk) -> None:
    header = "Medlemsnummer;Förnamn;E-post;Kön;Personnummer;Anteckningar"
    raw = members_csv("1;Åsa;;f;121212-1212;snäll", header=header)
    lines = "\n".join(import_.words(desk.preview(raw)))
    assert "Kolumnen ”Personnummer” läses inte in: " in lines
    assert "Kolumnen ”Anteckningar” läses inte in: " in lines
    assert "Andra kolumner som inte läses in: ”Kön”." in lines
    assert "1212-" not in lines
    assert "snäll" not in lines


def test_counts_the_rows_that_are_wrong_or_double(desk: Desk) -> None:
    shown = desk.preview(members_csv(ASA, ASA, "1;Bo;Ek;bo@;070", *OTHERS))
    lines = import_.words(shown)
    assert "1 rad gällde samma person som en tidigare rad." in lines
    assert "1 rad har fel; se ovan." in lines
    assert [problem.line for problem in shown.problems] == [4, 4]


def test_says_that_some_in_the_file_have_resigned(desk: Desk) -> None:
    desk.take(members_csv(ASA, BO))
    desk.take(members_csv(ASA))
    done = desk.take(friends_csv("Bo;Ek;bo@brev.example"), "sympatisorer", whole=False)
    assert "1 person i filen har lämnat föreningen och får inget utskick." in import_.words(done)
    assert desk.by_number("18")["resigned_at"] == NOW


@pytest.mark.parametrize(
    ("list_key", "name", "what"),
    [
        ("medlemar", "register.csv", "listan ”medlemar” finns inte.\n    Menade du ”medlemmar”?"),
        ("Sympatisörer", "register.csv", "finns inte.\n    Menade du ”sympatisorer”?"),
        ("kassan", "register.csv", "finns inte.\n    Det som finns är: medlemmar, styrelsen, sympatisorer."),
        ("medlemmar", "saknas.csv", "filen går inte att läsa"),
        ("medlemmar", ".", "filen går inte att läsa"),
    ],
)
def test_says_what_cannot_be_imported(desk: Desk, list_key: str, name: str, what: str) -> None:
    desk.save(members_csv(ASA))
    with pytest.raises(EditorError, match=what):
        import_.preview(desk.house, list_key, desk.folder / name, True)


def test_knows_when_each_list_was_last_whole(desk: Desk) -> None:
    desk.take(members_csv(ASA))
    later = NOW + timedelta(days=3)
    late = Desk(replace(desk.house, clock=Clock(later, 0)), desk.folder)
    late.take(members_csv(ASA))
    late.take(friends_csv("Bo;Ek;bo@brev.example"), "sympatisorer", whole=False)
    found = desk.house.db.read(lambda c: store.last_whole_import(c, ("medlemmar", "sympatisorer")))
    assert found == {"medlemmar": later, "sympatisorer": None}
    assert desk.house.db.read(lambda c: store.last_whole_import(c, ())) == {}


def test_imports_more_than_one_bunch(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("mailer.register.store_import.BUNCH", 7)
    rows = [f"{n};Åsa{n};Öberg;a{n}@brev.example;" for n in range(30)]
    desk.take(members_csv(*rows))
    assert len(desk.on("medlemmar")) == 30
    changed = [row.replace("Öberg", "Ek") for row in rows[:10]]
    desk.take(members_csv(*changed), allow_removals=20)
    found = desk.rows(contacts)
    assert [row["resigned_at"] is None for row in found] == [True] * 10 + [False] * 20
    assert {row["last_name"] for row in found[:10]} == {"Ek"}


def test_names_the_first_twenty_that_would_leave_and_how_many_more(desk: Desk) -> None:
    rows = [f"{n};Åsa{n};Öberg;;" for n in range(100, 150)]
    desk.take(members_csv(*rows))
    with pytest.raises(EditorError, match="nr 138, nr 139 och 10 till") as caught:
        desk.preview(members_csv(*rows[:20]))
    assert "nr 140" not in str(caught.value)


@pytest.mark.parametrize(
    ("title", "hint"),
    [
        ("Epostadress", "Menade du ”Epostadress”? Ändra i lists/medlemmar.toml."),
        ("Mail", "Menade du ”Mail”? Ändra i lists/medlemmar.toml."),
        ("Skostorlek", "Skriv kolumnens rubrik under [columns] i lists/medlemmar.toml"),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_refuses_a_file_that_would_leave_everybody_without_an_address(
    desk: Desk, title: str, hint: str, whole: bool
) -> None:
    rows = [f"{n};Åsa{n};Öberg;a{n}@brev.example" for n in range(40)]
    raw = members_csv(*rows, header=f"Medlemsnummer;Förnamn;Efternamn;{title}")
    with pytest.raises(EditorError) as caught:
        desk.preview(raw, whole=whole)
    (problem,) = caught.value.problems
    assert problem.what == "ingen kolumn ger e-post (listan väntar sig ”E-post”). 40 personer skulle sakna e-post."
    assert problem.remedy.startswith(hint)
    with pytest.raises(EditorError, match="40 personer skulle sakna"):
        import_.accept(desk.house, "medlemmar", desk.folder / "register.csv", whole, "0" * 10)


def test_takes_letters_only_when_the_list_expects_no_address(desk: Desk) -> None:
    path = desk.house.lists / "medlemmar.toml"
    path.write_text(path.read_text("utf-8").replace('"E-post" = "address"\n', ""), "utf-8")
    assert desk.take(members_csv("1;Åsa", header="Medlemsnummer;Förnamn")).diff.added


def test_takes_a_register_where_nobody_happens_to_have_an_address(desk: Desk) -> None:
    assert desk.take(members_csv(ULLA)).missing == ()


def test_says_first_that_the_new_ones_would_lack_an_address(desk: Desk) -> None:
    desk.take(members_csv(ASA))
    raw = members_csv("0017;Åsa;Öberg;x", "18;Bo;Ek;y", header="Medlemsnummer;Förnamn;Efternamn;Epostadress")
    first = import_.words(desk.preview(raw))[0]
    assert first == (
        "OBS: ingen kolumn ger e-post (listan väntar sig ”E-post”). 1 person skulle sakna e-post. "
        "Menade du ”Epostadress”? Ändra i lists/medlemmar.toml."
    )
    assert import_.words(desk.take(raw))[0] == first
    assert desk.by_number("0017")["address"] == "asa@brev.example", "a column that is not there empties nothing"


def test_says_first_that_no_column_gives_the_member_number(desk: Desk) -> None:
    raw = members_csv("1;Åsa;Öberg;asa@brev.example", header="Medlnr;Förnamn;Efternamn;E-post")
    first = import_.words(desk.preview(raw))[0]
    assert first.startswith("OBS: ingen kolumn ger medlemsnummer (listan väntar sig ”Medlemsnummer”). Då känns")
    friends = friends_csv("Bo;Ek;bo@brev.example")
    assert not import_.words(desk.preview(friends, "sympatisorer"))[0].startswith("OBS")


def test_says_which_column_may_be_meant_when_nobody_can_be_known(desk: Desk) -> None:
    raw = "Förnamn;Efternamn;Epostadress\nBo;Ek;bo@brev.example\n".encode()
    with pytest.raises(EditorError, match="ingen kolumn säger vem raderna gäller") as caught:
        desk.preview(raw, "sympatisorer")
    assert "Menade du ”Epostadress”? Ändra i lists/sympatisorer.toml." in str(caught.value)


def test_says_of_a_bad_address_what_will_happen_and_not_what_has(desk: Desk) -> None:
    shown = desk.preview(members_csv("1;Bo;Ek;bo@;070", "2;\u0001;Lo;;", *OTHERS))
    assert [problem.remedy for problem in shown.problems] == [
        "Personen läses in utan uppgiften. Rätta den i registret.",
        "Personen läses in utan e-post. Rätta adressen i registret.",
        "Raden läses inte in. Rätta den i registret.",
    ]


@pytest.mark.parametrize(
    ("modes", "says"), [(["--add", "--whole"], "inte båda."), ([], "Skriv --add (ingen tas bort) eller --whole")]
)
def test_demands_one_of_add_and_whole(tmp_path: Path, modes: list[str], says: str) -> None:
    path = tmp_path / "r.csv"
    path.touch()
    done = CliRunner().invoke(root, ["import", *modes, "medlemmar", str(path)])
    assert done.exit_code == 2
    assert says in done.output


def test_shows_names_only_when_asked_and_notes_that_somebody_saw_them(desk: Desk) -> None:
    raw = members_csv(ASA, BO)
    assert "Åsa" not in "\n".join(import_.words(desk.preview(raw)))
    assert desk.rows(accesses) == []
    assert "Nya: Åsa Öberg (nr 0017) och Bo Ek (nr 18)." in import_.words(desk.preview(raw, names=True))
    assert [(row["who"], row["what"]) for row in desk.rows(accesses)] == [("anna", "import medlemmar")]


def test_tells_how_far_it_has_come(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    rows = [f"{n};Åsa{n};Öberg;;" for n in range(1_200)]
    desk.preview(members_csv(*rows), progress=lambda read, of: told.append((read, of)))
    assert [read for read, _ in told] == [500, 1_000, 1_200]
    assert all(read <= of for read, of in told)


def test_shows_a_bar_for_a_large_file_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with reading("litet.csv") as small:
        small(100, 100)
    assert capsys.readouterr() == ("", "")
    with reading("[stort].csv") as large:
        large(500, 100_000)
        large(100_000, 100_000)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Läser [stort].csv" in shown.err
    assert "100000/100000" in shown.err


def test_takes_a_small_register_with_one_bad_address(desk: Desk) -> None:
    rows = [f"{n};Åsa{n};Öberg;a{n}@brev.example;" for n in range(6)]
    done = desk.take(members_csv(*rows, "7;Bo;Ek;bo@@x;"))
    assert (len(done.diff.added), len(done.problems)) == (7, 1)
