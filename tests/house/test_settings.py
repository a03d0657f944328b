"""The settings: all mistakes at once, each with its line and its remedy."""

from pathlib import Path

import pytest

from mailer.errors import AdminError
from mailer.house import open_house
from mailer.limits import Limits
from mailer.settings.file import read_settings
from mailer.settings.relay import Relay

ROOT = Path(__file__).parents[2]
GOOD = (ROOT / "settings.toml").read_text("utf-8")


def wrong(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "settings.toml").write_text(text, "utf-8")
    with pytest.raises(AdminError) as caught:
        read_settings(tmp_path)
    return [str(p) for p in caught.value.problems]


BROKEN = {
    "a free-mail sender": ("v-aktuellt@vallentuna.example", "vaktuellt@gmail.com", "rad 19: sender.from_address: gmail.com är en gratistjänst"),
    "an unknown key": ("# per_hour = 150", "per_huor = 150", "relay.per_huor: okänd inställning.\n    Menade du ”per_hour”?"),
    "a password in the file": ("# username = \"\"", 'password = "hemligt"', "lösenord får inte stå i settings.toml"),
    "clear text to another machine": ('host = "127.0.0.1"', 'host = "smtp.exempel.example"', 'security = "none" går bara till den egna datorn'),
    "the hour of the clocks": ('send_time = "09:00"', 'send_time = "02:30"', "när klockan ställs om"),
    "a day not in every month": ("send_day = 10", "send_day = 31", "series.0.send_day: är för stort; högst 28"),
    "a sending before the assembling": ("assemble_day = 3", "assemble_day = 20", "assemble_day ska vara före send_day"),
    "a zone that is none": ('# time_zone = "Europe/Stockholm"', 'time_zone = "Europa/Stockholm"', "tidszonen ”Europa/Stockholm” finns inte"),
    "no address": ("anna@vallentuna.example", "anna", "people.0.address: ”anna” saknar @"),
    "two of a name": ('name = "Bo Godkännare"', 'name = "Anna Redaktör"', "”Anna Redaktör” står två gånger"),
    "a telephone that is none": ('# telephone = ""', 'telephone = "växeln"', "association.telephone: ”växeln” är inget telefonnummer"),
    "an unclosed string": ('from_name = "V Aktuellt"', 'from_name = "V Aktuellt', "rad 18: raden går inte att läsa"),
    "an engine of another kind": ('# database = ""', 'database = "mysql://x"', "ska vara tom (SQLite) eller börja med"),
    "a database's password in the file": ('# database = ""', 'database = "postgresql+psycopg://mailer:hemligt@databas/mailer"', "lösenord får inte stå i settings.toml.\n    Låt PostgreSQL läsa det ur ~/.pgpass"),
    "a database's password in the file, further on": ('# database = ""', 'database = "postgresql+psycopg://databas/mailer?user=m&password=hemligt"', "lösenord får inte stå i settings.toml."),
    "a database at no port": ('# database = ""', 'database = "postgresql+psycopg://mailer@databas:porten/mailer"', "storage.database: går inte att läsa; skriv postgresql+psycopg://användare@värd/databas"),
    "plain http to others": ('# address = ""', 'address = "http://utskick.vallentuna.example"', "web.address: börjar med http: och går till andra än den egna datorn"),
    "plain http in a network of one's own": ('# address = ""', 'address = "http://192.168.1.7:8025"', "koderna i länkarna går då att läsa på vägen"),
    "a host that is open to all": ('# host = "127.0.0.1"                        # där', 'host = "0.0.0.0" # där', "web.host: ”0.0.0.0” kan vara öppen för hela nätet"),
    "a window outside its envelope": ("# [[feeds]]", '[[windows]]\nkey = "vid"\nname = "Vid"\nenvelope_width = 220\nenvelope_height = 110\nsheet_width = 210\nsheet_height = 99\nwindow_x = 150\nwindow_y = 50\nwindow_width = 90\nwindow_height = 35\n# [[feeds]]', "fönstret går utanför kuvertet"),
    "a sheet larger than its envelope": ("# [[feeds]]", '[[windows]]\nkey = "vid"\nname = "Vid"\nenvelope_width = 99\nenvelope_height = 110\nsheet_width = 210\nsheet_height = 99\nwindow_x = 1\nwindow_y = 5\nwindow_width = 9\nwindow_height = 35\n# [[feeds]]', "arket är större än kuvertet"),
    "a key of letters that is none": ("# households = true", "houshold = true", "letters.houshold: okänd inställning.\n    Menade du ”households”?"),
    "a return address of a page": ('# return_address = ""                       # syns', f'return_address = "{"x" * 61}" # syns', "letters.return_address: får vara högst 60 tecken"),
    "clear text to another machine, further down": ("[mailbox]", '[[relays]]\nname = "reserv"\nhost = "smtp.reserv.example"\nsecurity = "none"\n[mailbox]', 'relays.0: security = "none" går bara till den egna datorn'),
    "a server with a dot too many": ('host = "127.0.0.1"', 'host = "smtp..exempel.example"', "relay.host: ”smtp..exempel.example” är inget namn på en server"),
    "a further server without a name": ("[mailbox]", '[[relays]]\nhost = "smtp.reserv.example"\n[mailbox]', "relays: en av dem saknar name"),
    "two servers of a name": ("[mailbox]", '[[relays]]\nname = "a"\n[[relays]]\nname = "a"\n[mailbox]', "relays: ”a” står två gånger"),
    "a further server with the first's name": ('# name = ""                                 # kort', 'name = "a"\n[[relays]]\nname = "a" # kort', "”a” heter redan den första"),
    "a password in a further server": ("[mailbox]", '[[relays]]\nname = "a"\npassword = "hemligt"\n[mailbox]', "lösenord får inte stå i settings.toml.\n    Lägg det i en egen fil och skriv password_file."),
    "a key of servers that is none": ("[mailbox]", '[[relays]]\nname = "a"\nper_our = 3\n[mailbox]', "relays.0.per_our: okänd inställning.\n    Menade du ”per_hour”?"),
    "a token without a name": ('# login = "password"', 'login = "xoauth2"', 'login = "xoauth2" behöver username'),
    "a limit below nothing": ("# per_day = 0", "per_day = -1", "relay.per_day: är för litet; minst 0"),
    "a domain that is none": ("[mailbox]", '[[domains]]\nname = "gmail"\nper_hour = 3\n[mailbox]', "domains.0.name: ”gmail” är ingen domän"),
    "a domain without a limit": ("[mailbox]", '[[domains]]\nname = "gmail.com"\n[mailbox]', "domains.0: ingen gräns är angiven"),
    "two of a domain": ("[mailbox]", '[[domains]]\nname = "*"\nper_day = 3\n[[domains]]\nname = "*"\nper_day = 3\n[mailbox]', "domains: ”*” står två gånger"),
    "a role that is none": ('["approver", "administrator"]', '["chef"]', "people.1.roles.0: ska vara något av"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", BROKEN)
def test_says_what_is_wrong_in_settings(tmp_path, mistake):
    old, new, sentence = BROKEN[mistake]
    assert old in GOOD
    said = wrong(tmp_path, GOOD.replace(old, new, 1))
    assert len(said) == 1, said
    assert sentence in said[0]
    assert said[0].startswith("settings.toml, rad ")
    assert "hemligt" not in said[0]


@pytest.mark.parametrize("password", ["hem/ligt", "hem@ligt", "hemligt[", "a:hem/ligt"])
def test_says_nothing_of_a_password_that_is_not_written_as_it_must_be(tmp_path, monkeypatch, password):
    """A driver would take the rest of it for the host, and show it."""
    monkeypatch.setenv("MAILER_STORAGE__DATABASE", f"postgresql+psycopg://mailer:{password}@databas/mailer")
    (said,) = wrong(tmp_path, GOOD)
    assert "Tecken som / @" in said
    assert "ligt" not in said
    monkeypatch.setenv("MAILER_STORAGE__DATABASE", "postgresql+psycopg://mailer:hem%2Flig%40t@databas/mailer")
    assert read_settings(tmp_path).storage.database


def test_says_all_mistakes_at_once(tmp_path):
    text = (
        GOOD.replace("send_day = 10", "send_day = 31")
        .replace("port = 2525", 'port = "x"')
        .replace("[responsible]", "[responsibel]")
    )
    said = wrong(tmp_path, text)
    assert len(said) == 3
    assert any("Menade du ”responsible”?" in s for s in said)


@pytest.mark.parametrize(("raw", "sentence"), [(b"\xef\xbb\xbf", ""), (b'name = "\xe5"\n', "inte sparad som UTF-8")])
def test_reads_a_byte_order_mark_and_names_other_encodings(tmp_path, raw, sentence):
    (tmp_path / "settings.toml").write_bytes(raw + GOOD.encode())
    if not sentence:
        assert read_settings(tmp_path).association.place == "Vallentuna"
        return
    with pytest.raises(AdminError, match=sentence):
        read_settings(tmp_path)


def test_lets_the_environment_go_before_the_file(tmp_path, monkeypatch):
    (tmp_path / "settings.toml").write_text(GOOD, "utf-8")
    monkeypatch.setenv("MAILER_RELAY__PORT", "2626")
    monkeypatch.setenv("MAILER_RELAY__PASSWORD", "hemligt")
    settings = read_settings(tmp_path)
    assert (settings.relay.port, settings.relay.host) == (2626, "127.0.0.1")
    assert settings.password(tmp_path) == "hemligt"
    assert "hemligt" not in repr(settings)
    monkeypatch.setenv("MAILER_RELAY__PROT", "1")
    monkeypatch.setenv("MAILER_RELAY__PORT", "abc")
    monkeypatch.setenv("MAILER_PROT", "1")
    with pytest.raises(AdminError) as caught:
        read_settings(tmp_path)
    assert sorted(p.where for p in caught.value.problems) == ["MAILER_PROT", "MAILER_RELAY__PORT", "MAILER_RELAY__PROT"]
    monkeypatch.setenv("MAILER_PEOPLE", "x")
    with pytest.raises(AdminError, match="går inte att läsa"):
        read_settings(tmp_path)


def test_shows_every_key_with_its_default(tmp_path):
    """settings.toml shows all keys; taking the comments away changes nothing."""
    import re

    from mailer.settings import Settings

    shown = GOOD
    for name, section in Settings.model_fields.items():
        model = section.annotation
        model = model.__args__[0] if hasattr(model, "__args__") else model
        for key in getattr(model, "model_fields", ()):
            if key == "password":
                continue
            assert re.search(rf"^(# )?{key} = ", shown, re.M), f"{name}.{key}"
    open_ = re.sub(r"^# (\w+ = |\[\[\w+\]\]$)", r"\1", GOOD, flags=re.M)
    (tmp_path / "settings.toml").write_text(open_, "utf-8")
    spelled_out = read_settings(tmp_path)
    assert [f.kind for f in spelled_out.feeds] == ["posts"], "a section that is shown but not there"
    assert [k.key for k in spelled_out.kinds] == ["torg"], "and another"
    assert [w.key for w in spelled_out.windows] == ["eget-h2"], "and the third"
    assert [r.key for r in spelled_out.relays] == ["reserv"], "and the fourth"
    assert [d.name for d in spelled_out.domains] == ["gmail.com"], "and the fifth"
    none = {"feeds": (), "kinds": (), "windows": (), "relays": (), "domains": ()}
    spelled_out = spelled_out.model_copy(update=none)
    (tmp_path / "settings.toml").write_text(GOOD, "utf-8")
    assert read_settings(tmp_path) == spelled_out


def test_knows_all_servers_in_the_order_they_are_tried(tmp_path, monkeypatch):
    further = (
        '[[relays]]\nname = "reserv"\nhost = "smtp.reserv.example"\nper_day = 500\npassword_file = "reserv.txt"\n'
        '[[domains]]\nname = "Åmål.example"\nper_minute = 5\n[mailbox]'
    )
    (tmp_path / "settings.toml").write_text(GOOD.replace("[mailbox]", further, 1), "utf-8")
    (tmp_path / "reserv.txt").write_text("hemligt\n", "utf-8")
    monkeypatch.setenv("MAILER_RELAY__PASSWORD", "ett annat")
    settings = read_settings(tmp_path)
    first, second = settings.all_relays
    assert (first.key, second.key) == ("127.0.0.1:2525", "reserv")
    assert (first.limits, second.limits) == (Limits(hour=150), Limits(hour=150, day=500))
    assert [settings.password_of(relay, tmp_path) for relay in (first, second)] == ["ett annat", "hemligt"]
    assert [(d.name, d.limits) for d in settings.domains] == [("xn--ml-xiab.example", Limits(minute=5))]
    assert first.is_loopback
    assert not settings.stays_here, "one of them reaches others"


def test_keeps_what_a_server_is_counted_under_short(tmp_path):
    host = "s" * 63 + ".example"
    assert len(Relay(host=host, port=65535).key) <= 64


def test_plays_with_the_clock_only_when_no_server_is_another_machine(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    further = '[[relays]]\nname = "reserv"\nhost = "smtp.reserv.example"\n[mailbox]'
    (home / "settings.toml").write_text(GOOD.replace("[mailbox]", further, 1), "utf-8")
    with pytest.raises(AdminError, match="påhittad klocka"), open_house(home, "2024-05-10T09:00,60"):
        pass
