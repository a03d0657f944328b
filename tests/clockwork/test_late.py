"""What comes after the copy deadline is offered to the approver: never dropped, never taken in silently. Both engines."""

import pytest

from mailer.clockwork.tick import tick
from mailer.errors import EditorError
from mailer.outbox.states import Mailing
from mailer.verbs import approve, month, report, send_back, skip, which
from tests.clockwork.test_mistakes import proposed
from tests.clockwork.test_tick import BLOCK, at, house, notices, row, write

__all__ = ["house"]  # a fixture


def titles(house) -> list[str]:
    return [block["title"] for block in row(house).contents["blocks"]]


def test_offers_a_late_block_once_and_leaves_the_proposal_as_it_is(house):
    before = proposed(house)
    write(house, "2024-05/02-mer.md")
    for moment in ("2024-05-03T07:00", "2024-05-03T07:01"):
        tick(at(house, moment))
    assert notices(house, "efter manusstopp/") == [
        ("Kom efter manusstopp: V Aktuellt maj 2024", "anna@vallentuna.example")
    ]
    assert row(house).sources == before.sources
    assert titles(house) == ["01-torget"]


def test_offers_a_late_block_anew_when_its_words_change(house):
    proposed(house)
    write(house, "2024-05/02-mer.md")
    tick(at(house, "2024-05-03T07:00"))
    write(house, "2024-05/02-mer.md", BLOCK.format(title="Bättre"))
    tick(at(house, "2024-05-03T08:00"))
    assert len(notices(house, "efter manusstopp/")) == 2


def test_takes_a_late_block_in_when_a_person_says_so(house):
    proposed(house)
    write(house, "2024-05/02-mer.md")
    tick(at(house, "2024-05-03T07:00"))
    series, period = which.series_and_period(house, "2024-05")
    month.assemble(at(house, "2024-05-03T08:00"), series, period)
    tick(at(house, "2024-05-03T08:01"))
    assert titles(house) == ["01-torget", "02-mer"]


def test_keeps_a_late_block_out_when_another_changes(house):
    """The issue is made anew for the change, and still without what nobody has taken in."""
    proposed(house)
    write(house, "2024-05/02-mer.md")
    write(house, "2024-05/01-torget.md", BLOCK.format(title="Rättat"))
    for moment in ("2024-05-03T07:00", "2024-05-03T07:20"):
        tick(at(house, moment))
    assert titles(house) == ["Rättat"]
    assert ["2024-05/02-mer.md", "kom efter manusstopp"] in row(house).contents["left_out"]
    assert len(notices(house, "efter manusstopp/")) == 1


def test_takes_in_what_was_broken_at_the_deadline_and_has_been_mended(house):
    write(house, "2024-05/02-mer.md", "---\nrubrik: Mer\nordning: tio\n---\n\nText.\n")
    proposed(house)
    write(house, "2024-05/02-mer.md")
    tick(at(house, "2024-05-03T07:00"))
    assert titles(house) == ["01-torget", "02-mer"]
    assert notices(house, "efter manusstopp/") == []


def test_takes_in_all_that_comes_before_the_deadline(house):
    write(house, "2024-05/01-torget.md")
    series, period = which.series_and_period(house, "2024-05")
    month.assemble(at(house, "2024-05-01T08:00"), series, period)
    write(house, "2024-05/02-mer.md")
    tick(at(house, "2024-05-02T08:00"))
    assert titles(house) == ["01-torget", "02-mer"]


def test_sends_back_with_a_remark_and_asks_anew_when_the_file_is_mended(house):
    proposed(house)
    send_back.send_back(at(house, "2024-05-03T09:00"), "2024-05", "Bo Godkännare", "Fel dag i tredje stycket.")
    assert row(house).state == Mailing.RETURNED
    assert notices(house, "tillbaka/") == [
        ("Tillbaka från Bo Godkännare: V Aktuellt maj 2024", "anna@vallentuna.example")
    ]
    with pytest.raises(EditorError, match="är skickat tillbaka till redaktören"):
        approve.approve(at(house, "2024-05-03T10:00"), "2024-05", "Anna Redaktör")
    tick(at(house, "2024-05-03T11:00"))
    assert row(house).state == Mailing.RETURNED, "nothing has been mended yet"
    write(house, "2024-05/01-torget.md", BLOCK.format(title="Rättat"))
    tick(at(house, "2024-05-03T12:00"))
    assert row(house).state == Mailing.PROPOSED
    assert len(notices(house, "godkänn/")) == 2


@pytest.mark.parametrize("remark", ["", "   ", "x" * 2001])
def test_asks_for_a_remark_of_some_length(house, remark):
    proposed(house)
    with pytest.raises(EditorError, match="den saknas eller är för lång"):
        send_back.send_back(at(house, "2024-05-03T09:00"), "2024-05", "Bo Godkännare", remark)


def test_asks_whether_a_month_without_anything_new_shall_go(house):
    write(house, "ny-i-vanstern.md", "---\nrubrik: Ny?\nåterkommer: varje månad\n---\n\nVälkommen.\n")
    tick(at(house, "2024-05-03T06:00"))
    assert row(house) is None
    assert len(notices(house, "tomt/")) == 1
    skip.skip(at(house, "2024-05-03T08:00"), "2024-05", "Anna Redaktör", "Ingen hann skriva.")
    for moment in ("2024-05-04T06:00", "2024-05-10T09:00", "2024-05-29T06:00", "2024-06-01T06:00"):
        tick(at(house, moment))
    assert row(house) is None
    assert report.all_lines(house) == [
        f"{'v-aktuellt/2024-05':<32} {'hoppades över':<20} Anna Redaktör: Ingen hann skriva."
    ]
    assert notices(house, "larm/v-aktuellt/2024-05/send") == []
    assert notices(house, "larm/v-aktuellt/2024-05/missed") == [], "somebody has decided"


def test_lets_a_skipped_month_have_an_issue_after_all(house):
    write(house, "2024-05/01-torget.md")
    skip.skip(at(house, "2024-05-02T08:00"), "2024-05", "Anna Redaktör", "Ingen hann skriva.")
    tick(at(house, "2024-05-03T06:00"))
    assert row(house) is None
    series, period = which.series_and_period(house, "2024-05")
    month.assemble(at(house, "2024-05-04T06:00"), series, period)
    tick(at(house, "2024-05-04T06:01"))
    assert row(house).state == Mailing.PROPOSED
    assert len(notices(house, "godkänn/")) > 0


def test_skips_nothing_without_a_reason_or_a_right(house):
    for name, reason, what in (
        ("Anna Redaktör", " ", "skäl saknas"), ("Kerstin Lund", "Hann inte.", "är inte redaktör"),
    ):  # fmt: skip
        with pytest.raises(EditorError, match=what):
            skip.skip(house, "2024-05", name, reason)
    assert skip.skip(house, "2024-05", "Anna Redaktör", "Hann inte.", dry_run=True).written is False


def test_asks_the_second_approver_about_each_version_a_day_after_the_first(house):
    proposed(house)
    tick(at(house, "2024-05-04T06:00"))
    assert len(notices(house, "godkänn/")) == 2
    write(house, "2024-05/01-torget.md", BLOCK.format(title="Rättat"))
    tick(at(house, "2024-05-04T07:00"))
    assert len(notices(house, "godkänn/")) == 3, "the first approver, about the new version"
    tick(at(house, "2024-05-05T07:00"))
    assert len(notices(house, "godkänn/")) == 4


def test_asks_about_what_a_person_has_made_anew(house):
    proposed(house)
    write(house, "2024-05/02-mer.md")
    series, period = which.series_and_period(house, "2024-05")
    month.assemble(at(house, "2024-05-03T08:00"), series, period)
    for moment in ("2024-05-03T08:01", "2024-05-03T08:02"):
        tick(at(house, moment))
    assert len(notices(house, "godkänn/")) == 2


def test_tells_of_a_late_block_under_an_approved_issue(house):
    proposed(house)
    approve.approve(at(house, "2024-05-03T09:00"), "2024-05", "Bo Godkännare")
    write(house, "2024-05/02-mer.md")
    tick(at(house, "2024-05-03T10:00"))
    assert {address for _, address in notices(house, "ändrat/")} == {"anna@vallentuna.example", "bo@vallentuna.example"}
    assert titles(house) == ["01-torget"]


def test_lets_what_a_missed_month_never_printed_stand_in_the_next(house):
    write(house, "nytt.md")
    tick(at(house, "2024-05-03T06:00"))
    assert titles(house) == ["nytt"]
    tick(at(house, "2024-06-01T00:30"))
    tick(at(house, "2024-06-03T06:00"))
    june = row(house, "v-aktuellt/2024-06")
    assert [block["title"] for block in june.contents["blocks"]] == ["nytt"]
