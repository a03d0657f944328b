"""The house and addresses at work: a word about those that others may read, and never a guess."""

from dataclasses import replace

import pytest

from mailer.address import FREE_MAIL, parse_address
from mailer.register.employers import _known, suspicion
from tests.register.conftest import FRIENDS, MEMBERS, Desk, members_csv


def said(address: str) -> str:
    found = suspicion(parse_address(address), MEMBERS)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("address", "employer"),
    [
        ("asa.oberg@vallentuna.se", "vallentuna.se"),
        ("asa@edu.Huddinge.SE", "huddinge.se"),
        ("asa@regionstockholm.se", "regionstockholm.se"),
        ("asa@stud.kth.se", "kth.se"),
        ("asa@forsakringskassan.se", "forsakringskassan.se"),
        ("asa@riksdagen.se", "riksdagen.se"),
    ],
)
def test_warns_of_an_address_at_a_public_employer(address: str, employer: str) -> None:
    assert said(address) == f"adressen ser ut att gå till en arbetsgivare ({employer})."


@pytest.mark.parametrize("address", ["info@x.example", "KANSLI@x.example", "ekonomi+v@x.example", "no-reply@x.example"])
def test_warns_of_an_address_that_several_read(address: str) -> None:
    assert said(address).startswith("adressen ser ut att läsas av flera (")


@pytest.mark.parametrize(
    "address",
    [
        "asa@brev.example", "asa@gmail.com", "asa@minfirma.se", "asa@volvo.com", "asa@notvallentuna.se", "asa@se",
        "asa@vallentuna.se.brev.example", "informatika@brev.example", "infoasa@brev.example", "ordforande@brev.example",
    ],
)  # fmt: skip
def test_never_guesses_about_others(address: str) -> None:
    if address.endswith("@se"):
        assert "se" not in _known()
        return
    assert said(address) == ""


def test_keeps_a_list_of_domains_that_are_domains_and_nobodys_private_ones() -> None:
    assert len(_known()) > 450
    assert all(parse_address(f"a@{domain}").domain == domain for domain in _known())
    assert not _known() & FREE_MAIL


def test_says_why_it_matters_by_what_the_list_is() -> None:
    asa = parse_address("asa@vallentuna.se")
    sports = replace(FRIENDS, basis="GDPR artikel 6.1 b: medlemskapet")
    assert "känslig uppgift (GDPR artikel 9): be om en privat adress" in suspicion(asa, MEMBERS)[1]  # type: ignore[index]
    assert "känslig" not in suspicion(asa, sports)[1]  # type: ignore[index]


def test_warns_once_of_an_address_and_stops_nothing(desk: Desk) -> None:
    raw = members_csv("1;Åsa;Öberg;asa@vallentuna.se;", "2;Bo;Ek;info@x.example;", "3;Eva;Lo;eva@x.example;")
    shown = desk.preview(raw)
    assert [(w.line, w.where) for w in shown.warnings] == [(2, "register.csv"), (3, "register.csv")]
    assert shown.problems == ()
    desk.take(raw)
    assert desk.preview(raw).warnings == ()
    changed = desk.preview(
        members_csv("1;Åsa;Öberg;asa@huddinge.se;", "2;Bo;Ek;info@x.example;", "3;Eva;Lo;eva@x.example;")
    )
    assert [w.line for w in changed.warnings] == [2]
