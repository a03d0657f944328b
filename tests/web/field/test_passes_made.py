"""Links for an evening, as they are made: who may, what is printed, what is mailed, and that no log holds them."""

from datetime import time

import pytest
from sqlalchemy import select

from mailer import maillog
from mailer.errors import EditorError
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.surveys.field.passes import Sort
from mailer.verbs.surveys import field
from tests.web.field.at_work import BO, PHONE, Working

KEY = "medlemsenkat"


def refusal(work: Working, *, key: str = KEY, name: str = "Kim", until: time | None = None, by: str = BO) -> str:
    with pytest.raises(EditorError) as why:
        field.make(work.house, key, Sort.TELEPHONE, name, until, by)
    return str(why.value)


def test_prints_the_link_once_and_says_whose_it_is(one_work: Working):
    made = field.make(one_work.house, "", Sort.TELEPHONE, " Kim   Lund ", time(21), BO)
    lines = field.words(made)
    assert "Kim Lund kan ringa för Medlemsenkät 2024 till 21.00 i kväll" in lines[0]
    assert lines[1] == made.url
    assert "--end 1" in lines[-1]
    (line,) = field.listed(one_work.house, KEY)
    assert line == "1. Kim Lund ringer: tisdag 9 april 2024, gäller till 21.00, 0 samtal. Gjord av Bo Godkännare."
    assert field.end(one_work.house, KEY, 1, BO) == ["Länk 1 öppnar ingenting längre."]
    assert "avslutad 18.00" in field.listed(one_work.house, KEY)[0]
    with pytest.raises(EditorError, match="har slutat gälla redan"):
        field.end(one_work.house, KEY, 1, BO)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"key": "annan"}, "är ingen enkät som är förberedd"),
        ({"name": "  "}, "namnet saknas"),
        ({"name": "K" * 61}, "längre än 60 tecken"),
        ({"until": time(17)}, "klockslaget har redan varit"),
        ({"by": "Kim"}, "är inte administratör eller godkännare"),
    ],
)
def test_makes_no_link_that_would_open_nothing(one_work: Working, wrong: dict, words: str):
    assert words in refusal(one_work, **wrong)


def test_makes_no_link_before_the_survey_is_open(one_work: Working):
    one_work.at("2024-02-01T18:00")
    assert "inte öppen" in refusal(one_work)
    assert "ingen enkät är öppen" in refusal(one_work, key="")


def test_mails_the_link_to_her_who_is_to_have_it(one_work: Working):
    made = field.make(one_work.house, KEY, Sort.TELEPHONE, "Kim", None, BO, "kim@vallentuna.example")
    query = (
        select(deliveries.c.address, renderings.c.text, mailings.c.expires_at)
        .join(mailings, mailings.c.id == deliveries.c.mailing_id)
        .join(renderings, renderings.c.mailing_id == mailings.c.id)
        .where(mailings.c.name.contains("pass/1"))
    )
    row = one_work.house.db.read(lambda c: c.execute(query).one())
    assert row.address == "kim@vallentuna.example"
    assert made.url in row.text
    assert row.expires_at == made.ends


def test_tells_no_log_a_name_a_number_or_a_link(one_work: Working, capsys, monkeypatch):
    """P1, of an evening with a call and an envelope."""
    monkeypatch.setattr(maillog, "_LOG", None)  # it writes to what was stderr when it was first asked
    monkeypatch.setattr(maillog, "quiet", False)
    desk = one_work.desk(name="Kanarina")
    token = desk.path.rpartition("/")[2]
    desk.press("next").questions().press("next", q__aktiv="nej")
    paper = one_work.desk(Sort.PAPER, "Kanarina")
    code = one_work.code(9)
    paper.press("code", code=code).press("next", q__aktiv="nej").press("submit")
    said = "".join(capsys.readouterr())
    assert "event='asked'" in said
    for secret in ("Kanarina", token, paper.path.split("/")[2], code, code.replace("-", ""), "Öberg", PHONE[1:]):
        assert secret not in said
