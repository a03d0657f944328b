"""A Postfix of its own: queue, configuration and log in one folder, one port of 127.0.0.1, nothing of /etc/postfix.

Takes   the mailboxes it delivers to; domains that lie behind another server; or a Gate: a login over TLS, and a Dovecot
        that keeps the mailboxes.
Gives   a Postfix. It takes mail from this machine for anybody, as a provider's server does, and makes its own reports:
        for what the other server refuses at once, for what it defers until `gives_up_s`, and a warning of delay before.
Fails   AssertionError when it does not start.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.postoffice.programs import HOST, NOBODY, end, free_port, greeted, make_maildir, program, wait
from tests.postoffice.programs import reachable_folder as new_folder
from tests.relay.client import CERTIFICATES

NAME = "mx.provider.example"
DAEMONS = Path("/usr/lib/postfix/sbin")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = {name}
mydestination =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_dns_support_level = disabled
smtp_host_lookup = native
recipient_delimiter = +
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_mailbox_base = {root}
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
transport_maps = texthash:{folder}/transport
relay_domains = {elsewhere}
smtp_tls_security_level = none
smtp_destination_concurrency_limit = 5
maximal_queue_lifetime = {gives_up_s}s
bounce_queue_lifetime = {gives_up_s}s
delay_warning_time = {warns_s}s
confirm_delay_cleared = no
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
notify_classes =
in_flow_delay = 0
"""

OPEN = """
smtpd_tls_security_level = none
smtpd_relay_restrictions = permit_mynetworks, reject
"""

# A provider's submission server: nobody leaves mail here without TLS and a login; bare line ends are refused.
GATE = """
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificates}/good.pem
smtpd_tls_key_file = {certificates}/key.pem
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:{host}:{auth_port}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
smtpd_discard_ehlo_keywords = {hides}
virtual_transport = lmtp:inet:{host}:{lmtp_port}
"""

MASTER = """
{host}:{port} inet n - n - 10 smtpd
{wrapped}cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Gate:
    """How mail gets in, and the Dovecot behind."""

    auth_port: int
    lmtp_port: int
    security: str  # starttls or tls
    hides: str = ""  # what it can and does not say: pipelining, size, …


@dataclass(slots=True)
class Postfix:
    """One Postfix, and the Maildirs it delivers to."""

    folder: Path
    root: Path  # of the Maildirs
    mailboxes: Mapping[str, str]  # address -> the name of its Maildir
    elsewhere: Mapping[str, int]  # domain -> the port of the server it lies behind
    gives_up_s: int
    warns_s: int
    gate: Gate | None = None
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def maildir(self, name: str) -> Path:
        return self.root / name

    def received(self, name: str) -> list[bytes]:
        """The mails in a mailbox, in no order."""
        return [path.read_bytes() for part in ("new", "cur") for path in (self.root / name / part).iterdir()]

    def is_idle(self) -> bool:
        """Whether nothing is left in its queues, reports included."""
        queues = ("incoming", "active", "deferred", "maildrop")
        return not any(path.is_file() for name in queues for path in (self.folder / "queue" / name).rglob("*"))

    def start(self) -> None:
        for name in set(self.mailboxes.values()):
            make_maildir(self.root / name)
        self._configure()
        (self.folder / "data").mkdir()
        shell = [program("postfix", "/usr/sbin/postfix"), "-c", str(self.folder), "check"]
        (self.folder / "queue").mkdir()
        (self.folder / "queue" / "pid").mkdir()
        import pwd

        postfix = pwd.getpwnam("postfix")
        os.chown(self.folder / "data", postfix.pw_uid, postfix.pw_gid)
        done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        self.process = subprocess.Popen(
            [str(DAEMONS / "master"), "-c", str(self.folder), "-d"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait(self._is_open, self.process, self.folder / "log")

    def _is_open(self) -> bool:
        """It greets; behind TLS from the start, a connection is all that is asked for."""
        wrapped = self.gate is not None and self.gate.security == "tls"
        return greeted(self.port, b"" if wrapped else b"220 ", waits=not wrapped)

    def stop(self) -> None:
        process, self.process = self.process, None
        if process:
            end(process)

    def _configure(self) -> None:
        domains = sorted({address.rpartition("@")[2] for address in self.mailboxes})
        main = MAIN.format(
            folder=self.folder, daemons=DAEMONS, name=NAME, root=self.root, nobody=NOBODY, domains=", ".join(domains),
            elsewhere=", ".join(self.elsewhere), gives_up_s=self.gives_up_s, warns_s=self.warns_s,
        )  # fmt: skip
        entrance, wrapped = OPEN, ""
        if gate := self.gate:
            entrance = GATE.format(
                certificates=CERTIFICATES,
                host=HOST,
                auth_port=gate.auth_port,
                lmtp_port=gate.lmtp_port,
                hides=gate.hides,
            )
            wrapped = "  -o smtpd_tls_wrappermode=yes\n" if gate.security == "tls" else ""
        (self.folder / "main.cf").write_text(main + entrance, "ascii")
        (self.folder / "master.cf").write_text(MASTER.format(host=HOST, port=self.port, wrapped=wrapped), "ascii")
        boxes = "".join(f"{address} {name}/\n" for address, name in self.mailboxes.items())
        (self.folder / "mailboxes").write_text(boxes, "ascii")
        hops = "".join(f"{domain} smtp:[{HOST}]:{port}\n" for domain, port in self.elsewhere.items())
        (self.folder / "transport").write_text(hops, "ascii")


@contextmanager
def running_postfix(
    root: Path,
    mailboxes: Mapping[str, str],
    elsewhere: Mapping[str, int] | None = None,
    gives_up_s: int = 3,
    warns_s: int = 1,
    gate: Gate | None = None,
) -> Iterator[Postfix]:
    """A Postfix, for as long as the block lasts."""
    with new_folder("pf") as folder:
        postfix = Postfix(folder, root, mailboxes, elsewhere or {}, gives_up_s, warns_s, gate)
        try:
            postfix.start()
            yield postfix
        finally:
            postfix.stop()
