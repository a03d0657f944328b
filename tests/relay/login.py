"""AUTH PLAIN, LOGIN and XOAUTH2, from the server's side (RFC 4954, RFC 4616; Google's ”XOAUTH2 Protocol”).

Takes   the mechanism, the initial response, and how to ask for one more line.
Gives   the name and the password, or the token, the client sent.
Fails   ValueError on what cannot be decoded.
"""

import base64
import json
from collections.abc import Awaitable, Callable

MECHANISMS = ("PLAIN", "LOGIN")  # as a relay offers them that says nothing else
TOKEN = "XOAUTH2"
# What is wrong with a token, in base64: the client's answer is an empty line, and then comes the refusal.
TOKEN_REFUSED = {"status": "401", "schemes": "bearer", "scope": "https://relay.example/smtp"}
LONGEST = 12288  # octets of a response, RFC 4954 section 4

Ask = Callable[[str], Awaitable[str]]  # a challenge in base64 -> the client's line


async def credentials(mechanism: str, initial: str, ask: Ask) -> tuple[str, str]:
    if mechanism == TOKEN:
        return _bearer(_decoded(initial or await ask("")))
    if mechanism == "PLAIN":
        _, user, password = _decoded(initial or await ask("")).split("\0")
        return user, password
    user = _decoded(initial or await ask(_encoded("Username:")))
    return user, _decoded(await ask(_encoded("Password:")))


def token_refused() -> str:
    """The challenge that says so."""
    return _encoded(json.dumps(TOKEN_REFUSED))


def _bearer(said: str) -> tuple[str, str]:
    """`user=NAME^Aauth=Bearer TOKEN^A^A`, to the letter."""
    user, auth, *ends = said.split("\x01")
    if not user.startswith("user=") or not auth.startswith("auth=Bearer ") or ends != ["", ""]:
        raise ValueError("no token")
    return user.removeprefix("user="), auth.removeprefix("auth=Bearer ")


def _decoded(line: str) -> str:
    # ”=” alone is an empty initial response; what is no base64 raises binascii.Error, a ValueError.
    return "" if line == "=" else base64.b64decode(line, validate=True).decode()


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
