"""`mailer read`: how one mail is read, and why, from a file or pasted; it changes nothing."""

import json

import pytest
from click.testing import CliRunner

from mailer.cli import people  # noqa: F401 - it enters its commands
from mailer.cli.main import root
from mailer.db import METADATA
from mailer.house import open_house
from mailer.verbs import read as verb
from tests.feedback.mails import DELIVERY, dsn, mail
from tests.homes import make_home


@pytest.fixture
def home(tmp_path):
    folder = make_home(tmp_path / "hem", 2525)
    with open_house(folder):
        pass
    return folder


@pytest.fixture
def bounce(home):
    """A real mark of this home, in its own return address."""
    from mailer.address import parse_address
    from tests.feedback import mails

    with open_house(home) as house:
        ours = parse_address(house.settings.sender.return_address)
        raw = dsn(house.keys, "5.1.1", "550 5.1.1 user unknown")
        return raw.replace(mails.to(house.keys).encode(), mails.to(house.keys, address=ours).encode())


def rows(house):
    """All that the home remembers."""
    return {
        name: house.db.read(lambda c, t=table: c.execute(t.select()).all()) for name, table in METADATA.tables.items()
    }


def mailer(home, *arguments, pasted=b""):
    done = CliRunner().invoke(root, ["--home", str(home), *arguments], input=pasted)
    assert done.exit_code == 0, done.output
    return done.output


def test_says_line_by_line_how_a_mail_is_read_and_why(home, bounce, tmp_path):
    path = tmp_path / "studs.eml"
    path.write_bytes(bounce)
    said = mailer(home, "read", str(path)).splitlines()
    assert said[:3] == [
        "Sort: studs: mejlet nådde inte fram",
        f"Gäller leverans: nr {DELIVERY}",
        "Adress i mejlet: asa@vallentuna.example",
    ]
    assert "Studsen är hård: mottagaren finns inte" in said
    assert "Status: 5.1.1" in said
    assert any(line.startswith("Därför att servern sade ”user unknown”") for line in said)


def test_gives_the_same_as_json_from_what_is_pasted(home, bounce):
    facts = json.loads(mailer(home, "read", "-", "--json", pasted=bounce))
    assert (facts["kind"], facts["hardness"], facts["status"]) == ("bounce", "hard", "5.1.1")
    assert (facts["delivery"], facts["address"]) == (DELIVERY, "asa@vallentuna.example")


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", mail({"Subject": "Hej"}, "Hej")])
def test_says_of_anything_else_that_nothing_follows(home, raw):
    said = mailer(home, "read", "-", pasted=raw)
    assert "Sort: okänt: en människa får titta" in said
    assert "ingen som går att bekräfta, så inget ändras" in said


def test_changes_nothing_by_reading(home, bounce):
    with open_house(home) as house:
        before = rows(house)
        assert verb.read_mail(house, bounce).delivery == DELIVERY
        assert rows(house) == before
