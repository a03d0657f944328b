"""Where the pages may be, and where they may listen: codes never go over an open wire."""

import pytest
from pydantic import ValidationError

from mailer.settings import Web


@pytest.mark.parametrize(
    "address",
    ["", "http://127.0.0.1:8025", "http://127.0.0.1:8025/utskick", "http://localhost", "http://127.9.9.9:1",
     "https://utskick.vallentuna.example", "https://utskick.vallentuna.example:8443/a/b", "https://192.168.1.7"],
)  # fmt: skip
def test_has_pages_where_nobody_can_read_the_links_on_their_way(address):
    assert Web(address=address).address == address


@pytest.mark.parametrize(
    "address",
    ["http://utskick.vallentuna.example", "http://192.168.1.7:8025", "http://127.0.0.1.ond.example", "http://0.0.0.0",
     "http://localhost.ond.example", "http://8.8.8.8", "http://10.0.0.1", "http://127.0.0.1@ond.example",
     "https://a.example/", "ftp://a.example", "//a.example", "https://a.example/?x", "https://a.example/#x",
     "https://Å.example", "https://a.example\n", "javascript:alert(1)"],
)  # fmt: skip
def test_refuses_pages_that_others_can_read_on_the_way(address):
    with pytest.raises(ValidationError):
        Web(address=address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "localhost", "10.0.0.5", "172.16.3.4", "192.168.1.7", "fd00::5", "::ffff:10.0.0.5"]
)
def test_listens_to_its_own_machine_or_network(host):
    assert Web(host=host).host == host


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "8.8.8.8", "2a00::1", "", "utskick.vallentuna.example", "*", "::ffff:8.8.8.8", "::ffff:0.0.0.0",
     "172.32.0.1", "100.64.0.1"],
)  # fmt: skip
def test_listens_to_nobody_else_and_says_what_to_put_in_front(host):
    with pytest.raises(ValidationError, match="Caddy eller nginx framför"):
        Web(host=host)
