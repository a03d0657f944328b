"""A Dovecot that serves a folder of Maildirs, one for each user, without and with TLS.

Takes   the folder, and how the server shall be: where its folders are made, what it says it can, whether Postfix may
        leave mail there (LMTP) and ask it who may log in (SASL).
Gives   a Dovecot: its ports; every user has the one password; it can be stopped and started.
Fails   AssertionError when it does not start.
"""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.postoffice.programs import HOST, end, free_port, greeted, program, reachable_folder, wait
from tests.relay.client import CERTIFICATES

USER = "studs"
PASSWORD = "hemligt-ord"
PLAIN = "IMAP4rev1 LITERAL+ SASL-IR ID IDLE NAMESPACE"  # what an old server can: neither MOVE nor UIDPLUS

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = {host}
protocols = {protocols}
mail_location = maildir:{root}/%u:CONTROL={folder}/control/%u:INDEX={folder}/index/%u
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 100
auth_failure_delay = 0
auth_mechanisms = plain login
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificates}/good.pem
ssl_key = <{certificates}/key.pem
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = home={folder}/home/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  service_count = 0
  process_limit = 4
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
{capability}
"""

# Mail comes in by one port, and by the other Postfix asks whether a password is right.
POST = """
postmaster_address = postmaster@provider.example
service lmtp {{
  inet_listener lmtp {{
    address = {host}
    port = {lmtp_port}
  }}
}}
service auth {{
  inet_listener {{
    address = {host}
    port = {auth_port}
  }}
}}
"""


@dataclass(slots=True)
class Dovecot:
    """One Dovecot. The same ports for as long as it lives, however often it is started."""

    folder: Path
    root: Path  # of the Maildirs
    prefix: str = ""
    separator: str = "/"
    can: str = ""  # all it says it can; ””: what it can
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    takes_post: bool = False
    lmtp_port: int = field(default_factory=free_port)
    auth_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        configuration = self.folder / "dovecot.conf"
        ports = {"host": HOST, "lmtp_port": self.lmtp_port, "auth_port": self.auth_port}
        post = POST.format(**ports) if self.takes_post else ""
        configuration.write_text(
            CONFIGURATION.format(
                protocols="imap lmtp" if self.takes_post else "imap",
                folder=self.folder, root=self.root, host=HOST, port=self.port, tls_port=self.tls_port,
                certificates=CERTIFICATES, password=PASSWORD, prefix=self.prefix, separator=self.separator,
                capability=f"imap_capability = {self.can}" if self.can else "",
            ) + post,
            "utf-8",
        )  # fmt: skip
        for name in ("control", "index", "home"):
            (self.folder / name).mkdir(exist_ok=True)
            (self.folder / name).chmod(0o777)
        self.process = subprocess.Popen([program("dovecot", "/usr/sbin/dovecot"), "-F", "-c", str(configuration)])
        wait(lambda: greeted(self.port, b"* OK"), self.process, self.folder / "log")

    def stop(self) -> None:
        process, self.process = self.process, None
        if process:
            # By SIGTERM it takes a second. Now and then it does not hear this one, and has nothing to save.
            end(process, signal.SIGQUIT, patience_s=3)

    def forget_uids(self) -> None:
        """As after a mailbox was put back from a copy: another UIDVALIDITY, and every mail another UID."""
        self.stop()
        for path in (self.folder / "control").rglob("dovecot-uidlist"):
            path.unlink()
        for path in (self.folder / "index").rglob("dovecot.index*"):
            path.unlink()
        self.start()


@contextmanager
def running_dovecot(
    root: Path, prefix: str = "", separator: str = "/", can: str = "", takes_post: bool = False
) -> Iterator[Dovecot]:
    """A Dovecot, for as long as the block lasts."""
    with reachable_folder("dc") as folder:
        dovecot = Dovecot(folder, root, prefix, separator, can, takes_post=takes_post)
        try:
            dovecot.start()
            yield dovecot
        finally:
            dovecot.stop()
