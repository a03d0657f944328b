"""What goes over the wire belongs to its recipient alone; an audience that moved asks for a reason."""

import email
import email.policy
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update

from mailer.audience.rule import Rule
from mailer.errors import EditorError
from mailer.house import open_house
from mailer.outbox.store import figures, mailings, planning
from mailer.outbox.store.mailings import Proposal
from mailer.register.tables import contacts, list_entries
from mailer.verbs import approve, send
from tests.homes import MEMBERS, a_rendering, add_people, make_home, plan_letter
from tests.relay.client import running_relay

PEOPLE = 1000


def canary(number: int, what: str) -> str:
    return f"kanarie{what}{number:04}z"


def test_puts_nobody_elses_data_in_a_message(tmp_path):
    """1,000 canaries × 1,000 messages: each has exactly its own."""
    (tmp_path / "relay").mkdir()
    with running_relay(folder=tmp_path / "relay", record=True) as relay:
        home = make_home(tmp_path / "hem", relay.port)
        with open_house(home) as house:
            now = house.clock.now()
            people = [
                {
                    "id": n,
                    "number": canary(n, "nummer"),
                    "first_name": canary(n, "namn"),
                    "last_name": canary(n, "efter"),
                    "address": f"{canary(n, 'adress')}@exempel.example",
                    "address_key": f"k{n}",
                    "street": canary(n, "gata"),
                    "phone": "+46701740605",
                    "created_at": now,
                    "updated_at": now,
                }
                for n in range(PEOPLE)
            ]

            def fill(c):
                c.execute(insert(contacts), people)
                c.execute(
                    insert(list_entries), [{"list": "medlemmar", "contact_id": n, "since": now} for n in range(PEOPLE)]
                )
                return plan_letter(c, now)

            mailing = house.db.write(fill)
            assert send.run_until_idle(house)
            assert house.db.read(lambda c: figures.balance(c, mailing)).accepted == PEOPLE
        acknowledged = relay.acknowledged()
        assert len(acknowledged) == PEOPLE
        seen = set()
        for line in acknowledged:
            assert len(line["rcpt"]) == 1
            raw = relay.recorded(line)
            read = email.message_from_bytes(raw, policy=email.policy.default)
            assert len(read.get_all("To")) == 1
            assert len(read["To"].addresses) == 1
            assert "Cc" not in read
            assert "Bcc" not in read
            bodies = [part.get_content() for part in read.walk() if part.get_content_maintype() == "text"]
            whole = "\n".join([*(str(v) for v in read.values()), *bodies])
            numbers = set(re.findall(r"kanarie[a-z]+?(\d{4})z", whole))
            mine = line["rcpt"][0].removeprefix("kanarieadress")[:4]
            assert numbers == {mine}
            assert "kanariegata" not in whole
            assert "kanarienummer" not in whole
            seen.add(mine)
        assert len(seen) == PEOPLE


HOSTILE = {
    "html": '<img src=x onerror="alert(1)">',
    "markdown": "**fet** [länk](http://x.example)",
    "right to left": "\u05d0\u05d1\u05d2 Ek",
    "emoji": "🌹 Ros",
    "long": "Ä" * 200,
    "empty": "",
    "jinja": "{{ 7*7 }}{% for x in y %}",
    "encoded word": "=?utf-8?q?=0D=0ABcc:_x@y.example?=",
    "dots": ".\n.".replace("\n", " "),
}


def test_escapes_hostile_names_for_each_place(tmp_path):
    (tmp_path / "relay").mkdir()
    with running_relay(folder=tmp_path / "relay", record=True) as relay:
        home = make_home(tmp_path / "hem", relay.port)
        names = dict(enumerate(HOSTILE.values(), 1))
        with open_house(home) as house:
            now = house.clock.now()

            def fill(c):
                add_people(c, house.keys, names, now)
                for number, name in names.items():
                    c.execute(update(contacts).where(contacts.c.id == number).values(first_name=name))
                return plan_letter(c, now)

            house.db.write(fill)
            assert send.run_until_idle(house)
        found = {}
        for line in relay.acknowledged():
            read = email.message_from_bytes(relay.recorded(line), policy=email.policy.default)
            plain, rich = (part.get_content() for part in read.iter_parts())
            number = int(line["rcpt"][0].removeprefix("medlem").partition("@")[0])
            found[number] = True
            name = names[number] or "vän"
            assert plain.startswith(f"Hej {name}!")
            assert "<img" not in rich
            assert "<script" not in rich
            assert "49" not in plain.partition("\n")[0]
            assert "Bcc" not in read
        hidden = {number for number, name in names.items() if "=0D=0A" in name}  # nobody is called that: it waits
        assert hidden
        assert set(found) == set(names) - hidden


def test_asks_for_a_reason_when_the_audience_differs_from_the_last_issue(tmp_path, database_url):
    now = datetime(2024, 5, 10, tzinfo=UTC)
    home = make_home(tmp_path / "hem", 2525, database_url)

    def proposal(period: str) -> Proposal:
        name = f"v-aktuellt/{period}"
        return Proposal(name, "issue", name, Rule((MEMBERS,)), (a_rendering(),), series="v-aktuellt", period=period)

    with open_house(home, "2024-05-10T09:00,0") as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, 21), now))
        house.db.write(lambda c: mailings.propose(c, proposal("2024-04"), now))
        approve.approve(house, "2024-04", "Bo Godkännare", reason="registret är nytt i provet")
        send.plan(house, "2024-04")
        house.db.write(lambda c: add_people(c, house.keys, range(30, 40), now))
        house.db.write(lambda c: mailings.propose(c, proposal("2024-05"), now))
        with pytest.raises(EditorError, match="30 skulle få det; förra numret gick till 20"):
            _approve_with_fresh_register(house)
        approve.approve(house, "2024-05", "Bo Godkännare", reason="tio nya medlemmar")
        row = house.db.read(lambda c: mailings.find(c, "v-aktuellt/2024-05"))
        assert house.db.read(lambda c: planning.recipients_of_issue_before(c, row)) == 20


def _approve_with_fresh_register(house):
    from mailer.register.tables import imports

    whole = {
        "whole": True,
        "file_hash": "x",
        "who": "t",
        "added": 0,
        "changed": 0,
        "removed": 0,
        "unchanged": 0,
        "problems": 0,
    }
    house.db.write(lambda c: c.execute(insert(imports).values(list="medlemmar", at=house.clock.now(), **whole)))
    approve.approve(house, "2024-05", "Bo Godkännare")
