"""Six months after the closing nothing of a survey leads to anybody, and its figures stand."""

import hashlib
from dataclasses import asdict
from datetime import date

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    cast,
    event,
    func,
    insert,
    literal,
    select,
    update,
)

from mailer.clockwork.tick import tick
from mailer.db import METADATA, Database
from mailer.errors import EditorError, LaterError
from mailer.feedback.store_notes import reply_name
from mailer.feedback.tables import consequences, received
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store.figures import balance as balance_of
from mailer.outbox.tables import attempts, deliveries, mailings, picks, runners
from mailer.register.store import record_access
from mailer.surveys import erasing, freezing
from mailer.surveys.answers import proposing
from mailer.surveys.box import results
from mailer.surveys.box.tables import responses
from mailer.surveys.field.tables import (
    call_sheet_lines,
    call_sheets,
    contact_attempts,
    holds,
    paper_sheets,
    passes,
    proposals,
    put_backs,
)
from mailer.surveys.following.tables import follow_ups
from mailer.surveys.goal.standing import standing
from mailer.surveys.posting.tables import letter_runs, letters
from mailer.surveys.store import find
from mailer.surveys.tables import asks, channel_stops, invitations, surveys
from mailer.verbs import about, forget
from mailer.verbs.say import say
from mailer.verbs.surveys import ask, close, erase, replies, report, signed, status
from mailer.verbs.surveys import stop as stopping
from tests.surveys.followed import BO, YES, opened, says, told
from tests.surveys.running import a_home, at, invitation_of

BIRD = "kanariefågel"
DUE, DAY_BEFORE = "2024-10-30T10:00", "2024-10-29T23:59"
# Of these nothing is left; the others that point at a person are cut loose.
EMPTIED = (responses, proposals, holds, put_backs, contact_attempts, channel_stops, asks, passes, paper_sheets,
           call_sheets, call_sheet_lines, letter_runs, letters, follow_ups, picks)  # fmt: skip


@pytest.fixture
def house(tmp_path):
    with a_home(tmp_path, 1, 6) as house:
        yield house


@pytest.fixture
def on_each(tmp_path, database_url):
    """Once on each engine: where the tables themselves are what is tried."""
    with a_home(tmp_path, 1, 6, database_url) as house:
        yield house


def lived(house, is_counted=True):
    """A survey in which everything has happened, with a canary in each column that holds words."""
    survey = opened(house)
    for contact in (1, 2):
        says(house, contact, YES | {"hur": ("annat",), "hur.annat": (f"{BIRD} svar {contact}",)})
    _reply(house, 3)
    number, now = {n: invitation_of(house, n) for n in range(1, 7)}, at(house, "2024-03-20T18:00").clock.now()
    m, s = {"made_by": f"{BIRD} gör", "made_at": now}, survey.number

    def work(c):
        run = c.execute(insert(letter_runs).values(survey_id=s, step="brev", window="e65-h2", **m,
                        posted_by=f"{BIRD} post").returning(letter_runs.c.id)).scalar_one()  # fmt: skip
        c.execute(insert(letters).values(run_id=run, invitation_id=number[4], envelope=1, version=0, state="posted",
                                         address_hash=f"{BIRD} hus", at=now))  # fmt: skip
        by = {"sort": "telephone", "name": f"{BIRD} ringer", "expires_at": now, **m}
        evening = c.execute(insert(passes).values(survey_id=s, token_hash=f"{BIRD} länk", **by).returning(
            passes.c.id)).scalar_one()  # fmt: skip
        c.execute(insert(holds).values(invitation_id=number[5], pass_id=evening, since=now))
        c.execute(insert(put_backs).values(invitation_id=number[6], pass_id=evening))
        c.execute(insert(contact_attempts).values(invitation_id=number[5], contact_id=5, step="ring", outcome="refused",
                                                  channel="telephone", at=now, by=f"{BIRD} ringer"))  # fmt: skip
        c.execute(insert(channel_stops).values(invitation_id=number[6], channel="telephone", reason="x", at=now))
        c.execute(insert(paper_sheets).values(survey_id=s, day=date(2024, 3, 20), number=1, envelopes=1))
        sheet = c.execute(insert(call_sheets).values(survey_id=s, number=1, name=f"{BIRD} blad", state="out",
                          expires_at=now, **m).returning(call_sheets.c.id)).scalar_one()  # fmt: skip
        c.execute(insert(call_sheet_lines).values(sheet_id=sheet, line=1, invitation_id=number[6]))
        record_access(c, "Cleo (ringrunda)", "caller", 5, now)
        record_access(c, f"{BO} (root)", "letters: print", 1, now)
        c.execute(update(deliveries).where(deliveries.c.contact_id == 6).values(reply_text=f"{BIRD} svarar"))
        delivery = c.execute(select(deliveries.c.id).where(deliveries.c.contact_id == 6)).scalar_one()
        c.execute(insert(attempts).values(delivery_id=delivery, at=now, event="defer", stage="rcpt", code=450,
                                          status="4.0.0", text=f"{BIRD} väntar"))  # fmt: skip
        c.execute(insert(consequences).values(at=now, what="points", contact_id=6, delivery_id=delivery))

    house.db.write(work)
    signed.answers(at(house, "2024-04-02T10:00"), survey.key, BO)
    for folder, name in (("ringblad", f"{survey.key}-1.pdf"), (f"letters/{survey.key}/1", "brev.pdf"),
                         ("ringblad", f".{survey.key}-2.pdf.a1b2c3d4"),  # a kill in the middle of writing
                         (f"letters/{survey.key}-2025/1", "brev.pdf")):  # fmt: skip
        (house.var / folder).mkdir(parents=True, exist_ok=True)
        (house.var / folder / name).write_text(BIRD)
    if is_counted:
        close.close(at(house, "2024-05-02T10:00"), survey.key, None, lambda _name: "")
    ask.ask(at(house, "2024-05-02T10:30"))  # the steps that were left have had their day
    return house.db.read(lambda c: find(c, survey.key))


def _reply(house, contact):
    """She answers a reminder by mail; a person takes it, and she is thanked."""
    d = deliveries.c
    delivery = house.db.read(lambda c: c.execute(select(d.id).where(d.contact_id == contact)).scalar_one())
    then = at(house, "2024-03-07T09:00")
    mail = {"hash": "h", "mark": "m", "at": then.clock.now(), "size": 9, "kind": "reply", "delivery_id": delivery,
            "contact_id": contact, "text": f"Ja tack!\n\n{BIRD} hälsar", "subject": BIRD}  # fmt: skip
    house.db.write(lambda c: c.execute(insert(received).values(**mail)))
    replies.propose(then)
    number = house.db.read(lambda c: c.execute(select(received.c.id)).scalar_one())
    words = {"title": "T", "giver": BIRD, "due": "", "command": ""}  # what she wrote, to the one who is given it
    say(then, reply_name(number), house.settings.people[:1], "follow_handed", **words)
    (one,) = house.db.read(lambda c: proposing.undecided(c, 1))
    replies.accept(then, "medlemsenkat", one.number, BO)


def everything(house):
    """Every row of every table."""
    return house.db.read(lambda c: {t.name: c.execute(select(t)).all() for t in METADATA.sorted_tables})


def shown(house, survey):
    """What officers see of it: report, status, the figures of the members and of the mailings."""

    def look(c):
        return asdict(freezing.figures(c, survey)), results.turnout(c, survey.number)

    other_words = ("raderas", "raderat", "bli aktiva", "survey follow", "survey report")  # what can be done is another
    lines = [line for line in status.status(house, survey.key) if not any(word in line for word in other_words)]
    return report.words(house, survey.key), report.values(house, survey.key), lines, house.db.read(look)


def test_leaves_nothing_that_leads_to_anybody_and_all_the_figures(on_each):
    house = on_each
    survey, then = lived(house), at(house, DAY_BEFORE)
    before = shown(then, survey)
    erase.tend(then)
    assert house.db.read(lambda c: c.execute(select(func.count()).select_from(responses)).scalar_one()) > 2
    then = at(house, DUE)
    assert erase.tend(then) == [survey.key]
    for was, became in zip(before, shown(then, survey), strict=True):
        assert became == was
    for number in house.db.read(lambda c: c.execute(select(mailings.c.id)).scalars().all()):
        assert house.db.read(lambda c, n=number: balance_of(c, n)).closes
    rows = everything(house)
    assert [t.name for t in EMPTIED if rows[t.name]] == []
    assert {(r.contact_id, r.state, r.answered_on, r.through, r.version) for r in rows["invitations"]} == {
        (None, "erased", None, None, 0)
    }
    assert all(row.code_key.startswith("erased-") for row in rows["invitations"])
    mailing = {row.id: row for row in rows["mailings"]}
    assert {row.contact_id for row in rows["deliveries"] if mailing[row.mailing_id].survey_id} == {None}
    assert {(r.delivery_id, r.contact_id, r.text, r.subject) for r in rows["received"]} == {(None, None, None, None)}
    assert {(row.contact_id, row.delivery_id) for row in rows["consequences"]} == {(6, None)}
    seen = [row for row in rows["accesses"] if row.contact_id]
    assert {(row.who, row.what) for row in seen if row.contact_id == 5} == {("Cleo", "survey")}
    assert {row.at for row in seen} == {survey.closes_at}  # who was seen with whom says who had answered
    assert len(seen) == len({(row.who, row.contact_id) for row in seen}) > 3
    assert not [row.name for row in rows["mailings"] if "enkätsvar/sparat" in row.name]
    assert BIRD not in str(rows)
    assert sorted(p.name for p in (house.var / "letters").iterdir()) == [f"{survey.key}-2025"]  # another's
    assert not any((house.var / "ringblad").iterdir())
    for contact in range(1, 7):
        assert about.about(house, f"#{contact}")["surveys"] == []


def test_leaves_no_byte_of_it_in_the_files(tmp_path):
    with a_home(tmp_path, 1, 6) as house:
        survey = lived(house)
        codes = house.db.read(lambda c: c.execute(select(invitations.c.code_key)).scalars().all())
        files = [house.var / f"mailer.db{end}" for end in ("", "-wal")]

        def found():
            raw = b"".join(path.read_bytes() for path in files if path.exists())
            return sum(word.encode() in raw for word in (BIRD, *codes))

        assert found() == 7
        erase.tend(at(house, DUE))
        assert found() == 0
        assert house.db.read(lambda c: c.execute(select(surveys.c.scrubbed_at)).scalar_one()) is not None
        assert survey.key in str(everything(house)["surveys"])


def test_leaves_no_copy_in_the_gaps_of_the_pages_either(tmp_path):
    """SQLite moves rows from page to page as a table shrinks, and secure_delete does not see what it leaves behind."""
    path = tmp_path / "mailer.db"
    db = Database(f"sqlite:///{path}")
    table = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("word", String(40), unique=True))
    db.write(table.metadata.create_all)
    words = [hashlib.sha256(str(n).encode()).hexdigest()[:32] for n in range(2000)]
    db.write(lambda c: c.execute(insert(table), [{"word": word} for word in words]))
    db.write(lambda c: c.execute(update(table).values(word=literal("erased-") + cast(table.c.id, String))))

    def found():
        return sum(word.encode() in path.read_bytes() for word in words)

    assert (db.scrub(), found() > 0) == (True, True)
    assert (db.rewrite(), found()) == (True, 0)
    db.close()


def test_does_it_once_and_by_the_clock(house):
    lived(house)
    tick(at(house, DUE))
    once = everything(house)
    assert house.db.read(lambda c: c.execute(select(surveys.c.erased_at)).scalar_one()) is not None
    assert erase.tend(at(house, "2024-11-30T10:00")) == []
    assert everything(house) == once


def test_knows_every_table_that_hangs_on_an_invitation():
    """What a table keeps of somebody's survey goes with it: a new one is entered in erasing.py, and here."""
    roots = {"invitations", "letter_runs", "call_sheets", "passes"}
    hang = {t.name for t in METADATA.sorted_tables for k in t.foreign_keys if k.column.table.name in roots}
    assert hang <= {t.name for t in EMPTIED}
    of_survey = {t.name for t in METADATA.sorted_tables for k in t.foreign_keys if k.column.table.name == "surveys"}
    of_nobody = {"ballots", "urn_counts", "urn_cells", "urn_texts", "survey_officers", "survey_texts"}
    assert of_survey - {t.name for t in EMPTIED} == of_nobody | {"invitations"}


@pytest.mark.parametrize(
    ("closes", "goes"),
    [
        (date(2024, 4, 30), date(2024, 10, 30)),
        (date(2024, 8, 31), date(2025, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2024, 12, 31), date(2025, 6, 30)),
        (date(2024, 6, 1), date(2024, 12, 1)),
    ],
)
def test_knows_the_day(closes, goes):
    assert erasing.erase_day(closes) == goes


@pytest.mark.parametrize("how", ["never_counted", "withdrawn"])
def test_erases_what_nobody_has_counted_too(house, how):
    survey = lived(house, is_counted=False)
    if how == "withdrawn":
        stopping.withdraw(at(house, "2024-04-02T10:00"), survey.key, BO, "Fel frågor")
    assert erase.tend(at(house, DAY_BEFORE)) == []
    assert erase.tend(at(house, DUE)) == [survey.key]
    assert BIRD not in str(everything(house))
    assert house.db.read(lambda c: c.execute(select(surveys.c.scrubbed_at)).scalar_one()) is not None
    if how == "never_counted":  # and it can be counted after all
        done = close.close(at(house, "2024-11-02T10:00"), survey.key, None, lambda _name: "")
        assert done.answered == 3
        assert any("Vill du bli aktiv" in line for line in report.words(house, survey.key))
        frozen = house.db.read(lambda c: c.execute(select(surveys.c.signed_counts)).scalar_one())
        assert ["aktiv", "ja", 3] in frozen  # as they stood when they were erased


def test_does_nothing_when_it_is_cut_off_at_the_last_statement(house):
    survey, engine, before = lived(house), house.db.writer_engine(), everything(house)

    def power_cut(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE surveys SET") and "erased_at=" in statement:
            raise LaterError

    event.listen(engine, "after_cursor_execute", power_cut)
    with pytest.raises(LaterError):
        erase.tend(at(house, DUE))
    event.remove(engine, "after_cursor_execute", power_cut)
    assert everything(house) == before
    assert (house.var / "letters" / survey.key).exists()  # the sheets go when the rows are gone
    assert erase.tend(at(house, DUE)) == [survey.key]


@pytest.mark.soak
def test_does_all_of_it_or_nothing_whichever_statement_it_is_cut_off_at(tmp_path):
    with a_home(tmp_path, 1, 6) as house:
        lived(house)
        before, cut, left, engine = everything(house), 0, 0, house.db.writer_engine()

        def power_cut(*_):
            nonlocal left
            left -= 1
            if left == 0:
                raise LaterError

        event.listen(engine, "after_cursor_execute", power_cut)
        survey = house.db.read(lambda c: find(c, "medlemsenkat"))
        while True:
            left = cut + 1
            try:
                erase._erase(at(house, DUE), survey)
            except LaterError:
                cut += 1
                if cut % 5 == 0:  # each look reads all there is
                    assert everything(house) == before
                continue
            break
        event.remove(engine, "after_cursor_execute", power_cut)
        assert cut > 40
        assert BIRD not in str(everything(house))


def test_waits_while_a_mail_of_it_is_before_a_server(on_each):
    house = on_each
    survey = lived(house)
    d = deliveries.c

    def offer(state):
        runner = insert(runners).values(instance=state, lease_until=0, started_at=house.clock.now())
        number = house.db.write(lambda c: c.execute(runner.returning(runners.c.id)).scalar_one())
        moved = update(deliveries).where(d.contact_id == 4).values(state=state, runner_id=number)
        house.db.write(lambda c: c.execute(moved))

    offer(Delivery.OFFERED)
    assert erase.tend(at(house, DUE)) == []
    assert house.db.read(lambda c: c.execute(select(func.count()).select_from(responses)).scalar_one())
    m = mailings.c
    open_ = select(m.state).where(m.survey_id == survey.number)
    assert set(house.db.read(lambda c: c.execute(open_).scalars().all())) <= {Mailing.WITHDRAWN, Mailing.FINISHED}
    house.db.write(lambda c: c.execute(update(deliveries).where(d.contact_id == 4).values(state=Delivery.ACCEPTED)))
    assert erase.tend(at(house, DUE)) == [survey.key]


def test_tells_fourteen_days_before_what_goes_and_how_to_keep_it(house):
    survey = lived(house)
    erase.tend(at(house, "2024-10-15T10:00"))
    assert told(house, f"enkät/{survey.key}/gallras") == []
    for day in ("2024-10-16T10:00", "2024-10-20T10:00"):
        erase.tend(at(house, day))
    ((to, subject, text),) = told(house, f"enkät/{survey.key}/gallras")
    assert (to, "30 oktober 2024" in subject) == ("bo@vallentuna.example", True)
    assert f"survey answers {survey.key} --csv" in " ".join(text.split())
    ((to, subject, text),) = told(house, f"uppföljning/{survey.key}/gallras")
    assert (to, "3 medlemmar" in subject) == ("anna@vallentuna.example", True)
    assert BIRD not in text


def test_erases_earlier_when_a_person_says_so_but_not_before_the_counting(house):
    survey = lived(house, is_counted=False)
    with pytest.raises(EditorError, match="räknad enkät"):
        erase.erase(at(house, "2024-05-02T09:00"), survey.key, BO)
    close.close(at(house, "2024-05-02T10:00"), survey.key, None, lambda _name: "")
    then = at(house, "2024-05-03T10:00")
    assert any("erase medlemsenkat --as NAMN" in line for line in erase.erase(then, survey.key, ""))
    assert BIRD in str(everything(house))
    with pytest.raises(EditorError, match="inte godkännare"):
        erase.erase(then, survey.key, "Kerstin Lund")
    erase.erase(then, survey.key, BO)
    assert BIRD not in str(everything(house))
    with pytest.raises(EditorError, match="redan raderad"):
        erase.erase(then, survey.key, BO)
    assert "Allt om enskilda personer är raderat sedan fredag 3 maj 2024" in "\n".join(status.status(then, survey.key))


def test_shows_the_same_report_before_and_after_somebody_is_forgotten(on_each):
    house = on_each
    survey = lived(house)
    then = at(house, "2024-05-03T10:00")
    before = report.values(then, survey.key)
    forget.forget(then, "#1")
    assert report.values(then, survey.key) == before
    frozen = house.db.read(lambda c: c.execute(select(surveys.c.signed_counts)).scalar_one())
    assert ["aktiv", "ja", 3] in frozen


def test_keeps_the_goal_as_it_stood(house):
    survey, zone = lived(house), house.zone
    before = house.db.read(lambda c: standing(c, survey, zone, date(2024, 10, 30)))
    assert (before.whole.answered, before.whole.of) == (3, 6)
    erase.tend(at(house, DUE))
    assert house.db.read(lambda c: standing(c, survey, zone, date(2025, 1, 1))) == before
