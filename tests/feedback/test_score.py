"""How much a bounce weighs, when an address is asked, and what a question's answer means: the tables of the pure part."""

from datetime import UTC, datetime, timedelta

import pytest

from mailer.errors import BrokenPromise
from mailer.feedback import ours, score
from mailer.feedback.meaning import Hardness, Kind, Reading
from mailer.feedback.probe import PROBE, Probe, is_given_up, may_ask, next_probe, probe_step
from mailer.feedback.store_sweep import hardness_of
from mailer.feedback.weighing import WHY, Subject, weigh

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
P = Probe


@pytest.mark.parametrize(
    ("days", "asks"),
    [
        ([Hardness.hard], True),
        ([Hardness.soft], False),
        ([Hardness.soft] * 3, False),
        ([Hardness.soft] * 4, True),
        ([Hardness.ours] * 50, False),
        ([None] * 4, True),  # what nobody understands is soft
        ([], False),
    ],
)
def test_asks_after_one_hard_bounce_or_four_soft(days, asks):
    assert score.is_enough(score.score(score.weight(one) for one in days)) is asks


def test_gives_a_day_the_points_of_its_worst_and_never_their_sum():
    hard, soft = score.weight(Hardness.hard), score.weight(Hardness.soft)
    assert score.worst(soft, soft) == soft
    assert score.worst(soft, hard) == score.worst(hard, soft) == score.worst(hard, hard) == hard


@pytest.mark.parametrize(("ago", "asks"), [(None, True), (0, False), (29, False), (30, True), (400, True)])
def test_asks_an_address_once_in_thirty_days(ago, asks):
    last = None if ago is None else NOW - timedelta(days=ago)
    assert may_ask(last, NOW) is asks


@pytest.mark.parametrize(
    ("newest_first", "given_up"),
    [
        ([P.UNSURE] * 3, True),
        ([P.UNSURE] * 2, False),
        ([P.UNSURE, P.UNSURE, P.REACHED, P.UNSURE], False),
        ([P.UNSURE, P.DROPPED, P.UNSURE, P.UNSURE], True),  # one that never went out says nothing
        ([P.UNSURE, P.UNSURE, P.UNSURE, P.REACHED], True),
        ([], False),
    ],
)
def test_gives_an_address_up_at_the_third_soft_answer_in_a_row(newest_first, given_up):
    assert is_given_up(newest_first) is given_up


def test_lets_nothing_happen_to_a_question_that_its_table_does_not_know():
    assert next_probe(P.ASKED, "come_back_hard") == P.FAILED
    for state, events in PROBE.items():
        for event in {e for known in PROBE.values() for e in known} - set(events):
            with pytest.raises(BrokenPromise):
                next_probe(state, event)
    with pytest.raises(BrokenPromise):
        probe_step("nothing")


def subject(state: str = "accepted", **more) -> Subject:
    return Subject(
        **({"delivery": 7, "state": state, "doubts": 0, "kind": "issue", "contact": 1, "went_at": NOW} | more)
    )


BOUNCE = Reading(Kind.bounce, 7, hardness=Hardness.hard)
WEIGHED = [
    # reading, what is known of the delivery, days since, folder, why it is ignored, whether later
    (BOUNCE, subject(), 0, "hanterade", "", False),
    (BOUNCE, subject(), 30, "hanterade", "", False),
    (BOUNCE, subject(), 31, "okända", "too_old", False),
    (BOUNCE, subject("in_doubt", doubts=1), 0, "hanterade", "", False),
    (BOUNCE, subject("offered"), 0, "", "", True),
    (BOUNCE, subject("claimed", doubts=1), 0, "", "", True),
    (BOUNCE, subject("deferred", doubts=1), 0, "", "", True),
    (BOUNCE, subject("deferred"), 0, "okända", "never_sent", False),
    (BOUNCE, subject("planned"), 0, "okända", "never_sent", False),
    (BOUNCE, subject("refused"), 0, "okända", "never_sent", False),
    (BOUNCE, subject("withdrawn"), 0, "okända", "never_sent", False),
    (BOUNCE, subject("excluded"), 0, "okända", "never_sent", False),
    (BOUNCE, subject("expired"), 0, "okända", "never_sent", False),
    (BOUNCE, subject("bounced", counted=True), 0, "hanterade", "repeated", False),
    (BOUNCE, None, 0, "okända", "no_delivery", False),
    (Reading(Kind.bounce, hardness=Hardness.hard), None, 0, "okända", "not_ours", False),
    (Reading(Kind.complaint, 7, status="abuse"), subject(), 0, "hanterade", "", False),
    (Reading(Kind.complaint, 7, status="abuse"), subject("bounced"), 0, "hanterade", "", False),
    (Reading(Kind.complaint, 7, status="abuse"), subject(), 31, "okända", "too_old", False),
    (Reading(Kind.complaint, 7, status="abuse"), subject("refused"), 0, "okända", "never_sent", False),
    (Reading(Kind.complaint, 7, status="not-spam"), subject(), 0, "hanterade", "harmless", False),
    (Reading(Kind.complaint, status="abuse"), None, 0, "okända", "not_ours", False),
    (Reading(Kind.leave, 7, leaves="list"), subject(), 4000, "hanterade", "", False),
    (Reading(Kind.leave, 7, leaves="list"), subject("offered"), 0, "hanterade", "", False),
    (Reading(Kind.leave, 7, leaves="all"), subject(contact=None), 0, "okända", "no_contact", False),
    (Reading(Kind.leave, leaves="list"), None, 0, "okända", "not_ours", False),
    (Reading(Kind.reply, 7), subject(), 400, "hanterade", "", False),
    (Reading(Kind.reply, 7), subject(replies_today=10), 0, "okända", "too_many", False),
    (Reading(Kind.reply), None, 0, "okända", "not_ours", False),
    (Reading(Kind.auto_reply, 7), subject(), 0, "hanterade", "harmless", False),
    (Reading(Kind.delayed, 7), subject(), 0, "hanterade", "harmless", False),
    (Reading(Kind.report), None, 0, "hanterade", "harmless", False),
    (Reading(Kind.loop, 7), subject(), 0, "hanterade", "harmless", False),
    (Reading(Kind.unknown), None, 0, "okända", "not_understood", False),
]


@pytest.mark.parametrize(("reading", "about", "days", "folder", "ignored", "later"), WEIGHED)
def test_counts_only_what_can_be_true_of_a_message_that_went_out(reading, about, days, folder, ignored, later):
    verdict = weigh(reading, about, NOW + timedelta(days=days))
    assert (verdict.folder, verdict.ignored, verdict.later) == (folder, ignored, later)
    assert not ignored or ignored in WHY


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        ("5.7.26", "Unauthenticated mail from example is not accepted", "auth"),
        ("5.7.1", "SPF check failed", "auth"),
        ("5.7.1", "Client host [192.0.2.1] blocked using dnsbl.example", "blocked"),
        ("5.7.28", "daily quota exceeded", "rate"),
        ("4.7.0", "Too many messages, slow down", "rate"),
        ("5.7.1", "Message rejected as spam", "spam"),
        ("5.7.1", "no", "policy"),
        ("", "", "policy"),
    ],
)
def test_says_which_of_our_own_faults_it_is(status, text, kind):
    assert ours.classed(status, text) == kind
    assert kind in ours.CLASSES


def test_shows_a_diagnostic_shortened_and_without_addresses():
    said = (
        "550 5.7.1 <asa.oberg@vallentuna.example>: blocked\r\n\x1b[31m see https://lista.example/?q=a@b.example "
        + "x" * 999
    )
    kind, shown = ours.parted(ours.shortened("5.7.1", said))
    assert kind == "blocked"
    assert "@" not in shown
    assert "asa.oberg" not in shown
    assert shown.isprintable()
    assert len(shown) <= ours.LONGEST


@pytest.mark.parametrize(
    ("code", "status", "text", "hardness"),
    [
        (550, "5.1.1", "", Hardness.hard),
        (550, "", "", Hardness.hard),
        (550, "", "No such user here", Hardness.hard),
        (552, "5.2.2", "", Hardness.soft),
        (550, "5.2.2", "", Hardness.soft),
        (552, "", "", Hardness.soft),
        (550, "5.2.1", "5.2.1 mailbox disabled", Hardness.hard),
        (550, "", "Daily sending limit exceeded, try again tomorrow", Hardness.ours),
        (550, "", "Message rejected as spam", Hardness.ours),
        (550, "", "192.0.2.1 is blocked using zen.spamhaus.org", Hardness.ours),
    ],
)
def test_says_how_hard_a_refusal_is(code, status, text, hardness):
    assert hardness_of(code, status, text) is hardness
