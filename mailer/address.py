"""An e-mail address that is valid because it exists.

Takes   what a person typed or a register holds.
Gives   an Address: as shown, as it goes on the envelope, and its normal form for comparing.
Fails   ValueError with a Swedish sentence; the caller adds where.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from mailer.keys import Keys

LONGEST = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets

# Domains that forbid others to send as them (DMARC p=reject or quarantine), and where a From
# of an association would be refused or junked.
FREE_MAIL = frozenset(
    """
    aol.com bahnhof.se bredband.net comhem.se fastmail.com gmail.com gmx.com gmx.net googlemail.com hotmail.com
    hotmail.se icloud.com live.com live.se mac.com mail.com me.com msn.com outlook.com outlook.se passagen.se pm.me
    proton.me protonmail.com spray.se tele2.se telia.com tutanota.com yahoo.com yahoo.se ymail.com zoho.com
    """.split()
)


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. `ascii` goes on the wire (IDN as A-labels), `shown` to people."""

    ascii: str
    shown: str

    @property
    def domain(self) -> str:
        """The domain, lower case, as A-labels."""
        return self.ascii.rpartition("@")[2]

    @property
    def normal(self) -> str:
        """The form in which two spellings of one mailbox are equal: NFC, A-labels, lower case throughout.

        RFC 5321 section 2.4 lets a host tell local parts apart by case; no provider of our members does, and
        writing twice to one person is worse.
        """
        return self.ascii.lower()

    def key(self, keys: Keys) -> str:
        """The keyed hash under which a suppression is kept: it survives erasure and names nobody."""
        return keys.mac("address", self.normal).hex()

    @property
    def is_free_mail(self) -> bool:
        return self.domain in FREE_MAIL


# The sender's own are parsed for each message: without this it is a third of what a message costs.
@lru_cache(maxsize=512)
def parse_address(text: str) -> Address:
    """The Address in `text`. Refuses what mail servers read in more than one way: comments, quotes, %-routes, `!`.

    Source: RFC 5321 section 4.1.2, narrowed; RFC 5891 for the domain. Raises ValueError, in Swedish.
    """
    text = unicodedata.normalize("NFC", text.strip())
    if not text:
        raise ValueError("adressen är tom")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") for c in text):
        raise ValueError("adressen innehåller ett osynligt styrtecken")
    local, at, _ = text.rpartition("@")
    if not at:
        raise ValueError(f"”{text}” saknar @")
    if any(c in local for c in '"%!(),:;<>[]\\@ '):
        raise ValueError(f"”{text}” innehåller tecken som e-postservrar läser olika")
    try:
        parsed = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as why:
        raise ValueError(f"”{text}” är ingen e-postadress ({_swedish(str(why))})") from why
    if not parsed.ascii_email:
        raise ValueError(
            f"”{text}” har å, ä, ö eller ett annat tecken utanför a–z före @; dit når inte e-postservern, be om en "
            "adress utan sådana"
        )
    if len(parsed.ascii_email) > LONGEST:
        raise ValueError(f"adressen är längre än {LONGEST} tecken")
    return Address(parsed.ascii_email, parsed.normalized)


def _swedish(why: str) -> str:
    """The library's reason, where we have words for it."""
    for english, swedish in (
        ("period", "punkterna sitter fel"),
        ("should have a period", "domänen saknar punkt"),
        ("is not valid. It", "domänen är inte giltig"),
        ("too long", "den är för lång"),
        ("invalid characters", "otillåtna tecken"),
        ("special-use", "domänen finns inte på riktigt"),
    ):
        if english in why:
            return swedish
    return "den följer inte reglerna för adresser"
