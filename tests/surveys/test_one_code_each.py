"""Each mail of a survey has one recipient, her own link and her own code, and nobody else's (P2)."""

import email
import email.policy
import re
from pathlib import Path

import pytest

from mailer.surveys import codes
from mailer.verbs import send
from mailer.verbs.surveys import ask
from tests.homes import address_of
from tests.relay.client import running_relay
from tests.surveys.running import a_home, approved, at

TOKEN = re.compile(r"/enkat/([a-z2-7]+)")
CODE = re.compile(r"\b[3-9A-Z]{4}-[3-9A-Z]{4}-[3-9A-Z]{4}\b")


@pytest.mark.parametrize("members", [40, pytest.param(1000, marks=pytest.mark.soak)])
def test_writes_to_each_with_her_own_code_alone(tmp_path: Path, members: int) -> None:
    (tmp_path / "relay").mkdir()
    with (
        running_relay(folder=tmp_path / "relay", record=True, max_seconds=600) as relay,
        a_home(tmp_path, relay.port, members) as house,
    ):
        survey = approved(house)
        opening = at(house, "2024-03-05T10:00")
        ask.ask(opening)
        send.run_until_idle(opening)
        lines = {Path(line["file"]).name: line for line in relay.acknowledged() if line.get("file")}
        hers = {address_of(n): (codes.token(house.keys, survey.number, n),
                                codes.shown(codes.code(house.keys, survey.number, n))) for n in range(1, members + 1)}  # fmt: skip
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                 for path in sorted((tmp_path / "relay").rglob("*.eml"))]  # fmt: skip
    seen = set()
    for mail in mails:
        addresses = mail["To"].addresses
        assert len(addresses) == 1
        token, code = hers[addresses[0].addr_spec]
        for part in ("plain", "html"):
            text = mail.get_body((part,)).get_content()
            assert set(TOKEN.findall(text)) == {token}
            assert set(CODE.findall(text)) == {code}
        assert not TOKEN.search(str(dict(mail.items())))
        assert code not in str(dict(mail.items()))
        seen.add(addresses[0].addr_spec)
    assert seen == set(hers)
    assert all(len(line["rcpt"]) == 1 for line in lines.values())
