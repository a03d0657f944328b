"""A mailbox on an IMAP server (RFC 3501): the only place that speaks IMAP.

Takes   the settings of [mailbox] and the password.
Gives   a Mailbox.
Fails   LaterError when the server is away, silent or says something nobody understands; AdminError when it does not
        let us in, is not who it should be, or has no such folder.

imap-tools brings the connection, TLS, login and the spelling of folders. What is done to mails is done here: it would
fetch them whole, and ask what the server can before the login, when Dovecot does not speak of MOVE yet; its move then
expunges what others have marked as deleted.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import imap_tools
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxFolderStatusError,
    MailboxLoginError,
    UnexpectedCommandStatusError,
)

from mailer.errors import AdminError, LaterError, Problem
from mailer.feedback.mailbox import LARGEST, Folder, Waiting, bunches
from mailer.settings import Mailbox as At

TIMEOUT_S = 30.0  # for each answer
GOODBYE_S = 2.0
SIZES_AT_ONCE = 500  # mails asked for their size before the first of them is fetched
INBOX = "INBOX"
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_EMPTY = re.compile(rb'\bBODY\[\](?:<0>)? (?:""|NIL)')
# What imaplib and imap-tools raise on answers that no server should give: they take them apart without looking, so that
# a missing one is None (AttributeError, TypeError), a garbled one no number or word (ValueError), one too few an
# index (LookupError), and a length may be any number (OverflowError, MemoryError). Theirs to mend; only waiting helps.
_ODD_ANSWERS = (ValueError, LookupError, AttributeError, TypeError, OverflowError, MemoryError)
_PERSONAL = re.compile(r'\(\("((?:[^"\\]|\\.)*)" (?:"((?:[^"\\]|\\.)+)"|NIL)')  # RFC 2342 section 5
# RFC 5530 section 3: the server's own trouble, which says nothing about the password.
_PASSING = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)|temporar|try again|too many", re.I)


class Imap:
    """An open IMAP mailbox. A mail's id is its UID: nothing of it is remembered when the door closes."""

    def __init__(self, at: At, password: str, timeout_s: float = TIMEOUT_S) -> None:
        """Connect, log in, open the folder."""
        self._at = at
        self._is_logging_in = False
        self.passed_over = 0
        with self._in_words():
            self._box = _connect(at, timeout_s)
        try:
            with self._in_words():
                login = self._box.login if (at.username + password).isascii() else self._box.login_utf8
                self._is_logging_in = True
                login(at.username, password, None)
                self._is_logging_in = False
                self._can = self._capabilities()
                self._box.folder.set(at.folder)
                self._path = self._where_folders_are_made()
        except (AdminError, LaterError):
            self.close()
            raise
        self._made: set[Folder] = set()

    def waiting(self) -> Iterator[tuple[Waiting, ...]]:
        """See Mailbox."""
        self.passed_over = 0
        with self._in_words():
            self._box.client.noop()  # RFC 3501 section 6.1.2: now the server may tell what is new
            uids = self._box.uids("UNDELETED", None)
        for start in range(0, len(uids), SIZES_AT_ONCE):
            with self._in_words():
                sizes = self._sizes(uids[start : start + SIZES_AT_ONCE])
            for bunch in bunches(sizes):
                with self._in_words():
                    mails = self._fetch_what_it_can(dict(bunch))
                yield mails

    def move(self, ids: Sequence[str], folder: Folder) -> None:
        """See Mailbox. RFC 6851; before it COPY, mark and, where only these can be meant (RFC 4315), EXPUNGE."""
        if not ids:
            return
        with self._in_words():
            target, uids = self._make(folder), ",".join(ids)
            if folder is Folder.handled:
                self._uid("STORE", uids, "+FLAGS.SILENT", r"(\Seen)")
            if "MOVE" in self._can:
                self._uid("MOVE", uids, target)
                return
            self._uid("COPY", uids, target)
            self._uid("STORE", uids, "+FLAGS.SILENT", r"(\Deleted)")
            if "UIDPLUS" in self._can:
                self._uid("EXPUNGE", uids)

    def count(self, folder: Folder) -> int:
        """See Mailbox."""
        with self._in_words():
            try:
                return self._box.folder.status(self._name(folder), ["MESSAGES"])["MESSAGES"]
            except MailboxFolderStatusError:
                return 0

    def interrupt(self) -> None:
        """See Mailbox. Not by TLS: the thread that reads is in the middle of it."""
        with suppress(OSError):
            socket.socket.shutdown(self._box.client.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """See Mailbox."""
        with suppress(imaplib.IMAP4.error, ImapToolsError, OSError, *_ODD_ANSWERS):
            self._box.client.sock.settimeout(GOODBYE_S)
            self._box.client.logout()
        with suppress(OSError):
            self._box.client.shutdown()

    def _capabilities(self) -> set[str]:
        """What the server can now that we are in."""
        _, answer = self._box.client.capability()
        return set(answer[-1].decode("ascii", "replace").upper().split())

    def _where_folders_are_made(self) -> str:
        """What the name of a folder of ours begins with: below the folder we read, else where the server wants it."""
        prefix, between = "", "/"
        if "NAMESPACE" in self._can:
            _, answer = self._box.client.namespace()
            if found := _PERSONAL.match((answer[-1] or b"").decode("ascii", "replace")):
                prefix, between = (re.sub(r"\\(.)", r"\1", part or "") for part in found.groups())
        return f"{self._at.folder}{between}" if self._at.folder.upper() != INBOX and between else prefix

    def _name(self, folder: Folder) -> str:
        return f"{self._path}{folder.value}"

    def _make(self, folder: Folder) -> bytes:
        """The folder, as the server spells it (RFC 3501 section 5.1.3)."""
        name = self._name(folder)
        if folder not in self._made:
            try:
                self._box.folder.status(name, ["MESSAGES"])
            except MailboxFolderStatusError:
                self._box.folder.create(name)
                with suppress(ImapToolsError):  # a server may do without; the folder is there
                    self._box.folder.subscribe(name, True)
            self._made.add(folder)
        return bytes(imap_tools.utils.encode_folder(name))

    def _sizes(self, uids: Sequence[str]) -> list[tuple[str, int]]:
        """UID and size in bytes of those that are still there, in order."""
        found = {}
        for answer in self._uid("FETCH", ",".join(uids), "(UID RFC822.SIZE)"):
            line = answer[0] if isinstance(answer, tuple) else answer or b""
            if (uid := _UID.search(line)) and (size := _SIZE.search(line)):
                found[uid[1].decode()] = int(size[1])
        return [(uid, found[uid]) for uid in uids if uid in found]

    def _fetch(self, sizes: dict[str, int]) -> tuple[Waiting, ...]:
        """The first bytes of each that is still there, in order. PEEK: it is not ours to call them read.

        Of one that is gone Dovecot gives an empty body.
        """
        answers = self._uid("FETCH", ",".join(sizes), f"(UID BODY.PEEK[]<0.{LARGEST}>)")
        found = dict(_bodies(answers))
        return tuple(
            Waiting(uid, found[uid], size)
            for uid, size in sizes.items()
            if found.get(uid) or (uid in found and not size)
        )

    def _fetch_what_it_can(self, sizes: dict[str, int]) -> tuple[Waiting, ...]:
        """The bunch; one by one when the server says no to it: a mail that is broken there must not stop the others."""
        try:
            return self._fetch(sizes)
        except imaplib.IMAP4.abort:  # the line is gone: that says nothing about a mail
            raise
        except (UnexpectedCommandStatusError, imaplib.IMAP4.error):
            if len(sizes) == 1:
                self.passed_over += 1
                return ()
        return tuple(mail for one in sizes.items() for mail in self._fetch_what_it_can(dict([one])))

    def _uid(self, command: str, *arguments: str | bytes) -> list[bytes | tuple[bytes, bytes] | None]:
        result = self._box.client.uid(command, *arguments)  # type: ignore[arg-type]  # bytes are sent as they are
        imap_tools.utils.check_command_status(result, UnexpectedCommandStatusError)
        return list(result[1])

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """What the server, the line or TLS say, in the administrator's words, without what they quote."""
        where = f"{self._at.host}:{self._at.port}"
        try:
            yield
        except MailboxFolderSelectError as why:
            what = f"har ingen mapp ”{self._at.folder}”."
            raise AdminError(Problem(where, what, "Rätta folder under [mailbox]. Inkorgen heter INBOX.")) from why
        except ssl.SSLCertVerificationError as why:
            what = f"kan inte visa att den är den den säger ({why.verify_message})."
            remedy = "Kontrollera host under [mailbox]. Lösenordet är inte skickat."
            raise AdminError(Problem(where, what, remedy)) from why
        except ImapToolsError as why:
            raise _refused(where, why) from why
        except (imaplib.IMAP4.abort, OSError) as why:
            raise _later(where, f"svarar inte ({type(why).__name__})") from why
        except imaplib.IMAP4.error as why:
            if self._is_logging_in:
                raise _refused(where, why) from why
            raise _later(where, "säger nej till det vi ber om") from why
        except _ODD_ANSWERS as why:
            raise _later(where, "svarar något obegripligt") from why


def _connect(at: At, timeout_s: float) -> imap_tools.BaseMailBox:
    """The connection. imaplib's own TLS would trust anybody, so the context is always given."""
    if at.security == "none":
        return imap_tools.MailBoxUnencrypted(at.host, at.port, timeout_s)
    trusted = ssl.create_default_context()
    if at.security == "starttls":
        return imap_tools.MailBoxStartTls(at.host, at.port, timeout_s, trusted)
    return imap_tools.MailBox(at.host, at.port, timeout_s, ssl_context=trusted)


def _bodies(answers: Sequence[bytes | tuple[bytes, bytes] | None]) -> Iterator[tuple[str, bytes]]:
    """UID and body. Servers put the UID before the literal or after it, which imaplib gives as the next line."""
    for n, answer in enumerate(answers):
        if isinstance(answer, tuple):
            after = answers[n + 1] if n + 1 < len(answers) else None
            line, body = answer[0] + (after if isinstance(after, bytes) else b""), answer[1]
        elif answer and _EMPTY.search(answer):
            line, body = answer, b""
        else:
            continue
        if uid := _UID.search(line):
            yield uid[1].decode(), body


def _refused(where: str, why: Exception) -> AdminError | LaterError:
    """A server that says no: at the login for good, unless it says that it is its own trouble."""
    if not isinstance(why, MailboxLoginError | imaplib.IMAP4.error) or _PASSING.search(str(why)):
        return _later(where, "säger nej just nu")
    remedy = "Kontrollera username och password_file under [mailbox]. Vissa leverantörer kräver ett eget applösenord."
    return AdminError(Problem(where, "släpper inte in oss: fel användare eller lösenord.", remedy))


def _later(where: str, what: str) -> LaterError:
    return LaterError(Problem(where, f"{what}.", "Mejlen ligger kvar där. Tjänsten försöker igen av sig själv."))
