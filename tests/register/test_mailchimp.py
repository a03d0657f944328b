"""The house and what Mailchimp exports: the stops come first, the strictest wins, and half is never written."""

import io
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.address import parse_address
from mailer.cli import people  # noqa: F401 - it enters its commands
from mailer.cli.main import root
from mailer.errors import EditorError
from mailer.register import mailchimp, store, store_stops
from mailer.register.mailchimp import read_parts
from mailer.register.tables import contacts, imports, leaves, list_entries, suppressions
from mailer.verbs import import_mailchimp as verb
from tests.register.conftest import FRIENDS, NOW, Desk, members_csv
from tests.register.workbooks import zipped

_HEAD = "Email Address,First Name,Last Name,Address,Phone Number,Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP"
_TAIL = "LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
MORE = {
    "subscribed": "",
    "unsubscribed": ",UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON,UNSUB_REASON_OTHER",
    "cleaned": ",CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID",
}
SECRETS = ("192.0.2.7", "59.3293", "18.0686", "ringer aldrig")  # addresses of machines, places, notes


def part(kind: str, *people_: tuple[str, str, str]) -> bytes:
    """One of the three files, as Mailchimp writes it."""
    rows = [
        f'{mail},{first},{last},"Vägen 1  Brottby  18696  SE",070-174 06 05,03/12,5,"2020-01-01 10:00:00",192.0.2.7,'
        f'59.3293,18.0686,1,2,Europe/Stockholm,SE,AB,"2021-01-01 10:00:00",17,a1b2,ringer aldrig,"""sommar"""'
        + ","
        * MORE[kind].count(",")
        for mail, first, last in people_
    ]
    return "\n".join([f"{_HEAD},{_TAIL}{MORE[kind]}", *rows, ""]).encode()


ASA = ("Asa@brev.example", "Åsa", "Öberg")
BO = ("bo@brev.example", "Bo", "Ek")
ULLA = ("ulla@brev.example", "Ulla", "Ahl")
EVA = ("eva@brev.example", "", "")
THREE = {
    "subscribed_members_export_1.csv": part("subscribed", ASA, BO, ULLA, EVA),
    "unsubscribed_members_export_1.csv": part(
        "unsubscribed", ("BO@brev.example", "Bo", "Ek"), ("nej@x.example", "", "")
    ),
    "cleaned_members_export_1.csv": part("cleaned", ("ulla@BREV.example", "", ""), ("borta@x.example", "Per", "Lo")),
}


def save(desk: Desk, files: dict[str, bytes]) -> list[Path]:
    return [desk.save(raw, name) for name, raw in files.items()]


def take(desk: Desk, files: dict[str, bytes], list_key: str = "sympatisorer") -> verb.Result:
    paths = save(desk, files)
    shown = verb.preview(desk.house, list_key, paths)
    return verb.accept(desk.house, list_key, paths, shown.hash)


def stopped(desk: Desk) -> tuple[set[str], set[str]]:
    """The addresses of those who have left the list, and how many address keys are suppressed."""
    by_id = {row["id"]: row["address"] for row in desk.rows(contacts)}
    return {by_id[row["contact_id"]] for row in desk.rows(leaves)}, {
        row["address_key"] for row in desk.rows(suppressions)
    }


def test_takes_the_stops_first_and_then_the_subscribers(desk: Desk) -> None:
    shown = verb.preview(desk.house, "sympatisorer", save(desk, THREE))
    assert [desk.rows(table) for table in (contacts, leaves, suppressions)] == [[], [], []]
    assert verb.words(shown)[:6] == [
        "cleaned_members_export_1.csv: adresser som studsar (cleaned), enligt rubrikerna.",
        "unsubscribed_members_export_1.csv: de som har tackat nej (unsubscribed), enligt rubrikerna.",
        "subscribed_members_export_1.csv: prenumeranterna (subscribed), enligt namnet.",
        "Sympatisörer: 2 adresser spärras, 2 tackar nej, 2 nya.",
        "2 som tackat nej fanns inte i registret och läggs in med sitt nej, så att det gäller.",
        "2 prenumererar i en fil och inte i en annan; det strängaste gäller.",
    ]
    take(desk, THREE)
    left, suppressed = stopped(desk)
    assert left == {"BO@brev.example", "nej@x.example"}
    keys = desk.house.keys
    assert suppressed == {parse_address(text).key(keys) for text in ("ulla@brev.example", "borta@x.example")}
    assert {row["reason"] for row in desk.rows(suppressions)} == {"hard_bounce"}
    assert {row["how"] for row in desk.rows(leaves)} == {"import"}
    assert {row["address"] for row in desk.rows(contacts)} == {"Asa@brev.example", "eva@brev.example", *left}
    assert len(desk.on("sympatisorer")) == 4


def test_reads_nothing_of_where_people_are_or_how_keen(desk: Desk) -> None:
    take(desk, THREE)
    kept = str([desk.rows(table) for table in (contacts, list_entries, leaves, imports)])
    assert not any(secret in kept for secret in (*SECRETS, "sommar", "2020-01-01", "Brottby"))
    assert {row["phone"] for row in desk.rows(contacts)} == {"+46701740605"}


def test_reads_the_zip_as_the_three_files(desk: Desk) -> None:
    files = save(desk, THREE)
    bundle = desk.save(zipped({"audience/" + name: raw for name, raw in THREE.items()}), "audience_export.zip")
    one, three = (verb.preview(desk.house, "sympatisorer", paths) for paths in ([bundle], files))
    assert one.hash == three.hash
    verb.accept(desk.house, "sympatisorer", [bundle], one.hash)
    assert len(stopped(desk)[0]) == 2


@pytest.mark.parametrize(
    "name",
    [
        "../../subscribed.csv",
        "/etc/subscribed.csv",
        "C:\\subscribed.csv",
        "..\\..\\subscribed.csv",
        "a/../subscribed.csv",
    ],
)
def test_takes_the_name_of_a_zips_member_for_a_name_and_never_for_a_path(name: str, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    extra = {"__MACOSX/._subscribed.csv": b"x", ".subscribed.csv": b"x", "LÄSMIG.txt": b"x", "mapp/": b""}
    (found,) = read_parts([("a.zip", zipped({name: part("subscribed", ASA), **extra}))])
    assert (found.where, found.kind) == ("subscribed.csv", "subscribed")
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"medlemmar.csv": b"Medlemsnummer;E-post\n1;a@x.example\n"}, "filen ser inte ut som någon av Mailchimps tre"),
        ({"subscribed.csv": part("unsubscribed", BO)}, "filen heter som prenumeranterna (subscribed) men har kolumner"),
        ({"unsubscribed.csv": part("cleaned", BO)}, "filen heter som de som har tackat nej (unsubscribed) men har"),
        ({"subscribed.csv": part("subscribed"), "subscribed2.csv": part("subscribed")}, "är alla prenumeranterna"),
        ({"a.zip": zipped({"x.txt": "x"})}, "zip-arkivet har ingen CSV-fil."),
        ({"a.zip": zipped({})}, "zip-arkivet har ingen CSV-fil."),
        ({"a.zip": zipped(THREE)[:-40]}, "filen är avklippt eller skadad"),
        ({"a.zip": zipped({"subscribed.csv": b" " * 60_000_000})}, "filen är orimligt stor inuti"),
        ({"subscribed.csv": b""}, "filen är tom."),
    ],
)
def test_says_what_is_no_export_of_mailchimps(files: dict[str, bytes], what: str) -> None:
    with pytest.raises(EditorError) as caught:
        read_parts(list(files.items()))
    assert what in str(caught.value)


def test_says_that_a_zip_is_locked() -> None:
    raw = bytearray(zipped({"subscribed.csv": part("subscribed", ASA)}))
    central = raw.index(b"PK\1\2")
    raw[central + 8] |= 1
    with pytest.raises(EditorError, match="låst med lösenord"):
        read_parts([("a.zip", bytes(raw))])


@pytest.mark.parametrize(("name", "kind"), [("export.csv", "cleaned"), ("cleaned_old.csv", "subscribed")])
def test_lets_headers_say_which_file_it_is_and_the_name_where_they_do_not(name: str, kind: str) -> None:
    (found,) = read_parts([(name, part(kind, BO))])
    assert found.kind == "cleaned"


def test_makes_everybody_with_the_address_leave(desk: Desk) -> None:
    desk.take(
        members_csv("1;Åsa;Öberg;delad@brev.example;", "2;Bo;Ek;DELAD@brev.example;", "3;Eva;Lo;eva@brev.example;")
    )
    take(desk, {"unsubscribed.csv": part("unsubscribed", ("delad@brev.example", "Åsa", "Öberg"))}, "medlemmar")
    assert stopped(desk)[0] == {"delad@brev.example", "DELAD@brev.example"}


def test_makes_nobody_a_member_by_a_newsletter(desk: Desk) -> None:
    desk.take(members_csv("1;Åsa;Öberg;asa@brev.example;", "2;Ulla;Ahl;ulla@brev.example;"))
    done = take(desk, THREE, "medlemmar")
    lines = verb.words(done)
    assert "Medlemmar: 2 adresser spärras, 0 tackar nej, ingenting." in lines
    assert "2 prenumeranter läses inte in: medlemslistan kommer ur medlemsregistret." in lines
    assert len(desk.rows(contacts)) == 2
    assert len(desk.rows(suppressions)) == 2


def test_takes_an_address_without_a_name_for_the_one_who_has_it(desk: Desk) -> None:
    desk.take(members_csv("1;Eva;Lo;eva@brev.example;"))
    take(desk, {"subscribed.csv": part("subscribed", EVA, ("ny@x.example", "", ""))})
    assert desk.by_number("1")["id"] in desk.on("sympatisorer")
    assert len(desk.rows(contacts)) == 2


def test_says_when_an_address_without_a_name_may_be_several_peoples(desk: Desk) -> None:
    desk.take(members_csv("1;Eva;Lo;eva@brev.example;", "2;Bo;Ek;eva@brev.example;"))
    done = take(desk, {"subscribed.csv": part("subscribed", EVA)})
    assert [problem.what for problem in done.problems] == [
        "raden har inget namn, och adressen är fleras i registret: #1 och #2."
    ]
    assert desk.on("sympatisorer") == set()


def test_plans_nothing_the_second_time(desk: Desk) -> None:
    take(desk, THREE)
    before = [desk.rows(table) for table in (contacts, list_entries, leaves, suppressions)]
    again = take(desk, THREE)
    assert again.plan.is_empty
    assert [desk.rows(table) for table in (contacts, list_entries, leaves, suppressions)] == before


def test_never_lifts_a_no_because_mailchimp_says_subscribed(desk: Desk) -> None:
    take(desk, THREE)
    asa = next(row["id"] for row in desk.rows(contacts) if row["first_name"] == "Åsa")
    house = desk.house
    house.db.write(lambda c: store.leave(house.db, c, asa, "sympatisorer", "mail", NOW))
    take(desk, {"subscribed.csv": part("subscribed", ASA)})
    assert house.db.read(lambda c: store.has_left(c, asa, "sympatisorer"))


def test_writes_all_or_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = save(desk, THREE)
    shown = verb.preview(desk.house, "sympatisorer", paths)

    def power_cut(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(verb, "enter_import", power_cut)
    with pytest.raises(ZeroDivisionError):
        verb.accept(desk.house, "sympatisorer", paths, shown.hash)
    tables = (contacts, list_entries, leaves, suppressions, imports)
    assert [desk.rows(table) for table in tables] == [[]] * 5


def test_refuses_to_accept_something_else_than_it_showed(desk: Desk) -> None:
    paths = save(desk, THREE)
    shown = verb.preview(desk.house, "sympatisorer", paths)
    with pytest.raises(EditorError, match="en annan än den du godkände"):
        verb.accept(desk.house, "sympatisorer", paths[:2], shown.hash)
    verb.accept(desk.house, "sympatisorer", paths, shown.hash, dry_run=True)
    assert desk.rows(contacts) == []


def test_says_which_of_the_three_is_lacking(desk: Desk) -> None:
    shown = verb.preview(desk.house, "sympatisorer", save(desk, {"subscribed.csv": part("subscribed", ASA)}))
    assert any(
        line.startswith("OBS: det finns ingen fil med adresser som studsar (cleaned) och de som")
        for line in verb.words(shown)
    )
    assert verb.words(shown)[-1].startswith("    mailer import --mailchimp sympatisorer ")


def test_demands_one_way_to_import(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.touch()
    for arguments, says in (
        (["--add", "--mailchimp", "medlemmar", str(path)], "För Mailchimps export: --mailchimp."),
        (["--add", "medlemmar", str(path), str(path)], "Bara --mailchimp tar flera."),
    ):
        done = CliRunner().invoke(root, ["import", *arguments])
        assert done.exit_code == 2
        assert says in done.output


def test_stops_as_many_as_a_file_holds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_stops, "BUNCH", 3)
    some = [(f"a{n}@x.example", f"Eva{n}", "Lo") for n in range(10)]
    take(desk, {"unsubscribed.csv": part("unsubscribed", *some), "cleaned.csv": part("cleaned", *some)})
    assert (len(desk.rows(leaves)), len(desk.rows(suppressions))) == (10, 10)
    assert take(desk, {"cleaned.csv": part("cleaned", *some)}).plan.is_empty


_addresses = st.sampled_from(["a@x.example", "A@X.example", "b@x.example", "c@räksmörgås.example", "nej", ""])
_people = st.lists(st.tuples(_addresses, st.sampled_from(["", "Åsa"]), st.sampled_from(["", "Ek"])), max_size=5)


@settings(deadline=None, max_examples=60)
@given(_people, _people, _people)
def test_reads_each_person_in_the_strictest_file_alone(
    subscribed: Sequence[tuple[str, str, str]],
    unsubscribed: Sequence[tuple[str, str, str]],
    cleaned: Sequence[tuple[str, str, str]],
) -> None:
    files = [("subscribed.csv", part("subscribed", *subscribed)), ("unsubscribed.csv", part("unsubscribed", *unsubscribed)),
             ("cleaned.csv", part("cleaned", *cleaned))]  # fmt: skip
    found = mailchimp.read_export(read_parts(files), FRIENDS)
    strict = {row.address.normal for row in (*found.unsubscribed, *found.cleaned) if row.address}
    assert not strict & {row.address.normal for row in found.subscribed.rows if row.address}


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 2_000), st.integers(0, 255))
def test_raises_nothing_but_its_own_errors_on_any_zip(raw: bytes, at: int, byte: int) -> None:
    whole = bytearray(zipped(THREE))
    whole[min(at, len(whole) - 1)] = byte
    for content in (raw, b"PK\3\4" + raw, bytes(whole)):
        with suppress(EditorError):
            found = mailchimp.read_export(read_parts([("a.zip", content)]), FRIENDS)
            assert all(row.address for row in found.subscribed.rows if not row.left_out)


def test_is_tried_on_a_zip_that_others_can_open() -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(THREE))) as bundle:
        assert bundle.testzip() is None
