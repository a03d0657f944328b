"""The signatures of a message: that it is ours, and that nothing was added or changed on the way.

Takes   the keys, and the domain under which their public halves are published; then a header section and a body as
        they will be sent, and the time.
Gives   the DKIM-Signature fields, to stand before them: by RSA, and by Ed25519 too when the home has such a key.
Fails   AdminError for a key that is no good (`dkim_key`).

RFC 6376: relaxed/relaxed, no `l=` (a body cannot grow). Fields that a reader or her program acts on are named once more
than they stand, so that a second one breaks the signature. RFC 8058 section 4: List-Unsubscribe and its -Post are
covered. What is the same for all messages with the same fields is made once; a message costs its hashes and the
signature, both of which let go of the interpreter lock.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from mailer.deliver.dkim_key import SigningKey, read_key
from mailer.deliver.dkim_relaxed import relaxed_body, relaxed_fields
from mailer.settings import Settings

LIVES = timedelta(days=7)  # what is replayed to strangers later is no longer signed
SIGNED = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help",
    "List-Owner", "List-Subscribe", "List-Post", "List-Archive",
)  # fmt: skip
LINE = 72  # characters of base64 in a folded line


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose mail it is, and the keys that say so. May be called from several threads at once."""

    domain: str
    keys: tuple[SigningKey, ...]

    def fields(self, section: bytes, body: bytes, now: datetime, is_relaxed: bool = False) -> bytes:
        """A DKIM-Signature for each key, with CRLF. `section`: all fields and the empty line after them.

        `is_relaxed`: the body's lines are known to be in their relaxed form (`dkim_relaxed.is_relaxed`).
        """
        fields = relaxed_fields(section)
        order, named = _covered(tuple([field.partition(b":")[0] for field in fields]))
        head = sha256(b"\r\n".join([fields[n] for n in order]) + b"\r\n")
        made = int(now.timestamp())
        facts = (made, made + _LIVES_S, b64encode(sha256(relaxed_body(body, is_relaxed)).digest()))
        done = []
        for key in self.keys:
            shown, relaxed = _forms(self.domain, key.selector, key.algorithm, named)
            digest = head.copy()
            digest.update(relaxed % facts)
            done += [shown % facts, _folded(b64encode(key.sign(digest.digest())))]
        return b"".join(done)


def signer_of(settings: Settings, home: Path) -> Signer | None:
    """The home's signer; None when the relay signs, or nobody."""
    keys = keys_of(settings, home)
    return Signer(settings.sender.from_.domain, keys) if keys else None


def keys_of(settings: Settings, home: Path) -> tuple[SigningKey, ...]:
    """The keys that the settings name, RSA first."""
    at = settings.dkim
    named = ((at.selector, at.key_file, "rsa"), (at.ed25519_selector, at.ed25519_key_file, "ed25519"))
    return tuple(read_key(home / file, selector, kind) for selector, file, kind in named if selector)


_LIVES_S = int(LIVES.total_seconds())


@lru_cache(maxsize=256)
def _covered(names: tuple[bytes, ...]) -> tuple[tuple[int, ...], str]:
    """For a section with fields of these names: which are hashed, in order, and the h= that says so.

    Of a name that stands several times, from the bottom up; the last time it is named there is nothing left to hash.
    """
    order: list[int] = []
    named: list[str] = []
    for name in SIGNED:
        at = [n for n, found in enumerate(names) if found == name.lower().encode("ascii")]
        order += reversed(at)
        named += [name] * (len(at) + 1)
    return tuple(order), _wrapped(named)


@lru_cache(maxsize=256)
def _forms(domain: str, selector: str, algorithm: str, named: str) -> tuple[bytes, bytes]:
    """The field up to its b=, as it is sent and as it is hashed: each waits for t, x and bh."""
    shown = (
        f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector};\r\n"
        f" t=%d; x=%d;\r\n h={named};\r\n bh=%b;\r\n b="
    ).encode("ascii")
    return shown, relaxed_fields(shown)[0]


def _wrapped(names: Sequence[str]) -> str:
    """The names between colons, in lines of at most LINE characters."""
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) + 1 > LINE:
            lines.append(f"{line}:")
            line = name
        else:
            line = f"{line}:{name}" if line else name
    return "\r\n ".join([*lines, line])


def _folded(word: bytes) -> bytes:
    return b"\r\n ".join([word[n : n + LINE] for n in range(0, len(word), LINE)]) + b"\r\n"
