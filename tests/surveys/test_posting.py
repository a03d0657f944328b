"""Letters on paper: printed they ask nobody, posted they do, come back they did not. Both engines."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import insert, select, text

from mailer.db import Database
from mailer.errors import EditorError, LaterError
from mailer.register import requests
from mailer.surveys import codes, invitations, people
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.freezing import figures
from mailer.surveys.posting import letter_rows, pulling, returning, revoking, runs
from mailer.surveys.posting.tables import letter_runs, letters
from mailer.surveys.tables import channel_stops
from mailer.verbs.surveys import ask, stop
from tests.surveys.lettered import (
    ANNA,
    a_post_home,
    answer,
    letter_states,
    make,
    post,
    survey_of,
    to_pull,
)
from tests.surveys.running import at, change, invitation_of, states

PEOPLE = 6


@pytest.fixture
def house(tmp_path, database_url):
    with a_post_home(tmp_path, PEOPLE, database_url) as opened:
        yield opened


def attempts(house) -> Counter:
    c = contact_attempts.c
    return Counter(house.db.read(lambda conn: [tuple(r) for r in conn.execute(select(c.contact_id, c.outcome))]))


def give_back(house, contact: int):
    survey = survey_of(house)

    def work(c):
        sheet = returning.of_contact(c, survey, contact, letter_rows.Letter.POSTED, "x")
        return returning.returned(c, house.db, survey, contact, sheet, "flyttat", house.clock.now())

    return house.db.write(work)


def test_counts_each_letter_once_when_it_is_posted(house):
    made = make(house)
    assert [[one.contact for one in some] for some in made.households] == [[1, 2], [3, 4], [5, 6]]
    assert set(states(house, "brev").values()) == {("planned", "open")}, "printing asks nobody"
    assert set(letter_states(house).values()) == {"printed"}
    assert attempts(house) == {}
    done = post(house, made.number)
    assert (done.letters, done.envelopes, done.pulled, done.waiting) == (6, 3, (), ())
    assert set(states(house, "brev").values()) == {("asked", None)}
    assert attempts(house) == {(n, "posted"): 1 for n in range(1, 7)}
    assert post(house, made.number).letters == 0
    assert attempts(house).total() == 6
    with pytest.raises(EditorError, match="ingen ska ha det brevet nu"):
        make(house)


def test_posts_the_envelopes_that_are_named_and_no_others(house):
    made = make(house)
    assert post(house, made.number, {2}).letters == 2
    assert letter_states(house) == {1: "printed", 2: "printed", 3: "posted", 4: "posted", 5: "printed", 6: "printed"}
    with pytest.raises(EditorError, match="kuvert 9: finns inte bland dem"):
        post(house, made.number, {1, 9})
    with pytest.raises(EditorError, match="kuvert 2: finns inte bland dem"):
        post(house, made.number, {2})
    assert post(house).letters == 4


def test_takes_out_who_has_answered_between_the_printer_and_the_post(house):
    made = make(house)
    assert answer(house, 2)
    assert answer(house, 3)
    assert answer(house, 4)
    found = to_pull(house)
    assert [(p.sheet.envelope, p.sheet.contact, p.reason, p.stays) for p in found.pulls] == [
        (1, 2, "answered", ("Åsa1",)), (2, 3, "answered", ()), (2, 4, "answered", ()),
    ]  # fmt: skip
    done = post(house, made.number)
    assert (done.letters, done.envelopes, len(done.pulled)) == (3, 2, 3)
    assert letter_states(house) == {1: "posted", 2: "pulled", 3: "pulled", 4: "pulled", 5: "posted", 6: "posted"}
    assert attempts(house) == {(1, "posted"): 1, (5, "posted"): 1, (6, "posted"): 1}


def test_has_posted_what_went_before_she_answered(house):
    """Said three days late: the letter of whoever has answered since was in the box by then."""
    made, then = make(house), at(house, "2024-03-08T10:00")
    numbers = {n: invitation_of(house, n) for n in (1, 3)}
    for n, day in ((1, 7), (3, 5)):
        on = {"answered_on": date(2024, 3, day), "through": "web"}
        assert house.db.write(lambda c, n=n, on=on: invitations.step(c, house.db, numbers[n], "answer", **on))
    done = post(then, made.number, at=house.clock.now())
    assert [(p.sheet.contact, p.reason) for p in done.pulled] == [(3, "answered")]
    assert (done.letters, letter_states(house)[1], attempts(house)[1, "posted"]) == (5, "posted", 1)


def _decline(house, n):
    number = invitation_of(house, n)
    house.db.write(lambda c: invitations.decline(c, house.db, number, "telephone", house.clock.now()))


def _stop(house, n):
    number = invitation_of(house, n)
    house.db.write(lambda c: invitations.stop(c, house.db, number, "died", house.clock.now()))


def _remove(house, n):
    number = invitation_of(house, n)
    house.db.write(lambda c: invitations.stop(c, house.db, number, "removed", house.clock.now(), "duplicate"))


def _resign(house, n):
    change(house, [n], resigned_at=house.clock.now())


def _move(house, n):
    change(house, [n], street="Nya vägen 7")


def _forget(house, n):
    from mailer.surveys import privacy

    house.db.write(lambda c: privacy.forget(c, house.db, n, house.clock.now()))


def _revoke(house, n):
    survey = survey_of(house)
    house.db.write(lambda c: revoking.revoke(c, house.db, house.keys, survey, n, f"#{n}"))


def _post_elsewhere(house, n):
    values = {"invitation_id": invitation_of(house, n), "contact_id": n, "step": "brev", "channel": "letter"}
    values |= {"at": at(house, "2024-03-05T11:00").clock.now(), "outcome": "posted", "by": ANNA}
    house.db.write(lambda c: c.execute(insert(contact_attempts).values(**values)))


NOT_POSTED = {
    "answered": (answer, "answered"),
    "declined": (_decline, "declined"),
    "died": (_stop, "died"),
    "counted by mistake": (_remove, "removed"),
    "resigned": (_resign, "resigned"),
    "forgotten": (_forget, "forgotten"),
    "moved": (_move, "new_address"),
    "a code that is revoked": (_revoke, "revoked"),
    "posted by somebody else": (_post_elsewhere, "done"),
}


def test_never_posts_to_one_who_may_not_be_asked(tmp_path, database_url):
    """The first of each household is one of the table; the second may have hers."""
    with a_post_home(tmp_path, 2 * len(NOT_POSTED), database_url) as house:
        make(house)
        for n, (happens, _) in enumerate(NOT_POSTED.values()):
            happens(house, 2 * n + 1)
        later = at(house, "2024-03-05T12:00")
        expected = [(1, reason, (f"Åsa{2 * n + 2}",)) for n, (_, reason) in enumerate(NOT_POSTED.values())]
        assert [(p.sheet.place, p.reason, p.stays) for p in to_pull(later).pulls] == expected
        before = attempts(house)
        assert len(post(later).pulled) == len(NOT_POSTED)
        assert attempts(house) - before == {(2 * n + 2, "posted"): 1 for n in range(len(NOT_POSTED))}


def test_waits_with_the_whole_household_when_one_of_it_was_asked_a_moment_ago(house):
    made = make(house)
    values = {"invitation_id": invitation_of(house, 2), "contact_id": 2, "step": "ring", "channel": "telephone"}
    values |= {"at": house.clock.now(), "outcome": "no_answer", "by": ANNA}
    house.db.write(lambda c: c.execute(insert(contact_attempts).values(**values)))
    done = post(house, made.number)
    assert (done.letters, [(w.sheet.contact, w.reason) for w in done.waiting]) == (4, [(2, "too_soon")])
    (first,) = (w.first.astimezone(house.zone).date().isoformat() for w in done.waiting)
    assert first == "2024-03-08"
    assert letter_states(house)[1] == "printed"
    assert {p.reason for p in to_pull(at(house, "2024-05-02T10:00")).pulls} == {"closed"}
    named = post(house, made.number, {1})  # it has gone: what has happened is written down
    assert (named.letters, named.waiting) == (2, ())


def test_prints_again_only_when_somebody_says_so(house):
    first = make(house)
    with pytest.raises(EditorError, match=rf"redan utskrivna \(körning {first.number}\)"):
        make(house)
    post(house, first.number, {1})
    second = make(house, again=True)
    assert (second.letters, second.discarded) == (4, 4)
    assert letter_states(house, first.number) == {
        1: "posted", 2: "posted", 3: "discarded", 4: "discarded", 5: "discarded", 6: "discarded",
    }  # fmt: skip
    assert post(house).letters == 4
    with pytest.raises(EditorError, match="ingen ska ha det brevet nu"):
        make(house)


def test_prints_only_what_is_new_beside_what_lies_on_the_table(house):
    change(house, [6], postcode=None)
    first = make(house)
    assert [(one.contact, why) for one, why in first.unable] == [(6, "postnummer saknas")]
    change(house, [6], postcode="18630")
    second = make(house)
    assert ([one.contact for some in second.households for one in some], second.waiting) == ([6], 5)


def test_prints_once_more_for_one_whose_letter_is_lost(house):
    post(house, make(house).number)
    assert answer(house, 2)
    again = make(house, only=[1, 2])
    assert [one.contact for some in again.households for one in some] == [1]
    assert [(one.contact, why) for one, why in again.unable] == [(2, "har svarat")]
    done = post(at(house, "2024-03-06T10:00"), again.number)
    assert (done.letters, done.pulled, done.waiting) == (1, (), ())
    assert attempts(house)[1, "posted"] == 2


def test_counts_once_when_two_people_say_posted_at_once(house):
    made, gate = make(house), threading.Barrier(2)

    def say() -> int:
        gate.wait(30)
        return post(house, made.number).letters

    with ThreadPoolExecutor(2) as pool:
        counted = [future.result(60) for future in [pool.submit(say), pool.submit(say)]]
    assert sorted(counted) == [0, 6]
    assert attempts(house).total() == 6


def test_has_her_answer_before_or_after_the_posting_never_between(house):
    made, gate = make(house), threading.Barrier(2)

    def say():
        gate.wait(30)
        return post(house, made.number)

    def answering():
        gate.wait(30)
        return answer(house, 1)

    with ThreadPoolExecutor(2) as pool:
        said, answered = pool.submit(say), pool.submit(answering)
        done, was_open = said.result(60), answered.result(60)
    assert was_open
    was_first = bool(done.pulled)
    assert done.letters == (5 if was_first else 6)
    assert letter_states(house)[1] == ("pulled" if was_first else "posted")
    assert attempts(house)[1, "posted"] == (0 if was_first else 1)


def test_has_posted_all_of_it_or_nothing_when_it_is_killed_in_the_middle(house, monkeypatch):
    from mailer.surveys.posting import posted

    made = make(house)

    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    monkeypatch.setattr(posted, "_note_runs", die)
    with pytest.raises(Killed):
        post(house, made.number)
    monkeypatch.undo()
    assert set(letter_states(house).values()) == {"printed"}
    assert set(states(house, "brev").values()) == {("planned", "open")}
    assert attempts(house) == {}
    assert post(house, made.number).letters == 6


# What each ends: (post, telephone, e-mail, asked again, in the denominator). The rest goes on.
def _wrong_number(house, n):
    number = invitation_of(house, n)
    house.db.write(lambda c: invitations.stop_channel(c, number, "telephone", "wrong_number", house.clock.now()))


ENDS = {
    "a returned letter": (give_back, ("returned_letter", None, None), "invited"),
    "a wrong number": (_wrong_number, (None, "wrong_number", None), "invited"),
    "a refusal": (_decline, (None, None, None), "declined"),
}


def test_ends_what_must_end_and_nothing_else(house):
    change(house, [1, 2, 3], phone="+46701740605")
    survey = survey_of(house)
    post(house, make(house).number)
    for contact, (happens, channels, state) in enumerate(ENDS.values(), 1):
        happens(house, contact)
        number = invitation_of(house, contact)
        (person,) = house.db.read(lambda c, n=number: people.invited(c, survey, house.clock.now(), [n]))
        assert tuple(person.why_not(channel) for channel in ("letter", "telephone", "email")) == channels
        assert person.state == state
        open_later = {one for one, (found, _) in states(house, "brev-2").items() if found == "planned"}
        assert (contact in open_later) is (state == "invited")
        word = codes.code(house.keys, survey.number, contact, 0)
        found = house.db.read(lambda c, w=word: invitations.by_code(c, house.keys, w))
        assert (found and found.contact) == contact, "her code still opens"
    counted = house.db.read(lambda c: figures(c, survey))
    assert (counted.counted, counted.declined, counted.stopped) == (PEOPLE, 1, 0)


def test_does_not_count_a_letter_that_came_back_as_a_contact(house):
    survey = survey_of(house)
    post(house, make(house).number)
    assert house.db.read(lambda c: figures(c, survey)).contacted == 6
    back = give_back(house, 1)
    assert (back.name, back.beside, back.has_moved) == ("Åsa1 Öberg", ("Åsa2 Öberg",), False)
    assert house.db.read(lambda c: figures(c, survey)).contacted == 5
    assert attempts(house)[1, "returned"] == 1
    (asked,) = house.db.read(lambda c: requests.still_open(c, 1))
    assert (asked.kind, asked.text) == ("post", "mottagaren har flyttat")
    with pytest.raises(EditorError, match="inget postat brev"):
        give_back(house, 1)


def test_takes_a_return_back_as_if_it_had_never_been(house):
    survey = survey_of(house)
    post(house, make(house).number)
    before = letter_states(house), attempts(house)
    give_back(house, 1)

    def work(c):
        sheet = returning.of_contact(c, survey, 1, letter_rows.Letter.RETURNED, "x")
        return returning.returned_after_all(c, house.db, survey, 1, sheet, ANNA, house.clock.now())

    house.db.write(work)
    assert (letter_states(house), attempts(house)) == before
    assert house.db.read(lambda c: c.execute(select(channel_stops)).all()) == []
    assert house.db.read(lambda c: requests.still_open(c, 1)) == []


def test_writes_again_when_the_register_has_another_address(house):
    post(house, make(house).number)
    give_back(house, 1)
    ask.ask(at(house, "2024-03-06T10:00"))
    assert house.db.read(lambda c: c.execute(select(channel_stops.c.channel)).scalars().all()) == ["letter"]
    change(house, [1], street="Nya vägen 7")
    ask.ask(at(house, "2024-03-07T10:00"))
    assert house.db.read(lambda c: c.execute(select(channel_stops)).all()) == []
    change(house, [2], street="Nya vägen 7")
    assert give_back(house, 2).has_moved, "the register had her new address already"
    assert house.db.read(lambda c: c.execute(select(channel_stops)).all()) == []
    assert house.db.read(lambda c: requests.still_open(c, 2)) == []


def test_opens_nothing_with_a_code_that_is_revoked(house):
    survey = survey_of(house)
    old = codes.code(house.keys, survey.number, 1, 0)
    made = make(house)
    done = house.db.write(lambda c: revoking.revoke(c, house.db, house.keys, survey, 1, "#1"))
    assert ([sheet.run for sheet in done.lying], done.out) == ([made.number], ())
    new = codes.code(house.keys, survey.number, 1, done.version)
    assert house.db.read(lambda c: invitations.by_code(c, house.keys, old)) is None
    found = house.db.read(lambda c: invitations.by_code(c, house.keys, new))
    assert found is not None
    assert found.contact == 1
    link = codes.token(house.keys, survey.number, 1)
    assert house.db.read(lambda c: invitations.by_token(c, house.keys, link)) is not None, "the links in mails go on"
    again = make(house)  # the old sheet is no letter of hers any more
    assert [(one.contact, one.version) for some in again.households for one in some] == [(1, done.version)]
    assert {p.sheet.run for p in to_pull(house).pulls} == {made.number}
    assert post(house).letters == 6
    assert attempts(house)[1, "posted"] == 1


def test_forgets_where_a_letter_went(house):
    from mailer.surveys import privacy

    post(house, make(house).number)
    house.db.write(lambda c: privacy.forget(c, house.db, 1, house.clock.now()))
    kept = house.db.read(lambda c: c.execute(select(letters.c.address_hash, letters.c.state)).all())
    assert sorted(row.state for row in kept) == ["posted"] * 6
    assert [row.address_hash for row in kept].count("") == 1


def test_throws_a_run_away_and_names_those_there_are(house):
    survey, made = survey_of(house), make(house)
    assert house.db.write(lambda c: runs.discard(c, survey, made.number, house.clock.now())) == 6
    assert post(house, made.number).letters == 0
    house.db.write(lambda c: c.execute(letters.delete()))
    house.db.write(lambda c: c.execute(letter_runs.delete()))
    assert make(house).letters == 6
    with pytest.raises(EditorError, match="körning 77: finns inte i enkäten"):
        post(house, 77)
    with pytest.raises(EditorError, match="är inget brevsteg i planen"):
        house.db.write(lambda c: runs.make(c, survey, "paminnelse", "e65-h2", ANNA, house.clock.now()))
    (run,) = house.db.read(lambda c: letter_rows.runs(c, survey))
    assert (run.letters, run.envelopes, run.of(letter_rows.Letter.PRINTED)) == (6, 3, 6)
    assert house.db.read(lambda c: c.execute(select(letter_runs.c.window)).scalar_one()) == "e65-h2"


def test_posts_nothing_of_a_survey_that_is_stopped(house):
    make(house)
    stop.withdraw(house, "medlemsenkat", "Bo Godkännare", "Fel frågor")
    assert {p.reason for p in to_pull(house).pulls} == {"withdrawn"}
    assert post(house).letters == 0
    assert set(letter_states(house).values()) == {"pulled"}
    assert attempts(house) == {}


def test_keeps_the_post_closed_when_another_of_her_letters_is_back(house):
    survey = survey_of(house)
    post(house, make(house).number)
    post(at(house, "2024-03-06T10:00"), make(house, only=[1]).number)
    give_back(house, 1)
    give_back(house, 1)

    def undone(c):
        sheet = returning.of_contact(c, survey, 1, letter_rows.Letter.RETURNED, "x")
        returning.returned_after_all(c, house.db, survey, 1, sheet, ANNA, house.clock.now())
        return c.execute(select(channel_stops)).all(), requests.still_open(c, 1)

    stops, asked = house.db.write(undone)
    assert (len(stops), len(asked)) == (1, 1)
    assert house.db.write(undone) == ([], [])


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite has one writer
def test_prints_nothing_anew_while_it_is_being_posted(house, monkeypatch):
    """Another process would print again what this one has judged, and not yet written down as posted."""
    made, survey, judge, other = (
        make(house),
        survey_of(house),
        pulling.judge,
        Database(house.db.url.render_as_string(False)),
    )

    def anew(c):
        c.execute(text("SET LOCAL lock_timeout = '100ms'"))
        return runs.make(c, survey, "brev", "e65-h2", ANNA, house.clock.now(), again=True)

    def meanwhile(*given):
        judged = judge(*given)
        with pytest.raises(LaterError):
            other.write(anew)
        return judged

    monkeypatch.setattr(pulling, "judge", meanwhile)
    assert post(house, made.number).letters == 6
    other.close()
    assert set(letter_states(house).values()) == {"posted"}
    assert attempts(house).total() == 6
