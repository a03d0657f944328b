"""The settings: all mistakes at once, each with its line and its remedy."""

from pathlib import Path

import pytest

from mailer.errors import AdminError
from mailer.settings_file import read_settings

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
    "plain http to others": ('# address = ""', 'address = "http://utskick.vallentuna.example"', "web.address: börjar med http: och går till andra än den egna datorn"),
    "plain http in a network of one's own": ('# address = ""', 'address = "http://192.168.1.7:8025"', "koderna i länkarna går då att läsa på vägen"),
    "a host that is open to all": ('# host = "127.0.0.1"                        # där', 'host = "0.0.0.0" # där', "web.host: ”0.0.0.0” kan vara öppen för hela nätet"),
    "a window outside its envelope": ("# [[feeds]]", '[[windows]]\nkey = "vid"\nname = "Vid"\nenvelope_width = 220\nenvelope_height = 110\nsheet_width = 210\nsheet_height = 99\nwindow_x = 150\nwindow_y = 50\nwindow_width = 90\nwindow_height = 35\n# [[feeds]]', "fönstret går utanför kuvertet"),
    "a sheet larger than its envelope": ("# [[feeds]]", '[[windows]]\nkey = "vid"\nname = "Vid"\nenvelope_width = 99\nenvelope_height = 110\nsheet_width = 210\nsheet_height = 99\nwindow_x = 1\nwindow_y = 5\nwindow_width = 9\nwindow_height = 35\n# [[feeds]]', "arket är större än kuvertet"),
    "a key of letters that is none": ("# households = true", "houshold = true", "letters.houshold: okänd inställning.\n    Menade du ”households”?"),
    "a return address of a page": ('# return_address = ""                       # syns', f'return_address = "{"x" * 61}" # syns', "letters.return_address: får vara högst 60 tecken"),
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
            if (name, key) in (("relay", "password"), ("mailbox", "password")):
                continue
            assert re.search(rf"^(# )?{key} = ", shown, re.M), f"{name}.{key}"
    open_ = re.sub(r"^# (\w+ = |\[\[\w+\]\]$)", r"\1", GOOD, flags=re.M)
    (tmp_path / "settings.toml").write_text(open_, "utf-8")
    spelled_out = read_settings(tmp_path)
    assert [f.kind for f in spelled_out.feeds] == ["posts"], "a section that is shown but not there"
    assert [k.key for k in spelled_out.kinds] == ["torg"], "and another"
    assert [w.key for w in spelled_out.windows] == ["eget-h2"], "and the third"
    spelled_out = spelled_out.model_copy(update={"feeds": (), "kinds": (), "windows": ()})
    (tmp_path / "settings.toml").write_text(GOOD, "utf-8")
    assert read_settings(tmp_path) == spelled_out
