"""AUTH PLAIN and LOGIN, from the server's side (RFC 4954, RFC 4616).

Takes   the mechanism, the initial response, and how to ask for one more line.
Gives   the name and the password the client sent.
Fails   ValueError on what cannot be decoded.
"""

import base64
from collections.abc import Awaitable, Callable

MECHANISMS = ("PLAIN", "LOGIN")
LONGEST = 12288  # octets of a response, RFC 4954 section 4

Ask = Callable[[str], Awaitable[str]]  # a challenge in base64 -> the client's line


async def credentials(mechanism: str, initial: str, ask: Ask) -> tuple[str, str]:
    if mechanism == "PLAIN":
        _, user, password = _decoded(initial or await ask("")).split("\0")
        return user, password
    user = _decoded(initial or await ask(_encoded("Username:")))
    return user, _decoded(await ask(_encoded("Password:")))


def _decoded(line: str) -> str:
    # ”=” alone is an empty initial response; what is no base64 raises binascii.Error, a ValueError.
    return "" if line == "=" else base64.b64decode(line, validate=True).decode()


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
