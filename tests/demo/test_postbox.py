"""The post box of the demonstration: what is sent there can be read there."""

import email
import email.policy
import mailbox
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailer.demo.postbox import running_postbox
from mailer.errors import AdminError

ROOT = Path(__file__).parents[2]


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "V Aktuellt <v-aktuellt@vallentuna.example>"
    message["To"] = "Åsa Öberg <asa@hem.example>"
    message["Subject"] = "Röd lördag på Tuna torg"
    message.set_content("Hej Åsa!\n\n.Punkt först på raden.\nFrom och med nu: våren.\n")
    message.add_alternative("<p>Hej Åsa!</p>", subtype="html")
    return message


def test_keeps_each_message_once_for_each_recipient(tmp_path: Path) -> None:
    folder = tmp_path / "ny" / "brevlåda"
    with running_postbox(folder) as port, smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        to = ["asa@hem.example", "bo@hem.example"]
        # Not send_message: that writes ">From" by itself.
        client.sendmail("studs+abc@vallentuna.example", to, letter().as_bytes(policy=email.policy.SMTP))
    box = mailbox.Maildir(folder)
    kept = [email.message_from_bytes(box.get_bytes(key), policy=email.policy.default) for key in sorted(box.keys())]
    assert sorted(message["Delivered-To"] for message in kept) == to
    for message in kept:
        assert message["X-RcptTo"] == message["Delivered-To"]
        assert message["Return-Path"] == "<studs+abc@vallentuna.example>"
        assert message["Subject"] == "Röd lördag på Tuna torg"
        assert message["From"].addresses[0].display_name == "V Aktuellt"
        assert isinstance(message, EmailMessage)
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert html is not None
        assert text.get_content() == "Hej Åsa!\n\n.Punkt först på raden.\nFrom och med nu: våren.\n"
        assert html.get_content() == "<p>Hej Åsa!</p>\n"
    # Lines end as mail readers want them on disk.
    assert not [path for path in (folder / "new").iterdir() if b"\r" in path.read_bytes()]


def test_closes_the_post_box_with_whoever_opened_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mailer.demo.postbox", str(tmp_path / "box")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            assert process.stdout.readline().startswith(b'{"port"')
            process.stdin.close()
            assert process.wait(10) == 0
        finally:
            process.kill()


def test_closes_the_post_box_when_asked_to(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mailer.demo.postbox", str(tmp_path / "box")]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            assert process.stdout.readline().startswith(b'{"port"')
            process.terminate()
            assert process.wait(10) == 0
        finally:
            process.kill()


def test_says_what_to_install_when_the_extra_is_missing(tmp_path: Path) -> None:
    # A None in sys.modules is how Python itself says: there is no such module.
    code = (
        "import sys; sys.modules['aiosmtpd'] = None; sys.argv = ['postbox', 'x'];"
        "from mailer.demo.postbox import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == AdminError.exit_code
    assert 'pip install "./v_aktuellt-….whl[demo]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_tells_the_administrator_when_the_post_box_cannot_be_opened(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fil").write_text("")
    with pytest.raises(AdminError, match="brevlådan"), running_postbox(tmp_path / "fil" / "box"):
        pass
    assert "Traceback" not in capfd.readouterr().err
