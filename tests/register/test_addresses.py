"""The house and addresses that mail servers read in more than one way, or not at all (S9). All are refused."""

import pytest

from mailer.address import parse_address
from mailer.register.rows import read_rows
from tests.register.conftest import FRIENDS, MEMBERS

HOSTILE = [
    "x" * 65 + "@brev.example",
    # comments, in every place RFC 5322 allows them
    "anna(kommentar)@brev.example", "(kommentar)anna@brev.example", "anna@(kommentar)brev.example",
    "anna@brev.example(kommentar)", "anna@brev(.se).example", "anna(a(b)c)@brev.example",
    # the %-hack and bang paths: relay through somebody else
    "anna%brev.example@relay.example", "anna%brev.example", "relay!anna@brev.example", "a!b!anna@brev.example",
    "brev.example!anna", "anna%", "%@brev.example",
    # source routes
    "@relay.example:anna@brev.example", "@a.example,@b.example:anna@brev.example", "<@relay.example:anna@brev.example>",
    # quoted local parts
    '"anna"@brev.example', '"anna berg"@brev.example', '"anna@post.example"@brev.example', '"a\\"b"@brev.example',
    '""@brev.example', '"anna\\@x"@brev.example', '" "@brev.example', 'anna."b"@brev.example',
    # more than one @, or none
    "anna@@brev.example", "anna@post.example@brev.example", "@", "@@", "anna", "anna.brev.example",
    "anna(a)brev.example",     "anna＠brev.example",
    # more than one mailbox, display names, headers
    "anna@brev.example,bo@brev.example", "anna@brev.example;bo@brev.example", "anna@brev.example bo@brev.example",
    "Anna <anna@brev.example>", "<anna@brev.example>", "mailto:anna@brev.example",
    "anna@brev.example?bcc=bo@brev.example",
    # control and invisible characters
    "anna@brev.example\r\nBcc: bo@brev.example", "anna\r@brev.example", "anna\n@brev.example", "an\tna@brev.example",
    "anna\x00@brev.example", "anna\x7f@brev.example", "an\u2028na@brev.example", "an\u2029na@brev.example",
    "anna@brev\u2028.example", "an\u202ena@brev.example", "an\u200bna@brev.example", "anna@brev\u200b.example",
    "an\u00adna@brev.example", "\ufeffanna@brev.example", "an\u0085na@brev.example", "an\u00a0na@brev.example",
    "anna@brev.example\u200f", "an\ue000na@brev.example",
    # dots
    ".anna@brev.example", "anna.@brev.example", "an..na@brev.example", "anna@.brev.example", "anna@brev..example",
    "anna@brev.example.",
    # domains
    "anna@", "@brev.example", "anna@example", "anna@-brev.example", "anna@brev-.example", "anna@brev_x.example",
    "anna@[192.0.2.1]", "anna@[IPv6:2001:db8::1]", "anna@192.0.2.1", "anna@brev.example:25", "anna@brev.example/x",
    "anna@xn--.example", "anna@xn--0.example", "anna@brev。。example", "anna@" + "x" * 64 + ".example",
    "anna@" + "x." * 125 + "example", "anna@brev .example", "anna @brev.example", "anna@ brev.example",
    "anna@localhost",
    # local parts
    "åsa@brev.example", "анна@brev.example", "an na@brev.example", "an\\na@brev.example",
    "anna[1]@brev.example", "anna:1@brev.example", "'; DROP TABLE contacts; --@brev.example",
]  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def test_knows_enough_hostile_addresses() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


@pytest.mark.parametrize("address", [a for a in HOSTILE if "\x00" not in a])
def test_refuses_a_hostile_address_in_a_register(address: str) -> None:
    raw = f"Medlemsnummer;Förnamn;E-post\n17;Anna;{quoted(address)}\n".encode()
    (row,) = read_rows("r.csv", raw, MEMBERS).rows
    assert row.address is None
    assert row.address_problem
    assert not row.left_out


@pytest.mark.parametrize("address", HOSTILE)
def test_refuses_a_hostile_address_anywhere(address: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "anna@brev.example",
        "anna+lista@brev.example",
        "ANNA@BREV.EXAMPLE",
        "a-b_c'd@brev.example",
        "anna@räksmörgås.example",
    ],
)
def test_takes_an_ordinary_address(address: str) -> None:
    (row,) = read_rows("r.csv", f"Förnamn;E-post\nAnna;{address}\n".encode(), FRIENDS).rows
    assert row.address is not None


# A real mailbox may have such a name (RFC 6531), and no relay can be trusted to carry it on: it is said when the
# address comes in, and not by a bounce.
BEYOND_ASCII = ["åsa@brev.example", "björn.öberg@brev.example", "анна@brev.example", "o’brien@brev.example"]


@pytest.mark.parametrize("address", BEYOND_ASCII)
def test_says_plainly_that_no_mail_reaches_a_name_with_letters_beyond_a_to_z(address: str) -> None:
    """M11: at the import, with the row; and wherever an address is typed."""
    why = (
        f"”{address}” har å, ä, ö eller ett annat tecken utanför a–z före @; dit når inte e-postservern, "
        "be om en adress utan sådana"
    )
    with pytest.raises(ValueError, match="före @") as typed:
        parse_address(address)
    assert str(typed.value) == why
    found = read_rows("r.csv", f"Medlemsnummer;Förnamn;E-post\n17;Anna;{address}\n".encode(), MEMBERS)
    assert (found.rows[0].address, found.rows[0].address_problem) == (None, why)
    (problem,) = found.problems
    assert (problem.line, why in problem.what) == (2, True)
