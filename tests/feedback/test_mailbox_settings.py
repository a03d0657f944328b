"""What the settings of the mailbox may say, and the sentence for each mistake."""

import pytest

from mailer.errors import AdminError
from mailer.settings.file import read_settings
from tests.homes import make_home


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('kind = "pop"', "mailbox.kind: ska vara något av"),
        ('kind = "imap"', "behöver host och username"),
        ('kind = "imap"\nhost = "imap.example"', "behöver host och username"),
        ('kind = "maildir"', "behöver path"),
        ('kind = "imap"\nhost = "imap.example"\nusername = "x"\nsecurity = "none"', "går bara till den egna datorn"),
        ('kind = "imap"\nhost = "imap.example"\nusername = "x"\nsecurity = "starttls"', "på port 993"),
        ('password = "hemligt"', "lösenord får inte stå i settings.toml"),
        ("every_min = 0", "är för litet"),
        ("port = 0", "är för litet"),
        ('folder = ""', "får inte vara tom"),
        ('hots = "x"', "Menade du ”host”?"),
    ],
)
def test_says_what_is_wrong_with_the_mailbox(tmp_path, lines, said):
    home = make_home(tmp_path, 2525, **{"[mailbox]\n": f"[mailbox]\n{lines}\n"})
    with pytest.raises(AdminError) as told:
        read_settings(home)
    assert said in str(told.value)
    assert "hemligt" not in str(told.value)


def test_takes_the_password_from_a_file_or_from_the_environment(tmp_path, monkeypatch):
    section = '[mailbox]\nkind = "imap"\nhost = "127.0.0.1"\nusername = "studs"\npassword_file = "ord"\n'
    home = make_home(tmp_path, 2525, **{"[mailbox]\n": section})
    with pytest.raises(AdminError, match="lösenordet går inte att läsa"):
        read_settings(home).mailbox_password(home)
    (home / "ord").write_text("blåbär\n", "utf-8")
    assert read_settings(home).mailbox_password(home) == "blåbär"
    monkeypatch.setenv("MAILER_MAILBOX__PASSWORD", "lingon")
    assert read_settings(home).mailbox_password(home) == "lingon"
    assert "lingon" not in repr(read_settings(home))
