"""The demonstration: one whole month with an invented register, through a real mail server on loopback.

Takes   a folder of its own, emptied first.
Gives   a Maildir with every message, the balance, and where to look.
Fails   AdminError when the folder holds something that is not an earlier demonstration.
"""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from mailer import maillog
from mailer.demo import register
from mailer.demo.postbox import running_postbox
from mailer.errors import AdminError, BrokenPromise, Problem
from mailer.example_home import example_home
from mailer.house import House, open_house
from mailer.verbs import approve, check, import_, leave, month, paper, preview, report, send, which

MARK = ".demo"
PERIOD = "2024-05"
CLOCK = "2024-05-10T09:00"  # a Friday: the day V Aktuellt goes
APPROVER = "Bo Godkännare"


def play(folder: Path, say: Callable[[str], None], watch: Callable[[House, int], bool]) -> None:
    """Empty the folder, build a home in it, and send May. `watch` sends with progress, and is False when it may not."""
    began = time.monotonic()
    folder = folder.absolute()
    _empty(folder)
    maildir = folder / "maildir"
    with running_postbox(maildir) as port:
        home = _home(folder / "hem", port)
        say(f"Ett hem finns i {home}, och en e-postserver lyssnar på 127.0.0.1:{port}.")
        with open_house(home, CLOCK) as house:
            _people(house, folder, say)
            _issue(house, say)
            _send(house, say, watch)
    say("")
    say("Titta:")
    say(f"  mejlen          mutt -f {maildir}     (eller filerna i {maildir / 'new'})")
    say(f"  förhandsvisning {home / 'var' / 'preview' / 'v-aktuellt-2024-05' / 'index.html'}")
    say(f"  på papper       {home / 'var' / 'print' / 'v-aktuellt-2024-05'}")
    say(f"  avstämningen    mailer --home {home} report {PERIOD} --names")
    say(f"Klart på {time.monotonic() - began:.0f} sekunder.")


def _home(folder: Path, port: int) -> Path:
    """A home like the example's, that sends to the demonstration's server, without a limit."""
    source = example_home()
    folder.mkdir(parents=True)
    for name in ("lists", "content"):
        shutil.copytree(source / name, folder / name)
    text = (source / "settings.toml").read_text(encoding="utf-8")
    text = re.sub(r"^port = \d+", f"port = {port}", text, count=1, flags=re.M)
    text = re.sub(r"^# per_hour = \d+", "per_hour = 0", text, count=1, flags=re.M)
    (folder / "settings.toml").write_text(text, encoding="utf-8")
    return folder


def _people(house: House, folder: Path, say: Callable[[str], None]) -> None:
    """The register comes in through the same door as a real one; some have said no."""
    files = {
        "medlemmar": register.members_csv(),
        "sympatisorer": register.sympathisers_csv(),
        "styrelsen": register.board_csv(),
    }
    say("")
    for key, text in files.items():
        path = folder / f"{key}.csv"
        path.write_text(text, encoding="utf-8", newline="")
        shown = import_.preview(house, key, path, whole=True)
        done = import_.accept(house, key, path, True, shown.hash)
        say(f"Import: {import_.words(done)[0]}")
    for number in register.leavers():
        leave.leave(house, number, "medlemmar")


def _issue(house: House, say: Callable[[str], None]) -> None:
    """Assemble, check, preview, approve: what the editor and the approver do."""
    say("")
    series, period = which.series_and_period(house, PERIOD)
    checked = check.check(house, PERIOD)
    for line in check.lines(checked):
        say(line)
    done = month.assemble(house, series, period)
    for line in month.lines(house, done)[:-2]:
        say(line)
    preview.preview(house, PERIOD)
    paper.print_out(house, PERIOD)
    for line in approve.lines(house, approve.approve(house, PERIOD, APPROVER)):
        say(line)


def _send(house: House, say: Callable[[str], None], watch: Callable[[House, int], bool]) -> None:
    say("")
    sent = send.plan(house, PERIOD)
    if not watch(house, sent.mailing):
        raise AdminError(Problem(str(house.home), "en annan process använder hemmet.", "Vänta tills den är klar."))
    shown = report.report(house, PERIOD)
    for line in report.lines(shown):
        say(line)
    if shown.balance.owed or not shown.balance.accepted:
        raise BrokenPromise("demonstrationens utskick blev inte färdigt")


def _empty(folder: Path) -> None:
    """Only a folder that an earlier demonstration made is emptied."""
    maillog.quiet = True
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise AdminError(
            Problem(
                str(folder),
                "mappen är inte tom och är ingen tidigare demonstration.",
                "Välj en annan: mailer demo MAPP",
            )
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
